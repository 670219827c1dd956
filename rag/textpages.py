"""Pages of a plain text: headers and footers go, paragraphs go on behind them. Frames of signs around a text go too."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import dedent

from rag.aligned import ITEM
from rag.pitch import ENDING
from rag.text import squeeze
from rag.wrapping import indent, is_full

_LEAST = 3  # pages on which a line repeats; and of more pages the share below, as left ones may differ from right ones
_SHARE = 0.4
_SHORTEST = 50  # characters of a page, on average
_NUMBER = re.compile(r"\d+")
_LABELLED = re.compile(r"(?<!page)(?<!seite): ", re.IGNORECASE)  # "Staff: 4" counts no pages
_BETWEEN, _LONGEST = 30, 120  # lines of a page that no form feed ends
_ALIKE = 0.8  # of them are as long
_MARGIN = 8  # lines: the most from a line that counts the pages to the edge of its page
_FRAME = re.compile(r"[ \t]*([*#])\1{9,}[ \t]*")
# A line at the top that may count the pages: its parts stand apart, or it is little more than a number. "Chapter 3" and
# "Version 2" head what follows.
_COUNTER = re.compile(r".*\S {3,}\S.*|\W*(?:page|seite|página|pagina)?\W*\d+(?: ?(?:of|/|von|de) ?\d+)?\W*", re.I)


def without_page_edges(text: str) -> str:
    """Return a text without the lines that repeat at the edges of its pages, and whole what runs over such an edge.

    A line repeats if it is the same save for numbers that count the pages. Of those that count none the first at the
    top and the last at the foot stay, as they may be a title and the end of a letter. A text without such lines stays.
    """
    text = text if "\f" in text else _paged(text)
    if not _LEAST <= text.count("\f") + 1 <= len(text) / _SHORTEST:
        return text
    pages = [page.split("\n") for page in text.split("\f")]
    tops = [next((at for at, line in enumerate(page) if _has_words(line)), 0) for page in pages]
    feet = [next((at for at in range(len(page) - 1, 0, -1) if _has_words(page[at])), 0) for page in pages]
    headed = set(_running([page[at] for page, at in zip(pages, tops, strict=True)], top=True))
    footed = set(_running([page[at] for page, at in zip(pages, feet, strict=True)], top=False))
    footed |= _at_foot(pages, tops, feet, headed)
    if 0 in headed and any(squeeze(pages[0][tops[0]]) == squeeze(pages[n][tops[n]]) for n in headed - {0}):
        headed.remove(0)
    last = len(pages) - 1
    if last in footed and any(squeeze(pages[last][feet[last]]) == squeeze(pages[n][feet[n]]) for n in footed - {last}):
        footed.remove(last)
    for number, page in enumerate(pages):
        page[feet[number] if number in footed else len(page) :] = []
        page[: tops[number] + 1 if number in headed else 0] = []
    return _joined(pages, headed, {number + 1 for number in footed}) if headed or footed else text


def _has_words(line: str) -> bool:
    return re.search(r"[^\W_]", line) is not None


def _running(lines: Sequence[str], *, top: bool) -> Iterator[int]:
    """Yield the pages whose line at one edge repeats."""
    alike: dict[str, list[int]] = defaultdict(list)
    for page, line in enumerate(lines):
        if _has_words(line):
            alike[_NUMBER.sub("#", squeeze(line).lower())].append(page)
    enough = max(_LEAST, _SHARE * sum(map(len, alike.values())))
    for found in alike.values():
        if len(found) >= enough:
            repeats = [_repeats(lines[a], lines[b], b - a, top=top) for a, b in pairwise(found)]
            yield from found if sum(repeats) > len(repeats) / 2 else ()


def _repeats(line: str, later: str, pages: int, *, top: bool) -> bool:
    """Tell whether a line stands again so many pages later, its numbers the same or higher by so many."""
    numbers = zip(_NUMBER.findall(line), _NUMBER.findall(later), strict=True)
    steps = {int(b[-9:]) - int(a[-9:]) for a, b in numbers} - {0}
    counts = steps == {pages} and not _LABELLED.search(line) and (not top or _COUNTER.fullmatch(line) is not None)
    return counts or not steps


def _joined(pages: list[list[str]], headed: set[int], below: set[int]) -> str:
    """Return the text of pages; a paragraph that runs over an edge is one, at those that lost their header or stand
    ``below`` a footer that went, where only what goes on in lower case is sure to."""
    cut = headed | below
    lengths = sorted(len(line.rstrip()) for page in pages for line in page if line.strip())
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    whole: list[str] = []
    for number, page in enumerate(pages):
        start = next((at for at, line in enumerate(page) if line.strip()), len(page))
        while number in cut and whole and not whole[-1].strip():
            whole.pop()
        first = page[start] if start < len(page) else ""
        may = number in headed or first.lstrip()[:1].islower()
        if not (number in cut and may and whole and _goes_on(whole[-1], first, width)):
            whole.append("")
        whole += page[start if number in cut else 0 :]
    return "\n".join(whole)


def _goes_on(line: str, later: str, width: int) -> bool:
    """Tell whether the last line of a page and the first one of the next are of one paragraph."""
    if ENDING.search(line.rstrip()) or ITEM.match(later) or indent(later) < indent(line):
        return False
    return later.lstrip()[:1].islower() or is_full(line.rstrip(), later, width)


def _paged(text: str) -> str:
    """Return a text whose pages only blank lines fill up, as of man and nroff, with form feeds between its pages.

    Such pages have the same number of lines, and one of them counts the pages.
    """
    lines = text.split("\n")
    counted: dict[str, list[tuple[int, int]]] = defaultdict(
        list
    )  # by what a line says those that say so: place, number
    for at, line in enumerate(lines):
        if (numbers := _NUMBER.findall(line)) and _has_words(_NUMBER.sub("", line)) and len(numbers[-1]) < _LEAST + 1:
            counted[_NUMBER.sub("#", squeeze(line).lower())].append((at, int(numbers[-1])))
    for found in counted.values():
        steps = Counter(b[0] - a[0] for a, b in pairwise(found) if b[1] - a[1] == 1)
        length, times = steps.most_common(1)[0] if steps else (0, 0)
        if times >= max(_LEAST, _ALIKE * (len(found) - 1)) and _BETWEEN <= length <= _LONGEST:
            blank = _blank(lines, found[-1][0], length)
            if blank is not None:
                pages = [lines[max(0, at) : at + length] for at in range(blank - length, len(lines), length)]
                return "\f".join("\n".join(page) for page in pages if page)
    return text


def _blank(lines: Sequence[str], counter: int, length: int) -> int | None:
    """Return where the first page of so many lines ends: in the middle of the blank lines around one that counts."""
    used = {at % length for at, line in enumerate(lines) if line.strip()}
    runs: list[list[int]] = [[]]
    for at in range(counter - _MARGIN, counter + _MARGIN + 1):
        if at % length in used:
            runs.append([])
        else:
            runs[-1].append(at)
    longest = max(runs, key=len)
    return (longest[len(longest) // 2] % length or length) if longest else None


def _at_foot(pages: Sequence[Sequence[str]], tops: Sequence[int], feet: Sequence[int], headed: set[int]) -> set[int]:
    """Return the pages that have at the foot what others have at the top and counts them, as a first page may."""
    said = {(_NUMBER.sub("#", squeeze(pages[n][tops[n]])), _last_number(pages[n][tops[n]]) - n) for n in headed}
    feet_said = ((n, squeeze(page[feet[n]])) for n, page in enumerate(pages))
    return {
        n for n, line in feet_said if _NUMBER.search(line) and (_NUMBER.sub("#", line), _last_number(line) - n) in said
    }


def _last_number(line: str) -> int:
    numbers = _NUMBER.findall(line)
    return int(numbers[-1][-9:]) if numbers else 0


def without_frames(text: str) -> str:
    """Return a text without the frames of stars or the like that are drawn around parts of it."""
    found: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        end = _frame_end(lines, at) if _FRAME.fullmatch(lines[at]) else at
        if end > at:
            inner = [line.strip()[1:-1].rstrip() for line in lines[at + 1 : end]]
            found += ["", *dedent("\n".join(inner)).split("\n"), ""]
        else:
            found.append(lines[at])
        at = end + 1
    return "\n".join(found)


def _frame_end(lines: Sequence[str], start: int) -> int:
    """Return the last line of a frame that begins at a line, or that line where it is none: its sides are straight."""
    edge = lines[start].strip()
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if line == edge:
            return at if at > start + 1 else start
        if len(line) != len(edge) or line[0] != edge[0] or line[-1] != edge[0] or not (line[1] == line[-2] == " "):
            return start
    return start
