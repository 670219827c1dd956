"""Lines with their places on a page become headings, paragraphs, items and rows: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from rag.columns import part_columns
from rag.entries import with_entries
from rag.formats import Piece
from rag.forms import find_blocks
from rag.line import BULLETS, FEW_DOTS, LEADER, Line
from rag.monospace import join_listings
from rag.pitch import ENDING, UNSPACED_SIGN, Pitch, had_room
from rag.reach import set_apart
from rag.text import UNSPACED

_BULLET = re.compile(rf"^[{BULLETS}]\s*|^[-–—*]\s+(?=\S)")
_NUMBER = re.compile(
    r"^\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]\s+(?=\S)"
    r"(?!(?:Januar|Jänner|Februar|März|April|Mai|Ju[nl]i|August|September|Oktober|November|Dezember)\b)"
)
_SECTION = re.compile(r"(?:§ ?)?\d{1,3}((?:\.\d{1,3})*)\.?\s")
_RANGE = re.compile(r"\d[–-]\n\d")
_ADDRESS = re.compile(r"(?:https?|ftp)(?=:)\S*([/:.?=&%~#_-])$")
_CAPTION = re.compile(r"(?:Table|Tableau|Tabelle|Tab\.|Figure|Fig\.|Abbildung|Abb\.) ?\d[\d.]*:? ")
_GOING_ON = re.compile(r"[^\W\d_]{2}[.!?]['\"”’)\]]* +[\"“„«‘'(]*[^\W\d_a-z]")  # a sentence behind another
_WORD = re.compile(rf"[^\W\d_]{{2}}|[{UNSPACED}]")
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

_SENTENCE = 6  # words
HEADING = 1.12  # times the size of the body text


@dataclass(slots=True)
class _Group:
    """Lines that are one block, and how it stands to the block before; of a table or listing its pieces."""

    kind: str
    level: int
    join: str
    lines: list[Line] = field(default_factory=list)
    rows: list[Piece] = field(default_factory=list)


def pieces_of(lines: list[Line]) -> list[Piece]:
    """Return the blocks; one that runs over a page's edge is one piece a page, the second joined to the first."""
    hyphens = Hyphens(_whole_words(lines))
    groups = _reunited(_groups(with_entries(lines)))
    _demote_sentences(groups)
    _promote_plain_headings(groups)
    _deepen_numbered_headings(groups)
    return [piece for group in groups for piece in group.rows or _group_pieces(group, hyphens)]


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
            content = (FEW_DOTS if line.listed else LEADER).sub(" ", LEADER.sub(" ", line.text))
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
    """Return what stands between two lines of one block: nothing in a range, an address or scripts without spaces."""
    if left[-1:] == "@" and left[-2:-1].isalnum() and right[:1].isalnum():
        return ""
    if (address := _ADDRESS.search(left)) and _goes_on_in(address[1], right.split()[0]):
        return ""
    joined = _RANGE.search(f"{left[-2:]}\n{right[:1]}") or (
        UNSPACED_SIGN.match(left[-1:]) and UNSPACED_SIGN.match(right)
    )
    return "" if joined else " "


def _goes_on_in(last: str, word: str) -> bool:
    """Tell from its last sign whether an address on the net, cut at the end of a line, goes on with a word."""
    if last in "/:":
        return word[0] == "/" or re.search(r"\w[./?=#_]\w", word) is not None
    return word[0].islower() or word[0].isdigit()


def _groups(lines: list[Line]) -> list[_Group]:
    usual, joined = set_apart(part_columns(lines)), join_listings(lines)
    lines = usual if joined == lines else set_apart(part_columns(joined))
    levels, pitch = _heading_levels(usual), Pitch(usual)
    groups: list[_Group] = []
    tables, after = find_blocks(lines, pitch.usual), 0  # the line after the last table
    for index, line in enumerate(lines):
        if index in tables:
            after, rows = tables[index]
            kind = "code" if line.is_listing else "row"
            groups.append(_Group(kind, 0, "\n\n", list(lines[index:after]), rows))
        if index < after:
            continue
        plain = _BULLET.match(line.text) or line.listed or not _WORD.search(line.text)
        level = 0 if plain else levels.get(line.style, 0)
        before = lines[index - 1] if index > after else None
        if before and groups[-1].level == level and _goes_on(before, line, pitch, level):
            groups[-1].lines.append(line)
            continue
        kind = "heading" if level else "item" if _is_item(line) else "paragraph"
        near = before is not None and pitch.is_near(before, line) and not ENDING.search(before.text)
        listed = bool(groups) and groups[-1].kind == kind and (kind == "item" or (kind == "paragraph" and near))
        groups.append(_Group(kind, level, "\n" if listed else "\n\n", [line]))
    return groups


def _reunited(groups: list[_Group]) -> list[_Group]:
    """Join the halves of a sentence that a table or figure parts, which has a caption and stands where there was room.

    It then stands behind them, or before them where only so the pages keep their order.
    """
    found: list[_Group] = []
    for group in groups:
        start = len(found)
        half = group.kind == "paragraph" and group.lines[0].text[:1].islower()
        while half and start and (found[start - 1].kind == "row" or _CAPTION.match(found[start - 1].lines[0].text)):
            start -= 1
        before, between = found[start - 1] if start else None, found[start:]
        named = any(_CAPTION.match(other.lines[0].text) for other in between)
        if not before or not named or not _are_halves(before, group):
            found.append(group)
        elif before.lines[0].page == between[0].lines[0].page == between[-1].lines[-1].page < group.lines[-1].page:
            found[start - 1 :] = [*between, before]
            before.lines += group.lines
        elif group.lines[-1].page == between[0].lines[0].page:
            before.lines += group.lines
        else:
            found.append(group)
    return found


def _are_halves(a: _Group, b: _Group) -> bool:
    last, first = a.lines[-1], b.lines[0]
    alike = a.kind in ("paragraph", "item") and b.kind == "paragraph" and last.style == first.style
    unfinished = alike and not ENDING.search(last.text) and first.text[:1].islower()
    edge = last.left + max(line.right - line.left for line in a.lines + b.lines)
    return unfinished and (last.broken or not had_room(last, first, edge))


def _demote_sentences(groups: list[_Group]) -> None:
    """Several sentences are a paragraph, however they are set: a warning in bold stands for itself, above nothing.

    So is a whole sentence above a heading like it, or nothing would be left of it.
    """
    for group, below in zip(groups, [*groups[1:], _Group("heading", 1, "")], strict=False):
        text = " ".join(line.text for line in group.lines) if group.level else ""
        above_nothing = 0 < below.level <= group.level and len(text.split()) >= _SENTENCE
        if ENDING.search(text) and (_GOING_ON.search(text) or above_nothing):
            group.kind, group.level = "paragraph", 0


def _promote_plain_headings(groups: list[_Group]) -> None:
    """A short capitalised line that stands alone above a text is a heading even in the letters of that text."""
    level = min(6, max((group.level for group in groups), default=0) + 1)
    for group, below in pairwise(groups):
        alone = group.kind == "paragraph" and len(group.lines) == 1 and group.join == below.join == "\n\n"
        text = group.lines[0].text
        leads = below.kind in ("item", "row") or (below.kind == "paragraph" and len(below.lines) > 1)
        leads = leads or (below.kind == "code" and not text.endswith(":"))
        if alone and leads and _reads_like_heading(text):
            group.kind, group.level = "heading", level


def _deepen_numbered_headings(groups: list[_Group]) -> None:
    """``4.1 Modes`` stands below ``4 Operation`` also where both are written alike."""
    numbered = [(g, found[1].count(".")) for g in groups if g.level and (found := _SECTION.match(g.lines[0].text))]
    least: dict[int, int] = {}
    for group, depth in numbered:
        least[group.level] = min(depth, least.get(group.level, depth))
    for group, depth in numbered:
        group.level = min(6, group.level + depth - least[group.level])


def _reads_like_heading(text: str) -> bool:
    name, colon, value = text.partition(": ")
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]
    capitals = sum(1 for word in words if word[0].isupper())
    closed = re.search(r"[.!?,;…]$", text) or (colon and value and not name.isupper())
    return len(text) <= 80 and text[0].isupper() and not closed and capitals >= 0.75 * len(words) > 0


def _is_item(line: Line) -> bool:
    signs = any(sign.search(line.text) for sign in (_BULLET, _NUMBER))
    return line.counted or line.listed or (signs and not line.inline)


def _goes_on(a: Line, b: Line, pitch: Pitch, level: int) -> bool:
    """Tell whether ``b`` is the same block as ``a``, the line before it."""
    lower, near, edge = b.text[:1].islower(), pitch.is_near(a, b), pitch.edge(a)
    item = _is_item(b) and not (near and _is_within(a, b, edge))
    if abs(a.size - b.size) > (0.25 if lower and near else 0.1) * a.size or item or b.begins or a.listed:
        return False
    if a.broken or b.inline:
        return True
    if level:
        return near
    if near and lower:
        return True
    filled = not had_room(a, b, edge)
    if near:
        indented = b.left > a.left + 5 and not (_is_item(a) or a.begins) and bool(ENDING.search(a.text))
        return filled and not indented
    jumped = a.page != b.page or b.bottom < a.bottom  # the next page or the next column
    return jumped and not ENDING.search(a.text) and (lower or filled) and not _CAPTION.match(b.text)


def _is_within(a: Line, b: Line, edge: float) -> bool:
    """Tell whether the number that a line begins with is of the sentence before: "ring 0555 630" above "118. We …"."""
    number = b.text[:1].isdigit() and not (b.counted or b.listed)
    return number and not (ENDING.search(a.text) or _is_item(a) or had_room(a, b, edge))


def _heading_levels(lines: list[Line]) -> dict[tuple[float, bool], int]:
    """Return the level of each style that is larger or bolder than that of most characters."""
    weights: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        weights[line.style] += len(line.text)
    if not weights:
        return {}
    size, bold = weights.most_common(1)[0][0]
    total = weights.total()
    larger = sorted({style[0] for style in weights if style[0] >= size * HEADING}, reverse=True)
    levels = {style: min(larger.index(style[0]) + 1, 6) for style in weights if style[0] in larger}
    emphases = [style for style in weights if style[1] and size <= style[0] < size * HEADING]
    if not bold and sum(weights[style] for style in emphases) < 0.2 * total:
        levels |= dict.fromkeys(emphases, min(len(larger) + 1, 6))
    return levels


class Hyphens:
    """Tells a hyphen that breaks a word at a line's end from one that belongs to it, by the rest of the text."""

    def __init__(self, texts: Iterable[str]) -> None:
        found: Counter[str] = Counter()
        for text in texts:
            found.update(_COMPOUND.findall(text.lower()))
        self._known = found

    def joint(self, left: str, right: str, *, known: bool = False) -> str:
        """Return what stands between the two halves: a hyphen or, if ``known`` only in a word of the text, nothing."""
        head, tail = re.search(r"[^\W\d_]+(?:-[^\W\d_]+)*$", left), _COMPOUND.match(right)
        if not head or not tail:
            return "-"
        a, b = head.group().lower(), tail.group().lower()
        whole, compound = self._known[a + b], self._known[f"{a}-{b}"]
        if whole != compound:
            return "" if whole > compound else "-"
        begins = len(a) == 1 or (tail.group()[0].isupper() and not head.group().isupper())  # E-Bike, broken off nowhere
        if known or begins:
            return "-"
        both_words = self._known[a] > 1 and self._known[b] > 1 and len(a) > 2 and len(b) > 2
        return "-" if "-" in a or both_words else ""
