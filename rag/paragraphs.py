"""Lines with their places on a page become headings, paragraphs and list items: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from rag.formats import Piece

_BULLET = re.compile(r"^[•▪▫◦‣●○■□➢✓✔·\uf0a7\uf0b7\uf0d8\uf0fc\uf076]\s*|^[-–—*]\s+(?=\S)")
_NUMBER = re.compile(r"^\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s+(?=\S)")
_LEADER = re.compile(r"(?:\s?[.…·_]){4,}\s*(?=\w+$)")  # dots that lead to a page number
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
_ENDING = re.compile(r"[.!?:;。！？]['\"”’)\]]*$")
_ROMAN = re.compile(r"\b[ivxlc]{1,7}\b")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

# Distances as shares of the usual one, set on Word, LaTeX and ReportLab files: a new paragraph stands at 1.5 or more.
_BREAK = 1.25
_HEADING = 1.12  # times the size of the body text
_APART = 2.5  # times that size: from a running line to the text, more than between any two paragraphs


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. Places are in points from the top left corner; ``broken`` means that it ends in a hyphen."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    size: float
    bold: bool = False
    broken: bool = False

    @property
    def style(self) -> tuple[float, bool]:
        """Size to half a point and weight: what sets a heading apart."""
        return round(self.size * 2) / 2, self.bold


@dataclass(slots=True)
class _Group:
    """Lines that are one block, and how it stands to the block before."""

    kind: str
    level: int
    join: str
    lines: list[Line] = field(default_factory=list)


def pieces_of(lines: list[Line]) -> list[Piece]:
    """Return the blocks; one that runs over a page's edge is one piece a page, the second joined to the first."""
    hyphens = Hyphens(_whole_words(lines))
    groups = _groups(lines)
    _promote_plain_headings(groups)
    return [piece for group in groups for piece in _group_pieces(group, hyphens)]


def _whole_words(lines: list[Line]) -> Iterator[str]:
    """Yield the texts without the halves of words at broken ends."""
    broken = False
    for line in lines:
        text = line.text.partition(" ")[2] if broken else line.text
        broken = line.broken
        yield text.rpartition(" ")[0] if broken else text


def _group_pieces(group: _Group, hyphens: Hyphens) -> Iterator[Piece]:
    join, held, end, last_page = group.join, "", "", group.lines[-1].page
    for page, lines in groupby(group.lines, key=lambda line: line.page):
        text = ""
        for line in lines:
            content = _LEADER.sub(" ", line.text)
            if line is group.lines[0] and (bullet := _BULLET.match(content)):
                content = content[bullet.end() :]
            if text:
                text += (hyphens.joint(text, content) if held else _space(text, content)) + content
            else:
                join = hyphens.joint(held, content) if held else _space(end, content) if end else join
                text = content
            held = text if line.broken else ""
        end = text
        hyphen = "-" if held and page == last_page else ""
        yield Piece(text + hyphen, group.kind, group.level, page, join)


def _space(left: str, right: str) -> str:
    """Return what stands between two lines of one block: nothing in scripts that put no space between words."""
    return "" if _UNSPACED.match(left[-1:]) and _UNSPACED.match(right) else " "


def _groups(lines: list[Line]) -> list[_Group]:
    levels, pitch, edges = _heading_levels(lines), _pitch(lines), _right_edges(lines)
    groups: list[_Group] = []
    for index, line in enumerate(lines):
        level = 0 if _BULLET.match(line.text) or _LEADER.search(line.text) else levels.get(line.style, 0)
        before = lines[index - 1] if index else None
        if before and groups[-1].level == level and _goes_on(before, line, pitch, edges[index - 1], level):
            groups[-1].lines.append(line)
            continue
        kind = "heading" if level else "item" if _is_item(line) else "paragraph"
        near = before is not None and _is_near(before, line, pitch) and not _ENDING.search(before.text)
        listed = bool(groups) and groups[-1].kind == kind and (kind == "item" or (kind == "paragraph" and near))
        groups.append(_Group(kind, level, "\n" if listed else "\n\n", [line]))
    return groups


def _promote_plain_headings(groups: list[_Group]) -> None:
    """A short capitalised line that stands alone above a text is a heading even in the letters of that text."""
    level = min(6, max((group.level for group in groups), default=0) + 1)
    for group, below in pairwise(groups):
        alone = group.kind == "paragraph" and len(group.lines) == 1 and group.join == below.join == "\n\n"
        leads = below.kind == "item" or (below.kind == "paragraph" and len(below.lines) > 1)
        if alone and leads and _reads_like_heading(group.lines[0].text):
            group.kind, group.level = "heading", level


def _reads_like_heading(text: str) -> bool:
    name, colon, value = text.partition(": ")
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]
    capitals = sum(1 for word in words if word[0].isupper())
    closed = re.search(r"[.!?,;…]$", text) or (colon and value and not name.isupper())
    return len(text) <= 80 and text[0].isupper() and not closed and capitals >= 0.75 * len(words) > 0


def _is_item(line: Line) -> bool:
    return any(sign.search(line.text) for sign in (_BULLET, _NUMBER, _LEADER))


def _is_listed(a: Line, b: Line) -> bool:
    """Tell whether either is a line of a table of contents."""
    return bool(_LEADER.search(a.text) or _LEADER.search(b.text))


def _is_near(a: Line, b: Line, pitch: float) -> bool:
    """Tell whether ``b`` follows ``a`` on the same page without an empty space between them."""
    return a.page == b.page and 0 < b.bottom - a.bottom <= _BREAK * pitch * max(a.size, b.size)


def _goes_on(a: Line, b: Line, pitch: float, edge: float, level: int) -> bool:
    """Tell whether ``b`` is the same block as ``a``, the line before it."""
    lower, near = b.text[:1].islower(), _is_near(a, b, pitch)
    if abs(a.size - b.size) > (0.25 if lower and near else 0.1) * a.size or _is_item(b) or _is_listed(a, b):
        return False
    if a.broken:
        return True
    if level:
        return near
    if near and lower:
        return True
    filled = not _had_room(a, b, edge)
    if near:
        indented = b.left > a.left + 5 and not _is_item(a) and bool(_ENDING.search(a.text))
        return filled and not indented
    jumped = a.page != b.page or b.bottom < a.bottom  # the next page or the next column
    return jumped and not _ENDING.search(a.text) and (lower or filled)


def _had_room(a: Line, b: Line, edge: float) -> bool:
    """Tell whether the first word of ``b`` would have fitted behind ``a``: then somebody ended the line on purpose."""
    width = (a.right - a.left) / max(1, len(a.text))
    word = 1 if _UNSPACED.match(b.text) else len(b.text.split()[0])
    return a.right + width * (word + 1.5) < edge


def _right_edges(lines: list[Line]) -> list[float]:
    """Return, for every line, how far its neighbours with the same size and left edge reach."""
    edges = []
    for index, line in enumerate(lines):
        near = (other for other in lines[max(0, index - 10) : index + 11] if other.page == line.page)
        alike = (o.right for o in near if abs(o.left - line.left) < 30 and abs(o.size - line.size) < 1)
        edges.append(max(alike, default=line.right))
    return edges


def _pitch(lines: list[Line]) -> float:
    """Return the usual distance between two base lines as a multiple of the size."""
    ratios = [
        (b.bottom - a.bottom) / a.size
        for a, b in pairwise(lines)
        if a.page == b.page
        and a.size > 0
        and abs(a.size - b.size) < 0.5
        and 0.8 * a.size < b.bottom - a.bottom < 2.6 * a.size
    ]
    return median(ratios) if ratios else 1.3


def _heading_levels(lines: list[Line]) -> dict[tuple[float, bool], int]:
    """Return the level of each style that is larger or bolder than that of most characters."""
    weights: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        weights[line.style] += len(line.text)
    if not weights:
        return {}
    size, bold = weights.most_common(1)[0][0]
    total = weights.total()
    larger = sorted({style[0] for style in weights if style[0] >= size * _HEADING}, reverse=True)
    levels = {style: min(larger.index(style[0]) + 1, 6) for style in weights if style[0] in larger}
    emphasis = (size, True)
    if not bold and 0 < weights[emphasis] < 0.2 * total:
        levels[emphasis] = min(len(larger) + 1, 6)
    return levels


class Hyphens:
    """Tells a hyphen that breaks a word at a line's end from one that belongs to it, by the rest of the text."""

    def __init__(self, texts: Iterable[str]) -> None:
        found: Counter[str] = Counter()
        for text in texts:
            found.update(word.lower() for word in _COMPOUND.findall(text))
        self._known = found

    def joint(self, left: str, right: str) -> str:
        """Return what stands between the two halves: a hyphen or nothing."""
        head, tail = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*$", left), _COMPOUND.match(right)
        if not head or not tail:
            return "-"
        a, b = head.group().lower(), tail.group().lower()
        whole, compound = self._known[a + b], self._known[f"{a}-{b}"]
        if whole != compound:
            return "" if whole > compound else "-"
        both_words = self._known[a] > 1 and self._known[b] > 1 and len(a) > 2 and len(b) > 2
        return "-" if "-" in a or both_words else ""


def without_running_lines(lines: list[Line], labels: list[str | None]) -> list[Line]:
    """Drop headers and footers: lines at the edge of many pages that say the same or that count the pages."""
    marked: list[Line] = []
    for _, group in groupby(lines, key=lambda line: line.page):
        by_height = sorted(group, key=lambda line: line.bottom)
        marked += dict.fromkeys([*by_height[:2], *by_height[-2:]])
    usual = median(line.size for line in lines) if lines else 0
    keys = {line: _running_keys(line, usual) for line in marked}
    places: dict[tuple[str, int], set[int]] = {}
    for line in marked:
        for key in keys[line]:
            places.setdefault(key, set()).add(line.page)
    enough = max(3, 0.4 * len(labels))
    running = {line for line in marked if any(len(places[key]) >= enough for key in keys[line])}
    running |= {line for line in marked if len(labels) > 2 and line.text == labels[line.page - 1]}
    if len(labels) == 2:
        running |= _running_on_two(lines, keys, usual)
    return [line for line in lines if line not in running] or lines


def _running_on_two(lines: list[Line], keys: dict[Line, list[tuple[str, int]]], usual: float) -> set[Line]:
    """Return the running lines of two pages, where repeating alone says little: they also stand far from the text.

    They are small or count the pages; of one in the letters of a title the first may be just that, and stays.
    """
    pairs = [
        (one, two)
        for one in keys
        for two in keys
        if one.page == 1 and two.page == 2 and not set(keys[one][:2]).isdisjoint(keys[two][:2])
    ]
    apart = {line for pair in pairs for line in pair}
    text = [line for line in lines if line not in apart]
    if {line.page for line in text} != {1, 2}:
        return set()
    reach = _APART * usual
    while near := {a for a in apart if any(a.page == b.page and abs(a.bottom - b.bottom) < reach for b in text)}:
        apart -= near
        text = list(near)
    running: set[Line] = set()
    for pair in pairs:
        counts, small = _counts_pages(*pair, usual), all(line.size < 0.95 * usual for line in pair)
        if apart.issuperset(pair) and (counts or pair[0].text == pair[1].text):
            running |= set(pair if counts or small else pair[1:])
    return running


def _counts_pages(one: Line, two: Line, usual: float) -> bool:
    """Tell whether the lines of page 1 and 2 count them, as no heading does: in plain letters, or up to the last."""
    if all(re.search(rf"\b{line.page}\W*[^\W\d]*\W*2$", line.text) for line in (one, two)):
        return True
    first, second = ({int(n) - line.page for n in re.findall(r"\b\d{1,4}\b", line.text)} for line in (one, two))
    return not first.isdisjoint(second) and max(one.size, two.size) <= usual * _HEADING and not one.bold


def _running_keys(line: Line, usual: float) -> list[tuple[str, int]]:
    """Return what repeats in a running line: its words at a height, or the distance of its number to the page's.

    Heights are in steps of 4 points, rounded in two ways, so that a point of difference cannot part two lines. A
    number in large letters is a chapter's.
    """
    words = re.sub(r"\d+", "#", _ROMAN.sub("#", line.text.lower()))
    keys = [(words, int(line.bottom // 4)), (words, int((line.bottom + 2) // 4) + 100_000)]
    counts = len(line.text) < 100 and line.size <= usual * _HEADING
    numbers = re.findall(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$", line.text) if counts else []
    return keys + [("", int(number) - line.page) for number in numbers]
