"""OpenDocument, which LibreOffice writes: odt, read from its XML in archives that are safe to unpack."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from zipfile import ZipFile

from rag.archive import open_archive, real_title, xml_part
from rag.errors import LoadError
from rag.formats import RAISED, Layout, Piece, cell_text, count, settle_raised
from rag.numbering import OUTLINE, OpenDocumentNumbers, numbered
from rag.office import document_table, once
from rag.records import MAX_COLUMNS

Element = ElementTree.Element
OFFICE, TEXT, TABLE, DRAW, _STYLE, SHOW = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("office", "text", "table", "drawing", "style", "presentation")
)
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_WEIGHT, _COLOUR = _FO + "font-weight", _FO + "color"
_BOLD = frozenset(("bold", "600", "700", "800", "900"))
PARAGRAPHS = (TEXT + "p", TEXT + "h")
ROW, CELL, COVERED = TABLE + "table-row", TABLE + "table-cell", TABLE + "covered-table-cell"
# What holds paragraphs; the table of contents is left out, because it repeats the headings.
_CONTAINERS = frozenset(
    TEXT + name
    for name in "section numbered-paragraph index-body index-title bibliography alphabetical-index illustration-index "
    "table-index object-index user-index".split()
)
_GROUPS = frozenset(TABLE + name for name in ("table-header-rows", "table-rows", "table-row-group"))
_SKIPPED = frozenset(
    (OFFICE + "annotation", TEXT + "ruby-text", TEXT + "script", TEXT + "number", TEXT + "page-number")
)


def open_document(data: bytes, form: str) -> tuple[ZipFile, Layout]:
    """Return the archive, and a layout with the title that the file states."""
    archive = open_archive(data, form)
    if "content.xml" not in archive.namelist():
        raise LoadError(f"is damaged or not in {form} format.", "Open it and save it again.")
    meta = _part(archive, "meta.xml")
    return archive, Layout(title=real_title(meta.findtext(".//{http://purl.org/dc/elements/1.1/}title")))


def _part(archive: ZipFile, name: str) -> Element:
    return xml_part(archive, name) if name in archive.namelist() else Element("none")


def content(archive: ZipFile, form: str, kind: str) -> tuple[Element, Reader]:
    """Return the body of the document, of the kind that its name promises, and a reader that knows its styles."""
    root, common = _part(archive, "content.xml"), _part(archive, "styles.xml")
    body = root.find(f"{OFFICE}body/{OFFICE}{kind}")
    if body is None:
        raise LoadError(f"is not in {form} format.", "Give it the ending of its true format.")
    named, own = common.find(OFFICE + "styles"), root.find(OFFICE + "automatic-styles")
    styles = [style for part in (named, own) if part is not None for style in part]
    lists = [style for style in styles if style.tag in (TEXT + "list-style", TEXT + "outline-style")]
    return body, Reader(Styles(styles), OpenDocumentNumbers(lists))


class Styles:
    """The styles of a document by family and name; what one does not say, those that it is based on may."""

    def __init__(self, styles: Iterable[Element]) -> None:
        self._found = {(style.get(_STYLE + "family"), style.get(_STYLE + "name")): style for style in styles}

    def chain(self, family: str, node: Element) -> Iterator[Element]:
        """Yield the style of an element and those behind it."""
        name = node.get(f"{DRAW if family == 'graphic' else TABLE if family == 'table' else TEXT}style-name")
        for _ in range(10):
            if (style := self._found.get((family, name))) is None:
                return
            yield style
            name = style.get(_STYLE + "parent-style-name")

    def value(self, family: str, node: Element, key: str) -> str | None:
        """Return what the style of an element says of its text, or of its table."""
        part = f"{_STYLE}{'table' if family == 'table' else 'text'}-properties"
        for style in self.chain(family, node):
            said = style.find(part)
            if said is not None and key in said.attrib:
                return said.attrib[key]
        return None


@dataclass(slots=True)
class Reader:
    """Reads paragraphs, lists and tables; ``notes`` and ``boxes`` are met in a paragraph, and follow it.

    ``hidden`` counts what was left out, ``cells`` says in how many cells of tables the reader is.
    """

    styles: Styles
    numbers: OpenDocumentNumbers
    notes: list[Element] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    hidden: int = 0
    cells: int = 0

    def pieces(self, container: Iterable[Element]) -> Iterator[Piece]:
        """Yield what stands in an element, in order; the notes of a table follow it."""
        for child in container:
            if child.get(TEXT + "display") == "none" or child.get(TEXT + "is-hidden") == "true":
                self.hidden += bool("".join(child.itertext()).strip())
            elif child.tag in _CONTAINERS or child.tag.startswith(DRAW):
                yield from self.pieces(child)
            elif child.tag == TEXT + "list":
                style = child.get(TEXT + "style-name", "")
                yield from self._list(child, style, self.numbers.counts_of(child, style))
            elif child.tag in PARAGRAPHS:
                yield from self._paragraph(child)
            elif child.tag == TABLE + "table":
                yield from self.table(child)

    def _list(self, node: Element, style: str, counts: dict[int, int], depth: int = 0) -> Iterator[Piece]:
        """Yield the items of a list; only the first paragraph of one has its number."""
        for item in node:
            counted = item.tag == TEXT + "list-item"
            for child in item:
                if child.tag == TEXT + "list":
                    yield from self._list(child, child.get(TEXT + "style-name", style), counts, depth + 1)
                elif child.tag in PARAGRAPHS:
                    shown, start = item.get(TEXT + "style-override", style), item.get(TEXT + "start-value")
                    number = self.numbers.of(counts, shown or self._list_style(child), depth, start) if counted else ""
                    counted = False
                    yield from self._paragraph(child, number, in_list=True)
                else:
                    yield from self.pieces([child])

    def _list_style(self, node: Element) -> str:
        """Return the list style that the style of a paragraph names: none, or that of the outline, if it says so."""
        named = (style.get(_STYLE + "list-style-name") for style in self.styles.chain("paragraph", node))
        return next((name for name in named if name is not None), OUTLINE if node.tag == TEXT + "h" else "")

    def _paragraph(self, node: Element, number: str = "", *, in_list: bool = False) -> Iterator[Piece]:
        names = [style.get(_STYLE + "name", "") for style in self.styles.chain("paragraph", node)]
        level = next(({"Title": 1, "Subtitle": 2}[name] for name in names if name in ("Title", "Subtitle")), 0)
        if node.tag == TEXT + "h":
            stated = node.get(TEXT + "outline-level", "1")
            level = min(max(int(stated) if stated.isdecimal() else 1, 1), 6)
            if not in_list and self._list_style(node) == OUTLINE and node.get(TEXT + "is-list-header") != "true":
                number = self.numbers.of_heading(node, level - 1)
        text = numbered(number, self.words(node))
        if self.styles.value("paragraph", node, TEXT + "display") == "none":
            self.hidden += bool(text.strip())
        elif level:
            yield Piece(text, "heading", level)
        elif in_list or any(name.startswith("List") for name in names):
            yield Piece(text, "item", join="\n")
        else:
            yield Piece(text)
        boxes, self.boxes = self.boxes, []
        yield from self.pieces(boxes)
        if not self.cells:
            yield from self._notes()

    def _notes(self) -> Iterator[Piece]:
        notes, self.notes = self.notes, []
        bodies = [body for note in notes if (body := note.find(TEXT + "note-body")) is not None]
        said = (piece.text for body in bodies for piece in self.pieces(body))
        yield from (Piece(f"Note: {text}") for text in said if text.strip())

    def words(self, node: Element) -> str:
        """Return the visible text of a paragraph; white space counts only where an element stands for it."""
        return settle_raised("".join(self._runs(node)))

    def _runs(self, node: Element) -> Iterator[str]:
        yield _spaced(node.text)
        for child in node:
            if child.tag == TEXT + "note":
                self.notes.append(child)
            elif child.tag.startswith(DRAW):
                self.boxes.append(child)
            elif child.tag in (TEXT + "s", TEXT + "tab", TEXT + "line-break"):
                yield "\n" if child.tag == TEXT + "line-break" else " "
            elif child.tag == TEXT + "span" and self.styles.value("text", child, TEXT + "display") == "none":
                self.hidden += bool("".join(child.itertext()).strip())
            elif child.tag not in _SKIPPED:
                raised = (self.styles.value("text", child, _STYLE + "text-position") or "").startswith("super")
                yield RAISED if raised else ""
                yield from self._runs(child)
            yield _spaced(child.tail)

    def table(self, node: Element, page: int = 0) -> Iterator[Piece]:
        """Yield the rows of a table; what stands in a cell that spans rows is said in each of them."""
        nodes = list(_rows(node))
        rows: list[list[str]] = []
        down: dict[int, int] = {}  # rows that the cell above still spans, by column
        for row in nodes:
            line: list[str] = []
            for cell in row:
                shown = self._cell(cell) if cell.tag == CELL and len(line) < MAX_COLUMNS else ""
                for _ in range(min(times(cell, "number-columns-repeated"), MAX_COLUMNS - len(line))):
                    at = len(line)
                    if cell.tag == CELL:
                        down[at] = times(cell, "number-rows-spanned") - 1
                        line.append(shown)
                    elif cell.tag == COVERED:
                        spans = down.get(at, 0) > 0 and at < len(rows[-1])
                        down[at] = down.get(at, 0) - 1
                        line.append(rows[-1][at] if spans else "")
            rows.append(line)
        if all(len(row) < 2 for row in rows):  # a frame around text
            yield from (Piece(text, page=page) for row in rows for text in row)
        else:
            headers = len(list(_rows(node.findall(TABLE + "table-header-rows"))))
            marked = node.get(TABLE + "use-first-row-styles") == "true" or self._sets_off_first_row(nodes)
            yield from document_table(rows, marked, headers, page)
        if not self.cells:
            yield from self._notes()

    def _cell(self, cell: Element) -> str:
        self.cells += 1
        text = cell_text(self.pieces(cell))
        self.cells -= 1
        return text

    def _sets_off_first_row(self, rows: list[Element]) -> bool:
        """Tell whether only the first row is bold as a whole, or none other has words in its colour."""
        weights, colours = [[self._looks(row, key) for row in rows] for key in (_WEIGHT, _COLOUR)]
        bold = [bool(weight) and weight <= _BOLD for weight in weights]
        return (bold[0] and not all(bold)) or (bool(colours[0]) and colours[0].isdisjoint(set().union(*colours[1:])))

    def _looks(self, node: Element, key: str, outer: str | None = None) -> set[str | None]:
        """Return what the styles of the words in an element say of their look."""
        family = "paragraph" if node.tag in PARAGRAPHS else "text"
        own = self.styles.value(family, node, key) or outer
        looks = {own} if (node.text or "").strip() else set()
        for child in node:
            looks |= self._looks(child, key, own) | ({own} if (child.tail or "").strip() else set())
        return looks


def _spaced(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "")


def _rows(container: Iterable[Element]) -> Iterator[Element]:
    for child in container:
        if child.tag == ROW:
            yield child
        elif child.tag in _GROUPS:
            yield from _rows(child)


def times(node: Element, name: str) -> int:
    """Return how often a cell or row is repeated, or how many others it spans."""
    stated = node.get(TABLE + name, "1")
    return int(stated) if stated.isdecimal() and 0 < len(stated) < 9 else 1


def parse_odt(data: bytes) -> Layout:
    """Paragraphs, lists and tables in document order, text boxes and notes after their paragraph.

    What stands above and below every page comes below the title, once, as in a docx.
    """
    archive, layout = open_document(data, "ODT")
    body, reader = content(archive, "ODT", "text")
    pieces = list(reader.pieces(body))
    masters = _part(archive, "styles.xml").iterfind(f"{OFFICE}master-styles/{_STYLE}master-page/")
    edges = [edge for edge in masters if edge.get(_STYLE + "display", "true") == "true"]
    edges = [edge for name in ("header", "footer") for edge in edges if edge.tag.startswith(_STYLE + name)]
    head = int(bool(pieces) and pieces[0].kind == "heading")
    around = once((piece for edge in edges for piece in reader.pieces(edge)), pieces)
    layout.pieces = [*pieces[:head], *around, *pieces[head:]]
    if reader.hidden:
        layout.warnings.append(f"{count(reader.hidden, 'piece')} of hidden text left out")
    return layout
