"""Kills, stops, second processes and full disks: nothing lost, nothing absent, nobody waits.

The numbers are small here; tests/torture/test_torture_faults.py does the same hundreds of times.
"""

from __future__ import annotations

import ctypes
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rag import Chatbot, HashEmbedder, IndexLockedError, StorageError, load_settings
from rag.backup import restore
from rag.nearest import EXACT_PASSAGES
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
    text_of,
    update_documents,
    victims,
    write_until_full,
)
from ui.desk import Desk

ROOT = Path(__file__).parent.parent
_STEPS = 0x02 | 0x08 | 0x20  # of inotify: written, closed after writing, opened
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


def await_flush(chroma: Path, steps: int) -> None:
    """Return when Chroma has begun to write its index and has taken so many steps: a file opened, written or closed."""
    system = ctypes.CDLL(None, use_errno=True)
    descriptor = system.inotify_init()
    try:
        (folder,) = (path for path in chroma.glob("*/*") if path.is_dir())
        assert descriptor >= 0 and system.inotify_add_watch(descriptor, os.fsencode(folder), _STEPS) >= 0
        for _ in range(1 + steps):  # to be woken costs less than to look again and again while others have the cores
            assert select.select([descriptor], [], [], 60)[0], "Chroma did not flush"
            os.read(descriptor, 64)
    finally:
        os.close(descriptor)


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
            await_flush(data / "chroma", choose.randrange(12))
        else:
            time.sleep(choose.uniform(0, 0.05))
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
            assert {info.name for info in bot.documents()} == names | {path.name for path in docs.glob("[!.]*")}
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
            lines, ends = 1 + choose.randrange(9), time.monotonic() + 60
            while len(victim.said()) < lines and time.monotonic() < ends:
                assert [info.names for info in reader.documents()] == [(f"n{number}.txt",) for number in range(files)]
            time.sleep(choose.uniform(0, 0.03))
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
    """One in ten such kills leaves files that Chroma cannot use; the long run counts them."""
    tally = kill_while_adding(forks, make_base(forks, tmp_path / "base", 40, FLUSH), 4, aimed=True)
    assert tally.longest < 30


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
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(300):
        (folder / f"n{number:03}.txt").write_text(text_of(number))
    closing = threading.Thread(target=hash_bot.close)

    def close_at_100(progress: Any) -> None:
        if progress.done == 100:
            closing.start()
            while not hash_bot._closing.is_set():
                time.sleep(0.001)

    with pytest.raises(StorageError, match="is being closed"):
        hash_bot.ingest(folder, progress=close_at_100)
    closing.join(10)
    with pytest.raises(StorageError, match="is closed"):
        hash_bot.ingest(folder)
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        assert 64 <= len(bot.documents()) <= 200 and bot.status().failures == ()
        kept = len(bot.documents())
        assert bot.ingest(folder).count("new") == 300 - kept


class SlowEmbedder(HashEmbedder):
    """A model that takes its time for every text."""

    def embed(self, texts: Sequence[str], *, query: bool = False) -> NDArray[np.float32]:
        time.sleep(0.002 * len(texts))
        return super().embed(texts, query=query)


def test_closing_gives_up_what_a_watched_folder_reads(tmp_path: Path) -> None:
    """It would take a minute; the window closes the bot first, which ends what the watcher waits for."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "big.txt").write_text(big_text(400_000))
    desk = Desk(Chatbot.open(embedder=SlowEmbedder(), data_dir=tmp_path / "data"), [tmp_path / "docs"])
    desk.watcher._seconds = 0.01
    desk.watcher.start()
    ends = time.monotonic() + 30
    while not desk.bot._ingesting.locked() and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(1)
    began = time.perf_counter()
    desk.close()
    assert time.perf_counter() - began < 5 and not desk.watcher._thread.is_alive()
    with Chatbot.open(embedder=SlowEmbedder(), data_dir=tmp_path / "data") as bot:
        assert bot.documents() == [] and bot.status().failures == ()


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


@pytest.mark.parametrize(("kilobytes", "exact"), [(120, EXACT_PASSAGES), (300, EXACT_PASSAGES), (250, 0), (700, 0)])
def test_a_disk_that_takes_no_more_is_told_in_a_line_and_recovers(
    forks: Victims, tmp_path: Path, kilobytes: int, exact: int
) -> None:
    """The system refuses to let a file grow further, as a full disk does, in the middle of any write.

    Chroma's own file is the largest and the first to stop; what is stored is still found then, by exact search.
    """
    victim = forks.start(write_until_full, data=tmp_path / "data", first=1, exact=exact, limit=kilobytes << 10)
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
