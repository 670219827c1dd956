"""One page of a PDF: the characters that a reader can see, their places and their looks."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any

from rag.glyphs import GONE, LIGATURES, named, with_accents, with_signs
from rag.line import BROKEN, Box, Cell, Line, is_one_text
from rag.monospace import Monospace
from rag.sight import HIDDEN, OUTSIDE, SEEN, Sight
from rag.spacing import ALIGNED, SEAM, is_leftward, mend_spaces, part_levels, right_to_left, shared_edges, wide_gaps

_LINE = re.compile("[^\r\n\ufffe\x02]+[\ufffe\x02]?")
_HYPHENS = "-\u2010\u00ad"
_BREAKS, _UNSEEN = "\ufffe\x02", f"\ufffe\x02{GONE}"  # for the library a hyphen at a line's end; no letters
_FOOTNOTE = re.compile(r"^\d{1,2}(?=[A-Z])|(?:(?<=[a-z]{3})|(?<=[a-z]{3}[.,;:]))\d{1,2}(?!\d)")
_CLAUSE = re.compile(r"^\d{1,3}(?:\.\d{1,3})+(?=[A-Z])")
_RAISED = 0.85  # times the size of a word: the number of a footnote is smaller
_DOT = 1.0, 8.0  # points: the least and the most that a bullet measures
_BULLET_GAP = 2.0  # times the size: the most from a bullet to its line
_MOST_DRAWINGS, _MOST_BULLETS = 5000, 100  # of a page
_BOLD = re.compile(rb"bold|black|heavy|bx\d", re.IGNORECASE)  # CMBX12 is bold extended
# Times the size and the usual space: the least between cells that were drawn one by one, and between bold ones.
_NARROW, _NARROW_LABELS = (0.4, 1.35), (0.32, 1.2)
_LOOKED = 12  # lines; where none of the first of a page lacks a space, the others have all of theirs
_NEIGHBOURS = 8  # lines before and after that show where cells begin
_CLOSE = 1.7  # times the size: from a line to the next
_FINE = 64  # device units a point: PageToDevice gives whole numbers
_FAR = 1000.0  # points: how far the places lie apart from which the others are reckoned


class PageText:
    """The characters of one page: their text, places, style, and whether anybody can see them."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as raw

        self._raw, self.page, self._textpage = raw, page, page.get_textpage()
        self.width, self.height = page.get_size()
        self.text = named(str(self._textpage.get_text_range()))
        self.hidden = self.outside = 0  # characters that nobody sees, and letters beyond the edges
        self._leftward = is_leftward(self.text)
        self._verdicts: dict[int | None, str] = {None: SEEN}  # by text object; generated spaces have none
        self._objects: dict[int, int | None] = {}  # by place
        self._bold: dict[int | None, bool] = {}  # by text object
        self._fonts: dict[int | None, int] = {None: 0}  # by text object
        self._apart, self._void = set[int](), set[int]()  # places before which a space is missing, spaces without room
        self._plain = self._textpage.count_chars() == len(self.text) and max(self.text, default="") <= "\uffff"
        self._sight = Sight(page, self._textpage)
        self.text = with_accents(with_signs(self.text, self._charbox), self._charbox)
        self._monospace = Monospace(self.text, self.box, self._font, self._object)
        self._corner, right, up = (self._to_device(*place) for place in ((0, 0), (_FAR, 0), (0, _FAR)))
        self._steps = [
            ((a - corner) / _FAR, (b - corner) / _FAR) for a, b, corner in zip(right, up, self._corner, strict=True)
        ]

    def close(self) -> None:
        """Free the page."""
        self._textpage.close()
        self.page.close()

    def is_blank(self) -> bool:
        """Tell whether nothing is drawn on the page."""
        return int(self._raw.FPDFPage_CountObjects(self.page)) == 0

    def lines(self, number: int) -> Iterator[Line]:
        """Yield the visible lines in the order of the file; ``number`` is the page's."""
        dots = self._dots()
        drafts: list[Any] = []
        for places, broken in self.visible():
            middle = next(i for i in places[len(places) // 2 :] if not self.text[i].isspace())
            styles = [self._style(place) for place in (places[0], middle, places[-1])]
            size, bold = styles[1][0], all(bold for _, bold in styles)  # the first may be a bullet of another font
            if self._object(places[0]) != self._object(places[-1]) and (self._apart or len(drafts) < _LOOKED):
                self._mend_spaces(places, size)
            starts = self._starts(places, size, _NARROW_LABELS if bold else _NARROW)
            self._monospace.look_at(places, middle)
            shown = self._reach(places), [self.box(places[at])[0] for at in starts]
            drafts.append((places, middle, broken, size, bold, starts, shown))
        for index, (places, middle, broken, size, bold, starts, ((left, right, bottom), _)) in enumerate(drafts):
            seams = []
            near = [shown for *_, shown in drafts[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS + 1]]
            rows = sum(1 for _, begun in near if begun)
            if rows >= ALIGNED and self._object(places[0]) != self._object(places[-1]):
                seams = self._seams(places, shared_edges(near, min(index, _NEIGHBOURS), _CLOSE * size), size)
            text = " ".join(self._words(places[a:b]).strip() for a, b in pairwise([0, *seams, len(places)]))
            typed, advance = self._monospace.typed(places, middle, self._apart)
            typed += "-" * (broken and bool(typed))
            if not broken and re.search(rf"[^\W\d_][{_HYPHENS}]$", text):
                text, broken = text[:-1], True
            if any(0 <= left - dot[2] < _BULLET_GAP * size and bottom - size < dot[1] < bottom for dot in dots):
                text, typed = f"• {text}", ""
            cells = self._cells(places, sorted({*starts, *seams}), broken=broken)
            yield Line(text, number, left, right, bottom, size, bold, broken, cells, typed=typed, advance=advance)

    def _seams(self, places: list[int], begun: list[float], size: float) -> list[int]:
        """Return where in a line a cell begins that stands close to the last: one of ``begun`` shows it."""
        seams, last = [], places[0]
        for at, place in enumerate(places if begun else ()):
            if self.text[place].isspace():
                continue
            if self._object(place) != self._object(last):
                left, right = self.box(place)[0], self.box(last)[2]
                shows = left > right - SEAM and any(abs(left - other) < SEAM for other in begun)
                if shows and not is_one_text(self.text[last], self.text[place], (left - right) / size):
                    seams.append(at)
            last = place
        return seams

    def _dots(self) -> list[Box]:
        """Return the small squares and discs that are drawn on the page: bullets of lists as browsers write them."""
        dots = []
        drawn = self.page.get_objects(filter=[self._raw.FPDF_PAGEOBJ_PATH], max_depth=1)
        for item in islice(drawn, _MOST_DRAWINGS):
            left, bottom, right, top = item.get_bounds()
            width, height = right - left, top - bottom
            if _DOT[0] < width < _DOT[1] and abs(width - height) < _DOT[0]:
                dots.append(self.turned(left, bottom, right, top))
        return dots if len(dots) <= _MOST_BULLETS else []  # the marks of a chart

    def _reach(self, places: list[int]) -> tuple[float, float, float]:
        """Return left, right and bottom of what stands at these places, which may be upside down."""
        first, last = self.box(places[0]), self.box(places[-1])
        return min(first[0], last[0]), max(first[2], last[2]), max(first[3], last[3])

    def _mend_spaces(self, places: list[int], size: float) -> None:
        found = mend_spaces([(self.text[place], *self.box(place)[::2]) for place in places], size)
        for kept, those in zip((self._apart, self._void), found, strict=True):
            kept.update(places[at] for at in those)

    def _words(self, places: list[int]) -> str:
        """Return the text at these places; the small number of a footnote stands apart from the word beside it."""
        text = "".join(self.text[i] for i in places)
        apart = {at for at, place in enumerate(places) if at and place in self._apart}
        for mark in _FOOTNOTE.finditer(text):
            at, beside = (mark.start(), mark.start() - 1) if mark.start() else (mark.end(), mark.end())
            if self._style(places[mark.start()])[0] < _RAISED * self._style(places[beside])[0]:
                apart.add(at)
        clause = _CLAUSE.match(text)
        if clause and self._object(places[clause.end() - 1]) != self._object(places[clause.end()]):
            apart.add(clause.end())
        shown = [" " * (at in apart) + text[at] for at, place in enumerate(places) if place not in self._void]
        return "".join(shown).translate(LIGATURES)

    def _starts(self, places: list[int], size: float, narrow: tuple[float, float]) -> list[int]:
        """Return where in a line its parts between wide gaps begin, but for the first."""
        gaps: dict[int, tuple[float, bool, bool]] = {}  # by the place after: width, in one object, behind a sentence
        last = places[0]
        for at, place in enumerate(places):
            if self.text[place].isspace():
                continue
            if self.text[places[at - 1]].isspace() and at:
                within = self._object(places[at - 1]) is not None or self._object(place) == self._object(last)
                gaps[at] = self.box(place)[0] - self.box(last)[2], within, self.text[last] in ".,:;!?"
            last = place
        return wide_gaps(gaps, size, narrow)

    def _cells(self, places: list[int], starts: list[int], *, broken: bool) -> tuple[Cell, ...]:
        """Return the parts of a line that begin there; nothing where it has only one."""
        edges = pairwise([0, *starts, len(places)]) if starts else ()
        cells = [self._cell(places[start:end], broken=broken and end == len(places)) for start, end in edges]
        pairs = zip(cells, [left for _, left, _ in cells[1:]] + [math.inf], strict=False)
        return tuple((words, a, b - SEAM if abs(left - b) < SEAM else b) for (words, a, b), left in pairs)

    def _cell(self, places: list[int], *, broken: bool) -> Cell:
        while self.text[places[-1]].isspace():
            places.pop()
        words = self._words(places)
        words = words.rstrip(_HYPHENS) + BROKEN if broken else words
        return words, *self._reach(places)[:2]

    def visible(self) -> Iterator[tuple[list[int], bool]]:
        """Yield, for every line, the places in ``text`` of its visible characters, and whether a hyphen was cut off."""
        for match in _LINE.finditer(self.text):
            places = [i for i in range(*match.span()) if self.text[i] not in _UNSEEN]
            objects = [self._object(i) for i in (places[0], places[-1])] if places else []
            if len(set(objects)) > 1 or (objects and self._verdict(places[0]) != SEEN):
                places = self._shown(places)
            while places and self.text[places[-1]].isspace():
                places.pop()
            while places and self.text[places[0]].isspace():
                places.pop(0)
            ends = [self.box(place) for place in (*places[:1], *places[-1:]) if len(set(objects)) > 1]
            falls = bool(ends) and abs(ends[0][3] - ends[1][3]) > ends[0][3] - ends[0][1]
            *others, last = self._level(places) if places and (falls or self.page.get_rotation() % 180) else [places]
            yield from ((self._as_read(run), False) for run in others)
            if last:
                yield self._as_read(last), match.group()[-1] in _BREAKS

    def _shown(self, places: list[int]) -> list[int]:
        """Return what a reader sees of a line, and the stop behind one that is longer than its page."""
        shown, begun = [], False
        for place in places:
            verdict = SEEN if self.text[place].isspace() else self._verdict(place)
            if verdict == SEEN or (verdict == OUTSIDE and begun and not self.text[place].isalnum()):
                shown.append(place)
                begun |= not self.text[place].isspace()
            self.hidden += verdict == HIDDEN
            self.outside += verdict == OUTSIDE and self.text[place].isalnum()
        return shown

    def _level(self, places: list[int]) -> list[list[int]]:
        """Part what the library took for one line: what stands below one another, or all of a turned page."""
        letters = [(self.text[place], *self.box(place)[1::2], self._object(place)) for place in places]
        return [[places[at] for at in run] for run in part_levels(letters)]

    def _as_read(self, places: list[int]) -> list[int]:
        letters = [(self.text[place], *self.box(place)[::2]) for place in places] if self._leftward else []
        if not (found := right_to_left(letters, self._style(places[0])[0])):
            return places
        self._apart |= {places[at] for at in found[1]}
        return [places[at] for at in found[0]]

    def box(self, place: int) -> Box:
        """Return left, top, right, bottom of a character's line box, in points from the page's top left corner."""
        left, bottom, right, top = self._textpage.get_charbox(self._index(place), loose=True)
        return self.turned(left, bottom, right, top)

    def _charbox(self, place: int) -> Box:
        left, bottom, right, top = self._textpage.get_charbox(self._index(place))
        return left, bottom, right, top

    def turned(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a box of the page as it is seen: a page may be turned and begin anywhere."""
        (x, y), ((a, b), (c, d)) = self._corner, self._steps
        across, down = (
            (x + a * left + b * top, x + a * right + b * bottom),
            (y + c * left + d * top, y + c * right + d * bottom),
        )
        return min(across), min(down), max(across), max(down)

    def _to_device(self, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        size = round(self.width * _FINE), round(self.height * _FINE)
        self._raw.FPDF_PageToDevice(self.page, 0, 0, *size, 0, x, y, across, down)
        return across.value / _FINE, down.value / _FINE

    def _index(self, place: int) -> int:
        """The library counts some characters that its text leaves out."""
        return place if self._plain else int(self._raw.FPDFText_GetCharIndexFromTextIndex(self._textpage, place))

    def _object(self, place: int) -> int | None:
        if place not in self._objects:
            pointer = self._raw.FPDFText_GetTextObject(self._textpage, self._index(place))
            self._objects[place] = ctypes.addressof(pointer.contents) if pointer else None
        return self._objects[place]

    def _font(self, place: int) -> int:
        """Return a number for the font of a character."""
        if (text_object := self._object(place)) not in self._fonts:
            pointer = self._raw.FPDFText_GetTextObject(self._textpage, self._index(place))
            font = self._raw.FPDFTextObj_GetFont(pointer)
            self._fonts[text_object] = ctypes.addressof(font.contents) if font else 0
        return self._fonts[text_object]

    def _style(self, place: int) -> tuple[float, bool]:
        index, matrix = self._index(place), self._raw.FS_MATRIX()
        size = self._raw.FPDFText_GetFontSize(self._textpage, index)
        if self._raw.FPDFText_GetMatrix(self._textpage, index, matrix):
            size *= math.hypot(matrix.c, matrix.d)
        text_object = self._object(place)
        if text_object not in self._bold:
            self._bold[text_object] = self._is_bold(index)
        return size, self._bold[text_object]

    def _is_bold(self, index: int) -> bool:
        """Tell whether the font is bold, or its name says so: of one outside the file the weight is not known."""
        if self._raw.FPDFText_GetFontWeight(self._textpage, index) >= 600:
            return True
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._textpage, index, name, len(name), flags)
        return _BOLD.search(name.value) is not None

    def _verdict(self, place: int) -> str:
        """Tell whether a character can be seen: of a text that goes on beyond the edge each by itself."""
        text_object = self._object(place)
        if (known := self._verdicts.get(text_object)) is not None:
            return known
        verdict = self._sight.verdict(self._index(place), self.box(place))
        if verdict != OUTSIDE:
            self._verdicts[text_object] = verdict
        return verdict

    def has_contrast(self, box: Box) -> bool:
        """Tell whether something can be seen in a box of the page as it is drawn."""
        return self._sight.has_contrast(box)
