"""A source at its exact words, as HTML: a PDF as its page with marks, everything else as marked text."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import PurePath

from rag import Block, Chatbot, Citation, Document, Page, PageImage, RagError, page_name
from ui.library import render_gone
from ui.prose import escape, number, opener, shorten

WINDOW = 12_000  # characters of text in the panel at once; a browser scrolls that without a pause
COLUMNS = 60  # a wider table is easier to read as one line a row
NARROW = 6  # a table of more columns scrolls sideways below its first one
_BULLET = re.compile(r"(?:[-*+•‣·–]|\(?\w{1,4}[.)]|\d{1,3}(?:\.\d{1,3})+\.?|§ ?\d+)\s")
_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")


@dataclass(frozen=True, slots=True)
class Place:
    """What the panel is asked to show: ``document.text[start:end]`` marked, on a page or in a part of the text.

    ``page`` and ``part`` are None where the place of the marked words decides; ``as_text`` shows the words of a PDF.
    ``turn`` and ``number`` say whose citation it is, if it is one, ``wrong`` that a person called it wrong; ``kept`` is
    what the conversation holds of it.
    """

    document_id: str
    start: int = 0
    end: int = 0
    page: int | None = None
    part: int | None = None
    as_text: bool = False
    turn: int | None = None
    number: int | None = None
    wrong: bool = False
    kept: Citation | None = None

    @property
    def opener(self) -> str:
        """The attributes of a button that opens it again."""
        return opener(self.document_id, self.start, self.end, self.turn, self.number)

    @classmethod
    def read(cls, sent: Mapping[str, object]) -> Place:
        """Return the place that a click sent; what is missing or not a number counts as not given."""
        return cls(
            str(sent.get("document", "")),
            number(sent.get("start")) or 0,
            number(sent.get("end")) or 0,
            number(sent.get("page")),
            number(sent.get("part")),
            sent.get("view") == "text",
            number(sent.get("turn")),
            number(sent.get("number")),
        )


EMPTY = (
    '<div class="blank"><span aria-hidden="true">❝</span><p>Click a number in an answer.<br>'
    "The source opens here, at the exact words.</p></div>"
)


def render_source(bot: Chatbot, place: Place) -> str:
    """Return the panel for ``place``: the page of a PDF where it can be drawn, else the text."""
    try:
        document = bot.document(place.document_id)
    except RagError:  # it was removed or replaced since the answer
        return render_gone(place.kept, bot.documents())
    if document.format != "pdf" or place.as_text:
        return render_text(document, place)
    page = _page_of(document, place)
    try:
        image = bot.page_image(document.id, page.number, _words_on(document, page, place))
    except RagError as error:  # the file moved away; its text is still here
        return render_text(document, place, note=str(error))
    return render_page(document, place, page, image)


def _page_of(document: Document, place: Place) -> Page:
    """Return the page asked for, else the one of the marked words, else the first."""
    asked = next((page for page in document.pages if page.number == place.page), None)
    return asked or document.page_at(place.start) or document.pages[0]


def _words_on(document: Document, page: Page, place: Place) -> str:
    return document.text[max(page.start, place.start) : min(page.end, place.end)].strip()


def render_page(document: Document, place: Place, page: Page, image: PageImage) -> str:
    """Return a page image with its marks drawn over it, below a head with the words themselves."""
    picture = base64.b64encode(image.png).decode()
    marks = "".join(
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" rx="3"/>'
        for left, top, right, bottom in image.boxes
    )
    words = _words_on(document, page, place)
    strip = f'<p class="strip" dir="auto"><mark>{escape(words)}</mark></p>' if words else ""
    numbers = [page.number for page in document.pages]
    near = [number for number in (page.number - 1, page.number + 1) if number in numbers]
    turn = _turner(place, "page", near, page.number, _page_name(document, page))
    return (
        f"{_head(document, place, page, turn + strip, drawn=True)}"
        '<div class="sheet" role="region" tabindex="0" aria-label="The page">'
        f'<figure class="page" style="aspect-ratio:{image.width}/{image.height}">'
        f'<img src="data:image/png;base64,{picture}" alt="Page {page.number} of {escape(document.name)}">'
        f'<svg viewBox="0 0 {image.width} {image.height}" aria-hidden="true">{marks}</svg></figure></div>'
    )


def render_text(document: Document, place: Place, note: str = "") -> str:
    """Return the part of a document's text that holds the place, with the place marked."""
    parts = split_parts(document)
    turned = [page for page in document.pages if page.number == place.page and not page.start <= place.start < page.end]
    at = turned[0].start if turned else place.start
    held = (number for number, (start, end) in enumerate(parts) if start <= at < end)
    number = place.part if place.part is not None and place.part < len(parts) else next(held, 0)
    start, end = parts[number]
    page = document.page_at(start)
    name = f"part {number + 1} of {len(parts)}" if page is None else _page_name(document, page)
    near = [step for step in (number - 1, number + 1) if 0 <= step < len(parts)]
    turn = _turner(place, "part", near, number, name) if len(parts) > 1 else ""
    said = f'<p class="notice">{escape(note)}</p>' if note else ""
    body = "".join(_groups(document, start, end, place))
    label = escape(f"Text of {document.name}")  # it may scroll sideways, so the keyboard must reach it
    frame = f'<div class="text" dir="auto" role="region" tabindex="0" aria-label="{label}">'
    return f"{_head(document, place, page, turn)}{said}{frame}{body}</div>"


def split_parts(document: Document) -> list[tuple[int, int]]:
    """Return spans that cover the text, each within one page and at most ``WINDOW`` characters, cut between blocks."""
    spans = [(page.start, page.end) for page in document.pages if page.end > page.start] or [(0, len(document.text))]
    ends = [block.end for block in document.blocks]
    parts: list[tuple[int, int]] = []
    position = 0
    for start, stop in spans:
        while stop - start > WINDOW:
            limit, cut = start + WINDOW, start
            while position < len(ends) and ends[position] <= limit:
                cut, position = max(cut, ends[position]), position + 1
            cut = cut if cut > start else limit
            parts.append((start, cut))
            start = cut
        parts.append((start, stop))
    return parts


def _head(document: Document, place: Place, page: Page | None, turn: str, *, drawn: bool = False) -> str:
    turned = page is not None and not page.start <= place.start < page.end  # to a page that the words are not on
    trail = heading_trail(document, place.start) if place.end and not turned else ""
    near = " › ".join(shorten(words, 48) for words in trail.split(" > ")[-2:])  # the whole way may fill many lines
    heading = f'<p class="trail">{escape(near)}</p>' if near else ""
    known = (document.name, PurePath(document.name).stem, *trail.split(" > "))
    title = f'<p class="title">{escape(document.title)}</p>' if document.title and document.title not in known else ""
    switch = ""
    if document.format == "pdf":
        view, label = ("page", "Page") if place.as_text else ("text", "Text")
        stays = f' data-page="{page.number}"' if page else ""
        switch = f'<button type="button" class="quiet" {place.opener}{stays} data-view="{view}">{label}</button>'
        if drawn:
            switch += '<button type="button" class="quiet" data-do="zoom" aria-pressed="false">Larger</button>'
    wrong = ""
    if place.number is not None:
        wrong = (
            f'<button type="button" class="quiet flag" data-do="wrong" data-turn="{place.turn}" '
            f'data-number="{place.number}" data-document="{escape(place.document_id)}" data-start="{place.start}" '
            f'aria-pressed="{"true" if place.wrong else "false"}" '
            'data-tip="This source does not say what the sentence says">Wrong citation</button>'
        )
    goes = f"original/{escape(document.id)}"
    original = f'<a class="quiet" href="{goes}" download>Original</a>'
    if document.format == "pdf":  # which a browser shows by itself
        at = f"#page={page.number}" if page else ""
        original = f'<a class="quiet" href="{goes}{at}" target="_blank" rel="noopener">Original</a>'
    return (
        f'<header class="source-head"><div class="name-line"><h2>{escape(document.name)}</h2>'
        f"{wrong}{switch}{original}</div>{title}{heading}{turn}</header>"
    )


def _turner(place: Place, unit: str, near: list[int], now: int, name: str) -> str:
    """Return the buttons to the page or part before and after, around the name of this one."""
    view = ' data-view="text"' if place.as_text else ""
    buttons = {
        step: f'<button type="button" class="quiet" {place.opener}'
        f'{view} data-{unit}="{step}" aria-label="The {unit} {"before" if step < now else "after"}">'
        f"{'‹' if step < now else '›'}</button>"
        for step in near
    }
    blank = '<span class="quiet off"></span>'
    before, after = buttons.get(now - 1, blank), buttons.get(now + 1, blank)
    return f'<nav class="turner">{before}<span>{escape(name)}</span>{after}</nav>'


def _page_name(document: Document, page: Page) -> str:
    return page_name(document.format, page.number, page.label, len(document.pages))


def heading_trail(document: Document, offset: int) -> str:
    """Return the headings above an offset, outermost first: ``Storage > Backups``."""
    trail: dict[int, str] = {}
    for block in document.blocks:
        if block.start > offset:
            break
        if block.kind == "heading":
            trail = {level: words for level, words in trail.items() if level < block.level}
            trail[block.level] = document.text[block.start : block.end]
    return " > ".join(" ".join(words.split()) for words in trail.values())


def _groups(document: Document, start: int, end: int, place: Place) -> Iterator[str]:
    """Yield the blocks between two offsets as HTML; neighbouring rows share a table, neighbouring items a list."""
    blocks = [
        replace(block, start=max(block.start, start), end=min(block.end, end))
        for block in document.blocks or _paragraphs(document.text, start, end)
        if block.start < end and block.end > start
    ]
    for kind, members in groupby(blocks, key=lambda block: block.kind):
        if kind == "row":
            yield _table(document.text, list(members), place)
        else:
            inner = "".join(_block(document.text, block, place) for block in members)
            yield f"<ul>{inner}</ul>" if kind == "item" else inner


def _paragraphs(text: str, start: int, end: int) -> list[Block]:
    return [Block("paragraph", *found.span()) for found in _PARAGRAPH.finditer(text, start, end)]


def _block(text: str, block: Block, place: Place) -> str:
    tag = {"item": "li", "code": "pre", "heading": f"h{min(block.level + 2, 6)}"}.get(block.kind, "p")
    own = ' class="own"' if tag == "li" and _BULLET.match(text, block.start, block.end) else ""
    return f"<{tag}{own}>{mark(text, block.start, block.end, place)}</{tag}>"


def _table(text: str, rows: list[Block], place: Place) -> str:
    """Return neighbouring rows as a table; ``Header: value; Header: value`` goes into a column a header."""
    named = [_fields(text, row) for row in rows]
    counts = Counter(label for fields in named for label in dict.fromkeys(field[0] for field in fields) if label)
    labels = [label for label in counts if 2 * counts[label] >= len(rows)]
    if not 0 < len(labels) <= COLUMNS:
        return "".join(f'<p class="record">{mark(text, row.start, row.end, place)}</p>' for row in rows)
    labels = _with_seldom(named, labels)
    body = "".join(_row(text, row, fields, labels, place) for row, fields in zip(rows, named, strict=True))
    wide = ' class="wide"' if len(labels) > NARROW else ""
    heads = "".join(f"<th>{escape(label)}</th>" for label in labels)
    return f"<table{wide}><thead><tr>{heads}</tr></thead>{body}</table>"


def _with_seldom(named: Sequence[Sequence[tuple[str, int, int]]], usual: Sequence[str]) -> list[str]:
    """Return the labels and those that few rows fill, each behind the one before it there; not if they are too many."""
    found = list(usual)
    for fields in named:
        for (before, *_), (label, *_) in pairwise(fields):
            if label and label not in found and before in found:
                found.insert(found.index(before) + 1, label)
    return found if len(found) <= COLUMNS else list(usual)


def _fields(text: str, row: Block) -> list[tuple[str, int, int]]:
    """Return the fields of a row as (label, start, end) of their values; a value may hold a ``;`` itself."""
    fields, start = [], row.start
    for piece in text[row.start : row.end].split("; "):
        label, colon, value = piece.partition(": ")
        value = value if colon else piece
        fields.append((label if colon else "", start + len(piece) - len(value), start + len(piece)))
        start += len(piece) + len("; ")
    return fields


def _row(text: str, row: Block, fields: list[tuple[str, int, int]], labels: list[str], place: Place) -> str:
    cells: dict[str, str] = {}
    last = labels[0]
    for label, start, end in fields:
        known = label in labels and label not in cells
        start = start if known or not label else start - len(label) - len(": ")
        last = label if known else last
        before = cells.get(last, "")
        cells[last] = f"{before}{'; ' if before else ''}{mark(text, start, end, place)}"
    marked = ' class="marked"' if place.start < row.end and place.end > row.start else ""
    return f"<tr{marked}>{''.join(f'<td>{cells.get(label, str())}</td>' for label in labels)}</tr>"


def mark(text: str, start: int, end: int, place: Place) -> str:
    """Return ``text[start:end]`` escaped, with what falls on the place inside ``<mark>``."""
    first, last = max(start, place.start), min(end, place.end)
    if first >= last:
        return escape(text[start:end])
    return f"{escape(text[start:first])}<mark>{escape(text[first:last])}</mark>{escape(text[last:end])}"
