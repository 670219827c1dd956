"""Which lines of a page begin an entry of a list, and which only look like it: pure functions, no PDF library."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from rag.line import FEW_DOTS, LEADER, Line

_COUNT = re.compile(r"(\d{1,2})\s+(?=\S)")
_LETTER = re.compile(r"([a-z])\s+[–—-]\s+(?=\S)")
_CLAUSE = re.compile(r"((?:\d{1,3}\.)+)(\d{1,3})\.?\s+(?=[“„«‘'\"(]*[^\W\d_])")
# Lines that begin alike, one below another: the code of a fault, or a label with what it is.
_ALIKE = (re.compile(r"[A-Z]{1,3}-?\d{1,3}\s+(?=[^\W\d_])"), re.compile(r"(?=[^\W\d_])[^.:;!?]{2,32}: (?=\S)"))
_CLOSE, _RUN = 2.0, 3  # times the size: from a line to the next; lines that make a list
_INLINE = re.compile(r"(?:^|(?<=\s))\(?(\d{1,2}|[a-z]|[ivx]{1,5})\)\s+(?=\S)")
_ROMAN = "i ii iii iv v vi vii viii ix x".split()
_LONGEST = 6  # lines of a sentence between two numbers of the list in it
_CLOSED = re.compile(r"[.!?:]['\"”’)\]]*$")


def with_entries(lines: list[Line]) -> list[Line]:
    """Mark lines that are entries of a list without marks, of a table of contents, or of a list within a sentence."""
    counted, listed, begins, inline = _counted(lines), _listed(lines), _begins(lines), _inline(lines)
    marked = list(lines)
    for i in counted | listed | begins | inline:
        marked[i] = replace(lines[i], counted=i in counted, listed=i in listed, begins=i in begins, inline=i in inline)
    return marked


def _counted(lines: Sequence[Line]) -> set[int]:
    """Return the lines that count 1, 2, 3 at one left edge without full stops after the numbers, or a –, b –."""
    runs: list[list[int]] = []
    for index, line in enumerate(lines):
        figure, letter = _COUNT.match(line.text), _LETTER.match(line.text)
        number = int(figure[1]) if figure else ord(letter[1]) - 96 if letter else 0
        last = lines[runs[-1][-1]] if runs else line
        if number == 1:
            runs.append([index])
        elif number and runs and _are_alike(last, line) and number == len(runs[-1]) + 1:
            runs[-1].append(index)
    return {index for run in runs for index in run if len(run) > (1 if _LETTER.match(lines[run[0]].text) else 2)}


def _are_alike(a: Line, b: Line) -> bool:
    return abs(a.left - b.left) < 3 and a.style == b.style


def _listed(lines: Sequence[Line]) -> set[int]:
    """Return the lines of a table of contents: dots lead to a page number, or three have ascending ones set apart."""
    dotted = [LEADER.search(line.text) is not None for line in lines]
    ends = [
        line.text.rpartition(" ")[2] if leads else line.cells[-1][0] if len(line.cells) in (2, 3) else ""
        for line, leads in zip(lines, dotted, strict=True)
    ]
    pages = [int(end) if end.isdecimal() and len(end) < 5 else -1 for end in ends]
    marked = {index for index, leads in enumerate(dotted) if leads}
    for start in range(len(lines) - 2):
        near = pages[start : start + 3]
        if near[0] >= 0 and near == sorted(near):
            marked |= {start, start + 1, start + 2}
    few = {index for index, line in enumerate(lines) if FEW_DOTS.search(line.text)} if marked else set[int]()
    return marked | {index for index in few if any(index + step in marked | few for step in (-1, 1))}


def _begins(lines: Sequence[Line]) -> set[int]:
    """Return the lines that begin a block of their own: by numbers of clauses that count, by codes, or by labels."""
    found = {i for i, line in enumerate(lines) if line.cells and all(_ALIKE[1].match(cell[0]) for cell in line.cells)}
    clauses = [(i, match) for i, line in enumerate(lines) if (match := _CLAUSE.match(line.text))]
    for (i, one), (j, two) in pairwise(clauses):
        if one[1] == two[1] and int(one[2]) + 1 == int(two[2]) and _are_alike(lines[i], lines[j]):
            found |= {i, j}
    for pattern in _ALIKE:
        run: list[int] = []
        for i, line in enumerate(lines):
            if run and (not _is_below(lines[i - 1], line) or abs(lines[run[0]].left - line.left) > 3):
                run = []
            if pattern.match(line.text):
                run.append(i)
            elif not line.text[:1].islower():
                run = []
            found |= set(run) if len(run) >= _RUN else set()
    return found


def _is_below(a: Line, b: Line) -> bool:
    return a.page == b.page and a.style == b.style and 0 < b.bottom - a.bottom <= _CLOSE * b.size


def _inline(lines: Sequence[Line]) -> set[int]:
    """Return the lines that begin with a number of a list within a sentence, which began in a line before."""
    found: set[int] = set()
    for i, line in enumerate(lines):
        first = _INLINE.match(line.text)
        if not first or not i or not _is_below(lines[i - 1], line) or _CLOSED.search(lines[i - 1].text):
            continue
        if first[1] in ("1", "a", "i") and any(_follows(first[1], mark[1]) for mark in _INLINE.finditer(line.text)):
            found.add(i)
        for j in range(i - 1, max(-1, i - 1 - _LONGEST), -1):
            marks = list(_INLINE.finditer(lines[j].text))
            if any(_follows(mark[1], first[1]) and (mark.start() or j in found) for mark in marks):
                found.add(i)
            if marks or not _is_below(lines[j - 1], lines[j]):
                break
    return found


def _follows(a: str, b: str) -> bool:
    """Tell whether one number of a list comes next after another: 2 after 1, b after a, ii after i."""
    if a.isdecimal() and b.isdecimal():
        return int(b) == int(a) + 1
    letters = len(a) == len(b) == 1 and ord(b) == ord(a) + 1
    return letters or (a in _ROMAN[:-1] and b == _ROMAN[_ROMAN.index(a) + 1])
