"""Headings of plain text that nothing underlines: in capitals, with a number, or left of all that they stand above."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from rag.aligned import ITEM
from rag.wrapping import indent

MAX_TITLE = 80  # characters
_NUMBER = re.compile(r"\s*(?:§ ?)?(\d{1,2}(?:\.\d{1,2})*)\.?\s+(?=[^\W\d])")
_ASKED = re.compile(r"[?!]['\"”’)\]]*$")
_ASIDE = re.compile(r" \([^()]*\)\s*$")  # "MUSHROOM LASAGNE (vegetarian)"
_GAP = re.compile(r"\S {3,}\S|(?:\. ?){4}")  # as between columns, or up to the number of a page
_LEAST_SECTIONS = 3
_SHORTER = 0.6  # than the line below is a title, so that it is not the first line of a paragraph; set by hand
_MOST_LEFT = 0.15  # of the lines, of which half or more are the headings


def with_sections(blocks: list[list[str]]) -> list[tuple[list[str], int]]:
    """Return the blocks, each with the level 0; in a text that is indented as a whole its headings apart, with theirs.

    Headings of sections stand at the left edge there, those below them left of the text, as in manual pages.
    """
    below = [block[1] if len(block) > 1 else after[0] for block, after in pairwise([*blocks, [""]])]
    heads = {number for number, block in enumerate(blocks) if _heads(block[0], below[number], 0, 1)}
    left = sum(1 for block in blocks for line in block if line[0].isalnum())
    if len(heads) < max(_LEAST_SECTIONS, left / 2) or left > _MOST_LEFT * sum(map(len, blocks)):
        return [(block, 0) for block in blocks]
    column = Counter(indent(below[number]) for number in heads).most_common(1)[0][0]
    found: list[tuple[list[str], int]] = []
    for number, block in enumerate(blocks):
        rest = block
        if number in heads:
            numbered = _NUMBER.match(block[0])
            found.append((block[:1], min(2 + numbered[1].count("."), 6) if numbered else 2))
            rest = block[1:]
        under = rest[1] if len(rest) > 1 else below[number]
        if rest and 0 < indent(rest[0]) < column and _heads(rest[0], under, indent(rest[0]), column):
            found.append((rest[:1], 3))
            rest = rest[1:]
        found += [(rest, 0)] if rest else []
    return found


def _heads(line: str, below: str, column: int, least: int) -> bool:
    """Tell whether a line reads like a heading and begins at a column, and that below it at the least one or later."""
    text = line.strip()
    titled = indent(line) == column and indent(below) >= least and not text[0].islower() and text[0].isalnum()
    return titled and could_be_title(text) and text[-1] not in ":{" and not _GAP.search(text)


def with_headings(parts: list[tuple[list[str], int]], *, sectioned: bool) -> Iterator[tuple[list[str], int]]:
    """Yield the parts with the headings told that nothing underlines: a line in capitals or with a number, alone above
    what follows, or first in several parts of more lines. If ``sectioned``, those further in are below the sections."""
    blocks = [part for part, _ in parts]
    lines = [line for block in blocks for line in block]
    shouted = sum(map(str.isupper, lines)) > len(lines) / 2
    leading = sum(map(_leads, blocks)) > 1
    depths = [0, *map(_depth, blocks), 0]
    chapters, counted = _chapters(blocks), _counted_leads(blocks)
    for index, (part, level) in enumerate(parts):
        own, (before, depth, after) = _heading_level(part[0]), depths[index : index + 3]
        if index in chapters:
            yield part, max(level, 2)
            continue
        if sectioned and part[0][0].isspace():
            told = index > 0 and parts[index - 1][0][-1].rstrip().endswith(":")
            own = 0 if told else max(own, 3) if own or _introduces(part[0]) else 0
        if level or shouted or not (own or index in counted):
            yield part, level
        elif len(part) == 1:
            listed = depth > 0 and (before == depth or 0 < after <= depth)
            alone = index + 1 < len(parts) and not listed
            yield part, (own if index or depth else 1) if alone else 0
        elif index in counted or (leading and _leads(part)):
            yield part[:1], own or 2
            yield part[1:], 0
        else:
            yield part, 0


def _chapters(parts: list[list[str]]) -> set[int]:
    """Return which parts are numbered from 1 to 3 or more, each a line alone above others, one with sections in it.

    These are headings whatever their words, which may be a question.
    """
    lines = [part[0] if len(part) == 1 else "" for part in parts]
    numbers = [own[1] if (own := _NUMBER.match(line)) and _could_head(line) else "" for line in lines]
    found: list[int] = []
    for index, number in enumerate(numbers):
        if number == str(len(found) + 1) and (not found or indent(lines[index]) == indent(lines[found[0]])):
            found.append(index)
    apart = all(b - a > 1 for a, b in pairwise([*found, len(parts)]))
    sectioned = any(f"{count}.1" in numbers[start:] for count, start in enumerate(found, 1))
    return set(found) if len(found) >= _LEAST_SECTIONS and apart and sectioned else set()


def _counted_leads(parts: list[list[str]]) -> set[int]:
    """Return which parts begin with a title of a line, numbered from 1 to 3 or more, most of them much shorter than
    what is below: "4. Noise and gardening"."""
    found: dict[int, bool] = {}
    for index, part in enumerate(parts):
        number = _NUMBER.match(part[0]) if len(part) > 1 else None
        if number is None or number[1] != str(len(found) + 1):
            continue
        title, below = part[0][number.end() :], part[1].strip()
        if could_be_title(title) and title[0].isupper() and (below[0].isupper() or below[0].isdigit()):
            found[index] = len(part[0].strip()) < _SHORTER * len(below)
    return set(found) if len(found) >= _LEAST_SECTIONS and sum(found.values()) > len(found) / 2 else set()


def _could_head(line: str) -> bool:
    """Tell whether a line could be a title, or be one but for a sign at its end: "7.5. Scrolls (`?')"."""
    return could_be_title(_ASKED.sub("", line))


def _depth(part: list[str]) -> int:
    """Return how many numbers a line alone that could be a title begins with: ``1.2`` has two."""
    number = _NUMBER.match(part[0]) if len(part) == 1 and could_be_title(part[0]) else None
    return number[1].count(".") + 1 if number else 0


def could_be_title(line: str) -> bool:
    """Tell whether a line is short, has a word, is no label with a value, and does not end as a sentence does."""
    text = line.strip()
    if len(text) > MAX_TITLE or (": " in text and not text.isupper()):
        return False
    return re.search(r"[^\W\d_]{3}", text) is not None and not re.search(r"[.!?,;…]['\"”’)]*$", text)


def _heading_level(line: str) -> int:
    """Return the level of a line in capitals or with a number that could be a title, else 0; level 1 is the file's."""
    number = _NUMBER.match(line)
    title = line[number.end() :] if number else line
    titled = _could_head(title) if number and "." in number[1] else could_be_title(title)
    if not titled or (not number and ITEM.match(line)):
        return 0
    if number and title[0].isupper() and ("." in number[1] or not re.search(r"\b[a-z]\w{3}", title)):
        return min(2 + number[1].count("."), 6)
    bare = _ASIDE.sub("", title)
    return 2 if bare.isupper() and could_be_title(bare) and ": " not in title else 0


def _introduces(line: str) -> bool:
    """Tell a line mostly in capitals, of three words or more, that ends in a colon."""
    words = [word for word in re.findall(r"[^\W\d_]+", line) if len(word) > 1]
    return (
        line.rstrip().endswith(":") and could_be_title(line) and sum(map(str.isupper, words)) > max(2, len(words) / 2)
    )


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
