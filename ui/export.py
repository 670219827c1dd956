"""A conversation as a file to keep: Markdown or HTML, each citation a footnote with its exact words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rag import Citation, Sentence
from ui.conversations import Exchange, Talk
from ui.prose import cells, escape, lay_out, visible
from ui.render import doubt, near_lines

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
_LINE_START = re.compile(r"^(\d*)([-+=.)])")  # what would begin a list or underline a heading
_STYLE = (
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 Georgia,serif;color:#1f1e1b;background:#fff}"
    "h2{font-size:1.15rem;margin:2rem 0 .5rem}.weak{color:#7a4600}.note,.foot{font-size:.875rem;color:#55524b}"
    "th,td{padding:.2rem 1rem .2rem 0;text-align:start;border-bottom:1px solid #ddd}"
    ".deep-1{margin-left:1.4em}.deep-2{margin-left:2.8em}.deep-3{margin-left:4.2em}"
    ".prose{white-space:pre-line}.code{white-space:pre-wrap;font-size:.85rem;background:#f5f4f0;padding:.6rem .8rem}"
    "sup a{text-decoration:none}q{font-style:italic}.heading{font-weight:bold;margin:1.2rem 0 .4rem}"
)


def file_stem(talk: Talk) -> str:
    """Return a file name without suffix that is safe on every system."""
    return re.sub(r"[^\w]+", "-", visible(talk.title)).strip("-")[:60] or "conversation"


def to_markdown(talk: Talk) -> str:
    """Return the conversation as Markdown with footnotes; nothing in it can act as markup."""
    parts, notes = [f"# {_plain(talk.title)}"], []
    for exchange, offset in _numbered(talk):
        parts.append(f"## {_plain(exchange.answer.question)}")
        parts += [_plain(line) for line in _remarks(exchange)]
        said = []
        for sentence in _lower_headings(exchange.answer.sentences) if not exchange.answer.abstained else ():
            marks = "".join(f"[^{offset + citation.number}]" for citation in sentence.citations)
            lead = "\n\n" if exchange.answer.mode == "quotes" else sentence.lead
            words = " | ".join(map(_plain, cells(sentence.text))) if lead.endswith("| ") else _plain(sentence.text)
            if sentence.is_code:
                words = visible(sentence.text) + "\n\n"
            elif "\n" in sentence.text:  # a list that is quoted
                words = "\\\n".join(_plain(line) for line in sentence.text.split("\n") if line.strip())
            said.append(f"{lead}{words}{doubt(sentence.verdict)}{marks}")
        parts += ["".join(said).lstrip(" \n")] if said else []
        notes += [f"[^{offset + c.number}]: {_plain(c.where)}: “{_plain(c.quote)}”" for c in exchange.answer.citations]
    return "\n\n".join([*parts, *notes]) + "\n"


def to_html(talk: Talk) -> str:
    """Return the conversation as one HTML page with footnotes that needs nothing else and loads nothing."""
    parts, notes = [], []
    for turn, (exchange, offset) in enumerate(_numbered(talk)):
        parts.append(f'<h2 id="turn-{turn}" dir="auto">{escape(exchange.answer.question)}</h2>')
        parts += [f'<p class="note" dir="auto">{escape(line)}</p>' for line in _remarks(exchange)]
        said = exchange.answer.sentences if not exchange.answer.abstained else ()
        if exchange.answer.mode == "quotes":
            said = tuple(replace(sentence, lead="\n\n") for sentence in said)
        parts.append(lay_out(said, partial(_sentence, offset)))
        notes += [_note(offset + citation.number, citation, turn) for citation in exchange.answer.citations]
    title, feet = escape(talk.title), f'<hr><ol class="foot">{"".join(notes)}</ol>' if notes else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f'<body><h1 dir="auto">{title}</h1>{"".join(parts)}{feet}</body></html>\n'
    )


def _sentence(offset: int, sentence: Sentence) -> str:
    numbers = [offset + citation.number for citation in sentence.citations]
    marks = "".join(f'<sup><a href="#note-{n}">[{n}]</a></sup>' for n in numbers)  # bare, 6 and 8 would be read as 68
    weak = f'<small class="weak">{doubt(sentence.verdict)}</small>' if doubt(sentence.verdict) else ""
    return f"{escape(sentence.text)}{weak}{marks}"


def _lower_headings(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences of an answer with its headings below its question, which is one of the second level."""
    levels = [sentence.lead.count("#") for sentence in sentences]
    by = max(0, 3 - min(filter(None, levels), default=3))
    return [
        replace(sentence, lead=f"\n\n{'#' * min(level + by, 6)} ") if level else sentence
        for sentence, level in zip(sentences, levels, strict=True)
    ]


def _numbered(talk: Talk) -> list[tuple[Exchange, int]]:
    """Return each exchange with what to add to its numbers, so that none occurs twice in the file."""
    numbered, offset = [], 0
    for exchange in talk.exchanges:
        numbered.append((exchange, offset))
        offset += max((citation.number for citation in exchange.answer.citations), default=0)
    return numbered


def _remarks(exchange: Exchange) -> list[str]:
    answer = exchange.answer
    understood = answer.standalone if answer.standalone.strip() != answer.question.strip() else ""
    lines = [f"Understood as: {understood}" if understood else "", answer.abstained, *near_lines(answer)]
    return [line for line in (*lines, exchange.trouble, answer.notice) if line]


def _plain(text: str) -> str:
    """Return text on one line that Markdown shows as it is."""
    line = _SPECIAL.sub(r"\\\1", " ".join(visible(text).split()))
    return _LINE_START.sub(r"\1\\\2", line)


def _note(number: int, citation: Citation, turn: int) -> str:
    return (
        f'<li id="note-{number}" value="{number}" dir="auto">{escape(citation.where)}: <q>{escape(citation.quote)}</q> '
        f'<a href="#turn-{turn}" aria-label="Back to the answer">↩</a></li>'
    )
