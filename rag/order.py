"""Whether a sentence has its words, or steps, in the same order as the words that it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from rag.facts import sentences_of, telling_stems
from rag.text import STOP_WORDS, caseless, content_words, fold

_THEN = caseless(r",? (?:and )?(?:then|finally|afterwards|after that)\b,?|,? and (?=\w+ last\b)")
# With these the steps need not stand in their order.
_BEFORE = caseless(r"\b(?:before|after(?! that)|once|until|when)\b")
_STEP_ENDS = re.compile(r"[,;.:\n]\s*|\band (?:then )?")
_LEAST_SHARED, _ALIKE, _MOST_MOVED = 4, 0.5, 3  # words that two sentences share, as a share too; words in a run
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)+|[^\W_]+")
_ARTICLES = frozenset("a an the".split())
_BY = caseless(r"\b(?:by|von|vom|durch|par|por)\b")


def exchanged(text: str, quotes: Sequence[str]) -> tuple[str, str] | None:
    """Return two words, or runs of up to three, that stand in each other's place in a quoted sentence like the text.

    "Clients run on the host of the server, drivers anywhere" says the opposite of the same words with both exchanged.
    What stands around a few words may change places in other constructions, as "paid by the tenant" has it.
    """
    mine = _telling(text)
    for sentence in sentences_of(quotes):  # of a row a label may follow its value
        theirs = _telling(sentence)
        shared = {word for word in mine if mine.count(word) == theirs.count(word) == 1}
        own, other = ([word for word in one if word in shared] for one in (mine, theirs))
        moved = [place for place, (a, b) in enumerate(zip(own, other, strict=True)) if a != b]
        if not moved or len(own) < max(_LEAST_SHARED, _ALIKE * len(mine)):
            continue
        run, turned = own[moved[0] : moved[-1] + 1], other[moved[0] : moved[-1] + 1]
        roles = [_roles(one) for one in (text, sentence)]
        passive = bool(_BY.search(text)) != bool(_BY.search(sentence))
        least = 3 if passive else 2 if len(run) == len(own) else 1
        for head, tail in product(range(1, _MOST_MOVED + 1), repeat=2):
            begins, ends = run[:tail], run[len(run) - head :]
            between = run[tail : len(run) - head]
            figures_only = all(word[0].isdigit() for word in (*begins, *ends))
            apart = sum(figures_only or not word[0].isdigit() for word in between)
            of_roles = [[role.get(some[0]) for role in roles] for some in (begins, ends)]
            keep = all(one == other for one, other in of_roles) and of_roles[0] != of_roles[1]
            if apart >= least and turned == [*ends, *between, *begins] and not keep:
                return " ".join(begins), " ".join(ends)
    return None


def other_order(text: str, quotes: Sequence[str]) -> str:
    """Return what a text says comes later, "then …", though the cited words have it earlier than all before it."""
    parts = [part for part in _THEN.split(text) if content_words(part)]
    if len(parts) < 2 or _BEFORE.search(text):
        return ""
    steps = [set(telling_stems(step)) for quote in quotes for step in _STEP_ENDS.split(quote)]
    theirs = [step for step in steps if step]
    places = []
    for part in parts:
        mine = set(telling_stems(part))
        shared = [len(mine & one) for one in theirs]
        most = max(shared, default=0)
        if not most or 2 * most < len(mine) or shared.count(most) > 1:
            return ""
        places.append(shared.index(most))
    is_reversed = places == sorted(places, reverse=True) and len(set(places)) > 1
    return parts[-1].strip(" ,.") if is_reversed else ""


def _telling(text: str) -> list[str]:
    return [word for word in _TOKEN.findall(fold(text)) if word not in STOP_WORDS]


def _roles(text: str) -> dict[str, tuple[str, ...]]:
    """Return for each word the small ones before it, no articles: "on" of "on Monday", which may move with it."""
    found: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    for word in _TOKEN.findall(fold(text)):
        found.setdefault(word, before)
        if word not in _ARTICLES:
            before = (*before, word) if word in STOP_WORDS else ()
    return found
