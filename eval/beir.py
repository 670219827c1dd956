"""BEIR folders (Thakur et al. 2021), read as their loader and pytrec_eval read them, save that nothing goes untold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import AliasChoices, BaseModel, Field

from eval.datasets import Dataset, as_document, read_text, slug
from eval.gold import Evidence, Gold, GoldError, refuse
from eval.strict import Faults, Spelled, SpelledWords, split_lines
from eval.summary import counted
from rag import Document


class _Query(BaseModel):
    id: SpelledWords = Field(validation_alias=AliasChoices("_id", "id"))
    text: Spelled


class _Entry(_Query):
    title: Spelled = ""


class _Row(BaseModel):
    query: SpelledWords = Field(alias="query-id")
    document: SpelledWords = Field(alias="corpus-id")
    grade: int = Field(alias="score")


_JUDGED = "query, document and grade (1 or 1.0), with tabs between"


@dataclass(frozen=True, slots=True)
class _Judgement:
    """How relevant a document is to a query, by their ids, and the file and line that say so."""

    query: str
    document: str
    grade: int
    where: str


def read_beir(path: Path) -> Dataset:
    """Read corpus.jsonl, queries.jsonl and qrels/test.tsv, or what `judgement_files` finds; grades above 0 count.

    As there, the last of several judgements counts; a relevant document that the corpus lacks or that has no words
    stays wanted and is never found; and a document that has the id of the query does not count as found, unless it is
    judged relevant.
    """
    faults = Faults()
    documents = _corpus(path, faults)
    asked: dict[str, str] = {}
    file = path / "queries.jsonl"
    for where, record in faults.lines(read_text(file), _Query, file):
        if faults.check(record.id not in asked, where, f"the id {record.id!r} stands twice"):
            asked[record.id] = record.text
    wordless = {query for query, text in asked.items() if not text.strip()}
    for query in wordless:
        del asked[query]
    source, judged = _judgements(path, faults)
    refuse(f"The data set {path}", faults.found)
    known = [_spelled(one, asked, documents) for one in judged]
    last = {(one.query, one.document): one for one in known}  # in the order of the first
    wanted: dict[str, list[_Judgement]] = {}
    for one in last.values():
        if one.query in asked and one.grade > 0:
            wanted.setdefault(one.query, []).append(one)
    found = tuple(document for document in documents.values() if document)
    if not any(documents.get(one.document) for several in wanted.values() for one in several):
        raise GoldError(f"{source} holds no judgement above 0 of these queries and documents.", "Give BEIR's test.tsv.")
    gold = tuple(_gold(asked[query], several, documents) for query, several in wanted.items())
    usual = source.stem in ("test", "qrels")
    notes = [] if usual else [f"There is no qrels/test.tsv: the judgements are of {source.name}."]
    notes += [f"{counted(len(wordless), 'query', 'queries')} without words, not asked."] if wordless else []
    notes += _left_out(documents, asked, known, last, wanted)
    if themselves := sum(bool(item.itself) for item in gold):
        told = counted(themselves, "query", "queries")
        notes.append(f"{told} with the id of a document, which does not count as found.")
    return Dataset(slug(path.name), gold, found, notes=tuple(notes))


def _corpus(path: Path, faults: Faults) -> dict[str, Document | None]:
    """Return the documents by their ids, None for one without words."""
    documents: dict[str, Document | None] = {}
    file = path / "corpus.jsonl"
    for where, record in faults.lines(read_text(file), _Entry, file):
        if faults.check(record.id not in documents, where, f"the id {record.id!r} stands twice"):
            text = record.text if record.text.strip() else record.title
            documents[record.id] = as_document(record.id, record.title, text) if text.strip() else None
    return documents


def _spelled(one: _Judgement, asked: Mapping[str, str], documents: Mapping[str, object]) -> _Judgement:
    """Return the judgement with its ids as queries and corpus spell them, blanks around them aside."""
    query = one.query if one.query in asked else one.query.strip()
    document = one.document if one.document in documents else one.document.strip()
    return _Judgement(query, document, one.grade, one.where)


def _gold(question: str, wanted: list[_Judgement], documents: Mapping[str, Document | None]) -> Gold:
    query = wanted[0].query
    evidence = [Evidence(one.document if documents.get(one.document) else "", grade=one.grade) for one in wanted]
    itself = query if documents.get(query) and query not in [one.document for one in wanted] else ""
    return Gold(query, "single", question, (), (), tuple(evidence), wanted[0].where, itself)


def _left_out(
    documents: Mapping[str, Document | None],
    asked: Mapping[str, str],
    known: list[_Judgement],
    last: Mapping[tuple[str, str], _Judgement],
    wanted: Mapping[str, list[_Judgement]],
) -> Iterator[str]:
    """Say what of a set is left out, or counted otherwise than it looks."""
    relevant = [one for several in wanted.values() for one in several]
    unfound = [one for one in relevant if not documents.get(one.document)]
    if unfound:
        yield _told(unfound, "relevant document", "missing in the corpus or without words, counted as not found")
    unknown = [one for one in last.values() if one.query not in asked]
    if unknown:
        yield _told(unknown, "judgement", "of unknown queries, left out")
    if again := len(known) - len(last):
        yield f"{counted(again, 'judgement')} of a query and document that were judged before: the last one counts."
    judged = {one.query for one in last.values()} & set(asked)
    if none := len(judged - set(wanted)):
        yield f"{counted(none, 'query', 'queries')} without a judgement above 0, not asked."
    if empty := sum(document is None for document in documents.values()):
        yield f"{counted(empty, 'document')} without words, left out."


def _told(judged: list[_Judgement], noun: str, what: str) -> str:
    return f"{counted(len(judged), noun)} {what}; the first: {judged[0].where}."


def judgement_files(path: Path) -> list[Path]:
    """Return the files of judgements of a folder, the one to take first, each without the ending that gzip gives it.

    They lie in ``qrels``, or as on Hugging Face in a folder ``NAME-qrels`` beside the folder ``NAME``, or are called
    ``qrels`` or ``test`` and lie beside the corpus; they are tables, or as MTEB writes them JSON lines.
    """
    beside = path.parent / f"{path.name}-qrels"
    found = ((path / "qrels").glob("*"), beside.glob("*"), path.glob("qrels.*"), path.glob("test.*"))
    places = [place for several in found for place in sorted(several) if place.is_file()]
    files = dict.fromkeys(place.with_name(place.name.removesuffix(".gz")) for place in places)
    known = [file for file in files if file.suffix in (".tsv", ".jsonl")]
    return sorted(known, key=lambda file: (file.stem not in ("test", "qrels"), file.suffix != ".tsv"))


def _judgements(path: Path, faults: Faults) -> tuple[Path, list[_Judgement]]:
    """Return the judgements of the first file there is, and that file; TREC's four columns too."""
    if not (files := judgement_files(path)):
        raise GoldError(f"{path / 'qrels'} holds no judgements.", "Put BEIR's test.tsv there.")
    file = files[0]
    if file.suffix == ".jsonl":
        rows = faults.lines(read_text(file), _Row, file)
        return file, [_Judgement(row.query, row.document, row.grade, where) for where, row in rows]
    judged, wrong = [], Faults()
    for number, line in enumerate(split_lines(read_text(file)), 1):
        parts = line.rstrip("\t").split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and not re.match(r"\W*[0-9]", parts[-1])):  # a head is optional
            continue
        if len(parts) == 4:
            del parts[1]  # of TREC, which says nothing
        graded = len(parts) == 3 and re.fullmatch(r"\s*-?[0-9]{1,9}(?:\.0*)?\s*", parts[2])
        if wrong.check(graded, f"{file}:{number}", f"not {_JUDGED}"):
            judged.append(_Judgement(parts[0], parts[1], int(float(parts[2])), f"{file}:{number}"))
    faults.found += wrong.found if judged else [f"{file}: no line is {_JUDGED}"]
    return file, judged
