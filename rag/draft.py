"""What a language model writes, read as data: sentences with their markers, and what leads to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from textwrap import dedent

from rag.lists import leans
from rag.sentences import sentence_spans
from rag.text import caseless, fold, normalize, squeeze
from rag.units import kind_of_unit

CODE_INSET = "    "
NO_ANSWER = "The documents do not contain the answer."

# [1], [1, 2], [1-3], [1][3], 【1】, 【1†source】, [^1], [[1]], [Source: 1], [1](#1), [2, Leave]: models use them all.
_NOUN = (
    r"(?:passages?|sources?|documents?|docs?|refs?|references?|citations?|quellen?|passagen?|textes?|fuentes?|pasajes?)"
)
_NUMBER = rf"(?:{_NOUN}\.?\s*[:#]?\s*)?[\^#*]?\d{{1,3}}[\^*]?"
_AND = r"\s*(?:[-–,;&]|and|und|et|y)\s*"
_NUMBERS = rf"{_NUMBER}(?:{_AND}{_NUMBER})*"
_SEE = r"(?:(?:see|siehe|vgl\.?|cf\.?|voir|véase)\s+)?"
_MARK = (
    rf"(?P<open>\(\s*{_SEE}(?:{_NOUN}\s+)?)?\^?[\[【]{{1,2}}\s*(?P<numbers>{_NUMBERS})\s*"
    r"(?:†[^\]】\n]*|[,:]\s?[^\]】\[\n\d][^\]】\[\n]{0,60})?[\]】]{1,2}\^?"
    r"(?:\((?:#[^)\s]*|[\w.-]+)\)|(?!\())(?(open)\s*\))"
)
MARKER = caseless(_MARK)
_MARKERS = caseless(rf"(?:{_MARK}(?:(?:{_AND})?(?=\^?[\[【]))?)+")
_STOP = "[.!?。！？؟۔।]"
_STOP_BEFORE_MARKER = caseless(rf"(?<!{_STOP})({_STOP}+)((?:[ \t]*(?:{_MARK}))+)(?:[ \t]*\.(?!\w))?")
_BY = r"(?:according to|as (?:per|(?:stated|said|described) in)|based on|laut|gemäß|selon|según)"
_NAMED_MARKER = caseless(
    rf"(?:\b{_BY}|(?:^|(?<=, ))(?:in|see|from|per))\s+(?:the\s+)?(?:{_NOUN}\s+)?{_MARK},?\s*"
    rf"|^(?:{_NOUN}\s+)?(?:\^?\[\d+\])\s+(?:also\s+)?(?:states?|says?|mentions?|notes?|explains?)\s+that\s+"
)
# How markers are written without brackets.
_PLACES = caseless(
    rf"\(\s*{_SEE}({_NOUN}\.?\s*[:#]?\s*\d{{1,3}}(?:{_AND}(?:{_NOUN}\s*)?\d{{1,3}})*)\s*(?:[,:][^()\n]{{0,60}})?\)"
    rf"|(?<=[^\W\d_]{{3}})([⁰¹²³⁴-⁹]{{1,2}})|(?<={_STOP})([⁰¹²³⁴-⁹]{{1,2}})"
    r"|<sup>\s*\[?(\d{1,2})\]?\s*</sup>|\^(\d{1,2})\^|(?<=\s)\{(\d{1,2})\}(?=\s*[.!?]|\s*$)"
)
_SPOKEN = caseless(
    rf"\b({_BY}|per)\s+(?:the\s+)?(?:passages?|sources?|passagen?|quellen?)\s+#?(\d{{1,2}})\b"
    r"|\b(?:passage|source|quelle) (\d{1,2})(?=\s+(?:also\s+)?(?:states?|says?|mentions?|notes?|explains?)\b)"
)
_PARENTHESES = re.compile(r"(?<=\S)[ \t]\((\d{1,2}(?:\s*,\s*\d{1,2})*)\)(?=\s*(?:[.!?]|$))", re.MULTILINE)
_UNIT_BEFORE = re.compile(r"\d[ -]?([^\W\d_]+)$")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LINE_MARK = re.compile(r"\s*(?:>\s*)*(?:([-–*+•]|\d{1,3}[.)]|#{1,6})\s+)?")
_TITLE = re.compile(r"\*\*[^*\n]+\*\*:?\s*")
_RULE = re.compile(r"\|?(?: *:?-+:? *\|)* *:?-+:? *\|?")
_EMPHASIS = re.compile(
    r"(?<!\w)\*\*|\*\*(?!\w)|__(?=\s|$)|(?:(?<=\s)|^)__|(?<![\w*])\*(?=\S)|(?<=[\w.,;:!?)])\*(?![\w*])"
)
_INLINE = r"(?<!`)`[^`\n]+`(?!`)"
_CODE = re.compile(_INLINE)
_IN_TICKS = re.compile(r"(?<!`)`(\[\d{1,2}(?:, ?\d{1,2})*\])`(?!`)")  # a marker, no code
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_CODES = re.compile(rf"^{_FENCE.pattern}[\s\S]*?(?:^{_FENCE.pattern}|\Z)|{_INLINE}", re.MULTILINE)
_SIGN, _MOST_SIGNS = 0x100000, 0xFFFE  # for private use: each stands for a piece of code
_LINE_BREAK = caseless(r"<br\s*/?>")
THOUGHTS = "(?:think|thinking|thought|reasoning)"  # the names of the marks around them
THOUGHTS_END = caseless(f"</{THOUGHTS}>")
# What models write around an answer: words of their templates, its label, a conversation that they go on with.
_TEMPLATE = re.compile(r"<\|[^|>\n]{1,40}\|>|</?s>")
LABEL = caseless(r"\A\s*\*{0,2}(?:assistant|answer|antwort|réponse|respuesta)\s*:\*{0,2}\s*")
_NEXT_TURN = re.compile(  # behind a blank line by a label alone or before a question, or a question that is answered
    r"\n[ \t]*(?:\n[ \t]*(?:user|human|question)[ \t]*:(?:[ \t]*(?:\n|\Z)|[^\n]*[?？](?!\S))"  # "User: bob" is a field
    r"|(?:user|human|question)[ \t]*:[^\n]*[?？][ \t]*\n[ \t]*(?:\n[ \t]*)?(?:assistant|answer|ai|bot)[ \t]*:).*",
    re.IGNORECASE | re.DOTALL,
)
_FINAL = re.compile(r"<\|channel\|>final(?:<\|[^|>\n]*\|>)?<\|message\|>")
_WRAPPED = re.compile(r"(?<=[^\W_,;])\n(?=[^\W\d_A-Z]+[ ,])")
_ONLY_REPLIES = caseless(r"\W*(?:yes|no|ja|nein|doch|oui|non|sí)\W*")
TAIL = 300  # characters of the end of a draft that tell whether it is whole; its last markers may take most
MAY_END = re.compile(r"[^\w ,]")  # nothing else ends a sentence


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence as drafted: its words without markers, the passage numbers that it cites, what leads to it.

    ``parent`` is the item that it is a part of, in a list within a list; ``about`` is the line above a list, or the
    sentence before one that begins with "it". ``is_title`` is a heading, a line in bold or the head of a table,
    ``is_listed`` one that begins with its marker, as in a list of sources. Code between fences is one sentence, its
    lines inset by ``CODE_INSET`` as Markdown has it.
    """

    text: str
    numbers: tuple[int, ...]
    lead: str
    parent: str = ""
    about: str = ""
    is_title: bool = False
    is_listed: bool = False


def without_thoughts(reply: str) -> str:
    """Return a reply without the thoughts that the model's template opened, unseen."""
    ends = [match.end() for match in THOUGHTS_END.finditer(reply)] if "</" in reply else []
    ends += [match.end() for match in _FINAL.finditer(reply)] if "<|" in reply else []
    return reply[max(ends) :] if ends else reply


def is_open(draft: str) -> bool:
    """Whether the draft ends within a marker, so that it is not known yet which sentence cites what."""
    return max(map(draft.rfind, "[【")) > max(map(draft.rfind, "]】\n"))


def is_whole(draft: str) -> bool:
    """Whether the last sentence of a draft is finished, as far as its end tells."""
    tail = draft.rstrip(" \t")[-TAIL:]
    bare = re.sub(rf"(?:[ \t]*{_MARK})+$", "", tail, flags=re.IGNORECASE)
    ending = bare.rstrip("*_)}\"'”’ ")
    return bare != tail or draft.endswith("\n") or ending.endswith((*".!?…。！？؟۔।|", "```"))


def read_draft(draft: str) -> list[Part]:
    """Return the draft's sentences, each once where it is said again at once.

    A marker after the full stop belongs to the sentence before it, one behind the line above a list to its items too,
    one on a line of its own to all before it that have none. A bare "Yes." goes with what follows.
    """
    told: list[Part] = []
    lead_in = Part("", (), "")
    for part in _read_lines(draft):
        if not part.text:
            uncited = takewhile(lambda one: not one.numbers and not one.is_title, reversed(told))
            count = sum(1 for _ in uncited)
            told[len(told) - count :] = [replace(one, numbers=part.numbers) for one in told[len(told) - count :]]
            continue
        in_list = part.lead.startswith("\n") and part.lead[1:].lstrip(" ")[:1] in (*"-0123456789",)
        if not in_list and part.lead != " ":
            lead_in = part
        if told and _ONLY_REPLIES.fullmatch(told[-1].text) and part.lead == " ":
            reply = told.pop()
            part = replace(
                part, text=f"{reply.text} {part.text}", numbers=reply.numbers + part.numbers, lead=reply.lead
            )
        elif in_list and lead_in.text:
            given = lead_in.numbers if lead_in.text.endswith(":") and not part.numbers else part.numbers
            part = replace(part, about=lead_in.text, numbers=given)
        elif told and leans(part.text):
            part = replace(part, about=told[-1].about or told[-1].text)
        if not told or part.lead != " " or part.text != told[-1].text:
            told.append(part)
    return told


def _read_lines(draft: str) -> Iterator[Part]:
    """Yield the sentences line by line, and a part without words for a line of markers only."""
    lines = _prepared(draft).split("\n")
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
        if spans and (alone := _only_markers(line)):
            yield Part("", alone, "")
            continue
        parent, lead = ", ".join(words for _, words in above), _lead(mark, row, len(_cells(line)), len(above))
        is_head = row == 1 and _RULE.fullmatch(following.strip()) is not None
        is_title = is_head or mark.startswith("#") or _TITLE.fullmatch(line, found.end()) is not None
        for start, end in [(0, len(line))] if in_table else spans:
            bare, cited = _bare(line[start:end], mark, in_table=in_table)
            if any(c.isalnum() for c in bare):
                listed = MARKER.match(line, start) is not None
                yield Part(bare, cited, lead, parent, is_title=is_title, is_listed=listed)
                if mark and "\n" in lead:
                    above.append((inset, bare))
                lead = " "
    yield from _read_code(code or [], ())


def _prepared(draft: str) -> str:
    """Return a draft with all markers in brackets, before the full stop, and without what the model's template adds.

    Code stays as it is.
    """
    text, codes = _hide(_CODES, _IN_TICKS.sub(r"\1", normalize(draft)[0]))
    text = _NEXT_TURN.sub("", LABEL.sub("", _TEMPLATE.sub("", text).lstrip(), count=1))
    text = _WRAPPED.sub(" ", text)
    text = _SPOKEN.sub(lambda m: f"{m[1] or ''} [{m[2] or m[3]}]".lstrip(), re.sub(r"\\([\[\]])", r"\1", text))
    text = _PLACES.sub(_in_brackets, text)
    if not MARKER.search(text):
        text = _PARENTHESES.sub(r" [\1]", text)
    return _STOP_BEFORE_MARKER.sub(lambda m: f"{m[2]}{m[1]}", text).translate(codes)


def _hide(pattern: re.Pattern[str], text: str) -> tuple[str, dict[int, str]]:
    """Return a text with one sign for each piece of code, and what `str.translate` needs to put them back."""
    codes: dict[int, str] = {}

    def hide(match: re.Match[str]) -> str:
        sign = _SIGN + len(codes)
        codes[sign] = match.group()
        return chr(sign)

    return pattern.sub(hide, text, count=_MOST_SIGNS), codes


def _in_brackets(match: re.Match[str]) -> str:
    """Return a marker in brackets, but the ² of "12 inch²" as it is."""
    unit = _UNIT_BEFORE.search(match.string, max(0, match.start() - 20), match.start())
    if match[2] in ("²", "³") and unit and kind_of_unit(fold(unit[1])) == "length":
        return match.group()
    return f" [{next(filter(None, match.groups())).translate(_RAISED)}]"


def _read_code(lines: Sequence[str], cited: tuple[int, ...]) -> Iterator[Part]:
    code = dedent("\n".join(lines)).strip("\n").rstrip().replace("\n", f"\n{CODE_INSET}")
    if any(c.isalnum() for c in code):
        yield Part(code, cited, f"\n\n{CODE_INSET}")


def _only_markers(line: str) -> tuple[int, ...]:
    """Return what a line cites that holds nothing but markers."""
    return () if _MARKERS.sub("", line).strip(" .") else _bare(line, "", in_table=False)[1]


def _bare(raw: str, mark: str, *, in_table: bool) -> tuple[str, tuple[int, ...]]:
    """Return the words of a sentence without Markdown and markers, and the numbers of the markers."""
    raw, codes = _hide(_CODE, raw)
    cited = [n for marker in MARKER.finditer(raw) for n in _cited(marker["numbers"])]
    bare = _EMPHASIS.sub("", _MARKERS.sub("", _NAMED_MARKER.sub("", raw)))
    bare = squeeze(_LINE_BREAK.sub(" ", bare.rstrip(" #") if mark.startswith("#") else bare))
    bare = re.sub(r"(?<!\.)[,;]?\s+([.,;:!?)。！？؟۔।])", r"\1", bare).lstrip(":,; ")
    if _NAMED_MARKER.match(raw):
        bare = bare[:1].upper() + bare[1:]
    bare = bare.translate({sign: code.strip("`") for sign, code in codes.items()})
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
