"""Subtitles and transcripts, SubRip (.srt) and WebVTT (.vtt): what is said, as prose, without the times."""

from __future__ import annotations

import html
import re

from rag.errors import LoadError
from rag.formats import Layout, Piece, read_text
from rag.sentences import SENTENCE_ENDS
from rag.text import squeeze

_TIME = r"(?:(\d+):)?(\d\d):(\d\d[.,]\d{1,3})"
# Above its times stands the number of a cue, or in WebVTT a name, which a blank line parts from what was said before.
_NUMBER = r"(?:(?<=\n\n)[ \t]*\d+[ \t]*\n+|(?<=\n\n).+\n|[ \t]*\d+[ \t]*\n)?"
_CUE = re.compile(rf"^{_NUMBER}[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}.*$", re.MULTILINE)
_NOTE = re.compile(r"(?<=\n\n)NOTE(?:[ \t].*)?(?:\n.+)*(?=\n|\Z)")
_VOICE = re.compile(r"<v(?:\.[^ \t<>]*)?[ \t]+([^\s<>][^<>]*)>")
# The tags of SubRip and WebVTT, also times inside a cue. Any other "<" is a sign that somebody wrote.
_TAG = re.compile(
    r"</?(?:(?:[biuc]|ruby|rt)(?:\.[^\s<>]*)?|(?:v|lang|font)(?:[.\s][^<>]*)?)>|<(?:\d+:)?\d\d:\d\d\.\d{3}>"
    r"|\{\\[^{}\n]*\}",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[-–>]\s|[A-ZÀ-Þ][\w .’'-]{0,30}:\s")  # a line that somebody else says
_PAUSE = 3  # seconds without words, after which a paragraph begins
_STEP = 0.1  # seconds at most between two cues of which the second shows the first again
_LONG = 600  # characters of a paragraph that ends with the next sentence
_LONGEST = 3 * _LONG  # characters of one that ends anywhere: what a machine took down has no sentences


def parse_captions(data: bytes) -> Layout:
    """Join the cues to paragraphs: one ends where another person speaks, after a pause, or when it has grown long.

    Raises:
        LoadError: it has no cue.
    """
    text, warnings = read_text(data)
    cues = list(_CUE.finditer(text))
    if not cues:
        raise LoadError("holds no subtitles.", "Give it the ending of its true format.")
    ends = [cue.start() for cue in cues[1:]] + [len(text)]
    paragraphs, over, last, talking = [""], 0.0, "", ""
    for cue, end in zip(cues, ends, strict=True):
        said, speaks, named = _said(text[cue.end() : end])
        if not said:
            continue
        pause = _seconds(*cue.groups()[:3]) - over
        if said != last or pause > _STEP:
            begins, words = pause > _PAUSE or _is_long(paragraphs[-1]), said
            if not begins and named and said.startswith(f"{talking}: "):
                words = said.removeprefix(f"{talking}: ")
            elif speaks or begins:
                paragraphs.append("")
            talking = named or ("" if speaks or begins else talking)
            paragraphs[-1] = f"{paragraphs[-1]} {words}".strip()
        over, last = _seconds(*cue.groups()[3:]), said
    return Layout(
        [Piece(paragraph) for paragraph in paragraphs], title=_title(text[: cues[0].start()]), warnings=warnings
    )


def _is_long(paragraph: str) -> bool:
    finished = paragraph.rstrip("\"'”’)]»」』）").endswith(SENTENCE_ENDS)
    return len(paragraph) > (_LONG if finished else _LONGEST)


def _said(cue: str) -> tuple[str, bool, str]:
    """Return the words of a cue, whether somebody else may say them, and the name of who ends it."""
    cue = _NOTE.sub("", cue)
    words = squeeze(html.unescape(_TAG.sub("", _VOICE.sub(r"\1: ", cue))))
    mark = _NAMED.match(words)
    voices = [squeeze(html.unescape(name)) for name in _VOICE.findall(cue)]
    return words, mark is not None, voices[-1] if voices else mark.group().rstrip(": ") if mark else ""


def _seconds(hours: str | None, minutes: str, seconds: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))


def _title(head: str) -> str:
    """Return what the first line of a WebVTT file says after its mark."""
    first = head.partition("\n")[0].removeprefix("\ufeff")
    return squeeze(first.removeprefix("WEBVTT").lstrip(" \t-–")) if first.startswith("WEBVTT") else ""
