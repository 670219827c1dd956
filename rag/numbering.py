"""The numbers of list items and headings, which HTML, Word and OpenDocument keep apart from the words beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_PATTERN = "{urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0}num-list-format"
OUTLINE = "Outline"  # the one list style of all headings
_ROMAN = tuple(zip((100, 90, 50, 40, 10, 9, 5, 4, 1), "c xc l xl x ix v iv i".split(), strict=True))
_OWN = re.compile(r"\(?\w{1,3}[.)]\s")  # words that bring their number along
# Of what kind a number is: the ``type`` of HTML (HTML Standard 4.4.5) and the ``numFmt`` of Word (ECMA-376 17.18.59).
_KINDS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I", "bullet": "", "none": ""}


def numeral(number: int, kind: str) -> str:
    """Return a number in figures, or in letters or Roman ones for the kinds ``a``, ``A``, ``i`` and ``I``."""
    written = str(number)
    if kind in ("a", "A") and number > 0:
        written, rest = "", number
        while rest:
            rest, letter = divmod(rest - 1, 26)
            written = chr(97 + letter) + written
    elif kind in ("i", "I") and 0 < number < 400:
        written, rest = "", number
        for value, letters in _ROMAN:
            written, rest = written + letters * (rest // value), rest % value
    return written.upper() if kind.isupper() else written


def numbered(number: str, text: str) -> str:
    """Return the words of an item or heading after its number."""
    return f"{number} {text}" if number and text.strip() and not _OWN.match(text) else text


@dataclass(slots=True)
class HtmlNumbers:
    """Counts the items of the ordered lists on a page, in reading order, as nodes of selectolax."""

    counts: dict[int, int] = field(default_factory=dict)

    def of(self, item: Any) -> str:
        """Return the number of an item with its full stop, or an empty string."""
        holder = item.parent
        if holder is None or holder.tag != "ol":
            return ""
        before = self.counts.get(holder.mem_id, _integer(holder.attributes.get("start"), 1) - 1)
        number = self.counts[holder.mem_id] = _integer(item.attributes.get("value"), before + 1)
        return f"{numeral(number, holder.attributes.get('type') or '1')}."


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,4}", text) else default


@dataclass(slots=True)
class _Level:
    start: int
    kind: str
    text: str
    style: str


@dataclass(slots=True)
class _List:
    counter: str  # lists of one abstract numbering go on with each other's numbers
    levels: dict[int, _Level]
    restarts: dict[int, int]


class WordNumbers:
    """Counts the numbered paragraphs of a Word document, in order: ECMA-376 part 1, 17.9.

    ``numbering`` is the root of numbering.xml, ``styles`` are the elements of the document's styles.
    """

    def __init__(self, numbering: Any, styles: Iterable[Any]) -> None:
        self._styles = {style.get(W + "styleId"): style for style in styles}
        self._counts: dict[str, dict[int, int]] = {}
        self._lists: dict[str, _List] = {}
        nodes = () if numbering is None else numbering
        abstract = {node.get(W + "abstractNumId"): node for node in nodes if node.tag == W + "abstractNum"}
        for node in nodes:
            if node.tag == W + "num" and (source := abstract.get(_value(node, "abstractNumId"))) is not None:
                self._lists[node.get(W + "numId")] = _read_list(node, source)

    def of(self, paragraph: Any) -> str:
        """Return the number that Word shows before a paragraph, or an empty string; counts the paragraph."""
        key, depth = self._place(paragraph)
        found = self._lists.get(key)
        level = found.levels.get(depth) if found else None
        if found is None or level is None or not level.kind:
            return ""
        counts = self._counts.setdefault(found.counter, {})
        _advance(counts, found.levels, depth, found.restarts.pop(depth, None))
        return _shown(counts, found.levels, depth, r"%([1-9])")

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Return the list and the depth of a paragraph, by itself or by its style or one that this is based on."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        key, depth = _value(own, "numId"), _value(own, "ilvl")
        named = style = _value(paragraph.find(f"{W}pPr"), "pStyle")
        for _ in range(10):
            if key or (node := self._styles.get(style)) is None:
                break
            held = node.find(f"{W}pPr/{W}numPr")
            key, depth = _value(held, "numId"), depth or _value(held, "ilvl")
            style = _value(node, "basedOn")
        if own is None and key in self._lists:
            levels = self._lists[key].levels
            depth = next((str(place) for place, level in levels.items() if named and level.style == named), depth)
        return key, _integer(depth, 0)


class OpenDocumentNumbers:
    """Counts the numbered paragraphs of an OpenDocument text, in order: OpenDocument 1.3 part 3, 5.3.

    ``styles`` are its list styles and the outline style, as elements.
    """

    def __init__(self, styles: Iterable[Any]) -> None:
        self._levels = {style.get(_STYLE + "name", OUTLINE): _read_levels(style) for style in styles}
        self._lists: dict[str | None, dict[int, int]] = {}
        self._last: dict[str, dict[int, int]] = {}

    def counts_of(self, node: Any, style: str) -> dict[int, int]:
        """Return the counts that a list, an element, goes on with: new ones unless it continues another."""
        key = node.get(_TEXT + "continue-list")
        counts = self._lists.get(key) if key else None
        if counts is None and node.get(_TEXT + "continue-numbering") == "true":
            counts = self._last.get(style)
        self._last[style] = counts = {} if counts is None else counts
        self._lists[node.get("{http://www.w3.org/XML/1998/namespace}id")] = counts
        return counts

    def of(self, counts: dict[int, int], style: str, depth: int, start: str | None = None) -> str:
        """Return the number shown before an item at a depth from 0 on, or an empty string; counts the item."""
        levels = self._levels.get(style, {})
        if depth not in levels:
            return ""
        _advance(counts, levels, depth, _integer(start, 1) if start else None)
        return _shown(counts, levels, depth, r"%(\d{1,2})%") if levels[depth].kind else ""

    def of_heading(self, heading: Any, depth: int) -> str:
        """Return the number of a heading that stands in no list; counts the heading."""
        restarts = heading.get(_TEXT + "restart-numbering") == "true"
        start = heading.get(_TEXT + "start-value", "1") if restarts else None
        return self.of(self._lists.setdefault(OUTLINE, {}), OUTLINE, depth, start)


def _advance(counts: dict[int, int], levels: dict[int, _Level], depth: int, start: int | None) -> None:
    """Count one more at a depth, or begin there anew; what is deeper starts again, what is above has begun."""
    counts[depth] = counts.get(depth, levels[depth].start - 1) + 1 if start is None else start
    for other, level in levels.items():
        if other > depth:
            counts.pop(other, None)
        elif other not in counts:
            counts[other] = level.start


def _shown(counts: dict[int, int], levels: dict[int, _Level], depth: int, place: str) -> str:
    def show(mark: re.Match[str]) -> str:
        above = int(mark[1]) - 1
        return numeral(counts[above], levels[above].kind) if above in counts and levels[above].kind else ""

    return re.sub(place, show, levels[depth].text).strip()


def _read_levels(style: Any) -> dict[int, _Level]:
    """Return the levels of a list style by their depth; what stands around and between numbers becomes one text."""
    nodes = {_integer(node.get(_TEXT + "level"), 1) - 1: node for node in style if node.get(_TEXT + "level")}
    formats = {depth: node.get(_STYLE + "num-format", "") for depth, node in nodes.items()}
    levels = {}
    for depth, node in nodes.items():
        kind = formats[depth] if formats[depth] in ("a", "A", "i", "I", "") else "1"
        first = max(depth + 1 - _integer(node.get(_TEXT + "display-levels"), 1), 0)
        numbers = ".".join(f"%{place + 1}%" for place in range(first, depth + 1) if formats.get(place))
        plain = f"{node.get(_STYLE + 'num-prefix', '')}{numbers}{node.get(_STYLE + 'num-suffix', '')}"
        levels[depth] = _Level(_integer(node.get(_TEXT + "start-value"), 1), kind, node.get(_PATTERN) or plain, "")
    return levels


def _read_list(node: Any, source: Any) -> _List:
    levels = {_integer(level.get(W + "ilvl"), 0): _read_level(level) for level in source.iter(W + "lvl")}
    restarts = {}
    for change in node.iter(W + "lvlOverride"):
        depth = _integer(change.get(W + "ilvl"), 0)
        if (level := change.find(W + "lvl")) is not None:
            levels[depth] = _read_level(level)
        if start := _value(change, "startOverride"):
            restarts[depth] = _integer(start, 1)
    return _List(source.get(W + "abstractNumId"), levels, restarts)


def _read_level(node: Any) -> _Level:
    kind = _value(node, "numFmt") or "decimal"
    return _Level(
        _integer(_value(node, "start"), 1), _KINDS.get(kind, "1"), _value(node, "lvlText"), _value(node, "pStyle")
    )


def _value(node: Any, name: str) -> str:
    found = None if node is None else node.find(W + name)
    return "" if found is None else found.get(W + "val", "")
