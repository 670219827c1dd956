"""Jupyter notebooks: the text cells as they are shown, the code, and what it printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.errors import LoadError
from rag.formats import Layout, Piece, decode
from rag.markdown import parse_md

_COLOUR = re.compile("\x1b\\[[\\d;]*m")


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
    source = _joined(cell.get("source", ""))
    if cell["cell_type"] == "markdown":
        layout = parse_md(source.encode())
        warnings += layout.warnings
        yield from layout.pieces
        return
    if source.strip():
        yield Piece(source, "code")
    for output in cell.get("outputs", []):
        shown = output.get("text") or output.get("data", {}).get("text/plain") or output.get("traceback", [])[-1:]
        words = _COLOUR.sub("", _joined(shown))
        if words.strip() and not re.fullmatch(r"<[\w.]+ (?:at|object|size)[^\n]*>|<[\w.]+(?: [\w.]+)*>", words.strip()):
            yield Piece(words, "code")


def _joined(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)
