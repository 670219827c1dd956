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
_JSON: dict[type, str] = {str: "string", list: "list"}
_MOST_FAULTS = 200  # that a message lists
CORRECT = "Correct these lines."


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


def read_file(path: Path, advice: str) -> str:
    """Return the text of a file, with the line ends that it has.

    Raises:
        GoldError: it is missing, or is not text in UTF-8; ``advice`` is the next step.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except FileNotFoundError:
        raise GoldError(f"{path} does not exist.", advice) from None
    except UnicodeDecodeError:
        raise GoldError(f"{path} cannot be read: it is not text in UTF-8.", advice) from None
    except OSError as error:
        raise GoldError(f"{path} cannot be read: {error.strerror}.", advice) from None


def refuse(what: str, faults: Sequence[str], advice: str = CORRECT) -> None:
    """Raise one GoldError that lists every fault, if there is any."""
    if not faults:
        return
    listed, rest = "\n".join(faults[:_MOST_FAULTS]), len(faults) - _MOST_FAULTS
    counted = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    raise GoldError(f"{what} has {counted}:\n{listed}" + (f"\nand {rest} more" if rest > 0 else ""), f"\n{advice}")


def read_gold(path: Path) -> list[Gold]:
    """Read a gold set: one JSON object a line; blank lines, a BOM and any line ends are fine.

    Raises:
        GoldError: the file is missing, has no question, or has faults; all of them are listed, with file and line.
    """
    gold, faults = scan_gold(path)
    refuse("The gold set", faults)
    return gold


def scan_gold(path: Path) -> tuple[list[Gold], list[str]]:
    """Return the questions of a gold set and its faults; what stands right in a line with a fault is in the question.

    Raises:
        GoldError: the file is missing or has no question.
    """
    lines = read_file(path, "Give the path of a gold set in UTF-8.").splitlines()
    gold: list[Gold] = []
    faults: list[str] = []
    first: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        item, problems = _read_line(line, f"{path}:{number}")
        if item is not None:
            gold.append(item)
            for name, key in (("id", (item.id,)), ("question", (item.question.casefold(), item.history))):
                if key[0].strip() and first.setdefault((name, *key), number) != number:
                    problems.append(f"the same {name} stands in line {first[name, *key]}")
        faults += [f"{path}:{number}: {problem}" for problem in problems]
    if not gold and not faults:
        raise GoldError(f"{path} holds no questions.", "Write one JSON object a line, as docs/evaluation.md shows.")
    return gold, faults


def _read_line(line: str, where: str) -> tuple[Gold | None, list[str]]:
    """Return what can be read of a line, so that its other faults are found too, and what is wrong with it."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return None, [f"column {error.colno}: not JSON ({error.msg})"]
    if not isinstance(record, dict):
        return None, ["not a JSON object"]
    problems = [f"field {name!r} is missing" for name in _FIELDS if name not in record]
    problems += [f"field {name!r} is unknown" for name in record if name not in _FIELDS]
    problems += [
        f"field {name!r} is not a {_JSON[kind]}"
        for name, kind in _FIELDS.items()
        if name in record and not isinstance(record[name], kind)
    ]
    sound = {name: record[name] for name, kind in _FIELDS.items() if isinstance(record.get(name), kind)}
    problems += _check_values(sound)
    whole = {name: kind() for name, kind in _FIELDS.items()} | sound
    turns = tuple(Turn(turn["question"], turn["answer"]) for turn in whole["history"] if _is_turn(turn))
    answers = (whole["answer"],) if whole["answer"] else ()
    evidence = tuple(Evidence(e["document"], e["quote"], e.get("page")) for e in whole["evidence"] if _is_evidence(e))
    return Gold(whole["id"], whole["kind"], whole["question"], turns, answers, evidence, where), problems


def _check_values(record: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the fields that are there and of their type."""
    problems = [f"field {name!r} is empty" for name in ("id", "question") if not record.get(name, name).strip()]
    kind = record.get("kind")
    if kind is not None and kind not in KINDS:
        problems.append(f"kind {kind!r} is none of {', '.join(KINDS)}")
    elif {"kind", "answer", "evidence"} <= set(record):
        if (kind == "unanswerable") != (not record["answer"] and not record["evidence"]):
            problems.append("unanswerable questions have no answer and no evidence; all others have both")
        elif kind != "unanswerable" and not (record["answer"] and record["evidence"]):
            problems.append("answer or evidence is empty")
    if not all(map(_is_turn, record.get("history", []))):
        problems.append("each of 'history' needs the strings 'question' and 'answer'")
    if not all(map(_is_evidence, record.get("evidence", []))):
        problems.append("each of 'evidence' needs the strings 'document' and 'quote'; 'page', a number, is optional")
    return problems


def _is_turn(value: object) -> bool:
    return _is_record(value, {"question": str, "answer": str})


def _is_evidence(value: object) -> bool:
    return _is_record(value, {"document": str, "quote": str}, {"page": int})


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
    found, faults = _locate(gold, documents)
    refuse("The gold set", faults, f"{CORRECT} Where a document is another than it was, ingest again.")
    return found


def unfit(gold: Sequence[Gold], documents: Sequence[Document]) -> list[str]:
    """Say which evidence does not stand in the documents, as ``locate`` does."""
    return _locate(gold, documents)[1]


def _locate(gold: Sequence[Gold], documents: Sequence[Document]) -> tuple[dict[str, tuple[Span, ...]], list[str]]:
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
    return found, faults


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


def digest(gold: Sequence[Gold]) -> str:
    """Return a short hash of a gold set, by which results know what they measured."""
    return hashlib.sha256(re.sub(r"\s+", " ", repr(list(gold))).encode()).hexdigest()[:16]
