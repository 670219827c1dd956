"""Public benchmarks, read from where they lie: the files stay as they are, and each fault is named by file and line.

Every reader returns gold questions and the documents they ask about. What proves an answer is a quote, a page, or a
whole document; the measures follow from that.
"""

from __future__ import annotations

import ast
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, Json

from eval.gold import CORRECT, Evidence, Gold, GoldError, read_file, refuse
from eval.metrics import answer_inside
from eval.strict import Faults, Offset, Spelled, SpelledWords, Words, parse_json
from eval.summary import counted
from rag import Document

_CITED = re.compile(r"\s*\[([^\[\]]*\.pdf[^\[\]]*)\]", re.IGNORECASE)
TRUTHS = re.compile(r"(?:ground_truth.*|qa(?:_dontknows)?)\.jsonl")  # files of Microsoft's questions
_PAGE = re.compile(r"(.+\.pdf)#page=([0-9]{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A benchmark: its questions, and its documents as ready texts or as a folder of files to ingest.

    ``unit`` is what is ranked: ``passage``, ``page`` or ``document``; ``faults`` are told with those of the documents,
    ``notes`` with the results; ``place`` is the file or folder that holds it.
    """

    name: str
    gold: tuple[Gold, ...]
    documents: tuple[Document, ...] = ()
    folder: Path | None = None
    unit: str = "document"
    faults: tuple[str, ...] = ()
    advice: str = CORRECT
    notes: tuple[str, ...] = ()
    place: Path = Path()

    @property
    def files(self) -> list[Path]:
        """The file that it was read from and the digests beside it, if it is no folder."""
        return [self.place, self.place.with_suffix(".sha256")] if self.place.is_file() else []


@dataclass(slots=True)
class Notes:
    """Collects what is no fault and yet told: a sentence a kind, with how many there are and where the first is."""

    places: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, noun: str, what: str, place: str) -> None:
        """Write down one place where ``what`` is so of a ``noun``, in the singular."""
        self.places.setdefault((noun, what), []).append(place)

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences, in the order of the first places."""
        kinds = self.places.items()
        return tuple(f"{counted(len(there), noun)} {what}; the first: {there[0]}." for (noun, what), there in kinds)


class _Reference(BaseModel):
    content: Words
    start_index: Offset
    end_index: Offset | None = None


def _as_json(value: object) -> object:
    """Return as JSON what Python's own spelling holds, as pandas writes lists into a CSV file."""
    if isinstance(value, str) and parse_json(value)[1]:
        with suppress(ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return json.dumps(ast.literal_eval(value))
    return value


class _Row(BaseModel):
    question: Words
    references: Annotated[Json[Annotated[list[_Reference], Field(min_length=1)]], BeforeValidator(_as_json)]
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


def read_chunking(path: Path) -> Dataset:
    """Read Chroma's chunking evaluation (Smith and Troynikov 2024): questions whose evidence are exact spans."""
    faults = Faults()
    files = [file for file in sorted((path / "corpora").glob("*")) if file.suffix in (".md", ".txt")]
    texts = {file.stem: re.sub("\r\n?", "\n", read_text(file)) for file in files}  # offsets are those of text mode
    gold = []
    lacking: dict[str, str] = {}
    for number, (where, row) in enumerate(_rows(path / "questions_df.csv", faults), 1):
        name = row.corpus_id if row.corpus_id in texts else re.sub(r"\.(?:md|txt)$", "", row.corpus_id)
        if name not in texts:
            lacking.setdefault(name, where)
            continue
        for found in row.references:
            start, end = found.start_index, found.start_index + len(found.content)
            stands = texts[name].startswith(found.content, start) and found.end_index in (None, end)
            said = f"{start}" if found.end_index is None else f"{start} to {found.end_index}"
            faults.check(stands, where, f"{found.content[:60]!r} does not stand at {said} of {name}")
        spans = dict.fromkeys((found.content, found.start_index) for found in row.references)
        evidence = tuple(Evidence(name, content, start=start) for content, start in spans)
        gold.append(Gold(f"{number}", "single", row.question, (), (), evidence, where))
    for name, where in lacking.items():
        faults.check(False, where, f"unknown document {name!r}: there is no {path / 'corpora' / name}.md or .txt")
    refuse(f"The data set {path}", faults.found)
    documents = tuple(as_document(name, "", text) for name, text in texts.items() if text.strip())
    notes = [f"{name} holds no words, and was left out." for name, text in texts.items() if not text.strip()]
    return Dataset(slug(path.name), tuple(gold), documents, unit="passage", notes=tuple(notes))


def _rows(path: Path, faults: Faults) -> Iterator[tuple[str, _Row]]:
    """Yield the sound rows of a CSV file, each after its file and first line."""
    text = read_text(path)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))  # a cell may quote much of a document
    rows = csv.reader(io.StringIO(text, newline=""))
    names, start = next(rows, []), rows.line_num + 1
    missing = [repr(name) for name in _Row.model_fields if name not in names]
    lacking = f"columns {', '.join(missing)} are missing" if missing[1:] else f"column {''.join(missing)} is missing"
    if not faults.check(not missing, f"{path}:1", lacking):
        return
    for cells in rows:
        where, start = f"{path}:{start}", rows.line_num + 1
        row = faults.take(dict(zip(names, cells, strict=False)), _Row, where) if cells else None
        if row is not None:
            yield where, row


def read_cited_pages(path: Path) -> Dataset:
    """Read Microsoft's evaluation of chat over PDFs: truths that cite ``[a.pdf#page=N]``, and unanswerable ones.

    The PDFs lie in ``pdfs`` or ``data``; a citation may have that folder in front, and be in another case.
    """
    faults = Faults()
    folder = path / "pdfs" if (path / "pdfs").is_dir() else path / "data"
    there = [file.relative_to(folder).as_posix() for file in folder.rglob("*")]
    known = {name.casefold(): name for name in there} | {f"{folder.name}/{name}".casefold(): name for name in there}
    known |= dict(zip(there, there, strict=True))
    gold: list[Gold] = []
    notes = Notes()
    held = {file.name.removesuffix(".gz") for file in path.iterdir()}
    for name in sorted(name for name in held if TRUTHS.fullmatch(name) or re.fullmatch(r"unanswerable.*\.jsonl", name)):
        file = path / name
        for where, record in faults.lines(read_text(file), _Truth, file):
            named = [(one, _PAGE.fullmatch(one)) for held in _CITED.findall(record.truth) for one in _cited(held)]
            pages = ((page[1], int(page[2])) for _, page in named if page)
            found = [Evidence(known.get(pdf, known.get(pdf.casefold(), pdf)), page=page) for pdf, page in pages]
            evidence = tuple(dict.fromkeys(found))
            for one in (one for one, page in named if not page):
                notes.add("citation", "without a page, left out", f"{where}: [{one}]")
            answerable = not re.search("^unanswerable|dontknow", name)
            if faults.check(bool(evidence) or not answerable, where, "the truth cites no page as [FILE.pdf#page=N]"):
                kind = ("single" if len(evidence) == 1 else "multi") if answerable else "unanswerable"
                answer = (_CITED.sub("", record.truth),) if answerable else ()
                key = f"{file.stem}-{where.rpartition(':')[2]}"
                gold.append(Gold(key, kind, record.question, (), answer, evidence if answerable else (), where))
    return Dataset(
        slug(path.name), tuple(gold), folder=folder, unit="page", faults=tuple(faults.found), notes=notes.told
    )


def _cited(held: str) -> list[str]:
    """Return what stands in brackets, citation by citation: ``a.pdf#page=1, b.pdf#page=2``; a name may hold commas."""
    return re.findall(r"\s*(\S.*?\.pdf(?:#page=[0-9]+)?)\s*(?:[,;]|$)", held, re.IGNORECASE)


def read_passages(path: Path) -> Dataset:
    """Read questions that name their passage by number (Natural Questions as in Liu et al. 2023)."""
    faults = Faults()
    documents: dict[str, Document | None] = {}
    file = path / "passages.jsonl"
    for where, record in faults.lines(read_text(file), _Passage, file):
        if faults.check(record.id not in documents, where, f"the id {record.id!r} stands twice"):
            name = f"{record.id} {record.title}"[:120]
            documents[record.id] = as_document(name, record.title, record.text) if record.text.strip() else None
    gold: list[Gold] = []
    notes = Notes()
    file = path / "questions.jsonl"
    for where, asked in faults.lines(read_text(file), _Asked, file):
        if document := _known(documents, asked.passage, "passage", where, faults):
            key = where.rpartition(":")[2]
            evidence = (Evidence(document.name),)
            gold.append(Gold(key, "single", asked.question, (), tuple(asked.answers), evidence, where))
            if not asked.answers:
                notes.add("question", "without an answer", where)
            elif not answer_inside([document.text], asked.answers)["answer_in_1"]:
                notes.add("question", "whose passage holds none of the answers", where)
    refuse(f"The data set {path}", faults.found)
    first = {item.question: item for item in reversed(gold)}
    for item in gold:
        if first[item.question] is not item:
            notes.add("question", "asked before", item.where)
    return Dataset(slug(path.name), tuple(gold), tuple(filter(None, documents.values())), notes=notes.told)


def _known(
    documents: Mapping[str, Document | None], key: str, what: str, where: str, faults: Faults
) -> Document | None:
    """Return the document of that id if it is there and has words."""
    faults.check(key in documents, where, f"unknown {what} {key!r}")
    faults.check(documents.get(key, True), where, f"the {what} {key!r} is empty")
    return documents.get(key)


def read_text(path: Path) -> str:
    """Return the text of a file of a data set, also if gzip packed it; if there is none, of the packed one of its name.

    Raises:
        GoldError: it is missing, damaged, or not text in UTF-8.
    """
    packed = path if is_packed(path) or path.exists() else path.with_name(f"{path.name}.gz")
    if not is_packed(packed) or not packed.is_file():
        return read_file(path, "Give the path of a data set in UTF-8.")
    try:
        return gzip.decompress(packed.read_bytes()).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise GoldError(f"{packed} cannot be read as text in UTF-8 that gzip packed.", "Unpack it.") from None


def is_packed(path: Path) -> bool:
    """Tell by its name whether gzip packed a file."""
    return path.suffix.lower() == ".gz"


def as_document(name: str, title: str, text: str) -> Document:
    """Return a text as a document whose id comes from all three."""
    key = hashlib.sha256(f"{name}\0{title}\0{text}".encode()).hexdigest()[:32]
    return Document(key, name, title, "txt", text)


def slug(name: str) -> str:
    """Return the name of a data set as results and indexes bear it."""
    return re.sub(r"[\s!-/:-@\[-`{-~]+", "-", name.lower()).strip("-") or "set"
