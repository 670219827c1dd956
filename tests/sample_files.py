"""Files of every format, good and hostile, made in memory: what the tests of loading read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import docx
import openpyxl
import pptx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


def pdf_drawn(*pages: Callable[[Canvas], None], password: str | None = None, title: str = "") -> bytes:
    """Return a PDF with one page for each drawing; an empty ``password`` encrypts for the owner only."""
    out = io.BytesIO()
    locked = None if password is None else StandardEncryption(password, ownerPassword="owner")
    canvas = Canvas(out, pagesize=(612, 792), encrypt=locked)
    canvas.setTitle(title)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def lines(
    *texts: str, top: float = 700, left: float = 72, size: float = 11, pitch: float = 14
) -> Callable[[Canvas], None]:
    """Return a drawing of lines below each other; an empty text leaves a line free."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for index, text in enumerate(texts):
            if text:
                canvas.drawString(left, top - index * pitch, text)

    return draw


def drawn_over(*drawings: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    """Return the drawings on one page."""

    def draw(canvas: Canvas) -> None:
        for drawing in drawings:
            drawing(canvas)

    return draw


def pdf_raw(*objects: bytes) -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def pdf_with_stream(content: bytes, extra: bytes = b"", catalogue: bytes = b"") -> bytes:
    """Return a one-page PDF whose content stream is ``content``, compressed."""
    packed = zlib.compress(content, 9)
    return pdf_raw(
        b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalogue,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R %b"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>" % extra,
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed),
    )


def docx_file(build: Callable[[Any], None], title: str = "") -> bytes:
    """Return a docx that ``build`` has filled."""
    document = docx.Document()
    document.core_properties.title = title
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pptx_file(*slides: Mapping[str, Any]) -> bytes:
    """Return a deck; a slide has ``title``, ``lines``, and may have ``table`` (rows) and ``notes``."""
    deck = pptx.Presentation()
    for content in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = content.get("title", "")
        slide.placeholders[1].text = "\n".join(content.get("lines", []))
        if rows := content.get("table"):
            table = slide.shapes.add_table(len(rows), len(rows[0]), 0, 0, 5_000_000, 1_000_000).table
            for row, cells in enumerate(rows):
                for column, text in enumerate(cells):
                    table.cell(row, column).text = text
        if notes := content.get("notes"):
            slide.notes_slide.notes_text_frame.text = notes
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def xlsx_file(sheets: Mapping[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = ()) -> bytes:
    """Return a workbook with these rows; sheets named in ``hidden`` are."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zip_of(entries: Mapping[str, bytes]) -> bytes:
    """Return a zip archive, packed as tightly as it goes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def rezip(data: bytes, changes: Mapping[str, bytes]) -> bytes:
    """Return the archive with entries replaced or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return zip_of({**entries, **changes})


def epub_file(chapters: Mapping[str, str], title: str = "A Book", extra: Mapping[str, bytes] | None = None) -> bytes:
    """Return an epub whose spine holds the chapters in this order."""
    items = "".join(
        f'<item id="c{n}" href="text/{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    return zip_of(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "OPS/book.opf": package.encode(),
            **{f"OPS/text/{name}": html.encode() for name, html in chapters.items()},
            **(extra or {}),
        }
    )


ODF = {"draw": "drawing", "fo": "xsl-fo-compatible"} | {
    n: n for n in ("office", "text", "table", "style", "presentation")
}


def odf_file(kind: str, body: str, *, styles: str = "", common: str = "", title: str = "", master: str = "") -> bytes:
    """Return an odt, ods or odp whose body (``text``, ``spreadsheet``, ``presentation``) holds this XML.

    ``styles`` are its automatic ones, ``common`` those with a name; ``master`` is what stands around each page.
    """
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for prefix, name in ODF.items()
    )
    part = f'<?xml version="1.0" encoding="UTF-8"?><office:document {spaces}>{{}}</office:document>'
    content = (
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    )
    stated = f'<office:meta><dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">{title}</dc:title></office:meta>'
    return zip_of(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
            "content.xml": part.format(content).encode(),
            "styles.xml": part.format(
                f"<office:styles>{common}</office:styles>"
                f"<office:master-styles><style:master-page>{master}</style:master-page></office:master-styles>"
            ).encode(),
            "meta.xml": part.format(stated).encode(),
        }
    )


DAY = date(2025, 12, 8)
