"""How far apart the lines of a page stand, and how far they reach: what tells a line that goes on from a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from rag.line import Line
from rag.text import UNSPACED

ENDING = re.compile(r"[.!?:;。！？؟۔।]['\"”’)\]]*$")
UNSPACED_SIGN = re.compile(f"[{UNSPACED}\u3000-\u303f\uff00-\uffef]")

# Distances as shares of the usual one, set on Word, LaTeX and ReportLab files: a new paragraph stands at 1.5 or more.
_BREAK = 1.25
_AROUND = 10  # lines before and after that show how far the lines of a paragraph stand apart, and reach
_LEAST_ON = 3  # of them go on within a sentence at a distance: it is one of lines and not of paragraphs
_SAME = 0.04  # times the distance: others differ by more
_LEAST_FULL, _FULL = 40, 0.6  # characters of a full line, and how many of the lines at a distance are full
_LEAST_APART, _MOST_APART = 0.8, 2.6  # times the size: lines of one text stand so far apart


class Pitch:
    """The distances of the lines of a document, and how far those around each reach to the right.

    ``usual`` is that of most lines, times their size. A part of a document may be set with wider ones: there most
    lines are full, and some go on in lower case.
    """

    def __init__(self, lines: list[Line]) -> None:
        self._edges = _right_edges(lines)
        pairs = [(a, b) for a, b in pairwise(lines) if _stand_below(a, b)]
        self.usual = median((b.bottom - a.bottom) / a.size for a, b in pairs) if pairs else 1.3
        self._wide = set(self._wide_places(lines))

    def _wide_places(self, lines: list[Line]) -> Iterator[tuple[int, float, float]]:
        pairs = list(pairwise(lines))
        far = [b.bottom - a.bottom if _stand_below(a, b) and abs(a.left - b.left) < a.size else 0.0 for a, b in pairs]
        full = [bool(apart) and self._is_full(a, b) for apart, (a, b) in zip(far, pairs, strict=True)]
        on = [
            more and b.text[:1].islower() and not ENDING.search(a.text)
            for more, (a, b) in zip(full, pairs, strict=True)
        ]
        for at, line in enumerate(lines[:-1]):
            if far[at] <= _BREAK * self.usual * line.size:
                continue
            around = range(max(0, at - _AROUND), min(len(pairs), at + _AROUND + 1))
            alike = [other for other in around if abs(far[other] - far[at]) < _SAME * far[at]]
            if sum(on[other] for other in alike) >= _LEAST_ON and sum(full[other] for other in alike) > _FULL * len(
                alike
            ):
                yield _place(line)

    def _is_full(self, a: Line, b: Line) -> bool:
        in_columns = {round(left) for _, left, _ in a.cells[1:]} & {round(left) for _, left, _ in b.cells[1:]}
        return len(a.text) >= _LEAST_FULL and not in_columns and not had_room(a, b, self.edge(a))

    def edge(self, line: Line) -> float:
        """Return how far its neighbours with the same size and left edge reach to the right."""
        return self._edges.get(_place(line), line.right)

    def is_near(self, a: Line, b: Line) -> bool:
        """Tell whether ``b`` follows ``a`` on the same page without an empty space between them."""
        apart = b.bottom - a.bottom
        close = 0 < apart <= _BREAK * self.usual * max(a.size, b.size)
        return a.page == b.page and (close or (_place(a) in self._wide and 0 < apart < _MOST_APART * a.size))


def _place(line: Line) -> tuple[int, float, float]:
    return line.page, line.left, line.bottom


def _stand_below(a: Line, b: Line) -> bool:
    if a.page != b.page or a.size <= 0 or abs(a.size - b.size) >= 0.5:
        return False
    return _LEAST_APART * a.size < b.bottom - a.bottom < _MOST_APART * a.size


def had_room(a: Line, b: Line, edge: float) -> bool:
    """Tell whether the first word of ``b`` would have fitted behind ``a``: then somebody ended the line on purpose."""
    width = (a.right - a.left) / max(1, len(a.text))
    word = 1 if UNSPACED_SIGN.match(b.text) else len(b.text.split()[0])
    return a.right + width * (word + 1.5) < edge


def _right_edges(lines: list[Line]) -> dict[tuple[int, float, float], float]:
    """Return by page, left and bottom of every line how far its neighbours with the same size and left edge reach."""
    edges = {}
    for index, line in enumerate(lines):
        near = (o for o in lines[max(0, index - _AROUND) : index + _AROUND + 1] if o.page == line.page)
        alike = (o.right for o in near if abs(o.left - line.left) < 30 and abs(o.size - line.size) < 1)
        edges[_place(line)] = max(alike, default=line.right)
    return edges
