"""Words as HTML: what a reader sees and opens, and the paragraphs, lists and tables that an answer was written in."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from rag import Sentence, page_name

# Characters without a shape of their own that reorder or hide others (controls, zero-width, bidi, tags).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_ORDERED = re.compile(r"\n *(\d+)\. ")
_INSET = 3  # spaces before an item within an item


def visible(text: str) -> str:
    """Return ``text`` without the characters that no reader sees."""
    return _INVISIBLE.sub("", text)


def escape(text: str) -> str:
    """Return ``text`` so that a browser shows it and does nothing else, as content or inside a quoted attribute."""
    return html.escape(visible(text), quote=True)


def shorten(text: str, length: int) -> str:
    """Return the text on one line, cut at a word to at most ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"


def count(number: int, noun: str) -> str:
    """Return ``1 page``, ``2 pages``, ``1,200 pages``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def opener(document_id: str, start: int, end: int, turn: int | None = None, number: int | None = None) -> str:
    """Return the attributes that make a button open the source panel at ``document.text[start:end]``.

    ``turn`` and ``number`` say whose citation it is.
    """
    whose = "" if turn is None or number is None else f' data-turn="{turn}" data-number="{number}"'
    return f'data-do="open" data-document="{escape(document_id)}" data-start="{start}" data-end="{end}"{whose}'


def place(source: str, heading: str, page: int | None, label: str | None) -> str:
    """Return where in a document, without its name: ``page 12 · Backups``."""
    parts = [page_name(source, page, label)] if page else []
    last = heading.rsplit(" > ", 1)[-1]
    return " · ".join([*parts, last] if last and last != label else parts)


def lay_out(sentences: Sequence[Sentence], draw: Callable[[Sentence], str]) -> str:
    """Return HTML blocks of ``sentences``, each of them drawn by ``draw``."""
    lines: list[list[Sentence]] = []
    for sentence in sentences:
        if "\n" in sentence.lead or not lines:
            lines.append([])
        lines[-1].append(sentence)
    return "".join(_block(kind, list(group), draw) for kind, group in groupby(lines, key=_kind))


def cells(row: str) -> list[str]:
    """Return the cells of a row; Markdown spells a bar in a cell ``\\|``."""
    return [cell.replace("\\|", "|") for cell in row.split(" | ")]


def _kind(line: Sequence[Sentence]) -> str:
    lead = line[0].lead
    if lead.endswith("| "):
        return "table"
    if line[0].is_code:
        return "code"
    if lead.endswith("# "):
        return "heading"
    return "ol" if _ORDERED.match(lead) else "ul" if lead.endswith("- ") else "paragraph"


def _block(kind: str, lines: Sequence[Sequence[Sentence]], draw: Callable[[Sentence], str]) -> str:
    if kind == "table":
        return _table([line[0] for line in lines], draw)
    if kind == "code":
        blocks = [replace(line[0], text=line[0].text.replace("\n    ", "\n")) for line in lines]
        return "".join(f'<pre class="prose code">{draw(block)}</pre>' for block in blocks)
    drawn = [" ".join(map(draw, line)) for line in lines]
    if kind in ("paragraph", "heading"):
        more = " heading" if kind == "heading" else ""
        return "".join(f'<p class="prose{more}" dir="auto">{line}</p>' for line in drawn)
    numbers = [_ORDERED.match(line[0].lead) for line in lines]
    values = [f' value="{number[1]}"' if number else "" for number in numbers]
    depths = [min(line[0].lead.count(" ") // _INSET, 3) for line in lines]
    deep = [f' class="deep-{depth}"' if depth else "" for depth in depths]
    items = "".join(f'<li{a}{b} dir="auto">{line}</li>' for a, b, line in zip(values, deep, drawn, strict=True))
    return f'<{kind} class="prose">{items}</{kind}>'


def _table(rows: Sequence[Sentence], draw: Callable[[Sentence], str]) -> str:
    """Return a table; what the check found of a row stands in its last cell."""
    headed = len(rows) > 1 and "---" in rows[1].lead
    drawn = []
    for place, row in enumerate(rows):
        *first, last = cells(row.text)
        tag = "th" if headed and not place else "td"
        marked = f'<span class="{row.verdict.value}"><span class="words">'
        inner = [*(f"{marked}{escape(cell)}</span></span>" for cell in first), draw(replace(row, text=last))]
        drawn.append("".join(["<tr>", *(f'<{tag} dir="auto">{cell}</{tag}>' for cell in inner), "</tr>"]))
    return f'<div class="prose grid"><table>{"".join(drawn)}</table></div>'


def number(value: object) -> int | None:
    """Return a whole number that a page sent, or None for what is none."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 10 else None
