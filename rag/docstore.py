"""SQLite, the one truth: documents, passages, vectors and the full-text index; every change is one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.database import Database, checksum, seal, unseal, verify
from rag.datatypes import Block, Document, Page, Passage, pages_over
from rag.errors import NotFoundError
from rag.fulltext import WordSearch, batches, marks, searchable
from rag.reports import DocumentInfo, FileRow
from rag.schema import SCHEMA, SCHEMA_VERSION

# A file keeps its row, so their numbers tell which one was there first: equal files are called by its name.
_FILE = "path, name, root, size, mtime_ns, sha256, document_id, status, reason, warnings, checksum"
_NAME = "(SELECT name FROM files WHERE document_id = d.id ORDER BY rowid LIMIT 1)"
_PASSAGE = (
    f"p.id, document_id, {_NAME}, d.title, ordinal, start, end, p.text, heading, page,"
    " page_label, sentences, p.checksum FROM passages p LEFT JOIN documents d ON d.id = document_id"
)
_WAYS = ("", "NOT INDEXED")  # to look a passage up
_NONE = np.zeros((0, 0), np.float32)


class DocStore:
    """The documents of one data folder. Safe to use from many threads; other processes may read while one writes."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._database = Database(path, SCHEMA, SCHEMA_VERSION, read_only=read_only)
        self._read = self._database.read
        self._stream = self._database.stream
        self._guard = self._database.guard
        self._whole: set[str] = set()  # documents whose text was compared with its sum
        self._pages: dict[str, tuple[Page, ...]] = {}
        self._gone: set[str] = set()  # passages that were looked for in vain
        search = WordSearch(self._read)
        self.match, self.frequencies = search.match, search.frequencies
        self.near, self.beginning = search.near, search.beginning
        self.together = self._database.transaction  # several changes as one
        self.close = self._database.close
        self.backup = self._database.backup

    def identity(self) -> dict[str, str]:
        """Return what the index was made with: the model with its fingerprint, and the splitter."""
        return dict(self._read("SELECT key, value FROM meta"))

    def set_identity(self, identity: Mapping[str, str]) -> None:
        """Replace what the index was made with."""
        with self.together() as write:
            write.execute("DELETE FROM meta")
            write.executemany("INSERT INTO meta VALUES (?, ?)", identity.items())

    def files(self, *paths: str, unread: bool = False) -> list[FileRow]:
        """Return every file, in the order they were first seen; of these paths only, or only what is no document."""
        chosen = f"WHERE path IN ({marks(paths)})" if paths else "WHERE document_id IS NULL" if unread else ""
        rows, files = self._read(f"SELECT {_FILE} FROM files {chosen} ORDER BY rowid", paths), []
        with self._guard():
            for path, name, root, *rest, held in rows:
                verify(f"what is known of {path}", held, name, *rest)
                warnings = tuple(json.loads(rest.pop()))
                files.append(FileRow(*[path, name, root, *rest, warnings]))
        return files

    def record(self, file: FileRow) -> None:
        """Remember a file, in place of what its path held; a document that no file holds any more goes."""
        with self.together() as write:
            self._record(write, file)

    def remove(self, path: str) -> None:
        """Forget a file, and its document unless another file holds it."""
        with self.together() as write:
            old = write.execute("SELECT document_id FROM files WHERE path = ?", (path,)).fetchone()
            write.execute("DELETE FROM files WHERE path = ?", (path,))
            self._sweep(write, old)

    def put(
        self,
        file: FileRow,
        document: Document,
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        sentence_vectors: Sequence[NDArray[np.float32]],
    ) -> None:
        """Store a file and its document in one transaction, in place of what its path held.

        ``vectors`` has shape [len(passages), dimension]; ``sentence_vectors[i]`` has a row for each sentence of passage
        i. Sentence vectors are kept in half precision: cosines change by less than 0.001.
        """
        with self.together() as write:
            if not write.execute("SELECT 1 FROM documents WHERE id = ?", (document.id,)).fetchone():
                self._insert(write, document, passages, vectors, sentence_vectors)
            self._record(write, file)

    def _insert(
        self,
        write: sqlite3.Connection,
        document: Document,
        passages: Sequence[Passage],
        vectors: NDArray[np.float32],
        sentence_vectors: Sequence[NDArray[np.float32]],
    ) -> None:
        added = datetime.now(UTC).isoformat(timespec="seconds")
        layout = [json.dumps([astuple(part) for part in parts]) for parts in (document.blocks, document.pages)]
        head = (document.id, document.title, document.format, document.text)
        row = (*head, *layout, json.dumps(document.warnings), added)
        write.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, checksum(*row)))
        for p, vector, matrix in zip(passages, vectors, sentence_vectors, strict=True):
            place = (p.id, p.document_id, p.ordinal, p.start, p.end, p.heading, p.page, p.page_label)
            sentences = json.dumps(p.sentences)
            kept = checksum(*place[:2], p.title, *place[2:5], p.text, *place[5:], sentences)  # as ``passages`` reads it
            blobs = (seal(vector.astype("<f4").tobytes()), seal(matrix.astype("<f2").tobytes()))
            inserted = write.execute(
                "INSERT INTO passages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*place, sentences, p.text, kept, *blobs),
            )
            indexed = (inserted.lastrowid, searchable(p.title), searchable(p.heading), searchable(p.text))
            write.execute("INSERT INTO passage_words (rowid, title, heading, text) VALUES (?, ?, ?, ?)", indexed)

    def _record(self, write: sqlite3.Connection, file: FileRow) -> None:
        old = write.execute("SELECT document_id FROM files WHERE path = ?", (file.path,)).fetchone()
        path, name, root, *rest = *astuple(file)[:-1], json.dumps(file.warnings)
        row = (path, name, root, *rest, checksum(name, *rest))  # a restore may move path and root
        number = "(SELECT rowid FROM files WHERE path = ?)"
        write.execute(f"INSERT OR REPLACE INTO files (rowid, {_FILE}) VALUES ({number}, {marks(row)})", (path, *row))
        self._sweep(write, old)

    def _sweep(self, write: sqlite3.Connection, old: tuple[str | None] | None) -> None:
        """Remove the document that a file held before, unless another file holds it."""
        if old is None or write.execute("SELECT 1 FROM files WHERE document_id IS ?", old).fetchone():
            return
        stale = "(SELECT number FROM passages WHERE document_id = ?)"
        write.execute(f"DELETE FROM passage_words WHERE rowid IN {stale}", old)
        write.execute("DELETE FROM passages WHERE document_id = ?", old)
        write.execute("DELETE FROM documents WHERE id = ?", old)

    def holder(self, document_id: str) -> str:
        """Return the name of the first file that holds a document."""
        return str(self._read(f"SELECT {_NAME} FROM documents d WHERE id = ?", (document_id,))[0][0])

    def documents(self) -> list[DocumentInfo]:
        """Return every document without its text, by name; one statement, so as they are at one moment."""
        files = "SELECT name, path FROM files WHERE document_id = d.id ORDER BY rowid"
        rows = self._read(
            "SELECT id, title, format, length(text), pages, warnings, added,"
            " (SELECT count(*) FROM passages WHERE document_id = d.id),"
            f" (SELECT json_group_array(json_array(name, path)) FROM ({files})) FROM documents d"
        )
        with self._guard():
            found = [
                DocumentInfo(
                    id=key,
                    names=tuple(name for name, _ in json.loads(held)),
                    title=title,
                    format=kind,
                    paths=tuple(path for _, path in json.loads(held)),
                    passages=passages,
                    pages=len(json.loads(pages)),
                    characters=characters,
                    added=added,
                    warnings=tuple(json.loads(warnings)),
                )
                for key, title, kind, characters, pages, warnings, added, passages, held in rows
            ]
        return sorted(found, key=lambda info: (info.name.casefold(), info.id))

    def document(self, document_id: str) -> Document:
        """Return a document with its text.

        Raises:
            NotFoundError: there is none of that id.
        """
        name, key, title, kind, text, blocks, pages, warnings = self._whole_row(document_id)
        return Document(
            id=key,
            name=name or title,
            title=title,
            format=kind,
            text=text,
            blocks=tuple(Block(*block) for block in json.loads(blocks)),
            pages=tuple(Page(*page) for page in json.loads(pages)),
            warnings=tuple(json.loads(warnings)),
        )

    def _whole_row(self, document_id: str) -> list[str]:
        """Return name, id, title, format, text, blocks, pages and warnings of a document, compared with their sum."""
        rows = self._read(
            f"SELECT {_NAME}, checksum, id, title, format, text, blocks, pages, warnings, added FROM documents d"
            " WHERE id = ?",
            (document_id,),
        )
        for name, held, *row in rows:
            with self._guard():
                verify(f"the text of {name}", held, *row)
            self._whole.add(document_id)
            return [name, *row[:-1]]
        raise NotFoundError(f"There is no document {document_id[:40]!r}.", "`rag status` lists what there is.")

    def pages(self, document_id: str) -> tuple[Page, ...]:
        """Return the pages of a document, none if there is no such document."""
        if document_id not in self._pages:
            with suppress(NotFoundError):
                self._pages[document_id] = tuple(Page(*page) for page in json.loads(self._whole_row(document_id)[6]))
        return self._pages.get(document_id, ())

    def text(self, document_id: str, start: int, end: int) -> str:
        """Return ``document.text[start:end]``, empty if there is no such document."""
        if document_id not in self._whole:
            with suppress(NotFoundError):
                self._whole_row(document_id)
        rows = self._read(
            "SELECT substr(text, ? + 1, ? - ?) FROM documents WHERE id = ?", (start, end, start, document_id)
        )
        return str(rows[0][0]) if rows else ""

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Return the passages of these ids, in this order; unknown ids are left out."""
        found = {}
        for batch in batches(ids):
            rows = self._read(f"SELECT {_PASSAGE} WHERE p.id IN ({marks(batch)})", batch)
            with self._guard():
                for key, owner, name, *row, held in rows:
                    verify(f"a passage of {name or owner}", held, key, owner, *row)
                    sentences = tuple((start, end) for start, end in json.loads(row.pop()))
                    pages = pages_over(self.pages(owner), *row[2:4])
                    found[key] = Passage(*[key, owner, name, *row, sentences, pages])
        self._look_again([key for key in ids if key not in found])
        return [found[key] for key in ids if key in found]

    def _look_again(self, ids: Sequence[str]) -> None:
        """Read the whole table for passages that the index on it lacks: they are gone, or the index is damaged."""
        for batch in batches([key for key in ids if key not in self._gone]):
            listed, there = (f"(SELECT count(*) FROM passages {how} WHERE id IN ({marks(batch)}))" for how in _WAYS)
            with self._guard():
                if self._read(f"SELECT {there} > {listed}", (*batch, *batch))[0][0]:  # both at one moment
                    raise sqlite3.DatabaseError("a passage is missing from the list of passages")
        self._gone.update(ids)

    def passage_ids(self, document_id: str) -> list[str]:
        """Return the ids of a document's passages in order."""
        return [
            r[0] for r in self._read("SELECT id FROM passages WHERE document_id = ? ORDER BY ordinal", (document_id,))
        ]

    def passage_count(self) -> int:
        """Return how many passages there are."""
        return int(self._read("SELECT count(*) FROM passages")[0][0])

    def vectors(self, ids: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
        """Return those of the ids that there are, in their order, and the vectors, of shape [n, dimension]."""
        known: dict[str, bytes] = {}
        for batch in batches(ids):
            known |= dict(self._read(f"SELECT id, vector FROM passages WHERE id IN ({marks(batch)})", batch))
        held = [key for key in ids if key in known]
        with self._guard():
            blobs = [unseal("a vector", known[key]) for key in held]
        return held, np.frombuffer(b"".join(blobs), "<f4").reshape(len(blobs), -1) if held else _NONE

    def index_source(self) -> tuple[list[str], list[str], NDArray[np.float32]]:
        """Return all passage ids, the document id of each, and their vectors of shape [n, dimension]."""
        ids: list[str] = []
        owners: list[str] = []
        matrix = _NONE
        with self._guard():
            for key, owner, blob in self._stream("SELECT id, document_id, vector FROM passages ORDER BY number"):
                vector = np.frombuffer(unseal("a vector", blob), "<f4")
                if len(ids) == len(matrix):  # at the first one, or when another process has added some since the count
                    grown = np.empty((max(self.passage_count(), len(ids) + 1000), len(vector)), np.float32)
                    grown[: len(ids)] = matrix[: len(ids)] if ids else 0
                    matrix = grown
                matrix[len(ids)] = vector
                ids.append(key)
                owners.append(owner)
        return ids, owners, matrix[: len(ids)]

    def version(self) -> object:
        """Return what differs whenever the passages do: the ids of all documents, which come from their content."""
        return self._read("SELECT id FROM documents ORDER BY id")

    def sentence_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return for each passage id its sentences' vectors, of shape [sentences, dimension]."""
        found = {}
        for batch in batches(ids):
            rows = self._read(
                f"SELECT id, sentence_vectors, length(vector) / 4 - 1 FROM passages WHERE id IN ({marks(batch)})", batch
            )
            with self._guard():
                for key, blob, dimension in rows:
                    halves = np.frombuffer(unseal("a vector", blob), "<f2")
                    found[key] = halves.reshape(-1, dimension).astype(np.float32)
        return found
