"""The whole job on one page: open an index, ingest documents, search them, ask them; a method calls one step."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answer import Answerer, check_question
from rag.database import lock_folder
from rag.datatypes import (
    Answer,
    Document,
    DocumentInfo,
    FileResult,
    Hit,
    IngestProgress,
    IngestReport,
    PageImage,
    Status,
    Turn,
)
from rag.docstore import DocStore
from rag.embed import Embedder, LlamaIndexEmbedder, open_embedder
from rag.errors import IndexLockedError, IndexMismatchError, NotFoundError
from rag.index import Index
from rag.ingest import Ingester, find_file
from rag.llm import open_llm
from rag.load import render_page
from rag.nearest import EXACT_PASSAGES, ExactVectors, NearestPassages
from rag.reread import read_again
from rag.retrieve import retrieve, retrieve_by
from rag.settings import Settings, load_settings
from rag.split import SPLITTER_VERSION
from rag.vectorstore import VectorStore

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever

SEARCHES = 2  # at once: they are arithmetic, and more of them only take the time of each other and of everything else
_DOCSTORE, _CHROMA = "documents.sqlite", "chroma"


class Chatbot:
    """A chatbot over the documents in one data folder. Use it as a context manager, or call ``close``.

    >>> with Chatbot.open() as bot:
    ...     bot.ingest("seeds")
    ...     print(bot.ask("How much parental leave is there?").text)

    One process owns a data folder; others may open it with ``read_only=True`` and search and ask, but not ingest.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        llm: Any,
        *,
        read_only: bool = False,
        exact_passages: int = EXACT_PASSAGES,
    ) -> None:
        self.settings = settings
        self.embedder = embedder
        self.language_model = llm
        self._ingesting = threading.Lock()
        self._searching = threading.Semaphore(SEARCHES)
        self._question_vector = lru_cache(256)(lambda question: embedder.embed([question], query=True)[0])
        folder = settings.data_dir.expanduser().absolute()
        with ExitStack() as opened:
            self._lock = None if read_only else opened.enter_context(lock_folder(folder))
            self._store = DocStore(folder / _DOCSTORE, read_only=read_only)
            opened.callback(self._store.close)
            self._check_identity()
            source = self._store.index_source
            self._vectors: NearestPassages | ExactVectors
            if read_only:
                self._vectors = ExactVectors(source, self._store.version)
            else:
                self._vectors = NearestPassages(folder / _CHROMA, source, self._store.passage_count(), exact_passages)
            opened.callback(self._vectors.close)
            self._opened = opened.pop_all()  # from here on ``close`` undoes it, last thing first

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        llm: Any = None,
        embedder: Any = None,
        read_only: bool = False,
        exact_passages: int = EXACT_PASSAGES,
        **dials: Any,
    ) -> Chatbot:
        """Open the index in ``settings.data_dir``, or start one.

        ``llm`` and ``embedder`` take any llama-index LLM and embedding model (or an ``Embedder`` of ours) in place of
        the ones that the dials name. Up to ``exact_passages`` passages are searched exactly, more by Chroma. ``dials``
        are single settings, as in ``Chatbot.open(data_dir="papers")``.

        Raises:
            SettingsError, ModelError, LanguageModelError: a dial names something that is not there.
            IndexLockedError: another process owns the folder.
            IndexMismatchError: the index was made with another model or splitter.
            StorageError: the folder cannot be read or written.
        """
        settings = settings or load_settings(**dials)
        if embedder is None:
            embedder = open_embedder(settings.embedding_model)
        elif not hasattr(embedder, "embed"):
            embedder = LlamaIndexEmbedder(embedder)
        llm = llm or open_llm(settings)
        return cls(settings, embedder, llm, read_only=read_only, exact_passages=exact_passages)

    @classmethod
    def rebuild(
        cls,
        settings: Settings | None = None,
        *,
        embedder: Embedder | None = None,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> IngestReport:
        """Split and embed every document again with today's model and splitter; the files need not be there.

        The new index takes the place of the old one in one step, at the end; until then the old one stays whole.
        """
        settings = settings or load_settings()
        embedder = embedder or open_embedder(settings.embedding_model)
        folder = settings.data_dir.expanduser().absolute()
        with lock_folder(folder):
            for leftover in folder.glob("rebuild.sqlite*"):
                leftover.unlink()
            with closing(DocStore(folder / _DOCSTORE)) as old, closing(DocStore(folder / "rebuild.sqlite")) as new:
                new.set_identity(_identity(settings, embedder))
                report = _ingester(new, None, embedder, settings).copy(old, progress)
            # Both are closed, so both journals are written into their files and a rename moves all there is.
            (folder / "rebuild.sqlite").replace(folder / _DOCSTORE)
            VectorStore.unseal(folder / _CHROMA)
        return report

    def ingest(self, *paths: str | Path, progress: Callable[[IngestProgress], None] | None = None) -> IngestReport:
        """Bring the index up to date with files and folders, and say what happened to each file."""
        with self._ingesting:
            return self._ingester().ingest([Path(path) for path in paths], progress)

    def add(
        self, documents: Iterable[Document], progress: Callable[[IngestProgress], None] | None = None
    ) -> IngestReport:
        """Put ready documents into the index, for texts that are no files."""
        with self._ingesting:
            return self._ingester().add(documents, progress)

    def forget(self, name: str) -> FileResult:
        """Take a document out of the index, by name, path or id; the file itself stays."""
        with self._ingesting:
            return self._ingester().forget(find_file(self._store, name))

    def search(
        self, question: str, k: int | None = None, documents: Collection[str] | None = None, by: str = "both"
    ) -> list[Hit]:
        """Return the k best windows for a question, best first, of these document ids only (None: of all).

        ``by`` is ``both``, or ``meaning`` or ``words`` for one side of the search alone.
        """
        asked, k = check_question(question, self.settings.question_characters), k or self.settings.passages
        with self._searching:
            where = (asked, self._question_vector(asked), self._store, self._vectors)
            if by != "both":
                return retrieve_by(by, *where, k=k, documents=documents)
            weight, size = self.settings.dense_weight, self.settings.window_characters
            hits = retrieve(*where, k=k, dense_weight=weight, characters=size, documents=documents)
            return read_again(asked, hits, self.embedder)

    def stream(
        self,
        question: str,
        turns: Sequence[Turn] = (),
        documents: Collection[str] | None = None,
        *,
        passages: int | None = None,
        quotes_only: bool = False,
        stop: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """Yield the answer as it grows; the last snapshot has ``final=True``. ``turns`` is the conversation so far.

        ``passages`` is how many the answer may rest on (None: as set); ``quotes_only`` leaves the LLM out. Another
        thread may set ``stop`` when nobody waits for the answer any more: it ends a wait for the LLM.
        """
        search = partial(self.search, k=passages, documents=documents)
        llm = None if quotes_only else self.language_model
        return Answerer(search, self._store, self.settings, llm, stop).stream(question, turns)

    def ask(
        self, question: str, turns: Sequence[Turn] = (), documents: Collection[str] | None = None, **how: Any
    ) -> Answer:
        """Return the finished answer: ``stream`` run to its end."""
        *_, answer = self.stream(question, turns, documents, **how)
        return answer

    def warm_up(self) -> None:
        """Load the embedding model now rather than at the first question."""
        self.embedder.embed(["ready"], query=True)

    def documents(self) -> list[DocumentInfo]:
        """Return every document in the index, by name."""
        return self._store.documents()

    def document(self, document_id: str) -> Document:
        """Return one document with its text."""
        return self._store.document(document_id)

    def original(self, document_id: str) -> Path:
        """Return the path of the file that a document was read from.

        Raises:
            NotFoundError: no file with that content is there any more.
        """
        for row in self._store.files():
            path = Path(row.path)
            if row.document_id == document_id and path.is_file():
                with path.open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() == row.sha256:
                        return path
        raise NotFoundError("The file of this document has changed or gone.", "Run `rag ingest` again.")

    def page_image(self, document_id: str, page: int, quote: str = "") -> PageImage:
        """Return a page of a PDF as an image, with the boxes of the words of ``quote``."""
        path = self.original(document_id)
        return render_page(path, path.name, page, quote)

    def as_retriever(self, k: int | None = None) -> BaseRetriever:
        """Return the search as a llama-index retriever, for its query engines."""
        from rag.seam import llama_index_retriever

        return llama_index_retriever(lambda question: self.search(question, k))

    def status(self) -> Status:
        """Return what is in the index, what it is made with, and which files failed and why."""
        failures = tuple(
            FileResult(row.name, row.status, row.reason) for row in self._store.files() if row.document_id is None
        )
        return Status(
            data_dir=str(self.settings.data_dir),
            documents=len(self.documents()),
            passages=self._store.passage_count(),
            embedding_model=self.embedder.name,
            llm=self.language_model.metadata.model_name if self.language_model else "",
            failures=failures,
        )

    def backup(self, path: str | Path) -> None:
        """Copy the docstore, which is all there is to keep, into a new file."""
        self._store.backup(Path(path))

    def close(self) -> None:
        """Seal the vector index and give the folder back. Waits for an ingest in another thread to end."""
        with self._ingesting:
            self._opened.close()

    def __enter__(self) -> Chatbot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ingester(self) -> Ingester:
        if not isinstance(self._vectors, NearestPassages):
            raise IndexLockedError("This chatbot may only read.", "Ingest through the process that owns the folder.")
        return _ingester(self._store, self._vectors, self.embedder, self.settings)

    def _check_identity(self) -> None:
        """Refuse an index whose vectors or passages this embedder and splitter would not make."""
        wanted, held = _identity(self.settings, self.embedder), self._store.identity()
        if held != wanted and not self._store.passage_count():
            if self._lock:
                self._store.set_identity(wanted)
            return
        changed = [f"{key} was {held.get(key)}, is {value}" for key, value in wanted.items() if held.get(key) != value]
        if changed:
            raise IndexMismatchError(
                f"The index was made otherwise: {'; '.join(changed)}.",
                "Set it back, or run `rag ingest --rebuild` to make the index anew.",
            )


def _identity(settings: Settings, embedder: Embedder) -> dict[str, str]:
    """Return what decides about passages and vectors."""
    return {
        "embedding model": f"{embedder.name} ({embedder.fingerprint})",
        "splitter": f"{SPLITTER_VERSION}, {settings.passage_tokens} tokens",
    }


def _ingester(store: DocStore, vectors: NearestPassages | None, embedder: Embedder, settings: Settings) -> Ingester:
    index = Index(store, vectors, embedder, settings.passage_tokens)
    return Ingester(index, settings.file_megabytes * 2**20, settings.file_seconds)
