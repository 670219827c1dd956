"""Archives that are safe to unpack in memory, and the one format that is nothing more: epub."""

from __future__ import annotations

import io
import zipfile
from posixpath import dirname, join, normpath
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.parsers import expat

from rag.errors import LoadError
from rag.formats import Layout, Piece, decode
from rag.markup import html_pieces

# The caps follow published ones: Apache Tika refuses a ratio over 100:1, Safe Docx over 2,000 entries and 200 MB.
MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 << 20
MAX_RATIO = 100

_XML = (".xml", ".rels")
_PROLOG = 65536
_MANIFEST = "META-INF/manifest.xml"  # of OpenDocument, which encrypts its parts without a word in the archive
_FILLERS = frozenset({"word document", "powerpoint presentation", "pptx", "untitled", "document", "presentation"})


def open_archive(data: bytes, form: str) -> zipfile.ZipFile:
    """Return the archive if it is safe to unpack in memory.

    Raises:
        LoadError: no zip, too many entries, too large, packed too tightly, encrypted, or XML that defines entities.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise LoadError(f"is damaged or not in {form} format.", "Open it and save it again.") from error
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise LoadError(f"holds {len(entries):,} packed parts; the limit is {MAX_ENTRIES:,}.", "Split it.")
    packed_tightly = unpacked > 1 << 20 and unpacked > MAX_RATIO * len(data)
    if unpacked > MAX_UNPACKED or packed_tightly:
        raise LoadError(f"is too large when unpacked ({unpacked >> 20:,} MB).", "Split it into smaller files.")
    locked = any(entry.flag_bits & 1 for entry in entries)
    if locked or (_MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)):
        raise LoadError("is password-protected.", "Save a copy without the password and add that.")
    for entry in entries if form != "EPUB" else ():  # of a book two parts are parsed as XML, which `xml_part` looks at
        # Old manifests name a document type; nobody reads them for more than the word above.
        if entry.filename.lower().endswith(_XML) and entry.filename != _MANIFEST:
            _refuse_entities(archive, entry.filename)
    return archive


def xml_part(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Return a part of an archive as XML.

    Raises:
        LoadError: it defines entities.
    """
    _refuse_entities(archive, name)
    return ElementTree.fromstring(archive.read(name))


def real_title(title: str | None) -> str:
    """Return the title that a file states, unless the program made it up."""
    title = (title or "").strip()
    return "" if title.lower() in _FILLERS or title.lower().startswith("microsoft word - ") else title


class _Begun(Exception):
    """The first element begins, so no document type follows."""


def _refuse_entities(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a document type definition: no office program writes one, and entity bombs need one."""
    with archive.open(name) as stream:
        head = stream.read(_PROLOG)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _begin
    try:
        parser.Parse(head)
    except _Begun:
        return
    except expat.ExpatError:  # no XML, or in an encoding that only another parser reads
        plain = head.replace(b"\0", b"")
        if b"<!DOCTYPE" not in plain and b"<!ENTITY" not in plain:
            return
        _refuse()
    if len(head) == _PROLOG:
        _refuse()


def _begin(*_: object) -> None:
    raise _Begun


def _refuse(*_: object) -> None:
    raise LoadError("defines XML entities, which can hide an attack.", "Save it again with an office program.")


_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"


def parse_epub(data: bytes) -> Layout:
    """The chapters in the order of the spine; nothing outside the archive is followed.

    Raises:
        LoadError: no valid book, or its chapters are encrypted (DRM).
    """
    archive = open_archive(data, "EPUB")
    names = set(archive.namelist())
    if "META-INF/container.xml" not in names:
        raise LoadError("is damaged or not in EPUB format.", "Open it and save it again.")
    container = xml_part(archive, "META-INF/container.xml")
    place = container.find(f".//{_CONTAINER}rootfile")
    book = place.get("full-path", "") if place is not None else ""
    if book not in names:
        raise LoadError("does not say where its chapters are.", "Export it again.")
    package = xml_part(archive, book)
    title = package.findtext(f".//{_DUBLIN_CORE}title") or ""
    locked = archive.read("META-INF/encryption.xml") if "META-INF/encryption.xml" in names else b""
    layout = Layout(title=title)
    for name in _chapters(package, dirname(book)):
        if name.rpartition("/")[2].encode() in locked:
            raise LoadError("is protected by DRM.", "Add a copy without protection.")
        if name not in names:
            layout.warnings.append(f"chapter {name!r} is missing")
            continue
        layout.pieces += _chapter(archive.read(name))
    return layout


def _chapters(package: ElementTree.Element, folder: str) -> list[str]:
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    spine = [items.get(reference.get("idref")) for reference in package.iter(f"{_OPF}itemref")]
    chosen = [item for item in spine if item is not None and "nav" not in (item.get("properties") or "").split()]
    return [normpath(join(folder, unquote(item.get("href", "")))) for item in chosen]


def _chapter(data: bytes) -> list[Piece]:
    return html_pieces(decode(data)[0])[0]
