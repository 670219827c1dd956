"""Markdown as it is shown: rendered and read like a page, formulas as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rag.formats import Layout, Piece, read_text
from rag.markup import ELEMENTS, html_pieces

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def parse_md(data: bytes) -> Layout:
    """Render the Markdown and read it like a page; images become their alternative text, links their words."""
    from markdown_it import MarkdownIt

    text, warnings = read_text(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    title = ""
    notes: list[Piece] = []
    if front := _FRONT_MATTER.match(text):
        title, notes = _front_matter(front[1])
        text = text[front.end() :]
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for rule in ("html_inline", "html_block"):
        renderer.add_render_rule(rule, _keep_placeholders)
    rendered = renderer.render(text)
    pieces, _ = html_pieces(rendered, alternatives=True)
    return Layout([*notes, *pieces], title=title, warnings=warnings)


def _keep_placeholders(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
    """``<your-name>`` is a word of the author's, not an element."""
    raw = tokens[index].content
    name = re.match(r"\s*</?([a-zA-Z][\w-]*)", raw)
    return escape(raw) if name and name[1].lower() not in ELEMENTS else raw


def _front_matter(text: str) -> tuple[str, list[Piece]]:
    """Return the title and the other lines of a YAML block, unread: they are ``key: value`` for people too."""
    title = re.search(r"^title\s*:\s*(.+)$", text, re.MULTILINE | re.IGNORECASE)
    rest = [line for line in text.split("\n") if line.strip() and not re.match(r"title\s*:", line, re.IGNORECASE)]
    return (title[1].strip().strip("\"'") if title else ""), [Piece("\n".join(rest))] if rest else []
