"""Public benchmarks, read from where they lie: the files stay as they are, and each fault is named by file and line.

Every reader returns gold questions and the documents they ask about. What proves an answer is a quote, a page, or a
whole document; the measures follow from that.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, Json

from eval.gold import CORRECT, Evidence, Gold, GoldError, read_file, refuse
from eval.strict import Faults, Offset, Spelled, SpelledWords, Words, split_lines
from rag import Document


@dataclass(frozen=True, slots=True)
class Dataset:
    """A benchmark: its questions, and its documents as ready texts or as a folder of files to ingest.

    ``unit`` is what is ranked: ``passage``, ``page`` or ``document``; ``faults`` are told with those of the documents.
    """

    name: str
    gold: tuple[Gold, ...]
    documents: tuple[Document, ...] = ()
    folder: Path | None = None
    unit: str = "document"
    faults: tuple[str, ...] = ()
    advice: str = CORRECT


class _Reference(BaseModel):
    content: Words
    start_index: Offset


class _Row(BaseModel):
    question: Words
    references: Json[Annotated[list[_Reference], Field(min_length=1)]]
    corpus_id: str


class _Truth(BaseModel):
    question: Words
    truth: str


class _Passage(BaseModel):
    id: SpelledWords
    title: Spelled = ""
    text: str


class _Asked(BaseModel):
    question: Words
    answers: list[SpelledWords]
    passage: SpelledWords


class _Entry(BaseModel):
    id: SpelledWords = Field(alias="_id")
    title: Spelled = ""
    text: str


def read_chunking(path: Path) -> Dataset:
    """Read Chroma's chunking evaluation (Smith and Troynikov 2024): questions whose evidence are exact spans."""
    faults = Faults()
    texts = {
        file.stem: read_text(file) for file in sorted((path / "corpora").glob("*")) if file.suffix in (".md", ".txt")
    }
    gold = []
    for number, (where, row) in enumerate(_rows(path / "questions_df.csv", faults), 1):
        if not faults.check(row.corpus_id in texts, where, f"unknown document {row.corpus_id!r}"):
            continue
        for found in row.references:
            stands = texts[row.corpus_id].startswith(found.content, found.start_index)
            problem = f"{found.content[:60]!r} does not stand at {found.start_index} of {row.corpus_id}"
            faults.check(stands, where, problem)
        evidence = tuple(Evidence(row.corpus_id, found.content, start=found.start_index) for found in row.references)
        gold.append(Gold(f"{number}", "single", row.question, (), (), evidence, where))
    refuse(f"The data set {path}", faults.found)
    documents = tuple(as_document(name, "", text) for name, text in texts.items())
    return Dataset(slug(path.name), tuple(gold), documents, unit="passage")


def _rows(path: Path, faults: Faults) -> Iterator[tuple[str, _Row]]:
    """Yield the sound rows of a CSV file, each after its file and first line."""
    text = read_text(path)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))  # a cell may quote much of a document
    rows = csv.reader(io.StringIO(text, newline=""))
    names, start = next(rows, []), rows.line_num + 1
    missing = ", ".join(repr(name) for name in _Row.model_fields if name not in names)
    if not faults.check(not missing, f"{path}:1", f"column {missing} is missing"):
        return
    for cells in rows:
        where, start = f"{path}:{start}", rows.line_num + 1
        row = faults.take(dict(zip(names, cells, strict=False)), _Row, where) if cells else None
        if row is not None:
            yield where, row


def read_cited_pages(path: Path) -> Dataset:
    """Read Microsoft's evaluation of chat over PDFs: truths that cite ``[a.pdf#page=N]``, and unanswerable ones."""
    faults = Faults()
    gold = []
    for file in sorted(path.glob("*.jsonl")):
        if not file.name.startswith(("ground_truth", "unanswerable")):
            continue
        for where, record in faults.lines(read_text(file), _Truth, file):
            cited = dict.fromkeys(re.findall(r"\[([^\[\]]+\.pdf)#page=([0-9]{1,9})\]", record.truth))
            evidence = tuple(Evidence(name, page=int(page)) for name, page in cited)
            for item in evidence:
                faults.check((path / "pdfs" / item.document).is_file(), where, f"unknown document {item.document!r}")
            answerable = file.name.startswith("ground_truth")
            if faults.check(bool(evidence) or not answerable, where, "the truth cites no page"):
                kind = ("single" if len(evidence) == 1 else "multi") if answerable else "unanswerable"
                answer = (re.sub(r"\s*\[[^\[\]]+#page=\d+\]", "", record.truth),) if answerable else ()
                key = f"{file.stem}-{where.rpartition(':')[2]}"
                gold.append(Gold(key, kind, record.question, (), answer, evidence if answerable else (), where))
    refuse(f"The data set {path}", faults.found)
    return Dataset(slug(path.name), tuple(gold), folder=path / "pdfs", unit="page")


def read_passages(path: Path) -> Dataset:
    """Read questions that name their passage by number (Natural Questions as in Liu et al. 2023)."""
    faults = Faults()
    documents: dict[str, Document | None] = {}
    file = path / "passages.jsonl"
    for where, record in faults.lines(read_text(file), _Passage, file):
        if faults.check(record.id not in documents, where, f"the id {record.id!r} stands twice"):
            name = f"{record.id} {record.title}"[:120]
            documents[record.id] = as_document(name, record.title, record.text) if record.text.strip() else None
    gold = []
    file = path / "questions.jsonl"
    for where, asked in faults.lines(read_text(file), _Asked, file):
        if document := _known(documents, asked.passage, "passage", where, faults):
            key = where.rpartition(":")[2]
            evidence = (Evidence(document.name),)
            gold.append(Gold(key, "single", asked.question, (), tuple(asked.answers), evidence, where))
    refuse(f"The data set {path}", faults.found)
    return Dataset(slug(path.name), tuple(gold), tuple(filter(None, documents.values())))


def read_beir(path: Path) -> Dataset:
    """Read a BEIR folder (Thakur et al. 2021): corpus.jsonl, queries.jsonl and qrels/test.tsv, grades above 0 count."""
    faults = Faults()
    documents: dict[str, Document | None] = {}
    file = path / "corpus.jsonl"
    for where, record in faults.lines(read_text(file), _Entry, file):
        if faults.check(record.id not in documents, where, f"the id {record.id!r} stands twice"):
            text = record.text or record.title
            documents[record.id] = as_document(record.id, record.title, text) if text.strip() else None
    asked: dict[str, str] = {}
    file = path / "queries.jsonl"
    for where, record in faults.lines(read_text(file), _Entry, file):
        if faults.check(record.id not in asked, where, f"the id {record.id!r} stands twice"):
            asked[record.id] = record.text
    gold: dict[str, Gold] = {}
    for where, query, document, grade in _judgements(path / "qrels", faults):
        known = faults.check(query in asked, where, f"unknown query {query!r}")
        if document not in documents or grade > 0:
            known = bool(_known(documents, document, "document", where, faults)) and known
        if known and grade > 0:
            item = gold.setdefault(query, Gold(query, "single", asked[query], (), (), (), where))
            gold[query] = replace(item, evidence=(*item.evidence, Evidence(document, grade=grade)))
    refuse(f"The data set {path}", faults.found)
    if not gold:
        raise GoldError(f"{path / 'qrels'} holds no judgement above 0.", "Give judgements as BEIR's qrels/test.tsv.")
    return Dataset(slug(path.name), tuple(gold.values()), tuple(filter(None, documents.values())))


def _known(
    documents: Mapping[str, Document | None], key: str, what: str, where: str, faults: Faults
) -> Document | None:
    """Return the document of that id if it is there and has words."""
    faults.check(key in documents, where, f"unknown {what} {key!r}")
    faults.check(documents.get(key, True), where, f"the {what} {key!r} is empty")
    return documents.get(key)


def _judgements(folder: Path, faults: Faults) -> Iterator[tuple[str, str, str, int]]:
    """Yield the judgements of ``test.tsv``, or of the first file there is: file and line, query, document and grade."""
    file = next((file for file in (folder / "test.tsv", *sorted(folder.glob("*.tsv"))) if file.is_file()), None)
    if file is None:
        raise GoldError(f"{folder} holds no judgements.", "Put BEIR's test.tsv there.")
    for number, line in enumerate(split_lines(read_text(file)), 1):
        parts = line.split("\t")
        if not line.strip() or (number == 1 and not re.search(r"[0-9]", parts[-1])):  # a head is optional
            continue
        where = f"{file}:{number}"
        graded = len(parts) == 3 and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", parts[2])
        if faults.check(graded, where, "not query, document and grade"):
            yield where, parts[0], parts[1], int(parts[2])


def read_text(path: Path) -> str:
    """Return the text of a file of a data set.

    Raises:
        GoldError: it is missing, or is not text in UTF-8.
    """
    return read_file(path, "Give the path of a data set in UTF-8.")


def as_document(name: str, title: str, text: str) -> Document:
    """Return a text as a document whose id comes from all three."""
    key = hashlib.sha256(f"{name}\0{title}\0{text}".encode()).hexdigest()[:32]
    return Document(key, name, title, "txt", text)


def slug(name: str) -> str:
    """Return the name of a data set as results and indexes bear it."""
    return re.sub(r"[\s!-/:-@\[-`{-~]+", "-", name.lower()).strip("-") or "set"
