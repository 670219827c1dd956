"""What a cited statement depends on or is restricted to, where a sentence that rests on it leaves that out."""

from __future__ import annotations

import re

from rag.amounts import AT_LEAST, AT_MOST
from rag.facts import clauses, telling_stems
from rag.figures import figures
from rag.opposites import negates
from rag.text import caseless, content_words, stem, stems_of

_AT_ALL_TIMES = "always|immer|toujours|siempre"
_EXCEPT = "apart from|save for|hormis|excluding|with the exception of|ausgenommen|excepto"
_EXCEPT_OF_OTHERS = "außer|sauf|salvo"
# That all are meant, and that only some are.
_ALL = caseless(
    rf"\b(?:{_AT_ALL_TIMES}|all|every\w*|each|any\w*|whatever|whenever|wherever|entire|whole|also|as well|too"
    r"|including|even|alle[nrms]?|jede[nrms]?|auch|tou(?:s|te|tes)|chaque|aussi|tod[oa]s?|también)\b"
)
_SOME = caseless(rf"\b(?:only|except\w*|unless|most|some|solely|nur|seulement|sólo|{_EXCEPT_OF_OTHERS})\b")
_BUT = caseless(rf"\b(?:but|other than|bis auf|{_EXCEPT})\b")
_ALWAYS = caseless(rf"\b(?:{_AT_ALL_TIMES}|invariably|in (?:all|every) cases?|at all times|under all circumstances)\b")
_HEDGED = caseless(
    rf"\b(?:{AT_MOST}|may|might|can|could|usually|normally|often|sometimes|generally|mostly|typically|about"
    r"|from \w+ to|kann|können|meist|oft|peut|peuvent|souvent|puede|pueden)\b"
)
_LIMIT = caseless(rf"\b(?:{AT_MOST}|{AT_LEAST}|jusqu['’]à|hasta) (?:[£$€]\s?)?$")
_LONGEST_LIMIT = 25  # characters
# That a number is a limit: words with a number behind them, what it is more or less than, what it is of.
_LIMITING = (
    r"up to|upto|within|until|till|as (?:much|many|long|late|far) as|bis|jusqu\w*|hasta",
    r"more|less|fewer|longer|over|under|above|below|older|younger|exceed\w*|plus|moins",
    r"max\w*|min\w*|limit\w*|most|least|highest|lowest|largest|smallest|ceiling|cap\w*|höchst\w*|mindest\w*",
    r"may|can|could|cannot|not|no|nor|never",
)
_LIMITS = caseless(rf"\b(?:{'|'.join(_LIMITING)})\b|n['’]t\b|[≤≥<>+]")
_EVERY = caseless(
    r"\b(?:all|every|each|alle|jede[nrms]?|tou(?:s|tes) les|tod[oa]s l[oa]s)"
    r" (?:(?:of )?(?:the|these|those|our|your|its|their) )?(?P<noun>\w+)"
)
# Behind a noun: which of them are meant, by what is told of them or by their codes, "Models A and B".
_WHICH = re.compile(
    r"\w* (?:that|who|which|with|without|above|over|under|below|in|from|between|older|younger|aged|born|for|on|at|to)"
    r"(?P<told>(?: [\w'’-]+){1,2})|\w* (?P<code>[A-Z]|\d+)\b"
)
_IF_OF_ENGLISH = (
    r"(?<!even )(?<!as )(?<!know )(?<!knows )(?<!see )(?<!ask )(?<!asks )(?<!asked )(?<!check )if(?! (?:"
    r"necessary|needed|possible|applicable|any|so|not|you (?:need|want|wish|would like))\b)"
    r"|unless|provided that|providing"
    r"|provided(?= (?:you|they|the|it|we|he|she|no\w*|all)\b)|as long as|on condition|subject to"
    r"|only(?= (?:if|when|in|on|at|for|with|by|after|before|from|during|to)\b)|\w+(?= permitting\b)"
    r"|except(?:ing)?\b(?! that\b)"
)
_IF_OF_OTHERS = (
    r"wenn|falls|sofern|es sei denn|vorausgesetzt|nur(?= (?:wenn|mit|bei|in|an|am|im|nach)\b)|à condition|sauf si"
    r"|a menos que|siempre que"
)
_IF = caseless(rf"\b(?:{_IF_OF_ENGLISH}|{_IF_OF_OTHERS}|(?:{_EXCEPT}|{_EXCEPT_OF_OTHERS})\b)")
_IF_ENDS = re.compile(r"[,;:.!?](?!\S)|[()]|$")
_EXCEPTION = caseless(rf"except(?:ing)?|{_EXCEPT}|{_EXCEPT_OF_OTHERS}")
_EXCEPTION_ENDS = re.compile(  # in the middle of a sentence: "all but one may come"
    rf"{_IF_ENDS.pattern}|\b(?:may|must|can|cannot|could|shall|should|will|would|is|are|was|were|has|have|had|do|does)\b"
)
_EXEMPTS = caseless(r"\b(?:affected|concerned|covered|bound|unaffected|exempt\w*|exclud\w*)\b")
_EXEMPT = caseless(
    r"(?P<who>(?:[^\W\d_][\w'’-]* ){1,5}?)(?:is|are|was|were) (?:not (?:affected|concerned|covered|bound)|unaffected"
    r"|exempt)\b"
    r"|\b(?:does|do|did) not (?:apply to|affect|concern) (?P<whom>(?:[\w'’-]+(?: (?=\w))?){1,4})"
)
_SENTENCE_ENDS, _LEAST_SHARED = re.compile(r"(?<=[.!?])\s|; |\n"), 2
_OWN_IF = re.compile(  # what follows may have a condition of its own
    r"[;:.!?]\s|\n|, (?:and|but|while|whereas|und|aber) "
    r"| (?:and|but|while|whereas|und|aber|et|mais|y|pero) (?=(?:if|unless|wenn|falls|si) )"
)


def unconditioned(text: str, cited: str, asked: str) -> str:
    """Return the condition of the cited statement most like a text, if neither that nor the question tells of it.

    An exception is a condition too. Of statements that are alike in this one without a condition counts.
    """
    if _IF.search(text) or _BUT.search(text):
        return ""
    mine = stems_of(text)
    told = mine.union(content_words(asked))
    parts = _OWN_IF.split(cited)
    likest = max(parts, key=lambda part: (len(mine.intersection(content_words(part))), not _IF.search(part)))
    for begins in _IF.finditer(likest):
        is_exception = _EXCEPTION.fullmatch(begins.group()) is not None
        ends = (_EXCEPTION_ENDS if is_exception else _IF_ENDS).search(likest, begins.end())
        condition = likest[begins.start() : ends.start() if ends else None].strip()
        stems = set(content_words(_IF.sub(" ", condition, count=1)) or content_words(condition))
        rest = content_words(likest.replace(condition, " "))
        if 2 * len(stems & told) < len(stems) and 2 * len(mine.intersection(rest)) >= len(mine):
            return condition
    return ""


def exempted(text: str, cited: str) -> str:
    """Return the words that except somebody, "guests are not affected", whom a text holds to the same rule.

    It says of them in a clause what the sentence most like it says, with or without a negation as that has it.
    """
    for found in _EXEMPT.finditer(cited):
        who = set(telling_stems(found["who"] or found["whom"]))
        rest = [part for part in _SENTENCE_ENDS.split(cited.replace(found.group(), " ")) if part]
        for clause, stems in clauses(text):
            mine = stems - who
            likest = max(rest, key=lambda part: len(mine.intersection(telling_stems(part))), default="")
            told = set(telling_stems(likest))  # of others
            is_held = who and who <= stems and not who <= told and len(mine & told) >= _LEAST_SHARED
            if is_held and negates(clause) == negates(likest) and not (_SOME.search(text) or _EXEMPTS.search(clause)):
                return found.group().strip()
    return ""


def unbounded(text: str, cited: str, asked: str) -> str:
    """Return the limit, "up to 8", that the cited words set where a text has the bare number.

    Nothing is told where a word of the text or of what is ``asked`` can mean a limit, or the number stands without one
    too.
    """
    if _LIMITS.search(f"{text} {asked}"):
        return ""
    free, limits = set[str](), dict[str, str]()
    for there in figures(cited, cited=True):
        if bound := _LIMIT.search(cited, max(0, there.start - _LONGEST_LIMIT), there.start):
            limits |= dict.fromkeys(there.readings, cited[bound.start() : there.end])
        else:
            free |= there.readings
    own = (figure.readings for figure in figures(text))
    return next((limits[min(told)] for one in own if free.isdisjoint(one) and (told := one & limits.keys())), "")


def widens(text: str, cited: str) -> str:
    """Return the words that restrict the cited sentence most like a text, "only", where that means all instead."""
    bounded = _SOME.search(text) or _BUT.search(text) or negates(text)
    if bounded or not _ALL.search(text):
        return ""
    stems = set(telling_stems(text))
    sentences = [part for part in re.split(r"(?<=[.!?])\s|; |\n", cited) if part]
    likest = max(sentences, key=lambda part: len(stems.intersection(telling_stems(part))), default="")
    if _ALWAYS.search(text) and not _ALL.search(likest) and (hedge := _HEDGED.search(likest)):
        return hedge.group()  # "always" of what may be
    if (restricts := _SOME.search(likest)) and not _ALL.search(cited):
        return restricts.group()
    for every in _EVERY.finditer(text) if not _ALL.search(likest) else ():
        for noun in re.finditer(rf"\b{re.escape(stem(every['noun'].lower()))}", likest, re.IGNORECASE):
            which = _WHICH.match(likest, noun.end())
            if which and not _is_told(which, text, stems):
                return likest[noun.start() : which.end()]
    return ""


def _is_told(which: re.Match[str], text: str, stems: set[str]) -> bool:
    """Tell whether a text, with its stems, says too which ones are meant."""
    if which["code"]:
        return re.search(rf"\b{which['code']}\b", text) is not None
    return not stems.isdisjoint(telling_stems(which["told"]))
