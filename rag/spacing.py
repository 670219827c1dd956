"""Spaces and edges of cells that a PDF leaves to the eye: pure functions, no PDF library.

Some programs only move on to the next word, or write a space and move back over it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise, takewhile
from statistics import median

from rag.line import GAP

# Where cells of a table stand close: points, and how many lines around have to have a cell begin there.
SEAM, ALIGNED = 0.5, 2
# Hebrew, Arabic and what is written like them, but not their figures, which go from left to right.
_LETTERS = "\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_LEFTWARD = re.compile(f"[{_LETTERS}]")
_RIGHTWARD = re.compile(rf"[^\W{_LETTERS}](?:[^{_LETTERS}]*[^\W{_LETTERS}])?")
_LEVEL = 0.6  # times the height: the writing of one line goes up or down by less
# Times the size: letters of a word stand closer, words further apart; of a space that was taken back less is left.
_TIGHT, _SPACE, _NONE = 0.06, 0.18, 0.04
_LEFTWARD_SPACE = 0.2  # likewise: Arabic letters that do not join stand nearly as far apart
_STANDS_OUT = 2.3  # times the narrowest space of a line: a wide gap
_LONE = 0.6  # times the size, likewise in a line without such spaces
_MOST = 0.7  # of the letters that follow another have to stand close; in s p a c e d words they do not


def wide_gaps(gaps: Mapping[int, tuple[float, bool, bool]], size: float, narrow: tuple[float, float]) -> list[int]:
    """Return the places after the gaps of a line that part its cells.

    ``gaps`` has by the place after each gap its width, whether it is a space that was written in one text object, and
    whether it stands behind a sentence. Written spaces are stretched alike: there a wide gap has to stand out.
    """
    spaces = [width for width, within, _ in gaps.values() if within]
    usual = min(spaces, default=0.0)
    least = {
        True: GAP * size if usual > GAP * size else max(_LONE * size, _STANDS_OUT * usual),
        False: min(GAP * size, max(narrow[0] * size, narrow[1] * median(spaces))) if spaces else _LONE * size,
    }
    return [at for at, (wide, within, closed) in gaps.items() if wide > (GAP * size if closed else least[within])]


def mend_spaces(letters: Sequence[tuple[str, float, float]], size: float) -> tuple[set[int], set[int]]:
    """Return before which characters of a line a space is missing, and which spaces take no room.

    ``letters`` are the characters with their left and right edges, spaces among them.
    """
    shown = [at for at, (letter, _, _) in enumerate(letters) if not letter.isspace()]
    gaps = {pair: letters[pair[1]][1] - letters[pair[0]][2] for pair in pairwise(shown)}
    within = {pair[1]: gap for pair, gap in gaps.items() if pair[1] - pair[0] == 1}
    between = {pair[0] + 1: gap for pair, gap in gaps.items() if pair[1] - pair[0] == 2}
    missing, void = set(), set()
    if sum(gap < _TIGHT * size for gap in within.values()) >= _MOST * len(within):
        missing = {at for at, gap in within.items() if gap > _SPACE * size}
    if between and median(between.values()) > _SPACE * size:
        void = {at for at, gap in between.items() if gap < _NONE * size}
    return missing, void


def shared_edges(lines: list[tuple[tuple[float, float, float], list[float]]], index: int, close: float) -> list[float]:
    """Return where cells begin in most of the lines around one that begin below one another and stand close."""
    near: list[list[float]] = []
    for run in (lines[index::-1], lines[index:]):
        close_by = takewhile(lambda pair: abs(pair[1][0][2] - pair[0][0][2]) <= close, pairwise(run))
        near += [begun for _, ((left, *_), begun) in close_by if abs(left - lines[index][0][0]) < SEAM]
    least = max(ALIGNED, len(near) / 2)
    return [left for left in {*chain(*near)} if sum(any(abs(left - o) < SEAM for o in b) for b in near) >= least]


def part_levels(letters: Sequence[tuple[str, float, float, object]]) -> list[list[int]]:
    """Return the runs of characters that stand on one line, by their places in ``letters``, without spaces around them.

    These are the characters with their top, their bottom and the piece that they were drawn in, which is one line.
    """
    runs: list[list[int]] = []
    for at, (letter, _, bottom, piece) in enumerate(letters):
        if letter.isspace():
            continue
        last = runs[-1][-1] if runs else at
        _, top, level, other = letters[last]
        if not runs or (piece != other and abs(bottom - level) > _LEVEL * (level - top)):
            runs.append([])
        runs[-1] += range(last + 1, at) if runs[-1] else ()
        runs[-1].append(at)
    return runs


def is_leftward(text: str) -> bool:
    """Tell whether a text has letters that are written from right to left."""
    return _LEFTWARD.search(text) is not None


def right_to_left(letters: Sequence[tuple[str, float, float]], size: float) -> tuple[list[int], set[int]] | None:
    """Return the places of a line's characters as they are read, without spaces, and those that a space stands before.

    The file may hold the words in either direction. Numbers, each for itself, and other words go from left to right.
    None is returned where the line is not written from right to left.
    """
    leftward = sum(_LEFTWARD.match(letter) is not None for letter, _, _ in letters)
    if leftward <= sum(letter.isalpha() for letter, _, _ in letters) / 2:
        return None
    shown = (at for at, (letter, _, _) in enumerate(letters) if not letter.isspace())
    order = sorted(shown, key=lambda at: -letters[at][1] - letters[at][2])
    gaps = (max(letters[two][1] - letters[one][2], letters[one][1] - letters[two][2]) for one, two in pairwise(order))
    apart = {at for at, gap in enumerate(gaps, 1) if gap > _LEFTWARD_SPACE * size}
    for run in _RIGHTWARD.finditer("".join(letters[at][0] for at in order)):
        is_number = not any(map(str.isalpha, run[0]))
        cuts = [at for at in range(run.start() + 1, run.end()) if is_number and at in apart]
        for start, end in pairwise([run.start(), *cuts, run.end()]):
            order[start:end] = order[start:end][::-1]
            apart = {start + end - at if start < at < end else at for at in apart}
    return order, {order[at] for at in apart}
