"""Damaged files, other models and a failing language model: told or repaired, never silently wrong."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag import Chatbot, HashEmbedder, IndexMismatchError, StorageError, load_settings
from rag.backup import restore
from rag.nearest import EXACT_PASSAGES
from rag.vectorstore import VectorStore
from tests.llm_server import FaultyServer
from tests.test_app import free_port
from tests.test_faults import FLUSH, forks, make_base
from tests.victim import EMBEDDER, MARK, TOKENS, Victims, check, document, open_bot, rebuild, text_of

__all__ = ["forks"]  # the fixture

# -- Damaged files -----------------------------------------------------------------------------------------------------


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path, place: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3 if place is None else place] ^= 0xFF
    path.write_bytes(data)


def garble_head(path: Path) -> None:
    path.write_bytes(os.urandom(100) + path.read_bytes()[100:])


def garble_pages(path: Path) -> None:
    """Every page but the first, which is what a file system that lost its mind would leave."""
    path.write_bytes(path.read_bytes()[:4096] + random.Random(1).randbytes(path.stat().st_size - 4096))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(2).randbytes(path.stat().st_size))


DOCSTORE_DAMAGE = (cut, empty, Path.unlink, garbage, garble_head, garble_pages)
CHROMA_FILES = (
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
)
DAMAGE = [
    *(pytest.param("documents.sqlite", damage, id=f"docstore-{damage.__name__}") for damage in DOCSTORE_DAMAGE),
    *(
        pytest.param(name, how, id=f"{name}-{how.__name__}")
        for name in CHROMA_FILES
        for how in (Path.unlink, cut, flip)
    ),
    pytest.param("seal.json", flip, id="seal-flip"),
]


@pytest.fixture(scope="module")
def sealed(forks: Victims, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed index whose Chroma has written all of its files, with a backup beside it."""
    data = make_base(forks, tmp_path_factory.mktemp("sealed") / "data", 12, FLUSH)
    with open_bot(data, EXACT_PASSAGES) as bot:
        bot.backup(data / "backup.zip")
    return data


@pytest.mark.parametrize(("name", "damage"), DAMAGE)
def test_a_damaged_file_is_told_or_repaired(
    sealed: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(sealed, data)
    (path,) = data.rglob(name)
    damage(path)
    expected = {f"paper{number}.txt": text_of(number) for number in range(12)}
    if name != "documents.sqlite":
        with open_bot(data) as bot:
            assert check(bot) == expected
        return
    with pytest.raises(StorageError, match=r"rag restore FILE"), open_bot(data) as bot:
        check(bot)
    with pytest.raises(StorageError), open_bot(data, read_only=True) as reader:
        check(reader)
    restore(data / "backup.zip", data, replace=True)
    with open_bot(data) as bot:
        assert check(bot) == expected


STORED = [
    *(("documents", column) for column in ("title", "format", "text", "blocks", "pages", "warnings", "added")),
    *(("passages", column) for column in ("start", "end", "heading", "sentences", "text")),
    *(("passages", column) for column in ("vector", "sentence_vectors")),
    *(("files", column) for column in ("name", "size", "sha256", "status", "reason")),
]


@pytest.mark.parametrize(("table", "column"), STORED)
def test_a_stored_value_that_changed_is_told(sealed: Path, tmp_path: Path, table: str, column: str) -> None:
    """SQLite keeps no sums, so without ours a changed byte of a text would be answered from."""
    data = tmp_path / "data"
    shutil.copytree(sealed, data)
    with closing(sqlite3.connect(data / "documents.sqlite")) as database:
        value = database.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()[0]
        assert isinstance(value, int | str | bytes)
        other = value + 1 if isinstance(value, int) else f"{value} " if isinstance(value, str) else value[:-1] + b"?"
        row = f"SELECT rowid FROM {table} LIMIT 1"
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ({row})", (other,))
        database.commit()
    told = r"is damaged: .* is not as it was stored\. Run `rag restore"
    with pytest.raises(StorageError, match=told), open_bot(data) as bot:
        bot.status()
        check(bot)


@pytest.mark.parametrize(
    ("column", "value"),
    [("vector", b""), ("vector", b"abc"), ("sentence_vectors", b""), ("pages", "{"), ("warnings", "")],
)
def test_a_stored_value_that_is_no_longer_one_is_told(sealed: Path, tmp_path: Path, column: str, value: object) -> None:
    data = tmp_path / "data"
    shutil.copytree(sealed, data)
    table = "documents" if column in ("pages", "warnings") else "passages"
    with closing(sqlite3.connect(data / "documents.sqlite")) as database:
        database.execute(f"UPDATE {table} SET {column} = ?", (value,))
        database.commit()
    with pytest.raises(StorageError, match="is damaged: "), open_bot(data) as bot:
        bot.documents()
        check(bot)


# -- Another model -----------------------------------------------------------------------------------------------------


def fingerprints(folder: Path) -> dict[str, bytes]:
    return {
        p.name: p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.suffix not in (".sqlite-shm", ".sqlite-wal", "")
    }


def test_another_model_or_dimension_or_splitter_is_refused_before_a_write(sealed: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sealed, data)
    before = fingerprints(data)
    for embedder, tokens in ((HashEmbedder(64), TOKENS), (HashEmbedder(128, 200), TOKENS), (EMBEDDER, 64)):
        for read_only in (False, True):
            with pytest.raises(IndexMismatchError, match="rag ingest --rebuild"):
                Chatbot.open(embedder=embedder, data_dir=data, passage_tokens=tokens, read_only=read_only)
    assert fingerprints(data) == before


def test_a_chroma_of_another_metric_is_built_anew(sealed: Path, tmp_path: Path) -> None:
    import rag.vectorstore as module

    data = tmp_path / "data"
    shutil.copytree(sealed, data)
    VectorStore.unseal(data / "chroma")
    before, module._SPACE = module._SPACE, "l2"  # as a program that wanted another metric would have made it
    try:
        with open_bot(data):
            assert (data / "chroma" / "2").exists()
    finally:
        module._SPACE = before
    with open_bot(data) as bot:
        assert (data / "chroma" / "3").exists()
        check(bot)


def kill_rebuild(forks: Victims, sealed: Path, folder: Path, kills: int, calls: int) -> tuple[int, int]:
    """Kill rebuilds with another model, half of them at their last calls; return how many were undone and finished."""
    ends = [0, 0]
    for attempt in range(kills):
        data = folder / f"{attempt}"
        shutil.copytree(sealed, data)
        last = 1 + 2 * calls * attempt // kills if attempt < kills // 2 else calls - (kills - 1 - attempt)
        forks.start(rebuild, data=data, dimension=32, last=last).wait()
        try:
            with open_bot(data) as bot:
                assert len(check(bot)) == 12
                ends[0] += 1
        except IndexMismatchError:
            with Chatbot.open(embedder=HashEmbedder(32), data_dir=data, passage_tokens=TOKENS) as bot:
                assert bot._store.index_source()[2].shape[1] == 32 and len(bot.documents()) == 12
                assert bot.search(f"{MARK}3v0")[0].passage.source == "paper3.txt"
                ends[1] += 1
        shutil.rmtree(data)
    return ends[0], ends[1]


def test_a_killed_rebuild_leaves_the_old_index_or_the_new_one(forks: Victims, sealed: Path, tmp_path: Path) -> None:
    shutil.copytree(sealed, tmp_path / "count")
    (calls,) = forks.start(rebuild, data=tmp_path / "count", dimension=32, last=0).wait()
    undone, finished = kill_rebuild(forks, sealed, tmp_path, 12, int(calls))
    assert undone and finished and undone + finished == 12


def test_a_rebuild_is_seen_by_who_reads_meanwhile(sealed: Path, tmp_path: Path) -> None:
    """SQLite would apply the old journal to the new file, had the owner left it; the reader keeps one open."""
    data = tmp_path / "data"
    shutil.copytree(sealed, data)
    with open_bot(data, read_only=True) as reader:
        assert len(reader.documents()) == 12
        with open_bot(data, EXACT_PASSAGES) as bot:
            bot.add([document(77)])
        assert (data / "documents.sqlite-wal").stat().st_size, "the journal is there as long as somebody reads"
        Chatbot.rebuild(load_settings(data_dir=data, passage_tokens=TOKENS), embedder=HashEmbedder(32))
        assert len(reader.documents()) == 13
        assert reader._store.index_source()[2].shape[1] == 32
    with sqlite3.connect(data / "documents.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


# -- The language model ------------------------------------------------------------------------------------------------

LLM_FAULTS = ("refused", "silent", "401", "429", "500", "cut chunked", "bad json", "empty", "huge", "page", "drip")


@pytest.mark.parametrize("fault", LLM_FAULTS)
def test_a_language_model_that_fails_leaves_quotes_and_says_so(
    faulty: FaultyServer, sealed: Path, tmp_path: Path, fault: str
) -> None:
    address = faulty.base_url if fault != "refused" else f"http://127.0.0.1:{free_port()}/v1"
    dials = {"llm": fault, "llm_base_url": address, "llm_timeout": 1, "answer_threshold": 0, "passage_tokens": TOKENS}
    settings = load_settings(data_dir=tmp_path / "data", **dials)
    shutil.copytree(sealed, tmp_path / "data")
    began = time.perf_counter()
    with Chatbot.open(settings, embedder=EMBEDDER, read_only=True) as bot:
        answer = bot.ask(f"What does {MARK}3v0 end?")
    assert time.perf_counter() - began < 10
    assert answer.mode == "quotes" and answer.citations and f"{MARK}3v0" in answer.text
    assert answer.notice.startswith("The language model at 127.0.0.1") and "\n" not in answer.notice
    assert "Here is what the documents say, quoted." in answer.notice
