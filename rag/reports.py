"""What is told about an index: what became of each file, what documents there are, how it stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that was seen at ingest: where it is, what it was like, and the document it became, or why it did not."""

    path: str
    name: str
    root: str
    size: int
    mtime_ns: int
    sha256: str
    document_id: str | None
    status: str = "indexed"
    reason: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def result(self) -> FileResult:
        """What is told of it where it became no document."""
        return FileResult(self.name, self.status, self.reason, path=self.path)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What happened to one file at ingest.

    ``status`` is ``new``, ``changed``, ``renamed``, ``unchanged``, ``deleted``, ``failed`` or ``skipped``; ``reason``
    is one sentence: why it failed or was skipped, or which document it repeats; ``warnings`` name what was left out of
    a file that was read. ``path`` is told of files that failed before.
    """

    name: str
    status: str
    reason: str = ""
    passages: int = 0
    warnings: tuple[str, ...] = ()
    path: str = ""

    @property
    def folder(self) -> str:
        """The name of the folder that it was read from; ``name`` tells the way from there."""
        return Path(self.path.removesuffix(self.name)).name if self.path else ""

    @property
    def told(self) -> str:
        """Its name with the reason of its status; most reasons begin with the name."""
        if not self.reason or self.reason.startswith(self.name):
            return self.reason or self.name
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest did, file by file, in the order of their names."""

    files: tuple[FileResult, ...] = ()
    seconds: float = 0.0

    def __add__(self, other: IngestReport) -> IngestReport:
        """Return what this ingest did and then another one."""
        return IngestReport(self.files + other.files, self.seconds + other.seconds)

    def count(self, status: str) -> int:
        """Return how many files ended with ``status``."""
        return sum(1 for file in self.files if file.status == status)

    @property
    def failures(self) -> tuple[FileResult, ...]:
        """The files that did not get in, with their reasons."""
        return tuple(file for file in self.files if file.status in ("failed", "skipped"))

    @property
    def summary(self) -> str:
        """One line: ``3 new, 1 changed, 40 unchanged, 1 failed``."""
        order = ("new", "changed", "renamed", "deleted", "unchanged", "skipped", "failed")
        counts = [f"{self.count(status)} {status}" for status in order if self.count(status)]
        return ", ".join(counts) or "no files found"


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """``done`` of ``total`` files are settled. ``step`` is what became of ``name``.

    It was ``read``, is ``embedding``, as far as ``share``, has a status, or went through another model (``embed``).
    """

    done: int
    total: int
    name: str
    step: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document in the index, without its text. ``names`` lists every file that has this content."""

    id: str
    names: tuple[str, ...]
    title: str
    format: str
    paths: tuple[str, ...]
    passages: int
    pages: int
    characters: int
    added: str
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.names[0] if self.names else self.title


def find_documents(documents: Collection[DocumentInfo], name: str) -> list[DocumentInfo]:
    """Return the documents of that id, path or name; if there are none, those with such a file in a folder."""
    called = [info for info in documents if name in (info.id, *info.names, *info.paths)]
    return called or [info for info in documents if name in (one.rpartition("/")[2] for one in info.names)]


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an index, for ``rag status`` and the window."""

    data_dir: str
    documents: int
    passages: int
    embedding_model: str
    llm: str
    failures: tuple[FileResult, ...] = ()
