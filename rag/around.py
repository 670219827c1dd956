"""What belongs beside quotes: the heading that turns one, the sentence that one leans on, that a list goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.answertype import answering_heading, turning_heading
from rag.datatypes import Document
from rag.extract import Pick, overlaps
from rag.lists import MOST_LINES, leans

CUT_SHORT = "This list goes on in its source."
_MOST_TOGETHER = 700  # characters of a sentence with the one before that it leans on


def with_headings(question: str, picks: Sequence[Pick], document_of: Callable[[str], Document]) -> list[Pick]:
    """Return the picks, and before one the heading that alone says what is asked for, or that turns its meaning."""
    found: list[Pick] = []
    for pick in picks:
        trail = pick.hit.passage.heading
        if heading := answering_heading(question, pick.text, trail) or turning_heading(pick.text, trail):
            above = _heading_above(heading, pick, document_of(pick.hit.passage.document_id))
            found += [over for over in above if not overlaps(over, found)]
        found.append(pick)
    return found


def with_antecedents(picks: Sequence[Pick], was_said: Callable[[str], bool] = lambda _: False) -> list[Pick]:
    """Return the picks, one that begins with "it" or "therefore" with the sentence before it in its paragraph.

    What ``was_said`` in the last answer is not said again for that.
    """
    found: list[Pick] = []
    for number, pick in enumerate(picks):
        spans = pick.hit.passage.spans
        before = next((a for a, b in pairwise(spans) if b[0] == pick.start), None)
        apart = before is None or "\n" in pick.hit.passage.slice(before[1], pick.start)
        if before and not apart and leans(pick.text) and not was_said(pick.hit.passage.slice(*before)):
            whole = replace(pick, start=before[0])
            others = [*found, *picks[number + 1 :]]
            pick = pick if whole.end - whole.start > _MOST_TOGETHER or overlaps(whole, others) else whole
        found.append(pick)
    return found


def is_cut_short(picks: Sequence[Pick], document_of: Callable[[str], Document]) -> bool:
    """Tell whether a list or table goes on right behind its quote, which ends at a bound or with the passage."""
    several = [pick for pick in picks if pick.text.count("\n") > 1]
    ended = [pick for pick in several if pick.text.count("\n") + 1 >= MOST_LINES or pick.end >= pick.hit.passage.end]
    blocks = ((pick, document_of(pick.hit.passage.document_id).blocks) for pick in ended)
    return any(block.kind in ("row", "item") and block.start - pick.end == 1 for pick, own in blocks for block in own)


def _heading_above(heading: str, pick: Pick, document: Document) -> Iterator[Pick]:
    """Yield a heading as it stands in the document; nothing where it stands there otherwise."""
    above = (block for block in reversed(document.blocks) if block.kind == "heading" and block.end <= pick.start)
    if block := next((block for block in above if document.text[block.start : block.end] == heading), None):
        passage = pick.hit.passage.moved(document, block.start, block.end)
        trail = f" > {passage.heading} > ".rpartition(f" > {heading} > ")[0].removeprefix(" > ")
        yield Pick(replace(pick.hit, passage=replace(passage, heading=trail)), block.start, block.end, pick.score)
