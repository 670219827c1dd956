"""The records that the steps pass to each other: frozen, small, JSON-friendly through ``dataclasses.asdict``.

All offsets are Python string indices into ``Document.text``, half open: ``document.text[start:end]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

MAX_LABEL = 80  # characters of a label in the row of a table, which is a line ``Label: value; Label: value``
ROW_LABEL = re.compile(rf"(?:^|; )[^:;]{{1,{MAX_LABEL}}}: ")
# What the first cell of a row says that is the sum of those above.
TOTAL = r"(?:(?:sub|grand |net )?totals?|sum|(?:gesamt|zwischen)?summe|gesamt|total général|somme|totale|suma)"


@dataclass(frozen=True, slots=True)
class Page:
    """One physical page: its 1-based number, the label printed on it (if the file states one) and its span."""

    number: int
    label: str | None
    start: int
    end: int


def pages_over(pages: Iterable[Page], start: int, end: int) -> tuple[Page, ...]:
    """Return the pages that ``text[start:end]`` stands on."""
    return tuple(page for page in pages if page.start < end and page.end > start)


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of layout in the canonical text. Blocks do not overlap and stand in reading order.

    ``kind`` is ``heading``, ``paragraph``, ``item`` (of a list), ``row`` (of a table) or ``code``; ``level`` is 1 to 6
    for headings and 0 for the rest.
    """

    kind: str
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A file as canonical text: visible words only, NFC, ``\\n`` line ends, blocks separated by a blank line.

    ``id`` comes from the content (format, parser version and bytes), so equal files are one document.
    ``pages`` is empty for formats without pages; sheets and slides count as pages (their label is the sheet's name).
    """

    id: str
    name: str
    title: str
    format: str
    text: str
    blocks: tuple[Block, ...] = ()
    pages: tuple[Page, ...] = ()
    warnings: tuple[str, ...] = ()

    def page_at(self, offset: int) -> Page | None:
        """Return the page that holds the character at ``offset``, or None where the format has no pages."""
        return next((page for page in self.pages if page.start <= offset < page.end), None)


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one document, short enough for the embedding model: ``document.text[start:end] == text``.

    ``heading`` is the trail of headings above it (``"Storage > Backups"``); ``sentences`` are its sentence spans, in
    document offsets; ``page`` is where it begins, ``pages`` are all that it stands on, if it is not one of them only.
    """

    id: str
    document_id: str
    source: str
    title: str
    ordinal: int
    start: int
    end: int
    text: str
    heading: str = ""
    page: int | None = None
    page_label: str | None = None
    sentences: tuple[tuple[int, int], ...] = ()
    pages: tuple[Page, ...] = ()

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Its sentences, or itself where none are told."""
        return self.sentences or ((self.start, self.end),)

    @property
    def above(self) -> str:
        """The title and the headings above it."""
        return f"{self.title} {self.heading}"

    @property
    def titled(self) -> str:
        """Its words behind the title and the headings above it."""
        return f"{self.above} {self.text}"

    @property
    def section(self) -> str:
        """The heading right above it, or an empty string."""
        return self.heading.rpartition(" > ")[2]

    def slice(self, start: int, end: int) -> str:
        """Return what stands there, in document offsets."""
        return self.text[start - self.start : end - self.start]

    def moved(self, document: Document, start: int, end: int) -> Passage:
        """Return this passage as it is, but of other words of its document."""
        page = document.page_at(start)
        number, label = (page.number, page.label) if page else (None, None)
        moved = replace(self, start=start, end=end, text=document.text[start:end], sentences=((start, end),))
        return replace(moved, page=number, page_label=label, pages=())

    def page_at(self, offset: int) -> tuple[int | None, str | None]:
        """Return number and label of the page on which a character of it stands."""
        found = next((page for page in self.pages if page.start <= offset < page.end), None)
        return (found.number, found.label) if found else (self.page, self.page_label)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and why it stands where it does.

    ``score`` orders the hits of one search: both sides fused, or what a cross-encoder gives. ``dense_score`` is a
    cosine in [-1, 1], ``bm25_score`` is positive; a rank is 1-based and None where that side did
    not find the passage. ``sentence_scores`` holds the cosine of each of the passage's sentences to the question;
    ``readings``, for the best hits of an answer in quotes, how well each of them fits it in its context (a log odds);
    ``evidence`` is what all passages found on the same page say together, as a log odds up to a constant; ``trust``, in
    (0, 1], is how far the dense side told passages apart for this question.
    """

    passage: Passage
    rank: int
    score: float
    dense_rank: int | None = None
    dense_score: float | None = None
    bm25_rank: int | None = None
    bm25_score: float | None = None
    sentence_scores: tuple[float, ...] = ()
    readings: tuple[float, ...] = ()
    evidence: float = 0.0
    trust: float = 1.0

    @property
    def best_cosine(self) -> float:
        """The cosine of its best sentence, or its own where those are not known."""
        return max(self.sentence_scores, default=self.dense_score or 0.0)

    @property
    def why(self) -> str:
        """One line for people: which side found it, and at what rank."""
        dense = f"meaning #{self.dense_rank} ({self.dense_score:.2f})" if self.dense_rank else "meaning: not found"
        words = f"words #{self.bm25_rank} ({self.bm25_score:.1f})" if self.bm25_rank else "words: not found"
        return f"{dense}, {words}, together {self.score:.2f}"


class Verdict(StrEnum):
    """What the citation check found for one sentence."""

    QUOTED = "quoted"  # the sentence is the source's own words
    SUPPORTED = "supported"  # its numbers, dates, names and most of its words occur in the cited words
    PARTLY = "partly"  # some of it does not occur in the cited words
    UNSUPPORTED = "unsupported"  # nothing cited, or the cited words say something else
    LEADING = "leading"  # not checked: a heading, or a line that only leads to what follows or names a source


def page_unit(source: str) -> str:
    """Return what people call the pages of a file or format: ``page``, ``sheet`` or ``slide``."""
    return {"xlsx": "sheet", "ods": "sheet", "pptx": "slide", "odp": "slide"}.get(
        source.rpartition(".")[2].lower(), "page"
    )


def page_name(source: str, page: int, label: str | None, of: int = 0) -> str:
    """Return what people call a page of a file or format: ``page 12 (printed as "iv")``, ``sheet 2 of 3: Prices``."""
    unit = page_unit(source)
    other = f' (printed as "{label}")' if unit == "page" else f": {label}"
    return f"{unit} {page}{f' of {of}' if of else ''}{'' if label in (None, '', str(page)) else other}"


@dataclass(frozen=True, slots=True)
class Citation:
    """A pointer to exact words: ``document.text[start:end] == quote``. ``number`` is what the reader sees in [n]."""

    number: int
    passage_id: str
    document_id: str
    source: str
    title: str
    start: int
    end: int
    quote: str
    heading: str = ""
    page: int | None = None
    page_label: str | None = None

    @property
    def where(self) -> str:
        """The place for people: ``handbook.pdf, page 12 (printed as "iv")``."""
        if self.page is None:
            return f"{self.source}, {self.heading}" if self.heading else self.source
        return f"{self.source}, {page_name(self.source, self.page, self.page_label)}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer after its Markdown ``lead``, the words it rests on, and whether they support it.

    A block of code is one, too: its lines are inset by four spaces.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    verdict: Verdict = Verdict.UNSUPPORTED
    reason: str = ""
    lead: str = " "

    @property
    def is_code(self) -> bool:
        """Whether it is a block of code."""
        return self.lead.endswith("    ")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer so far.

    ``stage`` is ``searching``, ``reading``, ``answering`` or ``done``. ``mode`` is ``quotes`` or ``llm``. When nothing
    supports an answer, ``abstained`` holds the reason, ``nearest`` the sentences that come nearest to one, in the words
    of their sources, ``hits`` the nearest passages and ``missing_words`` those of the question that no document holds.
    ``notice`` tells what the person should know about how the answer came about (LLM unreachable, passages dropped).
    ``confidence`` in [0, 1] is how sure the check is that the documents answer the question. ``seconds`` have passed
    since it was asked; ``tokens`` estimates what a language model wrote. The last of the growing answers is ``final``.
    """

    question: str
    standalone: str
    sentences: tuple[Sentence, ...] = ()
    hits: tuple[Hit, ...] = ()
    mode: str = "quotes"
    stage: str = "searching"
    abstained: str = ""
    nearest: tuple[Citation, ...] = ()
    notice: str = ""
    confidence: float = 0.0
    missing_words: tuple[str, ...] = ()
    seconds: float = 0.0
    tokens: int = 0
    final: bool = False

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, by number."""
        found = {citation.number: citation for sentence in self.sentences for citation in sentence.citations}
        return tuple(found[number] for number in sorted(found))

    @property
    def text(self) -> str:
        """The answer as Markdown with [n] markers, or the reason why there is none."""
        return self.abstained or "".join(map(_written, self.sentences))[1:].strip("\n")


def _written(sentence: Sentence) -> str:
    marks = " ".join(f"[{citation.number}]" for citation in sentence.citations)
    gap = "\n\n" if sentence.is_code else " " if marks else ""  # in a block of code they would be code
    return f"{sentence.lead}{sentence.text}{gap}{marks}"


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished exchange of a conversation, oldest first in a history.

    ``refused`` means that its answer only says why there is none.
    """

    question: str
    answer: str
    standalone: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as PNG bytes, its size in pixels and the boxes (left, top, right, bottom) of the words to mark."""

    png: bytes
    width: int
    height: int
    boxes: tuple[tuple[float, float, float, float], ...] = ()
