"""Well-known retrieval pipelines beside ours: the same texts, questions and embedding model, in the same run.

    make bench-peers DATA=FOLDER          # or: python -m eval.peers --data PATH --write

Each result is kept below the data folder, so an interrupted run goes on with the pipeline it stopped at. Ours is
measured anew whenever its code has changed, a peer whenever its version or setting has.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import fmean
from typing import Any

from eval import metrics, pipelines
from eval.datasets import Dataset
from eval.find import read_datasets
from eval.gold import Evidence, Gold, GoldError
from eval.metrics import character_measures, interval, randomisation_p, rank_measures
from eval.output import write_text
from eval.page import PAGE, write_block
from eval.pipelines import PEERS, Peer, Vectors
from eval.places import locate
from eval.run import code_digest, search_places
from eval.sets import open_documents, sample
from rag import Document, Hit, Passage, RagError, load_settings

QUESTIONS = 300
_SHOWN = {
    "passage": ("recall@5", "ndcg@10", "char_recall@5", "char_precision@5", "char_iou@5"),
    "document": ("hit@1", "recall@5", "mrr@10", "ndcg@10"),
}

Search = Callable[[str, int], list[Hit]]
Columns = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one pipeline reached: the measures of each question."""

    name: str
    columns: Columns


def as_documents(dataset: Dataset, documents: Sequence[Document]) -> tuple[Dataset, list[Document]]:
    """Return a set that cites pages as one whose documents are the pages, as the peers' readers give them."""
    if dataset.unit != "page":
        return dataset, list(documents)
    pages = [
        Document(f"{d.id}-{page.number}", f"{d.name}#{page.number}", d.title, d.format, text)
        for d in documents
        for page in d.pages
        if (text := d.text[page.start : page.end]).strip()
    ]
    gold = [
        replace(item, evidence=tuple(Evidence(f"{e.document}#{e.page}") for e in item.evidence))
        for item in dataset.gold
    ]
    return replace(dataset, gold=tuple(gold), unit="document"), pages


def peer_search(peer: Peer, documents: Sequence[Document], vectors: Vectors) -> Search:
    """Split and index the documents as the peer does; return its search."""
    chunks = peer.split(documents, vectors)
    rank = peer.build(chunks, vectors)

    def search(question: str, k: int) -> list[Hit]:
        hits = []
        for place, number in enumerate(rank(question, k), 1):
            chunk = chunks[number]
            end = chunk.start + len(chunk.text)
            key = f"{chunk.document.id}:{chunk.start}"
            passage = Passage(key, chunk.document.id, chunk.document.name, "", number, chunk.start, end, chunk.text)
            hits.append(Hit(passage, place, -float(place)))
        return hits

    return search


def measure(search: Search, dataset: Dataset, gold: Sequence[Gold], documents: Sequence[Document]) -> Columns:
    """Return the measures of each question."""
    spans = locate(gold, documents)
    columns: Columns = {}
    for item in gold:
        hits = search_places(search, item.question, dataset.unit, item.itself)
        values = rank_measures(spans[item.id], hits, dataset.unit)
        if dataset.unit == "passage":
            values |= character_measures(spans[item.id], search(item.question, 5))
        for name, value in values.items():
            columns.setdefault(name, []).append(value)
    return columns


def run_dataset(dataset: Dataset, folder: Path, limit: int, peers: Sequence[Peer] = PEERS) -> Iterator[Outcome]:
    """Yield what ours, each of its two sides alone, and every peer reach; what is known already is read."""
    gold = sample([item for item in dataset.gold if item.answerable and not item.history], limit)
    with open_documents(dataset, load_settings(data_dir=folder)) as (bot, _):
        documents = [bot.document(info.id) for info in bot.documents()]
        vectors = Vectors(bot.embedder)
        apart, pages = as_documents(replace(dataset, gold=tuple(gold)), documents)
        texts = sorted(f"{document.id} {document.name}" for document in documents)
        base = [bot.embedder.fingerprint, dataset.unit, repr(gold), *texts, inspect.getsource(metrics)]
        kept = bot.settings.data_dir / "peers"

        def ours(side: str) -> Columns:
            def search(question: str, k: int) -> list[Hit]:
                return bot.search(question, k, by=side) if side else bot.search(question, k)

            return measure(search, dataset, gold, documents)

        def theirs(peer: Peer) -> Columns:
            return measure(peer_search(peer, pages, vectors), apart, apart.gold, pages)

        for side, name in (("", "this project"), ("meaning", "its meaning alone"), ("words", "its words alone")):
            key = [*base, name, code_digest()]
            yield Outcome(name, _cached(kept, name, key, partial(ours, side)))
        for peer in peers:
            key = [*base, peer.name, version(peer.package), inspect.getsource(pipelines)]
            yield Outcome(peer.name, _cached(kept, peer.name, key, partial(theirs, peer)))


def _cached(folder: Path, name: str, key: Sequence[str], make: Callable[[], Columns]) -> Columns:
    """Return the columns from the file of that name if it has the same key; else make and keep them."""
    digest = hashlib.sha256("\0".join(key).encode()).hexdigest()
    file = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:12]}.json"
    try:
        held: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if held["key"] == digest:
            return dict(held["columns"])
    except (OSError, ValueError, KeyError):
        pass
    columns = make()
    folder.mkdir(parents=True, exist_ok=True)
    write_text(file, json.dumps({"name": name, "key": digest, "columns": columns}))
    return columns


def format_outcomes(dataset: Dataset, outcomes: Sequence[Outcome]) -> str:
    """Return the table of a set: means with intervals, and the p of the first measure's difference to ours."""
    names = _SHOWN["passage" if dataset.unit == "passage" else "document"]
    count = len(outcomes[0].columns[names[0]])
    lines = [
        f"### {dataset.name}, {count} questions\n",
        f"| pipeline | {' | '.join(names)} | p, {names[0]} |",
        f"|---|{'---|' * len(names)}--:|",
    ]
    for outcome in outcomes:
        first, ours = outcome.columns[names[0]], outcomes[0].columns[names[0]]
        p = "" if outcome is outcomes[0] else f"{randomisation_p(first, ours):.4f}"
        cells = " | ".join(_cell(outcome.columns[name]) for name in names)
        lines.append(f"| {outcome.name} | {cells} | {p} |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    low, high = interval(values)
    return f"{fmean(values):.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Print one table for each data set and, with --write, put all into docs/evaluation.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, nargs="+", help="data sets, or folders of such")
    parser.add_argument("--data-dir", type=Path, default=Path(".rag"), help="folder for indexes and results")
    parser.add_argument("--limit", type=int, default=QUESTIONS, help="questions of each set; 0 means all")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/evaluation.md")
    chosen = parser.parse_args()
    os.environ |= {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}  # nothing here needs the network
    tables = []
    faulty: dict[Path, GoldError] = {}
    try:
        for dataset in read_datasets(chosen.data, faulty, _note).values():
            if dataset.name.endswith("-absent"):
                continue
            outcomes = []
            for outcome in run_dataset(dataset, chosen.data_dir, chosen.limit):
                outcomes.append(outcome)
                _note(f"{dataset.name}: {outcome.name}")
            tables.append(format_outcomes(dataset, outcomes))
            print(tables[-1], end="\n\n", flush=True)
    except (RagError, ImportError) as error:
        sys.exit(f"error: {error}{' Run: make bench-peers' if isinstance(error, ImportError) else ''}")
    if chosen.write and tables:
        used = sorted({peer.package for peer in PEERS})
        tables.append(f"{', '.join(f'{name} {version(name)}' for name in used)}.")
        write_block("peers", "\n\n".join(tables), PAGE)
    if faulty:
        sys.exit("\n".join(f"error: {error}" for error in faulty.values()))


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
