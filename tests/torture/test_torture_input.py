"""Bad input, long: 10,000 damaged files, 10,000 tiny ones, a public list of nasty strings, and every encoding."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Chatbot, HashEmbedder
from tests.crowd import resident
from tests.mutants import read_mutants
from tests.nasty import nasty, public
from tests.test_nasty import DOCUMENT, check_files, check_question
from tests.test_payloads import FIELDS, WORD, skeleton

MUTANTS = int(os.environ.get("MUTANTS", "10000"))


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Chatbot]:
    (tmp_path / "house.md").write_text(DOCUMENT)
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        bot.ingest(tmp_path / "house.md")
        yield bot


def test_damaged_files_of_every_format(tmp_path: Path) -> None:
    before, began = resident(os.getpid()), time.perf_counter()
    found, longest = read_mutants(tmp_path, MUTANTS, seed=int(os.environ.get("SEED", "1")))
    grown, took = resident(os.getpid()) - before, time.perf_counter() - began
    print(
        f"\n{MUTANTS:,} damaged files in {took:.0f} s: {dict(found)}; longest {longest:.1f} s; the parent grew by {grown:.0f} MB"
    )
    assert found.total() == MUTANTS and found["late"] == 0
    assert longest < 60 and grown < 200


def test_ten_thousand_tiny_files(hash_bot: Chatbot, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number:05}.txt").write_text(f"House {number} stands in street {number % 97}.")
    began = time.perf_counter()
    assert hash_bot.ingest(folder).summary == "10,000 new" or len(hash_bot.documents()) == 10_000
    first = time.perf_counter() - began
    began = time.perf_counter()
    hash_bot.ingest(folder)
    print(f"\n10,000 tiny files: read in {first:.0f} s, looked at again in {time.perf_counter() - began:.1f} s")
    assert len(hash_bot.documents()) == 10_000


@pytest.mark.parametrize("source", ["own", "public"])
def test_nasty_strings(bot: Chatbot, tmp_path: Path, source: str) -> None:
    texts = nasty() if source == "own" else public()
    for text in texts:
        check_question(bot, text)
    (tmp_path / "docs").mkdir()
    check_files(bot, tmp_path / "docs", texts)
    drawn = 0
    for text in texts:
        word = WORD if text.strip() else text
        for name, draw in FIELDS.items():
            if name != "quote":  # a text of several paragraphs is drawn as several
                assert skeleton(draw(text)) == skeleton(draw(word)), text
                drawn += 1
    print(f"\n{len(texts)} strings of the {source} list as question, name and text; drawn {drawn} times")


def test_fifty_threads_ask_the_same(bot: Chatbot) -> None:
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            for text in nasty()[:60]:
                check_question(bot, text)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells it
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
