"""Subtitles and transcripts, SubRip (.srt) and WebVTT (.vtt): what is said, as prose, without the times."""

from __future__ import annotations

import html
import re

from rag.errors import LoadError
from rag.formats import Layout, Piece, read_text
from rag.text import squeeze

_TIME = r"(?:(\d+):)?(\d\d):(\d\d)[.,]\d{1,3}"
_CUE = re.compile(rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}.*$", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^ >]*)?[ \t]+([^>]+)>")
_TAG = re.compile(r"</?[a-z\d][^<>\n]*>|\{\\[^{}\n]*\}", re.IGNORECASE)
_NAMED = re.compile(r"[-–>]\s|[A-ZÀ-Þ][\w .’'-]{0,30}:\s")  # a line that somebody else says
_PAUSE = 3  # seconds without words, after which a paragraph begins
_LONG = 600  # characters of a paragraph that ends with the next sentence


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
    paragraphs, over, last = [""], 0, ""
    for cue, end in zip(cues, ends, strict=True):
        said, speaker = _said(text[cue.end() : end])
        if not said or said == last:
            continue
        begin = _seconds(*cue.groups()[:3])
        finished = paragraphs[-1].endswith((".", "!", "?", "…", "。"))
        if speaker or begin - over > _PAUSE or (finished and len(paragraphs[-1]) > _LONG):
            paragraphs.append("")
        paragraphs[-1] = f"{paragraphs[-1]} {said}".strip()
        over, last = _seconds(*cue.groups()[3:]), said
    return Layout(
        [Piece(paragraph) for paragraph in paragraphs], title=_title(text[: cues[0].start()]), warnings=warnings
    )


def _said(cue: str) -> tuple[str, bool]:
    """Return the words of a cue, and whether it names who says them."""
    body = re.split(r"\n[ \t]*\n", cue.strip("\n"), maxsplit=1)[0]  # behind it stand the next one's number, and notes
    voiced = _VOICE.sub(r"\1: ", body)
    words = squeeze(html.unescape(_TAG.sub("", voiced)))
    return words, _NAMED.match(words) is not None


def _seconds(hours: str | None, minutes: str, seconds: str) -> int:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)


def _title(head: str) -> str:
    """Return what the first line of a WebVTT file says after its mark."""
    first = head.partition("\n")[0].removeprefix("\ufeff")
    return squeeze(first.removeprefix("WEBVTT").lstrip(" \t-–")) if first.startswith("WEBVTT") else ""
