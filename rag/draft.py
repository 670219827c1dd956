"""What a language model writes, read as data: sentences with their markers, what leads to them, whether it declines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from rag.sentences import sentence_spans
from rag.text import normalize, squeeze

CODE_INSET = "    "
NO_ANSWER = "The documents do not contain the answer."

# [1], [1, 2], [1-3], [1][3], 【1】, 【1†source】, [^1], [[1]], [Source: 1], [1](#1): small models use them all.
_NUMBERS = r"\^?\d{1,3}(?:\s*[-–,;]\s*\^?\d{1,3})*"
_MARKER = re.compile(
    rf"\(?[\[【]{{1,2}}\s*(?:(?:passages?|sources?|documents?|docs?|refs?)\.?:?\s*)?({_NUMBERS})\s*(?:†[^\]】\n]*)?[\]】]{{1,2}}"
    r"(?:\(#[^)\s]*\)|(?!\())\)?",
    re.IGNORECASE,
)
_STOP = "[.!?。！？؟۔।]"
_STOP_BEFORE_MARKER = re.compile(rf"(?<!{_STOP})({_STOP}+)((?:[ \t]*(?:{_MARKER.pattern}))+)", re.IGNORECASE)
_NAMED_MARKER = re.compile(
    rf"(?:according to|as (?:per|stated in)|in|see|from)\s+{_MARKER.pattern},?\s*", re.IGNORECASE
)
_LINE_MARK = re.compile(r"\s*(?:>\s*)*(?:([-–*+•]|\d{1,3}[.)]|#{1,6})\s+)?")
_TITLE = re.compile(r"\*\*[^*\n]+\*\*:?\s*")
_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
_OPEN_MARKER = re.compile(r"[\[【][^\]】\n]*$")
_EMPHASIS = re.compile(r"\*\*|__(?=\s|$)|(?:(?<=\s)|^)__|`|(?<![\w*])\*(?=\S)|(?<=[\w.,;:!?)])\*(?![\w*])")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
THOUGHTS = "(?:think|thinking|thought|reasoning)"  # the names of the marks around them
_THOUGHTS_END = re.compile(f"</{THOUGHTS}>", re.IGNORECASE)
_TAIL = 300  # characters that the markers at the end of a draft may take
MAY_END = re.compile(r"[^\w ,]")  # nothing else ends a sentence

_DOCUMENTS = r"(?:documents?|passages?|contexts?|sources?|texts?|excerpts?|materials?|files?|information)"
_DECLINES = re.compile(
    rf"\b{_DOCUMENTS}\b[^.]{{0,40}}\b(?:do|does|did)(?: not|n['’]t) (?:\w+ )?"
    r"(?:contain|answer|include|provide|hold|mention|say|specify|state|cover|give|address|discuss|describe|list|tell)"
    rf"|\b(?:there is|contains?|provides?|found|have) no (?:\w+ )?(?:information|mention|answer|details)\b"
    r"|\b(?:could|can|was|am|were|is)(?: not|n['’]t|not| unable to) (?:be )?(?:find|found|answer|answered|locate)\b"
    rf"|\banswer (?:is|was) not (?:\w+ )?(?:in|contained|available|given|mentioned|provided|stated)\b"
    r"|^(?:sorry,? )?(?:but )?i (?:do not|don['’]t|cannot|can['’]t) (?:know|say|tell|answer)\b"
    r"|\b(?:dokumente?n?|passagen?|quellen?|unterlagen|texte?n?)\b[^.]{0,60}\b(?:nicht|keine?n?)\b"
    r"|\b(?:documents?|passages?|sources?|textes?)\b[^.]{0,30}\bne \w+ (?:pas|aucun\w*)\b"
    r"|\b(?:documentos|pasajes|fuentes|textos)\b[^.]{0,30}\bno \w+"
    r"|(?:文档|文件|文檔|段落|资料|資料)[^。]{0,20}(?:没有|沒有|未|不包含|無|无)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence as drafted: its words without markers, the passage numbers that it cites, what leads to it.

    ``parent`` is the item that it is a part of, in a list within a list. ``is_title`` is a heading, a line in bold or
    the head of a table, ``is_listed`` one that begins with its marker, as in a list of sources. Code between fences is
    one sentence, its lines inset by ``CODE_INSET`` as Markdown has it.
    """

    text: str
    numbers: tuple[int, ...]
    lead: str
    parent: str = ""
    is_title: bool = False
    is_listed: bool = False


def declines(reply: str) -> bool:
    """Tell whether a reply says, as it was told to or otherwise, that the answer is not there; and cites nothing."""
    said = squeeze(normalize(reply)[0]).lstrip("\"'“”*# ")
    if said.lower().startswith(NO_ANSWER[:-1].lower()):
        return len(_MARKER.findall(said)) == len(_MARKER.findall(said[: len(NO_ANSWER) + 8]))
    first = said[: (sentence_spans(said) or [(0, 0)])[0][1]]
    return _MARKER.search(said) is None and _DECLINES.search(first) is not None


def without_thoughts(reply: str) -> str:
    """Return a reply without the thoughts that the model's template opened, unseen."""
    ends = [match.end() for match in _THOUGHTS_END.finditer(reply)] if "</" in reply else []
    return reply[ends[-1] :] if ends else reply


def is_open(draft: str) -> bool:
    """Whether the draft ends within a marker, so that it is not known yet which sentence cites what."""
    return _OPEN_MARKER.search(draft) is not None


def is_whole(draft: str) -> bool:
    """Whether the last sentence of a draft is finished, as far as its end tells."""
    tail = draft.rstrip(" \t")[-_TAIL:]
    bare = re.sub(rf"(?:[ \t]*{_MARKER.pattern})+$", "", tail, flags=re.IGNORECASE)
    ending = bare.rstrip("*_)}\"'”’ ")
    return bare != tail or draft.endswith("\n") or ending.endswith((*".!?…。！？؟۔।|", "```"))


def read_draft(draft: str) -> Iterator[Part]:
    """Yield the draft's sentences; a marker after the full stop belongs to the sentence before it."""
    text = _STOP_BEFORE_MARKER.sub(lambda m: f"{m[2]}{m[1]}", normalize(draft)[0])
    lines = text.split("\n")
    row = item = 0  # of a table, of a list
    above: list[tuple[int, str]] = []  # the items that hold the next one: how far in they stand, their words
    code: list[str] | None = None  # the lines since a fence that is open
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if _FENCE.match(line):
            yield from _read_code(code or [], _bare(line, "", in_table=False)[1] or _only_markers(following))
            code = [] if code is None else None
            continue
        if code is not None:
            code.append(line)
            continue
        in_table = line.lstrip().startswith("|")
        row = row + any(c.isalnum() for c in line) if in_table else 0
        found = _LINE_MARK.match(line)
        assert found  # as everything in it may be missing
        mark, spans = found[1] or "", sentence_spans(line, found.end())
        if mark[:1].isdigit():
            if int(mark[:-1]) in (1, item + 1):
                item = int(mark[:-1])
            elif spans:  # "3. Oktober 1990" is no item of a list
                mark, spans[0] = "", (found.start(1), spans[0][1])
        inset = len(line) - len(line.lstrip())
        if spans:
            above = [holder for holder in above if mark and not mark.startswith("#") and holder[0] < inset]
        parent, lead = ", ".join(words for _, words in above), _lead(mark, row, len(_cells(line)), len(above))
        is_head = row == 1 and _RULE.fullmatch(following) is not None
        is_title = is_head or mark.startswith("#") or _TITLE.fullmatch(line, found.end()) is not None
        for start, end in [(0, len(line))] if in_table else spans:
            bare, cited = _bare(line[start:end], mark, in_table=in_table)
            if any(c.isalnum() for c in bare):
                listed = _MARKER.match(line, start) is not None
                yield Part(bare, cited, lead, parent, is_title, listed)
                if mark and "\n" in lead:
                    above.append((inset, bare))
                lead = " "
    yield from _read_code(code or [], ())


def _read_code(lines: Sequence[str], cited: tuple[int, ...]) -> Iterator[Part]:
    code = dedent("\n".join(lines)).strip("\n").rstrip().replace("\n", f"\n{CODE_INSET}")
    if any(c.isalnum() for c in code):
        yield Part(code, cited, f"\n\n{CODE_INSET}")


def _only_markers(line: str) -> tuple[int, ...]:
    """Return what a line cites that holds nothing but markers."""
    return () if _MARKER.sub("", line).strip(" .") else _bare(line, "", in_table=False)[1]


def _bare(raw: str, mark: str, *, in_table: bool) -> tuple[str, tuple[int, ...]]:
    """Return the words of a sentence without Markdown and markers, and the numbers of the markers."""
    cited = [n for marker in _MARKER.finditer(raw) for n in _cited(marker[1])]
    bare = _EMPHASIS.sub("", _MARKER.sub("", _NAMED_MARKER.sub("", raw)))
    bare = squeeze(_LINE_BREAK.sub(" ", bare.rstrip(" #") if mark.startswith("#") else bare))
    bare = re.sub(r"\s+([.,;:!?。！？؟۔।])", r"\1", bare).lstrip(":,; ")
    if _NAMED_MARKER.match(raw):
        bare = bare[:1].upper() + bare[1:]
    return " | ".join(_cells(bare)) if in_table else bare, tuple(dict.fromkeys(cited))


def _cited(numbers: str) -> Iterator[int]:
    for first, last in re.findall(r"(\d+)(?:\s*[-–]\s*\^?(\d+))?", numbers):
        yield from range(int(first), min(int(last or first), int(first) + 9) + 1)


def _cells(row: str) -> list[str]:
    inner = re.sub(r"^\s*\||(?<!\\)\|\s*$", "", row)
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _lead(mark: str, row: int, columns: int, depth: int) -> str:
    """Return what stands in Markdown between the line before and the words of a line: its mark, in one spelling."""
    if row:
        rule = "| --- " * columns + "|\n" if row == 2 else ""
        return f"\n{rule}| " if row > 1 else "\n\n| "
    if mark.startswith("#"):
        return f"\n\n{mark} "
    inset = "   " * depth
    if mark[:1].isdigit():
        return f"\n{inset}{mark[:-1]}. "
    return f"\n{inset}- " if mark else "\n\n"
