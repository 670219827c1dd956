"""Jupyter notebooks: the text cells as they are shown, the code, and what it printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.errors import LoadError
from rag.formats import Layout, Piece, decode
from rag.markdown import parse_md
from rag.markup import html_pieces

_COLOUR = re.compile("\x1b\\[[\\d;]*m")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a character, which no encoding holds
_OBJECT = re.compile(r"<[\w.]+ (?:at|object|size)[^\n]*>|<[\w.]+(?: [\w.]+)*>")  # how Python names what has no words


def parse_ipynb(data: bytes) -> Layout:
    """Read the cells in their order (nbformat 4); pictures and other outputs without words are left out.

    Raises:
        LoadError: it is no notebook.
    """
    text, warnings = decode(data)
    try:
        cells = json.loads(text)["cells"]
        pieces = [piece for cell in cells for piece in _pieces(cell, warnings)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise LoadError(
            "is not a notebook of Jupyter.", "Save it again with Jupyter, or give it its true ending."
        ) from None
    return Layout(pieces, warnings=list(dict.fromkeys(warnings)))


def _pieces(cell: dict[str, Any], warnings: list[str]) -> Iterator[Piece]:
    source = _joined(cell.get("source") or "")
    if cell["cell_type"] == "markdown":
        yield from _shown(source, warnings)
        return
    if source.strip():
        yield Piece(source, "code")
    for output in cell.get("outputs") or []:
        printed = _joined(output.get("text") or (output.get("traceback") or [])[-1:])
        if printed.strip():
            yield Piece(printed, "code")
        yield from _result(output.get("data") or {}, warnings)


def _result(data: dict[str, Any], warnings: list[str]) -> list[Piece]:
    """Return the plain text of a result, or its Markdown or HTML where the text is none or only names an object."""
    plain, marked, html = (_joined(data.get(f"text/{form}") or "") for form in ("plain", "markdown", "html"))
    if plain.strip() and not _OBJECT.fullmatch(plain.strip()):
        return [Piece(plain, "code")]
    return _shown(marked, warnings) if marked else html_pieces(html)[0]


def _shown(source: str, warnings: list[str]) -> list[Piece]:
    layout = parse_md(source.encode("utf-8-sig"))  # marked, so that nothing is guessed
    warnings += layout.warnings
    return layout.pieces


def _joined(lines: str | list[str]) -> str:
    return _SURROGATE.sub("\ufffd", _COLOUR.sub("", lines if isinstance(lines, str) else "".join(lines)))
