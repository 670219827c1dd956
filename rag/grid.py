"""Tables among the lines of a page: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from rag.formats import Piece
from rag.header import header_of
from rag.labels import are_labels_above, first_row_names, is_set_off, labels_above, reaches, words_over
from rag.line import BROKEN, BULLETS, LEADER, LEVEL, Line, gone_on, is_clause
from rag.reach import BESIDE, FIGURES, LOOK_AHEAD, Columns, alike, celled, columns_of, place_of, reach
from rag.records import table
from rag.spacing import SEAM

# Lines within a cell stand closer than this: times their size, times the usual distance; and than the last at most.
_WRAPPED, _SAME_CELL, _LOOSEST = 1.35, 1.12, 1.75
_OFF_MIDDLE, _MOST_BESIDE = 0.2, 40  # times that: a cell in the middle of rows is off it by less; rows that it may have
_LEAST_UNDER, _LEAST_NAMED = 2, 5  # rows in lower case below bold labels, and without: commands stand likewise
_FEW_WORDS = 3
_ODD = 0.2  # of the rows of a form may have more than a label and a value
_BULLET = re.compile(rf"[{BULLETS}*–—-](?:\s|$)")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]?")
_PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}")


@dataclass(slots=True)
class _Row:
    bottom: float
    cells: dict[int, str] = field(default_factory=dict)  # by column

    def add(self, cells: Iterable[tuple[int, str]]) -> None:
        """Go on with further lines of cells."""
        for place, words in cells:
            self.cells[place] = gone_on(self.cells.get(place, ""), words)


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
        end, width = reach(lines, start)
        width = _under_spanning_labels(lines[start:end], width)
        rows = _rows(lines[start:end], width, wrapped)
        if len(width) > 2 and sum(len(row.cells) > 2 for row in rows) <= _ODD * len(rows):  # choices in a form's field
            width = _folded(rows, width)
        cells = _cells(rows, width)
        begins = start > after and bool(header_of(cells))  # below a heading that parts two tables
        goes_on = not begins and _follows(lines[after - 1 : start + 1] if after else ()) and alike(columns, width)
        of_labels = are_labels_above(lines[start:end], lines[end : end + LOOK_AHEAD])
        if of_labels or not _is_table(lines[start:end], rows, width, least=1 if goes_on else 2):
            start = max(end, start + 1)
            continue
        named = not goes_on and first_row_names(cells, bold=is_set_off(lines[start:end]))
        decided = goes_on or named or len(width) == 2  # a form has two columns and no header, whatever is its first row
        if not goes_on:
            labels = cells[:1] if named else [] if decided else header_of(cells)
        elif cells[: len(labels)] != labels:
            cells = [*labels, *cells]
        first = start
        if len(width) > 2 and (above := _named_above(lines[after:end], start - after, width, wrapped, labels)):
            first, cells, decided = after + above[0], above[1], True
            labels = cells[:1]
        elif labels and (over := words_over(lines[after:start], lines[start], width)):
            first = start - 1
            for place, words in over.items():
                cells[0][place] = f"{words} {cells[0][place]}".rstrip()
        columns, header = width, len(labels) if decided else None
        found[first] = end, table(cells, page=lines[start].page, header=header, pairs=len(width) == 2)
        start = after = end
    return found


def _follows(lines: Sequence[Line]) -> bool:
    """Tell whether the last of the lines may go on with a table that the first ends: on the next page, or below a
    heading in bold between the rows."""
    if len(lines) == 2:
        return lines[0].page < lines[1].page
    return len(lines) == 3 and not lines[0].bold and lines[1].bold and len(lines[1].parts) == 1 and not lines[2].bold


def _cells(rows: Sequence[_Row], columns: Columns) -> list[list[str]]:
    return [[row.cells.get(place, "").replace(BROKEN, "-") for place in range(len(columns))] for row in rows]


def _named_above(
    lines: Sequence[Line], start: int, columns: Columns, wrapped: float, known: Sequence[Sequence[str]]
) -> tuple[int, list[list[str]]] | None:
    """Return the first line of the bold labels above the plain rows of a table, and its cells with those labels.

    One row of labels that is ``known`` and has one for each column needs no other.
    """
    row = next((at for at in range(start, len(lines)) if not lines[at].bold), start)
    if known and all(known[0]) and row - start < 2:
        return None
    if not (above := labels_above(lines[:row], lines[row], columns)):
        return None
    cells = _cells(_rows(lines[row:], columns, wrapped), columns)
    return row - above[0], [_over_cells(above[1], cells), *cells]


def _over_cells(labels: list[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Return the labels; one over nothing goes to the column beside it, whose cells are set to the right."""
    for place, (label, other) in enumerate(pairwise(labels)):
        if label and not other and not any(row[place] for row in cells):
            labels[place : place + 2] = "", label
    return labels


def _under_spanning_labels(lines: Sequence[Line], columns: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the columns without what the first line covers, where a label in it spans several of them."""
    below = columns_of(lines[1:])
    spans = [reaches(a, b, below) for _, a, b in lines[0].parts] if lines else []
    rows = [line for line in lines[1:] if line.bold == lines[-1].bold]
    full = sum(len(line.parts) >= len(below) - 1 for line in rows)
    return below if len(below) > len(columns) and full > len(rows) / 2 and max(spans) > 1 else columns


def _folded(rows: Sequence[_Row], columns: Columns) -> list[tuple[float, float]]:
    """Take all cells but the first of each row together; return the two columns that are left."""
    for row in rows:
        others = [row.cells.pop(place) for place in sorted(row.cells) if place]
        if others:
            row.cells[1] = " ".join(others)
    return [columns[0], (columns[1][0], columns[-1][1])]


def _rows(lines: Sequence[Line], columns: Columns, wrapped: float) -> list[_Row]:
    """Return the rows from the top; a line without a first cell, or of that alone and close, goes on with a cell."""
    if _is_written_by_cells(lines, columns, wrapped):
        return _rows_as_written(lines, columns, wrapped)
    rows: list[_Row] = []
    ordered = sorted(lines, key=lambda line: line.bottom)
    for line in ordered:
        own = {place_of(left, columns) for _, left, _ in line.parts}
        most = LEVEL if rows and own & rows[-1].cells.keys() else max(BESIDE, wrapped / 2)
        if not rows or line.bottom - rows[-1].bottom > most * line.size:
            rows.append(_Row(line.bottom))
        rows[-1].add((place_of(left, columns), words) for words, left, _ in line.parts)
    size = median(line.size for line in lines) if lines else 1.0
    headed = len(rows) > 1 and 0 in rows[0].cells and 0 not in rows[1].cells and ordered[0].bold > ordered[-1].bold
    rows = _from_the_middle(rows, wrapped * size, headed=headed)
    firsts = [row.bottom for row in rows if len(row.cells) > 1]
    loose = len(firsts) > 1 and median(b - a for a, b in pairwise(firsts)) > wrapped * size
    whole: list[_Row] = []
    for row, before in zip(rows, [None, *rows], strict=False):
        close = before is not None and row.bottom - before.bottom <= wrapped * size
        goes_on = bool(whole) and whole[-1].cells.get(0, "").endswith(BROKEN)
        of_one = loose and close and bool(whole) and 1 in (len(row.cells), len(whole[-1].cells))
        sums = len(row.cells) > 1 and any(map(FIGURES.fullmatch, row.cells.values()))
        continues = 0 not in row.cells and (len(row.cells) == 1 or (close and not sums))
        continues = continues or (close and bool(whole) and _completes(whole[-1], row))
        if whole and (continues or goes_on or of_one):
            whole[-1].add(row.cells.items())
        else:
            whole.append(row)
    return whole


def _from_the_middle(rows: list[_Row], close: float, *, headed: bool) -> list[_Row]:
    """Return the rows, with a first cell that stands in the middle beside several of them in the topmost one.

    Such rows stand farther apart than the lines of a cell do, which are ``close``. One of those cells has to stand
    between two rows, or the first row below labels (``headed``) to lack one, and every row has to stand beside one:
    else they stand at the tops of their rows.
    """
    groups: list[list[_Row]] = []
    start = 0
    while start < len(rows):
        end = _last_beside(rows, start, close)
        groups.append(rows[start : end + 1])
        start = end + 1
    several = [group for group in groups if len(group) > 1]
    left_out = any(len(group) == 1 and 0 not in group[0].cells for group in groups[1:])
    if left_out or not (headed or any(row.cells.keys() == {0} for group in several for row in group)):
        return rows
    for group in several:
        label = next(row.cells.pop(0) for row in group if 0 in row.cells)
        group[:] = [row for row in group if row.cells]
        group[0].cells[0] = label
    return [row for group in groups for row in group]


def _last_beside(rows: Sequence[_Row], start: int, close: float) -> int:
    """Return the last of the rows that a first cell is in the middle of, or the first one if there is none."""
    reach = range(start, min(len(rows), start + _MOST_BESIDE))
    middle = next((at for at in reach if 0 in rows[at].cells), start)
    for end in reach[middle - start :] if middle > start else ():
        if end > middle and 0 in rows[end].cells:
            break
        if abs(rows[start].bottom + rows[end].bottom - 2 * rows[middle].bottom) >= _OFF_MIDDLE * close:
            continue
        group = [row for row in rows[start : end + 1] if row.cells.keys() != {0}]
        apart = all(b.bottom - a.bottom > close for a, b in pairwise(group))
        if apart and len(group) > 1 and all(len(row.cells) > 1 for row in group):
            return end
    return start


def _completes(above: _Row, row: _Row) -> bool:
    """Tell whether a line goes on with the words of a row and has its figures, as on the statement of a bank."""
    shared = above.cells.keys() & row.cells.keys()
    goes_on = 0 in above.cells and 0 not in row.cells and len(shared) == 1
    figures = any(FIGURES.fullmatch(cells[place]) for cells in (above.cells, row.cells) for place in shared)
    return goes_on and not figures


def _is_written_by_cells(lines: Sequence[Line], columns: Columns, wrapped: float) -> bool:
    """Tell whether the writing goes up again from cell to cell; if it does from column to column, lines are rows."""
    places = [place_of(line.left, columns) for line in lines]
    down = (
        a == b > 0 and two.bottom - one.bottom > wrapped * two.size
        for (a, one), (b, two) in pairwise(zip(places, lines, strict=True))
    )
    return any(b.bottom < a.bottom - LEVEL * b.size for a, b in pairwise(lines)) and not any(down)


def _rows_as_written(lines: Sequence[Line], columns: Columns, wrapped: float) -> list[_Row]:
    """Return the rows of a table that was written cell by cell, so that one begins where the writing goes back left."""
    rows: list[_Row] = []
    last = bottom = 0.0
    for line in lines:
        first = place_of(line.left, columns)
        below = line.bottom - bottom > wrapped * line.size
        if not rows or first < last or (first == last == 0 and below):
            rows.append(_Row(line.bottom))
        rows[-1].add((place_of(left, columns), words) for words, left, _ in line.parts)
        last, bottom = place_of(line.parts[-1][1], columns), line.bottom
    whole: list[_Row] = []
    for row in rows:
        if whole and 0 not in row.cells:
            whole[-1].add(row.cells.items())
        else:
            whole.append(row)
    return whole


def _is_table(lines: Sequence[Line], rows: Sequence[_Row], columns: Columns, *, least: int) -> bool:
    """Tell a table from a list with its marks, a table of contents, and prose in columns or with wide gaps."""
    if len(columns) < 2 or len(rows) < least or 2 * sum(len(row.cells) > 1 for row in rows) < len(rows):
        return False
    first, last = ([row.cells.get(place, "") for row in rows] for place in (0, len(columns) - 1))
    if any(map(_BULLET.match, first)):
        return False
    if len(columns) == 2 and (all(map(_NUMBER.fullmatch, first)) or all(map(_PAGE_NUMBER.fullmatch, last))):
        return False
    if all(map(is_clause, celled(lines))):
        return False
    if any(map(LEADER.search, (line.text for line in lines))):
        return False
    going_on = sum(words[:1].islower() for words in first)
    rest = [words for row in rows for place, words in row.cells.items() if place]
    going_on = 0 if 2 * sum(words[:1].isdigit() for words in rest) > len(rest) else going_on
    full = len(columns) > 2 and all(len(row.cells) == len(columns) for row in rows)
    named = len(rows) >= (_LEAST_UNDER if lines[0].bold else _LEAST_NAMED)  # as the files of a folder
    longest = _FEW_WORDS if full else 1  # "very hard"
    if named and all(len(words.split()) <= longest for words in first) and _is_level(lines):
        going_on = 0
    return going_on < 0.4 * len(rows) and (full or sum(len(line.parts) > 1 for line in lines) > 1)


def _is_level(lines: Sequence[Line]) -> bool:
    """Tell whether the second cells of all lines that have one begin at one place."""
    begun = [line.cells[1][1] for line in celled(lines)]
    return max(begun, default=0.0) - min(begun, default=0.0) < SEAM
