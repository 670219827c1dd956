"""Tables: rows as ``Header: value`` lines, and the parser of csv and tsv."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rag.errors import LoadError
from rag.formats import MAX_CHARACTERS, Layout, Piece, read_text
from rag.text import squeeze

MAX_COLUMNS = 1_000
MAX_LABEL = 60  # characters
MAX_ABOVE = 20  # rows

_VALUE = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d\s.,:/%()TZ-]*[$€£¥%]?|\S+@\S+|https?://\S+|true|false|yes|no|=.+", re.IGNORECASE
)
_LABEL = re.compile(r"(?:^|; )[^:;]{1,80}: ")
_AMOUNT = re.compile(r"(?:[A-Z]{3}\s)?[-+]?\d[\d.,]*(?:\s?[^\s\d]{1,8})?")
_TOTAL = re.compile(
    r"(?:sub|grand |net )?totals?|sum|(?:gesamt|zwischen)?summe|gesamt|total général|somme|totale|suma", re.IGNORECASE
)
_TITLE = re.compile(r"[^\W\d_]{3,}(?:[ &/,.-]+\S+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_HEADER_WORDS = frozenset(
    "account address age amount answer area author category city class code color colour column comment company "
    "content cost count country currency customer date day department description duration email end first fruit "
    "group hours id index item key kind label language last length level link location manager meaning month name "
    "no note notes number order owner page person phone plan population position price priority product project "
    "quantity question rate rating region role row salary score section size source stage start state status step "
    "property parameter street subject summary surname tag team term text time title topic total type unit units url "
    "user value version week weight width word year zip".split()
)


def table(
    rows: Iterable[Sequence[str]], *, page: int = 0, header: int | None = None, pairs: bool = False
) -> list[Piece]:
    """Return one ``row`` piece a row, ``Header: value; Header: value``; empty cells are left out.

    ``header`` says how many rows hold the headers; None decides by looking, and knows rows that stand above them.
    Without one the values are joined by ``; ``; with ``pairs`` the first of a row then names the others.
    """
    lines_of_cells = [[squeeze(cell) for cell in row] for row in rows]
    cells = [row for row in lines_of_cells if any(row)]
    known = None if header is None else (0, sum(map(any, lines_of_cells[:header])))
    above, height = known or _find_header(cells)
    if above + height >= len(cells):
        above = height = 0
    labels, below = _labels(cells[above : above + height]), cells[above + height :]
    lines = [_named_line(row) for row in cells[:above]]
    if labels:
        lines += [_row_line(labels, row) for row in _carried_down(below)]
    else:
        lines += [_named_line(row) if pairs else _row_line(labels, row) for row in below]
    return [Piece(line, "row", page=page, join="\n" if index else "\n\n") for index, line in enumerate(lines)]


def _row_line(labels: list[str], row: list[str]) -> str:
    """Return ``label: value; label: value``; long or shouted words alone in the first of several columns are bare."""
    if len(labels) > 2 and not any(row[1:]) and (len(row[0]) > MAX_LABEL / 2 or _is_shouted(row[0])):
        return row[0]
    named = [(labels[index] if index < len(labels) else "", cell) for index, cell in enumerate(row) if cell]
    bare = (label in ("", cell) or _TOTAL.fullmatch(cell) for label, cell in named)
    return "; ".join(
        cell if alone else f"{label.rstrip(':')}: {cell}" for (label, cell), alone in zip(named, bare, strict=True)
    )


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
        head = [] if any(map(_TOTAL.fullmatch, row)) else row if row[0] else head
        goes_on = len(head) > 2 and not row[0] and _kinds(row) == _kinds(head)
        found.append([head[0], *row[1:]] if goes_on else row)
    return found


def _kinds(row: list[str]) -> list[str]:
    """Return of each cell but the first whether it is empty, a value or words; empty ones at the end are left out."""
    kinds = ["value" if _holds_value(cell) else "words" if cell else "" for cell in row]
    while len(kinds) > 1 and not kinds[-1]:
        kinds.pop()
    return kinds[1:]


def are_labels(row: Iterable[str]) -> bool:
    """Tell whether each cell holds a word that usually names a column."""
    return all(_HEADER_WORDS.intersection(re.findall(r"[a-z]+", cell.lower())) for cell in row)


def without_labels(row: str) -> list[str]:
    """Return the words of the cells of a row."""
    cells = _LABEL.split(row) if _LABEL.search(row) else row.split("; ")
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


def _find_header(cells: list[list[str]]) -> tuple[int, int]:
    """Return how many rows stand above the header, and how many it is made of."""
    places = (0, _first_wide_row(cells))
    for above in places:
        if _is_spanned(cells[above:]):
            return above, 2
    return next(((above, 1) for above in reversed(places) if _has_header(cells[above:])), (0, 0))


def header_of(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return the rows that name the columns; none where the rows have no such."""
    cells = [row for row in ([squeeze(cell) for cell in row] for row in rows) if any(row)]
    above, height = _find_header(cells)
    return cells[above : above + height]


def typed_columns(labels: Sequence[Sequence[str]], rows: list[list[str]]) -> list[bool]:
    """Tell of each column that has a label whether it holds values rather than words; ``rows`` come with the labels."""
    wide = max((index for row in labels for index, cell in enumerate(row) if cell), default=-1)
    return [_is_typed(rows[len(labels) :], index) for index in range(wide + 1)]


def goes_on(typed: Sequence[bool], rows: list[list[str]]) -> bool:
    """Tell whether rows without labels go on with a table above, of such columns: within them, with alike values.

    Those of two columns may be sums with names of their own, and so may those that do not reach the last of values.
    """
    if len(typed) < 3 or any(cell.strip() for row in rows for cell in row[len(typed) :]):
        return False
    held = [
        index for index in range(len(typed)) if any(cell.strip() for row in rows for cell in row[index : index + 1])
    ]
    if max((index for index, values in enumerate(typed) if values), default=0) not in held:
        return False
    pairs = [(typed[index], _is_typed(rows, index)) for index in held]
    return (True, True) in pairs and (True, False) not in pairs and (False, True) not in pairs


def _first_wide_row(cells: list[list[str]]) -> int:
    """Return the first row that is wider than all before it, as most of those behind it are; 0 if there is none."""
    widths = [max(index for index, cell in enumerate(row) if cell) for row in cells[:200]]
    for place in range(1, min(len(widths), MAX_ABOVE)):
        widest = max(widths[:place])
        if widths[place] > widest and sum(width > widest for width in widths[place:]) > 0.5 * len(widths[place:]):
            return place
    return 0


def _is_spanned(cells: list[list[str]]) -> bool:
    """Tell whether labels of the first row span those of the second: ``2023`` over ``Plan`` and ``Actual``."""
    columns = list(zip_longest(*cells[:2], fillvalue=""))
    if len(cells) < 3 or sum(1 for top, _ in columns if top) < 2:
        return False
    named = [index for index, (top, below) in enumerate(columns) if below and below != top]
    under = [index for index in named if index and not columns[index][0]]
    labels = [columns[index][1] for index in named]
    if not under or (0 in named and columns[0][0] and 1 not in under):
        return False
    if any(_is_value(label) or len(label) > MAX_LABEL for label in labels):
        return False
    return len(set(labels)) < len(labels) or any(_is_typed(cells[2:], index) for index in named)


def _has_header(cells: list[list[str]]) -> bool:
    """Tell whether the first row names the columns: short distinct words over values, or words that name things."""
    first = [cell for cell in cells[0] if cell] if cells else []
    rest = cells[1:]
    if not rest or len(first) < 2 or len(set(first)) < len(first) or any(len(cell) > 80 for cell in first):
        return False
    values = [place for place, cell in enumerate(cells[0]) if _is_value(cell)]
    if any(not _numbers_rows(cells, place) for place in values) or _is_form(cells):
        return False
    for index, label in enumerate(cells[0]):
        if label and not _VALUE.fullmatch(label) and _is_typed(rest, index):
            return True
    return any(map(_names_something, first)) or all("_" in cell or cell.isupper() for cell in first)


def _numbers_rows(cells: list[list[str]], index: int) -> bool:
    """Tell whether the first cell of a column is the "No" above numbers, rather than the answer in a form."""
    below = [row[index] for row in cells[1:] if index < len(row) and row[index]]
    named = cells[0][index].lower() == "no" and (index == 0 or max(map(len, cells)) > 2)
    return named and bool(below) and all(cell[0].isdigit() for cell in below)


def _is_form(cells: list[list[str]]) -> bool:
    """Tell two columns whose first names what stands in the second from two columns under a header."""
    if max(map(len, cells)) != 2 or len(cells[0]) != 2:
        return False
    if re.match(r"[-+(]?[$€£¥]?\s?\d", cells[0][1]) and not _YEAR.match(cells[0][1]):
        return True
    below = [row[0] for row in cells[1:101] if row[0]]
    named = sum(map(_names_something, below))
    return named >= 0.5 * len(below) > 0 and not _names_something(cells[0][1])


def _is_value(cell: str) -> bool:
    return _VALUE.fullmatch(cell) is not None and not _YEAR.fullmatch(cell)


def _is_typed(rows: list[list[str]], index: int) -> bool:
    """Tell whether a column holds mostly numbers, amounts, addresses or other values, not words."""
    column = [row[index] for row in rows[:100] if index < len(row) and row[index]]
    return bool(column) and sum(map(_holds_value, column)) > 0.7 * len(column)


def _holds_value(cell: str) -> bool:
    return _VALUE.fullmatch(cell) is not None or _AMOUNT.fullmatch(cell) is not None


def _names_something(cell: str) -> bool:
    words = re.findall(r"[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", cell).lower())
    return not _HEADER_WORDS.isdisjoint(words)


def parse_csv(data: bytes, delimiter: str = "") -> Layout:
    """Every record becomes one line; the delimiter is the one that cuts the first lines into equal rows.

    Raises:
        LoadError: a quote is never closed, or a row has more than 1,000 columns; the message names the line.
    """
    text, warnings = read_text(data)
    delimiter = delimiter or _delimiter(text[:65536])
    csv.field_size_limit(MAX_CHARACTERS + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, start, last = [], 1, 1
    for row in reader:
        if len(row) > MAX_COLUMNS:
            raise LoadError(f"has over {MAX_COLUMNS:,} columns in line {start}.", "Check its delimiter and line ends.")
        rows.append(row)
        start, last = reader.line_num + 1, start
    _refuse_open_quote(text.split("\n")[last - 1 :], delimiter, last)
    return Layout(table(rows), warnings=warnings)


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
        width, count = Counter(len(row) for row in rows).most_common(1)[0] if rows else (1, 1)
        return (width > 1) * (count / len(rows) + min(width, 100) / 1000)

    return max(",;\t|", key=score)
