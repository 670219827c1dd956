"""Forms on the pages of a PDF: a small label above what is filled in. Pure functions, no PDF library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.aligned import cells_of
from rag.formats import Piece
from rag.grid import find_tables
from rag.line import LEVEL, Line
from rag.records import table

_FIELDS, _LONGEST_LABEL, _PROSE = 4, 40, 60  # labels that make a form, and characters of a label and of a line of text
_LABEL = 0.8  # times the size of what is filled in
_SENTENCE = re.compile(r"[,;!?]$|\w{4}\.$|: ")


def find_blocks(lines: Sequence[Line], pitch: float) -> dict[int, tuple[int, list[Piece]]]:
    """Return forms and tables as ``find_tables`` does, and each joined listing as if it were one; they part tables."""
    found: dict[int, tuple[int, list[Piece]]] = {}
    start = 0
    for end in [*(at for at, line in enumerate(lines) if line.is_listing), len(lines)]:
        between = lines[start:end]
        rows = _find_fields(between) | find_tables(between, pitch)
        found |= {start + first: (start + after, pieces) for first, (after, pieces) in rows.items()}
        if end < len(lines):
            found[end] = end + 1, _listing(lines[end])
        start = end + 1
    return found


def _listing(line: Line) -> list[Piece]:
    """Return the lines of a joined listing as code, or as rows where they are a table of plain text."""
    if cells := cells_of(line.typed.split("\n")):
        return table(cells, page=line.page)
    return [Piece(line.text, "code", page=line.page)]


def _find_fields(lines: Sequence[Line]) -> dict[int, tuple[int, list[Piece]]]:
    """Return the fields of a form as ``find_tables`` does tables: a small label stands close above what is written."""
    prose = {line.style for line in lines if len(line.text) > _PROSE}
    found: dict[int, tuple[int, list[Piece]]] = {}
    for start, (label, value) in enumerate(pairwise(lines)):
        stands_alone = start - 1 not in found and not (start and _is_text(lines[start - 1], label))
        if stands_alone and label.style not in prose and not value.bold and _is_label(label, value):
            found[start] = start + 2, [Piece(f"{label.text}: {value.text}", "row", page=label.page)]
    return found if len(found) >= _FIELDS else {}


def _is_label(a: Line, b: Line) -> bool:
    below = a.page == b.page and abs(a.left - b.left) < LEVEL * b.size and 0 < b.bottom - a.bottom <= 2 * b.size
    named = a.size <= _LABEL * b.size and len(a.text) <= _LONGEST_LABEL and not _SENTENCE.search(a.text)
    return below and named and not a.cells and not b.cells


def _is_text(a: Line, b: Line) -> bool:
    """Tell whether ``b`` is a further line of the same text: alike, and close below."""
    return abs(a.size - b.size) < 0.1 * b.size and 0 < b.bottom - a.bottom <= 2 * b.size and a.left < b.right
