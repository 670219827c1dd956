"""Headers and footers: lines that repeat, or count, at the edges of the pages of a PDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from statistics import median

from rag.line import LEADER, Line
from rag.paragraphs import HEADING

_ROMAN = re.compile(r"\b[ivxlc]{1,7}\b")
# What a browser prints at the edges of a page: the address with the number of the page, and when.
_ADDRESS = re.compile(r"(?:file|https?)://\S+ (\d+)/\d+")
_MOMENT = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4},? \d{1,2}[:.]\d\d\b.*")
# The number of a page that is nothing else, also where it stands on one page only. "-1" may be a value.
_NUMBER = re.compile(
    r"(?:([-–—]) ?|(?:page|seite|página|pagina) )(\d{1,4})"
    r"(?(1) ?[-–—]|(?: ?[-–—]| ?(?:of|von|sur|de|di|/) ?\d{1,4})?)",
    re.IGNORECASE,
)
_OWN_NUMBER = re.compile(r"^(?:[^\W\d_]+ \d+(?:\.\d+)*[.:] +|[\W\d]+)")  # "Chapter 3. ", "3.1 "
_FIGURE = re.compile(r"\d+")
_OF_ALL = re.compile(r"(?:\b(?:of|von|sur|de|di)|/) ?\d{1,4}\b", re.IGNORECASE)  # "page 1 of 4"
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH = re.compile(r"\b(?:jan|feb|m[aä]r|apr|ma[iy]|ju[nl]|aug|sep|o[ck]t|nov|de[cz])[^\W\d]*\.? (?:19|20)\d\d", re.I)
_SHARE = 0.4  # of the pages
_LEAST_CUT = 5  # characters of a title that is cut short
_APART = 2.5  # times the size of the text: from a running line to it, more than between any two paragraphs


def without_running_lines(lines: list[Line], labels: list[str | None]) -> list[Line]:
    """Drop headers and footers: lines at the edge of many pages that say the same or that count the pages."""
    marked: list[Line] = []
    first: set[Line] = set()
    for _, group in groupby(lines, key=lambda line: line.page):
        by_height = sorted(group, key=lambda line: line.bottom)
        marked += dict.fromkeys([*by_height[:2], *by_height[-2:]])
        first |= {by_height[0], by_height[-1]}
    usual = median(line.size for line in lines) if lines else 0
    keys = {line: _running_keys(line, usual) for line in marked}
    places: dict[tuple[str, int], set[int]] = {}
    for line in marked:
        for key in keys[line]:
            places.setdefault(key, set()).add(line.page)
    enough = max(3, _SHARE * len(labels))
    running = {line for line in marked if any(len(places[key]) >= enough for key in keys[line])}
    running |= _of_titles(lines, first, usual)
    running |= {line for line in marked if len(labels) > 2 and line.text == labels[line.page - 1]}
    running |= {line for line in marked if (found := _NUMBER.fullmatch(line.text)) and int(found[2]) == line.page}
    printed = {line for line in marked if (found := _ADDRESS.fullmatch(line.text)) and int(found[1]) == line.page}
    pages = {line.page for line in printed}
    running |= printed | {line for line in marked if line.page in pages and _MOMENT.fullmatch(line.text)}
    if len(labels) == 2:
        running |= _running_on_two(lines, keys, usual)
    return [line for line in lines if line not in running] or lines


def telling_lines(lines: Sequence[Line], left: Sequence[Line], pages: int) -> list[Line]:
    """Return of the running lines that are not ``left`` one of each kind that tells a date or another figure.

    It is the same on most pages, is no year alone, and is said nowhere in the text. It is the first one, or the last
    where the first page has none.
    """
    kept = {id(line) for line in left}
    body = _plain(" ".join(line.text for line in left))
    alike: dict[str, list[Line]] = {}
    for line in lines:
        if id(line) not in kept and not _ADDRESS.fullmatch(line.text) and not _MOMENT.fullmatch(line.text):
            alike.setdefault(_FIGURE.sub("#", line.text.casefold()), []).append(line)
    found = []
    for some in alike.values():
        figures = list(zip(*(_FIGURE.findall(_OF_ALL.sub("", line.text)) for line in some), strict=False))
        same = [len(set(values)) == 1 and not _YEAR.fullmatch(values[0]) for values in figures]
        dated = _MONTH.search(some[0].text) is not None
        many = len({line.page for line in some}) >= max(2, _SHARE * pages)
        if (
            many
            and (any(same) or dated)
            and _plain(_title(some[0].text, int(bool(figures) and len(set(figures[-1])) > 1))) not in body
        ):
            found.append(some[0] if some[0].page == lines[0].page else some[-1])
    return found


def _plain(text: str) -> str:
    return " ".join(["", *re.findall(r"\w+", text.casefold()), ""])


def _of_titles(lines: list[Line], first: set[Line], usual: float) -> set[Line]:
    """Return those of the first and last lines of pages that say what a heading says: at one height of three pages."""
    titles = {_title(line.text) for line in lines if line.size > usual * HEADING}
    small = [line for line in first if line.size <= usual * HEADING and _says_one(line, titles)]
    heights = {line: (int(line.bottom // 4), -int((line.bottom + 2) // 4)) for line in small}
    counts = Counter(height for line in small for height in heights[line])
    return {line for line in small if any(counts[height] > 2 for height in heights[line])}


def _says_one(line: Line, titles: set[str]) -> bool:
    """Tell whether a line, or what stands apart in it, is one of the titles; "…" may stand for the end of one."""
    cells = () if LEADER.search(line.text) else line.cells  # those of a table of contents
    for words in (line.text, *(words for words, _, _ in cells)):
        if {_title(words), _title(words, 1)} & titles:
            return True
        start = _title(words[:-1]).rstrip() if words.endswith("…") else ""
        if len(start) >= _LEAST_CUT and any(title.startswith(start) for title in titles):
            return True
    return False


def _title(words: str, numbers: int = 0) -> str:
    """Return a title without its number, and so many behind it, as a running line repeats a heading."""
    own = _OWN_NUMBER.sub("", words)
    return re.sub(rf"(?:\s(?:[ivxlc]{{1,7}}|[0-9]{{1,4}})\b){{{numbers}}}\W*$", "", own).casefold()


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
    return not first.isdisjoint(second) and max(one.size, two.size) <= usual * HEADING and not one.bold


def _running_keys(line: Line, usual: float) -> list[tuple[str, int]]:
    """Return what repeats in a running line: its words at a height, or the distance of its number to the page's.

    Heights are in steps of 4 points, rounded in two ways, so that a point of difference cannot part two lines. A
    number in large letters is a chapter's.
    """
    words = re.sub(r"\d+", "#", _ROMAN.sub("#", line.text.lower()))
    keys = [(words, int(line.bottom // 4)), (words, int((line.bottom + 2) // 4) + 100_000)]
    counts = len(line.text) < 100 and line.size <= usual * HEADING
    numbers = re.findall(r"^\d{1,4}(?=\s|$)|(?<=\s)\d{1,4}$", line.text) if counts else []
    return keys + [("", int(number) - line.page) for number in numbers]
