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

_Reader = Callable[[], list[Dataset]]
_OURS = '"embedding_model"'  # results and drafts of runs hold it
_MOST_LEFT = 20  # that are named


def find_datasets(path: Path, note: Callable[[str], None] = lambda _: None) -> dict[Path, _Reader]:
    """Return a reader for each data set at ``path`` or in the folders below it, by its place, in the order of names.

    What looks like a set and is none is told to ``note``, a line each.

    Raises:
        GoldError: nothing is there or can be read or has a known format, or a gold set there lacks its documents.
    """
    try:
        if not path.exists():
            raise GoldError(f"{path} does not exist.", "Give the path of a data set, or of a folder of such.")
        left: list[str] = []  # what looks like a set and is none
        readers = dict(_find(path, set(), left))
    except OSError as error:
        problem = f"{error.filename} cannot be read: {error.strerror}."
        raise GoldError(problem, "Give a path that can be read.") from None
    told = [f"not recognised, left out: {one}" for one in left[:_MOST_LEFT]]
    told += [f"and {len(left) - _MOST_LEFT} more"] if len(left) > _MOST_LEFT else []
    if not readers:
        raise GoldError(
            "".join(f"{line}\n" for line in told) + f"{path} holds no data set of a known format.",
            "Known are Chroma's chunking questions, SQuAD and XQuAD, questions.jsonl with passages.jsonl, BEIR folders,"
            " questions with cited pages beside a folder pdfs, and gold sets beside a folder of their name.",
        )
    for line in told:
        note(line)
    return readers


def _find(path: Path, seen: set[Path], left: list[str]) -> Iterator[tuple[Path, _Reader]]:
    """Yield place and reader of each set; files and folders that are none, but could be meant so, go to ``left``."""
    if not path.exists() or (whole := path.resolve()) in seen:  # as links may lead back
        return
    seen.add(whole)
    if path.is_dir():
        yield from _find_below(path, seen, left)
    elif path.suffix == ".json" and _begins_with(path, '"paragraphs"'):
        yield path, lambda: read_squad(path)
    elif path.suffix == ".jsonl" and (near := [folder for folder in _documents(path) if folder.is_dir()]):
        yield path, lambda: [read_gold_set(path, near[0])]
    elif path.suffix == ".jsonl" and _begins_with(path, '"evidence"'):
        advice = f"Put them there, or name their folder: rag eval --gold {path} --docs FOLDER"
        problem = f"The gold set {path} lacks its documents: there is no folder {_documents(path)[0]}."
        raise GoldError(problem, advice)
    elif path.name.removesuffix(".gz").endswith((".json", ".jsonl")) and not _begins_with(path, _OURS):
        left.append(f"{path}, {_what_is_wrong(path)}")


def _find_below(path: Path, seen: set[Path], left: list[str]) -> Iterator[tuple[Path, _Reader]]:
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    held = {entry.name.removesuffix(".gz") for entry in entries}
    held |= {"ground_truth*.jsonl" for name in held if re.fullmatch(r"ground_truth.*\.jsonl", name)}
    for parts, read in _FOLDERS.items():
        if held.issuperset(parts):
            yield path, partial(_read_alone, read, path)
            return
    golds = {path / name.removesuffix(".jsonl") for name in held if name.endswith(".jsonl")}
    inner = {documents for documents in golds if documents.is_dir()}
    for parts in _FOLDERS:
        there = [part for part in parts if part in held and path / re.sub(r"\*?\.jsonl$", "", part) not in inner]
        if not there:
            continue
        lacking = [part for part in parts if part not in held]
        lacks = f"holds {' and '.join(there)}, but no {' and no '.join(lacking)}"
        if len(lacking) == 1 and there[0] == parts[0]:
            raise GoldError(f"{path} {lacks}.", "Put it there, or name the paths to run.")
        left.append(f"{path}, which {lacks}")
        inner |= {path / name for part in there for name in (part, f"{part}.gz")}
    for entry in entries:
        if entry not in inner:
            yield from _find(entry, seen, left)


def _documents(gold: Path) -> tuple[Path, Path]:
    """Return where the documents of a gold set may lie: beside it, or where one is."""
    return gold.with_suffix(""), Path(gold.stem)


def _read_alone(read: Callable[[Path], Dataset], path: Path) -> list[Dataset]:
    return [read(path)]


def _begins_with(path: Path, mark: str) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return mark in file.read(100_000)


def _what_is_wrong(path: Path) -> str:
    """Say why a file of JSON is taken for no set."""
    if path.suffix == ".gz":
        return "which is packed: unpack it"
    with path.open("rb") as file:
        if b"\0" in file.read(100):
            return "which is text in UTF-16: save it in UTF-8"
    form, field = ("SQuAD", "paragraphs") if path.suffix == ".json" else ("a gold set", "evidence")
    return f'which holds no "{field}", as {form} does'


def read_gold_set(path: Path, docs: Path) -> Dataset:
    """Read a gold set of our own, and compare the documents in ``docs`` with those it was made for."""
    gold, faults = scan_gold(path)
    stale, advice = check_fresh(path, docs)
    return Dataset(slug(path.stem), tuple(gold), (), docs, "passage", (*faults, *stale), advice, place=path)
