"""A follow-up as a language model rewrote it: the question in its reply, and whether it can be what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.datatypes import Turn
from rag.draft import without_thoughts
from rag.text import content_words, fold, normalize, squeeze, words

_MOST_CHARACTERS = 300
_AROUND = "\"'“”„«»*_`# "
_ITEM = re.compile(r"(?:\d{1,2}[.)]|[-•*>])\s+")
_YES = re.compile(
    r"(?:sure|certainly|of course|okay|ok|here you go|gerne|natürlich|bien sûr|claro)[^\w:?]+(?=\w)", re.I
)
_OF_QUESTIONS = (
    r"(?:questions?|query|rewrit\w+|rephras\w+|reformulat\w+|reworded|stand-?alone|frage|umformuliert\w*|reformulée?"
    r"|pregunta|reformulada)"
)
# "Rewritten question: …", "Here is the question so that it can be understood alone: …"
_LABEL = re.compile(
    rf"(?!(?:what|which|who|when|where|why|how|is|are|does|do|can)\b)[^:?\n]{{0,80}}\b{_OF_QUESTIONS}\b[^:?\n]{{0,80}}:[\s{re.escape(_AROUND)}]*",
    re.IGNORECASE,
)
_EXCUSE = re.compile(
    r"(?:(?:i['’]?m |i am )?sorry\b|i (?:can ?not|can['’]t|could not|couldn['’]t|do not|don['’]t)\b"
    r"|(?:i am|i['’]m) unable\b"
    rf"|(?:es tut mir leid|leider|désolée?|lo siento)\b|[^?]*\b(?:{_OF_QUESTIONS}|conversation|context)\b)[^?]*$",
    re.IGNORECASE,
)


def read_rewriting(reply: str, question: str) -> str:
    """Return the question that a reply holds on one line, without labels, quotation marks and excuses; "" if none.

    ``question`` is what was typed; what it has itself is no label. The first line with a question mark is taken, else
    the first.
    """
    lines = [_bare(line, question) for line in normalize(without_thoughts(reply))[0].splitlines()]
    lines = [line for line in lines if line and not line.endswith(":")]
    line = next((line for line in lines if line.endswith(("?", "？", "؟"))), lines[0] if lines else "")
    if _EXCUSE.match(line) and not _begins_alike(line, question):
        return ""
    return line if len(line) <= _MOST_CHARACTERS else _cut(line)


def _bare(line: str, question: str) -> str:
    """Return a line without what small models put before and around a question."""
    line = squeeze(line).strip(_AROUND)
    for lead in (_ITEM, _YES, _LABEL, _ITEM):
        found = lead.match(line)
        if found and not _begins_alike(found.group(), question):
            line = line[found.end() :].strip(_AROUND)
    return line


def _begins_alike(line: str, question: str) -> bool:
    return words(line)[:2] == words(question)[:2]


def _cut(line: str) -> str:
    """Cut a long line at the last space that is in reach."""
    return (line[:_MOST_CHARACTERS].rpartition(" ")[0] or line)[:_MOST_CHARACTERS]


def is_rewriting(line: str, question: str, turns: Sequence[Turn]) -> bool:
    """Tell whether a line says more than the question as typed, in words that it or the conversation has.

    Small models repeat the question, or put it into another language; rules do better then.
    """
    if fold(squeeze(line)).strip(" ?.!") == fold(squeeze(question)).strip(" ?.!"):
        return False
    told = " ".join([question, *(f"{turn.question} {turn.standalone} {turn.answer}" for turn in turns)])
    return not set(content_words(told)).isdisjoint(content_words(line))
