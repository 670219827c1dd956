"""Whether a sentence says the opposite of the words that it cites, or gives another reason."""

from __future__ import annotations

import re

from rag.amounts import AT_LEAST, AT_MOST
from rag.facts import clauses, telling_stems
from rag.text import caseless, content_words, stem

_THAN = r"(?:later|more|less|fewer|longer) than\b"  # "no later than" is a limit
_NEGATION = caseless(
    rf"\b(?:not(?! only\b| (?:be )?{_THAN}| exceed)|never|nobody|no(?! {_THAN}|\. ?[a-z]?-?\d)|none|nor|neither"
    r"|(?<!with or )without|cannot|\w+n['’]t|nicht|kein\w*|niemals|ohne|weder|pas|aucun\w*|jamais|sans|nunca"
    r"|ning[uú]n\w*|jam[aá]s)\b|[不没沒无無未]"
)
# They may negate, or not.
_RESTRICTS = caseless(
    r"\b(?:only|unless|except\w*|exclu\w*|exempt\w*|forbidden|prohibited|banned|rather|instead|lacks?|fails?|refus\w*"
    r"|hardly|rarely|other than|nur|außer|ausgenommen|ausgeschlossen|sauf|seulement|solo|sólo|salvo)\b"
)
_OPPOSITES = tuple(
    (caseless(rf"\b(?:{one})\b"), caseless(rf"\b(?:{other})\b"))
    for one, other in (
        (f"{AT_LEAST}|minimum", f"{AT_MOST}|maximum"),
        (
            "more|higher|longer|larger|greater|above|over(?= [£$€]?\\d)|mehr",
            "less|lower|shorter|smaller|cheaper|fewer|below|under(?= [£$€]?\\d)|weniger",
        ),
        (
            "allowed|permitted|erlaubt|gestattet|permitid[oa]s?",
            "forbidden|prohibited|banned|verboten|untersagt|interdite?s?",
        ),
        ("before|prior to|avant|antes", "after|afterwards|après|después"),
        ("opened", "closed|shut"),
        ("paid", "unpaid"),
        ("half|partly|partially", "full|fully|whole"),
        ("incoming|inbound", "outgoing|outbound"),
        ("first|earliest", "last|latest"),
        ("left", "right"),
        ("once", "twice|two times"),
        ("includ\\w*", "exclud\\w*"),
        ("better|best", "worse|worst"),
        ("highest|largest|biggest|longest", "lowest|smallest|shortest"),
        ("inside|indoors", "outside|outdoors"),
        ("earlier", "later"),
        ("enabled?|switched on", "disabled?|switched off"),
        ("required|mandatory|compulsory", "optional|voluntary"),
        ("advisable|wise", "inadvisable|unwise"),
        ("winners?", "losers?"),
        ("left to right", "right to left"),
        ("increas\\w*|ris(?:e|es|en|ing)|rose|gr[eo]w\\w*", "decreas\\w*|f[ea]ll\\w*|dropp?\\w*|reduc\\w*|declin\\w*"),
        ("landlords?", "tenants?"),
        ("employers?", "employees?"),
        ("buyers?|purchasers?", "sellers?|vendors?"),
        ("lessors?|lenders?", "lessees?|borrowers?"),
        ("vermieter\\w*", "mieter\\w*"),
        ("arbeitgeber\\w*", "arbeitnehmer\\w*"),
    )
)
_MUST = caseless(r"\b(?:must|ha(?:s|ve) to|needs? to|required to|obliged to)\b")
_MAY = re.compile(  # not the month
    r"\b(?:may|May (?:not|be)|MAY(?! \d)|(?i:can|could|(?:are|is) (?:advised|recommended|encouraged)))\b"
)
_ALLOWS = caseless(r"allowed|permitted|forbidden|prohibited|banned")
_EXCEPT = caseless(r"\b(?:except\w*|unless|apart from|save for|other than)\b")
_ONLY = caseless(r"\b(?:only|nur|seulement|sólo|solo)\b")
# A negation and the word that it denies: "not cover", "no smoking"; a condition's denies nothing.
_DENIED = caseless(
    r"(?<!\bif )\b(?:not(?! only\b)|no|never|cannot|\w+n['’]t|(?<!with or )without) "
    r"(?:(?:be|been|yet|normally|usually|in|on|at|for|to|by|with|from) )?(?:(?:any|an?|the) )?"
    r"([^\W\d_]+)"
)
_FREE_OF = caseless(r"\bfree (?:of|from) ([^\W\d_]+)")
_CONTRAST = caseless(  # but "… is so here, but not there" has one verb
    r"[;.] |,? \b(?:but|whereas|while|although|however)\b (?!not (?:yet )?(?:in|on|at|for|to|by|with|from)\b)"
)
_RATHER = caseless(r"\b(?:rather|instead|except\w*|unlike|other than|but|from|no longer)\b")
_LEAST_IN_FULL = 3  # words of a clause
# What a sentence adds that is not: "…, not Lars".
_NOT_THAT = caseless(r", (?:and |but )?not (?:(?:the|an?|by|in|on|at|to|for) ){0,2}[^\s,.;]+(?: [^\s,.;]+)?(?=[.;!]|$)")
_BECAUSE = (
    r"because(?: of)?|since(?! \d)|due to|owing to|thanks to|weil|wegen|aufgrund|parce que|porque|debido a"
    r"|(?<=, )as(?! (?:well|long|soon|of)\b)|(?<=, )for(?= [a-z]+ (?:it|the|they|may)\b)"
)
_IN_ORDER_TO = r"so that|in order to|to (?:protect|avoid|prevent|keep|save|reduce)|damit|afin de"
_REASON = caseless(rf"\b(?:{_BECAUSE}|{_IN_ORDER_TO})(?P<why> [^.;:()]+)")
# What is not there: "without a fault".
_LACKING = caseless(r"\b(?:without|no|not|ohne|kein\w*|sans|sin) (?:(?:an?|any|the) )?([^\W\d_]+)")


def negates(text: str) -> bool:
    """Whether a word of the text negates, in English, German, French, Spanish or Chinese."""
    return _NEGATION.search(text) is not None


def denies(text: str) -> set[str]:
    """Return the stems of the words right behind a negation."""
    return {stem(denied[1].lower()) for denied in _DENIED.finditer(text)}


def contradicts(text: str, cited: str, asked: str = "") -> str:
    """Say what makes the text, or one of its clauses, the opposite of the cited words that are most like it.

    A negation counts only if it stands on one side in the whole too: clauses are told apart roughly. What the cited
    words deny and the question does too need not be said again: "without a fault".
    """
    text, cited = _freed(text, cited), _freed(cited, text)
    theirs = list(clauses(cited))
    supposed = _supposed(text, cited, asked)
    if denied := _denied(text, cited) or (not supposed and _denied_in_full(text, cited)):
        return f"The cited words say “{denied}”."
    if excluded := _excluded(text, cited):
        return f"The cited words do not say “{excluded}”."
    restricted = _RESTRICTS.search(f"{text} {cited}") is not None
    one_sided = negates(_NOT_THAT.sub("", text)) != negates(cited) and not supposed
    negated = one_sided and not restricted
    if told := _opposes(text, cited, negated=False):
        return told
    for mine, stems in clauses(text):
        shared = [len(stems & held) for _, held in theirs]
        most = max(shared, default=0)
        if not most or 2 * most < len(stems):
            continue
        likest = [clause for (clause, _), count in zip(theirs, shared, strict=True) if count == most]
        if all(_opposes(mine, clause, negated=negated) for clause in likest):
            return _opposes(mine, likest[0], negated=negated)
    return ""


def other_reason(text: str, cited: str) -> str:
    """Return the reason that a text gives, where the cited words have none of its words, or another reason."""
    mine = _REASON.search(text)
    if not mine:
        return ""
    stems = set(telling_stems(mine["why"])) - set(telling_stems(text[: mine.start()]))
    theirs = [set(telling_stems(one["why"])) for one in _REASON.finditer(cited)]
    if stems and stems.isdisjoint(telling_stems(cited)):
        return mine.group()
    return mine.group() if stems and theirs and all(stems.isdisjoint(one) for one in theirs) else ""


def _freed(text: str, other: str) -> str:
    """Return a text that has "without charge" for "free of charge" where the other one denies it so."""
    denied = denies(other) if _FREE_OF.search(text) else set()
    return _FREE_OF.sub(lambda free: f"without {free[1]}" if stem(free[1].lower()) in denied else free.group(), text)


def _supposed(text: str, cited: str, asked: str) -> bool:
    """Tell whether what the cited words deny is denied in the question too and not spoken of: "without a fault"."""
    theirs, question = ({stem(word.lower()) for word in _LACKING.findall(one)} for one in (cited, asked))
    if not theirs or not negates(asked) or not theirs <= question.union(content_words(asked)):
        return False
    return theirs.isdisjoint(content_words(text))


def _denied(text: str, cited: str) -> str:
    """Return what the cited words say only behind a negation, "not cover", where a text, or what it sets against the
    rest of it, "… but not there", says it without one."""
    theirs = telling_stems(cited)
    for part in _CONTRAST.split(text) if not _RESTRICTS.search(text) else ():
        mine = telling_stems(part)
        if negates(part) or 2 * len(set(mine) & set(theirs)) <= len(set(mine)):
            continue
        for denied in _DENIED.finditer(cited):
            key = stem(denied[1].lower())
            if key in mine and theirs.count(key) == 1:
                return denied.group()
    return ""


def _excluded(text: str, cited: str) -> str:
    """Return what a text says that it is not, "…, not on Macs", though the cited clause most like it says so."""
    for told in _NOT_THAT.finditer(text):
        gone = {one for one in telling_stems(told.group()) if one != "not"}
        mine = set(telling_stems(text)) - gone
        theirs = list(clauses(cited))
        likest = max(theirs, key=lambda clause: len(mine & clause[1]), default=("", set[str]()))
        if gone and gone <= likest[1] and not (negates(likest[0]) or _RATHER.search(cited)):
            return told.group().strip(" ,")
    return ""


def _denied_in_full(text: str, cited: str) -> str:
    """Return the negated cited clause that has all words of a clause which a text says without negation."""
    theirs = list(clauses(cited)) if not _RESTRICTS.search(text) else []
    for mine, stems in clauses(text) if theirs else ():
        alike = [clause for clause, held in theirs if stems <= held]
        denied = [clause for clause in alike if negates(clause) and not _RESTRICTS.search(clause)]
        if len(stems) >= _LEAST_IN_FULL and alike == denied != [] and not negates(mine):
            return denied[0].strip()
    return ""


def _opposes(mine: str, theirs: str, *, negated: bool) -> str:
    """Say what makes one clause the opposite of another; a negation alone only if it is looked at."""
    one, other = len(_NEGATION.findall(_NOT_THAT.sub("", mine))), len(_NEGATION.findall(theirs))
    # What may only be done by one must be done by that one.
    if not (one or other or _ONLY.search(f"{mine} {theirs}")) and (told := _may_or_must(mine, theirs)):
        return told
    turned = [
        found for pair in _OPPOSITES if (found := _turned(pair, mine, theirs) or _turned(pair[::-1], mine, theirs))
    ]
    if any(_ONLY.search(here) and _EXCEPT.search(there) for here, there in ((mine, theirs), (theirs, mine))):
        turned = [found for found in turned if not _ALLOWS.fullmatch(found)]  # "only on the terrace"
    if (one + other + len(turned)) % 2 == 0 or not (turned or negated):
        return ""
    return f"The cited words say the opposite: {turned[0]}." if turned else "A negation stands on one side only."


def _behind(pattern: re.Pattern[str], text: str) -> str | None:
    """Return the stem of the first telling word behind what a pattern finds."""
    found = pattern.search(text)
    return next(iter(content_words(text[found.end() :])), None) if found else None


def _may_or_must(mine: str, theirs: str) -> str:
    """Say where what must be is called what may be, or the reverse; a reason's "may" counts for nothing."""
    mine = _REASON.sub("", mine)
    must, theirs_must = (_MUST.search(one) is not None for one in (mine, theirs))
    may, theirs_may = (_MAY.search(one) is not None for one in (mine, theirs))
    if must and theirs_may and not theirs_must:
        return "The cited words say what may be, not what must be."
    verb = _behind(_MAY, mine)
    elsewhere = verb is not None and verb in content_words(theirs) and verb != _behind(_MUST, theirs)
    if may and theirs_must and not (must or theirs_may or elsewhere):
        return "The cited words say what must be, not what may be."
    return ""


def _turned(pair: tuple[re.Pattern[str], re.Pattern[str]], mine: str, theirs: str) -> str:
    """Return the opposite that stands in their clause, where each clause has one of the pair."""
    found, both = pair[1].search(theirs), pair[1].search(mine) or pair[0].search(theirs)
    return found.group() if found and pair[0].search(mine) and not both else ""
