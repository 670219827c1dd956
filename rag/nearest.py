"""The passages nearest to a vector: exact search over all vectors in memory, and Chroma where there are too many."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import StorageError
from rag.vectorstore import Source, VectorStore

# Below this share of the passages, multiplying the chosen rows alone is quicker than multiplying all of them.
_SPARSE = 0.05
_PATIENCE = 5.0  # seconds that closing waits for Chroma to be opened or built
# Up to so many passages the search is exact, in 50 to 110 ms at most. Chroma would be quicker from about 200,000 on,
# but it replays every vector at each start, and that takes minutes and gigabytes there (docs/log.md).
EXACT_PASSAGES = 1_000_000


class ExactVectors:
    """Exact nearest neighbours in memory: 4 bytes a number. Safe to call from many threads.

    The vectors are read from ``source`` at the first search, and again when what ``version`` returns has changed: a
    process that reads beside the owner of the folder learns of its changes so. The owner writes them here too.
    """

    def __init__(self, source: Source, version: Callable[[], object] = lambda: None) -> None:
        self._source, self._version = source, version
        self._lock = threading.RLock()
        self._held: object = None
        self._ids: list[str] | None = None
        self._rows: dict[str, int] = {}
        self._numbers: dict[str, int] = {}  # of the documents, in the order of their first passage
        self._owners = np.zeros(0, np.int32)  # number of the document of each row
        self._matrix = np.zeros((0, 0), np.float32)  # has room for more rows than there are ids
        self._chosen: tuple[Collection[str], NDArray[np.intp]] | None = None  # the last documents, and their rows

    def search(
        self, vector: NDArray[np.float32], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and cosine, best first, of these documents only (None: of all)."""
        with self._lock:
            ids = self._read()
            if not ids:
                return []
            matrix = self._matrix[: len(ids)]
            rows = None if documents is None else self._rows_of(documents)
            if rows is None:
                cosines = matrix @ vector
            elif len(rows) < _SPARSE * len(ids):
                cosines = matrix[rows] @ vector
            else:
                cosines = (matrix @ vector)[rows]
            best = np.sort(np.argpartition(cosines, -k)[-k:]) if k < len(cosines) else np.arange(len(cosines))
            best = best[np.argsort(-cosines[best], kind="stable")]  # of equal ones the first row comes first
            found = best if rows is None else rows[best]
            return [(ids[row], cosine) for row, cosine in zip(found.tolist(), cosines[best].tolist(), strict=True)]

    def upsert(self, ids: Sequence[str], documents: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write these passages, in place of those with the same ids."""
        with self._lock:
            if self._ids is None or not len(ids):
                return  # they are read with all others at the first search
            rows = []
            for key in ids:
                rows.append(self._rows.setdefault(key, len(self._ids)))
                if rows[-1] == len(self._ids):
                    self._ids.append(key)
            self._make_room(len(self._ids), vectors.shape[1])
            self._matrix[rows], self._chosen = vectors, None
            self._owners[rows] = [self._numbers.setdefault(document, len(self._numbers)) for document in documents]

    def delete(self, ids: Sequence[str]) -> None:
        """Take these passages out; unknown ids are no matter."""
        with self._lock:
            if self._ids is None:
                return
            self._chosen = None
            for key in ids:
                if (row := self._rows.pop(key, None)) is None:
                    continue
                moved, last = self._ids[-1], len(self._ids) - 1
                if row != last:  # the last row fills the gap
                    self._ids[row], self._rows[moved] = moved, row
                    self._matrix[row], self._owners[row] = self._matrix[last], self._owners[last]
                self._ids.pop()

    def count(self) -> int:
        """Return how many passages there are."""
        with self._lock:
            return len(self._read())

    def close(self) -> None:
        """Do nothing: there is nothing to seal."""

    def _read(self) -> list[str]:
        version = self._version()
        if self._ids is None or version != self._held:
            ids, documents, matrix = self._source()
            self._held, self._ids, self._matrix, self._chosen = version, list(ids), matrix, None
            self._rows = {key: row for row, key in enumerate(self._ids)}
            self._numbers = {}
            owners = [self._numbers.setdefault(document, len(self._numbers)) for document in documents]
            self._owners = np.array(owners, np.int32)
        return self._ids

    def _rows_of(self, documents: Collection[str]) -> NDArray[np.intp]:
        """Return the rows of these documents; a conversation asks about the same ones again and again."""
        assert self._ids is not None
        if self._chosen is None or self._chosen[0] != documents:
            chosen = np.zeros(len(self._numbers), bool)
            chosen[[self._numbers[document] for document in documents if document in self._numbers]] = True
            self._chosen = copy(documents), np.flatnonzero(chosen[self._owners[: len(self._ids)]])
        return self._chosen[1]

    def _make_room(self, rows: int, dimension: int) -> None:
        """Grow by a quarter at a time, so that adding costs no copy of all of it each time."""
        if rows <= len(self._matrix):
            return
        room = max(1024, rows + rows // 4)
        matrix, owners = np.zeros((room, dimension), np.float32), np.zeros(room, np.int32)
        if kept := len(self._matrix):
            matrix[:kept], owners[:kept] = self._matrix, self._owners
        self._matrix, self._owners = matrix, owners


class NearestPassages:
    """The vectors of the process that owns a data folder. Safe to call from many threads.

    Up to ``exact_passages`` passages every search is exact. Beyond, Chroma finds the nearest of all passages, as soon
    as it is open or built, which another thread does; what it cannot do fast, searching some documents only, stays
    exact. Docstore and memory are written at once; while Chroma is not open, its files no longer count as whole.
    """

    def __init__(self, folder: Path, source: Source, passages: int, exact_passages: int = EXACT_PASSAGES) -> None:
        self._folder, self._source, self._limit = folder, source, exact_passages
        self._exact = ExactVectors(source)
        self._count = passages
        self._lock = threading.RLock()
        self._chroma: VectorStore | None = None
        self._builder: threading.Thread | None = None
        self._stop = threading.Event()
        self._missed: list[Callable[[VectorStore], None]] = []  # changes since the builder began
        self._prepare()

    def search(
        self, vector: NDArray[np.float32], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and cosine, best first, of these documents only (None: of all)."""
        chroma = self._chroma
        if documents is None and chroma and self._count > self._limit:
            try:
                return chroma.search(vector, k)
            except StorageError:
                self._give_up(chroma)
        return self._exact.search(vector, k, documents)

    def upsert(self, ids: Sequence[str], documents: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write these passages, in place of those with the same ids; the docstore must hold them already."""
        self._exact.upsert(ids, documents, vectors)
        self._change(lambda chroma: chroma.upsert(ids, documents, vectors), len(ids))

    def delete(self, ids: Sequence[str]) -> None:
        """Take these passages out; the docstore must not hold them any more."""
        self._exact.delete(ids)
        self._change(lambda chroma: chroma.delete(ids), -len(ids))

    def wait(self) -> bool:
        """Wait for Chroma to be open, where it is on its way; return whether it is."""
        if self._builder:
            self._builder.join()
        return self._chroma is not None

    def close(self) -> None:
        """Close Chroma and seal its files, so that the next open can trust them; one not open yet is given up."""
        self._stop.set()
        if self._builder:
            self._builder.join(_PATIENCE)  # opening cannot be broken off
        with self._lock:
            if self._chroma:
                self._chroma.close()
            self._chroma = None

    def _change(self, change: Callable[[VectorStore], None], more: int) -> None:
        with self._lock:
            self._count += more
            if self._chroma:
                try:
                    change(self._chroma)
                except StorageError:
                    self._give_up(self._chroma)
            elif self._builder and self._builder.is_alive():
                self._missed.append(change)
            else:
                VectorStore.unseal(self._folder)
            self._prepare()

    def _prepare(self) -> None:
        """Open Chroma in another thread if there are passages enough to need it, once."""
        if self._count > self._limit and self._builder is None:
            self._builder = threading.Thread(target=self._build, daemon=True)
            self._builder.start()

    def _give_up(self, chroma: VectorStore) -> None:
        """Go on with exact search until the next start, which builds Chroma again."""
        logging.getLogger(__name__).exception("Chroma fails; the search is exact until the next start.")
        with self._lock, suppress(OSError):
            self._chroma = None
            VectorStore.unseal(self._folder)
        chroma.discard()

    def _build(self) -> None:
        try:
            self._exact.count()  # reads all vectors, which a search would have to do between Chroma's calls
            chroma = VectorStore(self._folder, self._source, self._count, self._stop)
            with self._lock:
                if self._stop.is_set():
                    chroma.discard()
                    return
                for change in self._missed:
                    change(chroma)
                self._missed, self._chroma = [], chroma
        except Exception:  # whatever fails in Chroma, exact search goes on
            logging.getLogger(__name__).exception("Chroma cannot be used; the search stays exact.")
            with suppress(OSError):
                VectorStore.unseal(self._folder)
