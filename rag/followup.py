"""Follow-ups put on their own feet by rules, where there is no language model to do it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.datatypes import Turn
from rag.extract import DATE
from rag.text import STOP_WORDS, fold, names, squeeze, words

_AND_WHAT_ABOUT = re.compile(
    r"(?:(?:and|but|or|so|ok|okay)[, ]+)?(?:(?:what|how) about|what of|same for|and|or)\s+(?P<what>.+)", re.IGNORECASE
)
_ASKING = re.compile(r"\b(?:who|what|when|where|why|how|which|is|are|was|were|do|does|did|can|could|will)\b", re.I)
_PERSON = re.compile(r"\b(?:he|she|him|her|his|hers|they|them|their|theirs)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|that|these|those|then|one|ones|both|"
    r"(?<!is )(?<!are )(?<!was )(?<!were )(?<!will )there|former|latter|same|such|else|other|others|another)\b",
    re.IGNORECASE,
)

_CLAUSE = re.compile(r"[,;]|\b(?:and|but|or|when|if|while|because|before|after)\b", re.IGNORECASE)
_ARTICLE = r"(?:a|an|the|my|our|your|this|that)"
# "How long does [the dryer] take?", "What is the price of [a wash]?", "Who is [the caretaker]?"
_NOUN = rf"{_ARTICLE}\s+[\w’'-]+(?:\s+of\s+(?:{_ARTICLE}\s+)?[\w’'-]+)?"
_NOUN_PHRASES = (
    re.compile(rf"\b(?:do|does|did)\s+({_NOUN})(?=\s+[\w’'-]+\s*\??$)", re.IGNORECASE),
    re.compile(rf"\bof\s+({_NOUN})(?=\s*\??$)", re.IGNORECASE),
    re.compile(rf"\b(?:is|are|was|were)\s+({_NOUN})(?=\s*\??$)", re.IGNORECASE),
)
# "How long are [invoices] kept?", "What is the price of [day tickets]?"
_BARE = rf"(?:{_ARTICLE}\s+)?[\w’'-]+(?:\s+[\w’'-]+){{0,2}}"
_BARE_PHRASES = (
    re.compile(rf"\b(?:do|does|did|are|were)\s+({_BARE})(?=\s+[\w’'-]+\s*\??$)", re.IGNORECASE),
    re.compile(rf"\bof\s+({_BARE})(?=\s*\??$)", re.IGNORECASE),
)
_CIRCUMSTANCE = re.compile(r"(?:on|in|at|for|from|during|after|before|by|with|without|since|until|under|via)\b", re.I)
_ADDED = re.compile(r"\s*\([^()]*\)$")  # what an earlier follow-up was given
_EVENT = re.compile(r"\b(?:that|this)\s+(?:cost|happen|take|mean|start|end|begin|last|work)\b", re.IGNORECASE)


def leans(question: str) -> bool:
    """Tell whether a question points to something said before, by a pronoun or as "what about …"."""
    return _points_back(question) or bool(_AND_WHAT_ABOUT.match(squeeze(question)))


def _points_back(question: str) -> bool:
    """Tell whether a pronoun stands for nothing in the same question: "… the roof, and what did it cost?" names it."""
    found = _PRONOUN.search(question)
    if not found:
        return False
    ends = [clause.start() for clause in _CLAUSE.finditer(question, 0, found.start())]
    before = question[: ends[-1]] if ends else ""
    return not _ASKING.search(before) or sum(word not in STOP_WORDS for word in words(before)) < 2


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """Return the question so that it can be understood without the conversation, by rules.

    "What about the H100?" takes over the last question with the name replaced; a question that leans on the last one
    (a pronoun, or hardly a word of its own) gets that question's topic in brackets; any other is returned unchanged.
    """
    if not turns:
        return question
    previous = turns[-1].standalone or turns[-1].question
    swap = _AND_WHAT_ABOUT.match(squeeze(question))
    if swap and not _ASKING.search(swap["what"]) and not _PRONOUN.search(swap["what"]):
        return _swap_topic(previous, swap["what"].rstrip(" ?.!"))
    own = [word for word in words(question) if word not in STOP_WORDS]
    if not _points_back(question) and (len(own) > 2 or names(question)):
        return question
    topic = _topic(previous)
    if _EVENT.search(question):  # not the thing but what was done to it
        topic += [token for token in _content(previous) if token not in topic]
    if _PERSON.search(question):
        topic += [name for name in names(turns[-1].answer)[:4] if name not in topic]
    fresh = [word for word in topic if fold(word) not in own]
    return f"{question.rstrip()} ({' '.join(fresh)})" if fresh else question


def _topic(question: str) -> list[str]:
    """Return the names of a question, or else its content words, in order."""
    return names(question) or _content(question)


def _content(question: str) -> list[str]:
    tokens = [token.strip("’'\"-&.,;:?!()") for token in question.split()]
    return [token for token in tokens if token and fold(token) not in STOP_WORDS]


def _swap_topic(previous: str, what: str) -> str:
    """Put ``what`` in the place of the thing of the same shape in the previous question, or behind it in brackets."""
    if _CIRCUMSTANCE.match(what):
        return f"{previous.rstrip(' ?.!')} {what}?"
    new = _phrases(f"- {what}")
    if not new:
        previous = _ADDED.sub("", previous)
        patterns = _NOUN_PHRASES if re.match(rf"{_ARTICLE}\b", what, re.IGNORECASE) else _BARE_PHRASES
        found = next((match for pattern in patterns if (match := pattern.search(previous))), None)
        if found and len(what.split()) <= 4:
            return f"{previous[: found.start(1)]}{what}{previous[found.end(1) :]}"
    old = [phrase for phrase in _phrases(previous) if new and _shape(phrase) == _shape(new[0])]
    if not old or old[-1] in new:
        return f"{previous.rstrip()} ({what})"
    before, _, after = previous.rpartition(old[-1])
    return f"{before}{' '.join(new)}{after}"


def _phrases(text: str) -> list[str]:
    """Return the names of a text, neighbouring ones as one: ``Moore Threads``."""
    known = names(text)
    phrases: list[list[str]] = [[]]
    for token in re.findall(r"[\w’'&-]+|[.,;:!?()]", text):
        bare = re.sub(r"[’']s$", "", token)
        if bare in known:
            phrases[-1].append(bare)
        else:
            phrases.append([])
    return [" ".join(phrase) for phrase in phrases if phrase]


def _shape(name: str) -> tuple[bool, bool, bool]:
    return any(c.isdigit() for c in name), name.isupper(), DATE.search(name) is not None
