"""The office formats: docx and pptx, read from archives that were found safe to unpack."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from rag.archive import open_archive, real_title
from rag.drawings import M, drawn, formula, linked_parts
from rag.errors import LoadError
from rag.formats import MAX_PAGES, RAISED, Layout, Piece, cell_text, count, settle_raised
from rag.header import are_labels, is_typed
from rag.numbering import W, WordNumbers, numbered
from rag.records import MAX_COLUMNS, table
from rag.text import squeeze

# --- docx --------------------------------------------------------------------------------------------------------

_SKIPPED = frozenset(W + name for name in ("del", "moveFrom", "instrText", "pPr", "rPr", "txbxContent")) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
_CONTAINERS = frozenset(W + name for name in "sdt sdtContent ins footnote endnote customXml smartTag".split())


def parse_docx(data: bytes) -> Layout:
    """Paragraphs, lists and tables in document order, text boxes and notes after their paragraph.

    What stands above and below every page comes below the title, once, unless it only counts pages or is said there.
    """
    from docx import Document
    from docx.oxml import parse_xml

    open_archive(data, "DOCX")
    document = Document(io.BytesIO(data))
    parts = {str(part.partname): part for part in document.part.package.iter_parts()}
    roots = {
        name: parse_xml(part.blob) if (root := getattr(part, "element", None)) is None else root
        for name, part in parts.items()
        if re.fullmatch(r"/word/(?:footnotes|endnotes|comments|numbering|header\d*|footer\d*)\.xml", name)
    }
    styles = {style.style_id: (style.name or "").lower() for style in document.styles}
    numbers = WordNumbers(roots.pop("/word/numbering.xml", None), (style.element for style in document.styles))
    looks = {style.style_id: style.element.iter(W + "tblStylePr") for style in document.styles}
    headed = {style for style, parts in looks.items() if any(part.get(W + "type") == "firstRow" for part in parts)}
    reader = _DocxReader(styles, headed, numbers)
    layout = Layout(title=real_title(document.core_properties.title))
    around = [roots.pop(name) for name in sorted(roots, key=_below) if re.search("header|footer", name)]
    notes = [note for root in roots.values() for note in root]
    reader.parts = _drawings(document.part, parse_xml, set())
    reader.notes = {(f"{note.tag}Reference", note.get(W + "id") or str(-n)): note for n, note in enumerate(notes, 9)}
    body = [*reader.pieces(document.element.body), *reader.notes_of(list(reader.notes))]
    titles = [piece for piece in body[:1] if piece.kind == "heading"]
    around_pages = once((piece for root in around for piece in reader.pieces(root)), body)
    layout.pieces = [*titles, *around_pages, *body[len(titles) :]]
    if reader.hidden:
        layout.warnings.append(f"{count(reader.hidden, 'piece')} of hidden text left out")
    return layout


def _drawings(part: Any, parse_xml: Callable[[bytes], Any], known: set[str]) -> dict[str, Any]:
    """Return the roots of the charts and diagrams that a part refers to, by the names of its relations: each once.

    Those that are ``known`` were read before; damaged ones are left out.
    """
    found: dict[str, Any] = {}
    for name, relation in part.rels.items():
        if relation.is_external or not relation.reltype.endswith(("/chart", "/diagramData")):
            continue
        place = str(relation.target_part.partname)
        if place not in known:
            known.add(place)
            with suppress(SyntaxError):  # as that of lxml is
                found[name] = parse_xml(relation.target_part.blob)
    return found


def _below(name: str) -> tuple[bool, str]:
    return "footer" in name, name


def once(around: Iterable[Piece], body: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the headers and footers that say something of their own."""
    said = {" ".join(piece.text.split()).casefold() for piece in body}
    for piece in around:
        text = " ".join(piece.text.split())
        if (
            re.sub(r"\b(?:page|seite|página|of|von|de|sur)\b|[\W\d_]", "", text.casefold())
            and text.casefold() not in said
        ):
            said.add(text.casefold())
            yield Piece(text)


@dataclass(slots=True)
class _DocxReader:
    """Reads paragraphs and tables; ``styles`` are the names of styles by id, ``hidden`` counts what was left out.

    ``headed`` are the styles of tables that set the first row off, ``notes`` those that were not read yet, by the tag
    and the number of what refers to them.
    """

    styles: dict[str, str]
    headed: set[str]
    numbers: WordNumbers
    notes: dict[tuple[str, str], Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)  # the roots of the charts and diagrams
    hidden: int = 0

    def pieces(self, container: Any, *, in_cell: bool = False) -> Iterator[Piece]:
        """Yield what stands in an element, in order; the notes of a table follow it."""
        for child in container:
            if child.tag in _CONTAINERS:
                yield from self.pieces(child, in_cell=in_cell)
                continue
            if child.tag == W + "p":
                yield from self._paragraph(child)
            elif child.tag == W + "tbl":
                yield from self._table(child)
            if not in_cell and child.tag in (W + "p", W + "tbl"):
                marks = child.iter(*(f"{W}{kind}Reference" for kind in ("footnote", "endnote", "comment")))
                yield from self.notes_of((mark.tag, mark.get(W + "id", "")) for mark in marks)

    def notes_of(self, marks: Iterable[tuple[str, str]]) -> Iterator[Piece]:
        """Yield the notes that the marks refer to, each once."""
        for note in [self.notes.pop(mark) for mark in marks if mark in self.notes]:
            author = note.get(W + "author") or ""
            told = f"Comment by {author}" if author else "Comment" if note.tag == W + "comment" else "Note"
            yield from (Piece(f"{told}: {piece.text}") for piece in self.pieces(note) if piece.text.strip())

    def _paragraph(self, paragraph: Any) -> Iterator[Piece]:
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = self.styles.get(style.get(W + "val"), "") if style is not None else ""
        if name.startswith("toc "):  # a table of contents repeats the headings
            return
        number = self.numbers.of(paragraph)
        text = numbered(number, settle_raised("".join(self._runs(paragraph))))
        outline = paragraph.find(f"{W}pPr/{W}outlineLvl")
        heading = re.fullmatch(r"heading (\d)", name)
        if heading or name in ("title", "subtitle") or (outline is not None and outline.get(W + "val", "9") < "9"):
            named = {"title": 1, "subtitle": 2}.get(name)
            level = int(heading[1]) if heading else named or int(outline.get(W + "val")) + 1
            yield Piece(text, "heading", min(max(level, 1), 6))
        elif number or name.startswith("list") or paragraph.find(f"{W}pPr/{W}numPr") is not None:
            yield Piece(text, "item", join="\n")
        else:
            yield Piece(text)
        for box in paragraph.iter(W + "txbxContent"):
            if not any(parent.tag.endswith("}Fallback") for parent in box.iterancestors()):
                yield from self.pieces(box)
        for link in linked_parts(paragraph):
            yield from drawn(self.parts.pop(link)) if link in self.parts else ()  # else it is damaged, or was read

    def _runs(self, node: Any) -> Iterator[str]:
        """Yield the visible text of a paragraph: nothing deleted, formatted as hidden, or the formula of a field."""
        for child in node:
            if child.tag in _SKIPPED or not isinstance(child.tag, str):
                continue
            if child.tag == W + "t":
                yield child.text or ""
            elif child.tag in (W + "tab", W + "cr", W + "br"):
                yield " " if child.tag == W + "tab" else "\n"
            elif child.tag == W + "noBreakHyphen":
                yield "-"
            elif child.tag in (M + "oMath", M + "oMathPara"):
                yield formula(child)
            elif child.tag == W + "r" and _is_on(child, "rPr/vanish"):
                self.hidden += any(text.text for text in child.iter(W + "t"))
            else:
                raised = child.tag == W + "r" and child.find(f"{W}rPr/{W}vertAlign[@{W}val='superscript']") is not None
                yield RAISED if raised else ""
                yield from self._runs(child)

    def _table(self, node: Any) -> Iterator[Piece]:
        rows: list[list[str]] = []
        nodes = [row for row in node.iter(W + "tr") if next(row.iterancestors(W + "tbl")) is node]
        for row in nodes:
            line: list[str] = []
            for cell in (cell for cell in row.iter(W + "tc") if next(cell.iterancestors(W + "tr")) is row):
                merge, span = cell.find(f"{W}tcPr/{W}vMerge"), cell.find(f"{W}tcPr/{W}gridSpan")
                text = cell_text(self.pieces(cell, in_cell=True))
                if merge is not None and merge.get(W + "val") != "restart" and rows and len(line) < len(rows[-1]):
                    text = rows[-1][len(line)]
                width = int(span.get(W + "val", "1")) if span is not None else 1
                line += [text, *[""] * (min(width, MAX_COLUMNS) - 1)]
            rows.append(line)
        if all(len(row) < 2 for row in rows):  # a frame around text
            yield from (Piece(text) for row in rows for text in row)
        else:
            repeated = len(list(takewhile(lambda row: _is_on(row, "trPr/tblHeader"), nodes)))
            bold = _is_bold(nodes[0]) and not all(map(_is_bold, nodes))
            yield from document_table(rows, bold or self._sets_off_first_row(node), repeated)

    def _sets_off_first_row(self, node: Any) -> bool:
        """Tell whether the design of a table has a look for the first row, and the table uses it."""
        style, look = node.find(f"{W}tblPr/{W}tblStyle"), node.find(f"{W}tblPr/{W}tblLook")
        used = look is None or look.get(W + "firstRow", "1") in ("1", "true", "on")
        return used and style is not None and style.get(W + "val") in self.headed


def _is_on(node: Any, place: str) -> bool:
    mark = node.find("/".join(W + name for name in place.split("/")))
    return mark is not None and mark.get(W + "val", "true") not in ("0", "false", "off")


def _is_bold(row: Any) -> bool:
    runs = [run for run in row.iter(W + "r") if any((text.text or "").strip() for text in run.iter(W + "t"))]
    return bool(runs) and all(_is_on(run, "rPr/b") for run in runs)


def document_table(rows: Sequence[Sequence[str]], marked: bool, headers: int = 0, page: int = 0) -> list[Piece]:
    """Return the rows of a table in a document, where a first row of distinct words without digits is a header.

    Of two columns it is one only if it is ``marked``, because forms look alike, or has a word that names a column above
    values only. ``headers`` are known to be some.
    """
    first, pairs = [cell.strip() for cell in rows[0]], max(map(len, rows)) == 2
    named = len(first) > 1 and all(first[1:]) and len(set(first)) == len(first) and all(len(c) <= 60 for c in first)
    if headers or pairs:
        over_values = are_labels(first[1:]) and is_typed([[squeeze(cell) for cell in row] for row in rows[1:]], 1)
        header: int | None = headers or int((marked or over_values) and named and bool(first[0]))
    else:
        header = 1 if named and (marked or not any(re.search(r"\d", cell) for cell in first)) else None
    return table(rows, page=page, header=header, pairs=pairs)


# --- pptx --------------------------------------------------------------------------------------------------------


def parse_pptx(data: bytes) -> Layout:
    """Every slide is a page: its title, its text in order, its tables, then its speaker notes as ``Notes: ...``."""
    from pptx import Presentation
    from pptx.oxml import parse_xml

    open_archive(data, "PPTX")
    deck = Presentation(io.BytesIO(data))
    if len(deck.slides) > MAX_PAGES:
        raise LoadError(f"has {len(deck.slides):,} slides; the limit is {MAX_PAGES:,}.", "Split it into smaller files.")
    layout, known = Layout(title=real_title(deck.core_properties.title)), set[str]()
    for number, slide in enumerate(deck.slides, 1):
        layout.labels.append(None)
        title = slide.shapes.title
        if title is not None and title.text_frame.text.strip():
            layout.pieces.append(Piece(" ".join(title.text_frame.text.split()), "heading", 1, page=number))
        parts = _drawings(slide.part, parse_xml, known)
        for shape in slide.shapes:
            if title is None or shape.shape_id != title.shape_id:
                layout.pieces += _shape_pieces(shape, number, parts)
        if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
            notes = [paragraph.text for paragraph in frame.paragraphs if paragraph.text.strip()]
            layout.pieces += [Piece(f"Notes: {text}", page=number) for text in notes]
    return layout


def _shape_pieces(shape: Any, page: int, parts: dict[str, Any]) -> Iterator[Piece]:
    if hasattr(shape, "shapes"):
        for member in shape.shapes:
            yield from _shape_pieces(member, page, parts)
    elif getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        yield from document_table(rows, bool(shape.table.first_row), page=page)
    elif links := linked_parts(shape._element):
        for link in links:
            yield from drawn(parts.pop(link), page) if link in parts else ()
    elif shape.has_text_frame:
        texts = [paragraph.text for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
        kind = "item" if len(texts) > 1 else "paragraph"
        for index, text in enumerate(texts):
            yield Piece(text, kind, page=page, join="\n" if index else "\n\n")
