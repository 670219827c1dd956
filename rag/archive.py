"""Archives that are safe to unpack in memory, and the one format that is nothing more: epub."""

from __future__ import annotations

import io
import re
import zipfile
from posixpath import dirname, join, normpath
from urllib.parse import unquote
from xml.etree import ElementTree

from rag.errors import LoadError
from rag.formats import Layout, Piece, decode
from rag.markup import html_pieces

# The caps follow published ones: Apache Tika refuses a ratio over 100:1, Safe Docx over 2,000 entries and 200 MB.
MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 << 20
MAX_RATIO = 100

_XML = (".xml", ".rels", ".opf", ".ncx")
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
    for entry in entries:
        # Old manifests name a document type; nobody reads them for more than the word above.
        if entry.filename.lower().endswith(_XML) and entry.filename != _MANIFEST:
            _refuse_entities(archive, entry)
    return archive


def real_title(title: str | None) -> str:
    """Return the title that a file states, unless the program made it up."""
    title = (title or "").strip()
    return "" if title.lower() in _FILLERS or title.lower().startswith("microsoft word - ") else title


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
    container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
    place = container.find(f".//{_CONTAINER}rootfile")
    book = place.get("full-path", "") if place is not None else ""
    if book not in names:
        raise LoadError("does not say where its chapters are.", "Export it again.")
    package = ElementTree.fromstring(archive.read(book))
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
