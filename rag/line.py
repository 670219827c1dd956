"""Lines with their places on a page, and what they show of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

Cell = tuple[str, float, float]  # words, left and right edge
Box = tuple[float, float, float, float]  # left, top, right, bottom

BROKEN = "\u00ad"  # ends a cell in the middle of a word
GAP = 1.0  # times the size: the least space between two cells; words of a justified line stand closer
_TOUCH = 0.05  # times the size: figures of one number stand closer
LEVEL = 0.4  # times the size: what stands side by side differs by less
BULLETS = "•▪▫◦‣●○■□➢✓✔·\uf000-\uf0ff"  # and what a font of symbols has in their place
LEADER = re.compile(r"(?<![.…·_])(?:\s?[.…·_]){4,400}\s*(?=\w+(?:, ?\w+){0,30}$)")  # dots that lead to page numbers
FEW_DOTS = re.compile(r"(?<![.…·_])(?:\s?[.…·_]){2,3}\s*(?=(?:[0-9]{1,4}|[ivxlc]{1,6})$)")  # so many among such lines
_CLAUSE = re.compile(r"\d{1,3}(?:\.\d{1,3})+\.?|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. Places are in points from the top left corner; ``broken`` means that it ends in a hyphen.

    ``cells`` are its parts where there are wide gaps in it; ``counted``: it is one of several numbered ones;
    ``listed``: it is a line of a table of contents; ``begins``: a block of its own begins with it; ``inline``: the
    number that it begins with is that of a list within a sentence. ``typed`` is the text of one in a font of one pitch
    with all of its spaces, ``advance`` the width of a character of it; that of a whole listing has several lines.
    """

    text: str
    page: int
    left: float
    right: float
    bottom: float
    size: float
    bold: bool = False
    broken: bool = False
    cells: tuple[Cell, ...] = ()
    counted: bool = False
    listed: bool = False
    begins: bool = False
    inline: bool = False
    typed: str = ""
    advance: float = 0.0

    @property
    def style(self) -> tuple[float, bool]:
        """Size to half a point and weight: what sets a heading apart."""
        return round(self.size * 2) / 2, self.bold

    @property
    def is_listing(self) -> bool:
        """Tell whether it is the lines of a listing, joined."""
        return "\n" in self.typed

    @property
    def parts(self) -> tuple[Cell, ...]:
        """Its cells, or the whole line as one; one that ends in the middle of a word is marked."""
        if "\u2010" in self.text and self.cells:  # only typesetting programs write this hyphen
            return tuple((re.sub("\u2010$", BROKEN, words), left, right) for words, left, right in self.cells)
        return self.cells or ((self.text + BROKEN * self.broken, self.left, self.right),)


def gone_on(cell: str, words: str) -> str:
    """Return a cell with its next line; a word that was broken is whole again."""
    gap = "" if not cell or cell.endswith(BROKEN) else " "
    return f"{cell.removesuffix(BROKEN)}{gap}{words}"


def is_one_text(last: str, first: str, gap: float) -> bool:
    """Tell from the two characters around a place, ``gap`` times the size apart, that no cell begins there."""
    if gap < _TOUCH and ((last.isupper() and first.isupper()) or (last in ".,0123456789" and first.isdigit())):
        return True
    return last.isalpha() and first.islower()


def is_clause(line: Line) -> bool:
    """Tell whether a line is the number of a clause or item, and its words."""
    number, words = (line.cells[0][0], line.cells[1][0]) if len(line.cells) == 2 else ("", "")
    return bool(_CLAUSE.fullmatch(number) and words.lstrip("“”„«‘'\"(")[:1].isalpha())


def beside(a: Line, b: Line) -> Line:
    """Return two lines side by side as one."""
    if b.left - a.right > GAP * a.size:
        cells = a.parts + b.parts
    else:
        (last, left, _), (first, _, right) = a.parts[-1], b.parts[0]
        cells = (*a.parts[:-1], (f"{last} {first}", left, right), *b.parts[1:])
    text, cells = f"{a.text} {b.text}", cells if len(cells) > 1 else ()
    bold = a.bold and b.bold
    return replace(a, text=text, right=b.right, bold=bold, broken=b.broken, cells=cells, typed="")
