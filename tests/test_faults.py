"""Kills, stops, full disks, damaged files and a failing language model: nothing lost, nothing silently wrong.

The numbers are small here; tests/torture/test_torture_faults.py does the same hundreds of times.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rag import Chatbot, HashEmbedder, IndexLockedError, IndexMismatchError, StorageError, load_settings
from rag.backup import restore
from rag.nearest import EXACT_PASSAGES
from rag.vectorstore import VectorStore
from tests.llm_server import FaultyServer
from tests.test_app import free_port
from tests.victim import (
    EMBEDDER,
    MARK,
    TOKENS,
    Victim,
    Victims,
    add_documents,
    check,
    document,
    look_at_chroma,
    open_bot,
    prepare,
    rebuild,
    text_of,
    update_documents,
    victims,
    write_until_full,
)

ROOT = Path(__file__).parent.parent
FLUSH = 12  # vectors between two flushes of Chroma where a kill is aimed at them


@dataclass(slots=True)
class Tally:
    """What a series of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    damaged: int = 0  # Chroma's files as the kill left them could not be read, or lacked vectors
    longest: float = 0.0  # seconds from opening the index to Chroma being whole again


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victims]:
    with victims(tmp_path_factory.mktemp("victims")) as opened:
        yield opened


def make_base(forks: Victims, folder: Path, documents: int, flush: int) -> Path:
    """Make an index whose Chroma flushes as often as told; the setting stays with it."""
    victim = forks.start(prepare, data=folder, documents=documents, flush=flush)
    assert victim.wait() == [] and victim.status == 0
    return folder


def reopen(data: Path, tally: Tally, exact: int = 0) -> dict[str, str]:
    """Open what a kill left, with no other step, check all of it, and return the text under each name."""
    began = time.perf_counter()
    with open_bot(data, exact) as bot:
        tally.longest = max(tally.longest, time.perf_counter() - began)
        return check(bot)


def await_flush(chroma: Path) -> None:
    """Return at the moment when Chroma begins to write its index."""
    (level,) = chroma.glob("*/*/data_level0.bin")
    before, ends = level.stat().st_mtime_ns, time.monotonic() + 60
    while level.stat().st_mtime_ns == before:
        assert time.monotonic() < ends, "Chroma did not flush"


def kill_while_adding(forks: Victims, base: Path, kills: int, *, aimed: bool, seed: int = 1) -> Tally:
    """Kill an ingest that often, and look each time for every document that was reported as read."""
    choose, tally, folder = random.Random(seed), Tally(kills), base.parent
    with open_bot(base, EXACT_PASSAGES, read_only=True) as bot:
        names = {info.name for info in bot.documents()}
    for attempt in range(kills):
        data, docs, copy = folder / "data", folder / "docs", folder / "copy"
        for old in (data, docs, copy):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(base, data)
        docs.mkdir()
        first = 1000 * (attempt + 1)
        victim = forks.start(add_documents, data=data, docs=docs, first=first)
        victim.wait_for(1 + choose.randrange(4))
        if aimed:
            await_flush(data / "chroma")
        time.sleep(choose.uniform(0, 0.003 if aimed else 0.05))
        said = victim.end()[1:]
        assert victim.status == signal.SIGKILL, said
        acknowledged = [int(number) for number in said]
        tally.acknowledged += len(acknowledged)
        if aimed:
            shutil.copytree(data, copy)
            tally.damaged += is_damaged(forks.start(look_at_chroma, data=copy))
        held = reopen(data, tally)
        expected = {f"n{number}.txt": text_of(number) for number in acknowledged}
        assert {name: held.get(name) for name in expected} == expected
        more = held.keys() - expected.keys() - names
        assert names <= held.keys() and len(more) <= 1, "one may have been stored before it was reported"
        with open_bot(data, EXACT_PASSAGES) as bot:
            bot.ingest(docs)
            assert {info.name for info in bot.documents()} == names | {path.name for path in docs.iterdir()}
    return tally


def is_damaged(looking: Victim) -> bool:
    """Whether Chroma's files cannot be used. One document may be missing there: the docstore has it first."""
    said = looking.wait()
    return looking.status != 0 or int(said[-1].removeprefix("wrong ")) > 3


def kill_while_updating(forks: Victims, folder: Path, kills: int, seed: int = 1) -> Tally:
    """Kill updates that often; at no moment, for nobody, is a document absent or half of it old."""
    choose, tally, files = random.Random(seed), Tally(kills), 6
    data, docs = folder / "data", folder / "docs"
    docs.mkdir(parents=True)
    for number in range(files):
        (docs / f"n{number}.txt").write_text(text_of(number))
    with open_bot(data) as bot:
        bot.ingest(docs)
    last = [0] * files
    with open_bot(data, read_only=True) as reader:
        for attempt in range(kills):
            victim = forks.start(update_documents, data=data, docs=docs, files=files, first=1000 * attempt + 1)
            victim.wait_for(1)
            ends = time.monotonic() + choose.uniform(0, 0.3)
            while time.monotonic() < ends:
                assert [info.names for info in reader.documents()] == [(f"n{number}.txt",) for number in range(files)]
            said = victim.end()[1:]
            assert victim.status == signal.SIGKILL, said
            tally.acknowledged += len(said)
            for number, version in (map(int, line.split()) for line in said):
                last[number] = version
            for name, text in reopen(data, tally, choose.choice([0, EXACT_PASSAGES])).items():
                number = int(name.removeprefix("n").removesuffix(".txt"))
                version = int(text.split()[-3].removeprefix(f"{MARK}{number}v"))
                assert text == text_of(number, version) and version >= last[number]
            assert {hit.passage.source for hit in reader.search(f"{MARK} ends it", 50)} == {
                f"n{number}.txt" for number in range(files)
            }
    return tally


def test_a_kill_in_ingest_loses_nothing_that_was_reported(forks: Victims, tmp_path: Path) -> None:
    tally = kill_while_adding(forks, make_base(forks, tmp_path / "base", 10, 0), 3, aimed=False)
    assert tally.longest < 30


def test_a_kill_in_chromas_flush_loses_nothing(forks: Victims, tmp_path: Path) -> None:
    base = make_base(forks, tmp_path / "base", 40, FLUSH)
    tallies = (kill_while_adding(forks, base, 1, aimed=True, seed=seed) for seed in range(20))
    assert any(tally.damaged for tally in tallies), "no kill met a flush; what Chroma kept was whole each time"


def test_a_killed_update_leaves_the_old_document_or_the_new_one(forks: Victims, tmp_path: Path) -> None:
    kill_while_updating(forks, tmp_path, 5)


# -- Stops -------------------------------------------------------------------------------------------------------------


def big_text(words: int) -> str:
    choose = random.Random(1)
    return ". ".join(" ".join(f"word{choose.randrange(5000)}" for _ in range(12)) for _ in range(words // 12)) + "."


def stop_ingest(folder: Path, number: signal.Signals, delay: float) -> tuple[float, str]:
    """Interrupt ``rag ingest`` of a document that takes minutes; return the seconds to its end and what it said."""
    (folder / "docs").mkdir(exist_ok=True)
    (folder / "docs" / "a.txt").write_text("The Orion array holds 96 disks.")
    (folder / "docs" / "big.txt").write_text(big_text(400_000))
    command = [sys.executable, "-m", "rag", "ingest", "docs/a.txt", "docs"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    ends = time.monotonic() + 60
    while not (folder / ".rag" / "documents.sqlite").exists() and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(delay)
    began = time.perf_counter()
    process.send_signal(number)
    said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 128 + number, said
    return time.perf_counter() - began, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_ingest_that_is_told_to_stop_stops(tmp_path: Path, number: signal.Signals) -> None:
    took, said = stop_ingest(tmp_path, number, 1.5)
    assert took < 10 and "Traceback" not in said
    with Chatbot.open(data_dir=tmp_path / ".rag") as bot:
        assert {info.name for info in bot.documents()} <= {"a.txt"}


def test_closing_gives_up_an_ingest_and_keeps_what_it_stored(hash_bot: Chatbot, tmp_path: Path) -> None:
    """The window ends so. Two batches of 64 documents are full when it is closed."""
    import threading

    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(300):
        (folder / f"n{number:03}.txt").write_text(text_of(number))
    closing = threading.Thread(target=hash_bot.close)

    def close_at_200(progress: Any) -> None:
        if progress.done == 200:
            closing.start()
            while not hash_bot._closing.is_set():
                time.sleep(0.001)

    with pytest.raises(StorageError, match="is being closed"):
        hash_bot.ingest(folder, progress=close_at_200)
    closing.join(10)
    with pytest.raises(StorageError, match="is closed"):
        hash_bot.ingest(folder)
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        assert 64 <= len(bot.documents()) <= 200 and bot.status().failures == ()
        kept = len(bot.documents())
        assert bot.ingest(folder).count("new") == 300 - kept


# -- A second process --------------------------------------------------------------------------------------------------


def test_a_second_owner_is_refused_by_name_at_once_and_readers_work(tmp_path: Path) -> None:
    with open_bot(tmp_path) as bot:
        bot.add([document(1)])
        settings = load_settings(data_dir=tmp_path, passage_tokens=TOKENS)
        for second in (
            lambda: Chatbot.open(settings, embedder=EMBEDDER),
            lambda: Chatbot.open(settings),  # the model is not even looked at
            lambda: Chatbot.rebuild(settings, embedder=EMBEDDER),
            lambda: restore(tmp_path / "backup.zip", tmp_path, replace=True),
        ):
            bot.backup(tmp_path / "backup.zip")
            began = time.perf_counter()
            with pytest.raises(IndexLockedError, match=f"in use by process {os.getpid()}"):
                second()
            assert time.perf_counter() - began < 1
            (tmp_path / "backup.zip").unlink()
        with open_bot(tmp_path, read_only=True) as reader:
            assert reader.search(f"{MARK}1v0")[0].passage.source == "paper1.txt"
            bot.add([document(2)])
            assert reader.search(f"{MARK}2v0")[0].passage.source == "paper2.txt"


# -- A full disk -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kilobytes", [120, 300, 700])
def test_a_disk_that_takes_no_more_is_told_in_a_line_and_recovers(
    forks: Victims, tmp_path: Path, kilobytes: int
) -> None:
    """The system refuses to let a file grow further, as a full disk does, in the middle of any write."""
    victim = forks.start(write_until_full, data=tmp_path / "data", first=1, limit=kilobytes << 10)
    check_full(tmp_path / "data", victim.wait())


def check_full(data: Path, said: list[str]) -> None:
    """What was reported as stored is there, and after a line that tells of the disk all goes on."""
    stored = [int(number) for number in said[1:-1]]
    assert said[-1].startswith("told The ") and len(said[-1]) < 250, said[-1]
    with open_bot(data) as bot:
        held = check(bot)
        assert {f"paper{number}.txt": text_of(number) for number in stored}.items() <= held.items()
        bot.add([document(9999)])
        assert check(bot).keys() == {*held, "paper9999.txt"}


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
        with open_bot(data) as bot:
            assert bot._vectors._chroma.rebuilt  # type: ignore[union-attr]
    finally:
        module._SPACE = before
    with open_bot(data) as bot:
        assert bot._vectors._chroma.rebuilt  # type: ignore[union-attr]
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


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultyServer]:
    server = FaultyServer()
    yield server
    server.shutdown()
    server.server_close()


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
