"""Chroma, the nearest neighbours: derived from the docstore, sealed when closed, rebuilt when the seal is not whole.

Chroma damages its files when it is killed while it flushes, mostly without a sign, and some damage crashes the process
that opens it. So nothing is opened that is not byte for byte what was closed, and a rebuild costs little: the vectors
are in the docstore.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import StorageError

# The true vectors: passage ids, the id of each one's document, and a matrix of shape [n, dimension].
Source = Callable[[], tuple[Sequence[str], Sequence[str], NDArray[np.float32]]]

# Records a call. No other thread runs while Chroma takes them: 5,000 stop a window for up to 16 s, 200 for about one
# (two cores with much other work). 200 take a fifth longer in all.
_BATCH = 200
_PAUSE = 0.02  # seconds between two calls of a rebuild, in which others get on
_NEVER = 1_000_000_000  # flushing is where Chroma gets damaged; unflushed records are replayed from its log
_SEAL, _SPACE = "seal.json", "cosine"


class VectorStore:
    """The vectors of one data folder in Chroma, one process at a time. Safe to call from many threads.

    ``source`` returns the true vectors; it is called only when the index has to be built again.
    """

    def __init__(self, folder: Path, source: Source, passages: int, stop: threading.Event | None = None) -> None:
        self._folder = folder
        self._source = source
        self._stop = stop or threading.Event()  # when it is set, a rebuild gives up and nothing is sealed
        self._whole = True
        self._lock = threading.RLock()
        self._client: Any = None
        self._collection: Any = None
        folder.mkdir(parents=True, exist_ok=True)
        generation = self._sealed_generation()
        if generation is None or not self._open(generation, passages):
            self.rebuild()

    def search(
        self, vector: NDArray[np.float32], k: int, documents: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to k pairs of passage id and cosine, best first, of these documents only (None: of all).

        Some documents only are searched by `NearestPassages` exactly; that Chroma is slower at it is measured by
        `eval.scale`.
        """
        if documents is not None and not documents:
            return []
        where = None if documents is None else {"document": {"$in": sorted(documents)}}

        def query() -> list[tuple[str, float]]:
            wanted = min(k, self._collection.count())
            if not wanted:
                return []
            found = self._collection.query(
                query_embeddings=[vector], n_results=wanted, where=where, include=["distances"]
            )
            return [(key, 1.0 - distance) for key, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

        pairs = self._heal(query)
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def upsert(self, ids: Sequence[str], documents: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Write these passages, in place of those with the same ids."""

        def write() -> None:
            for start in range(0, len(ids), _BATCH):
                self._write(slice(start, start + _BATCH), ids, documents, vectors)

        self._heal(write)

    def _write(self, part: slice, ids: Sequence[str], documents: Sequence[str], vectors: NDArray[np.float32]) -> None:
        metadata = [{"document": document} for document in documents[part]]
        self._collection.upsert(ids=list(ids[part]), embeddings=vectors[part], metadatas=metadata)

    def delete(self, ids: Sequence[str]) -> None:
        """Take these passages out; unknown ids are no matter."""

        def write() -> None:
            for start in range(0, len(ids), _BATCH):
                self._collection.delete(ids=list(ids[start : start + _BATCH]))

        self._heal(write)

    @staticmethod
    def unseal(folder: Path) -> None:
        """Make the next open build the index again."""
        (folder / _SEAL).unlink(missing_ok=True)

    def rebuild(self) -> None:
        """Build the index again from the true vectors, in a folder of its own, then drop the others."""
        with self._lock:
            self._shut()
            self.unseal(self._folder)
            taken = [int(p.name) for p in self._folder.iterdir() if p.name.isdigit()]
            generation = self._folder / str(max(taken, default=0) + 1)
            self._connect(generation)
            ids, documents, vectors = self._source()
            self._whole = False
            for start in range(0, len(ids), _BATCH):
                if self._stop.wait(_PAUSE):
                    return
                self._write(slice(start, start + _BATCH), ids, documents, vectors)
            self._whole = True
            for old in taken:
                shutil.rmtree(self._folder / str(old), ignore_errors=True)

    def close(self) -> None:
        """Close Chroma and seal its files, so that the next open can trust them."""
        with self._lock:
            if self._client is None:
                return
            generation = max(int(p.name) for p in self._folder.iterdir() if p.name.isdigit())
            self._shut()
            if not self._whole:
                return
            with suppress(OSError):  # a full disk: without a seal the next open builds the index again
                self._seal(generation)

    def _seal(self, generation: int) -> None:
        seal = {"generation": generation, "space": _SPACE, "files": _digests(self._folder / str(generation))}
        draft = self._folder / f"{_SEAL}.tmp"
        draft.write_text(json.dumps(seal))
        draft.replace(self._folder / _SEAL)

    def discard(self) -> None:
        """Close Chroma without a seal: the next open builds the index again."""
        with self._lock:
            self._shut()

    def _heal(self, action: Callable[[], Any]) -> Any:
        """Do it; if Chroma fails inside, build the index again and do it once more.

        A failing Chroma is never simply asked again: it can then answer with a thousand vectors missing.
        """
        from chromadb.errors import ChromaError

        with self._lock:
            if self._client is None:
                raise StorageError("The index is closed.", "Open the chatbot again.")
            try:
                return action()
            except ChromaError:
                pass
            try:
                self.rebuild()
                return action()
            except (ChromaError, OSError) as error:
                advice = "Check the free space of the disk, then run `rag status`."
                raise StorageError(f"The vector index fails: {error}.", advice) from None

    def _sealed_generation(self) -> Path | None:
        """Return the folder that was sealed at the last close, if every byte of it is still the same."""
        try:
            seal = json.loads((self._folder / _SEAL).read_text())
            generation = self._folder / str(int(seal["generation"]))
            # Chroma keeps the metric that a collection was made with, whatever it is asked for later.
            return generation if seal["space"] == _SPACE and seal["files"] == _digests(generation) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _open(self, generation: Path, passages: int) -> bool:
        """Open a sealed generation; it holds from here on only until the first change."""
        (self._folder / _SEAL).unlink()
        self._connect(generation)
        return int(self._collection.count()) == passages

    def _connect(self, generation: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        self._client = chromadb.PersistentClient(str(generation), settings=settings)
        self._collection = self._client.get_or_create_collection(
            "passages",
            embedding_function=None,
            configuration={"hnsw": {"space": _SPACE, "sync_threshold": _NEVER, "batch_size": _BATCH}},
        )

    def _shut(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = self._collection = None


def _digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in the folder, by relative path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
