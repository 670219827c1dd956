"""Document to passages: whole sentences packed to the embedding model's window, spans first, words never changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from rag.datatypes import Block, Document, Passage, pages_over
from rag.sentences import sentence_spans
from rag.text import STOP_WORDS, count_tokens, squeeze, words

SPLITTER_VERSION = "5"
CountTokens = Callable[[Sequence[str]], list[int]]

_SPECIAL_TOKENS = 2  # [CLS] and [SEP]
# Title and headings are cut to so many characters, some 40 tokens in English, and tokens: a Chinese character is one.
_PREFIX_CHARACTERS, _PREFIX_TOKENS = 160, 100
_PREFIX_SHARE = 2  # they may take half of the window
_TERM = re.compile(r"(?:[^\s\d.!?:]+ ){0,3}[^\s\d.!?:]+\.")
# WordPiece reads a word of over 100 letters as one unknown token, so tokens alone do not bound a passage.
_CHARACTERS_A_TOKEN = 8
# A row says what it says with its labels only ("Date: c. 1815; Place: Depot B"), so one up to this length is not cut.
_ROW_CHARACTERS = 400


@dataclass(slots=True)
class _Section:
    """The sentences under one trail of headings."""

    trail: str
    sentences: list[tuple[int, int]] = field(default_factory=list)


def split(document: Document, count_tokens: CountTokens, max_tokens: int) -> list[Passage]:
    """Cut the document into passages of at most ``max_tokens`` tokens, title and heading included.

    A passage holds whole sentences of one section; only a sentence longer than the window is cut, at white space where
    there is some. Every passage is a slice: ``document.text[p.start:p.end] == p.text``. Within a section the passages
    are about equally long, so that none is a stray half sentence.
    """
    passages: list[Passage] = []
    for section in _sections(document):
        prefix = count_tokens([_prefix(document.title, section.trail)])[0]
        budget = max(8, max_tokens - _SPECIAL_TOKENS - min(prefix, max_tokens // _PREFIX_SHARE))
        for group in _pack(document.text, section.sentences, count_tokens, budget):
            passages.append(_passage(document, section.trail, group, len(passages)))
    return passages


def embedding_text(passage: Passage) -> str:
    """Return what is embedded for a passage: its title and headings, then its text."""
    prefix = _prefix(passage.title, passage.heading)
    return f"{prefix}\n{passage.text}" if prefix else passage.text


def _prefix(title: str, trail: str) -> str:
    """Join title and headings, shortened from the left: the nearest heading says most."""
    parts = [part for part in (squeeze(title), trail) if part]
    if len(parts) == 2 and parts[1].casefold().startswith(parts[0].casefold()):
        parts = parts[1:]
    prefix = " > ".join(parts)[-_PREFIX_CHARACTERS:]
    return next(prefix[cut:] for cut in range(len(prefix) + 1) if count_tokens(prefix[cut:]) <= _PREFIX_TOKENS)


def _sections(document: Document) -> Iterator[_Section]:
    """Group the sentences by the headings above them; headings without a body become sentences themselves."""
    blocks = document.blocks or (Block("paragraph", 0, len(document.text)),)
    trail: list[tuple[int, str]] = []
    section = _Section("")
    bare: list[tuple[int, int, int]] = []  # level and span of the headings that have no body yet
    for block in blocks:
        if block.kind != "heading":
            bare = []
            whole = block.kind == "row" and block.end - block.start <= _ROW_CHARACTERS
            spans = [(block.start, block.end)] if whole else _sentences(document.text, block)
            section.sentences.extend(spans)
            continue
        if section.sentences:
            yield section
        trail = [entry for entry in trail if entry[0] < block.level]
        if left := [(start, end) for level, start, end in bare if level >= block.level]:
            yield _Section(_trail(trail), left)
        bare = [heading for heading in bare if heading[0] < block.level]
        bare.append((block.level, block.start, block.end))
        trail.append((block.level, squeeze(document.text[block.start : block.end])))
        section = _Section(_trail(trail))
    if bare:
        yield _Section(_trail(trail[: -len(bare)]), [(start, end) for _, start, end in bare])
    elif section.sentences:
        yield section


def _trail(headings: list[tuple[int, str]]) -> str:
    return " > ".join(name for _, name in headings)


def _sentences(text: str, block: Block) -> list[tuple[int, int]]:
    """Return the sentences of a block; a term at its beginning ("Delays.") is one with what is said of it."""
    spans = sentence_spans(text, block.start, block.end)
    if len(spans) > 1:
        (start, stop), (after, end) = spans[:2]
        term = _TERM.fullmatch(text, start, stop)
        if term and "\n" not in text[stop:after] and STOP_WORDS.isdisjoint(words(term.group())):
            spans[:2] = [(start, end)]
    return spans


def _pack(
    text: str, sentences: list[tuple[int, int]], count_tokens: CountTokens, budget: int
) -> Iterator[list[tuple[int, int]]]:
    """Pack sentences into groups within the budget, evenly: n groups of about total / n tokens each."""
    pieces = [
        (span, size)
        for span, size in zip(sentences, count_tokens([text[s:e] for s, e in sentences]), strict=True)
        for span, size in _fit(text, span, size, count_tokens, budget)
    ]
    total = sum(size for _, size in pieces)
    target = total / max(1, ceil(total / budget))
    group: list[tuple[int, int]] = []
    used = 0
    for span, size in pieces:
        too_long = group and span[1] - group[0][0] > budget * _CHARACTERS_A_TOKEN
        if group and (too_long or used + size > budget or used + size / 2 > target):
            yield group
            group, used = [], 0
        group.append(span)
        used += size
    if group:
        yield group


def _fit(
    text: str, span: tuple[int, int], size: int, count_tokens: CountTokens, budget: int
) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield the span as it is, or cut in halves, at white space near the middle, until every piece fits."""
    start, end = span
    if (size <= budget and end - start <= budget * _CHARACTERS_A_TOKEN) or end - start < 2:
        yield span, size
        return
    middle = (start + end) // 2
    window = text.rfind(" ", start + (end - start) // 4, middle + (end - start) // 4)
    cut = window + 1 if window > start else middle
    left, right = (start, start + len(text[start:cut].rstrip())), (cut, end)
    for part in (left, right):
        if part[0] < part[1]:
            yield from _fit(text, part, count_tokens([text[part[0] : part[1]]])[0], count_tokens, budget)


def _passage(document: Document, trail: str, spans: list[tuple[int, int]], ordinal: int) -> Passage:
    start, end = spans[0][0], spans[-1][1]
    page = document.page_at(start)
    identity = f"{document.id}:{SPLITTER_VERSION}:{start}:{end}"
    return Passage(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        document_id=document.id,
        source=document.name,
        title=document.title,
        ordinal=ordinal,
        start=start,
        end=end,
        text=document.text[start:end],
        heading=trail,
        page=page.number if page else None,
        page_label=page.label if page else None,
        sentences=tuple(spans),
        pages=pages_over(document.pages, start, end),
    )
