"""Spreadsheets: the sheets of an xlsx or ods as tables, each cell as it is shown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice, repeat
from typing import Any
from xml.etree import ElementTree

from rag.archive import open_archive, real_title
from rag.errors import LoadError
from rag.formats import Layout, Piece
from rag.numbering import OpenDocumentNumbers
from rag.opendocument import CELL, COVERED, OFFICE, ROW, TABLE, TEXT, Element, Reader, Styles, open_document, times
from rag.records import MAX_COLUMNS
from rag.regions import regions

MAX_ROWS = 20_000

_Events = Iterator[tuple[str, Element]]

# The parts of a number format (ECMA-376 18.8.31): a currency, a colour or condition, words, one sign, a space as wide
# as a sign, a sign that fills the cell, the places of digits, any other sign.
_TOKEN = re.compile(r'\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|"([^"]*)"|\\(.)|_.|\*.|([#0?][#0?,.]*|\.[#0?]+)|(.)', re.DOTALL)


def parse_xlsx(data: bytes) -> Layout:
    """Every visible sheet is a page; its tables become rows. A formula without a stored result stays a formula."""
    from openpyxl import load_workbook

    formulas = any(b"<f>" in part or b"<f " in part for part in _sheet_parts(data))
    values = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sources = load_workbook(io.BytesIO(data), read_only=True) if formulas else None
    layout = Layout(title=real_title(values.properties.title))
    seen = [sheet for sheet in values.worksheets if sheet.sheet_state == "visible"]
    layout.warnings += [f"hidden sheet {sheet.title!r} left out" for sheet in values.worksheets if sheet not in seen]
    stated = sum(sheet.max_row or 0 for sheet in seen)
    rows = ((sheet.title, _sheet_rows(sheet, sources[sheet.title] if sources else None)) for sheet in seen)
    _add_sheets(layout, rows, stated)
    return layout


def _add_sheets(layout: Layout, sheets: Iterable[tuple[str, Iterable[list[str]]]], stated: int = 0) -> None:
    """Add each sheet, a name and its rows, as a page; 20,000 rows are read of all, of ``stated`` ones if known."""
    done = 0
    for page, (name, lines) in enumerate(sheets, 1):
        layout.labels.append(name)
        rows = list(islice(lines, MAX_ROWS - done + 1))
        done += len(rows)
        if rows and not re.fullmatch(r"(?:Sheet|Tabelle|Feuil)\d*", name):
            layout.pieces.append(Piece(name, "heading", 2, page=page))
        layout.pieces += regions(rows[: len(rows) - (done > MAX_ROWS)], page)
        if done > MAX_ROWS:
            of_all = f" of {stated:,}" if stated > MAX_ROWS else ""
            layout.warnings.append(f"only the first {MAX_ROWS:,}{of_all} rows read")
            break


def _sheet_parts(data: bytes) -> Iterator[bytes]:
    with open_archive(data, "XLSX") as archive:
        for entry in archive.infolist():
            if entry.filename.startswith("xl/worksheets/sheet"):
                yield archive.read(entry)


def _sheet_rows(sheet: Any, source: Any) -> Iterator[list[str]]:
    """Yield the cells as shown, row by row. The size that a sheet states is not trusted."""
    sheet.reset_dimensions()
    formulas: Iterable[Any] = repeat(())
    if source is not None:
        source.reset_dimensions()
        formulas = source.iter_rows()
    for row, sources in zip(sheet.iter_rows(), formulas, strict=False):
        line = [_cell_text(cell) for cell in row[:MAX_COLUMNS]]
        for index, cell in enumerate(sources[: len(line)]):
            if not line[index] and isinstance(cell.value, str):
                line[index] = cell.value
        yield line


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, time) and not value.second:
        return value.isoformat("minutes")
    if isinstance(value, float | int):
        return _number_text(value, cell.number_format or "General")
    return str(value)


def _number_text(value: float, style: str) -> str:
    """Return a number as its format shows it, save that thousands run on: their sign differs between countries."""
    plain = f"{value:.15g}" if isinstance(value, float) else str(value)
    around, places, percent = ["", ""], "", False
    for currency, quoted, escaped, digits, sign in _TOKEN.findall(style.split(";")[0]):
        if sign.isalpha() or sign in tuple("/@") or (digits and places) or digits.endswith(","):
            return plain  # a date, a fraction, a power of ten, thousands left out or no format at all
        places, percent = places or digits, percent or sign == "%"
        around[bool(places)] += currency + quoted + escaped + sign
    whole, _, decimals = places.replace(",", "").partition(".")
    if not places or len(decimals) > 9 or not abs(value) < 1e15:
        return plain
    amount = (Decimal(repr(value)) * (100 if percent else 1)).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    head, _, tail = f"{abs(amount):f}".partition(".")
    tail = tail[: decimals.count("0")] + tail[decimals.count("0") :].rstrip("0")
    number = head.zfill(whole.count("0")) + (f".{tail}" if tail else "")
    return f"{'-' if amount < 0 else ''}{around[0].lstrip()}{number}{around[1].rstrip()}"


# --- ods ---------------------------------------------------------------------------------------------------------


def parse_ods(data: bytes) -> Layout:
    """Every visible sheet is a page; its tables become rows. The XML is read as a stream, no further than the rows are.

    Raises:
        LoadError: no ods, or another kind of OpenDocument.
    """
    archive, layout = open_document(data, "ODS")
    with archive.open("content.xml") as stream:
        _add_sheets(layout, _ods_sheets(ElementTree.iterparse(stream, ("start", "end")), layout.warnings))
    return layout


def _ods_sheets(events: _Events, warnings: list[str]) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """Yield the name and the rows of each visible sheet."""
    reader, found = Reader(Styles(()), OpenDocumentNumbers(())), False
    for event, node in events:
        found = found or node.tag == OFFICE + "spreadsheet"
        if event == "end" and node.tag == OFFICE + "automatic-styles":
            reader.styles = Styles(node)
        elif event == "start" and node.tag == TABLE + "dde-links":  # copies of sheets in other files
            _skip(events, node)
        elif event == "start" and node.tag == TABLE + "table" and found:
            rows, name = _ods_rows(events, node, reader), node.get(TABLE + "name", "")
            if reader.styles.value("table", node, TABLE + "display") == "false":
                warnings.append(f"hidden sheet {name!r} left out")
                _skip(events, node)
            else:
                yield name, rows
                for _ in rows:  # the next sheet begins where this one ends
                    pass
    if not found:
        raise LoadError("is not in ODS format.", "Give it the ending of its true format.")


def _skip(events: _Events, node: Element) -> None:
    next(inner for kind, inner in events if kind == "end" and inner is node)


def _ods_rows(events: _Events, sheet: Element, reader: Reader) -> Iterator[list[str]]:
    """Yield the rows of a sheet up to its end; an empty one that is repeated comes once."""
    inside = 0  # tables in drawings
    for event, node in events:
        if node.tag == TABLE + "table":
            if node is sheet:
                return
            inside += 1 if event == "start" else -1
        elif event == "end" and node.tag == ROW and not inside:
            line: list[str] = []
            for cell in node:
                if cell.tag in (CELL, COVERED):
                    shown = _ods_cell(cell, reader) if cell.tag == CELL else ""
                    line += [shown] * min(times(cell, "number-columns-repeated"), MAX_COLUMNS - len(line))
            while line and not line[-1]:
                line.pop()
            yield from repeat(line, times(node, "number-rows-repeated") if line else 1)
            node.clear()


def _ods_cell(cell: Element, reader: Reader) -> str:
    """Return what a cell shows; a date in figures as ISO 8601 writes it, since 08/12 is another day elsewhere."""
    shown = " ".join(reader.words(paragraph) for paragraph in cell.findall(TEXT + "p"))
    date = cell.get(OFFICE + "date-value", "")
    if date and not any(map(str.isalpha, shown)):
        day, _, clock = date.partition("T")
        return f"{day} {clock[:5]}" if clock.strip("0:.") else day
    stored = (cell.get(OFFICE + name) for name in ("string-value", "value", "boolean-value", "time-value"))
    if not shown and cell.get(OFFICE + "value-type") is None:
        return re.sub(r"^\w+:", "", cell.get(TABLE + "formula", ""))
    return shown or next(filter(None, stored), "")
