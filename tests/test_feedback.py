"""What people think of answers is kept, and becomes gold items where it says what is right."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.feedback import write_gold
from eval.gold import GoldError, read_gold
from rag import Answer, StorageError
from rag.cli import app
from tests.test_conversations import CITED, EXCHANGE
from ui.conversations import Exchange
from ui.feedback import Feedback

GOOD = replace(EXCHANGE, thumb="good", wrong=())
REFUSED = Exchange(Answer("Who pays?", "Who pays?", abstained="Nobody says.", final=True), thumb="good")


def harvest(folder: Path, *judged: Exchange, before: tuple[Exchange, ...] = ()) -> list[dict[str, object]]:
    feedback = Feedback(folder)
    for exchange in judged:
        feedback.append(exchange, before)
    return list(write_gold(feedback.path, folder / "gold.jsonl").records)


def test_a_confirmed_answer_becomes_a_gold_item(tmp_path: Path) -> None:
    harvest(tmp_path, GOOD)
    [gold] = read_gold(tmp_path / "gold.jsonl")
    assert (gold.kind, gold.question, gold.answers) == ("single", "When does it open?", ("Seven",))
    assert [(e.document, e.quote, e.page) for e in gold.evidence] == [("guide.md", "Seven", 2)]


def test_a_confirmed_refusal_becomes_an_unanswerable_item(tmp_path: Path) -> None:
    harvest(tmp_path, REFUSED)
    [gold] = read_gold(tmp_path / "gold.jsonl")
    assert not gold.answerable and not gold.evidence


def test_the_conversation_before_makes_it_a_follow_up(tmp_path: Path) -> None:
    leaning = replace(GOOD, answer=replace(GOOD.answer, question="And when?"))
    harvest(tmp_path, leaning, before=(REFUSED,))
    [gold] = read_gold(tmp_path / "gold.jsonl")
    assert gold.kind == "follow-up"
    assert [(turn.question, turn.answer) for turn in gold.history] == [("Who pays?", "Nobody says.")]


def test_a_question_that_stands_alone_needs_no_history(tmp_path: Path) -> None:
    [record] = harvest(tmp_path, GOOD, before=(REFUSED,))
    assert (record["kind"], record["history"]) == ("single", [])


def test_a_source_that_was_called_wrong_is_no_evidence(tmp_path: Path) -> None:
    other = replace(CITED, number=2, quote="Eight", source="plan.md", page=None)
    sentence = replace(GOOD.answer.sentences[0], citations=(CITED, other))
    two = replace(GOOD, answer=replace(GOOD.answer, sentences=(sentence,)))
    [record] = harvest(tmp_path, two)
    assert record["kind"] == "multi"
    (tmp_path / "gold.jsonl").unlink()
    [record] = harvest(tmp_path, two, replace(two, wrong=(1,)))
    assert record["evidence"] == [{"document": "plan.md", "quote": "Eight"}]


def test_what_was_only_doubted_needs_a_person(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    feedback.append(REFUSED, ())
    feedback.append(replace(GOOD, thumb="bad"), ())
    found = write_gold(feedback.path, tmp_path / "gold.jsonl")
    assert found.open_questions == ("When does it open?",)
    assert [record["question"] for record in found.records] == ["Who pays?"]


def test_the_last_judgement_counts_and_one_taken_back_is_none(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    for thumb in ("bad", "good", ""):
        feedback.append(replace(GOOD, thumb=thumb), ())
    feedback.append(REFUSED, ())
    found = write_gold(feedback.path, tmp_path / "gold.jsonl")
    assert (len(found.records), found.open_questions) == (1, ())


def test_an_answer_that_is_judged_again_comes_after_the_others(tmp_path: Path) -> None:
    again = replace(GOOD, answer=replace(GOOD.answer, sentences=(replace(GOOD.answer.sentences[0], text="At 7."),)))
    feedback = Feedback(tmp_path)
    for exchange in (GOOD, replace(again, thumb="bad"), GOOD):
        feedback.append(exchange, ())
    found = write_gold(feedback.path, tmp_path / "gold.jsonl")
    assert (len(found.records), found.open_questions) == (1, ())


def test_faults_are_told_by_line(tmp_path: Path) -> None:
    path = tmp_path / "feedback.jsonl"
    with pytest.raises(GoldError, match="does not exist"):
        write_gold(path, tmp_path / "gold.jsonl")
    path.write_text('{"id": "x"}\n')
    with pytest.raises(GoldError, match=r"feedback\.jsonl:1: field 'question' is missing"):
        write_gold(path, tmp_path / "gold.jsonl")
    path.write_text("")
    with pytest.raises(GoldError, match="confirms no answer"):
        write_gold(path, tmp_path / "gold.jsonl")


def test_a_line_ends_where_json_lines_do(tmp_path: Path) -> None:
    question = "When\u2028does it\u0085open?"
    [record] = harvest(tmp_path, replace(GOOD, answer=replace(GOOD.answer, question=question)))
    assert record["question"] == question == read_gold(tmp_path / "gold.jsonl")[0].question


def test_work_by_hand_is_never_written_over(tmp_path: Path) -> None:
    output = tmp_path / "gold.jsonl"
    harvest(tmp_path, GOOD)
    harvest(tmp_path, REFUSED)
    assert len(read_gold(output)) == 2, "what the feedback gives itself may be written anew"
    for text in (output.read_text().replace("Seven", "At seven"), f"{output.read_text()}by hand\n"):
        output.write_text(text)
        with pytest.raises(GoldError, match=r"gold\.jsonl holds lines that the feedback does not give.*--output\.$"):
            harvest(tmp_path, GOOD)
        assert output.read_text() == text


def test_a_gold_set_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "gold.jsonl").mkdir()
    with pytest.raises(GoldError, match=r"gold\.jsonl cannot be written: Is a directory\. Give another file"):
        harvest(tmp_path, GOOD)
    with pytest.raises(GoldError, match=r"cannot be written: .*\. Give another file"):
        write_gold(tmp_path / "feedback.jsonl", tmp_path / "feedback.jsonl" / "gold.jsonl")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "feedback.jsonl").mkdir()
    with pytest.raises(StorageError, match="could not be written"):
        Feedback(tmp_path).append(GOOD, ())


def test_a_line_says_nothing_about_who_judged(tmp_path: Path) -> None:
    Feedback(tmp_path).append(GOOD, ())
    line = json.loads((tmp_path / "feedback.jsonl").read_text())
    assert set(line) == {
        "id", "when", "question", "standalone", "history", "answer", "abstained", "thumb", "citations",
    }  # fmt: skip


def test_the_command_line_writes_a_gold_set(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path)
    feedback.append(REFUSED, ())
    feedback.append(replace(GOOD, thumb="bad"), ())
    made = CliRunner().invoke(
        app, ["eval", "gold-from-feedback", "-o", str(tmp_path / "g.jsonl"), "--data-dir", str(tmp_path)]
    )
    assert made.exit_code == 0
    assert "g.jsonl: 1." in made.output and "by hand: When does it open?" in made.output
    assert len(read_gold(tmp_path / "g.jsonl")) == 1
    missing = CliRunner().invoke(app, ["eval", "gold-from-feedback", "--data-dir", str(tmp_path / "none")])
    assert missing.exit_code == 2 and "Judge answers in the window first." in missing.output
