"""Zipped formats (docx, pptx, xlsx, epub), each checked as an archive before anything in it is unpacked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from rag.errors import LoadError
from rag.formats import Layout, Piece
from rag.markup import html_pieces
from rag.records import MAX_COLUMNS, table

# The caps follow published ones: Apache Tika refuses a ratio over 100:1, Safe Docx over 2,000 entries and 200 MB.
MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 << 20
MAX_RATIO = 100
MAX_ROWS = 20_000
MAX_PAGES = 2_000

_XML = (".xml", ".rels", ".opf", ".ncx")
_PROLOG = 65536
_DUMMY_TITLES = frozenset({"word document", "powerpoint presentation", "pptx", "untitled", "document", "presentation"})


def open_archive(data: bytes, form: str) -> zipfile.ZipFile:
    """Return the archive if it is safe to unpack in memory.

    Raises:
        LoadError: no zip, too many entries, too large, packed too tightly, encrypted, or XML that defines entities.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise LoadError(f"is damaged or not a {form} file.", "Open it and save it again.") from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise LoadError(f"holds {len(entries):,} packed parts; the limit is {MAX_ENTRIES:,}.", "Split it.")
    packed_tightly = unpacked > 1 << 20 and unpacked > MAX_RATIO * len(data)
    if unpacked > MAX_UNPACKED or packed_tightly:
        raise LoadError(f"is too large when unpacked ({unpacked >> 20:,} MB).", "Split it into smaller files.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise LoadError("is password-protected.", "Save a copy without the password and add that.")
    for entry in entries:
        if entry.filename.lower().endswith(_XML):
            _refuse_entities(archive, entry)
    return archive


def _refuse_entities(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Refuse a document type definition: no office program writes one, and entity bombs need one."""
    with archive.open(entry) as stream:
        head = stream.read(_PROLOG)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4]:
        head = head.decode("utf-16", "replace").encode()
    root = re.search(rb"<[A-Za-z_]", head)
    prolog = head[: root.start()] if root else head
    if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog or (root is None and len(head) == _PROLOG):
        raise LoadError("defines XML entities, which can hide an attack.", "Save it again with an office program.")


def _real_title(title: str | None, author_tool: str = "") -> str:
    title = (title or "").strip()
    return "" if title.lower() in _DUMMY_TITLES or title.lower().startswith("microsoft word - ") else title


# --- docx --------------------------------------------------------------------------------------------------------

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = frozenset(_W + name for name in ("del", "moveFrom", "instrText", "pPr", "rPr", "txbxContent")) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}


def parse_docx(data: bytes) -> Layout:
    """Paragraphs, lists and tables in document order, text boxes and notes after their paragraph; no headers."""
    from docx import Document

    open_archive(data, "DOCX")
    document = Document(io.BytesIO(data))
    styles = {style.style_id: (style.name or "").lower() for style in document.styles}
    layout = Layout(title=_real_title(document.core_properties.title))
    hidden = [0]
    layout.pieces = list(_docx_pieces(document.element.body, styles, hidden))
    for part in document.part.package.iter_parts():
        if re.fullmatch(r"/word/(?:foot|end)notes\.xml", str(part.partname)):
            root = getattr(part, "element", None)
            root = _parse_xml(part.blob) if root is None else root
            layout.pieces += [Piece(f"Note: {p.text}") for p in _docx_pieces(root, styles, hidden) if p.text.strip()]
    if hidden[0]:
        layout.warnings.append(f"{hidden[0]} pieces of hidden text left out")
    return layout


def _parse_xml(data: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _docx_pieces(container: Any, styles: dict[str, str], hidden: list[int]) -> Iterator[Piece]:
    for child in container:
        if child.tag == _W + "p":
            yield from _docx_paragraph(child, styles, hidden)
        elif child.tag == _W + "tbl":
            yield from _docx_table(child, styles, hidden)
        elif child.tag in (_W + "sdt", _W + "sdtContent", _W + "ins", _W + "footnote", _W + "endnote", _W + "customXml"):
            yield from _docx_pieces(child, styles, hidden)


def _docx_paragraph(paragraph: Any, styles: dict[str, str], hidden: list[int]) -> Iterator[Piece]:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    name = styles.get(style.get(_W + "val"), "") if style is not None else ""
    if name.startswith("toc "):  # a table of contents repeats the headings
        return
    text = "".join(_docx_runs(paragraph, hidden))
    outline = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
    heading = re.fullmatch(r"heading (\d)", name)
    if heading or name in ("title", "subtitle") or (outline is not None and outline.get(_W + "val", "9") < "9"):
        level = int(heading[1]) if heading else 1 if name == "title" else 2 if name else int(outline.get(_W + "val")) + 1
        yield Piece(text, "heading", min(max(level, 1), 6))
    elif name.startswith("list") or paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
        yield Piece(text, "item", join="\n")
    else:
        yield Piece(text)
    for box in paragraph.iter(_W + "txbxContent"):
        if not any(parent.tag.endswith("}Fallback") for parent in box.iterancestors()):
            yield from _docx_pieces(box, styles, hidden)


def _docx_runs(node: Any, hidden: list[int]) -> Iterator[str]:
    """Yield the visible text of a paragraph: not what was deleted, is formatted as hidden, or is a field's formula."""
    for child in node:
        if child.tag in _SKIPPED or not isinstance(child.tag, str):
            continue
        if child.tag == _W + "t":
            yield child.text or ""
        elif child.tag in (_W + "tab", _W + "cr", _W + "br"):
            yield " " if child.tag == _W + "tab" else "\n"
        elif child.tag == _W + "noBreakHyphen":
            yield "-"
        elif child.tag == _W + "r" and _is_hidden(child):
            hidden[0] += any(text.text for text in child.iter(_W + "t"))
        else:
            yield from _docx_runs(child, hidden)


def _is_hidden(run: Any) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(_W + "val", "true") not in ("0", "false", "off")


def _docx_table(node: Any, styles: dict[str, str], hidden: list[int]) -> Iterator[Piece]:
    rows: list[list[str]] = []
    for row in node.iter(_W + "tr"):
        if next(row.iterancestors(_W + "tbl")) is not node:
            continue  # of a table inside a cell, whose words are read with the cell
        line: list[str] = []
        for cell in (cell for cell in row.iter(_W + "tc") if next(cell.iterancestors(_W + "tr")) is row):
            merge, span = cell.find(f"{_W}tcPr/{_W}vMerge"), cell.find(f"{_W}tcPr/{_W}gridSpan")
            text = " ".join(piece.text for piece in _docx_pieces(cell, styles, hidden))
            if merge is not None and merge.get(_W + "val") != "restart" and rows and len(line) < len(rows[-1]):
                text = rows[-1][len(line)]
            width = int(span.get(_W + "val", "1")) if span is not None else 1
            line += [text, *[""] * (min(width, MAX_COLUMNS) - 1)]
        rows.append(line)
    if all(len(row) < 2 for row in rows):  # a frame around text
        yield from (Piece(text) for row in rows for text in row)
    else:
        yield from table(rows, header=_first_row_names(rows))


def _first_row_names(rows: Sequence[Sequence[str]]) -> bool | None:
    """In a document a first row of distinct words without digits is a header; else the rows themselves decide."""
    first = [cell.strip() for cell in rows[0]] if rows else []
    named = len(first) > 1 and all(first) and len(set(first)) == len(first) and not any(re.search(r"\d", c) for c in first)
    return True if named and all(len(cell) < 60 for cell in first) else None


# --- pptx --------------------------------------------------------------------------------------------------------


def parse_pptx(data: bytes) -> Layout:
    """Every slide is a page: its title, its text in order, its tables, then its speaker notes as ``Notes: ...``."""
    from pptx import Presentation

    open_archive(data, "PPTX")
    deck = Presentation(io.BytesIO(data))
    if len(deck.slides) > MAX_PAGES:
        raise LoadError(f"has {len(deck.slides):,} slides; the limit is {MAX_PAGES:,}.", "Split it into smaller files.")
    layout = Layout(title=_real_title(deck.core_properties.title))
    for number, slide in enumerate(deck.slides, 1):
        layout.labels.append(None)
        title = slide.shapes.title
        if title is not None and title.text_frame.text.strip():
            layout.pieces.append(Piece(" ".join(title.text_frame.text.split()), "heading", 1, page=number))
        for shape in slide.shapes:
            if title is None or shape.shape_id != title.shape_id:
                layout.pieces += _shape_pieces(shape, number)
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
            notes = [paragraph.text for paragraph in frame.paragraphs if paragraph.text.strip()]
            layout.pieces += [Piece(f"Notes: {text}", page=number) for text in notes]
    return layout


def _shape_pieces(shape: Any, page: int) -> Iterator[Piece]:
    if hasattr(shape, "shapes"):
        for member in shape.shapes:
            yield from _shape_pieces(member, page)
    elif getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        yield from table(rows, page=page, header=_first_row_names(rows))
    elif shape.has_text_frame:
        texts = [paragraph.text for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
        kind = "item" if len(texts) > 1 else "paragraph"
        for index, text in enumerate(texts):
            yield Piece(text, kind, page=page, join="\n" if index else "\n\n")
