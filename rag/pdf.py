"""PDF files as pieces of layout: what a page shows, never what a file hides, runs or attaches."""

from __future__ import annotations

import io
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from rag.columns import rows_of_sizes
from rag.errors import LoadError
from rag.fields import filled_rows, named_fields, read_fields
from rag.formats import MAX_PAGES, Layout, Piece, count
from rag.highlight import Highlighter
from rag.line import GAP, LEVEL, Box, Line, beside
from rag.pagetext import PageText
from rag.paragraphs import pieces_of
from rag.records import without_labels
from rag.running import telling_lines, without_running_lines
from rag.text import normalize

MAX_STREAM = 75 << 20  # pypdf's cap for one stream
MAX_STREAMS = 200 << 20
MAX_PIXELS = 16_000_000
_FED = 1 << 16  # bytes of a stream that are unpacked at once

_HIDDEN, _OUTSIDE = "hidden text, left out,", "text outside the page, left out,"
_NUMBER = r"\(?(?:\d{1,2}|[a-z])[.)]"
_MARK = re.compile(rf"[•▪▫◦‣●○■□–—-]|{_NUMBER}")
_ITEM = re.compile(rf"^\s*{_NUMBER}\s+")
_MARK_GAP = 3.0  # times the size: the most between a number of a list and its item
_NO_PAGES = re.compile(rb"/Type\s*/Pages\b[^>]*/Count\s+0\b|/Count\s+0\b[^>]*/Type\s*/Pages\b")
_STREAM = re.compile(rb"stream\r?\n")


def parse_pdf(data: bytes) -> Layout:
    """Every page's visible text in the order of the file, running headers removed, lines joined to paragraphs.

    Raises:
        LoadError: password, no pages, too many pages, no text at all, or streams that unpack to too much.
    """
    _refuse_bombs(data)
    pdf = _open(data)
    if (pages := len(pdf)) == 0:
        raise LoadError("has no pages.", "Open it and save it again.")
    if pages > MAX_PAGES:
        raise LoadError(f"has {pages:,} pages; the limit is {MAX_PAGES:,}.", "Split it into smaller files.")
    layout = Layout(title=_title(pdf), warnings=_notes(pdf, data))
    lines: list[Line] = []
    filled: list[Piece] = []
    faults: dict[str, list[int]] = {fault: [] for fault in ("no text", "damage", _HIDDEN, _OUTSIDE)}
    for number in range(1, pages + 1):
        layout.labels.append(pdf.get_page_label(number - 1) or None)
        found, rows, fault = _read_page(pdf, number)
        lines += found
        filled += rows
        if fault:
            faults[fault].append(number)
    if not lines and not filled:
        _refuse_textless(pages, len(faults["no text"]), len(faults["damage"]))
    layout.warnings += [f"{what} on page {_ranges(on)}" for what, on in faults.items() if on]
    left = without_running_lines(lines, layout.labels)
    pieces = pieces_of(left)
    layout.pieces = _with_rows(pieces, filled) if filled else pieces
    layout.title = layout.title or _cover(layout.pieces)
    layout.pieces = _with_running(layout.pieces, telling_lines(lines, left, pages))
    return layout


def _with_running(pieces: list[Piece], lines: list[Line]) -> list[Piece]:
    """Put what headers and footers tell below the title, or behind the text of the first page that has it."""
    first, head = (pieces[0].page, int(pieces[0].kind == "heading")) if pieces else (0, 0)
    told = [Piece(line.text, page=line.page) for line in lines]
    pieces = [*pieces[:head], *(piece for piece in told if piece.page == first), *pieces[head:]]
    later = [piece for piece in told if piece.page != first]
    return _with_rows(pieces, later) if later else pieces


def _open(data: bytes) -> Any:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
        pdf.init_forms()
        return pdf
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise LoadError("is password-protected.", "Save a copy without the password and add that.") from None
        if _NO_PAGES.search(data):  # PDFium gives no document, and as reason the one that it had before
            raise LoadError("has no pages.", "Open it and save it again.") from None
        raise LoadError("is damaged or not a PDF.", "Open it and save it again.") from None


def _read_page(pdf: Any, number: int) -> tuple[list[Line], list[Piece], str]:
    """Return the lines of a page, what is filled into its form, and what is wrong with it, if anything."""
    import pypdfium2

    try:
        page = PageText(pdf[number - 1])
    except pypdfium2.PdfiumError:
        return [], [], "damage"
    lines = _lines(page, number)
    filled = filled_rows(read_fields(pdf, page), lines, number)
    empty = not (lines or filled or page.is_blank())
    fault = _HIDDEN if page.hidden else _OUTSIDE if page.outside else "no text" if empty else ""
    page.close()
    return lines, filled, fault


def _with_rows(pieces: list[Piece], rows: list[Piece]) -> list[Piece]:
    """Put the rows of a form behind the text of their page, but in front of a block that runs over the page's edge."""
    blocks: list[list[Piece]] = []
    for piece in pieces:
        if "\n" in piece.join or not blocks:
            blocks.append([piece])
        else:
            blocks[-1].append(piece)
    placed = [(block[0].page, 2 if block[-1].page > block[0].page else 0, block) for block in blocks]
    placed += [(row.page, 1, [row]) for row in rows]
    return [piece for *_, block in sorted(placed, key=lambda place: place[:2]) for piece in block]


def _lines(page: PageText, number: int) -> list[Line]:
    return _from_the_top(_with_marks(rows_of_sizes(list(_merge_rows(page.lines(number))))))


def _refuse_textless(number: int, empty: int, damaged: int) -> None:
    pages = count(number, "page")
    if damaged == number:
        raise LoadError("has no page that can be read.", "Open it and save it again.")
    if empty:
        raise LoadError(f"is a scan without text ({pages}) and needs OCR.", "Run OCR on it and add the result.")
    raise LoadError(f"holds no text ({pages}).", "Add a file with words in it.")


def _refuse_bombs(data: bytes) -> None:
    """Unpack every stream but images, a piece at a time, and stop at the caps: a page's text needs no more."""
    total = 0
    for match in _STREAM.finditer(data):
        header = data[max(0, match.start() - 400) : match.start()].rpartition(b"obj")[2]
        if b"/Fl" not in header or b"/Image" in header:
            continue
        unpacked = _unpacked_size(memoryview(data)[match.end() : match.end() + MAX_STREAM])
        total += unpacked
        if unpacked > MAX_STREAM or total > MAX_STREAMS:
            raise LoadError("is too large when unpacked.", "Split it into smaller files, or print it to a new PDF.")


def _unpacked_size(stream: memoryview) -> int:
    """Return what a stream unpacks to, until it ends or breaks or is over the cap; what follows it is not copied."""
    unpacked, inflate = 0, zlib.decompressobj()
    with suppress(zlib.error):
        for start in range(0, len(stream), _FED):
            rest: bytes | memoryview = stream[start : start + _FED]
            while rest and not inflate.eof and unpacked <= MAX_STREAM:
                unpacked += len(inflate.decompress(rest, 1 << 20))
                rest = inflate.unconsumed_tail
            if inflate.eof or unpacked > MAX_STREAM:
                break
    return unpacked


def _title(pdf: Any) -> str:
    """Return the stated title, unless it is a program's filler or a file's name."""
    title = str(pdf.get_metadata_dict().get("Title") or "").strip()
    filler = re.match(r"microsoft \w+ - |untitled|\(?anonymous\)?$", title, re.IGNORECASE)
    file_name = re.fullmatch(r"\S+\.(?:pdf|docx?|indd|qxd|pptx?|xlsx?|tex|dvi|rtf|od[tsp]|html?)", title, re.IGNORECASE)
    return "" if filler or file_name else title


def _cover(pieces: list[Piece]) -> str:
    """Return the headings of a cover, a first page without other text: its first line often names the publisher."""
    first = [piece for piece in pieces if piece.page == 1]
    return ": ".join(piece.text for piece in first[:2]) if all(piece.kind == "heading" for piece in first) else ""


def _notes(pdf: Any, data: bytes) -> list[str]:
    """Name what is in the file beside its pages and is not read."""
    import pypdfium2.raw as raw

    notes = []
    if (files := raw.FPDFDoc_GetAttachmentCount(pdf)) > 0:
        notes.append(f"{count(files, 'attached file')} left out")
    if raw.FPDFDoc_GetJavaScriptActionCount(pdf) > 0 or b"/JavaScript" in data:
        notes.append("scripts in it were not run")
    if pdf.get_formtype() in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        notes.append("XFA form left out")
    if b"%%EOF" not in data[-2048:]:
        notes.append("the file ends early, pages may be missing")
    return notes


def _ranges(numbers: list[int]) -> str:
    """``[1, 2, 3, 7]`` -> ``1-3, 7``."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans[:10])
    return shown + (", ..." if len(spans) > 10 else "")


def _with_marks(lines: list[Line]) -> list[Line]:
    """Put the numbers and bullets of a list, which some programs write after all of its items, in front of them."""
    owned: dict[int, int] = {}  # by the index of an item that of its mark
    for at, mark in enumerate(lines):
        if not _MARK.fullmatch(mark.text):
            continue
        near = (i for i, line in enumerate(lines) if abs(line.bottom - mark.bottom) < LEVEL * mark.size)
        owners = [i for i in near if 0 < lines[i].left - mark.right < _MARK_GAP * mark.size and i not in owned]
        if owners:
            owned[min(owners, key=lambda i: lines[i].left)] = at
    taken = set(owned.values())
    marked = (replace(beside(lines[owned[i]], line), cells=()) if i in owned else line for i, line in enumerate(lines))
    return [line for i, line in enumerate(marked) if i not in taken]


def _from_the_top(lines: list[Line]) -> list[Line]:
    """Put what stands above all that was written before it to the front: a box beside a text is written first."""
    highest, left = math.inf, math.inf
    for start, line in enumerate(lines):
        if start and line.bottom < highest - line.size and line.left <= left + line.size:
            end = next((i for i in range(start, len(lines)) if lines[i].bottom > highest - line.size), len(lines))
            return lines[start:end] + lines[:start] + lines[end:]
        highest, left = min(highest, line.bottom), min(left, line.left)
    return lines


def _merge_rows(lines: Iterator[Line]) -> Iterator[Line]:
    """Neighbours on one base line, as in the row of a table, become one line."""
    held: Line | None = None
    for line in lines:
        level = held and abs(held.bottom - line.bottom) < LEVEL * line.size and line.left >= held.right - 1
        apart = held and line.left - held.right > GAP * line.size
        if held and level and (apart or not held.broken):
            held = beside(held, line)
            continue
        if held:
            yield held
        held = line
    if held:
        yield held


def render(data: bytes, number: int, quote: str, scale: float) -> tuple[dict[str, Any], bytes]:
    """Draw a page as PNG and return its size with the boxes of the quote's words, in pixels.

    Raises:
        LoadError: no such page.
    """
    pdf = _open(data)
    if not 1 <= number <= len(pdf):
        raise LoadError(f"has no page {number} (of {len(pdf)}).", "Choose a page that exists.")
    page = PageText(pdf[number - 1])
    scale = min(scale, math.sqrt(MAX_PIXELS / max(1.0, page.width * page.height)))
    picture = pdf[number - 1].render(scale=scale).to_pil()
    out = io.BytesIO()
    picture.save(out, "PNG")
    marker = Highlighter(page)
    rows = named_fields(read_fields(pdf, page), _lines(page, number))
    typed = [field.box for row, field in rows if field.value and normalize(row)[0] in quote.split("\n")]
    found = typed or marker.halves(quote) or _marked(marker, quote)
    if _ITEM.match(quote) or "\n" in quote:  # numbers may have been written apart from items, and lines in disorder
        items = [_ITEM.sub("", line) for line in quote.split("\n")]
        boxes = [
            box for item in items for box in marker.boxes(item, from_a_line=True) or _marked(marker, item, rows=True)
        ]
        found = boxes if len(boxes) >= len(found) else found
    scaled = [[edge * scale for edge in box] for box in found]
    return {"width": picture.width, "height": picture.height, "boxes": scaled}, out.getvalue()


def _marked(marker: Highlighter, quote: str, *, rows: bool = False) -> list[Box]:
    """Return the boxes of a quote; of the row of a table, whose labels the page has elsewhere, those of its cells.

    With ``rows`` only of such a row.
    """
    cells = without_labels(quote)
    spellings = (" ".join(cells), max(cells, key=len, default=""))
    return next(filter(None, map(marker.boxes, spellings if rows else (quote, *spellings))), [])
