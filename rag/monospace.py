"""Lines in a font of one pitch, told by the widths of its letters, and the listings that they are.

Pure functions and one record of what a page has shown, no PDF library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from statistics import median

from rag.glyphs import LIGATURES
from rag.line import BULLETS, LEVEL, Box, Line
from rag.text import has_unspaced_script

_NARROW = frozenset("i.,:;'|!")  # narrow in every font of several pitches, also in small capitals
_WIDE = frozenset("abcdeghkmnopqsuvwxyzABCDEFGHKLMNOPQRSTUVWXYZ023456789")
_EQUAL = 0.85, 1.15  # times the width: signs of one pitch may reach a little over it
_MOST = 0.9  # of the characters of a line have to be of such a font
_EVEN = 0.03  # times the width: letters of a word may stand farther apart than they are wide
_ALIKE = 0.1  # times the size: lines of one listing differ by less
_WIDEST = 200  # columns: no gap is kept beyond this
_BLANK, _NEXT = 1.6, 3.3  # times the step, and the size: from a line to one below an empty line, and the most
_CLOSE = 1.5  # times the size: the lines of a paragraph stand closer
_PROSE = 40, 0.8  # characters of a line that is wrapped, and the share of its words that are written in letters
_BULLET = re.compile(f"[{BULLETS}]")
_WORD = re.compile(r"[\"'(\[“‘]*[^\W\d_]+(?:[-'’/][^\W\d_]+)*[\"')\]”’]*[.,;:!?]?")
_CLOSED, _STOP = re.compile(r"[.:;!?{]['\"”’)\]]*$"), re.compile(r"[.:!?{]['\"”’)\]]*$")
_LETTER = re.compile(r"[\"'(\[“‘]*[^\W\d_]")
_LONGEST_NUMBER = 7  # digits: a number of a line has fewer
_LABEL = re.compile(r"[^\W\d_]{2}")
_BESIDE = 8  # lines before and after a listing that may stand level with it


class Monospace:
    """The fonts of a page that were seen to have one pitch, or several.

    ``box`` and ``font`` tell of a place in ``text`` where its character stands and in which font; ``piece`` tells the
    object that it was drawn with.
    """

    def __init__(
        self, text: str, box: Callable[[int], Box], font: Callable[[int], int], piece: Callable[[int], object]
    ) -> None:
        self._text, self._box, self._font, self._piece = text, box, font, piece
        self._fixed: dict[int, bool] = {}  # by font

    def look_at(self, places: Sequence[int], middle: int) -> None:
        """Learn from a line whether the font in its middle has one pitch: a narrow and a wide letter show it."""
        if (font := self._font(middle)) in self._fixed:
            return
        piece = self._piece(middle)
        pair = [self._first(places, letters, piece) for letters in (_NARROW, _WIDE)]
        if None in pair:
            return
        narrow, wide = (self._box(place) for place in pair if place is not None)
        if abs(narrow[3] - wide[3]) < LEVEL * (wide[3] - wide[1]) and abs(narrow[0] - wide[0]) > 1:  # not turned
            ratio = (wide[2] - wide[0]) / max(0.01, narrow[2] - narrow[0])
            self._fixed[font] = _EQUAL[0] < ratio < _EQUAL[1]

    def _is_fixed(self, place: int) -> bool | None:
        return self._fixed.get(self._font(place))

    def _first(self, places: Sequence[int], letters: Set[str], piece: object) -> int | None:
        """Return where one of these letters stands that was drawn with this object, and not as one sign with an f."""
        seen = (at for at in places if self._text[at] in letters and self._text[at - 1 : at] != "f")
        return next((at for at in seen if self._piece(at) == piece), None)

    def typed(self, places: Sequence[int], middle: int, apart: Set[int]) -> tuple[str, float]:
        """Return a line with its spaces as the places of its words say, and the width of a character.

        ``apart`` are the places before which a space is missing. Nothing is returned of a line in other fonts.
        """
        if self._is_fixed(middle) is False or True not in self._fixed.values():
            return "", 0.0
        words = list(_words(self._text, places, apart))
        if self._is_marked(words[0]):
            return "", 0.0
        ends = [(self._box(word[0])[0], self._box(word[-1])[0]) for word in words]
        counted = len(words) > 1 and self._shown(words[0]).isdecimal()  # the number of a line has a font of its own
        wide, text = self._advance(words[counted:]), ""
        told = list(zip(words, ends, strict=True))[counted:]
        fitting = sum(len(word) for word, pair in told if self._fits(word, pair, wide))
        upward = all(a < b for (a, _), (b, _) in pairwise(ends))
        edges = (place for word in words for place in (word[0], word[-1]))
        known = any(map(self._is_fixed, edges)) and not has_unspaced_script(self._shown(places))
        if fitting < _MOST * sum(len(word) for word, _ in told) or not upward or not known:
            return "", 0.0
        for word, (left, _) in zip(words, ends, strict=True):
            column = max(round((left - ends[0][0]) / wide), len(text) + bool(text))
            text = text.ljust(min(column, len(text) + _WIDEST)) + self._shown(word)
        return text, wide

    def _is_marked(self, word: Sequence[int]) -> bool:
        """Tell whether the first word of a line is a bullet, or in another font and no number."""
        first, fixed = self._text[word[0]], self._is_fixed(word[0])
        in_another = fixed is False and first.isalnum() and not self._shown(word).isdecimal()
        return in_another or _BULLET.match(first) is not None or (not fixed and self._shown(word) in "-–—*")

    def _fits(self, word: Sequence[int], ends: tuple[float, float], wide: float) -> bool:
        """Tell whether a word is as long as its letters are wide, in no font that has several pitches."""
        is_long = abs(ends[1] - ends[0] - (len(word) - 1) * wide) < wide / 2
        return is_long and self._is_fixed(word[0]) is not False

    def _advance(self, words: Sequence[Sequence[int]]) -> float:
        """Return how far it is from a character to the next."""
        longest = max(words, key=len)
        first, last = self._box(longest[0]), self._box(longest[-1])
        width = min(first[2] - first[0], last[2] - last[0])
        step = (last[0] - first[0]) / max(1, len(longest) - 1)
        return max(0.5, step if step > (1 + _EVEN) * width else width)

    def _shown(self, places: Sequence[int]) -> str:
        return "".join(self._text[place] for place in places).translate(LIGATURES)


def _words(text: str, places: Sequence[int], apart: Set[int]) -> Iterator[Sequence[int]]:
    for run in re.finditer(r"\S+", "".join(text[place] for place in places)):
        word = places[slice(*run.span())]
        cuts = [at for at, place in enumerate(word) if at and place in apart] if apart else []
        yield from (word[a:b] for a, b in pairwise([0, *cuts, len(word)]))


def join_listings(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with those of a listing as one line whose text has their line breaks and their columns.

    A listing is two lines or more in a font of one pitch. Where that is the usual font, as of a typed letter, is none.
    """
    typed, total = (sum(len(line.text) for line in some) for some in ((o for o in lines if o.typed), lines))
    if 2 * typed >= total:
        return list(lines)
    lines = _numbered(lines)
    found: list[Line] = []
    start = 0
    while start < len(lines):
        if lines[start].typed and _ends_sentence(found[-_BESIDE:], lines[start]):
            found.append(replace(lines[start], typed=""))
            start += 1
            continue
        end = start + 1
        while end < len(lines) and _goes_on(lines[end - 1], lines[end]):
            end += 1
        run = lines[start:end]
        if len(run) < 2 or _is_of_table(lines, start, end):
            found += run
        elif _is_prose(run):
            found += [line if "  " in line.typed else replace(line, cells=()) for line in run]
        else:
            found.append(_joined(run))
        start = end
    return found


def _numbered(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, with the number of an empty one below the line of a listing that it comes after as one too."""
    found: list[Line] = []
    for line in lines:
        above = found[-1] if found else line
        number = int(line.text) if line.text.isdecimal() and len(line.text) < _LONGEST_NUMBER else 0
        if number and above.typed.split(" ")[0] == str(number - 1) and above.page == line.page:
            line = replace(line, typed=line.text, advance=above.advance, size=above.size)
        found.append(line)
    return found


def _ends_sentence(prose: Sequence[Line], line: Line) -> bool:
    """Tell whether a line only has the last words of the sentence above, which had no room for its first one."""
    above = prose[-1] if prose else line
    near = above.page == line.page and 0 < line.bottom - above.bottom < _CLOSE * line.size
    edge = max((o.right for o in prose if o.page == line.page and abs(o.left - line.left) < 1), default=0.0)
    full = above.right + len(line.text.split()[0]) * line.advance > edge
    unfinished = len(above.text) >= _PROSE[0] and not above.typed and not _CLOSED.search(above.text)
    return near and full and unfinished and abs(above.left - line.left) < 1


def _is_prose(run: Sequence[Line]) -> bool:
    """Tell whether lines are wrapped sentences, as of a licence: most go on with a word below a line of words."""
    blank = _blank(run)
    pairs = [(a.typed, b.typed) for a, b in pairwise(run) if b.bottom - a.bottom <= blank]
    going_on = (len(a) >= _PROSE[0] and not _STOP.search(a) and _LETTER.match(b) and _is_worded(a) for a, b in pairs)
    return 2 * sum(map(bool, going_on)) >= len(pairs) > 0


def _is_worded(text: str) -> bool:
    words = text.split()
    return sum(_WORD.fullmatch(word) is not None for word in words) >= _PROSE[1] * len(words)


def _goes_on(a: Line, b: Line) -> bool:
    alike = a.page == b.page and abs(a.size - b.size) < _ALIKE * a.size
    return bool(a.typed and b.typed) and alike and 0 < b.bottom - a.bottom <= _NEXT * b.size


def _is_of_table(lines: Sequence[Line], start: int, end: int) -> bool:
    """Tell whether lines are rows below labels in another font, or of a cell with others beside or below it."""
    run, above = lines[start:end], lines[start - 1] if start else lines[start]
    edges = [edge for line in run for _, *both in line.cells for edge in both]
    below = [cell for cell in above.cells if any(abs(edge - other) < 1 for edge in edges for other in cell[1:])]
    if above.page == run[0].page and not above.typed and len(below) > 1:
        return True
    near = [o for o in (*lines[max(0, start - _BESIDE) : start], *lines[end : end + _BESIDE]) if o.page == run[0].page]
    level = any(abs(a.bottom - b.bottom) < LEVEL * b.size for a in near for b in run)
    rows = (o.cells for o in near if o.cells and not o.typed and _LABEL.search(o.cells[0][0]))
    return level or any(abs(left - run[0].left) < 1 for cells in rows for _, left, _ in cells[1:])


def _blank(run: Sequence[Line]) -> float:
    """Return how far a line may stand below another without an empty line between them."""
    return _BLANK * min(median(b.bottom - a.bottom for a, b in pairwise(run)), 1.5 * run[0].size)


def _joined(run: Sequence[Line]) -> Line:
    left, wide = min(line.left for line in run), median(line.advance for line in run)
    steps, blank = [b.bottom - a.bottom for a, b in pairwise(run)], _blank(run)
    rows = [" " * min(round((line.left - left) / wide), _WIDEST) + line.typed for line in run]
    text = rows[0] + "".join("\n" * (1 + (step > blank)) + row for step, row in zip(steps, rows[1:], strict=True))
    right, broken = max(line.right for line in run), False
    return replace(run[-1], text=text, left=left, right=right, broken=broken, cells=(), typed=text)
