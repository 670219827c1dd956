"""Gold sets: questions with answers and the exact words that prove them, read strictly, located in the index."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag import Document, RagError, Turn

KINDS = ("single", "multi", "figure", "table", "paraphrase", "follow-up", "unanswerable")
_FIELDS: dict[str, type] = {
    "id": str, "kind": str, "question": str, "history": list, "answer": str, "evidence": list,
}  # fmt: skip


class GoldError(RagError):
    """The gold set has faults; the message lists each with file and line."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an answer: exact words of a document, or else one of its physical pages, or else all of it.

    ``start`` is the offset of the quote, where it is known; ``grade`` how relevant the judges found it.
    """

    document: str
    quote: str = ""
    page: int | None = None
    start: int | None = None
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Gold:
    """One question. ``answers`` are alternatives; they and ``evidence`` are empty where the documents do not answer.

    ``line`` is its file and line, for messages.
    """

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    line: str = field(default="", repr=False, compare=False)

    @property
    def where(self) -> str:
        """What a message calls it by."""
        return self.line or self.id

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return self.kind != "unanswerable"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece of evidence stands: half-open offsets into the text of a document."""

    document_id: str
    start: int
    end: int
    grade: int = 1


def read_gold(path: Path) -> list[Gold]:
    """Read a gold set: one JSON object a line; blank lines, a BOM and any line ends are fine.

    Raises:
        GoldError: the file is missing, has no question, or has faults; all of them are listed, with file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path.name} cannot be read: {error}.", "Give the path of a gold set in UTF-8.") from None
    gold: list[Gold] = []
    faults: list[str] = []
    first: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        item, problems = _read_line(line, f"{path.name}:{number}")
        if item is not None:
            gold.append(item)
            for name, key in (("id", (item.id,)), ("question", (item.question.casefold(), item.history))):
                if first.setdefault((name, *key), number) != number:
                    problems.append(f"the same {name} stands in line {first[name, *key]}")
        faults += [f"{path.name}:{number}: {problem}" for problem in problems]
    if faults:
        raise GoldError(f"The gold set has {len(faults)} faults:\n" + "\n".join(faults), "\nCorrect these lines.")
    if not gold:
        raise GoldError(
            f"{path.name} holds no questions.", "Write one JSON object a line, as docs/evaluation.md shows."
        )
    return gold


def _read_line(line: str, where: str) -> tuple[Gold | None, list[str]]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"column {error.colno}: not JSON ({error.msg})"]
    if not isinstance(record, dict):
        return None, ["not a JSON object"]
    problems = [f"field {name!r} is missing" for name in _FIELDS if name not in record]
    problems += [f"field {name!r} is unknown" for name in record if name not in _FIELDS]
    problems += [
        f"field {name!r} is not a {kind.__name__}"
        for name, kind in _FIELDS.items()
        if name in record and not isinstance(record[name], kind)
    ]
    if problems:
        return None, problems
    problems = _check_values(record)
    if problems:
        return None, problems
    turns = tuple(Turn(turn["question"], turn["answer"]) for turn in record["history"])
    answers = (record["answer"],) if record["answer"] else ()
    evidence = tuple(Evidence(e["document"], e["quote"], e.get("page")) for e in record["evidence"])
    return Gold(record["id"], record["kind"], record["question"], turns, answers, evidence, where), []


def _check_values(record: Mapping[str, Any]) -> list[str]:
    problems = [f"field {name!r} is empty" for name in ("id", "question") if not record[name].strip()]
    if record["kind"] not in KINDS:
        problems.append(f"kind {record['kind']!r} is none of {', '.join(KINDS)}")
    elif (record["kind"] == "unanswerable") != (not record["answer"] and not record["evidence"]):
        problems.append("unanswerable questions have no answer and no evidence; all others have both")
    elif record["kind"] != "unanswerable" and not (record["answer"] and record["evidence"]):
        problems.append("answer or evidence is empty")
    if not all(_is_record(turn, {"question": str, "answer": str}) for turn in record["history"]):
        problems.append("each of 'history' needs the strings 'question' and 'answer'")
    if not all(_is_record(e, {"document": str, "quote": str}, {"page": int}) for e in record["evidence"]):
        problems.append("each of 'evidence' needs the strings 'document' and 'quote'; 'page', a number, is optional")
    return problems


def _is_record(value: object, needed: Mapping[str, type], optional: Mapping[str, type] | None = None) -> bool:
    optional = optional or {}
    if not isinstance(value, dict) or not set(needed) <= set(value) <= set(needed) | set(optional):
        return False
    return all(isinstance(field, {**needed, **optional}[name]) for name, field in value.items())


def locate(gold: Sequence[Gold], documents: Sequence[Document]) -> dict[str, tuple[Span, ...]]:
    """Return for each question id where its evidence stands.

    White space, quotation marks, dashes and case may differ; nothing else.

    Raises:
        GoldError: a document is not in the index, or a quote does not stand in its document.
    """
    known = {document.name: document for document in documents}
    loose: dict[str, tuple[str, list[int]]] = {}
    found: dict[str, tuple[Span, ...]] = {}
    faults = []
    for item in gold:
        spans = []
        for evidence in item.evidence:
            document = known.get(evidence.document)
            if document is None:
                listed = ", ".join(sorted(known)[:20])
                faults.append(f"{item.where}: unknown document {evidence.document!r}; known are {listed}")
            elif (place := _place(evidence, document, loose)) is None:
                what = repr(evidence.quote[:60]) if evidence.quote else f"page {evidence.page}"
                faults.append(f"{item.where}: {what} does not stand in {evidence.document}")
            else:
                spans.append(Span(document.id, *place, evidence.grade))
        found[item.id] = tuple(spans)
    if faults:
        listed = "\n".join(faults[:50])
        raise GoldError(f"The gold set does not fit the documents:\n{listed}", "\nCorrect it, or ingest again.")
    return found


def _place(evidence: Evidence, document: Document, loose: dict[str, tuple[str, list[int]]]) -> tuple[int, int] | None:
    """Return where evidence stands, or None; ``loose`` keeps what is made of each document."""
    if evidence.start is not None:
        end = evidence.start + len(evidence.quote)
        return (evidence.start, end) if document.text[evidence.start : end] == evidence.quote else None
    if evidence.quote:
        if document.name not in loose:
            loose[document.name] = _loosen(document.text)
        page = next((page for page in document.pages if page.number == evidence.page), None)
        on_page = _find(evidence.quote, *loose[document.name], page.start, page.end) if page else None
        return on_page or _find(evidence.quote, *loose[document.name])
    if evidence.page is None:
        return 0, len(document.text)
    return next(((page.start, page.end) for page in document.pages if page.number == evidence.page), None)


def _loosen(text: str) -> tuple[str, list[int]]:
    """Return the letters, digits and signs of a text in one spelling, and the offset of each."""
    signs, offsets = [], []
    for offset, character in enumerate(text):
        for plain in unicodedata.normalize("NFKC", character).casefold():
            if not plain.isspace() and plain not in "\"'“”‘’«»„-–—‐‑":
                signs.append(plain)
                offsets.append(offset)
    return "".join(signs), offsets


def _find(quote: str, signs: str, offsets: list[int], start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """Return where the quote first stands, beginning between the offsets ``start`` and ``end``."""
    wanted, _ = _loosen(quote)
    at = signs.find(wanted, bisect_left(offsets, start)) if wanted else -1
    if at < 0 or (end is not None and offsets[at] >= end):
        return None
    return offsets[at], offsets[at + len(wanted) - 1] + 1


def misplaced(gold: Sequence[Gold], documents: Sequence[Document]) -> list[str]:
    """Say which quotes stand in their document, but on another page than the gold set states."""
    spans, known = locate(gold, documents), {document.name: document for document in documents}
    told = []
    for item in gold:
        for evidence, span in zip(item.evidence, spans[item.id], strict=True):
            page = known[evidence.document].page_at(span.start)
            if evidence.quote and evidence.page is not None and (page is None or page.number != evidence.page):
                there = f"page {page.number}" if page else "no page"
                told.append(f"{item.where}: {evidence.quote[:60]!r} stands on {there}, not on page {evidence.page}.")
    return told


def check_fresh(gold: Path, docs: Path) -> None:
    """Compare the documents with the file of their digests beside the gold set, where there is one.

    It is what ``sha256sum`` prints: for ``walrus.jsonl`` it is called ``walrus.sha256``.

    Raises:
        GoldError: a document has changed or is gone since; each is named with its line.
    """
    listing = gold.with_suffix(".sha256")
    faults = []
    for number, line in enumerate(listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else [], 1):
        wanted, _, name = line.partition(" ")
        file = docs / name.strip().removeprefix("*")
        where = f"{listing.name}:{number}"
        if not file.is_file():
            faults.append(f"{where}: {file.name} is not in {docs}")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != wanted:
            faults.append(f"{where}: {file.name} has changed since the gold set was made")
    if faults:
        raise GoldError(
            "The gold set is stale:\n" + "\n".join(faults),
            f"\nCheck the questions about it, then: (cd {docs} && sha256sum *) > {listing}",
        )


def digest(gold: Sequence[Gold]) -> str:
    """Return a short hash of a gold set, by which results know what they measured."""
    return hashlib.sha256(re.sub(r"\s+", " ", repr(list(gold))).encode()).hexdigest()[:16]
