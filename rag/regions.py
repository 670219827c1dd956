"""The tables of a sheet: what empty rows and columns part, what goes on, what stands beside: pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import dropwhile, takewhile

from rag.formats import Piece
from rag.header import MAX_ABOVE, goes_on, header_of, holds_value, typed_columns
from rag.records import is_title, is_total, table, within
from rag.text import squeeze

_LONG_WORDS = 60  # characters; longer ones beside a table are a remark
MAX_BESIDE = 10  # tables beside one another that are told apart


def regions(rows: list[list[str]], page: int) -> Iterator[Piece]:
    """Yield the rows of a sheet's tables. An empty row ends a table unless the next rows fit its labels.

    A line with one cell above a table is a caption, or what a part of that table is about; one that stands alone at
    the top is the heading of what follows. Tables side by side come one after another, and remarks beside a table
    before it.
    """
    labels: list[list[str]] = []
    typed: list[bool] = []
    begun: list[list[str]] = []  # a table with labels, which the next region may go on with
    height: int | None = None  # of its labels, if known
    parts = [_remarks(part) for region in _between_empty_rows(rows) for part in _side_by_side(region)]
    for number, (remarks, region) in enumerate(parts):
        wide = max(map(_filled, region), default=0) > 1
        if not number and len(parts) > 1 and not wide and not " ".join(region[0]).rstrip().endswith((".", ":")):
            title, *below = map(" ".join, region)
            yield Piece(title, "heading", 3, page=page)
            yield from (Piece(words, page=page) for words in [*below, *remarks])
            continue
        above = list(takewhile(lambda row: _filled(row) == 1, region)) if wide else []
        region = region[len(above) :]
        own = header_of(region)
        if own:
            labels, typed = own, typed_columns(own, region)
        continued = bool(labels) and not own and goes_on(typed, region)
        joins = continued and begun and not remarks and region[0][0].strip()
        if joins and len(above) < 2 and all(map(is_title, above)):
            begun = _titled(begun) if above else begun
            begun += _under(above[0][0], region) if above else region
            continue
        yield from table(begun, page=page, header=height)
        yield from (Piece(words, page=page) for words in [*map(" ".join, above), *remarks])
        begun, height = ([*labels, *region], len(labels)) if continued else (region, None)
        if not own and not continued:
            yield from table(begun, page=page)
            begun = []
    yield from table(begun, page=page, header=height)


def _titled(begun: list[list[str]]) -> list[list[str]]:
    """Return a table whose next region has a title; if its own rows begin with one, it is said with each of them."""
    height = len(header_of(begun))
    rows = begun[height:]
    if len(rows) < 2 or not is_title(rows[0]) or any(map(is_title, rows[1:])):
        return begun
    return [*begun[:height], *_under(rows[0][0], rows[1:])]


def _under(title: str, rows: list[list[str]]) -> list[list[str]]:
    """Return the rows of a section, of which a total may be of all, with its title."""
    return [row if is_total(row) else within(title, row) for row in rows]


def _between_empty_rows(rows: list[list[str]]) -> list[list[list[str]]]:
    """Return the rows between empty ones; labels alone above an empty row go with rows that have none of their own."""
    regions: list[list[list[str]]] = [[]]
    for row in rows:
        if any(cell.strip() for cell in row):
            regions[-1].append(row)
        elif regions[-1]:
            regions.append([])
    found: list[list[list[str]]] = []
    for region in filter(None, regions):
        if found and _names(found[-1], region):
            found[-1] += region
        else:
            found.append(region)
    return found


def _names(alone: list[list[str]], region: list[list[str]]) -> bool:
    """Tell whether a row that stands alone holds the labels of the rows below, which have none."""
    rows = list(dropwhile(lambda row: _filled(row) == 1, region))
    if len(alone) > 1 or _filled(alone[0]) < 3 or any(map(holds_value, alone[0])) or not rows or header_of(rows):
        return False
    return max(_columns(rows)) <= max(_columns(alone)) and len(header_of([*alone, *rows])) == 1


def _side_by_side(region: list[list[str]]) -> list[list[list[str]]]:
    """Return the tables of a region that an empty column parts. Each has labels of its own; their rows are those of one
    table unless words name them in each, or one goes on by more than a row below the other."""
    held = _columns(region)
    apart = [place for place in range(min(held) + 1, max(held)) if place not in held and place + 1 in held]
    for place in apart[:MAX_BESIDE]:
        both = [row[min(held) : place] for row in region], [row[place + 1 :] for row in region]
        ends = [max(index for index, row in enumerate(part) if _filled(row)) for part in both]
        parts = [[row for row in part if _filled(row)] for part in both]
        labelled = all(header_of(part[:MAX_ABOVE]) for part in parts)
        if labelled and (abs(ends[0] - ends[1]) > 1 or all(map(_names_its_rows, parts))):
            return [one for part in parts for one in _side_by_side(part)]
    return [region]


def _names_its_rows(part: list[list[str]]) -> bool:
    """Tell whether the first column of a table holds words, in each row others."""
    rows = list(dropwhile(lambda row: _filled(row) == 1, part))
    labels = header_of(rows[:MAX_ABOVE])
    names = [row[0] for row in rows[len(labels) :] if row[0].strip()]
    return not any(typed_columns(labels, rows)[:1]) and len(set(names)) == len(names)


def _remarks(region: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the remarks beside a table, and its rows without them: long words at its top, behind an empty column.

    They stand alone in their column, or among the labels of one that has another label.
    """
    held = _columns(region)
    long = {
        (at, place)
        for at, row in enumerate(region[:3])
        for place, cell in enumerate(row)
        if len(cell.strip()) > _LONG_WORDS and place > min(held) and place - 1 not in held
    }
    if not long:
        return [], region
    others = _without(region[:MAX_ABOVE], long)
    labels = header_of(others)
    beside = [at for at, row in enumerate(others) if [squeeze(cell) for cell in row] in labels]
    named = _columns(labels)
    found = sorted((at, place) for at, place in long if held[place] == 1 or (at in beside and place in named))
    return [region[at][place] for at, place in found], [row for row in _without(region, found) if _filled(row)]


def _without(rows: list[list[str]], places: Collection[tuple[int, int]]) -> list[list[str]]:
    return [["" if (at, place) in places else cell for place, cell in enumerate(row)] for at, row in enumerate(rows)]


def _columns(rows: list[list[str]]) -> Counter[int]:
    """Return of each column that holds anything in how many rows it does."""
    return Counter(place for row in rows for place, cell in enumerate(row) if cell.strip())


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())
