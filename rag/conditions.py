"""What a cited statement depends on or is restricted to, where a sentence that rests on it leaves that out."""

from __future__ import annotations

import re

from rag.facts import negates, telling_stems
from rag.text import content_words, stem

# That all are meant, and that only some are.
_ALL = re.compile(
    r"\b(?:all|every\w*|each|any\w*|always|whatever|whenever|wherever|entire|whole|also|as well|too|including|even"
    r"|alle[nrms]?|jede[nrms]?|immer|auch|tou(?:s|te|tes)|chaque|toujours|aussi|tod[oa]s?|siempre|también)\b",
    re.IGNORECASE,
)
_BUT = re.compile(r"\b(?:but|apart from|other than|save for|bis auf|hormis)\b", re.IGNORECASE)
_SOME = re.compile(r"\b(?:only|except\w*|unless|most|some|solely|nur|außer|sauf|seulement|sólo|salvo)\b", re.IGNORECASE)
_EVERY = re.compile(
    r"\b(?:all|every|each|alle|jede[nrms]?|tou(?:s|tes) les|tod[oa]s l[oa]s)"
    r" (?:(?:of )?(?:the|these|those|our|your|its|their) )?(?P<noun>\w+)",
    re.IGNORECASE,
)
# Behind a noun: which of them are meant.
_WHICH = re.compile(
    r"\w* (?:that|who|which|with|without|above|over|under|below|in|from|between|older|younger|aged|born|for|on|at|to)"
    r"(?P<told>(?: [\w'’-]+){1,2})"
)
_IF = re.compile(
    r"\b(?:(?<!even )(?<!as )if(?! (?:necessary|needed|possible|applicable|any|so|not)\b)|unless|provided that"
    r"|providing|provided(?= (?:you|they|the|it|we|he|she|no\w*|all)\b)|as long as|on condition|subject to"
    r"|only(?= (?:if|when|in|on|at|for|with|by|after|before|from|during|to)\b)|wenn|falls|sofern|es sei denn"
    r"|vorausgesetzt|nur(?= (?:wenn|mit|bei|in|an|am|im|nach)\b)|à condition|sauf si|a menos que|siempre que"
    r"|\w+(?= permitting\b))",
    re.IGNORECASE,
)
_IF_ENDS = re.compile(r"[,;:.!?](?!\S)|[()]|$")
_OWN_IF = re.compile(  # what follows may have a condition of its own
    r"[;:.!?]\s|\n|, (?:and|but|while|whereas|und|aber) "
    r"| (?:and|but|while|whereas|und|aber|et|mais|y|pero) (?=(?:if|unless|wenn|falls|si) )",
    re.IGNORECASE,
)


def unconditioned(text: str, cited: str, asked: str) -> str:
    """Return the condition of the cited statement most like a text, if neither that nor the question tells of it."""
    if _IF.search(text):
        return ""
    mine = set(content_words(text))
    told = mine.union(content_words(asked))
    likest = max(_OWN_IF.split(cited), key=lambda part: len(mine.intersection(content_words(part))))
    for begins in _IF.finditer(likest):
        ends = _IF_ENDS.search(likest, begins.end())
        condition = likest[begins.start() : ends.start() if ends else None]
        stems = set(content_words(_IF.sub(" ", condition, count=1)) or content_words(condition))
        rest = content_words(likest.replace(condition, " "))
        if 2 * len(stems & told) < len(stems) and 2 * len(mine.intersection(rest)) >= len(mine):
            return condition
    return ""


def widens(text: str, cited: str) -> str:
    """Return the words that restrict the cited sentence most like a text, "only", where that means all instead."""
    bounded = _SOME.search(text) or _BUT.search(text) or negates(text)
    if bounded or not _ALL.search(text):
        return ""
    stems = set(telling_stems(text))
    sentences = [part for part in re.split(r"(?<=[.!?])\s|; |\n", cited) if part]
    likest = max(sentences, key=lambda part: len(stems.intersection(telling_stems(part))), default="")
    if (restricts := _SOME.search(likest)) and not _ALL.search(cited):
        return restricts.group()
    for every in _EVERY.finditer(text) if not _ALL.search(likest) else ():
        for noun in re.finditer(rf"\b{re.escape(stem(every['noun'].lower()))}", likest, re.IGNORECASE):
            which = _WHICH.match(likest, noun.end())
            if which and stems.isdisjoint(telling_stems(which["told"])):
                return likest[noun.start() : which.end()]
    return ""
