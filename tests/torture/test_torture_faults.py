"""Faults, long: hundreds of kills, stops, a disk that is really full, flipped bytes. Full disks need root for a tmpfs."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from rag import Block, Chatbot, Document, StorageError
from rag.backup import restore, write_backup
from rag.nearest import EXACT_PASSAGES, NearestPassages
from tests.crowd import passage
from tests.llm_server import FaultyServer
from tests.test_app import free_port
from tests.test_damage import flip, kill_rebuild, sealed
from tests.test_faults import (
    FLUSH,
    ROOT,
    big_text,
    check_full,
    forks,
    kill_while_adding,
    kill_while_updating,
    make_base,
    stop_ingest,
)
from tests.test_machine import run_machine
from tests.victim import WIDE, Victims, check, hold_open, open_bot, rebuild, text_of, write_until_full

__all__ = ["forks", "sealed"]  # the fixtures
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
STOPS = int(os.environ.get("STOPS", "50"))
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.mark.parametrize(("aimed", "kills"), [(True, 120), (False, 180)], ids=["flush", "anywhere"])
def test_kills_in_ingest(forks: Victims, tmp_path: Path, aimed: bool, kills: int) -> None:
    base = make_base(forks, tmp_path / "base", 60 if aimed else 20, FLUSH if aimed else 0)
    tally = kill_while_adding(forks, base, kills, aimed=aimed, seed=int(os.environ.get("SEED", "1")))
    print(f"\n{tally}")
    assert tally.longest < 30 and (tally.damaged or not aimed)


def test_killed_updates(forks: Victims, tmp_path: Path) -> None:
    print(f"\n{kill_while_updating(forks, tmp_path, 100)}")


def test_killed_rebuilds(forks: Victims, sealed: Path, tmp_path: Path) -> None:
    shutil.copytree(sealed, tmp_path / "count")
    (calls,) = forks.start(rebuild, data=tmp_path / "count", dimension=32, last=0).wait()
    undone, finished = kill_rebuild(forks, sealed, tmp_path, 60, int(calls))
    print(f"\n60 rebuilds killed at {calls} calls: {undone} left the old index, {finished} the new one")
    assert undone and finished and undone + finished == 60


def test_lives_of_an_index(forks: Victims) -> None:
    run_machine(forks, 500, 8)


def test_ten_thousand_passages_are_whole_again_within_30_seconds(forks: Victims, tmp_path: Path) -> None:
    data, texts = tmp_path / "data", [passage(number) for number in range(10_000)]
    with Chatbot.open(embedder=WIDE, data_dir=data) as bot:
        bot.add(
            Document(f"p{n}", f"p{n}.txt", f"P {n}", "txt", text, (Block("paragraph", 0, len(text)),))
            for n, text in enumerate(texts)
        )
    for _ in range(3):
        victim = forks.start(hold_open, data=data)
        victim.wait_for(4, 300)
        victim.end()
        began, waits, first = time.perf_counter(), [], 0.0
        with Chatbot.open(embedder=WIDE, data_dir=data, exact_passages=0) as bot:
            assert isinstance(bot._vectors, NearestPassages)
            while bot._vectors._chroma is None or len(waits) < 10:
                asked, number = time.perf_counter(), len(waits)
                assert f"p{number}.txt" in {hit.passage.source for hit in bot.search(texts[number])}
                waits.append(time.perf_counter() - asked)
                first = first or time.perf_counter() - began
            whole, count = time.perf_counter() - began, bot._vectors._chroma.count()
            assert count == bot.status().passages > 10_000
        waits.sort()
        print(f"\nfirst answer after {first:.1f} s, Chroma whole after {whole:.1f} s; {len(waits)} searches meanwhile, "
              f"median {waits[len(waits) // 2]:.2f} s, longest {waits[-1]:.2f} s")  # fmt: skip
        assert whole < 30 and waits[-1] < 5, "questions are answered meanwhile"


# -- Stops and second processes ----------------------------------------------------------------------------------------


def stop_window(folder: Path, number: signal.Signals, busy: str, faulty: FaultyServer) -> float:
    """Stop the window while it is idle, reads a document that takes minutes, or waits for a language model."""
    port, watched = free_port(), folder / "watched"
    watched.mkdir(exist_ok=True)
    (watched / "a.txt").write_text("The Orion array holds 96 disks.")
    command = [sys.executable, "-m", "rag", "chat", "--watch", str(watched), "--port", str(port)]
    llm = {"RAG_LLM": "silent", "RAG_LLM_BASE_URL": faulty.base_url, "RAG_LLM_API_KEY": "sk-1"}
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT | llm, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    assert process.stdout
    while "The window is open" not in (line := process.stdout.readline()):
        assert line, "the window did not open"
    asking = None
    if busy == "reading":
        (watched / "big.txt").write_text(big_text(400_000))
        time.sleep(7)
    if busy == "asking":
        body = json.dumps({"model": "rag", "messages": [{"role": "user", "content": "How many disks does the Orion array hold?"}], "stream": True})  # fmt: skip
        address = f"http://127.0.0.1:{port}/v1/chat/completions"
        asking = subprocess.Popen(["curl", "-sN", "-H", "content-type: application/json", "-d", body, address], stdout=subprocess.DEVNULL)  # fmt: skip
        time.sleep(3)
    began = time.perf_counter()
    process.send_signal(number)
    said = process.communicate(timeout=120)[0]
    took = time.perf_counter() - began
    if asking:
        asking.wait(10)
    assert "Traceback" not in said and process.returncode in (0, 128 + number), said
    return took


def test_stops(tmp_path: Path) -> None:
    choose, took = random.Random(3), {}
    faulty = FaultyServer()
    for attempt in range(STOPS):
        folder, number = tmp_path / str(attempt), SIGNALS[attempt % 2]
        folder.mkdir()
        kind = ("ingest", "ingest", "ingest", "idle", "reading", "asking")[attempt // 2 % 6]
        if kind == "ingest":
            seconds, said = stop_ingest(folder, number, choose.uniform(0, 4))
            assert "Traceback" not in said, said
        else:
            seconds = stop_window(folder, number, kind, faulty)
        took.setdefault(kind, []).append(seconds)
        with Chatbot.open(data_dir=folder / ".rag") as bot:
            assert {info.name for info in bot.documents()} <= {"a.txt"} and bot.status().failures == ()
        shutil.rmtree(folder)
    faulty.shutdown()
    faulty.server_close()
    print("\n" + "; ".join(f"{kind}: {len(all_)} stops, longest {max(all_):.1f} s" for kind, all_ in took.items()))
    assert max(map(max, took.values())) < 10


def test_second_processes(tmp_path: Path) -> None:
    commands = (["ingest", "a.txt"], ["ingest", "--rebuild"], ["forget", "a.txt"], ["restore", "b", "--replace"], ["chat", "--port", str(free_port())])  # fmt: skip
    (tmp_path / "a.txt").write_text("The Orion array holds 96 disks.")

    def run(*arguments: str) -> tuple[float, subprocess.CompletedProcess[str]]:
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "rag", *arguments], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # fmt: skip
        return time.perf_counter() - began, done

    with Chatbot.open(data_dir=tmp_path / ".rag") as bot:
        bot.ingest(tmp_path / "a.txt")
        bot.backup(tmp_path / "b")
        took, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = 0.0
        for attempt in range(20):
            seconds, done = run(*commands[attempt % 5])
            assert done.returncode == 2 and f"in use by process {os.getpid()}" in done.stderr, done.stderr
            took.append(seconds)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            reader = (["ask", "How many disks does the Orion array hold?"], ["search", "disks"], ["status"], ["backup", f"b{attempt}"])[attempt % 4]  # fmt: skip
            assert run(*reader)[1].returncode == 0
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
    took.sort()
    print(f"\n20 second processes refused by name, from their start on: median {took[10]:.2f} s, longest {took[-1]:.2f} s, "
          f"{cpu / 20:.2f} s of CPU each")  # fmt: skip
    assert took[-1] < 1


# -- Disks and files ---------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, size: str = "300m") -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path, left: int) -> None:
    """Take all space but so many bytes, while another process takes some of it too."""
    with path.open("wb") as filler:
        while True:
            with suppress(OSError):
                os.posix_fallocate(filler.fileno(), 0, max(shutil.disk_usage(path.parent).free - left, 1))
                return


def test_disks_that_are_full_at_ten_random_points(forks: Victims, tmp_path: Path) -> None:
    choose, lines = random.Random(5), Counter[str]()
    for attempt in range(10):
        exact = (0, EXACT_PASSAGES)[attempt % 2]
        with small_disk(tmp_path / f"disk{attempt}") as disk:
            victim = forks.start(write_until_full, data=disk / "data", first=1, exact=exact)
            victim.wait_for(2 + choose.randrange(20))
            fill(disk / "filler", choose.randrange(400_000))
            began = time.perf_counter()
            said = victim.wait()
            assert time.perf_counter() - began < 60 and said[-1].startswith("told"), said[-1]
            lines[said[-1]] += 1
            with open_bot(disk / "data", read_only=True) as reader:
                assert reader.search("marker1v0")[0].passage.source == "paper1.txt", "questions are still answered"
            with suppress(StorageError), open_bot(disk / "data", exact) as bot:
                bot.search("marker1v0")
            (disk / "filler").unlink()
            check_full(disk / "data", said)
    print("\n" + "\n".join(f"{count} times: {line}" for line, count in lines.items()))


def outcome(data: Path, expected: dict[str, str]) -> str:
    """Return what becomes of a damaged index: told, as it was, or silently wrong."""
    try:
        with open_bot(data) as bot:
            return "as it was" if check(bot) == expected else "silently wrong"
    except StorageError as error:
        assert str(error).startswith("The index in data ")
        return "told"
    except AssertionError:
        return "silently wrong"
    except Exception as error:  # noqa: BLE001 - counted
        return f"told by {type(error).__name__}"


def test_flipped_bytes(sealed: Path, tmp_path: Path) -> None:
    """Chroma is made anew from the docstore, whose rows carry sums; a byte that no row holds may change unseen."""
    choose, found = random.Random(6), {"chroma": Counter[str](), "docstore": Counter[str]()}
    expected = {f"paper{number}.txt": text_of(number) for number in range(12)}
    for attempt in range(400):
        part = ("chroma", "docstore")[attempt % 2]
        data = tmp_path / "data"
        shutil.copytree(sealed, data)
        files = [path for path in (data / "chroma").rglob("*") if path.is_file()] if part == "chroma" else [data / "documents.sqlite"]  # fmt: skip
        path = choose.choice(sorted(files))
        flip(path, choose.randrange(path.stat().st_size))
        found[part][outcome(data, expected)] += 1
        shutil.rmtree(data)
    print(f"\n{ ({part: dict(count) for part, count in found.items()}) }")
    assert found["chroma"] == {"as it was": 200}
    assert set(found["docstore"]) == {"as it was", "told"}


# -- A backup ----------------------------------------------------------------------------------------------------------


def test_a_restored_index_gives_the_same_answers_to_100_questions(tmp_path: Path) -> None:
    gold = [json.loads(line) for line in (ROOT / "eval/gold/seeds.jsonl").read_text().splitlines()]
    questions = [item["question"] for item in gold[:: len(gold) // 100]][:100]

    def answers(bot: Chatbot) -> list[Any]:
        return [(a.text, a.citations, a.abstained, a.confidence) for a in map(bot.ask, questions)]

    with Chatbot.open(data_dir=tmp_path / "data") as bot:
        bot.ingest(ROOT / "seeds")
        expected = answers(bot)
        began = time.perf_counter()
        made = write_backup(tmp_path / "data", tmp_path / "seeds.backup")
        wrote = time.perf_counter() - began
    began = time.perf_counter()
    restore(tmp_path / "seeds.backup", tmp_path / "elsewhere")
    took = time.perf_counter() - began
    with Chatbot.open(data_dir=tmp_path / "elsewhere") as bot:
        assert answers(bot) == expected and len(expected) == 100
    print(
        f"\n{made.documents} documents, {made.size / 2**20:.1f} MB: backup {wrote:.2f} s, restore {took:.2f} s; 100 answers the same"
    )
