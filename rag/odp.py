"""Slides that LibreOffice writes: odp."""

from __future__ import annotations

from collections.abc import Iterator

from rag.errors import LoadError
from rag.formats import MAX_PAGES, Layout, Piece
from rag.opendocument import DRAW, PARAGRAPHS, SHOW, TABLE, Element, Reader, content, open_document


def parse_odp(data: bytes) -> Layout:
    """Every slide is a page: its title, its text in order, its tables, then its speaker notes as ``Notes: ...``."""
    archive, layout = open_document(data, "ODP")
    body, reader = content(archive, "ODP", "presentation")
    slides = body.findall(DRAW + "page")
    if len(slides) > MAX_PAGES:
        raise LoadError(f"has {len(slides):,} slides; the limit is {MAX_PAGES:,}.", "Split it into smaller files.")
    for number, slide in enumerate(slides, 1):
        layout.labels.append(None)
        titles = [frame for frame in slide if frame.get(SHOW + "class") == "title"]
        title = " ".join(text for frame in titles for text in _texts(reader, frame))
        layout.pieces.append(Piece(title, "heading", 1, page=number))
        layout.pieces += _shapes(reader, slide, number)
        notes = [frame for frame in slide.iterfind(f"{SHOW}notes/") if frame.get(SHOW + "class") == "notes"]
        layout.pieces += [Piece(f"Notes: {text}", page=number) for frame in notes for text in _texts(reader, frame)]
    return layout


def _texts(reader: Reader, shape: Element) -> list[str]:
    words = [reader.words(node) for node in shape.iter() if node.tag in PARAGRAPHS]
    return [text for text in words if text.strip()]


def _shapes(reader: Reader, container: Element, page: int) -> Iterator[Piece]:
    for shape in container:
        table = shape.find(TABLE + "table")
        if not shape.tag.startswith(DRAW) or shape.get(SHOW + "class") == "title":
            continue
        if shape.tag == DRAW + "g":
            yield from _shapes(reader, shape, page)
        elif table is not None:
            yield from reader.table(table, page)
        else:
            texts = _texts(reader, shape)
            kind = "item" if len(texts) > 1 else "paragraph"
            for index, text in enumerate(texts):
                yield Piece(text, kind, page=page, join="\n" if index else "\n\n")
