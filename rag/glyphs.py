"""Letters that a PDF holds under other codes: pure functions, no PDF library."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import cache

_Box = tuple[float, float, float, float]  # left, bottom, right, top

LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}

# What fonts of TeX that do not name their letters (Cork encoding) have in places where others have none, and elsewhere.
_CORK = dict(zip((*range(0x10, 0x17), *range(0x1B, 0x20)), "“”„«»–—ﬀﬁﬂﬃﬄ", strict=True))
_ALSO_CORK = str.maketrans("¿ÿ÷×Ÿ", "£ßœŒ§")
_BULLET = {0x88: "•"}  # of TeX's text companion fonts; no sign has this code elsewhere
# Accents that stand for themselves, as TeX draws them over a letter, with the sign that is one with a letter.
_COMBINING = dict(
    zip(
        "`´ˆ˜¯˘˙¨˚˝ˇ¸˛",
        map(chr, (0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x30B, 0x30C, 0x327, 0x328)),
        strict=True,
    )
)
_SPACING = {mark: sign for sign, mark in _COMBINING.items()}
_SLACK, _TALL = 0.2, 4.0  # times the width of a space: how far a mark may stand out beside it, and above its foot
GONE = "\0"  # where an accent stood
_AROUND, _MOST_ACCENTS = 200, 500  # characters before and after that may be its letter, and accents of a page
_BELOW = "¸˛"
_DOTLESS = {"ı": "i", "ȷ": "j"}
_NEAR, _INTO = 0.6, 0.3  # times the height of the letter: an accent stands above it by less, or reaches into it
_CODE = "[\x10-\x16\x1b-\x1f]"
_IN_A_WORD = re.compile(rf"[^\W\d_]{_CODE}|{_CODE}[^\W\d_]")


def named(text: str) -> str:
    """Return a page's text with the letters that fonts of TeX do not name; signs in a table of signs are none."""
    text = text.translate(_BULLET)
    found = len(_IN_A_WORD.findall(text))
    named_by_code = text.translate(_CORK) if found else text
    return named_by_code.translate(_ALSO_CORK) if found > 1 else named_by_code


def with_accents(text: str, box: Callable[[int], _Box]) -> str:
    """Return a page's text with accents and the letters that they are drawn over as one.

    ``GONE`` stands where the accent did. ``box`` tells left, bottom, right and top of what is drawn at a place.
    """
    found, accents = list(text), [place for place, sign in enumerate(text) if sign in _COMBINING][:_MOST_ACCENTS]
    signs = {text[place] for place in accents}
    near = {at for place in accents for at in range(max(0, place - _AROUND), min(len(text), place + _AROUND))}
    boxes = {at: box(at) for at in near if any(_accented(text[at], sign) for sign in signs)}
    columns: dict[int, list[int]] = defaultdict(list)  # the letters that stand at each point across the page
    for at, (left, _, right, _) in boxes.items():
        for column in range(int(left), int(right) + 1):
            columns[column].append(at)
    for place in accents:
        its = box(place)
        for at in sorted(columns[int((its[0] + its[2]) / 2)], key=lambda at: abs(at - place)):
            whole = _accented(found[at], text[place]) if abs(at - place) < _AROUND else ""
            if whole and _is_over(text[place], its, boxes[at]):
                found[at], found[place] = whole, GONE
                break
    return "".join(found)


def with_signs(text: str, box: Callable[[int], _Box]) -> str:
    """Return a page's text with the accents that stand for themselves, as a grave one does for a quotation mark.

    The library has for such a sign a space that does not break, and a mark for the letter before, maybe further on.
    """
    marks = [at for at, sign in enumerate(text) if sign in _SPACING and not text[at - 1 : at].isalpha()]
    found, known = list(text), set(marks)
    for place in marks[:_MOST_ACCENTS]:
        its = box(place)
        holders = (at for at in range(place - 1, max(-1, place - _AROUND), -1) if found[at] == "\xa0")
        holder = next((at for at in holders if _holds(box(at), its)), None)
        alone = holder is None and text[place + 1 : place + 2].isalnum()
        begins = alone and 0 <= box(place + 1)[0] - its[2] < its[2] - its[0]
        found[place] = _SPACING[text[place]] if begins else GONE
        if holder is not None:
            found[holder] = _SPACING[text[place]]
            letters = (at for at in range(holder + 1, len(text)) if text[at] != " " and at not in known)
            gap = range(holder + 1, next(letters, 0))
            if gap and 0 <= box(gap.stop)[0] - its[2] < its[2] - its[0]:
                found[gap.start : gap.stop] = [GONE] * len(gap)
    return "".join(found)


def _holds(space: _Box, mark: _Box) -> bool:
    """Tell from their boxes whether a mark was drawn in the room of a space."""
    wide = space[2] - space[0]
    within = space[0] - _SLACK * wide < mark[0] and mark[2] < space[2] + _SLACK * wide
    return within and 0 <= mark[1] - space[1] < _TALL * wide


@cache
def _accented(letter: str, accent: str) -> str:
    """Return a letter with an accent as one character, or an empty string if there is none."""
    whole = unicodedata.normalize("NFC", _DOTLESS.get(letter, letter) + _COMBINING[accent]) if letter.isalpha() else ""
    return whole if len(whole) == 1 else ""


def _is_over(accent: str, its: _Box, letter: _Box) -> bool:
    """Tell from their boxes (left, bottom, right, top) whether an accent belongs to a letter: right above or below."""
    height, middle = letter[3] - letter[1], (its[0] + its[2]) / 2
    gap = letter[1] - its[3] if accent in _BELOW else its[1] - letter[3]
    return letter[0] < middle < letter[2] and -_INTO * height < gap < _NEAR * height
