"""Pages of a plain text, parted by form feeds: headers and footers go, and paragraphs go on behind them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.aligned import ITEM
from rag.pitch import ENDING
from rag.text import squeeze
from rag.wrapping import indent, is_full

_LEAST = 3  # pages on which a line repeats; and of more pages the share below, as left ones may differ from right ones
_SHARE = 0.4
_SHORTEST = 50  # characters of a page, on average
_NUMBER = re.compile(r"\d+")
_LABELLED = re.compile(r"(?<!page)(?<!seite): ", re.IGNORECASE)  # "Staff: 4" counts no pages
# A line at the top that may count the pages: its parts stand apart, or it is little more than a number. "Chapter 3" and
# "Version 2" head what follows.
_COUNTER = re.compile(r".*\S {3,}\S.*|\W*(?:page|seite|página|pagina)?\W*\d+(?: ?(?:of|/|von|de) ?\d+)?\W*", re.I)


def without_page_edges(text: str) -> str:
    """Return a text without the lines that repeat at the edges of its pages, and whole what runs over such an edge.

    A line repeats if it is the same save for numbers that count the pages. Of those that count none the first at the
    top and the last at the foot stay, as they may be a title and the end of a letter. A text without such lines stays.
    """
    if not _LEAST <= text.count("\f") + 1 <= len(text) / _SHORTEST:
        return text
    pages = [page.split("\n") for page in text.split("\f")]
    tops = [next((at for at, line in enumerate(page) if _has_words(line)), 0) for page in pages]
    feet = [next((at for at in range(len(page) - 1, 0, -1) if _has_words(page[at])), 0) for page in pages]
    headed = set(_running([page[at] for page, at in zip(pages, tops, strict=True)], top=True))
    footed = set(_running([page[at] for page, at in zip(pages, feet, strict=True)], top=False))
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
