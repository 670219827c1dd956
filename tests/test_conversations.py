"""Conversations are kept whole, found again, and never by anyone else."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Answer, Citation, Hit, NotFoundError, Passage, Sentence, StorageError, Verdict
from ui.conversations import Exchange, Shelf, Talk, folder_name

ANN, BOB = folder_name("a" * 43), folder_name("b" * 43)
CITED = Citation(1, "p1", "d1", "guide.md", "Guide", 0, 5, "Seven", "Hours", 2, "ii")
PASSAGE = Passage("p1", "d1", "guide.md", "Guide", 0, 0, 5, "Seven", sentences=((0, 5),))
EXCHANGE = Exchange(
    Answer(
        "When does it open?",
        "When does it open?",
        (Sentence("Seven", (CITED,), Verdict.QUOTED, "Own words."),),
        (Hit(PASSAGE, 1, 0.5, 1, 0.4, sentence_scores=(0.4,)),),
        stage="done",
        final=True,
    ),
    thumb="good",
    wrong=(1,),
)


def test_a_conversation_comes_back_as_it_was(tmp_path: Path) -> None:
    talk = Shelf(tmp_path).save(ANN, Talk().holding(EXCHANGE))
    assert Shelf(tmp_path).load(ANN, talk.id) == talk
    assert talk.exchanges == (EXCHANGE,)
    assert talk.title == "When does it open?"
    [summary] = Shelf(tmp_path).list(ANN)
    assert (summary.id, summary.title, summary.changed, summary.questions) == (talk.id, talk.title, talk.changed, 1)


def asked(question: str, text: str = "So it is.") -> Exchange:
    return Exchange(Answer(question, question, (Sentence(text),), mode="llm", final=True))


def test_what_another_window_added_is_not_lost(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    here = there = shelf.save(ANN, Talk().holding(EXCHANGE))
    there = shelf.save(ANN, there.holding(EXCHANGE, asked("Who cooks?")))
    mine = shelf.save(ANN, here.holding(EXCHANGE, asked("Who pays?")))
    assert mine.id != there.id
    assert [talk.questions for talk in shelf.list(ANN)] == [2, 2]
    assert shelf.load(ANN, there.id) == there and mine.title == f"{there.title} (2)"
    third = shelf.save(ANN, replace(mine.holding(EXCHANGE, asked("Who sings?")), revision=0))
    assert third.id not in (mine.id, there.id) and third.title == f"{there.title} (3)"
    shelf.delete(ANN, third.id)
    later = shelf.save(ANN, here.holding(EXCHANGE, asked("Who cooks?"), asked("Who pays?")))
    assert later.id == there.id, "whoever holds all of it goes on with it"


def test_of_two_windows_at_the_same_moment_both_keep_their_exchange(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    begun = shelf.save(ANN, Talk().holding(EXCHANGE))
    both = threading.Barrier(2)
    reading = shelf._read

    def read_together(path: Path) -> Talk | None:
        found = reading(path)
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # lets the other one read the same, if it may
        return found

    shelf._read = read_together  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        talks = [begun.holding(EXCHANGE, asked(question)) for question in ("Who cooks?", "Who pays?")]
        saved = list(pool.map(shelf.save, (ANN, ANN), talks))
    assert len({talk.id for talk in saved}) == 2
    kept = [shelf.load(ANN, talk.id).exchanges[-1].answer.question for talk in saved]
    assert sorted(kept) == ["Who cooks?", "Who pays?"]


def test_renaming_elsewhere_does_not_part_a_conversation(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    here = shelf.save(ANN, Talk().holding(EXCHANGE))
    shelf.rename(ANN, here.id, "Hours")
    assert shelf.save(ANN, here.holding()).id == here.id


def test_the_title_is_the_first_question_until_it_is_renamed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    talk = shelf.save(ANN, Talk().holding(asked("Who is the pope?")))
    talk = shelf.save(ANN, talk.holding(asked("Who is the cook?")))
    assert talk.title == "Who is the cook?"
    talk = shelf.rename(ANN, talk.id, "People")
    assert talk.holding(asked("Who is the gardener?")).title == "People"


def test_nobody_else_finds_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    talk = shelf.save(ANN, Talk().holding(EXCHANGE))
    assert shelf.list(BOB) == shelf.list("") == []
    for visitor, key in (
        (BOB, talk.id),
        ("", talk.id),
        (BOB, f"../{ANN}/{talk.id}"),
        (ANN, "../" + talk.id),
        (ANN, ""),
    ):
        with pytest.raises(NotFoundError):
            shelf.load(visitor, key)
        with pytest.raises(NotFoundError):
            shelf.rename(visitor, key, "mine")
        with pytest.raises(NotFoundError):
            shelf.delete(visitor, key)
    assert shelf.load(ANN, talk.id) == talk


def test_the_folder_does_not_tell_the_key() -> None:
    assert len({ANN, BOB}) == 2 and "a" * 43 not in ANN
    assert [folder_name(key) for key in ("", "short", "../" + "a" * 40, "ä" * 43, "a" * 44)] == [""] * 5


def test_without_a_key_nothing_is_kept(tmp_path: Path) -> None:
    Shelf(tmp_path).save("", Talk().holding(EXCHANGE))
    assert list(tmp_path.iterdir()) == []


def test_conversations_are_searched_renamed_and_deleted(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    first = shelf.save(ANN, Talk().holding(EXCHANGE))
    second = shelf.save(ANN, Talk().holding(Exchange(Answer("Who pays?", "Who pays?", abstained="Nobody says."))))
    assert {talk.id for talk in shelf.list(ANN)} == {first.id, second.id}
    assert [talk.id for talk in shelf.list(ANN, "SEVEN open")] == [first.id]
    assert [talk.id for talk in shelf.list(ANN, "nobody")] == [second.id]
    assert shelf.list(ANN, "seven nobody") == []
    assert shelf.rename(ANN, first.id, "  Opening \n hours ").title == "Opening hours"
    assert shelf.rename(ANN, first.id, " ").title == "Opening hours"
    assert len(shelf.rename(ANN, first.id, "word " * 99).title) <= 80
    shelf.delete(ANN, first.id)
    assert [talk.id for talk in shelf.list(ANN)] == [second.id]


def test_a_damaged_file_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf(tmp_path)
    talk = shelf.save(ANN, Talk().holding(EXCHANGE))
    (tmp_path / ANN / f"{'0' * 32}.json").write_text('{"id": 1}')
    with caplog.at_level(logging.WARNING):
        assert [summary.id for summary in shelf.list(ANN)] == [talk.id]
    assert "is no conversation and was left out" in caplog.text


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="could not be saved"):
        Shelf(tmp_path / "file").save(ANN, Talk().holding(EXCHANGE))


def test_an_unsettled_exchange_is_not_settled() -> None:
    assert Talk().holding(EXCHANGE, Exchange(Answer("And?", "And?"))).settled == (EXCHANGE,)
