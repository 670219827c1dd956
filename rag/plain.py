"""Plain text: paragraphs, lists, headings and tables as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, groupby, pairwise
from textwrap import dedent

from rag.aligned import ITEM, RULE, cells_of, is_rule, table_end, titles_table
from rag.errors import LoadError
from rag.formats import Layout, Piece, read_text
from rag.records import table
from rag.textpages import without_frames, without_page_edges
from rag.titles import could_be_title, with_headings, with_sections
from rag.wrapping import Wrapping, is_listing, is_wrapped, joined, option_lines, spliced, wrapping_of

_RTF = re.compile(r"\\(?:([a-zA-Z]+)(-?\d{1,10})? ?|'..|.)|[{}]|[^\\{}]+", re.DOTALL)  # a command, a sign, or words
_KEPT = frozenset("par line cell nestcell row f uc".split())  # commands in hidden words that those after them need


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
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", _plain_spaces(without_page_edges(without_frames(text))))
    blocks = [lines for part in paragraphs if (lines := [line for line in part.split("\n") if line.strip()])]
    wrapping = wrapping_of(blocks)
    sections = with_sections(blocks)
    parts = [part for lines, level in sections for part in ([(lines, level)] if level else _parted(lines))]
    pieces: list[Piece] = []
    for lines, level in with_headings(parts, sectioned=any(level for _, level in sections)):
        pieces += [Piece(" ".join(lines).strip(), "heading", level)] if level else _text_pieces(lines, wrapping)
    return pieces


def _parted(lines: list[str]) -> Iterator[tuple[list[str], int]]:
    """Part a block at its rules, which go, and yield each part with its level: that of a title above a rule, or 0."""
    if cells_of(lines):
        yield lines, 0
        return
    if len(lines) > 4 and RULE.fullmatch(lines[1]) and could_be_title(lines[0]) and cells_of(lines[1:]):
        yield lines[:1], 2
        yield lines[1:], 0
        return
    held: list[str] = []
    for line in lines:
        if not RULE.fullmatch(line):
            held.append(line)
            continue
        titled = len(held) == 1 and could_be_title(held[0]) and not ITEM.match(held[0])
        if held:
            yield held, (1 if "=" in line else 2) if titled else 0
        held = []
    if held:
        yield held, 0


def _plain_spaces(text: str) -> str:
    return text.replace("\f", "\n\n").replace("\v", "\n").expandtabs(8)


def _text_pieces(lines: list[str], wrapping: Wrapping) -> list[Piece]:
    """Return the pieces of a block: of the tables that it begins with, each with its title, and of what follows."""
    found: list[Piece] = []
    start, whole = 0, bool(cells_of(lines))
    while start < len(lines) and not whole:
        end = table_end(lines, start)
        if end > start:
            found += _block_pieces(lines[start:end], wrapping)
        elif titles_table(lines, start):
            end = start + 1
            title = could_be_title(lines[start])
            found.append(Piece(lines[start].strip(), "heading", 2) if title else Piece(lines[start]))
        else:
            break
        start = end
    return [*found, *_block_pieces(lines[start:], wrapping)] if start < len(lines) else found


def _block_pieces(lines: list[str], wrapping: Wrapping) -> list[Piece]:
    if cells := cells_of(lines):
        shown = list(dropwhile(lambda line: RULE.fullmatch(line) or is_rule(line), lines))
        underlined = len(shown) > 2 and (is_rule(shown[1]) or not re.search(r"[^\s=+|-]", shown[1]))
        return table(cells, header=1 if underlined else None, pairs=len(cells[0]) == 2)
    if len(lines) == 1:
        return [Piece(lines[0])]
    if ITEM.match(lines[0]) or (len(lines) > 2 and ITEM.match(lines[1])):
        return _item_pieces(lines, wrapping)
    if named := option_lines(lines):
        return [Piece(spliced([*lines[:named], _running_text(lines[named:], wrapping)], wrapping))]
    if is_wrapped(lines, wrapping):
        return [Piece(spliced(lines, wrapping))]
    if sum(len(line) for line in lines) > 100 * len(lines):
        return [Piece(line) for line in lines]
    return [Piece(dedent("\n".join(lines)), "code") if is_listing(lines, wrapping) else Piece(joined(lines, wrapping))]


def _running_text(lines: list[str], wrapping: Wrapping) -> str:
    wrapped = len(lines) == 1 or is_wrapped(lines, wrapping)
    return spliced(lines, wrapping) if wrapped else joined(lines, wrapping)


def _item_pieces(lines: list[str], wrapping: Wrapping) -> list[Piece]:
    """A line that begins with a marker is an item; an indented or lower-case line goes on with the one before.

    Other lines behind an item are as they are by themselves.
    """
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if ITEM.match(line):
            found.append(("item", [line.strip()]))
        elif found and found[-1][0] == "item" and (line[:1].isspace() or line[:1].islower()):
            found[-1][1].append(line.strip())
        elif found and found[-1][0] == "paragraph":
            found[-1][1].append(line)
        else:
            found.append(("paragraph", [line]))
    runs = [(kind, spliced(run, wrapping) if kind == "item" else _running_text(run, wrapping)) for kind, run in found]
    return [Piece(run.strip(), kind, join="\n" if at else "\n\n") for at, (kind, run) in enumerate(runs)]
