"""What is new, changed, renamed or gone among the files; apply it, and report every file."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Document, FileResult, IngestProgress, IngestReport
from rag.docstore import DocStore, FileRow
from rag.embed import Embedder
from rag.errors import LoadError, NotFoundError, StorageError
from rag.load import load
from rag.nearest import NearestPassages
from rag.split import embedding_text, split
from rag.walk import Found, existing, walk

Progress = Callable[[IngestProgress], None]

_FREE_BYTES = 200 * 2**20  # Chroma does not recover by itself from a full disk, so the last of it is not touched
_BATCH = 64  # ready documents that are embedded together
_KEPT = "Its folder is empty or cannot be read, so it stays in the index. Run `rag forget` if it should go."


@dataclass(frozen=True, slots=True)
class Ingester:
    """What ingesting writes to, and its limits. Without ``vectors`` only the docstore is written."""

    store: DocStore
    vectors: NearestPassages | None
    embedder: Embedder
    passage_tokens: int
    max_bytes: int
    seconds: float

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Bring the index up to date with these files and folders.

        Unchanged files cost a look at their size and time. New and changed ones are embedded before anything is
        replaced. A file that fails keeps its last good version. Files gone from a folder leave the index.

        Raises:
            StorageError: the disk is nearly full, or the docstore cannot be written.
            LoadError: a path does not exist.
        """
        began = perf_counter()
        roots = [existing(path) for path in paths]
        found = {str(item.path): item for root in roots for item in walk(root)}
        known = {row.path: row for row in self.store.files()}
        gone, kept = _missing(known.values(), roots, found)
        results: list[FileResult] = []
        for done, item in enumerate(found.values()):
            if progress:
                progress(IngestProgress(done, len(found), item.name, "read"))
            results.append(self._settle(item, known.get(str(item.path)), gone))
        results += [self.forget(row) for row in gone]
        results += [FileResult(row.name, "skipped", _KEPT) for row in kept]
        if progress:
            progress(IngestProgress(len(found), len(found), "", "done"))
        return IngestReport(tuple(sorted(results, key=lambda r: r.name)), perf_counter() - began)

    def add(self, documents: Iterable[Document], progress: Progress | None = None) -> IngestReport:
        """Put ready documents into the index, each under its name."""
        began = perf_counter()
        waiting = list(documents)
        results = []
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            rows = [FileRow(d.name, d.name, "", len(d.text), 0, d.id, d.id) for d in batch]
            held = [bool(self.store.passage_ids(document.id)) for document in batch]
            fresh = [(row, document) for row, document, is_held in zip(rows, batch, held, strict=True) if not is_held]
            made = dict(zip((row.path for row, _ in fresh), self._embed_all(fresh), strict=True))
            if self.vectors and made:
                ids = [key for ids, _ in made.values() for key in ids]
                owners = [document.id for row, document in fresh for _ in made[row.path][0]]
                self.vectors.upsert(ids, owners, np.concatenate([matrix for _, matrix in made.values()]))
            for row, is_held in zip(rows, held, strict=True):
                if is_held:
                    self.store.record(row)
                count = len(made[row.path][0]) if row.path in made else len(self.store.passage_ids(row.sha256))
                results.append(FileResult(row.name, "unchanged" if is_held else "new", passages=count))
            if progress:
                progress(IngestProgress(start + len(batch), len(waiting), batch[-1].name, "embed"))
        return IngestReport(tuple(results), perf_counter() - began)

    def copy(self, old: DocStore, progress: Progress | None = None) -> IngestReport:
        """Split and embed anew what another docstore holds; its files need not be there any more."""
        began = perf_counter()
        results = []
        rows = old.files()
        for done, row in enumerate(rows):
            if progress:
                progress(IngestProgress(done, len(rows), row.name, "embed"))
            if row.document_id is None:
                self.store.record(row)
                continue
            document = old.document(row.document_id)
            passages = self.store.passage_ids(document.id)
            if passages:
                self.store.record(row)
            results.append(FileResult(row.name, "changed", passages=len(passages or self._embed(row, document)[0])))
        return IngestReport(tuple(results), perf_counter() - began)

    def _settle(self, item: Found, known: FileRow | None, gone: list[FileRow]) -> FileResult:
        """Bring one file up to date and say what happened; only this file is touched by its failure."""
        if item.reason:
            return FileResult(item.name, "skipped", item.reason)
        try:
            return self._update(item, known, gone)
        except LoadError as error:
            return self._fail(item, known, str(error))
        except OSError as error:
            return self._fail(item, known, f"{item.name} cannot be read: {error.strerror or error}.")

    def _update(self, item: Found, known: FileRow | None, gone: list[FileRow]) -> FileResult:
        info = item.path.stat()
        if known and (known.size, known.mtime_ns) == (info.st_size, info.st_mtime_ns):
            return _unchanged(item, known)
        row = FileRow(
            path=str(item.path),
            name=item.name,
            root=str(item.root),
            size=info.st_size,
            mtime_ns=info.st_mtime_ns,
            sha256=_sha256(item.path) if info.st_size <= self.max_bytes else "",
            document_id=None,
        )
        if known and row.sha256 and known.sha256 == row.sha256:
            self.store.record(replace(known, size=row.size, mtime_ns=row.mtime_ns))
            return _unchanged(item, known)
        moved = next(
            (old for old in gone if old.sha256 == row.sha256 and old.document_id and _same_kind(old, row)), None
        )
        if moved and not known:
            gone.remove(moved)
            self.store.record(replace(row, document_id=moved.document_id, warnings=moved.warnings))
            self.store.remove(moved.path)
            return FileResult(item.name, "renamed", f"was {moved.name}", warnings=moved.warnings)
        document = load(item.path.resolve(), item.name, max_bytes=self.max_bytes, seconds=self.seconds)
        row = replace(row, document_id=document.id, warnings=document.warnings)
        passages = self._store(row, document, known)
        status = "changed" if known and known.document_id else "new"
        return FileResult(item.name, status, passages=passages, warnings=document.warnings)

    def _store(self, row: FileRow, document: Document, known: FileRow | None) -> int:
        """Embed and store a document, then drop what its path held before; return how many passages it has."""
        old = self.store.passage_ids(known.document_id) if known and known.document_id else []
        ids = self.store.passage_ids(document.id)
        if ids:
            self.store.record(row)
        else:
            ids, vectors = self._embed(row, document)
            if self.vectors:
                self.vectors.upsert(ids, [document.id] * len(ids), vectors)
        self._drop_stale(old)
        return len(ids)

    def _embed(self, row: FileRow, document: Document) -> tuple[list[str], NDArray[np.float32]]:
        """Split, embed and put a document into the docstore; return its passages' ids and vectors."""
        return self._embed_all([(row, document)])[0]

    def _embed_all(self, items: Sequence[tuple[FileRow, Document]]) -> list[tuple[list[str], NDArray[np.float32]]]:
        """Embed several documents at once, which costs less than one by one, and store each."""
        tokens = min(self.passage_tokens, self.embedder.max_tokens)
        passages = [split(document, self.embedder.count_tokens, tokens) for _, document in items]
        for (row, _), parts in zip(items, passages, strict=True):
            if not parts:
                raise LoadError(f"{row.name} holds no text.", "Check the file.")
        flat = [(document, p) for (_, document), parts in zip(items, passages, strict=True) for p in parts]
        vectors = self.embedder.embed([embedding_text(p) for _, p in flat])
        sentences = self.embedder.embed([document.text[s:e] for document, p in flat for s, e in p.sentences])
        self._check_space(vectors.nbytes + sentences.nbytes + 4 * sum(len(document.text) for _, document in items))
        matrices = np.split(sentences, np.cumsum([len(p.sentences) for _, p in flat])[:-1]) if flat else []
        made, at = [], 0
        for (row, document), parts in zip(items, passages, strict=True):
            own = slice(at, at + len(parts))
            self.store.put(row, document, parts, vectors[own], matrices[own])
            made.append(([p.id for p in parts], vectors[own]))
            at += len(parts)
        return made

    def _drop_stale(self, ids: list[str]) -> None:
        """Take out of Chroma those of the passages that the docstore no longer holds."""
        held, _ = self.store.vectors(ids)
        stale = sorted(set(ids) - set(held))
        if stale and self.vectors:
            self.vectors.delete(stale)

    def forget(self, row: FileRow) -> FileResult:
        """Take one file out of the index; the file itself stays."""
        old = self.store.passage_ids(row.document_id) if row.document_id else []
        self.store.remove(row.path)
        self._drop_stale(old)
        return FileResult(row.name, "deleted")

    def _fail(self, item: Found, known: FileRow | None, reason: str) -> FileResult:
        """Remember why a file failed; its last good version stays."""
        if known and known.document_id:
            return FileResult(item.name, "failed", f"{reason} The version from before is kept.")
        try:
            info = item.path.lstat()
            size, mtime_ns = info.st_size, info.st_mtime_ns
        except OSError:
            size, mtime_ns = 0, 0
        row = FileRow(str(item.path), item.name, str(item.root), size, mtime_ns, "", None, "failed", reason)
        self.store.record(row)
        return FileResult(item.name, "failed", reason)

    def _check_space(self, size: int) -> None:
        free = shutil.disk_usage(self.store.path.parent).free
        if free < max(_FREE_BYTES, 4 * size):
            raise StorageError(
                f"The disk has only {free // 2**20} MB left; nothing was written.",
                "Free some space, then run it again.",
            )


def find_file(store: DocStore, name: str) -> FileRow:
    """Return the file of that name, path or document id.

    Raises:
        NotFoundError: there is none, or several.
    """
    rows = [row for row in store.files() if name in (row.name, row.path, row.document_id)]
    if not rows:
        raise NotFoundError(f"There is no document {name[:80]!r}.", "`rag status` lists what there is.")
    if len({row.path for row in rows}) > 1 and name not in {row.path for row in rows}:
        listed = ", ".join(row.path for row in rows[:5])
        raise NotFoundError(f"Several files are called {name[:80]!r}: {listed}.", "Give the whole path.")
    return rows[0]


def _missing(
    known: Iterable[FileRow], roots: Sequence[Path], found: dict[str, Found]
) -> tuple[list[FileRow], list[FileRow]]:
    """Return the documents whose files are gone from these folders, and those to keep all the same.

    A folder that is empty, or that cannot be read, is more likely a disk that is not there than a wish to delete.
    """
    folders = [root for root in roots if root.is_dir()]
    filled = {item.root for item in found.values() if item.path.is_file()}
    closed = [folder for folder in folders if folder not in filled]
    closed += [item.path for item in found.values() if item.path.is_dir() and not item.path.is_symlink()]
    missing = [row for row in known if row.path not in found and _below(row, folders)]
    return [row for row in missing if not _below(row, closed)], [row for row in missing if _below(row, closed)]


def _below(row: FileRow, folders: Iterable[Path]) -> bool:
    return any(Path(row.path).is_relative_to(folder) for folder in folders)


def _unchanged(item: Found, known: FileRow) -> FileResult:
    if known.document_id is None:
        return FileResult(item.name, "failed", known.reason)
    return FileResult(item.name, "unchanged", warnings=known.warnings)


def _same_kind(old: FileRow, new: FileRow) -> bool:
    return Path(old.path).suffix.lower() == Path(new.path).suffix.lower()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
