"""Where the evidence of a gold set stands in the documents of an index."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from eval.gold import CORRECT, Evidence, Gold, Span, refuse
from eval.summary import beginning
from rag import ROW_LABEL, Chatbot, Document

_Loose = tuple[str, list[int]]  # a text in one spelling, and the offset of each sign
_SHOWN, _NEAR = 60, 30  # characters of a quote in a message, and around the place where it parts from the document
_IN_COMMON = 12  # signs at its beginning from which on such a place is told


def named_documents(bot: Chatbot) -> list[Document]:
    """Return the documents of an index under each of their names: equal files are one document of several names."""
    return [
        replace(document, name=name)
        for info in bot.documents()
        for document in [bot.document(info.id)]
        for name in info.names or (document.name,)
    ]


def locate(gold: Sequence[Gold], documents: Sequence[Document]) -> dict[str, tuple[Span, ...]]:
    """Return for each question id where its evidence stands.

    White space, quotation marks, dashes and case may differ, and the labels of a row of a table may be left out, for a
    page has them above it; nothing else.

    Raises:
        GoldError: a document is not in the index, or a quote does not stand in its document.
    """
    found, faults = _locate(gold, documents)
    refuse("The gold set", faults, f"{CORRECT} Where a document is another than it was, ingest again.")
    return found


def unfit(gold: Sequence[Gold], documents: Sequence[Document]) -> list[str]:
    """Say which evidence does not stand in the documents, as ``locate`` does."""
    return _locate(gold, documents)[1]


def _locate(gold: Sequence[Gold], documents: Sequence[Document]) -> tuple[dict[str, tuple[Span, ...]], list[str]]:
    known = {document.name: document for document in documents}
    loose: dict[str, list[_Loose]] = {}
    found: dict[str, tuple[Span, ...]] = {}
    faults: list[str] = []
    listed = f"; known are {', '.join(sorted(known)[:20])}"
    for item in gold:
        spans = []
        for evidence in item.evidence:
            document = known.get(evidence.document)
            if not evidence.document:
                spans.append(Span("", 0, 1, evidence.grade))
            elif document is None:
                near = nearest_name(evidence.document, known)
                hint, listed = (f"; did you mean {near!r}?", listed) if near else (listed, "")  # all of them once
                faults.append(f"{item.where}: unknown document {evidence.document!r}{hint}")
            elif (place := _place(evidence, document, loose)) is None:
                what = _shown(evidence.quote) if evidence.quote else f"page {evidence.page}"
                parts = _where_they_part(evidence.quote, document, loose.get(document.id, []))
                faults.append(f"{item.where}: {what} does not stand in {evidence.document}{parts}")
            else:
                spans.append(Span(document.id, *place, evidence.grade))
        found[item.id] = tuple(spans)
    return found, faults


def nearest_name(name: str, names: Iterable[str]) -> str:
    """Return the name of a document that was meant by another, told by the last part of its path, or none."""
    ends = {_last_part(one): one for one in sorted(names, reverse=True)}
    return next((ends[end] for end in get_close_matches(_last_part(name), ends, 1, 0.8)), "")


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].casefold()


def _shown(quote: str) -> str:
    return repr(beginning(quote, _SHOWN))


def _where_they_part(quote: str, document: Document, loose: Sequence[_Loose]) -> str:
    """Say up to where the document agrees with a quote that does not stand there, if much of its beginning does."""
    (wanted, places), best, then = _loosen(quote), _IN_COMMON - 1, -1
    for signs, offsets in loose:
        common = bisect_left(range(1, len(wanted) + 1), True, key=lambda many: wanted[:many] not in signs)
        if common > best:
            best, end = common, signs.find(wanted[:common]) + common
            then = offsets[end] if end < len(offsets) else len(document.text)
    if then < 0:
        return ""
    said = " ".join(beginning(document.text[then:], _NEAR).split())
    agreed = quote[: places[best]]
    agreed = agreed if len(agreed) <= _NEAR else f"…{agreed[-_NEAR:]}"
    return f": it agrees up to {agreed!r}, then the document {f'says {said!r}' if said else 'ends'}"


def _place(evidence: Evidence, document: Document, loose: dict[str, list[_Loose]]) -> tuple[int, int] | None:
    """Return where evidence stands, or None; ``loose`` keeps what is made of each document."""
    if evidence.start is not None:
        end = evidence.start + len(evidence.quote)
        return (evidence.start, end) if document.text[evidence.start : end] == evidence.quote else None
    if evidence.quote:
        if document.id not in loose:
            loose[document.id] = [_loosen(document.text), _loosen(document.text, _labels(document))]
        bounds = filter(None, (_page_of(evidence, document), (0, len(document.text))))
        tries = [(text, *bound) for bound in bounds for text in loose[document.id]]
        return next(filter(None, (_find(evidence.quote, *each) for each in tries)), None)
    if evidence.page is None:
        return 0, len(document.text)
    return _page_of(evidence, document)


def _page_of(evidence: Evidence, document: Document) -> tuple[int, int] | None:
    """Return where the page that evidence states begins and ends, if the document has it."""
    return next(((page.start, page.end) for page in document.pages if page.number == evidence.page), None)


def _labels(document: Document) -> set[int]:
    """Return the offsets of the labels in rows of tables."""
    rows = [(block.start, document.text[block.start : block.end]) for block in document.blocks if block.kind == "row"]
    spans = [(start, match.span()) for start, row in rows for match in ROW_LABEL.finditer(row)]
    return {start + offset for start, span in spans for offset in range(*span)}


def _loosen(text: str, left_out: Collection[int] = ()) -> _Loose:
    """Return the letters, digits and signs of a text in one spelling, and the offset of each."""
    signs, offsets = [], []
    for offset, character in enumerate(text):
        for plain in unicodedata.normalize("NFKC", character).casefold() if offset not in left_out else "":
            if not plain.isspace() and plain not in "\"'“”‘’«»„-–—‐‑":
                signs.append(plain)
                offsets.append(offset)
    return "".join(signs), offsets


def _find(quote: str, loose: _Loose, start: int, end: int) -> tuple[int, int] | None:
    """Return where the quote first stands, beginning between the offsets ``start`` and ``end``."""
    (wanted, _), (signs, offsets) = _loosen(quote), loose
    at = signs.find(wanted, bisect_left(offsets, start)) if wanted else -1
    if at < 0 or offsets[at] >= end:
        return None
    return offsets[at], offsets[at + len(wanted) - 1] + 1


def misplaced(gold: Sequence[Gold], documents: Sequence[Document]) -> list[str]:
    """Say which quotes stand in their document, but on another page than the gold set states."""
    spans, known = locate(gold, documents), {document.name: document for document in documents}
    told = []
    for item in gold:
        for evidence, span in zip(item.evidence, spans[item.id], strict=True):
            if not evidence.quote or evidence.page is None:
                continue
            page = known[evidence.document].page_at(span.start)
            if page is None or page.number != evidence.page:
                there = f"page {page.number}" if page else "no page"
                quote = _shown(evidence.quote)
                told.append(f"{item.where}: {quote} stands on {there}, not on page {evidence.page}.")
    return told


def repeated(gold: Sequence[Gold], documents: Sequence[Document]) -> list[str]:
    """Say which quotes stand several times in their document, or on their page: the first place is taken."""
    known = {document.name: document for document in documents}
    told = []
    for item in gold:
        for evidence in item.evidence:
            if not evidence.quote or evidence.start is not None:
                continue
            document = known[evidence.document]
            start, end = _page_of(evidence, document) or (0, len(document.text))
            if document.text.count(evidence.quote, start, end) > 1:
                quote = _shown(evidence.quote)
                told.append(f"{item.where}: {quote} stands several times; its first place is taken.")
    return told
