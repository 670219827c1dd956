"""Which rows of a table name its columns, and whether rows without such go on with a table above: by their cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rag.datatypes import MAX_LABEL, TOTAL
from rag.text import squeeze

MAX_ABOVE = 20  # rows
_MOST_WORDS = 6  # of a label
_SENTENCE = re.compile(r"[;!]\s|[^\W\d]{4}\.(?:\s|$)")

_VALUE = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d\s.,:/%()TZ-]*[$€£¥%]?|\S+@\S+|https?://\S+|true|false|yes|no|=.+", re.IGNORECASE
)
_AMOUNT = re.compile(r"(?:[A-Z]{3}\s)?[-+]?\d[\d.,:]*(?:\s?[^\s\d]{1,8})?")
_CURRENCY, _SUM = "(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|JPY|CAD|AUD)", r"(?!(?:19|20)\d\d\b)\d[\d.,]*"
_MONEY = re.compile(rf"{_CURRENCY}\s?{_SUM}|{_SUM}\s?{_CURRENCY}")
_YEAR = re.compile(r"(?:19|20)\d\d")
# What columns are counted by: days, months, quarters, weeks, dates and times.
_DAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)"
    r"tag|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo"
)
_MONTH = (
    r"jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni?|july?|juli|aug(?:ust)?|sept?(?:ember)?"
    r"|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
_STEP = re.compile(
    rf"(?:{_DAY}|{_MONTH}|week|wk|cw|kw|woche|q[1-4])\.?,?(?:[ -]?\d[\d./ -]*)?|\d{{4}}-\d\d(?:-\d\d)?|"
    r"\d{1,2}\.(?:\d{1,2}\.(?:\d{4}|\d\d)?)?|\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d\d))?|\d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?",
    re.IGNORECASE,
)
IS_TOTAL = re.compile(TOTAL, re.IGNORECASE)
_NUMBER = re.compile(r"\d.*|[^\W\d_]{1,3}[-./]?\d[\w./-]*")
_HEADER_WORDS = frozenset(
    "account address age amount answer area author category city class code color colour column comment company "
    "content cost count country currency customer date day department description duration email end first fruit "
    "group hours id index item key kind label language last length level link location manager meaning month name "
    "no note notes number order owner page person phone plan population position price priority product project "
    "quantity question rate rating region role row salary score section size source stage start state status step "
    "property parameter street subject summary surname tag team term text time title topic total type unit units url "
    "user value version week weight width word year zip".split()
)


def are_labels(row: Iterable[str]) -> bool:
    """Tell whether each cell holds a word that usually names a column."""
    return all(_HEADER_WORDS.intersection(re.findall(r"[a-z]+", cell.lower())) for cell in row)


def find_header(cells: list[list[str]]) -> tuple[int, int]:
    """Return how many rows stand above the header, and how many it is made of."""
    places = (0, _first_wide_row(cells))
    for above in places:
        if _is_spanned(cells[above:]):
            return above, 2
    return next(((above, 1) for above in reversed(places) if _has_header(cells[above:])), (0, 0))


def header_of(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return the rows that name the columns; none where the rows have no such."""
    cells = [row for row in ([squeeze(cell) for cell in row] for row in rows) if any(row)]
    above, height = find_header(cells)
    return cells[above : above + height]


def typed_columns(labels: Sequence[Sequence[str]], rows: list[list[str]]) -> list[bool]:
    """Tell of each column that has a label whether it holds values rather than words; ``rows`` come with the labels."""
    wide = max((index for row in labels for index, cell in enumerate(row) if cell), default=-1)
    return [is_typed(rows[len(labels) :], index) for index in range(wide + 1)]


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
    pairs = [(typed[index], is_typed(rows, index)) for index in held]
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
    return len(set(labels)) < len(labels) or any(is_typed(cells[2:], index) for index in named)


def _has_header(cells: list[list[str]]) -> bool:
    """Tell whether the first row names the columns: short distinct words over values, or words that name things."""
    first = [cell for cell in cells[0] if cell] if cells else []
    rest = cells[1:]
    if not rest or len(first) < 2 or len(set(first)) < len(first) or any(len(cell) > MAX_LABEL for cell in first):
        return False
    if _counts_columns(cells):
        return True
    values = [place for place, cell in enumerate(cells[0]) if _is_value(cell)]
    if any(not _numbers_rows(cells, place) for place in values) or _is_form(cells):
        return False
    for index, label in enumerate(cells[0]):
        if label and not _VALUE.fullmatch(label) and is_typed(rest, index):
            return True
    if all(_YEAR.fullmatch(cell) for cell in cells[0][1:] if cell):  # over figures, with a name before each row of them
        return not any(map(_is_value, [row[0] for row in cells])) and is_typed(rest, len(cells[0]) - 1)
    return any(map(_names_something, first)) or all("_" in cell or cell.isupper() for cell in first)


def _counts_columns(cells: list[list[str]]) -> bool:
    """Tell whether the first row has days, months, dates or times over cells that are none, with names before them."""
    steps, rest = cells[0][1:], [cell for row in cells[1:] for cell in row[1:] if cell]
    named = not _STEP.fullmatch(cells[0][0]) and not any(
        _STEP.fullmatch(row[0]) and row[0][0].isdigit() for row in cells
    )
    counted = len(steps) > 2 and all(map(_STEP.fullmatch, steps)) and named
    return counted and 2 * sum(_STEP.fullmatch(cell) is not None for cell in rest) < len(rest)


def _numbers_rows(cells: list[list[str]], index: int) -> bool:
    """Tell whether the first cell of a column is the "No" above numbers or codes, not the answer in a form."""
    below = [row[index] for row in cells[1:] if index < len(row) and row[index]]
    named = cells[0][index].lower() == "no" and (index == 0 or max(map(len, cells)) > 2)
    below = [cell for cell in below if not IS_TOTAL.fullmatch(cell)]
    return named and bool(below) and all(map(_NUMBER.fullmatch, below))


def _is_form(cells: list[list[str]]) -> bool:
    """Tell two columns whose first names what stands in the second from two columns under a header."""
    colons = [cell.endswith(":") for cell in cells[0] if cell]
    if cells[0][0].endswith(":") and not all(colons) and (len(colons) == 2 or sum(colons) > 1):
        return True
    if max(map(len, cells)) != 2 or len(cells[0]) != 2:
        return False
    if re.match(r"[-+(]?[$€£¥]?\s?\d", cells[0][1]) and not _YEAR.match(cells[0][1]):
        return True
    below = [row[0] for row in cells[1:101] if row[0]]
    named = sum(map(_names_something, below))
    values = [holds_value(row[1]) for row in cells[1:101] if len(row) > 1 and row[1]]
    pair = len(cells[0][1].split()) > 1  # a label has mostly one word, and a column of a table is of one kind
    mixed = pair and len(values) > 3 and 0.15 < sum(values) / len(values) < 0.7
    return (mixed or named >= 0.5 * len(below) > 0) and not _names_something(cells[0][1])


def _is_value(cell: str) -> bool:
    value = _VALUE.fullmatch(cell) or _MONEY.fullmatch(cell)
    return value is not None and not _YEAR.fullmatch(cell)


def is_typed(rows: list[list[str]], index: int) -> bool:
    """Tell whether a column holds mostly numbers, amounts, addresses or other values, not words."""
    column = [row[index] for row in rows[:100] if index < len(row) and row[index]]
    return bool(column) and sum(map(holds_value, column)) > 0.7 * len(column)


def holds_value(cell: str) -> bool:
    """Tell whether a cell holds a number, an amount, an address or another value, not words."""
    return _VALUE.fullmatch(cell) is not None or _AMOUNT.fullmatch(cell) is not None


def _names_something(cell: str) -> bool:
    """Tell whether a cell has a word that usually names a column, and is no sentence: "ask about the price; apply"."""
    words = re.findall(r"[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", cell).lower())
    return not _HEADER_WORDS.isdisjoint(words) and not _SENTENCE.search(cell) and len(words) <= _MOST_WORDS
