"""What is new, changed, renamed or gone among the files; apply it, and report every file."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from rag.backup import CHROMA, DOCSTORE
from rag.database import replace_database
from rag.datatypes import Document
from rag.docstore import DocStore
from rag.embed import Embedder
from rag.errors import LoadError, NotFoundError, RetryError, TimeLimitError
from rag.index import Change, Index, identity
from rag.load import READ_BY, interrupt, is_current, load
from rag.reports import FileResult, FileRow, IngestProgress, IngestReport
from rag.vectorstore import VectorStore
from rag.walk import Found, existing, walk

Progress = Callable[[IngestProgress], None]

_AHEAD = 4  # files that are parsed before they are needed
_TOO_SLOW = f"{READ_BY}seconds-"  # begins what stands in the place of such a file's digest; the limit follows
_KEPT = "Its folder is empty or cannot be read, so it stays in the index. Run `rag forget` if it should go."


@dataclass(frozen=True, slots=True)
class Ingester:
    """What ingesting writes to, and its limits."""

    index: Index
    max_bytes: int
    seconds: float

    @property
    def _too_slow(self) -> str:
        return f"{_TOO_SLOW}{self.seconds:g}"

    @property
    def store(self) -> DocStore:
        """The docstore that is written."""
        return self.index.store

    def ingest(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        """Bring the index up to date with these files and folders.

        Unchanged files cost a look at their size and time. New and changed ones are embedded before anything is
        replaced. A file that fails keeps its last good version. Files gone from a folder leave the index.

        Raises:
            StorageError: the disk is nearly full, or the docstore cannot be written.
            LoadError: a path does not exist.
        """
        began = perf_counter()
        roots, own = [existing(path) for path in paths], self.store.path.resolve().parent
        found = {str(item.path): item for root in roots for item in walk(root, own)}
        known = {row.path: row for row in self.store.files()}
        gone, kept = _missing(known.values(), roots, found, own)

        results: list[FileResult] = []

        def tell(name: str, step: str, share: float = 0.0) -> None:
            if progress:
                progress(IngestProgress(len(results), len(found), name, step, share))

        def read() -> Iterator[FileResult | Change]:
            with closing(self._read(found.values(), known, gone)) as files:
                for item, outcome in zip(found.values(), files, strict=True):
                    tell(item.name, "read")
                    yield outcome

        try:
            with closing(self.index.apply(read(), lambda name, share: tell(name, "embedding", share))) as applied:
                for result in applied:
                    results.append(result)
                    tell(result.name, result.status)
        except BaseException as error:
            if self.index.stop.is_set() or not isinstance(error, Exception):
                interrupt()  # else the process would wait for the file that is being parsed
            raise
        results += [self.forget(row) for row in gone]
        results += [FileResult(row.name, "skipped", _KEPT) for row in kept]
        if progress:
            progress(IngestProgress(len(found), len(found), "", "done"))
        return IngestReport(tuple(sorted(results, key=lambda r: r.name)), perf_counter() - began)

    def add(self, documents: Iterable[Document], progress: Progress | None = None) -> IngestReport:
        """Put ready documents into the index, each under its name, in place of what had it; of one name the last."""
        waiting = {document.name: document for document in documents}

        def changes() -> Iterator[Change]:
            for name, d in waiting.items():
                known = next(iter(self.store.files(name)), None)
                yield Change(FileRow(name, name, "", len(d.text), 0, d.id, d.id), d, _status(known, d), known)

        return self._report(changes(), len(waiting), progress)

    def copy(self, old: DocStore, progress: Progress | None = None) -> IngestReport:
        """Split and embed anew what another docstore holds; its files need not be there any more."""
        rows = old.files()
        for row in rows:
            if row.document_id is None:
                self.store.record(row)
        held = [(row, row.document_id) for row in rows if row.document_id]
        changes = (Change(row, old.document(document_id), "changed") for row, document_id in held)
        return self._report(changes, len(held), progress)

    def _report(self, changes: Iterable[Change], total: int, progress: Progress | None) -> IngestReport:
        began, results = perf_counter(), []
        for result in self.index.apply(changes):
            results.append(result)
            if progress:
                progress(IngestProgress(len(results), total, result.name, "embed"))
        return IngestReport(tuple(sorted(results, key=lambda r: r.name)), perf_counter() - began)

    def _read(
        self, found: Iterable[Found], known: Mapping[str, FileRow], gone: list[FileRow]
    ) -> Generator[FileResult | Change, None, None]:
        """Yield for each file what became of it, or the change that is to be stored; some are parsed ahead.

        Only this file is touched by its failure.
        """
        waiting: deque[tuple[FileRow | None, FileResult | tuple[FileRow, Future[Document]]]] = deque()
        reader = ThreadPoolExecutor(1, "reader")
        try:
            for item in found:
                before = known.get(str(item.path))
                waiting.append((before, self._look(item, before, gone, reader)))
                if len(waiting) > _AHEAD:
                    yield self._settle(*waiting.popleft())
            while waiting:
                yield self._settle(*waiting.popleft())
        finally:
            reader.shutdown(wait=False, cancel_futures=True)

    def _look(
        self, item: Found, known: FileRow | None, gone: list[FileRow], reader: ThreadPoolExecutor
    ) -> FileResult | tuple[FileRow, Future[Document]]:
        """Say what became of a file if that can be told without reading it; else have it read."""
        if item.reason:
            return FileResult(item.name, "skipped", item.reason)
        row = FileRow(str(item.path), item.name, str(item.root), 0, 0, "", None)
        same = known if known and self._is_settled(known) else None
        try:
            info = item.path.stat()
            if same and (same.size, same.mtime_ns) == (info.st_size, info.st_mtime_ns):
                return _unchanged(item, same)
            row = replace(row, size=info.st_size, mtime_ns=info.st_mtime_ns)
            row = replace(row, sha256=_sha256(item.path) if info.st_size <= self.max_bytes else "")
        except OSError as error:
            return self.index.fail(row, known, f"{item.name} cannot be read: {error.strerror or error}.", "")
        if same and row.sha256 and same.sha256 == row.sha256:
            self.store.record(replace(same, size=row.size, mtime_ns=row.mtime_ns))
            return _unchanged(item, same)
        kind = item.path.suffix.lower()
        alike = (old for old in gone if old.sha256 == row.sha256 and Path(old.path).suffix.lower() == kind)
        moved = next((old for old in alike if old.document_id and _is_read(old)), None)
        if moved and not known:
            gone.remove(moved)
            self.store.record(replace(row, document_id=moved.document_id, warnings=moved.warnings))
            self.store.remove(moved.path)
            return FileResult(item.name, "renamed", f"was {moved.name}", warnings=moved.warnings)
        whole = item.path.resolve()
        return row, reader.submit(load, whole, item.name, max_bytes=self.max_bytes, seconds=self.seconds)

    def _is_settled(self, known: FileRow) -> bool:
        """Tell whether a file would be read, or fail, as it did: by the same parsers and within the same limit."""
        other_limit = known.sha256.startswith(_TOO_SLOW) and known.sha256 != self._too_slow
        return _is_read(known) and not other_limit

    def _settle(
        self, known: FileRow | None, looked: FileResult | tuple[FileRow, Future[Document]]
    ) -> FileResult | Change:
        if isinstance(looked, FileResult):
            return looked
        row, reading = looked
        try:
            document = reading.result()
        except LoadError as error:
            self.index.check_stop()  # which ends the parser
            marks = {RetryError: "", TimeLimitError: self._too_slow}
            return self.index.fail(row, known, str(error), marks.get(type(error)))
        except OSError as error:
            return self.index.fail(row, known, f"{row.name} cannot be read: {error.strerror or error}.", "")
        row = replace(row, document_id=document.id, warnings=document.warnings)
        return Change(row, document, _status(known, document), known)

    def forget(self, *rows: FileRow) -> FileResult:
        """Take a file, or all that hold one document, out of the index; the files themselves stay."""
        old = [key for row in rows if row.document_id for key in self.store.passage_ids(row.document_id)]
        with self.store.together():
            for row in rows:
                self.store.remove(row.path)
        self.index.drop_stale(old)
        return FileResult(", ".join(row.name for row in rows), "deleted")


def rebuild(folder: Path, embedder: Embedder, passage_tokens: int, progress: Progress | None = None) -> IngestReport:
    """Split and embed anew what the index of a folder holds, beside it, and put the new index in its place."""
    for leftover in folder.glob("rebuild.sqlite*"):
        leftover.unlink()
    with closing(DocStore(folder / DOCSTORE)) as old, closing(DocStore(folder / "rebuild.sqlite")) as new:
        new.set_identity(identity(embedder, passage_tokens))
        index = Index(new, None, embedder, passage_tokens)
        report = Ingester(index, max_bytes=0, seconds=0).copy(old, progress)  # which reads no files
    replace_database(folder / "rebuild.sqlite", folder / DOCSTORE)
    VectorStore.unseal(folder / CHROMA)
    return report


def find_files(store: DocStore, name: str) -> list[FileRow]:
    """Return the file of that path or name, or the files that hold the document of that id.

    Raises:
        NotFoundError: there is none, or several files have that name.
    """
    if own := store.files(name):
        return own
    rows = store.files()
    called = [row for row in rows if name == row.name]
    if len(called) > 1:
        listed = ", ".join(row.path for row in called[:5])
        raise NotFoundError(f"Several files are called {name[:80]!r}: {listed}.", "Give the whole path.")
    if found := called or [row for row in rows if name == row.document_id]:
        return found
    raise NotFoundError(f"There is no document {name[:80]!r}.", "`rag status` lists what there is.")


def _missing(
    known: Iterable[FileRow], roots: Sequence[Path], found: dict[str, Found], own: Path | None = None
) -> tuple[list[FileRow], list[FileRow]]:
    """Return the documents whose files are gone from these folders, and those to keep all the same.

    What lies in ``own``, the folder of the index, was not looked for unless one of these lies there.
    A folder that is empty, or that cannot be read, is more likely a disk that is not there than a wish to delete.
    """
    folders = [root for root in roots if root.is_dir()]
    files = [item.path for item in found.values() if item.path.is_file()]
    closed = [folder for folder in folders if not any(path.is_relative_to(folder) for path in files)]
    closed += [item.path for item in found.values() if item.path.is_dir() and not item.path.is_symlink()]
    below = (row for row in known if row.path not in found and _below(row, folders))
    missing = [row for row in below if not (own and _is_own(row, own, roots))]
    return [row for row in missing if not _below(row, closed)], [row for row in missing if _below(row, closed)]


def _is_own(row: FileRow, own: Path, roots: Sequence[Path]) -> bool:
    """Tell whether a file lies in the folder of the index, as uploads do, and none of these paths does."""
    lies = Path(row.path).resolve().is_relative_to(own)
    return lies and not any(root.resolve().is_relative_to(own) for root in roots)


def _below(row: FileRow, folders: Iterable[Path]) -> bool:
    return any(Path(row.path).is_relative_to(folder) for folder in folders)


def _status(known: FileRow | None, document: Document) -> str:
    if known is None or known.document_id is None:
        return "new"
    return "unchanged" if known.document_id == document.id else "changed"


def _unchanged(item: Found, known: FileRow) -> FileResult:
    if known.document_id is None:
        return FileResult(item.name, "failed", known.reason)
    return FileResult(item.name, "unchanged", warnings=known.warnings)


def _is_read(row: FileRow) -> bool:
    """Tell whether the parsers of today read a file, or failed to, which stands in the place of its digest."""
    return is_current(row.document_id or row.sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
