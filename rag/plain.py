"""Plain text: paragraphs, lists, headings and tables as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, groupby, pairwise
from typing import NamedTuple

from rag.aligned import ITEM, RULE, cells_of, is_code, table_end, titles_table
from rag.errors import LoadError
from rag.formats import Layout, Piece, read_text
from rag.records import table
from rag.text import STOP_WORDS

_NUMBER = re.compile(r"\s*(\d{1,2}(?:\.\d{1,2})*)\.?\s+(?=[^\W\d])")
_RTF = re.compile(r"\\(?:([a-zA-Z]+)(-?\d{1,10})? ?|'..|.)|[{}]|[^\\{}]+", re.DOTALL)  # a command, a sign, or words
_KEPT = frozenset("par line cell nestcell row f uc".split())  # commands in hidden words that those after them need
MAX_TITLE = 80  # characters
_LEAST_WRAPPED = 40  # characters of a line that prose was cut at


def parse_txt(data: bytes) -> Layout:
    """Blank lines divide paragraphs; hard-wrapped prose becomes one line, other lines stay as they are."""
    text, warnings = read_text(data)
    return Layout(text_pieces(text), warnings=warnings)


def parse_rtf(data: bytes) -> Layout:
    """Read a rich text (RTF) as plain text with tables; notes stand where they are referred to, hidden words go.

    Raises:
        LoadError: it is no rich text.
    """
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise LoadError("is not a rich text (RTF).", "Give it the ending of its true format.")
    words: str = rtf_to_text(_seen(data.decode("latin-1")), errors="replace")  # type: ignore[no-untyped-call]
    words = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # an emoji is written in halves
    pieces: list[Piece] = []
    for is_row, lines in groupby(words.split("\n"), key=lambda line: line.endswith("|")):
        if is_row:
            pieces += table([line.removesuffix("|").split("|") for line in lines])
            continue
        paragraphs = ""
        for before, line in pairwise(["", *lines]):
            paragraphs += f"\n{line}" if ITEM.match(before) and ITEM.match(line) else f"\n\n{line}"
        pieces += text_pieces(paragraphs)
    return Layout(pieces)


def _seen(text: str) -> str:
    """Return a rich text without its hidden words, with its notes as words and each cell of a table on one line.

    What is hidden is so up to the end of its group: a stack holds it for each.
    """
    found: list[str] = []
    breaks: list[int] = []  # where in a row a line ended since the last cell
    hidden, within, at = [False], False, 0
    while token := _RTF.match(text, at):
        part, word, number = token.group(0, 1, 2)
        at = token.end()
        if part == "{":
            hidden.append(hidden[-1])
        elif part == "}" and len(hidden) > 1:
            hidden.pop()
        elif word in ("v", "plain"):
            hidden[-1] = word == "v" and number != "0"
        elif word == "bin":  # so many signs of a picture
            at += max(0, int(number or 0))
            continue
        elif word == "footnote":  # which the library leaves out
            part = " "
        elif word in ("trowd", "cell", "row"):
            for place in breaks if word == "cell" else ():
                found[place] = "\\tab "
            breaks, within = [], word != "row"
        elif word in ("par", "line") and within:
            breaks.append(len(found))
        if not hidden[-1] or part in ("{", "}") or word in _KEPT:
            found.append(part)
    return "".join(found)


def text_pieces(text: str) -> list[Piece]:
    """Return the headings, paragraphs, lists and tables of a plain text."""
    paragraphs = re.split(r"\n[ \t]*(?:\n[ \t]*)+", _plain_spaces(text))
    blocks = [lines for part in paragraphs if (lines := [line for line in part.split("\n") if line.strip()])]
    wrapping = _wrapping(blocks)
    pieces: list[Piece] = []
    for lines, level in _with_headings([part for block in blocks for part in _parted(block)]):
        pieces += [Piece(" ".join(lines).strip(), "heading", level)] if level else _text_pieces(lines, wrapping)
    return pieces


def _parted(lines: list[str]) -> Iterator[tuple[list[str], int]]:
    """Part a block at its rules, which go, and yield each part with its level: that of a title above a rule, or 0."""
    if cells_of(lines):
        yield lines, 0
        return
    if len(lines) > 4 and RULE.fullmatch(lines[1]) and _could_be_title(lines[0]) and cells_of(lines[1:]):
        yield lines[:1], 2
        yield lines[1:], 0
        return
    held: list[str] = []
    for line in lines:
        if not RULE.fullmatch(line):
            held.append(line)
            continue
        titled = len(held) == 1 and _could_be_title(held[0]) and not ITEM.match(held[0])
        if held:
            yield held, (1 if "=" in line else 2) if titled else 0
        held = []
    if held:
        yield held, 0


def _with_headings(parts: list[tuple[list[str], int]]) -> Iterator[tuple[list[str], int]]:
    """Yield the parts with the headings told that nothing underlines: a line in capitals or with a number, alone above
    what follows, or first in several parts of more lines."""
    lines = [line for part, _ in parts for line in part]
    shouted = sum(map(str.isupper, lines)) > len(lines) / 2
    leading = sum(_leads(part) for part, _ in parts) > 1
    depths = [0, *(_depth(part) for part, _ in parts), 0]
    for index, (part, level) in enumerate(parts):
        own, (before, depth, after) = _heading_level(part[0]), depths[index : index + 3]
        if level or shouted or not own:
            yield part, level
        elif len(part) == 1:
            listed = depth > 0 and (before == depth or 0 < after <= depth)
            alone = index + 1 < len(parts) and not listed
            yield part, (own if index or depth else 1) if alone else 0
        elif leading and _leads(part):
            yield part[:1], own
            yield part[1:], 0
        else:
            yield part, 0


def _depth(part: list[str]) -> int:
    """Return how many numbers a line alone that could be a title begins with: ``1.2`` has two."""
    number = _NUMBER.match(part[0]) if len(part) == 1 and _could_be_title(part[0]) else None
    return number[1].count(".") + 1 if number else 0


def _could_be_title(line: str) -> bool:
    text = line.strip()
    if len(text) > MAX_TITLE or (": " in text and not text.isupper()):
        return False
    return re.search(r"[^\W\d_]{3}", text) is not None and not re.search(r"[.!?,;…]['\"”’)]*$", text)


def _heading_level(line: str) -> int:
    """Return the level of a line in capitals or with a number that could be a title, else 0; level 1 is the file's."""
    number = _NUMBER.match(line)
    title = line[number.end() :] if number else line
    if not _could_be_title(title) or (not number and ITEM.match(line)):
        return 0
    if number and title[0].isupper() and ("." in number[1] or not re.search(r"\b[a-z]\w{3}", title)):
        return min(2 + number[1].count("."), 6)
    return 2 if title.isupper() and ": " not in title else 0


def _leads(part: list[str]) -> bool:
    """Tell whether the first of several lines reads like a heading of the others."""
    if len(part) < 2 or not _heading_level(part[0]) or not part[1][0].isupper() or any(map(str.isupper, part[1:])):
        return False
    number = _NUMBER.match(part[0])
    listed = (found[1] for line in part[1:] if (found := _NUMBER.match(line)))
    return not (number and _counted_up(number[1]) in listed)


def _counted_up(number: str) -> str:
    """Return the number after this one in a list: of "1.2" "1.3"."""
    above, dot, last = number.rpartition(".")
    return f"{above}{dot}{int(last) + 1}"


def _plain_spaces(text: str) -> str:
    return text.replace("\f", "\n\n").replace("\v", "\n").expandtabs(4)


class _Wrapping(NamedTuple):
    """The column at which a text seems to be cut, and whether its full lines often go on in lower case: it is prose."""

    width: int
    is_prose: bool


def _wrapping(groups: list[list[str]]) -> _Wrapping:
    """Return how a text is wrapped; nine of ten full lines do not pass the column."""
    lengths = sorted(len(line.rstrip()) for group in groups for line in group[:-1])
    width = lengths[min(len(lengths) - 1, len(lengths) * 9 // 10)] if lengths else 0
    full = [b.strip() for group in groups for a, b in pairwise(group) if _is_full(a.rstrip(), b.strip(), width)]
    going_on = sum(1 for line in full if line[:1].islower())
    return _Wrapping(width, going_on >= max(3, 0.4 * len(full)))


def _is_full(line: str, following: str, width: int) -> bool:
    """Tell whether a line had no room for the first word of the next one."""
    return len(line) >= _LEAST_WRAPPED and len(line) + 1 + len(following.split(maxsplit=1)[0]) >= width - 2


def _text_pieces(lines: list[str], wrapping: _Wrapping) -> list[Piece]:
    """Return the pieces of a block: of the tables that it begins with, each with its title, and of what follows."""
    found: list[Piece] = []
    start, whole = 0, bool(cells_of(lines))
    while start < len(lines) and not whole:
        end = table_end(lines, start)
        if end > start:
            found += _block_pieces(lines[start:end], wrapping)
        elif titles_table(lines, start):
            end = start + 1
            title = _could_be_title(lines[start])
            found.append(Piece(lines[start].strip(), "heading", 2) if title else Piece(lines[start]))
        else:
            break
        start = end
    return [*found, *_block_pieces(lines[start:], wrapping)] if start < len(lines) else found


def _block_pieces(lines: list[str], wrapping: _Wrapping) -> list[Piece]:
    if cells := cells_of(lines):
        shown = list(dropwhile(RULE.fullmatch, lines))
        underlined = len(shown) > 2 and not re.search(r"[^\s=+|-]", shown[1])
        return table(cells, header=1 if underlined else None, pairs=len(cells[0]) == 2)
    if len(lines) == 1:
        return [Piece(lines[0])]
    if ITEM.match(lines[0]) or (len(lines) > 2 and ITEM.match(lines[1])):
        return _item_pieces(lines)
    if _is_wrapped(lines, wrapping):
        return [Piece(" ".join(line.strip() for line in lines))]
    if sum(len(line) for line in lines) > 100 * len(lines):
        return [Piece(line) for line in lines]
    return [Piece("\n".join(lines), "code") if is_code(lines) else Piece(_joined(lines, wrapping.width))]


def _joined(lines: list[str], width: int) -> str:
    """Return lines as they stand, save that a sentence which was cut at the column goes on."""
    text = lines[0]
    for a, b in pairwise(line.strip() for line in lines):
        cut = 40 <= width <= 132 and _is_full(a, b, width) and (b[0].islower() or (a[-1] == "," and b[0].isdigit()))
        text += f" {b}" if cut and a[-1] not in ".!?:;" else f"\n{b}"
    return text


def _item_pieces(lines: list[str]) -> list[Piece]:
    """A line that begins with a marker is an item; an indented or lower-case line goes on with the one before."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if ITEM.match(line):
            found.append(("item", [line.strip()]))
        elif found and found[-1][0] == "item" and (line[:1].isspace() or line[:1].islower()):
            found[-1][1].append(line.strip())
        else:
            found.append(("paragraph", [line.strip()]))
    return [Piece(" ".join(parts), kind, join="\n" if at else "\n\n") for at, (kind, parts) in enumerate(found)]


def _is_wrapped(lines: list[str], wrapping: _Wrapping) -> bool:
    """Tell prose cut at a column: no line had room for the next one's first word, and lines go on in lower case.

    In a text of such prose a line that ends in a small word also goes on with a name or a number. Where most go on in
    the middle of a sentence, as after a mail was quoted, no column is needed.
    """
    pairs = [(a.rstrip(), b.strip()) for a, b in pairwise(lines)]
    open_ = [wrapping.is_prose and a.split()[-1].lower() in STOP_WORDS for a, _ in pairs]
    going_on = [b[:1].islower() or (more and b[:1].isalnum()) for more, (_, b) in zip(open_, pairs, strict=True)]
    full = [_is_full(a, b, wrapping.width) for a, b in pairs]
    within = [len(a) >= _LEAST_WRAPPED and a[-1] not in ".!?:;" and b[:1].islower() for a, b in pairs]
    if sum(w or (f and g) for w, f, g in zip(within, full, going_on, strict=True)) > 0.5 * len(pairs):
        return True
    return 40 <= wrapping.width <= 132 and sum(full) >= 0.85 * len(pairs) and sum(going_on) >= 0.3 * len(pairs)
