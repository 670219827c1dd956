"""Documents into the index: split, embedded in batches while others are read and written, and stored."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rag.datatypes import Document, Passage
from rag.docstore import DocStore
from rag.embed import Embedder
from rag.errors import IndexMismatchError, StorageError
from rag.load import READ_BY
from rag.nearest import NearestPassages
from rag.reports import FileResult, FileRow
from rag.split import SPLITTER_VERSION, embedding_text, split

_FREE_BYTES = 200 * 2**20  # Chroma does not recover by itself from a full disk, so the last of it is not touched
# Documents that are embedded together: until they have so many characters, about 4 s of work for two cores, or so many
# documents, so that a stop in the middle of small ones loses little.
_BATCH_CHARACTERS, _BATCH_DOCUMENTS = 100_000, 64
# Passages, and sentences, that are embedded between two looks whether to stop: 1 to 2 s of two cores. Fewer cost more.
_PASSAGES, _SENTENCES = 32, 256


@dataclass(frozen=True, slots=True)
class Change:
    """A document that is to be stored for a file; ``known`` is what the file was before."""

    row: FileRow
    document: Document
    status: str
    known: FileRow | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """The passages of a document, a vector for each, and for each the vectors of its sentences."""

    passages: list[Passage]
    vectors: NDArray[np.float32]
    sentences: list[NDArray[np.float32]]

    @property
    def size(self) -> int:
        """The bytes of all vectors."""
        return self.vectors.nbytes + sum(matrix.nbytes for matrix in self.sentences)


@dataclass(frozen=True, slots=True)
class Index:
    """Where documents are stored, and how they are split and embedded.

    With ``vectors`` None only the docstore is written. Another thread may set ``stop``: what is stored by then stays,
    the rest is given up with a StorageError.
    """

    store: DocStore
    vectors: NearestPassages | None
    embedder: Embedder
    passage_tokens: int
    stop: threading.Event = field(default_factory=threading.Event)

    def apply(
        self, outcomes: Iterable[FileResult | Change], tell: Callable[[str, float], None] | None = None
    ) -> Generator[FileResult, None, None]:
        """Embed and store the changes; one batch is embedded while the next is read and the last one is written.

        ``tell`` hears, in another thread, how much of a document that takes seconds is embedded: its name, the share.
        """
        given_up = threading.Event()
        with ThreadPoolExecutor(1, "embedding") as embedding:
            try:
                yield from self._apply(outcomes, lambda few: embedding.submit(self._embed, few, given_up, tell))
            finally:
                given_up.set()  # after an error or a stop nobody waits for what is being embedded

    def _apply(
        self, outcomes: Iterable[FileResult | Change], embed: Callable[[list[Document]], Future[dict[str, Embedded]]]
    ) -> Iterator[FileResult]:
        batch: list[Change] = []
        ahead: tuple[list[Change], Future[dict[str, Embedded]]] | None = None
        seen: set[str] = set()
        for outcome in chain(outcomes, [None]):
            self.check_stop()
            if isinstance(outcome, FileResult):
                yield outcome
                continue
            if outcome:
                batch.append(outcome)
            if batch and (outcome is None or _is_full(batch)):
                # Of files with one content the first is stored, so its title is the one to embed.
                fresh = {c.document.id: c.document for c in reversed(batch) if c.document.id not in seen}
                seen |= fresh.keys()
                started = batch, embed([document for key, document in fresh.items() if not self._ids(key)])
                if ahead:
                    yield from self._write(*ahead)
                batch, ahead = [], started
        if ahead:
            yield from self._write(*ahead)

    def check_stop(self) -> None:
        """Raise a StorageError if the index is being closed."""
        if self.stop.is_set():
            raise StorageError("The index is being closed.", "What was read is kept; open it and ingest again.")

    def _embed(
        self,
        documents: Sequence[Document],
        given_up: threading.Event | None = None,
        tell: Callable[[str, float], None] | None = None,
    ) -> dict[str, Embedded]:
        """Split and embed several documents at once, which costs less than one by one; by document id."""
        tokens = min(self.passage_tokens, self.embedder.max_tokens)
        passages = [split(document, self.embedder.count_tokens, tokens) for document in documents]
        flat = [(document, p) for document, parts in zip(documents, passages, strict=True) for p in parts]

        long = len(flat) > _PASSAGES

        def embed(texts: Sequence[str], together: int, before: float) -> NDArray[np.float32]:
            made = []
            for start in range(0, max(len(texts), 1), together):
                self.check_stop()
                if given_up and given_up.is_set():
                    raise CancelledError
                if tell and (start or (before and long)):
                    for document in documents:
                        tell(document.name, before + 0.5 * start / len(texts))
                made.append(self.embedder.embed(texts[start : start + together]))
            return np.concatenate(made)

        vectors = embed([embedding_text(p) for _, p in flat], _PASSAGES, 0.0)
        sentences = embed([document.text[s:e] for document, p in flat for s, e in p.sentences], _SENTENCES, 0.5)
        matrices = np.split(sentences, np.cumsum([len(p.sentences) for _, p in flat])[:-1]) if flat else []
        made, at = {}, 0
        for document, parts in zip(documents, passages, strict=True):
            own = slice(at, at + len(parts))
            made[document.id] = Embedded(parts, vectors[own], matrices[own])
            at += len(parts)
        return made

    def _write(self, changes: Sequence[Change], embedding: Future[dict[str, Embedded]]) -> list[FileResult]:
        """Store documents in one transaction, then drop what their paths held before."""
        made = embedding.result()
        self._check_space(sum(part.size for part in made.values()) + sum(4 * len(c.document.text) for c in changes))
        old = [key for c in changes if c.known and c.known.document_id for key in self._ids(c.known.document_id)]
        results, added = [], []
        with self.store.together():
            for change in changes:
                row, document, reason = change.row, change.document, ""
                if ids := self._ids(document.id):
                    if not row.root and self.store.document(document.id).text != document.text:  # it was added
                        taken = f"{row.name} has the id of another text, {document.id[:40]!r}. Give it one of its own."
                        results.append(self.fail(row, change.known, taken))
                        continue
                    if change.status == "new":
                        reason = f"says the same as {self.store.holder(document.id)}"
                    self.store.record(row)
                else:
                    # It is not among the made where another file held it until a change of this batch.
                    part = made.get(document.id) or self._embed([document])[document.id]
                    if not part.passages:
                        results.append(self.fail(row, change.known, f"{row.name} holds no text. Check the file."))
                        continue
                    self.store.put(row, document, part.passages, part.vectors, part.sentences)
                    ids = [passage.id for passage in part.passages]
                    added.append(part)
                results.append(FileResult(row.name, change.status, reason, len(ids), document.warnings))
        if self.vectors and added:
            flat = [passage for part in added for passage in part.passages]
            owners = [passage.document_id for passage in flat]
            self.vectors.upsert([p.id for p in flat], owners, np.concatenate([part.vectors for part in added]))
        self.drop_stale(old)
        return results

    def _ids(self, document_id: str) -> list[str]:
        return self.store.passage_ids(document_id)

    def drop_stale(self, ids: list[str]) -> None:
        """Take out of the vectors those of the passages that the docstore no longer holds."""
        held, _ = self.store.vectors(ids)
        stale = sorted(set(ids) - set(held))
        if stale and self.vectors:
            self.vectors.delete(stale)

    def fail(self, row: FileRow, known: FileRow | None, reason: str, mark: str | None = None) -> FileResult:
        """Remember why a file failed; its last good version stays.

        ``mark`` stands in the place of the digest and tells later whether to try again: "" is tried each time, None
        when the parsers are others.
        """
        if known and known.document_id:
            return FileResult(row.name, "failed", f"{reason} The version from before is kept.")
        failed = replace(row, document_id=None, status="failed", reason=reason, warnings=())
        self.store.record(replace(failed, sha256=READ_BY if mark is None else mark))
        return FileResult(row.name, "failed", reason)

    def _check_space(self, size: int) -> None:
        free = shutil.disk_usage(self.store.path.parent).free
        if free < max(_FREE_BYTES, 4 * size):
            raise StorageError(
                f"The disk has only {free // 2**20} MB left; nothing was written.",
                "Free some space, then run it again.",
            )


def _is_full(batch: Sequence[Change]) -> bool:
    return len(batch) == _BATCH_DOCUMENTS or sum(len(change.document.text) for change in batch) >= _BATCH_CHARACTERS


def identity(embedder: Embedder, passage_tokens: int) -> dict[str, str]:
    """Return what decides about passages and vectors."""
    return {
        "embedding model": f"{embedder.name} ({embedder.fingerprint})",
        "splitter": f"{SPLITTER_VERSION}, {passage_tokens} tokens",
    }


def check_identity(store: DocStore, wanted: dict[str, str], *, writes: bool) -> None:
    """Refuse an index whose vectors or passages would be made otherwise; an empty one is given the identity.

    Raises:
        IndexMismatchError: it was made with another model or splitter.
    """
    held = store.identity()
    if held != wanted and not store.passage_count():
        if writes:
            store.set_identity(wanted)
        return
    changed = [f"{key} was {held.get(key)}, is {value}" for key, value in wanted.items() if held.get(key) != value]
    if changed:
        raise IndexMismatchError(
            f"The index was made otherwise: {'; '.join(changed)}.",
            "Set it back, or run `rag ingest --rebuild` to make the index anew.",
        )
