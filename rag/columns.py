"""Columns of a page that a program wrote line by line, across the gap between them: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.line import BROKEN, GAP, LEVEL, Cell, Line, beside

_FLOWING, _BLOCKS = 4, 3  # lines: the least of columns of prose, and of two blocks side by side
_NEAR, _EVEN = 2.6, 1.25  # times the size: the most from line to line; times the least distance: that of even lines
_PROSE = 20  # characters of a line of prose, on average
_SMALLER, _BELOW = 0.88, 1.5  # times the size of a name: what is said below it, how close
_MOST_BELOW = 4  # lines of that
_AMOUNT = re.compile(r"[^\W\d]{0,3}[£$€]? ?[-–−]?\d[\d.,' ]*(?:[£$€%]|[^\W\d]{1,3}\b)?[-–.]{0,2}")
_FIELD = re.compile(r"[^\W\d][^:;\d]{1,30}(?:: |\b(?:no|nr|number|num)\b\.?:? ?)\S.{0,40}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2}")


def part_columns(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with those that reach over two columns parted, the left column first.

    Prose is told by sentences that go on from line to line on both sides; two blocks, as of an invoice, by the fields
    on the right beside plain lines. All else may be a table, and stays.
    """
    found: list[Line] = []
    start = 0
    while start < len(lines):
        end = _reach(lines, start)
        run = lines[start:end]
        pairs = [line.cells for line in run if line.cells]
        blocks = len(pairs) >= _BLOCKS and _are_blocks(pairs)
        if blocks or (len(pairs) >= _FLOWING and _is_even(run) and _flows(pairs)):
            middle = pairs[0][1][1]
            left = [_half(line, 0) for line in run if line.cells or line.left < middle]
            right = [_half(line, 1) for line in run if line.cells or line.left >= middle]
            found += [replace(line, begins=blocks) for line in (*left, *right)]
        else:
            end = max(end, start + 1)
            found += lines[start:end]
        start = end
    return found


def rows_of_sizes(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with the cells right of a name with words in smaller letters below it beside that name.

    Cells that are written one after another stand so: "Lamb stew", "with nuts", "16.90". At least two names on a page
    that begin at one place have such words below them.
    """
    owners = {at: name for at in range(2, len(lines)) if (name := _name_beside(lines, at)) is not None}
    lefts = Counter(round(lines[name].left) for name in owners.values())
    taken = {at: name for at, name in owners.items() if lefts[round(lines[name].left)] > 1}
    rows = {name: beside(lines[name], lines[at]) for at, name in taken.items()}
    return [rows.get(at, line) for at, line in enumerate(lines) if at not in taken]


def _name_beside(lines: Sequence[Line], at: int) -> int | None:
    """Return the name that a line of several cells, or an amount, stands beside: level with it or its small words."""
    line = lines[at]
    if not line.cells and not _AMOUNT.fullmatch(line.text):
        return None
    for first in range(at - 2, max(-1, at - 2 - _MOST_BELOW), -1):
        name, *words = lines[first:at]
        if any(one.cells or one.page != line.page or one.right >= line.left for one in (name, *words)):
            return None
        if words[0].size < _SMALLER * name.size:
            close = all(0 < b.bottom - a.bottom <= _BELOW * name.size for a, b in pairwise((name, *words)))
            alike = all(abs(one.left - name.left) < 1 and one.size == words[0].size for one in words)
            level = name.bottom - 1 <= line.bottom <= words[-1].bottom + 1
            return first if close and alike and level else None
    return None


def _reach(lines: Sequence[Line], start: int) -> int:
    """Return the end of the lines from ``start`` that stand in the same two columns."""
    first, end = lines[start], start + 1
    if len(first.cells) != 2:
        return start
    edge = first.cells[1][1]
    while end < len(lines) and _is_near(lines[end - 1], lines[end]) and _fits(lines[end], first.left, edge):
        end += 1
    return end if _fits(first, first.left, edge) else start


def _is_near(a: Line, b: Line) -> bool:
    return a.page == b.page and 0 < b.bottom - a.bottom <= _NEAR * b.size and abs(a.size - b.size) < LEVEL


def _fits(line: Line, left: float, edge: float) -> bool:
    """Tell whether a line stands in these columns: in both, with a gap between them, or within one."""
    gap = edge - GAP * line.size
    if line.cells:
        both = len(line.cells) == 2 and abs(line.cells[1][1] - edge) < LEVEL * line.size
        return both and abs(line.left - left) < GAP * line.size and line.cells[0][2] < gap
    return line.right < gap or abs(line.left - edge) < LEVEL * line.size


def _is_even(run: Sequence[Line]) -> bool:
    """Tell whether the lines stand equally far apart, as those of a table's rows seldom do."""
    distances = [b.bottom - a.bottom for a, b in pairwise(run)]
    return max(distances) <= _EVEN * min(distances)


def _flows(pairs: Sequence[tuple[Cell, ...]]) -> bool:
    """Tell whether sentences go on from line to line on both sides, and seldom begin on both at once."""
    sides = [[cell[0] for cell in side] for side in zip(*pairs, strict=True)]
    low = [[text[:1].islower() for text in side[1:]] for side in sides]
    begun = sum(not a and not b for a, b in zip(*low, strict=True))
    long = all(sum(map(len, side)) >= _PROSE * len(side) for side in sides)
    return long and all(2 * sum(side) >= len(side) for side in low) and 4 * begun <= len(pairs)


def _are_blocks(pairs: Sequence[tuple[Cell, ...]]) -> bool:
    """Tell whether fields with their labels stand on the right, and plain lines on the left."""
    plain, fields = (sum(_FIELD.fullmatch(cell[0]) is not None for cell in side) for side in zip(*pairs, strict=True))
    labels = [re.split(r"[:\d]", b[0])[0].lower() for _, b in pairs if _FIELD.fullmatch(b[0])]
    worded = all(_WORD.search(a[0]) and not a[0].endswith(":") for a, _ in pairs)  # no bullets, no labels
    of_one = len(set(labels)) == len(labels)  # else each is of the name beside it
    return worded and of_one and 3 * fields >= 2 * len(pairs) and 3 * plain <= len(pairs)


def _half(line: Line, side: int) -> Line:
    if not line.cells:
        return line
    words, left, right = line.cells[side]
    broken = line.broken if side else words.endswith(BROKEN)
    return replace(line, text=words.removesuffix(BROKEN), left=left, right=right, broken=broken, cells=())
