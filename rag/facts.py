"""What of a sentence can be compared with the words that it cites: its numbers and units, negations and opposites."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.amounts import AT_LEAST, AT_MOST
from rag.figures import Figure, figures, readings_of, spell_out, unit_of
from rag.text import SMALL_NUMBERS, content_words, fold, stem, words
from rag.units import FRENCH_YEAR, kind_of_unit, unit_name

_NEGATION = re.compile(
    r"\b(?:not(?! only\b)|never|no(?! (?:later|more|less|fewer|longer) than\b|\. ?[a-z]?-?\d)|none|nor|neither"
    r"|(?<!with or )without|cannot|\w+n['’]t|nicht|kein\w*|niemals|ohne|weder|pas|aucun\w*|jamais|sans|nunca"
    r"|ning[uú]n\w*|jam[aá]s)\b|[不没沒无無未]",
    re.IGNORECASE,
)
# They may negate, or not.
_RESTRICTS = re.compile(
    r"\b(?:only|unless|except\w*|exclu\w*|exempt\w*|forbidden|prohibited|banned|rather|instead|lacks?|fails?|refus\w*"
    r"|hardly|rarely|other than|nur|außer|ausgenommen|ausgeschlossen|sauf|seulement|solo|sólo|salvo)\b",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    (re.compile(rf"\b(?:{one})\b", re.IGNORECASE), re.compile(rf"\b(?:{other})\b", re.IGNORECASE))
    for one, other in (
        (
            f"{AT_LEAST}|minimum",
            f"{AT_MOST}|maximum",
        ),
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
_MUST = re.compile(r"\b(?:must|ha(?:s|ve) to|needs? to|required to|obliged to)\b", re.IGNORECASE)
_MAY = re.compile(  # not the month
    r"\b(?:may|May (?:not|be)|MAY(?! \d)|(?i:can|could|(?:are|is) (?:advised|recommended|encouraged)))\b"
)
_CLAUSE = re.compile(
    r"[;:.!?。！？]\s|,\s|[()]|\b(?P<if>if|when|where|unless|wenn|falls|quand)\b|\b(?:but|and|while|whereas|however|although|which|who|so|aber|und|mais|et|pero)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|circa|ca\.|(?P<over>more than|over|above)"
    r"|(?P<under>less than|under|below)|rund|etwa|ungefähr|fast|environ|presque|unos|casi) [£$€]?$",
    re.IGNORECASE,
)
_ROUNDING = 0.05  # as a share
_LEAST_COMPUTED = 4  # smaller numbers come out of too many others
_EACH, _FOR_EACH = "an?|each|every", "per|pro|je|par|por"
_PER = f"{_FOR_EACH}|{_EACH}"
_COUNTED_UNIT = re.compile(
    rf"(?:\b(?:(?:{_EACH})(?! second \w)|{_FOR_EACH}|{'|'.join(SMALL_NUMBERS)})[ -]"  # "a second visit"
    r"|/|\d[ -]?)"
    rf"(?:square |cubic )?(?!(?:{_PER})\b)([^\W\d_]{{2,}})",
    re.IGNORECASE,
)
# Behind a number: "a month", "euros per GB".
_RATE = re.compile(rf"(?:\W{{0,2}}[^\W\d_]+\b)??\W{{0,2}}(?:(?:{_PER}) |/ ?)([^\W\d_]+)", re.IGNORECASE)
# A negation and the word that it denies: "not cover", "no smoking"; a condition's denies nothing.
_DENIED = re.compile(
    r"(?<!\bif )\b(?:not(?! only\b)|no|never|cannot|\w+n['’]t) (?:(?:be|been|yet|normally|usually|any|an?|the) )?"
    r"([^\W\d_]+)",
    re.IGNORECASE,
)


def negates(text: str) -> bool:
    """Whether a word of the text negates, in English, German, French, Spanish or Chinese."""
    return _NEGATION.search(text) is not None


def missing(text: str, cited: str) -> set[str]:
    """Return the numbers of a text that the cited words do not have, however they may be written or rounded there."""
    text = spell_out(text)
    there = figures(cited, cited=True)
    readings = readings_of(there)
    lost = [figure for figure in figures(text) if not figure.readings & readings]
    values = [value for figure in there if (value := figure.value) is not None]
    return {one.shown for one in lost if not _is_rounded(one, text, values) and not _is_article(one, text, cited)}


def _is_rounded(figure: Figure, text: str, there: Sequence[float]) -> bool:
    """Tell whether a number is said to be about one that is there: "nearly 2,000" of 1,946."""
    about, value = _ABOUT.search(text, max(0, figure.start - 20), figure.start), figure.value
    if about is None or value is None:
        return False
    near = [one for one in there if abs(value - one) <= _ROUNDING * abs(one)]
    return any(not (about["over"] and value > one) and not (about["under"] and value < one) for one in near)


def _is_article(figure: Figure, text: str, cited: str) -> bool:
    """Tell whether "one year" says no more than "a year" there."""
    noun = re.match(r"[ -](\w{2,})", text[figure.end : figure.end + 40])
    if text[figure.start : figure.end].lower() != "one" or not noun:
        return False
    return re.search(rf"\b(?:an?|per|each|every) (?:\w+ )?{re.escape(noun[1])}", cited, re.IGNORECASE) is not None


def computed(lost: set[str], text: str, cited: str) -> str:
    """Return how the one number that is ``lost`` comes out of two others, "20 × 15"; nothing where it does not."""
    own = {value for figure in figures(text) if figure.shown not in lost and (value := figure.value)}
    values = sorted(own | {value for figure in figures(cited, cited=True) if (value := figure.value)})
    found = [value for figure in figures(text) if figure.shown in lost and (value := figure.value) is not None]
    wanted = found[0] if len(lost) == 1 and found else 0.0
    is_year = wanted.is_integer() and 1900 <= wanted < 2100
    for one, other in combinations(values, 2) if wanted >= _LEAST_COMPUTED and not is_year else ():
        if not own & {one, other}:
            continue
        for sign, result in (("×", one * other), ("+", one + other), ("-", other - one), ("/", other / one)):
            if abs(result - wanted) < 0.005 * wanted:
                pair = (one, other) if sign in "×+" else (other, one)
                return f"{pair[0]:.12g} {sign} {pair[1]:.12g}"
    return ""


def other_units(text: str, cited: str) -> list[str]:
    """Return the units in which a text counts, where the cited words have others of that kind only: "a month"."""
    text, cited = (FRENCH_YEAR.sub("ans", spell_out(one)) for one in (text, cited))
    theirs = {unit_name(word) for word in words(cited)}
    theirs |= {unit[1] for figure in figures(cited) if (unit := unit_of(cited, figure))}
    kinds = {kind_of_unit(name) for name in theirs} - {"", "money"}
    readings = readings_of(figures(cited, cited=True))
    mine = []
    counted = {figure.end: figure.readings for figure in figures(text)}
    for match in _COUNTED_UNIT.finditer(text):
        word = fold(match[1])
        converted = counted.get(match.start(1) - 1, frozenset()) & readings  # two weeks are 14 days
        if kind_of_unit(word) in kinds and unit_name(word) not in theirs and not any(" " in one for one in converted):
            mine.append(match[1])
    return list(dict.fromkeys(mine))


def other_rates(text: str, cited: str) -> list[str]:
    """Return what the numbers of a text are said to be for each of, where the cited words have other units there."""
    mine, theirs = (
        [(figure.shown, unit) for figure in figures(one) for unit in _rates(one, figure.end)]
        for one in map(spell_out, (text, cited))
    )
    known = {number for number, of in theirs if kind_of_unit(of)}
    others = [of for number, of in mine if (number, of) not in theirs and number in known and kind_of_unit(of)]
    return list(dict.fromkeys(others))


def _rates(text: str, end: int) -> Iterator[str]:
    """Yield the units that a number which ends there is said to be for each of: "a month per GB"."""
    while per := _RATE.match(text, end):
        yield unit_name(fold(per[1]))
        end = per.end()


def contradicts(text: str, cited: str) -> str:
    """Say what makes the text, or one of its clauses, the opposite of the cited words that are most like it.

    A negation counts only if it stands on one side in the whole too: clauses are told apart roughly.
    """
    theirs = list(clauses(cited))
    if denied := _denied(text, cited):
        return f"The cited words say “{denied}”."
    restricted = _RESTRICTS.search(f"{text} {cited}") is not None
    negated = not restricted and negates(text) != negates(cited)
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


def _denied(text: str, cited: str) -> str:
    """Return what the cited words say only behind a negation, "not cover", where a text says it without one."""
    if negates(text) or _RESTRICTS.search(text):
        return ""
    mine, theirs = telling_stems(text), telling_stems(cited)
    if 2 * len(set(mine) & set(theirs)) <= len(set(mine)):
        return ""
    for denied in _DENIED.finditer(cited):
        key = stem(denied[1].lower())
        if key in mine and theirs.count(key) == 1:
            return denied.group()
    return ""


def telling_stems(text: str) -> list[str]:
    """Return the stems of the words of a text, numbers and small words left out."""
    return [stem for stem in content_words(text) if not stem[0].isdigit()]


def clauses(text: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the clauses of a text with the stems of their words, numbers left out; no conditions."""
    start, is_condition = 0, False
    for end in [*_CLAUSE.finditer(text), None]:
        clause = text[start : end.start() if end else len(text)]
        stems = set(telling_stems(clause))
        if stems and not is_condition:
            yield clause, stems
        if end:
            start, is_condition = end.end(), end["if"] is not None


def _opposes(mine: str, theirs: str, *, negated: bool) -> str:
    """Say what makes one clause the opposite of another; a negation alone only if it is looked at."""
    one, other = len(_NEGATION.findall(mine)), len(_NEGATION.findall(theirs))
    if _MUST.search(mine) and _MAY.search(theirs) and not (_MUST.search(theirs) or one or other):
        return "The cited words say what may be, not what must be."
    if _MAY.search(mine) and _MUST.search(theirs) and not (_MUST.search(mine) or _MAY.search(theirs) or one or other):
        return "The cited words say what must be, not what may be."
    turned = [
        found for pair in _OPPOSITES if (found := _turned(pair, mine, theirs) or _turned(pair[::-1], mine, theirs))
    ]
    if (one + other + len(turned)) % 2 == 0 or not (turned or negated):
        return ""
    return f"The cited words say the opposite: {turned[0]}." if turned else "A negation stands on one side only."


def _turned(pair: tuple[re.Pattern[str], re.Pattern[str]], mine: str, theirs: str) -> str:
    """Return the opposite that stands in their clause, where each clause has one of the pair."""
    found = pair[1].search(theirs)
    return (
        found.group() if found and pair[0].search(mine) and not (pair[1].search(mine) or pair[0].search(theirs)) else ""
    )
