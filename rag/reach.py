"""How far a table reaches on a page, and where its columns are: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise

from rag.labels import reaches
from rag.line import LEVEL, Cell, Line, is_clause

Columns = Sequence[tuple[float, float]]  # left and right edges

_NEAR = 3.3  # times the size: the most from one line of a table to the next
_LOOK_BACK, LOOK_AHEAD = 24, 8  # lines that a row may have, and before the first line of its second cell
_SET_APART, _HEADING_GAP = 1.15, 1.5  # times the distance of the rows, or the size below one: so far stands a heading
_ALONE = 1.5  # times the size: a heading among rows stands farther from them than the lines of a cell
_ALIKE = 0.15  # times the size: that of other cells differs by less
_SMALL_BELOW = 1.5  # times the size: the most from a cell to what goes on in smaller letters
BESIDE = 0.75  # times the size: what stands beside one of several lines differs by less
FIGURES = re.compile(r"[£$€]? ?[-–−(]?\d[\d.,' ]*\)? ?[€%]?")


def set_apart(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with words left of a whole table that stand level with its last row alone in front of it."""
    found: list[Line] = []
    for line, after in zip(lines, [*lines[1:], None], strict=False):
        begin, below = len(found), line
        while begin and _are_below(found[begin - 1], line.cells[1:], below):
            begin -= 1
            below = found[begin]
        of_table = len(found) - begin > 1 and not (after and _are_below(line, after.cells, after))
        if of_table and line.cells[0][2] < found[begin].left:
            (words, left, right), *rest = line.cells
            found.insert(begin, replace(line, text=words, left=left, right=right, cells=()))
            line = replace(line, text=" ".join(cell[0] for cell in rest), left=rest[0][1], cells=tuple(rest))
        found.append(line)
    return found


def _are_below(above: Line, cells: Sequence[Cell], line: Line) -> bool:
    """Tell whether cells of a line begin where all those of the line above do."""
    near = above.page == line.page and 0 < line.bottom - above.bottom <= _NEAR * line.size
    alike = len(above.cells) == len(cells) > 1 and above.style == line.style
    return near and alike and all(abs(a[1] - b[1]) < 1 for a, b in zip(above.cells, cells, strict=True))


def reach(lines: Sequence[Line], start: int) -> tuple[int, list[tuple[float, float]]]:
    """Return the end of the lines from ``start`` that may be of one table, and left and right of its columns.

    They are cells, and lines within one column; a column is what the cells cover, where none reaches into the next.
    """
    if len(lines[start].parts) < 2 and not _begins_row(lines[start], lines[start + 1 : start + LOOK_AHEAD]):
        return start, []
    columns, end = _widened([], lines[start]), start + 1
    # The last line of several cells: what stands beside it is a cell, what stands beside an earlier one is no longer.
    row = start
    while end < len(lines) and _belongs(lines[max(start, end - _LOOK_BACK) : end], lines[end : end + LOOK_AHEAD]):
        line = lines[end]
        over = reaches(line.left, line.right, columns)
        in_one = over == 1 or line.right <= columns[0][0]  # below the middle of a label stands a short word left of it
        if len(line.parts) > 1:
            if _begins_anew(lines[start:end], line, columns):
                break
            if kept := _above_sums(lines[start:end], line, columns):
                end = start + kept
                return end, columns_of(lines[start:end])
            row = end
        elif _parts_rows(lines[start:end], line, lines[end + 1 : end + LOOK_AHEAD]) or not (
            in_one
            or any(_is_level(line, other) for other in lines[row:end])
            or _tops_cell(line, lines[row], lines[end + 1 : end + LOOK_AHEAD])
        ):
            break
        columns = _widened(columns, line)
        end += 1
    return end, columns


def _begins_row(line: Line, following: Sequence[Line]) -> bool:
    """Tell whether a plain line is the first of a cell that was written before the others of its row.

    Lines of their cells that stand higher may come first: of labels that end level with one another.
    """
    for other in following:
        higher = other.left > line.right and LEVEL * line.size < line.bottom - other.bottom <= _NEAR * line.size
        if higher and other.page == line.page and len(other.parts) == 1:
            continue
        if other.page != line.page or abs(other.left - line.left) > 1:
            beside = other.page == line.page and other.left > line.right and abs(other.bottom - line.bottom) < 1
            return beside and len(other.parts) > 1 and not line.bold
    return False


def _begins_anew(rows: Sequence[Line], line: Line, columns: Columns) -> bool:
    """Tell whether another table begins: with more cells, all in one column or bold and apart, or below clauses."""
    begun_in = {place_of(left, columns) for _, left, _ in line.parts if left <= columns[-1][1]}
    level = any(abs(row.bottom - line.bottom) <= LEVEL * line.size and row.right < line.left for row in rows)
    more = len(line.parts) > len(columns) > 1 and not level
    headed = line.bold and not rows[-1].bold and _is_heading_below(rows, line)
    with_cells = celled(rows)
    below_clauses = bool(with_cells) and not is_clause(line) and all(map(is_clause, with_cells))
    return (more and (headed or len(begun_in) == 1)) or below_clauses


def celled(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that have several cells."""
    return [line for line in lines if line.cells]


def _above_sums(rows: Sequence[Line], line: Line, columns: Columns) -> int:
    """Return how many of the rows stand above the sums below a table, where a line is one that reaches over columns."""
    spans = (reaches(a, b, columns) for _, a, b in line.parts)
    if len(line.parts) >= len(columns) or max(spans) < 2 or not FIGURES.fullmatch(line.parts[-1][0]):
        return 0
    kept = len(rows)
    while kept and len(rows[kept - 1].parts) == len(line.parts) and abs(rows[kept - 1].left - line.left) < 1:
        kept -= 1
    return kept if sum(len(row.parts) == len(columns) for row in rows[:kept]) > 1 else 0


def _belongs(rows: Sequence[Line], following: Sequence[Line]) -> bool:
    """Tell whether a line stands near the rows, or in the middle of a row that begins with the line after it."""
    line, *after = following
    begins = [other for other in after if other.bottom < line.bottom]
    return any(_is_beside(row, other) for row in rows for other in (line, *begins))


def _is_beside(a: Line, b: Line) -> bool:
    far, size = abs(b.bottom - a.bottom), max(a.size, b.size)
    if a.page != b.page or far > _NEAR * size:
        return False
    alike = abs(a.size - b.size) <= _ALIKE * a.size or _is_small_print(a, b)
    return (alike and far <= _NEAR * a.size) or _shares_edges(a, b)


def _shares_edges(a: Line, b: Line) -> bool:
    """Tell whether all cells of one line stand in columns of the other, whatever their letters: they begin, end or are
    centred alike."""
    few, many = sorted((a.cells, b.cells), key=len)
    return len(few) > 1 and all(any(_stand_alike(one, other) for other in many) for one in few)


def _stand_alike(a: Cell, b: Cell) -> bool:
    return min(abs(a[1] - b[1]), abs(a[2] - b[2]), abs(a[1] + a[2] - b[1] - b[2]) / 2) < 1


def _is_small_print(a: Line, b: Line) -> bool:
    """Tell whether a line in smaller letters goes on right below a cell of a row."""
    below = 0 < b.bottom - a.bottom <= _SMALL_BELOW * a.size and not b.bold
    return len(a.cells) > 1 and b.size < a.size and below and any(abs(c[1] - b.left) < 1 for c in a.cells)


def _is_heading_below(rows: Sequence[Line], line: Line) -> bool:
    """Tell whether a bold line stands farther below the rows than they from one another, much so if they are bold."""
    bottoms = sorted({row.bottom for row in rows})
    widest = max((b - a for a, b in pairwise(bottoms)), default=_HEADING_GAP * line.size)
    apart = _SET_APART * (_SET_APART if rows[-1].bold else 1.0)
    return line.bottom - bottoms[-1] > apart * widest


def _parts_rows(rows: Sequence[Line], line: Line, following: Sequence[Line]) -> bool:
    """Tell whether a bold line is a heading below a table, or one that stands alone between plain rows of it."""
    if not line.bold or _is_heading_below(rows, line):
        return line.bold
    level = any(abs(other.bottom - line.bottom) <= BESIDE * line.size for other in following)
    alone = line.bottom - rows[-1].bottom > _ALONE * line.size and not level
    plain = not rows[-1].bold and bool(following) and not following[0].bold
    return alone and plain and line.left < rows[0].left + 1


def _is_level(a: Line, b: Line) -> bool:
    """Tell whether two lines stand side by side: cells of one row, which may stand at its top or in its middle."""
    return abs(a.bottom - b.bottom) <= BESIDE * a.size and (a.left > b.right or b.left > a.right)


def _tops_cell(line: Line, row: Line, following: Sequence[Line]) -> bool:
    """Tell whether a line is the first of a cell right of a row, which ends level with that: "Amount" above "(EUR)"."""
    right = line.left > row.right and 0 < row.bottom - line.bottom <= _NEAR * row.size and line.page == row.page
    below = (other for other in following if other.left < line.right and line.left < other.right)
    return right and abs(next(below, line).bottom - row.bottom) < 1


def _widened(columns: Columns, line: Line) -> list[tuple[float, float]]:
    """Return the columns with what the cells of one more line cover."""
    wider: list[tuple[float, float]] = []
    for left, right in sorted([*columns, *((left, right) for _, left, right in line.parts)]):
        if wider and left <= wider[-1][1]:
            wider[-1] = wider[-1][0], max(right, wider[-1][1])
        else:
            wider.append((left, right))
    return wider


def columns_of(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return left and right of what the cells of some lines cover."""
    return reduce(_widened, lines, [])


def place_of(left: float, columns: Columns) -> int:
    """Return the column that something begins in, or the last."""
    return next((place for place, (_, right) in enumerate(columns) if left <= right), len(columns) - 1)


def alike(a: Columns, b: Columns) -> bool:
    """Tell whether the columns of two tables stand below one another."""
    return len(a) == len(b) and all(x[0] < y[1] and y[0] < x[1] for x, y in zip(a, b, strict=True))
