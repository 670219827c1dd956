"""A process that works on a data folder until it is killed: one server loads the packages, a fork of it is each victim.

``python -m tests.victim`` reads one JSON line a victim: the name of a function below and its arguments.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from rag import Block, Chatbot, Document, HashEmbedder, StorageError, load_settings
from rag.index import embedding_text
from rag.nearest import EXACT_PASSAGES, NearestPassages
from rag.split import split

ROOT = Path(__file__).parent.parent
EMBEDDER, WIDE = HashEmbedder(128), HashEmbedder(384)  # the second as wide as the default model
TOKENS = 32  # words a passage: each text below has several
MARK = "marker"
_ROUNDED = 1e-6  # Chroma makes unit vectors of what it is given, which are unit vectors already


def text_of(number: int, version: int = 0) -> str:
    """Return the text of a document: 70 words in five sentences, with a word that no other document has."""
    choose = random.Random(f"{number}/{version}")
    said = [" ".join(f"w{choose.randrange(900)}" for _ in range(13)).capitalize() for _ in range(5)]
    return ". ".join([*said, f"{MARK}{number}v{version} ends it"]) + "."


def document(number: int) -> Document:
    """Return the same as a document that is no file."""
    text = text_of(number)
    return Document(
        f"d{number}", f"paper{number}.txt", f"Paper {number}", "txt", text, (Block("paragraph", 0, len(text)),)
    )


def open_bot(data: str | Path, exact: int = 0, **how: Any) -> Chatbot:
    """Open an index; by default Chroma holds all vectors, and is waited for."""
    bot = Chatbot.open(embedder=EMBEDDER, data_dir=data, passage_tokens=TOKENS, exact_passages=exact, **how)
    if isinstance(bot._vectors, NearestPassages):
        bot._vectors.wait()
    return bot


def check(bot: Chatbot) -> dict[str, str]:
    """Compare every passage, vector and word of an index with its documents; return the text under each name."""
    store, held, ids = bot._store, {}, []
    for info in bot.documents():
        whole = bot.document(info.id)
        held |= dict.fromkeys(info.names, whole.text)
        expected = split(whole, EMBEDDER.count_tokens, TOKENS)
        assert store.passages(store.passage_ids(info.id)) == expected != []
        ids += (keys := [passage.id for passage in expected])
        stored, vectors = store.vectors(keys)
        assert stored == keys and np.array_equal(vectors, EMBEDDER.embed([embedding_text(p) for p in expected]))
        sentences = store.sentence_vectors(keys)
        assert all(len(sentences[p.id]) == len(p.sentences) for p in expected)
        assert {p.document_id for p in store.passages([key for key, _ in store.match([whole.text.split()[-1]], 9)])}
    check_nearest(bot, ids)
    return held


def check_nearest(bot: Chatbot, ids: list[str]) -> None:
    """Compare the vectors in memory, and in Chroma where it is open, with those of the docstore."""
    stored, owners, matrix = bot._store.index_source()
    everything = bot._vectors.search(np.ones(EMBEDDER.dimension, np.float32), len(ids) + 1, owners)
    assert sorted(stored) == sorted(ids) == sorted(key for key, _ in everything)
    for key, vector in zip(stored, matrix, strict=True):
        assert dict(bot._vectors.search(vector, 4))[key] > 1 - 1e-5
    if not (isinstance(bot._vectors, NearestPassages) and bot._vectors._chroma and ids):
        return
    kept = bot._vectors._chroma._collection.get(include=["embeddings"])
    assert sorted(kept["ids"]) == sorted(ids)
    order = {key: row for row, key in enumerate(stored)}
    assert np.allclose(kept["embeddings"], matrix[[order[key] for key in kept["ids"]]], atol=_ROUNDED)


# -- What a victim does ------------------------------------------------------------------------------------------------


def prepare(say: Callable[[str], None], data: str, documents: int, flush: int = 0) -> None:
    """Make an index of so many documents and close it."""
    _flush_often(flush)
    with open_bot(data) as bot:
        bot.add(document(number) for number in range(documents))
        assert isinstance(bot._vectors, NearestPassages) and bot._vectors.wait()


def add_documents(say: Callable[[str], None], data: str, docs: str, first: int) -> None:
    """Read one file after the other, and say the number of each that was reported as read."""
    with open_bot(data) as bot:
        say("open")
        for number in count(first):
            path = _save(Path(docs) / f"n{number}.txt", text_of(number))
            assert bot.ingest(path).count("new") == 1
            say(str(number))


def update_documents(say: Callable[[str], None], data: str, docs: str, files: int, first: int) -> None:
    """Change all files again and again, and say which is stored in which version."""
    with open_bot(data) as bot:
        say("open")
        for version in count(first):
            for number in range(files):
                bot.ingest(_save(Path(docs) / f"n{number}.txt", text_of(number, version)))
                say(f"{number} {version}")


def _save(path: Path, text: str) -> Path:
    """Write a file as a careful program does: a kill leaves all of it or nothing."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text)
    return draft.replace(path)


def ingest_once(say: Callable[[str], None], data: str, docs: str, exact: int, last: int) -> None:
    """Bring the index up to date, and be killed at a call of the library."""
    with _killed_at(say, last), open_bot(data, exact) as bot:
        bot.ingest(Path(docs))


def rebuild(say: Callable[[str], None], data: str, dimension: int, last: int) -> None:
    """Make the index anew with another model, and be killed at a call of the library."""
    settings = load_settings(data_dir=data, passage_tokens=TOKENS)
    with _killed_at(say, last):
        Chatbot.rebuild(settings, embedder=HashEmbedder(dimension))


@contextmanager
def _killed_at(say: Callable[[str], None], last: int) -> Iterator[None]:
    """Be killed before the call of that number that the library makes in this thread; say how many there were."""
    calls, library = 0, str(ROOT / "rag")

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        if event == "c_call" and frame.f_code.co_filename.startswith(library):
            calls += 1
            if calls == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(profile)
    yield
    sys.setprofile(None)
    say(str(calls))


def write_until_full(
    say: Callable[[str], None], data: str, first: int, exact: int = EXACT_PASSAGES, limit: int | None = None
) -> None:
    """Add documents until the disk does not take them, or a file has grown to ``limit``; say in which line it is told."""
    from rag import index

    index._FREE_BYTES = 0  # else nothing is tried while there is little space
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    with open_bot(data, exact) as bot:
        say("open")
        for number in count(first):
            try:
                bot.add([document(number)])
            except StorageError as error:
                say(f"told {error}")
                return
            say(str(number))
            assert bot.search(f"{MARK}{number}v0")[0].passage.source == f"paper{number}.txt"


def hold_open(say: Callable[[str], None], data: str) -> None:
    """Hold an index of wide vectors and Chroma open, and change it again and again."""
    with Chatbot.open(embedder=WIDE, data_dir=data, exact_passages=0) as bot:
        assert isinstance(bot._vectors, NearestPassages) and bot._vectors.wait()
        say("open")
        for number in count(100_000):
            bot.add([document(number)])
            say(str(number))


def look_at_chroma(say: Callable[[str], None], data: str) -> None:
    """Open Chroma's files as they were left, without any care, and say whether they hold the docstore's vectors.

    From a torn header Chroma may take its size and write 24 GB: more than 64 MB a file counts as damage.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (64_000_000, 64_000_000))
    from rag.docstore import DocStore
    from rag.vectorstore import VectorStore

    store = DocStore(Path(data) / "documents.sqlite")
    ids, _, matrix = store.index_source()
    generation = max(
        (path for path in (Path(data) / "chroma").iterdir() if path.name.isdigit()), key=lambda path: int(path.name)
    )
    chroma = VectorStore.__new__(VectorStore)
    chroma._connect(generation)
    kept = chroma._collection.get(include=["embeddings"])
    rows = dict(zip(kept["ids"], kept["embeddings"], strict=True))
    wrong = sum(
        key not in rows or not np.allclose(rows[key], v, atol=_ROUNDED) for key, v in zip(ids, matrix, strict=True)
    )
    for vector, key in zip(matrix, ids, strict=True):
        found = chroma._collection.query(query_embeddings=[vector], n_results=2)["ids"][0]
        wrong += key not in found
    say(f"wrong {wrong}")


def _flush_often(threshold: int) -> None:
    """Make Chroma write its index after so many vectors, which the application never lets it do."""
    if threshold:
        from rag import vectorstore

        vectorstore._NEVER, vectorstore._BATCH = threshold, threshold


# -- The server and its client -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Victim:
    """A process that was started: what it has said so far stands in a file, which outlives it."""

    pid: int
    log: Path
    _server: subprocess.Popen[str]
    status: int | None = field(default=None)

    def said(self) -> list[str]:
        """Return the finished lines."""
        return self.log.read_text().split("\n")[:-1]

    def wait_for(self, lines: int, seconds: float = 60) -> None:
        """Wait until it has said so many lines."""
        ends = time.monotonic() + seconds
        while len(self.said()) < lines:
            assert time.monotonic() < ends, self.said()[-3:]
            time.sleep(0.002)

    def end(self, number: int = signal.SIGKILL) -> list[str]:
        """Kill it, wait for its end and return what it said."""
        os.kill(self.pid, number)  # a zombie until the server has told of it
        return self.wait()

    def wait(self) -> list[str]:
        """Wait for its end and return what it said; ``status`` is that of ``waitpid``."""
        assert self._server.stdout
        self.status = int(self._server.stdout.readline())
        return self.said()


class Victims:
    """Starts one victim after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, count()
        self._running: Victim | None = None
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.victim"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._server = subprocess.Popen(command, text=True, cwd=ROOT, env=environment, **pipes)

    def start(self, does: Callable[..., None], **arguments: Any) -> Victim:
        """Fork one."""
        assert self._server.stdin and self._server.stdout
        log = self._folder / f"said{next(self._number)}.txt"
        log.write_text("")
        plain = {key: str(value) if isinstance(value, Path) else value for key, value in arguments.items()}
        self._server.stdin.write(json.dumps([does.__name__, str(log), plain]) + "\n")
        self._server.stdin.flush()
        self._running = Victim(int(self._server.stdout.readline()), log, self._server)
        return self._running

    def close(self) -> None:
        """End the server, and the victim that a failed test left behind."""
        assert self._server.stdin and self._server.stdout
        if self._running and self._running.status is None:
            self._running.end()
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(30)


@contextmanager
def victims(folder: Path) -> Iterator[Victims]:
    """Give what starts victims, whose words are kept below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = Victims(folder)
    try:
        yield opened
    finally:
        opened.close()


def main() -> None:
    """Fork one victim for each line, and write its process id, and its status when it has ended."""
    import chromadb  # noqa: F401 - loaded once for all

    for line in sys.stdin:
        name, log, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _be(name, log, arguments)
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


def _be(name: str, log: str, arguments: dict[str, Any]) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    try:
        globals()[name](lambda line: os.write(descriptor, f"{line}\n".encode()), **arguments)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - it is told, and nothing of the server's may run
        os.write(descriptor, f"failed {traceback.format_exc()!r}\n".encode())
        os._exit(1)


if __name__ == "__main__":
    main()
