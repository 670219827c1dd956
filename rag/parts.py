"""Several questions in one, "How long does it take and what does it cost?": each on its own feet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.datatypes import Turn
from rag.extract import Pick, overlaps
from rag.followup import standalone
from rag.query import MOST_AT_ONCE, POLITE
from rag.text import asked_words, caseless, fold

_ASKING = (
    "how|what|when|where|which|who|whom|whose|why|wie|was|wann|wo|welche[nmrs]?|wer|warum|combien|comment|quand|où|quel(?:le)?s?"
    "|qui|pourquoi|cuánt[oa]s?|cómo|cuándo|dónde|qué|quién(?:es)?|cuál(?:es)?"
)
_JOIN = caseless(
    r"[?？]\s+(?:(?:and|und|et|y) )?(?=\w)"
    rf"|,? (?:and|und|et|y) (?:also )?(?=(?:at |in |from |by |to |for |bis |ab )?(?:{_ASKING})\b)"
    rf"|, (?=(?:{_ASKING})\b[^,?]*,? (?:and|und|et|y) (?:{_ASKING})\b)"
)
_STUMP = caseless(  # "Which dogs", of "and which cats may come?"
    r"(?:which|what|welche[nmrs]?|quel(?:le)?s?|qué|cuál(?:es)?) (?!(?:is|are|was|were|est|es|son)\b)[\w-]+"
)
_TWICE = caseless(  # what is asked, a preposition, what of, and that of again
    rf"((?=.*\b(?:{_ASKING})\b).+? )(for|in|at|on|from|with|by|für|im|mit|bei|pour|avec|dans|para|con)"
    r" ([^,;?]{2,40}?),? (?:and|und|et|y) \2 ([^,;?]{2,40}?)\W*"
)
_ASKS = caseless(rf"\b(?:{_ASKING}|is|are|does|do|did|can|may|must|will|has|have)\b")
_OPEN = caseless(rf"\b(?:between|zwischen|entre|{_ASKING})\W*$|\b(?:between|zwischen|entre)\b")


def parts_of(question: str, typed: str) -> list[str]:
    """Return the questions that one is made of, as it was ``typed`` too, if each has a word of its own; else nothing.

    What a later one leaves open is the topic of the first: "it", "there". "For adults and for children" is two as well.
    """
    if not _JOIN.search(typed):
        twice = _TWICE.fullmatch(question) if _TWICE.fullmatch(typed) else None
        things = twice.group(3, 4) if twice else ()
        uneven = len({max(1, len(asked_words(one))) for one in things}) > 1  # "for small and for large boats"
        return [f"{twice[1]}{twice[2]} {one}?" for one in things] if twice and not uneven else []
    bare = [part.strip(" ,;?？") for part in _JOIN.split(question)]
    asked = [part for part in bare if not {*map(fold, asked_words(part))} <= POLITE]
    open_ended = asked and (_OPEN.search(asked[0]) or _STUMP.fullmatch(asked[0]))
    if not 1 < len(asked) <= MOST_AT_ONCE or open_ended or not _ASKS.search(asked[0]):
        return []
    turn = Turn(f"{asked[0]}?", "", f"{asked[0]}?")
    return [turn.question, *(standalone(f"{part}?", (turn,)) for part in asked[1:])]


def without_topic(part: str) -> str:
    """Return a part as it was asked, without the topic that was put behind it."""
    return re.sub(r"\? \([^()]*\)$", "?", part)


def put_together(
    picks: list[Pick], sure: float, parts: Sequence[tuple[str, float, list[Pick]]], least: float
) -> tuple[list[Pick], float, str]:
    """Return the picks for a whole question with the best one for each of its parts, how sure they are, and a notice.

    ``parts`` are each question, how surely it is answered, and its best pick if so. Where all are answered, theirs come
    first; where the whole is less sure than ``least``, they stand for it, and those that are not answered are told.
    """
    best = [pick for _, _, found in parts for pick in found]
    if not best:
        return picks, sure, ""
    lost = [part for part, _, found in parts if not found]
    told = ""
    if sure < least:
        sure = max(part for _, part, found in parts if found)
        asked = (without_topic(part) for part in lost)
        told = " ".join(f"Nothing seems to answer “{part[:1].upper()}{part[1:]}”." for part in asked)
        picks = []
    kept: list[Pick] = []
    for pick in [*(picks[:1] if lost else ()), *best, *picks]:
        same = next((place for place, one in enumerate(kept) if overlaps(pick, [one])), None)
        if same is None:
            kept.append(pick)
        elif kept[same].start == pick.start and kept[same].end < pick.end:  # it goes on with what another part asks for
            kept[same] = pick
    return kept, sure, told
