"""The tables of HTML that hold data: their cells, spans and headers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.formats import Piece
from rag.records import MAX_COLUMNS, table

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    _Reader = Callable[[LexborNode, set[int]], str]


def data_table(node: LexborNode, hidden: set[int], text_of: _Reader) -> list[Piece] | None:
    """Return the rows of a table; None for a table that only lays out. ``text_of`` reads a cell."""
    rows = [row for row in node.css("tr") if is_shown(row, node, hidden)]
    if len(rows) < 2 or len(node.css("table")) > 1:
        return None
    cells = [_cells(row, hidden, text_of) for row in rows]
    if max(len(row) for row in cells) < 2:
        return None
    marked = [[str(cell.tag) for cell in row.iter() if _is_cell(cell, hidden)] for row in rows]
    heads = list(takewhile(lambda index: _is_header(rows[index], cells[index], marked[index]), range(len(rows))))
    named = all(tags[0] == "th" and "th" not in tags[1:] for tags in marked if len(tags) > 1)
    return table(
        _spread(cells),
        header=len(heads) or (0 if named else None),
        pairs=named or max(len(row) for row in cells) == 2,
    )


def is_shown(node: LexborNode, top: LexborNode | None, hidden: set[int]) -> bool:
    """Tell whether neither the node nor anything above it, up to ``top``, is hidden."""
    while top is not None and node.mem_id != top.mem_id:
        if node.mem_id in hidden or node.parent is None:
            return False
        node = node.parent
    return True


def _is_header(row: LexborNode, cells: list[tuple[str, int, int]], tags: list[str]) -> bool:
    """Tell whether a row holds headers: it is in a thead, or all its cells are th, save an empty corner."""
    if row.parent is not None and row.parent.tag == "thead":
        return True
    plain = [text for (text, _, _), tag in zip(cells, tags, strict=True) if tag == "td"]
    return len(tags) > 1 and "th" in tags and not any(plain)


def _is_cell(node: LexborNode, hidden: set[int]) -> bool:
    return node.tag in ("td", "th") and node.mem_id not in hidden


def _cells(row: LexborNode, hidden: set[int], text_of: _Reader) -> list[tuple[str, int, int]]:
    """Return text, columns and rows of each cell."""
    found = []
    for cell in row.iter():
        if _is_cell(cell, hidden):
            found.append((text_of(cell, hidden), _span(cell, "colspan"), _span(cell, "rowspan")))
    return found


def _span(cell: LexborNode, name: str) -> int:
    value = cell.attributes.get(name) or "1"
    return min(max(1, int(value)), MAX_COLUMNS) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _spread(cells: list[list[tuple[str, int, int]]]) -> list[list[str]]:
    """Give every cell its own column; a cell over several rows is repeated in each, one over several columns is not."""
    rows: list[list[str]] = []
    carried: dict[int, tuple[str, int]] = {}  # column -> text and the rows it still reaches into
    for row in cells:
        line: list[str] = []
        waiting = list(row)
        carried_now, carried = carried, {}
        while waiting or len(line) in carried_now:
            column = len(line)
            if column >= MAX_COLUMNS:
                break
            if column in carried_now:
                text, left = carried_now[column]
                texts = [text]
            else:
                text, width, left = waiting.pop(0)
                texts = [text, *[""] * (width - 1)]
            line += texts
            if left > 1:
                carried |= {column + place: (part, left - 1) for place, part in enumerate(texts)}
        rows.append(line)
    return rows
