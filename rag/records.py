"""Tables: rows as ``Header: value`` lines, and the parser of csv and tsv."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise, zip_longest

from rag.datatypes import MAX_LABEL, ROW_LABEL
from rag.errors import LoadError
from rag.formats import MAX_CHARACTERS, Layout, Piece, read_text
from rag.header import IS_TOTAL, find_header, holds_value, is_typed
from rag.text import squeeze

MAX_COLUMNS = 1_000

_LONG_WORDS = 30  # characters; longer ones alone in a row of several columns are no value of the first
_TITLE = re.compile(r"[^\W\d_]{3,}(?:[ &/,.-]+\S+)*")
_DELIMITER = re.compile(r"\A\"?sep=([^\w\s\"]|\t)\"?\n")  # the first line of a file that tells it to Excel
_SECTION = re.compile(rf"(?:\w{{1,3}}[.)]? )?{_TITLE.pattern}")


def table(
    rows: Iterable[Sequence[str]],
    *,
    page: int = 0,
    header: int | None = None,
    pairs: bool = False,
    sections: bool = True,
) -> list[Piece]:
    """Return one ``row`` piece a row, ``Header: value; Header: value``; empty cells are left out.

    ``header`` says how many rows hold the headers; None decides by looking, and knows rows that stand above them.
    Without one the values are joined by ``; ``; with ``pairs`` the first of a row then names the others.
    Without ``sections`` words alone in a row are no title of those below.
    """
    lines_of_cells = [[squeeze(cell) for cell in row] for row in rows]
    cells = [row for row in lines_of_cells if any(row)]
    known = None if header is None else (0, sum(map(any, lines_of_cells[:header])))
    above, height = known or find_header(cells)
    if above + height >= len(cells):
        above = height = 0
    labels, below = _labels(cells[above : above + height]), cells[above + height :]
    lines = [_named_line(row) for row in cells[:above]]
    if labels:
        said = _in_sections if sections else _lines
        lines += said(labels, _carried_down(below))
    else:
        lines += map(_named_line, below) if pairs else _lines(labels, below)
    return [Piece(line, "row", page=page, join="\n" if index else "\n\n") for index, line in enumerate(lines)]


def _row_line(labels: list[str], row: list[str], of_values: Collection[int] = ()) -> str:
    """Return ``label: value; label: value``; long or shouted words alone in the first of several columns are bare.

    So are the words that a row begins with in a column ``of_values``, as those of a sum below the amounts do.
    """
    if len(labels) > 2 and not any(row[1:]) and (len(row[0]) > _LONG_WORDS or _is_shouted(row[0])):
        return row[0]
    named = [(index, labels[index] if index < len(labels) else "", cell) for index, cell in enumerate(row) if cell]
    words = [index for index, _, cell in named if not holds_value(cell)]
    own = words[0] if len(words) == 1 < len(named) and words[0] == named[0][0] in of_values else None
    line = "; ".join(
        cell if label in ("", cell) or index == own or IS_TOTAL.fullmatch(cell) else f"{label.rstrip(':')}: {cell}"
        for index, label, cell in named
    )
    return line if any(labels) else line.replace(":; ", ": ")


def _lines(labels: list[str], rows: list[list[str]]) -> list[str]:
    begun = [row for row in rows if row[0]]
    of_values = {place for place in range(1, len(labels)) if is_typed(begun, place)}
    return [_row_line(labels, row, of_values) for row in rows]


def _in_sections(labels: list[str], rows: list[list[str]]) -> list[str]:
    """Return the line of each row; words that stand alone above a section of a table are said with each of its rows.

    A table has sections if it begins with such words and at least two rows follow each time; entries that were not
    filled in look like them. A total belongs to its section where each has one, and a second one to none.
    """
    alone = [not any(row[1:]) for row in rows]
    heads = [place for place, row in enumerate(rows[:-1]) if is_title(row) and not alone[place + 1]]
    parts = [range(start + 1, end) for start, end in pairwise([*heads, len(rows)])]
    if len(labels) < 2 or len(heads) < 2 or heads[0] or any(sum(not alone[p] for p in part) < 2 for part in parts):
        return _lines(labels, rows)
    totals = [[place for place in part if is_total(rows[place])] for part in parts]
    lines = []
    for head, part, sums in zip(heads, parts, totals, strict=True):
        apart = {*(sums[1:] if all(totals) else sums), *(place for place in part if alone[place])}
        for place in part:
            rest = rows[place] if place in apart else within(rows[head][0], rows[place])
            lines.append(_row_line(labels, rest))
    return lines


def within(title: str, row: Sequence[str]) -> list[str]:
    """Return a row with the title of its section in front of its first cell."""
    return [", ".join(filter(None, (title.strip().rstrip(":"), row[0].strip()))), *row[1:]]


def is_total(row: Sequence[str]) -> bool:
    """Tell whether the first cell of a row says that the others are sums."""
    return IS_TOTAL.fullmatch(row[0].strip()) is not None


def is_title(row: Sequence[str]) -> bool:
    """Tell whether a row holds words in its first cell only, as one above a section of a table does."""
    return not any(cell.strip() for cell in row[1:]) and _SECTION.fullmatch(row[0].strip()) is not None


def _is_shouted(cell: str) -> bool:
    """Tell whether words in capitals stand in a cell, and no code."""
    return cell.isupper() and _TITLE.fullmatch(cell) is not None


def _carried_down(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with what stands once in the first column, beside several of them, said with each.

    Those below it leave that cell out and fill the same others; sums do not.
    """
    if sum(not row[0] for row in rows) < 2:
        return rows
    found: list[list[str]] = []
    head: list[str] = []
    for row in rows:
        head = [] if any(map(IS_TOTAL.fullmatch, row)) else row if row[0] else head
        goes_on = len(head) > 2 and not row[0] and _kinds(row) == _kinds(head)
        found.append([head[0], *row[1:]] if goes_on else row)
    return found


def _kinds(row: list[str]) -> list[str]:
    """Return of each cell but the first whether it is empty, a value or words; empty ones at the end are left out."""
    kinds = ["value" if holds_value(cell) else "words" if cell else "" for cell in row]
    while len(kinds) > 1 and not kinds[-1]:
        kinds.pop()
    return kinds[1:]


def without_labels(row: str) -> list[str]:
    """Return the words of the cells of a row."""
    cells = ROW_LABEL.split(row) if ROW_LABEL.search(row) else row.split("; ")
    return [cell for cell in cells if cell]


def _named_line(row: list[str]) -> str:
    """Return ``label: value; value``; a first cell that is long or empty names nothing."""
    label, values = row[0], [cell for cell in row[1:] if cell]
    if not label or not values or len(label) > MAX_LABEL:
        return "; ".join(cell for cell in row if cell)
    return f"{label}{'' if label[-1] in '.?!:' else ':'} {'; '.join(values)}"


def _labels(header: list[list[str]]) -> list[str]:
    """Join the rows of a header column by column; a label that spans others is said with each of them."""
    columns: list[list[str]] = []
    for parts in map(list, zip_longest(*header, fillvalue="")):
        for row, part in enumerate(parts):
            if not part and any(parts[row + 1 :]) and columns and parts[:row] == columns[-1][:row]:
                parts[row] = columns[-1][row]
        columns.append(parts)
    return [" ".join(dict.fromkeys(filter(None, parts))) for parts in columns]


def parse_csv(data: bytes, delimiter: str = "") -> Layout:
    """Every record becomes one line; the delimiter is the one that cuts the first lines into equal rows.

    Raises:
        LoadError: a quote is never closed, or a row has more than 1,000 columns; the message names the line.
    """
    text, warnings = read_text(data)
    stated, rest = _DELIMITER.match(text), _DELIMITER.sub("", text)
    delimiter, text = (stated[1], "\n" + rest) if stated else (delimiter or _delimiter(text[:65536]), text)
    csv.field_size_limit(MAX_CHARACTERS + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, start, last = [], 1, 1
    for row in reader:
        if len(row) > MAX_COLUMNS:
            raise LoadError(f"has over {MAX_COLUMNS:,} columns in line {start}.", "Check its delimiter and line ends.")
        rows.append(row)
        start, last = reader.line_num + 1, start
    _refuse_open_quote(text.split("\n")[last - 1 :], delimiter, last)
    return Layout(table(rows, sections=False), warnings=warnings)


def _refuse_open_quote(lines: list[str], delimiter: str, number: int) -> None:
    """The lenient reader takes everything after an open quote for one cell; the strict one tells."""
    try:
        list(csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise LoadError(
                f"has a quote in line {number} that is never closed.", "Close it and add it again."
            ) from None


def _delimiter(sample: str) -> str:
    """Return the delimiter that gives the most columns in rows of equal length; a comma where none does."""

    def score(delimiter: str) -> float:
        rows = [row for row in csv.reader(sample.split("\n")[:50], delimiter=delimiter) if row]
        if not rows:
            return 0.0
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        return (width > 1) * (count / len(rows) + min(width, 100) / 1000)

    return max(",;\t|", key=score)
