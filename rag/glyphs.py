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
