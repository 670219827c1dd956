"""Public benchmarks, read from where they lie: the files stay as they are, and each fault is named by file and line.

Every reader returns gold questions and the documents they ask about. What proves an answer is a quote, a page, or a
whole document; the measures follow from that.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.fresh import check_fresh
from eval.gold import CORRECT, Evidence, Gold, GoldError, read_file, refuse, scan_gold
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


@dataclass(slots=True)
class _Faults:
    """Collects what is wrong, so that one message can list all of it."""

    found: list[str] = field(default_factory=list)

    def check(self, good: object, where: str, problem: str) -> bool:
        if not good:
            self.found.append(f"{where}: {problem}")
        return bool(good)


def find_datasets(path: Path) -> dict[Path, Callable[[], list[Dataset]]]:
    """Return a reader for each data set at ``path`` or in the folders below it, by its place, in the order of names.

    Raises:
        GoldError: nothing is there, nothing there has a known format, or a gold set there lacks its documents.
    """
    if not path.exists():
        raise GoldError(f"{path} does not exist.", "Give the path of a data set, or of a folder of such.")
    readers = dict(_find(path, set()))
    if not readers:
        raise GoldError(
            f"{path} holds no data set of a known format.",
            "Known are Chroma's chunking questions, SQuAD and XQuAD, questions.jsonl with passages.jsonl, BEIR folders,"
            " questions with cited pages beside a folder pdfs, and gold sets beside a folder of their name.",
        )
    return readers


def _find(path: Path, seen: set[Path]) -> Iterator[tuple[Path, Callable[[], list[Dataset]]]]:
    if not path.exists() or (whole := path.resolve()) in seen:  # as links may lead back
        return
    seen.add(whole)
    if path.is_file() and path.suffix == ".json":
        if '"paragraphs"' in path.read_text(encoding="utf-8", errors="replace")[:100_000]:
            yield path, lambda: read_squad(path)
        return
    if path.suffix == ".jsonl" and path.is_file():
        beside, here = path.with_suffix(""), Path(path.stem)
        if near := [folder for folder in (beside, here) if folder.is_dir()]:
            yield path, lambda: [read_gold_set(path, near[0])]
        elif '"evidence"' in path.read_text(encoding="utf-8", errors="replace")[:100_000]:
            advice = f"Put them there, or name their folder: rag eval --gold {path} --docs FOLDER"
            raise GoldError(f"The gold set {path} lacks its documents: there is no folder {beside}.", advice)
    if not path.is_dir():
        return
    held = {entry.name for entry in path.iterdir()}
    if {"questions_df.csv", "corpora"} <= held:
        yield path, lambda: [read_chunking(path)]
    elif {"questions.jsonl", "passages.jsonl"} <= held:
        yield path, lambda: [read_passages(path)]
    elif {"corpus.jsonl", "queries.jsonl", "qrels"} <= held:
        yield path, lambda: [read_beir(path)]
    elif "pdfs" in held and any(name.startswith("ground_truth") for name in held):
        yield path, lambda: [read_cited_pages(path)]
    else:
        for entry in sorted(path.iterdir()):
            yield from _find(entry, seen)


def read_gold_set(path: Path, docs: Path) -> Dataset:
    """Read a gold set of our own, and compare the documents in ``docs`` with those it was made for."""
    gold, faults = scan_gold(path)
    stale, advice = check_fresh(path, docs)
    return Dataset(_slug(path.stem), tuple(gold), (), docs, "passage", (*faults, *stale), advice)


def read_chunking(path: Path) -> Dataset:
    """Read Chroma's chunking evaluation (Smith and Troynikov 2024): questions whose evidence are exact spans."""
    faults = _Faults()
    texts = {file.stem: _read(file) for file in sorted((path / "corpora").iterdir()) if file.suffix in (".md", ".txt")}
    gold = []
    rows = csv.DictReader(io.StringIO(_read(path / "questions_df.csv"), newline=""))
    for number, row in enumerate(rows, 1):
        where = f"questions_df.csv: question {number}"
        if not faults.check({"question", "references", "corpus_id"} <= set(row), where, "a column is missing"):
            continue
        corpus = row["corpus_id"]
        if not faults.check(corpus in texts, where, f"unknown document {corpus!r}"):
            continue
        evidence = []
        for reference in _parse(row["references"], where, faults, list):
            start, quote = reference.get("start_index"), reference.get("content")
            if faults.check(isinstance(start, int) and isinstance(quote, str), where, "a reference lacks its place"):
                stands = texts[corpus][start : start + len(quote)] == quote
                if faults.check(stands, where, f"{quote[:60]!r} does not stand at {start} of {corpus}"):
                    evidence.append(Evidence(corpus, quote, start=start))
        if faults.check(evidence, where, "no evidence is left"):
            gold.append(Gold(f"{number}", "single", row["question"], (), (), tuple(evidence)))
    refuse(f"The data set {path}", faults.found)
    documents = tuple(_document(name, "", text) for name, text in texts.items())
    return Dataset(_slug(path.name), tuple(gold), documents, unit="passage")


def read_cited_pages(path: Path) -> Dataset:
    """Read Microsoft's evaluation of chat over PDFs: truths that cite ``[a.pdf#page=N]``, and unanswerable ones."""
    faults = _Faults()
    gold = []
    for file in sorted(path.glob("*.jsonl")):
        if not file.name.startswith(("ground_truth", "unanswerable")):
            continue
        for number, record in _lines(file, {"question": str, "truth": str}, faults):
            where = f"{file.name}:{number}"
            cited = dict.fromkeys(re.findall(r"\[([^\[\]]+\.pdf)#page=(\d+)\]", record["truth"]))
            evidence = tuple(Evidence(name, page=int(page)) for name, page in cited)
            for item in evidence:
                faults.check((path / "pdfs" / item.document).is_file(), where, f"unknown document {item.document!r}")
            answerable = file.name.startswith("ground_truth")
            if faults.check(bool(evidence) or not answerable, where, "the truth cites no page"):
                kind = ("single" if len(evidence) == 1 else "multi") if answerable else "unanswerable"
                answer = (re.sub(r"\s*\[[^\[\]]+#page=\d+\]", "", record["truth"]),) if answerable else ()
                key, proof = f"{file.stem}-{number}", evidence if answerable else ()
                gold.append(Gold(key, kind, record["question"], (), answer, proof))
    refuse(f"The data set {path}", faults.found)
    return Dataset(_slug(path.name), tuple(gold), folder=path / "pdfs", unit="page")


def read_squad(path: Path) -> list[Dataset]:
    """Read SQuAD 1.1 or 2.0, or XQuAD (Rajpurkar et al. 2018, Artetxe et al. 2020): one document for each paragraph.

    A set with several articles is read twice: whole, and with every second article left out of the documents, so that
    the questions about those have no answer there.
    """
    faults = _Faults()
    articles = _parse(_read(path), path.name, faults, dict).get("data", [])
    documents: list[tuple[int, Document]] = []
    gold: list[tuple[int, Gold]] = []
    for number, article in enumerate(articles):
        title = str(article.get("title", "")).replace("_", " ")
        for place, paragraph in enumerate(article.get("paragraphs", [])):
            name, context = f"{number}-{place} {title}"[:120], paragraph.get("context", "")
            if not faults.check(context, f"{path.name}: {name}", "field 'context' is missing"):
                continue
            documents.append((number, _document(name, title, context)))
            for question in paragraph.get("qas", []):
                item = _squad_question(question, name, context, f"{path.name}: {name}", faults)
                if item is not None:
                    gold.append((number, item))
    faults.check(gold, path.name, "it holds no question")
    for key, times in Counter(item.id for _, item in gold).items():
        faults.check(times == 1, path.name, f"the id {key!r} stands {times} times")
    refuse(f"The data set {path}", faults.found)
    slug = _slug(path.stem)
    whole = Dataset(slug, tuple(item for _, item in gold), tuple(document for _, document in documents))
    if len(articles) < 2 or not slug.startswith("squad"):
        return [whole]
    kept = tuple(document for number, document in documents if number % 2 == 0)
    asked = [
        item if number % 2 == 0 else Gold(item.id, "unanswerable", item.question, (), (), ())
        for number, item in gold
        if item.answerable
    ]
    return [whole, Dataset(f"{slug}-absent", tuple(asked), kept)]


def _squad_question(question: Any, name: str, context: str, where: str, faults: _Faults) -> Gold | None:
    text, key = question.get("question", ""), str(question.get("id", ""))
    if not faults.check(text and key, where, "a question lacks 'id' or 'question'"):
        return None
    if question.get("is_impossible"):
        return Gold(key, "unanswerable", text, (), (), ())
    answers = question.get("answers", [])
    if not faults.check(answers, f"{where}: question {key}", "no answer"):
        return None
    for answer in answers:
        start = answer.get("answer_start", -1)
        stands = context[start : start + len(answer["text"])] == answer["text"]
        if not faults.check(stands, f"{where}: question {key}", f"{answer['text'][:40]!r} does not stand at {start}"):
            return None
    alternatives = tuple(dict.fromkeys(answer["text"] for answer in answers))
    return Gold(key, "single", text, (), alternatives, (Evidence(name),))


def read_passages(path: Path) -> Dataset:
    """Read questions that name their passage by number (Natural Questions as in Liu et al. 2023)."""
    faults = _Faults()
    documents, names = [], {}
    for number, record in _lines(path / "passages.jsonl", {"id": (int, str), "text": str}, faults):
        key = record["id"]
        if faults.check(key not in names, f"passages.jsonl:{number}", f"the id {key!r} stands twice"):
            names[key] = f"{key} {record.get('title', '')}"[:120]
            documents.append(_document(names[key], record.get("title", ""), record["text"]))
    gold = []
    wanted = {"question": str, "answers": list, "passage": (int, str)}
    for number, record in _lines(path / "questions.jsonl", wanted, faults):
        where = f"questions.jsonl:{number}"
        if faults.check(record["passage"] in names, where, f"unknown passage {record['passage']!r}"):
            evidence = (Evidence(names[record["passage"]]),)
            gold.append(Gold(str(number), "single", record["question"], (), tuple(record["answers"]), evidence))
    refuse(f"The data set {path}", faults.found)
    return Dataset(_slug(path.name), tuple(gold), tuple(documents))


def read_beir(path: Path) -> Dataset:
    """Read a BEIR folder (Thakur et al. 2021): corpus.jsonl, queries.jsonl and qrels/test.tsv, grades above 0 count."""
    faults = _Faults()
    documents, names = [], {}
    for number, record in _lines(path / "corpus.jsonl", {"_id": str, "text": str}, faults):
        key, title = record["_id"], record.get("title", "")
        if faults.check(key not in names, f"corpus.jsonl:{number}", f"the id {key!r} stands twice"):
            names[key] = key
            text = record["text"] or title
            if text.strip():
                documents.append(_document(key, title, text))
    asked = {r["_id"]: r["text"] for _, r in _lines(path / "queries.jsonl", {"_id": str, "text": str}, faults)}
    folder = path / "qrels"
    file = next((f for f in (folder / "test.tsv", *sorted(folder.glob("*.tsv"))) if f.is_file()), None)
    judged: dict[str, list[Evidence]] = {}
    for number, line in enumerate(_read(file).splitlines() if file else [], 1):
        parts = line.split("\t")
        if number == 1 and not parts[-1].strip().isdigit():
            continue
        where = f"{file.name if file else ''}:{number}"
        if not faults.check(len(parts) == 3 and parts[2].strip().isdigit(), where, "not query, document and grade"):
            continue
        query, document, grade = parts[0], parts[1], int(parts[2])
        faults.check(query in asked, where, f"unknown query {query!r}")
        if faults.check(document in names, where, f"unknown document {document!r}") and grade > 0:
            judged.setdefault(query, []).append(Evidence(document, grade=grade))
    faults.check(judged, "qrels", "no judgement above 0")
    refuse(f"The data set {path}", faults.found)
    gold = [Gold(query, "single", asked[query], (), (), tuple(found)) for query, found in judged.items()]
    return Dataset(_slug(path.name), tuple(gold), tuple(documents))


def _read(path: Path) -> str:
    return read_file(path, "Give the path of a data set in UTF-8.")


def _parse(text: str, where: str, faults: _Faults, kind: type) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        faults.check(False, where, f"not JSON ({error.msg})")
        return kind()
    return value if faults.check(isinstance(value, kind), where, f"not a JSON {kind.__name__}") else kind()


def _lines(path: Path, wanted: dict[str, Any], faults: _Faults) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the records of a JSON lines file that have the wanted fields, with their line numbers."""
    for number, line in enumerate(_read(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        record = _parse(line, where, faults, dict)
        if not record:
            continue
        missing = [name for name, kind in wanted.items() if not isinstance(record.get(name), kind)]
        if faults.check(not missing, where, f"field {', '.join(map(repr, missing))} is missing or of another type"):
            yield number, record


def _document(name: str, title: str, text: str) -> Document:
    key = hashlib.sha256(f"{name}\0{title}\0{text}".encode()).hexdigest()[:32]
    return Document(key, name, title, "txt", text)


def _slug(name: str) -> str:
    return re.sub(r"[\s!-/:-@\[-`{-~]+", "-", name.lower()).strip("-") or "set"
