"""What HTML sets side by side: tables that hold data, with their spans and headers, and terms with what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from rag.datatypes import MAX_LABEL
from rag.formats import Piece
from rag.records import MAX_COLUMNS, table

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    _Reader = Callable[[LexborNode, set[int]], str]


def data_table(node: LexborNode, hidden: set[int], text_of: _Reader) -> list[Piece] | None:
    """Return the rows of a table; None for a table that only lays out. ``text_of`` reads a cell."""
    others = [other for other in node.css("table") if other.mem_id != node.mem_id]
    if others and (node.css_first("table table table") or not _is_headed(node.css_first("tr"), hidden)):
        return None
    inner = {row.mem_id for other in others for row in other.css("tr")}
    rows = shown_of((row for row in node.css("tr") if row.mem_id not in inner), node, hidden)
    if len(rows) < 2:
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


def _is_headed(row: LexborNode | None, hidden: set[int]) -> bool:
    """Tell whether a row has several headers and nothing else, as none of a table that lays out has."""
    tags = [cell.tag for cell in row.iter() if _is_cell(cell, hidden)] if row else []
    return len(tags) > 1 and set(tags) == {"th"}


def with_terms(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with each ``definition`` as an item that begins with its ``term``: one of level 1 is the first
    of its own. A term that is a sentence, or above no definition, is a paragraph."""
    found: list[Piece] = []
    terms: list[Piece] = []
    names = ""
    said = False  # all of them, so that the next term is of other definitions
    for piece in pieces:
        if piece.kind == "term":
            terms = [] if said else terms
            terms.append(replace(piece, kind="paragraph"))
            said = False
            continue
        names = names if said else ", ".join(" ".join(term.text.split()) for term in terms)
        short = bool(names) and len(names) <= MAX_LABEL and names[-1] not in ".?!"
        if terms and not said and not (piece.kind == "definition" and short):
            found += terms
        if piece.kind == "definition":
            words = f"{names.rstrip(':')}: {piece.text}" if short and piece.level else piece.text
            follows = bool(found) and found[-1].kind == "item"
            piece = replace(piece, text=words, kind="item", level=0, join="\n" if follows else "\n\n")
        elif piece.kind not in ("item", "code", "row"):
            terms, names = [], ""
        said = True
        found.append(piece)
    return found if said else [*found, *terms]


def shown_of(nodes: Iterable[LexborNode], top: LexborNode | None, hidden: set[int]) -> list[LexborNode]:
    """Return the nodes of which neither they nor anything above them, up to ``top``, is hidden."""
    known = {top.mem_id: True} if top is not None else {}
    found = []
    for node in nodes:
        path: list[int] = []
        inner: LexborNode | None = node
        while inner is not None and inner.mem_id not in known and inner.mem_id not in hidden:
            path.append(inner.mem_id)
            inner = inner.parent
        shown = top is None or (inner is not None and known.get(inner.mem_id, False))
        known.update(dict.fromkeys(path, shown))
        if shown:
            found.append(node)
    return found


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
