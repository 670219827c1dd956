"""The whole job on one page: open an index, ingest documents, search them, ask them; a method calls one step."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.answer import Answerer
from rag.backup import CHROMA, DOCSTORE, own_folder, refuse_second_owner, write_backup
from rag.datatypes import Answer, Document, Hit, PageImage, Turn
from rag.docstore import DocStore
from rag.embed import Embedder, open_embedder
from rag.errors import IndexLockedError, ModelError, NotFoundError, StorageError
from rag.index import Index, check_identity, identity
from rag.ingest import Ingester, Progress, find_files, rebuild
from rag.llm import open_llm
from rag.load import interrupt, is_current, render_page
from rag.nearest import EXACT_PASSAGES, ExactVectors, NearestPassages
from rag.query import check_question
from rag.reports import DocumentInfo, FileResult, FileRow, IngestReport, Status
from rag.rerank import RERANKED, Reranker
from rag.reread import read_again
from rag.retrieve import retrieve, retrieve_by
from rag.seam import LlamaIndexEmbedder, llama_index_retriever
from rag.settings import Settings, load_settings

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever

SEARCHES = 2  # at once: they are arithmetic, and more of them only take the time of each other and of everything else


class Chatbot:
    """A chatbot over the documents in one data folder. Use it as a context manager, or call ``close``.

    >>> with Chatbot.open() as bot:
    ...     bot.ingest("seeds")
    ...     print(bot.ask("How much parental leave is there?").text)

    One process owns a data folder; others may open it with ``read_only=True`` and search and ask, but not ingest.

    Whatever goes wrong is a `RagError`, one sentence and the next step: an ``IndexLockedError`` where only reading is
    allowed, a ``StorageError`` of disk or docstore, a ``LoadError`` of a path or a page, a ``NotFoundError`` of a
    document, a ``QuestionError`` of what is asked, a ``ModelError`` of a model that cannot be loaded.
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
        self._ingesting, self._closing = threading.Lock(), threading.Event()
        self._searching = threading.Semaphore(SEARCHES)
        self._reranker = Reranker(settings.reranker) if settings.reranker else None
        self._question_vector = lru_cache(256)(lambda question: embedder.embed([question], query=True)[0])
        folder = settings.data_dir.expanduser().absolute()
        with ExitStack() as opened:
            self._lock = None if read_only else opened.enter_context(own_folder(folder))
            self._store = DocStore(folder / DOCSTORE, read_only=read_only)
            opened.callback(self._store.close)
            self._identity = identity(embedder, settings.passage_tokens)
            check_identity(self._store, self._identity, writes=not read_only)
            source = self._store.index_source
            self._vectors: NearestPassages | ExactVectors
            if read_only:
                self._vectors = ExactVectors(source, self._version)
            else:
                self._vectors = NearestPassages(folder / CHROMA, source, self._store.passage_count(), exact_passages)
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
        are single settings, as in ``Chatbot.open(data_dir="papers")``; they win over ``settings``.

        Raises:
            SettingsError, ModelError, LanguageModelError: a dial names something that is not there.
            IndexLockedError: another process owns the folder.
            IndexMismatchError: the index was made with another model or splitter.
            StorageError: the folder cannot be read or written.
        """
        if settings is None or dials:
            settings = load_settings(**dict(settings or ()) | dials)
        if not read_only:  # before the model is read, which takes a second
            refuse_second_owner(settings.data_dir.expanduser().absolute())
        embedder, llm = _embedder(embedder, settings), open_llm(settings, llm)
        return cls(settings, embedder, llm, read_only=read_only, exact_passages=exact_passages)

    @classmethod
    def rebuild(
        cls, settings: Settings | None = None, *, embedder: Any = None, progress: Progress | None = None
    ) -> IngestReport:
        """Split and embed every document again with today's model and splitter; the files need not be there.

        The new index takes the place of the old one in one step, at the end; until then the old one stays whole.
        """
        settings = settings or load_settings()
        folder = settings.data_dir.expanduser().absolute()
        with own_folder(folder):
            return rebuild(folder, _embedder(embedder, settings), settings.passage_tokens, progress)

    def ingest(self, *paths: str | Path, progress: Progress | None = None) -> IngestReport:
        """Bring the index up to date with files and folders, and say what happened to each file."""
        with self._ingesting:
            return self._ingester().ingest([Path(path) for path in paths], progress)

    def add(self, documents: Iterable[Document], progress: Progress | None = None) -> IngestReport:
        """Put ready documents into the index, for texts that are no files, each in place of what had its name.

        An id stands for one text, as conversations keep places in it by its id; one that another text has is refused.
        """
        with self._ingesting:
            return self._ingester().add(documents, progress)

    def forget(self, name: str) -> FileResult:
        """Take a document out of the index, by name, path or id; the file itself stays."""
        with self._ingesting:
            return self._ingester().forget(*find_files(self._store, name))

    def skip(self, path: Path, reason: str) -> None:
        """Remember that a file which was handed over is of no kind that is read, and why, until it is forgotten."""
        with self._ingesting:
            self._store.record(FileRow(str(path), path.name, str(path), 0, 0, "", None, "skipped", reason))

    def search(
        self,
        question: str,
        k: int | None = None,
        documents: Collection[str] | None = None,
        by: str = "both",
        *,
        again: bool = True,
    ) -> list[Hit]:
        """Return the k best windows, at least one, for a question, best first, of these document ids (None: of all).

        ``by`` is ``both``, or ``meaning`` or ``words`` for the best passages of one side alone. Unless ``again`` is
        false the two best windows are read again, token by token (`rag.reread`), which is most of the work.
        """
        asked, k = check_question(question), max(1, k or self.settings.passages)
        with self._searching:
            where = (asked, self._question_vector(asked), self._store, self._vectors)
            if by != "both":
                return retrieve_by(by, *where, k=k, documents=documents)
            weight, size = self.settings.dense_weight, self.settings.window_characters
            known = getattr(self.embedder, "known_share", lambda _: 1.0)(asked)
            most = max(k, RERANKED) if self._reranker else k
            hits = retrieve(*where, k=most, dense_weight=weight, characters=size, documents=documents, known=known)
            hits = self._reranker.rerank(asked, hits)[:k] if self._reranker else hits
            return read_again(asked, hits, self.embedder, reorder=not self._reranker) if again else hits

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
        of_words = (getattr(self.embedder, name, None) for name in ("is_word", "related"))
        answerer = Answerer(search, self._store, self.settings, llm, stop, documents, passages, *of_words)
        return answerer.stream(question, turns)

    def ask(
        self, question: str, turns: Sequence[Turn] = (), documents: Collection[str] | None = None, **how: Any
    ) -> Answer:
        """Return the finished answer: ``stream`` run to its end."""
        *_, answer = self.stream(question, turns, documents, **how)
        return answer

    def warm_up(self) -> None:
        """Load the models now rather than at the first question, which also tells of a reranker that is none."""
        self.embedder.embed(["ready"], query=True)
        if related := getattr(self.embedder, "related", None):
            related("ready")
        if self._reranker:
            with suppress(ModelError):
                self._reranker.load()

    def documents(self) -> list[DocumentInfo]:
        """Return every document in the index, by name."""
        return self._store.documents()

    def outdated(self) -> list[Path]:
        """Return the files that were read by the parsers of an earlier version; ingesting them reads them again."""
        files = (row for row in self._store.files() if row.document_id and row.root)  # not what was added as text
        return [Path(row.path) for row in files if not is_current(row.document_id or "")]

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
            if row.document_id == document_id:
                with suppress(OSError), path.open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() == row.sha256:
                        return path
        raise NotFoundError("The file of this document has changed or gone.", "Run `rag ingest` again.")

    def page_image(self, document_id: str, page: int, quote: str = "") -> PageImage:
        """Return a page of a PDF as an image, with the boxes of the words of ``quote``."""
        path = self.original(document_id)
        return render_page(path, path.name, page, quote)

    def as_retriever(self, k: int | None = None) -> BaseRetriever:
        """Return the search as a llama-index retriever, for its query engines."""
        return llama_index_retriever(lambda question: self.search(question, k))

    def unread(self) -> tuple[FileResult, ...]:
        """Return the files that did not get in, and why."""
        return tuple(row.result for row in self._store.files(unread=True))

    def status(self) -> Status:
        """Return what is in the index, what it is made with, and which files failed; all are held to their sums."""
        return Status(
            data_dir=str(self.settings.data_dir),
            documents=len(self.documents()),
            passages=self._store.passage_count(),
            embedding_model=self.embedder.name,
            llm=self.language_model.metadata.model_name if self.language_model else "",
            failures=tuple(row.result for row in self._store.files() if row.document_id is None),
        )

    def backup(self, path: str | Path) -> None:
        """Write documents, uploads, conversations and feedback into one new file, for ``rag restore``."""
        write_backup(self.settings.data_dir, Path(path))

    def close(self) -> None:
        """Seal the vector index and give the folder back. An ingest in another thread stores no more than it has."""
        self._closing.set()
        if self._ingesting.locked():
            interrupt()
        with self._ingesting:
            self._opened.close()

    def __enter__(self) -> Chatbot:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _version(self) -> object:
        """Return what differs whenever the passages do; the owner of the folder may have made the index anew."""
        check_identity(self._store, self._identity, writes=False)
        return self._store.version()

    def _ingester(self) -> Ingester:
        if not isinstance(self._vectors, NearestPassages):
            raise IndexLockedError("This chatbot may only read.", "Ingest through the process that owns the folder.")
        if self._closing.is_set():
            raise StorageError("The index is closed.", "Open the chatbot again.")
        index = Index(self._store, self._vectors, self.embedder, self.settings.passage_tokens, self._closing)
        return Ingester(index, self.settings.file_megabytes << 20, self.settings.file_seconds)


def _embedder(model: Any, settings: Settings) -> Embedder:
    """Return the model that was handed in, one of llama-index as one of ours, or the one that the settings name."""
    if model is None:
        return open_embedder(settings.embedding_model)
    return model if hasattr(model, "embed") else LlamaIndexEmbedder(model)
