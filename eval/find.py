"""Which data sets lie at a path, by what folders and files hold; whether a gold set's documents are those of then."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import BinaryIO

from eval.beir import judgement_files, read_beir
from eval.datasets import TRUTHS, Dataset, is_packed, read_chunking, read_cited_pages, read_passages, slug
from eval.gold import CORRECT, GoldError, read_file, scan_gold, telling
from eval.places import nearest_name
from eval.squad import read_squad
from eval.strict import split_lines

# What a folder of each form holds, the part that tells the form first.
_FOLDERS: dict[tuple[str, ...], Callable[[Path], Dataset]] = {
    ("questions_df.csv", "corpora"): read_chunking,
    ("passages.jsonl", "questions.jsonl"): read_passages,
    ("corpus.jsonl", "queries.jsonl", "qrels"): read_beir,
    ("ground_truth*.jsonl", "pdfs"): read_cited_pages,
}

_Reader = Callable[[], list[Dataset]]
_PARTS = {part for parts in _FOLDERS for part in parts if part.endswith((".csv", ".jsonl")) and "*" not in part}
_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".zst")
_READ, _BEGINNING = 2**20, 100_000  # bytes that are held of a file while it is looked through
_MOST_FIELDS = 5  # that are named
_INTO = "put it into a form that docs/evaluation.md shows"
_OURS = b'"embedding_model"'  # results and drafts of runs hold it
_DIGEST = re.compile(r"([0-9a-f]{64}) [ *](.*\S)\s*")
_MOST_LEFT = 20  # that are named


def read_datasets(
    paths: Sequence[Path], faulty: dict[Path, GoldError], note: Callable[[str], None] = lambda _: None
) -> dict[str, Dataset]:
    """Return the data sets at or below the paths by name; what is wrong with some goes to ``faulty``, by their place.

    Sets of one name get the name of their folder in front. What looks like a set and is none is told to ``note``.
    """
    readers: dict[Path, _Reader] = {}
    for path in paths:
        with telling(faulty, path):
            readers |= find_datasets(path, note)
    held: list[Dataset] = []
    for place, read in readers.items():
        with telling(faulty, place):
            held += [replace(dataset, place=place) for dataset in read()]
    found: dict[str, Dataset] = {}
    for name, dataset in zip(_names_apart(held), held, strict=True):
        with telling(faulty, dataset.place):
            if other := found.get(name):
                why = f"{other.place} and {dataset.place} would both be called {name}."
                raise GoldError(why, "Rename one of them.")
            found[name] = replace(dataset, name=name)
    return found


def _names_apart(held: Sequence[Dataset]) -> list[str]:
    """Return a name for each set: its own, with the folders above in front as far as these tell equal names apart."""
    names = [dataset.name for dataset in held]
    above = [[slug(folder.name) for folder in dataset.place.absolute().parents if folder.name] for dataset in held]
    for depth in range(max(map(len, above), default=0)):
        many = Counter(names)
        names = [
            f"{folders[depth]}-{name}" if many[name] > 1 and depth < len(folders) else name
            for name, folders in zip(names, above, strict=True)
        ]
    many = Counter(names)
    return [name if many[name] == 1 else dataset.name for name, dataset in zip(names, held, strict=True)]


def find_datasets(path: Path, note: Callable[[str], None] = lambda _: None) -> dict[Path, _Reader]:
    """Return a reader for each data set at ``path`` or in the folders below it, by its place, in the order of names.

    What looks like a set and is none is told to ``note``, a line each.

    Raises:
        GoldError: nothing is there or can be read or has a known format.
    """
    try:
        if not path.exists():
            raise GoldError(f"{path} does not exist.", "Give the path of a data set, or of a folder of such.")
        left: list[str] = []  # what looks like a set and is none
        readers = dict(_find(path, set(), left))
    except OSError as error:
        problem = f"{error.filename} cannot be read: {error.strerror}."
        raise GoldError(problem, "Give a path that can be read.") from None
    told = [f"left out: {one}" for one in left[:_MOST_LEFT]]
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
    try:
        if path.is_dir():
            yield from _find_below(path, seen, left)
        elif read := _reader(path, left):
            yield path, read
    except OSError as error:
        left.append(f"{path}, which cannot be read: {error.strerror}")


def _reader(path: Path, left: list[str]) -> _Reader | None:
    """Return a reader for a file that is a set."""
    if path.name.lower().endswith((".json", ".json.gz")) and _holds(path, b'"paragraphs"'):
        return lambda: read_squad(path)
    if path.suffix.lower() == ".jsonl" and (near := [folder for folder in _documents(path) if folder.is_dir()]):
        return lambda: [read_gold_set(path, near[0])]
    if path.suffix.lower() == ".jsonl" and _holds(path, b'"evidence"'):
        lacks = f"there is no folder {_documents(path)[0]}; name theirs: rag eval --gold {path} --docs FOLDER"
        left.append(f"the gold set {path}, which lacks its documents: {lacks}")
    elif why := _what_is_wrong(path):
        left.append(f"{path}, {why}")
    return None


def _find_below(path: Path, seen: set[Path], left: list[str]) -> Iterator[tuple[Path, _Reader]]:
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    held = {entry.name.removesuffix(".gz") for entry in entries}
    held |= {"ground_truth*.jsonl" for name in held if re.fullmatch(r"ground_truth.*\.jsonl", name)}
    whole = held | _parts_by_other_names(path, held)
    for parts, read in _FOLDERS.items():
        if whole.issuperset(parts):
            yield path, partial(_read_alone, read, path)
            return
    golds = {path / name[: -len(".jsonl")] for name in held if name.lower().endswith(".jsonl")}
    inner = {documents for documents in golds if documents.is_dir()}
    inner |= {entry for entry in entries if entry.name.endswith("-qrels") and entry.name[: -len("-qrels")] in held}
    inner |= {entry for entry in entries if entry.suffix == ".gz" and entry.with_suffix("") in entries}
    for parts in _FOLDERS:
        there = [part for part in parts if part in held and path / re.sub(r"\*?\.jsonl$", "", part) not in inner]
        if not there:
            continue
        lacking = [part for part in parts if part not in whole]
        left.append(f"{path}, which holds {' and '.join(there)}, but no {' and no '.join(lacking)}")
        inner |= {found for part in there for found in path.glob(f"{part}*")}
    for entry in entries:
        if entry not in inner:
            yield from _find(entry, seen, left)


def _parts_by_other_names(path: Path, held: set[str]) -> set[str]:
    """Return the parts of a set that a folder has, but not by the name or in the place where they usually are."""
    truths = {"ground_truth*.jsonl" for name in held if TRUTHS.fullmatch(name)}
    pdfs = {"pdfs" for file in (path / "data").rglob("*") if file.suffix.lower() == ".pdf"} if truths else set()
    judged = {"qrels"} if "corpus.jsonl" in held and judgement_files(path) else set()
    return truths | pdfs | judged


def _documents(gold: Path) -> tuple[Path, Path]:
    """Return where the documents of a gold set may lie: beside it, or where one is."""
    return gold.with_suffix(""), Path(gold.stem)


def _read_alone(read: Callable[[Path], Dataset], path: Path) -> list[Dataset]:
    return [read(path)]


def _holds(path: Path, mark: bytes) -> bool:
    """Tell whether a file holds the mark anywhere; what gzip packed is unpacked for it, part by part."""
    end = b""
    with suppress(EOFError, zlib.error, gzip.BadGzipFile), _opened(path) as file:
        while part := file.read(_READ):
            if mark in end + part:
                return True
            end = part[-len(mark) :]
    return False


def _beginning(path: Path) -> bytes:
    with suppress(EOFError, zlib.error, gzip.BadGzipFile), _opened(path) as file:
        return file.read(_BEGINNING)
    return b""


def _opened(path: Path) -> gzip.GzipFile | BinaryIO:
    return gzip.open(path) if is_packed(path) else path.open("rb")


def _what_is_wrong(path: Path) -> str:
    """Say why a file that could be meant so is taken for no set; nothing of any other, nor of what runs write."""
    name = path.name.lower()
    if name.endswith(_ARCHIVES):
        return "which is packed: unpack it"
    if name.endswith(".parquet"):
        return f"which is Parquet: {_INTO}"
    if name.removesuffix(".gz") in _PARTS:
        return "which is a part of a set: name its folder"
    if not name.endswith((".json", ".json.gz", ".jsonl", ".jsonl.gz", ".csv")):
        return ""
    begins = _beginning(path)
    if name.endswith(".csv"):
        asks = re.search(rb"question|query|user_input", begins.partition(b"\n")[0], re.IGNORECASE)
        return f"which holds questions, but is no questions_df.csv beside a folder corpora: {_INTO}" if asks else ""
    if name.endswith(".jsonl.gz") or (is_packed(path) and not begins):
        return "which is packed: unpack it"
    if b"\0" in begins[:100]:
        return "which is text in UTF-16: save it in UTF-8"
    if _OURS in begins:
        return ""
    form, field = ("a gold set", "evidence") if name.endswith(".jsonl") else ("SQuAD", "paragraphs")
    held = dict.fromkeys(re.findall(rb'"([^"\\]{1,40})"\s*:', begins))
    fields = ", ".join(f'"{one.decode(errors="replace")}"' for one in list(held)[:_MOST_FIELDS])
    return f'which holds no "{field}", as {form} does{fields and f", but {fields}"}: {_INTO}'


def read_gold_set(path: Path, docs: Path) -> Dataset:
    """Read a gold set of our own, and compare the documents in ``docs`` with those it was made for."""
    gold, faults = scan_gold(path)
    stale, advice, listed = check_fresh(path, docs)
    cited = {evidence.document for item in gold for evidence in item.evidence}
    held = {file.relative_to(docs).as_posix() for file in docs.rglob("*")}
    if cited and not any((docs / name).is_file() or nearest_name(name, held) for name in cited):
        where = f"None of the documents that {path} asks about lies in {docs}."
        raise GoldError(where, f"Name the folder that holds them: rag eval --gold {path} --docs FOLDER")
    undated = sorted(name for name in cited - listed if listed and (docs / name).is_file())
    names = ", ".join(undated[:5]) + (", ..." if len(undated) > 5 else "")
    notes = [f"{path.with_suffix('.sha256')} holds no digest of {names}."] if undated else []
    return Dataset(
        slug(path.stem), tuple(gold), (), docs, "passage", (*faults, *stale), advice, tuple(notes), place=path
    )


def check_fresh(gold: Path, docs: Path) -> tuple[list[str], str, set[str]]:
    """Say which documents are not those that the file of digests beside the gold set lists, what to do, what it lists.

    It is what ``sha256sum`` prints: for ``walrus.jsonl`` it is called ``walrus.sha256``; there need not be one.

    Raises:
        GoldError: the folder is missing or empty, or holds none of the documents that are listed.
    """
    if not docs.is_dir() or not any(docs.iterdir()):
        what = "is empty" if docs.is_dir() else "is not a folder" if docs.exists() else "does not exist"
        raise GoldError(f"{docs} {what}.", f"Give the folder of the documents that {gold} asks about.")
    listing = gold.with_suffix(".sha256")
    advice = f"Put them into {docs}, or take them out of {listing} together with the questions about them."
    listed = split_lines(read_file(listing, advice)) if listing.is_file() else []
    lines = [(number, _DIGEST.fullmatch(line)) for number, line in enumerate(listed, 1) if line.strip()]
    anew = f"(cd {quote(str(docs))} && find * -type f -exec sha256sum {{}} +) > {quote(str(listing))}"
    faults, names, missing = [], set(), []
    for number, line in lines:
        if not line:
            faults.append(f"{listing}:{number}: not a digest and a name, as sha256sum prints them")
            continue
        names.add(name := PurePosixPath(line[2]).as_posix())
        if not (docs / name).is_file():
            missing.append(name)
            faults.append(f"{listing}:{number}: {name} is not in {docs}")
        elif hashlib.sha256((docs / name).read_bytes()).hexdigest() != line[1]:
            faults.append(f"{listing}:{number}: {name} has changed since the gold set was made")
    if missing and len(missing) == len(lines):
        if (docs / missing[0].rpartition("/")[2]).is_file():
            why = f"{listing} lists {missing[0]}, but its names have to be the paths below {docs}."
            raise GoldError(why, f"Make it anew: {anew}")
        raise GoldError(f"{docs} holds none of the documents that {listing} lists.", "Give the folder that holds them.")
    if not missing:  # else the digests of what is left would take the place of all
        advice = f"Where documents changed, check the questions about them, then: {anew}"
    return faults, f"{CORRECT} {advice}" if faults else CORRECT, names
