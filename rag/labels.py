"""The words above the columns of a table on a page: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, takewhile

from rag.header import are_labels
from rag.line import BROKEN, Line, gone_on

_MOST = 16  # lines that the labels of a table are written in
_ABOVE = 7.0  # times the size: the most from the first of them to the first row
_CLOSE = 1.5  # times the size: the most between the lines of one label
_LONGEST = 24  # characters of the first line of a label


def labels_above(
    lines: Sequence[Line], row: Line, columns: Sequence[tuple[float, float]]
) -> tuple[int, list[str]] | None:
    """Return how many bold lines right above a plain row name its columns, and the names.

    Such labels are written cell by cell, each of one line or more; one that reaches over several columns is said with
    each of them.
    """
    near = list(takewhile(lambda line: _is_label(line, row, columns), reversed(lines[-_MOST:])))
    from_below = sorted((line.bottom for line in near), reverse=True)
    top = next((a for a, b in pairwise(from_below) if a - b > _CLOSE * row.size), 0.0)  # above is a heading of rows
    count = sum(1 for _ in takewhile(lambda line: line.bottom >= top, near))
    named = [""] * len(columns)
    for line in sorted(lines[len(lines) - count :], key=lambda line: line.bottom):
        for words, left, right in line.parts:
            for place in _nearest(left, right, columns):
                named[place] = gone_on(named[place], words)
    known = [words for words in named if words]
    if len(known) < max(2, len(columns) - 1) or len(set(known)) < len(known):
        return None
    return count, [words.replace(BROKEN, "-") for words in named]


def are_labels_above(lines: Sequence[Line], following: Sequence[Line]) -> bool:
    """Tell bold lines right above a row that is not bold, which may be labels, from a table of their own."""
    row = next((line for line in following if not line.bold), None)
    if row is None or len(row.parts) < 2:
        return False
    return len(lines) > 1 and all(line.bold and 0 < row.bottom - line.bottom <= _ABOVE * row.size for line in lines)


def words_over(lines: Sequence[Line], row: Line, columns: Sequence[tuple[float, float]]) -> dict[int, str]:
    """Return by column what stands close above its label on a line of its own: "Weight" over "(kg each)"."""
    if not lines or lines[-1].page != row.page or not _is_close(lines[-1], row):
        return {}
    found = {}
    for words, left, right in lines[-1].parts:
        under = _under(left, right, columns)
        if len(under) != 1 or under == [0] or len(words) > _LONGEST or not words[-1].isalnum():
            return {}
        found[under[0]] = words
    return found


def _is_close(line: Line, row: Line) -> bool:
    alike = line.bold == row.bold and abs(line.size - row.size) <= 0.1 * row.size
    return alike and 0 < row.bottom - line.bottom <= _CLOSE * row.size


def _is_label(line: Line, row: Line, columns: Sequence[tuple[float, float]]) -> bool:
    alike = line.page == row.page and abs(line.size - row.size) <= 0.1 * row.size
    above = 0 < row.bottom - line.bottom <= _ABOVE * row.size
    return alike and above and line.bold and not row.bold and line.left >= columns[0][0] - row.size


def _under(left: float, right: float, columns: Sequence[tuple[float, float]]) -> list[int]:
    """Return the columns that something stands over."""
    return [place for place, (a, b) in enumerate(columns) if a < right and left < b]


def _nearest(left: float, right: float, columns: Sequence[tuple[float, float]]) -> list[int]:
    """Return the columns that words stand over, or the one that begins nearest to the left of them."""
    under = _under(left, right, columns)
    return under or [max((place for place, (a, _) in enumerate(columns) if a <= left), default=0)]


def reaches(left: float, right: float, columns: Sequence[tuple[float, float]]) -> int:
    """Return over how many columns something reaches."""
    return len(_under(left, right, columns))


def is_set_off(lines: Sequence[Line]) -> bool:
    """Tell whether the first line is bold and others are not."""
    weights = [line.bold for line in sorted(lines, key=lambda line: line.bottom)]
    return weights[0] and not all(weights)


def first_row_names(cells: Sequence[Sequence[str]], *, bold: bool) -> bool:
    """Tell whether short, distinct words stand in the first row: bold, or without digits and, of two, usual ones."""
    first = [cell for cell in cells[0] if cell]
    distinct = len(first) == len(cells[0]) == len(set(first))
    sure = len(first) > 2 or bold or are_labels(first)
    return distinct and sure and not any((not bold and re.search(r"\d", cell)) or len(cell) > 40 for cell in first)
