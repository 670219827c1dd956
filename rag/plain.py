"""Plain text: paragraphs, lists, headings and tables as people type them."""

from __future__ import annotations

import re
from itertools import pairwise

from rag.formats import Layout, Piece, read_text

_ITEM = re.compile(r"\s*(?:[-*•▪‣◦·+]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")


def parse_txt(data: bytes) -> Layout:
    """Blank lines divide paragraphs; hard-wrapped prose becomes one line, other lines stay as they are."""
    text, warnings = read_text(data)
    groups = [
        group.split("\n") for group in re.split(r"\n[ \t]*(?:\n[ \t]*)+", _plain_line_ends(text)) if group.strip()
    ]
    width = _wrap_width(groups)
    return Layout([piece for group in groups for piece in _text_pieces(group, width)], warnings=warnings)


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\v", "\n").expandtabs(4)


def _wrap_width(groups: list[list[str]]) -> int:
    """Return the column at which the text seems to be wrapped: what nine of ten full lines do not pass."""
    lengths = sorted(len(line.rstrip()) for group in groups for line in group[:-1])
    return lengths[min(len(lengths) - 1, len(lengths) * 9 // 10)] if lengths else 0


def _text_pieces(lines: list[str], width: int) -> list[Piece]:
    if len(lines) == 1:
        return [Piece(lines[0])]
    if _ITEM.match(lines[0]) or (len(lines) > 2 and _ITEM.match(lines[1])):
        return _item_pieces(lines)
    if _is_wrapped(lines, width):
        return [Piece(" ".join(line.strip() for line in lines))]
    if sum(len(line) for line in lines) > 100 * len(lines):
        return [Piece(line) for line in lines]
    return [Piece("\n".join(lines), "code" if _is_code(lines) else "paragraph")]


def _item_pieces(lines: list[str]) -> list[Piece]:
    """A line that begins with a marker is an item; an indented or lower-case line goes on with the one before."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if _ITEM.match(line):
            found.append(("item", line.strip()))
        elif found and found[-1][0] == "item" and (line[:1].isspace() or line[:1].islower()):
            found[-1] = ("item", f"{found[-1][1]} {line.strip()}")
        else:
            found.append(("paragraph", line.strip()))
    return [Piece(text, kind, join="\n" if index else "\n\n") for index, (kind, text) in enumerate(found)]


def _is_wrapped(lines: list[str], width: int) -> bool:
    """Tell prose cut at a column: no line had room for the next one's first word, and lines go on in lower case."""
    if not 40 <= width <= 132:
        return False
    pairs = [(a.rstrip(), b.strip()) for a, b in pairwise(lines)]
    full = sum(1 for a, b in pairs if b and len(a) + 1 + len(b.split()[0]) >= width - 2)
    going_on = sum(1 for _, b in pairs if b[:1].islower())
    return full >= 0.85 * len(pairs) and going_on >= 0.3 * len(pairs)


def _is_code(lines: list[str]) -> bool:
    return (
        sum(1 for line in lines if line.startswith("    ") or line.rstrip().endswith(("{", "}", ";"))) > len(lines) / 2
    )
