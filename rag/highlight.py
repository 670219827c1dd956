"""Where the words of a quote stand on a page of a PDF."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

from rag.pagetext import Box, PageText

_MARGIN = 150


def _letters(text: str) -> Iterator[str]:
    """Yield, for each character, what is compared: folded letters and digits, nothing for all else."""
    for character in text:
        folded = unicodedata.normalize("NFKD", character).casefold()
        yield "".join(c for c in folded if c.isalnum())


def quote_boxes(page: PageText, quote: str, *, from_a_line: bool = False) -> list[Box]:
    """Return one box a line for the quote's words; of a quote cut by the page's edge, for the part that is there.

    With ``from_a_line`` only words count with which a line begins.
    """
    lines = [line for line, _ in page.visible()]
    places = [place for line in lines for place in line]
    keys = list(_letters("".join(page.text[place] for place in places)))
    owners = [place for place, key in zip(places, keys, strict=True) for _ in key]
    if from_a_line:
        firsts = {line[0] for line in lines}
        wanted, text = "".join(_letters(quote)), "".join(keys)
        found = (at.start() for at in re.finditer(f"(?={re.escape(wanted)})", text) if owners[at.start()] in firsts)
        start = next(found, 0) if wanted else 0
        end = (
            start + len(wanted)
            if text.startswith(wanted, start) and owners[start:] and owners[start] in firsts
            else start
        )
    else:
        start, end = _find("".join(keys), "".join(_letters(quote)))
    boxes: list[Box] = []
    for place in dict.fromkeys(owners[start:end]):
        box = page.box(place)
        if boxes and _on_one_line(boxes[-1], box):
            before = boxes[-1]
            boxes[-1] = (*map(min, before[:2], box[:2]), *map(max, before[2:], box[2:]))  # type: ignore[assignment]
        else:
            boxes.append(box)
    return boxes


def _on_one_line(a: Box, b: Box) -> bool:
    """Tell whether ``b`` goes on beside ``a``, or below or above it where the text is turned."""
    beside = _share(a[1], a[3], b[1], b[3]) > 0.5 and b[0] >= a[0]
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
    if head >= max(tail, 12):
        at = len(text) - len(end) + end.rfind(quote[:head])
        return (at, at + head) if len(text) - at - head <= _MARGIN else (0, 0)
    at = start.find(quote[-tail:]) if tail >= 12 else _MARGIN + 1
    return (at, at + tail) if at <= _MARGIN else (0, 0)
