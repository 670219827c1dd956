"""Opinions of a language model: asked through llama-index, kept apart, resumed, and never a silent number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage, ChatResponse
from typer.testing import CliRunner

from eval.cli import app
from eval.gold import GoldError
from eval.judge import format_opinions, judge
from tests.scripted_llm import ScriptedLLM


class Judge(ScriptedLLM):
    """Replies to a prompt by the first of ``pieces``, (words of the prompt, reply); an exception is raised."""

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        prompt = "\n".join(message.content or "" for message in messages)
        self.asked.append([("user", prompt)])
        reply = next(reply for words, reply in self.pieces if all(word in prompt for word in words))
        if isinstance(reply, BaseException):
            raise reply
        return ChatResponse(message=ChatMessage(role="assistant", content=reply))


def run(*rows: dict[str, Any]) -> dict[str, Any]:
    base = {
        "kind": "single",
        "answered": 1.0,
        "confidence": 1.0,
        "cited": ["The Orion array holds 96 disks."],
        "gold": ["96"],
    }
    return {"name": "run", "gold": "g", "rows": [base | row for row in rows]}


RUN = run(
    {"id": "1", "question": "How many disks?", "answer": "It holds 96 disks."},
    {"id": "2", "question": "How many lamps?", "answer": "It holds 97 lamps."},
    {"id": "3", "question": "Who?", "answer": "", "answered": 0.0},
    {"id": "4", "question": "Why?", "answer": "So.", "kind": "unanswerable"},
)
GRADE = "Reference Answer"
REPLIES = [((GRADE, "97 lamps"), "2.0\nWrong."), ((GRADE,), "5.0\nRight."), (("97 lamps",), "NO"), ((), "Yes.")]


def test_answers_that_were_given_are_judged_and_the_opinions_stand_apart(tmp_path: Path) -> None:
    llm = Judge(pieces=REPLIES)
    found = judge(RUN, llm, tmp_path / "run.judged.json")
    means = {opinion["name"]: (opinion["value"], opinion["count"]) for opinion in found["opinions"]}
    assert means == {"faithful": (0.5, 2), "relevant": (0.5, 2), "correct": (0.5, 2), "score": (3.5, 2)}
    assert found["rows"][1]["reason"] == "Wrong." and len(llm.asked) == 6
    assert all("The Orion array holds 96 disks." in asked[0][1] for asked in llm.asked if GRADE not in asked[0][1])
    assert json.loads((tmp_path / "run.judged.json").read_text()) == found
    assert [path.name for path in tmp_path.iterdir()] == ["run.judged.json"]
    assert format_opinions(found).startswith("Opinions of scripted, no measures\n")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((("96 disks.",), "Perhaps."), "neither yes nor no: 'Perhaps.'"),
        (((GRADE, "holds 96 disks."), "Fine."), "ValueError"),
        ((("holds 96 disks.",), TimeoutError("late")), "TimeoutError: late"),
    ],
)
def test_a_reply_that_is_no_verdict_counts_nowhere_and_is_told(tmp_path: Path, reply: Any, error: str) -> None:
    lamps = [(("97 lamps", *words), said) for words, said in (((GRADE,), "2.0\nWrong."), ((), "NO"))]
    found = judge(RUN, Judge(pieces=[*lamps, reply, ((), "YES")]), tmp_path / "j.json")
    assert error in found["rows"][0]["error"] and error in format_opinions(found)
    assert {opinion["name"]: opinion["count"] for opinion in found["opinions"]}["correct"] == 1


def test_a_judge_that_does_not_answer_is_an_error_and_is_asked_again(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"Nothing was judged: TimeoutError: late\."):
        judge(RUN, Judge(pieces=[((), TimeoutError("late"))]), tmp_path / "j.json")
    assert not list(tmp_path.iterdir())
    assert judge(RUN, Judge(pieces=REPLIES), tmp_path / "j.json")["opinions"]


def test_an_interrupted_judge_goes_on_where_it_stopped(tmp_path: Path) -> None:
    output = tmp_path / "j.json"
    with pytest.raises(KeyboardInterrupt):
        judge(RUN, Judge(pieces=[(("97 lamps",), KeyboardInterrupt()), *REPLIES]), output)
    assert not output.exists()
    llm = Judge(pieces=REPLIES)
    assert len(judge(RUN, llm, output)["rows"]) == 2
    assert len(llm.asked) == 3, "the first answer is not judged again"


def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no answer to judge"):
        judge(run({"id": "3", "answer": "", "answered": 0.0}), Judge(), tmp_path / "j.json")
    old = {"rows": [{"id": "1", "kind": "single", "answered": 1.0, "answer": "x", "question": "y"}]}
    with pytest.raises(GoldError, match="do not hold the cited words"):
        judge(old, Judge(), tmp_path / "j.json")
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    done = CliRunner().invoke(app, ["judge", str(tmp_path / "run.json"), "--data-dir", str(tmp_path)])
    assert done.exit_code == 2 and done.stderr.startswith("error: No LLM is configured to judge.")
