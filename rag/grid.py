"""Tables among the lines of a page: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from statistics import median

from rag.formats import Piece
from rag.line import BROKEN, BULLETS, LEADER, LEVEL, Line, is_clause
from rag.records import are_labels, header_of, table

_NEAR = 3.3  # times the size: the most from one line of a table to the next
_LOOK_BACK, _LOOK_AHEAD = 24, 8  # lines that a row may have, and before the first line of its second cell
# Lines within a cell stand closer than this: times their size, times the usual distance; and than the last at most.
_WRAPPED, _SAME_CELL, _LOOSEST = 1.35, 1.12, 1.75
_SET_APART, _HEADING_GAP = 1.15, 1.5  # times the distance of the rows, or the size below one: so far stands a heading
_BESIDE = 0.75  # times the size: what stands beside one of several lines differs by less
_ODD = 0.2  # of the rows of a form may have more than a label and a value
_BULLET = re.compile(rf"[{BULLETS}*–—-](?:\s|$)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]?")
_FIGURES = re.compile(r"[£$€]? ?[-–−(]?\d[\d.,' ]*\)? ?[€%]?")
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}")


@dataclass(slots=True)
class _Row:
    bottom: float
    cells: dict[int, str] = field(default_factory=dict)  # by column

    def add(self, cells: Iterable[tuple[int, str]]) -> None:
        """Go on with further lines of cells; a word that was broken is whole again."""
        for place, words in cells:
            before = self.cells.get(place, "")
            gap = "" if not before or before.endswith(BROKEN) else " "
            self.cells[place] = f"{before.removesuffix(BROKEN)}{gap}{words}"


def find_tables(lines: Sequence[Line], pitch: float = 1.2) -> dict[int, tuple[int, list[Piece]]]:
    """Return the tables by the number of their first line: the number after their last line, and their rows.

    A column is where the cells of a table stand below one another; an empty strip parts it from the next. ``pitch`` is
    the usual distance of the lines of a text, times their size.
    """
    wrapped = min(max(_WRAPPED, _SAME_CELL * pitch), _LOOSEST)
    found: dict[int, tuple[int, list[Piece]]] = {}
    labels: list[list[str]] = []
    columns: list[tuple[float, float]] = []
    start = after = 0  # after the last table
    while start < len(lines):
        end, width = _reach(lines, start)
        width = _under_spanning_labels(lines[start:end], width)
        rows = _rows(lines[start:end], width, wrapped)
        if len(width) > 2 and sum(len(row.cells) > 2 for row in rows) <= _ODD * len(rows):  # choices in a form's field
            width = _folded(rows, width)
        goes_on = start == after > 0 and lines[start - 1].page < lines[start].page and _alike(columns, width)
        if not _is_table(lines[start:end], rows, width, least=1 if goes_on else 2):
            start = max(end, start + 1)
            continue
        cells = [[row.cells.get(place, "").replace(BROKEN, "-") for place in range(len(width))] for row in rows]
        named = not goes_on and _first_row_names(cells, bold=_is_set_off(lines[start:end]))
        decided = goes_on or named or len(width) == 2  # a form has two columns and no header, whatever is its first row
        if not goes_on:
            labels = cells[:1] if named else [] if decided else header_of(cells)
        elif cells[: len(labels)] != labels:
            cells = [*labels, *cells]
        columns, header = width, len(labels) if decided else None
        found[start] = end, table(cells, page=lines[start].page, header=header, pairs=len(width) == 2)
        start = after = end
    return found


def _under_spanning_labels(lines: Sequence[Line], columns: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the columns without what the first line covers, where a label in it spans several of them."""
    below = _columns(lines[1:])
    reaches = [_reaches(a, b, below) for _, a, b in lines[0].parts] if lines else []
    full = sum(len(line.parts) >= len(below) - 1 for line in lines[1:])
    return below if len(below) > len(columns) and full > len(lines) / 2 and max(reaches) > 1 else columns


def _folded(rows: Sequence[_Row], columns: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Take all cells but the first of each row together; return the two columns that are left."""
    for row in rows:
        others = [row.cells.pop(place) for place in sorted(row.cells) if place]
        if others:
            row.cells[1] = " ".join(others)
    return [columns[0], (columns[1][0], columns[-1][1])]


def _reach(lines: Sequence[Line], start: int) -> tuple[int, list[tuple[float, float]]]:
    """Return the end of the lines from ``start`` that may be of one table, and left and right of its columns.

    They are cells, and lines within one column; a column is what the cells cover, where none reaches into the next.
    """
    if len(lines[start].parts) < 2:
        return start, []
    columns, end = _widened([], lines[start]), start + 1
    # The last line of several cells: what stands beside it is a cell, what stands beside an earlier one is no longer.
    row = start
    while end < len(lines) and _belongs(lines[max(start, end - _LOOK_BACK) : end], lines[end : end + _LOOK_AHEAD]):
        line = lines[end]
        over = _reaches(line.left, line.right, columns)
        in_one = over == 1 or line.right <= columns[0][0]  # below the middle of a label stands a short word left of it
        if len(line.parts) > 1:
            if _begins_anew(lines[start:end], line, columns):
                break
            if kept := _above_sums(lines[start:end], line, columns):
                end = start + kept
                return end, _columns(lines[start:end])
            row = end
        elif (line.bold and _is_heading_below(lines[start:end], line)) or not (
            in_one or any(_is_level(line, other) for other in lines[row:end])
        ):
            break
        columns = _widened(columns, line)
        end += 1
    return end, columns


def _begins_anew(rows: Sequence[Line], line: Line, columns: Sequence[tuple[float, float]]) -> bool:
    """Tell whether another table begins: with more cells, all in one column or bold and apart, or below clauses."""
    begun_in = {_place(left, columns) for _, left, _ in line.parts}
    more = len(line.parts) > len(columns) > 1
    headed = line.bold and not rows[-1].bold and _is_heading_below(rows, line)
    return (more and (headed or len(begun_in) == 1)) or (not is_clause(line) and all(map(is_clause, _celled(rows))))


def _celled(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.cells]


def _above_sums(rows: Sequence[Line], line: Line, columns: Sequence[tuple[float, float]]) -> int:
    """Return how many of the rows stand above the sums below a table, where a line is one that reaches over columns."""
    reaches = (_reaches(a, b, columns) for _, a, b in line.parts)
    if len(line.parts) >= len(columns) or max(reaches) < 2 or not _FIGURES.fullmatch(line.parts[-1][0]):
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
    alike = a.page == b.page and abs(a.size - b.size) <= 0.1 * a.size
    return alike and abs(b.bottom - a.bottom) <= _NEAR * a.size


def _is_heading_below(rows: Sequence[Line], line: Line) -> bool:
    """Tell whether a bold line stands farther below the rows than they from one another, much so if they are bold."""
    bottoms = sorted({row.bottom for row in rows})
    widest = max((b - a for a, b in pairwise(bottoms)), default=_HEADING_GAP * line.size)
    apart = _SET_APART * (_SET_APART if rows[-1].bold else 1.0)
    return line.bottom - bottoms[-1] > apart * widest


def _is_level(a: Line, b: Line) -> bool:
    """Tell whether two lines stand side by side: cells of one row, which may stand at its top or in its middle."""
    return abs(a.bottom - b.bottom) <= _BESIDE * a.size and (a.left > b.right or b.left > a.right)


def _widened(columns: Sequence[tuple[float, float]], line: Line) -> list[tuple[float, float]]:
    """Return the columns with what the cells of one more line cover."""
    wider: list[tuple[float, float]] = []
    for left, right in sorted([*columns, *((left, right) for _, left, right in line.parts)]):
        if wider and left <= wider[-1][1]:
            wider[-1] = wider[-1][0], max(right, wider[-1][1])
        else:
            wider.append((left, right))
    return wider


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return left and right of what the cells of some lines cover."""
    return reduce(_widened, lines, [])


def _reaches(left: float, right: float, columns: Sequence[tuple[float, float]]) -> int:
    """Return over how many columns something reaches."""
    return sum(a < right and left < b for a, b in columns)


def _rows(lines: Sequence[Line], columns: Sequence[tuple[float, float]], wrapped: float) -> list[_Row]:
    """Return the rows from the top; a line without a first cell, or of that alone and close, goes on with a cell."""
    if _is_written_by_cells(lines, columns, wrapped):
        return _rows_as_written(lines, columns, wrapped)
    rows: list[_Row] = []
    for line in sorted(lines, key=lambda line: line.bottom):
        own = {_place(left, columns) for _, left, _ in line.parts}
        most = LEVEL if rows and own & rows[-1].cells.keys() else max(_BESIDE, wrapped / 2)
        if not rows or line.bottom - rows[-1].bottom > most * line.size:
            rows.append(_Row(line.bottom))
        rows[-1].add((_place(left, columns), words) for words, left, _ in line.parts)
    size = median(line.size for line in lines) if lines else 1.0
    firsts = [row.bottom for row in rows if len(row.cells) > 1]
    loose = len(firsts) > 1 and median(b - a for a, b in pairwise(firsts)) > wrapped * size
    whole: list[_Row] = []
    for row, before in zip(rows, [None, *rows], strict=False):
        close = before is not None and row.bottom - before.bottom <= wrapped * size
        goes_on = bool(whole) and whole[-1].cells.get(0, "").endswith(BROKEN)
        of_one = loose and close and bool(whole) and 1 in (len(row.cells), len(whole[-1].cells))
        sums = len(row.cells) > 1 and any(map(_FIGURES.fullmatch, row.cells.values()))
        continues = 0 not in row.cells and (len(row.cells) == 1 or (close and not sums))
        continues = continues or (close and bool(whole) and _completes(whole[-1], row))
        if whole and (continues or goes_on or of_one):
            whole[-1].add(row.cells.items())
        else:
            whole.append(row)
    return whole


def _completes(above: _Row, row: _Row) -> bool:
    """Tell whether a line goes on with the words of a row and has its figures, as on the statement of a bank."""
    shared = above.cells.keys() & row.cells.keys()
    goes_on = 0 in above.cells and 0 not in row.cells and len(shared) == 1
    figures = any(_FIGURES.fullmatch(cells[place]) for cells in (above.cells, row.cells) for place in shared)
    return goes_on and not figures


def _is_written_by_cells(lines: Sequence[Line], columns: Sequence[tuple[float, float]], wrapped: float) -> bool:
    """Tell whether the writing goes up again from cell to cell; if it does from column to column, lines are rows."""
    places = [_place(line.left, columns) for line in lines]
    down = (
        a == b > 0 and two.bottom - one.bottom > wrapped * two.size
        for (a, one), (b, two) in pairwise(zip(places, lines, strict=True))
    )
    return any(b.bottom < a.bottom - LEVEL * b.size for a, b in pairwise(lines)) and not any(down)


def _rows_as_written(lines: Sequence[Line], columns: Sequence[tuple[float, float]], wrapped: float) -> list[_Row]:
    """Return the rows of a table that was written cell by cell, so that one begins where the writing goes back left."""
    rows: list[_Row] = []
    last = bottom = 0.0
    for line in lines:
        first = _place(line.left, columns)
        below = line.bottom - bottom > wrapped * line.size
        if not rows or first < last or (first == last == 0 and below):
            rows.append(_Row(line.bottom))
        rows[-1].add((_place(left, columns), words) for words, left, _ in line.parts)
        last, bottom = _place(line.parts[-1][1], columns), line.bottom
    whole: list[_Row] = []
    for row in rows:
        if whole and 0 not in row.cells:
            whole[-1].add(row.cells.items())
        else:
            whole.append(row)
    return whole


def _place(left: float, columns: Sequence[tuple[float, float]]) -> int:
    return next((place for place, (_, right) in enumerate(columns) if left <= right), len(columns) - 1)


def _is_table(
    lines: Sequence[Line], rows: Sequence[_Row], columns: Sequence[tuple[float, float]], *, least: int
) -> bool:
    """Tell a table from a list with its marks, a table of contents, and prose in columns or with wide gaps."""
    if len(columns) < 2 or len(rows) < least or 2 * sum(len(row.cells) > 1 for row in rows) < len(rows):
        return False
    first, last = ([row.cells.get(place, "") for row in rows] for place in (0, len(columns) - 1))
    if any(map(_BULLET.match, first)):
        return False
    if len(columns) == 2 and (all(map(_NUMBER.fullmatch, first)) or all(map(_PAGE_NUMBER.fullmatch, last))):
        return False
    if all(map(is_clause, _celled(lines))):
        return False
    if any(map(LEADER.search, (line.text for line in lines))):
        return False
    going_on = sum(words[:1].islower() for words in first)
    rest = [words for row in rows for place, words in row.cells.items() if place]
    going_on = 0 if 2 * sum(words[:1].isdigit() for words in rest) > len(rest) else going_on
    full = len(columns) > 2 and all(len(row.cells) == len(columns) for row in rows)
    return going_on < 0.4 * len(rows) and (full or sum(len(line.parts) > 1 for line in lines) > 1)


def _is_set_off(lines: Sequence[Line]) -> bool:
    """Tell whether the first line is bold and others are not."""
    weights = [line.bold for line in sorted(lines, key=lambda line: line.bottom)]
    return weights[0] and not all(weights)


def _first_row_names(cells: Sequence[Sequence[str]], *, bold: bool) -> bool:
    """Tell whether short, distinct words stand in the first row: bold, or without digits and, of two, usual ones."""
    first = [cell for cell in cells[0] if cell]
    distinct = len(first) == len(cells[0]) == len(set(first))
    sure = len(first) > 2 or bold or are_labels(first)
    return distinct and sure and not any((not bold and re.search(r"\d", cell)) or len(cell) > 40 for cell in first)


def _alike(a: Sequence[tuple[float, float]], b: Sequence[tuple[float, float]]) -> bool:
    return len(a) == len(b) and all(x[0] < y[1] and y[0] < x[1] for x, y in zip(a, b, strict=True))
