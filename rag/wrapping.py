"""How the lines of a plain text were wrapped: which of them go on with the next one, and what stands between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from rag.aligned import ITEM, is_code
from rag.paragraphs import Hyphens
from rag.text import STOP_WORDS

_SENTENCE_END = re.compile(r"[.!?]['\"”’)\]]*$")
_LEAST_WRAPPED = 40  # characters of a line that prose was cut at
_STRETCHED = re.compile(r"[a-z,]  [a-z]")  # two spaces within a sentence
_GAP = re.compile(r"\S {3,}\S")
_SIGNS = re.compile(r"[\W_]{4,}")
_TYPED, _SET = "-", "\u2010"  # a hyphen as people type it, and as programs that set text write it
_BROKEN = re.compile(rf"[^\W_]({_TYPED}|{_SET})$")
_DRAWN = re.compile(r"\s*[|+].*[|+]\s*")  # the side of a box
_NAMED = re.compile(r"\s*(?:--?[^\W_]|~?/\S+\s*$)")
_LABEL = re.compile(r"\s*[^\W\d_][\w' -]{0,30}: ")
_SUSPENDED = re.compile(r"(?:and|or|to|und|oder|bis|et|ou|y|o)\b")  # "pre- and post-"


class Wrapping(NamedTuple):
    """The column at which a text seems to be cut, and whether its full lines often go on in lower case: it is prose.

    ``is_flush`` says that lines were stretched to end at the very column, ``columns`` where those of prose begin.
    ``hyphens`` are there if lines end in one, ``breaking`` is the one that only broke words: in other texts words were
    parted at a hyphen that they had. ``is_set`` says that U+2010 also stands within words.
    """

    width: int
    is_prose: bool
    is_flush: bool
    columns: frozenset[int]
    hyphens: Hyphens | None
    breaking: str
    is_set: bool


def wrapping_of(groups: list[list[str]]) -> Wrapping:
    """Return how a text is wrapped; nine of ten full lines do not pass the column."""
    ends = [line.rstrip() for group in groups for line in group[:-1]]
    lengths = sorted(map(len, ends))
    width = lengths[min(len(lengths) - 1, len(lengths) * 9 // 10)] if lengths else 0
    pairs = [(a, b) for group in groups for a, b in pairwise(group) if is_full(a.rstrip(), b.strip(), width)]
    full = Counter(indent(b) for _, b in pairs)
    going_on = Counter(indent(b) for _, b in pairs if b.strip()[:1].islower())
    is_prose = _often(going_on.total(), full.total())
    flush = _flush_width(ends) if is_prose else 0
    columns = frozenset(column for column, times in going_on.items() if _often(times, full[column]))
    last = {line[-1:] for line in ends}
    hyphens = Hyphens(["\n".join(_whole_lines(groups))]) if last & {_TYPED, _SET} else None
    breaking = _SET if _SET in last else _TYPED if flush else ""
    is_set = _SET in last and any(_SET in line.rstrip()[:-1] for group in groups for line in group)
    return Wrapping(flush or width, is_prose, bool(flush), columns, hyphens, breaking, is_set)


def _often(times: int, of: int) -> bool:
    return times >= max(3, 0.4 * of)


def _flush_width(lines: list[str]) -> int:
    """Return the column at which most long lines end as words within them were moved apart, or 0."""
    counts = Counter(len(line) for line in lines if len(line) >= _LEAST_WRAPPED)
    width, times = counts.most_common(1)[0] if counts else (0, 0)
    if times < max(8, 0.5 * counts.total()):
        return 0
    stretched = sum(1 for line in lines if len(line) == width and _STRETCHED.search(line))
    return width if stretched >= 0.1 * times else 0


def _whole_lines(groups: list[list[str]]) -> Iterable[str]:
    """Yield the lines without the halves of words at broken ends."""
    for group in groups:
        broken = False
        for line in group:
            text = line.strip().partition(" ")[2] if broken else line
            broken = line.rstrip().endswith((_TYPED, _SET))
            yield text.rstrip().rpartition(" ")[0] if broken else text


def indent(line: str) -> int:
    """Return the column at which the words of a line begin."""
    return len(line) - len(line.lstrip())


def is_full(line: str, following: str, width: int) -> bool:
    """Tell whether a line had no room for the first word of the next one."""
    return len(line.lstrip()) >= _LEAST_WRAPPED and len(line) + 1 + len(following.split(maxsplit=1)[0]) >= width - 2


def spliced(lines: Iterable[str], wrapping: Wrapping) -> str:
    """Return lines that go on as one, words that were broken at their ends whole."""
    parts: list[str] = []
    for line in map(str.strip, lines):
        if not parts:
            parts.append(line)
            continue
        parts[-1], between = _joint(parts[-1], line, wrapping)
        parts += [between, line] if between else [line]
    return "".join(parts)


def _joint(left: str, right: str, wrapping: Wrapping) -> tuple[str, str]:
    """Return a line as it stands before the next one, and what is between the two."""
    found = _BROKEN.search(left) if left.endswith((_TYPED, _SET)) else None
    if not found or not wrapping.hyphens or not right[:1].isalnum() or _SUSPENDED.match(right):
        return left, " "
    if found[1] == _SET and not wrapping.is_set:
        return left[:-1], ""
    kept = wrapping.hyphens.joint(left[:-1], right, known=found[1] != wrapping.breaking)
    return (left if kept else left[:-1]), ""


def _goes_on(a: str, b: str, wrapping: Wrapping) -> bool:
    """Tell of a line for sure that it goes on: a word is broken, or it ends at the column of a text that is flush."""
    if a.rstrip().endswith(_SET):
        return True
    filled = wrapping.is_flush and len(a.rstrip()) >= wrapping.width and not _DRAWN.fullmatch(a)
    opens = len(a.strip()) >= _LEAST_WRAPPED and indent(b) in wrapping.columns  # the first line stands further in
    return filled and (indent(b) >= indent(a) or opens) and not ITEM.match(b)


def joined(lines: list[str], wrapping: Wrapping) -> str:
    """Return lines as they stand, save that a sentence which was cut at the column goes on.

    Where lines begin with labels ("Present: …"), so does a full one that has none below it.
    """
    width, runs = wrapping.width, [[lines[0]]]
    labelled = sum(map(bool, map(_LABEL.match, lines))) > 1
    for line, following in pairwise(lines):
        a, b = line.strip(), following.strip()
        opens = b[0].islower() or (a[-1] == "," and b[0].isdigit()) or (labelled and b[0].isalpha())
        cut = 40 <= width <= 132 and is_full(a, b, width) and opens and not (labelled and _LABEL.match(b))
        if (cut and a[-1] not in ".!?:;") or _goes_on(line, following, wrapping):
            runs[-1].append(following)
        else:
            runs.append([following])
    return "\n".join(spliced(run, wrapping) for run in runs)


def is_wrapped(lines: list[str], wrapping: Wrapping) -> bool:
    """Tell prose cut at a column: no line had room for the next one's first word, and lines go on in lower case.

    In a text of such prose a line that ends in a small word also goes on with a name or a number, and so do all lines
    of one sentence. Where most go on in the middle of a sentence, as after a mail was quoted, no column is needed. In
    a text that is flush each line tells by itself.
    """
    if wrapping.is_flush or _is_labelled(lines):
        return _is_labelled(lines) or all(_goes_on(a, b, wrapping) for a, b in pairwise(lines))
    pairs = [(a.rstrip(), b.strip()) for a, b in pairwise(lines)]
    open_ = [wrapping.is_prose and a.split()[-1].lower() in STOP_WORDS for a, _ in pairs]
    going_on = [b[:1].islower() or (more and b[:1].isalnum()) for more, (_, b) in zip(open_, pairs, strict=True)]
    full = [is_full(a, b, wrapping.width) for a, b in pairs]
    if wrapping.is_prose and all(full) and _is_sentence(lines):
        return True
    within = [len(a.lstrip()) >= _LEAST_WRAPPED and a[-1] not in ".!?:;" and b[:1].islower() for a, b in pairs]
    if sum(w or (f and g) for w, f, g in zip(within, full, going_on, strict=True)) > 0.5 * len(pairs):
        return True
    return 40 <= wrapping.width <= 132 and sum(full) >= 0.85 * len(pairs) and sum(going_on) >= 0.3 * len(pairs)


def _is_sentence(lines: list[str]) -> bool:
    """Tell whether the last line ends as a sentence does, and no other, and all of the others begin at one column."""
    ended = [_SENTENCE_END.search(line.rstrip()) is not None for line in lines]
    return ended[-1] and not any(ended[:-1]) and len({indent(line) for line in lines[1:]}) == 1


def _is_labelled(lines: list[str]) -> bool:
    """Tell whether the first line begins with a label, and all else stands in a column of long lines beside it."""
    column = indent(lines[1])
    label, text = lines[0][:column], lines[0][column:]
    beside = label.strip() != "" and label.endswith("  ") and text[:1].strip() != ""
    long = all(len(line.rstrip()) >= _LEAST_WRAPPED for line in lines[:-1])
    return beside and long and all(indent(line) == column and not _GAP.search(line) for line in lines[1:])


def option_lines(lines: list[str]) -> int:
    """Return how many lines name an option ("-v, --verbose") or a file, the others standing further in; else 0."""
    column = indent(lines[0])
    named = next((at for at, line in enumerate(lines) if not _NAMED.match(line)), 0)
    listed = named and all(indent(line) == column for line in lines[:named])
    return named if listed and all(indent(line) > column for line in lines[named:]) else 0


def is_listing(lines: list[str], wrapping: Wrapping) -> bool:
    """Tell lines whose spaces matter: code, diagrams, aligned columns; those as far in as the prose are not."""
    if not is_code(lines) or any(_goes_on(a, b, wrapping) for a, b in pairwise(lines)):
        return False
    columns = [indent(line) for line in lines]
    drawn = sum(1 for line in lines if _GAP.search(line) or _SIGNS.fullmatch(line.strip()))
    stated = sum(1 for line in lines if line.rstrip().endswith(("{", "}", ";")))
    level = len(set(columns[1:])) == 1 and columns[1] >= columns[0] and columns[1] in wrapping.columns
    return not level or drawn > len(lines) / 3 or stated > len(lines) / 2
