"""Which data sets lie at a path, by what their folders and files hold, and our own gold sets with their documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from eval.beir import read_beir
from eval.datasets import Dataset, read_chunking, read_cited_pages, read_passages, slug
from eval.fresh import check_fresh
from eval.gold import GoldError, scan_gold
from eval.squad import read_squad

# What a folder of each form holds, the part that tells the form first.
_FOLDERS: dict[tuple[str, ...], Callable[[Path], Dataset]] = {
    ("questions_df.csv", "corpora"): read_chunking,
    ("passages.jsonl", "questions.jsonl"): read_passages,
    ("corpus.jsonl", "queries.jsonl", "qrels"): read_beir,
    ("ground_truth*.jsonl", "pdfs"): read_cited_pages,
}


def find_datasets(path: Path) -> dict[Path, Callable[[], list[Dataset]]]:
    """Return a reader for each data set at ``path`` or in the folders below it, by its place, in the order of names.

    Raises:
        GoldError: nothing is there or can be read or has a known format, or a gold set there lacks its documents.
    """
    try:
        if not path.exists():
            raise GoldError(f"{path} does not exist.", "Give the path of a data set, or of a folder of such.")
        readers = dict(_find(path, set()))
    except OSError as error:
        problem = f"{error.filename} cannot be read: {error.strerror}."
        raise GoldError(problem, "Give a path that can be read.") from None
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
        if _begins_with(path, '"paragraphs"'):
            yield path, lambda: read_squad(path)
        return
    if path.suffix == ".jsonl" and path.is_file():
        beside, here = path.with_suffix(""), Path(path.stem)
        if near := [folder for folder in (beside, here) if folder.is_dir()]:
            yield path, lambda: [read_gold_set(path, near[0])]
        elif _begins_with(path, '"evidence"'):
            advice = f"Put them there, or name their folder: rag eval --gold {path} --docs FOLDER"
            raise GoldError(f"The gold set {path} lacks its documents: there is no folder {beside}.", advice)
    if not path.is_dir():
        return
    held = {entry.name.removesuffix(".gz") for entry in path.iterdir()}
    held |= {"ground_truth*.jsonl" for name in held if re.fullmatch(r"ground_truth.*\.jsonl", name)}
    for parts, read in _FOLDERS.items():
        lacking = [part for part in parts if part not in held]
        if not lacking:
            yield path, partial(_read_alone, read, path)
            return
        if len(lacking) == 1 and parts[0] in held and not (path / parts[0].replace("*.jsonl", "")).is_dir():
            there = " and ".join(part for part in parts if part in held)
            raise GoldError(f"{path} holds {there}, but no {lacking[0]}.", "Put it there, or name the paths to run.")
    for entry in sorted(path.iterdir()):
        yield from _find(entry, seen)


def _read_alone(read: Callable[[Path], Dataset], path: Path) -> list[Dataset]:
    return [read(path)]


def _begins_with(path: Path, mark: str) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return mark in file.read(100_000)


def read_gold_set(path: Path, docs: Path) -> Dataset:
    """Read a gold set of our own, and compare the documents in ``docs`` with those it was made for."""
    gold, faults = scan_gold(path)
    stale, advice = check_fresh(path, docs)
    return Dataset(slug(path.stem), tuple(gold), (), docs, "passage", (*faults, *stale), advice)
