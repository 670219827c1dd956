"""Where the words of a quote stand on a page of a PDF."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

from rag.line import Box
from rag.pagetext import PageText

_MARGIN = 150
_LEAST = 12  # letters of a part of a quote
_NUMBER = 3  # times the height: how long a number may be that is written rightward among words that are not


def _letters(text: str) -> Iterator[str]:
    """Yield, for each character, what is compared: folded letters and digits, nothing for all else."""
    for character in text:
        folded = unicodedata.normalize("NFKD", character).casefold()
        yield "".join(c for c in folded if c.isalnum())


class Highlighter:
    """Finds quotes on a page; what is compared are the letters and digits that can be seen."""

    def __init__(self, page: PageText) -> None:
        self._page = page
        lines = [line for line, _ in page.visible()]
        places = [place for line in lines for place in line]
        keys = list(_letters("".join(page.text[place] for place in places)))
        self._text = "".join(keys)
        self._owners = [place for place, key in zip(places, keys, strict=True) for _ in key]
        self._firsts = {line[0] for line in lines}

    def boxes(self, quote: str, *, from_a_line: bool = False) -> list[Box]:
        """Return one box a line for the quote's words; of a quote cut by the page's edge, for the part that is there.

        With ``from_a_line`` only words count with which a line begins.
        """
        wanted = "".join(_letters(quote))
        return self._lines_of(*(self._find_line(wanted) if from_a_line else _find(self._text, wanted)))

    def halves(self, quote: str) -> list[Box]:
        """Return the boxes of a quote whose halves stand apart on the page, with a table or figure between them."""
        wanted = "".join(_letters(quote))
        size = bisect_left(range(1, len(wanted) + 1), True, key=lambda size: wanted[:size] not in self._text)
        at = self._text.find(wanted[:size])
        rest = self._text.find(wanted[size:], at + size)
        if min(size, len(wanted) - size) < _LEAST or rest < 0:
            return []
        return self._lines_of(at, at + size) + self._lines_of(rest, rest + len(wanted) - size)

    def _lines_of(self, start: int, end: int) -> list[Box]:
        """Return one box a line for what stands from one letter to another."""
        boxes: list[Box] = []
        for place in dict.fromkeys(self._owners[start:end]):
            box = self._page.box(place)
            if boxes and _on_one_line(boxes[-1], box):
                before = boxes[-1]
                boxes[-1] = (*map(min, before[:2], box[:2]), *map(max, before[2:], box[2:]))  # type: ignore[assignment]
            else:
                boxes.append(box)
        return boxes

    def _find_line(self, quote: str) -> tuple[int, int]:
        """Return where a line begins with the quote, else an empty span."""
        starts = (at for at, place in enumerate(self._owners) if place in self._firsts)
        at = next((at for at in starts if self._text.startswith(quote, at)), None)
        return (0, 0) if at is None else (at, at + len(quote))


def _on_one_line(a: Box, b: Box) -> bool:
    """Tell whether ``b`` goes on beside ``a``, leftward in some scripts, or below or above where the text is turned."""
    leftward = a[0] >= b[0] and abs(a[0] - b[2]) < _NUMBER * (b[3] - b[1])
    beside = _share(a[1], a[3], b[1], b[3]) > 0.5 and (b[0] >= a[0] or leftward)
    narrow = a[2] - a[0] < 2 * (b[2] - b[0])  # a column of turned letters, not a line with another line below it
    turned = _share(a[0], a[2], b[0], b[2]) > 0.5 and min(abs(b[1] - a[3]), abs(a[1] - b[3])) < b[3] - b[1]
    return beside or (narrow and turned)


def _share(a: float, b: float, c: float, d: float) -> float:
    """Return how much of the shorter of two spans lies in the other."""
    return (min(b, d) - max(a, c)) / max(0.01, min(b - a, d - c))


def _find(text: str, quote: str) -> tuple[int, int]:
    """Return where the quote stands, else the part of it that the page's end or start cuts off, else an empty span.

    A part has 12 letters or more, and lies within 150 letters of the edge: headers and footers stand in between.
    """
    if not quote or (at := text.find(quote)) >= 0:
        return (at, at + len(quote)) if quote else (0, 0)
    end, start = text[-len(quote) - _MARGIN :], text[: len(quote) + _MARGIN]
    sizes = range(1, len(quote) + 1)
    head = bisect_left(sizes, True, key=lambda size: quote[:size] not in end)
    tail = bisect_left(sizes, True, key=lambda size: quote[-size:] not in start)
    if head >= max(tail, _LEAST):
        at = len(text) - len(end) + end.rfind(quote[:head])
        return (at, at + head) if len(text) - at - head <= _MARGIN else (0, 0)
    at = start.find(quote[-tail:]) if tail >= _LEAST else _MARGIN + 1
    return (at, at + tail) if at <= _MARGIN else (0, 0)
