"""Gold items from what people thought of answers in the window: what they confirmed, never what they only doubted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from eval.gold import GoldError, read_file, read_gold, refuse
from eval.strict import Faults, split_lines


class Cited(BaseModel):
    """Words that an answer cited, and whether somebody called them the wrong source."""

    document: str
    quote: str
    page: int | None = None
    wrong: bool = False


class Judgement(BaseModel):
    """One line of ``feedback.jsonl``: an answer and what was thought of it."""

    id: str
    question: str
    standalone: str
    history: list[dict[str, str]]
    answer: str
    abstained: str
    thumb: Literal["", "good", "bad"]
    citations: list[Cited]

    @property
    def needed_history(self) -> list[dict[str, str]]:
        """The conversation before it, unless the question stood on its own feet."""
        return [] if self.standalone.strip() == self.question.strip() else self.history


@dataclass(frozen=True, slots=True)
class Harvest:
    """What feedback gave: gold records, and the questions that were called bad and need an answer by hand."""

    records: tuple[dict[str, Any], ...]
    open_questions: tuple[str, ...]


def read_feedback(path: Path) -> list[Judgement]:
    """Read the judgements, the last one of each answer, in the order in which they were given.

    Raises:
        GoldError: the file is missing or has faults; each is listed with its line.
    """
    faults = Faults()
    text = read_file(path, "Judge answers in the window first.")
    last: dict[str, Judgement] = {}
    for _, judgement in faults.lines(text, Judgement, path):
        last.pop(judgement.id, None)  # the last one stands last
        last[judgement.id] = judgement
    refuse("The feedback", faults.found, "Take these lines out.")
    return list(last.values())


def harvest(judgements: Sequence[Judgement]) -> Harvest:
    """Turn confirmed answers into gold records; of several for one question the last counts.

    An answer that was called good becomes an item whose evidence is what it cites, without the sources called wrong; a
    refusal that was called good becomes an unanswerable item. Whatever was called bad, or has no source left, needs a
    person: nobody has said what the right answer is.
    """
    records: dict[str, dict[str, Any]] = {}
    needed: dict[str, str] = {}
    for judgement in judgements:
        evidence = {(c.document, c.quote): c for c in judgement.citations if not c.wrong}
        confirmed = judgement.thumb == "good" and bool(judgement.abstained or evidence)
        key = json.dumps([judgement.question.casefold(), judgement.needed_history])
        records.pop(key, None)
        needed.pop(key, None)
        if confirmed:
            records[key] = _record(judgement, list(evidence.values()))
        elif judgement.thumb or any(c.wrong for c in judgement.citations):
            needed[key] = judgement.question
    return Harvest(tuple(records.values()), tuple(needed.values()))


def _record(judgement: Judgement, evidence: Sequence[Cited]) -> dict[str, Any]:
    kind = "follow-up" if judgement.needed_history else "single" if len(evidence) == 1 else "multi"
    pages = [{"page": c.page} if c.page is not None else {} for c in evidence]
    cited = [{"document": c.document, "quote": c.quote, **page} for c, page in zip(evidence, pages, strict=True)]
    return {
        "id": f"feedback-{judgement.id}",
        "kind": "unanswerable" if judgement.abstained else kind,
        "question": judgement.question,
        "history": judgement.needed_history,
        "answer": "" if judgement.abstained else judgement.answer,
        "evidence": [] if judgement.abstained else cited,
    }


def write_gold(feedback: Path, output: Path) -> Harvest:
    """Write the gold items that ``feedback`` gives to ``output``, and prove that ``read_gold`` takes them.

    Raises:
        GoldError: the feedback is missing, has faults or confirms nothing; or the file cannot be written, or holds
            lines that this one would lose.
    """
    advice = "Give another file with --output."
    found = harvest(read_feedback(feedback))
    if not found.records:
        raise GoldError(f"{feedback.name} confirms no answer.", "Call good answers good in the window, then run again.")
    lines = [json.dumps(record, ensure_ascii=False) for record in found.records]
    if output.is_file() and set(filter(str.strip, split_lines(read_file(output, advice)))) - set(lines):
        raise GoldError(f"{output} holds lines that the feedback does not give, and stays as it is.", advice)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise GoldError(f"{output} cannot be written: {error.strerror}.", advice) from None
    read_gold(output)
    return found
