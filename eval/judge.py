"""Opinions of a language model about the answers of a run, through llama-index's evaluators.

They stand in a file of their own and never among the measures: another judge, or the same one tomorrow, may say
otherwise. Faithful: the cited words support the answer. Relevant: answer and cited words fit the question. Correct: the
answer agrees with the gold answer, on a scale from 1 to 5.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.gold import GoldError
from eval.metrics import interval
from eval.output import Progress, check_output, draft_of, keep_rows, write_json
from eval.summary import Measure, bounds

OPINIONS = ("faithful", "relevant", "correct", "score")


def judge(
    result: dict[str, Any], llm: Any, output: Path, limit: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Let ``llm``, any llama-index LLM, judge the answers that were given; write ``output`` and return what it holds.

    An interrupted run goes on where it stopped. A question that the judge fails on, or does not answer in the form it
    was asked for, keeps the error and counts nowhere.

    Raises:
        GoldError: no answer was given, or the results do not hold the cited words; ``output`` cannot be written; the
            judge judged nothing.
    """
    rows = [row for row in result["rows"] if row.get("answered") and row["kind"] != "unanswerable"][:limit]
    if not rows:
        raise GoldError("These results hold no answer to judge.", "Run `rag eval` first.")
    if any("cited" not in row for row in rows):
        raise GoldError("These results do not hold the cited words.", "Run `rag eval` again, then judge.")
    check_output(output)
    name = str(llm.metadata.model_name)
    asked = json.dumps([name, [[row["id"], row["answer"], row["cited"]] for row in rows]])
    head = {"judge": name, "run": result.get("name", ""), "of": hashlib.sha256(asked.encode()).hexdigest()[:16]}
    draft = draft_of(output)
    judged = keep_rows(draft, head, {row["id"]: row for row in rows}, lambda row: _ask(llm, row), progress, "judge")
    found = {**head, "opinions": [asdict(opinion) for opinion in _summarise_opinions(judged)], "rows": judged}
    if found["opinions"]:
        write_json(output, found)
    draft.unlink(missing_ok=True)
    if not found["opinions"]:
        problem = f"Nothing was judged: {judged[0]['error'].rstrip('.')}."
        raise GoldError(problem, "See that the LLM answers, then judge again.")
    return found


def _ask(llm: Any, row: dict[str, Any]) -> dict[str, Any]:
    from llama_index.core.evaluation import CorrectnessEvaluator, FaithfulnessEvaluator, RelevancyEvaluator

    asked: dict[str, Any] = {
        "query": row.get("standalone") or row["question"], "response": row["answer"], "contexts": row["cited"],
    }  # fmt: skip
    said: dict[str, Any] = {"id": row["id"]}
    try:
        said["faithful"] = _yes(FaithfulnessEvaluator(llm=llm).evaluate(**asked))
        said["relevant"] = _yes(RelevancyEvaluator(llm=llm).evaluate(**asked))
        if row.get("gold"):
            verdict = CorrectnessEvaluator(llm=llm).evaluate(**asked, reference=" | ".join(row["gold"]))
            said |= {"score": verdict.score, "reason": verdict.feedback}
            said["correct"] = None if verdict.score is None else float(bool(verdict.passing))
    except Exception as error:  # noqa: BLE001 - one reply must not end a run of hours; the row keeps it
        said["error"] = f"{type(error).__name__}: {error}"
    return said


def _yes(verdict: Any) -> float:
    """Return 1 for yes and 0 for no; llama-index takes anything else for a no, which would be a silent zero."""
    if not re.search(r"\b(yes|no)\b", verdict.feedback or "", re.IGNORECASE):
        raise ValueError(f"neither yes nor no: {(verdict.feedback or '')[:80]!r}")
    return float(verdict.score)


def _summarise_opinions(rows: Sequence[dict[str, Any]]) -> list[Measure]:
    """Return the mean of each opinion over the questions that it was given on, with its 95 % interval."""
    found = []
    for name in OPINIONS:
        values = [float(row[name]) for row in rows if row.get(name) is not None]
        if values:
            found.append(Measure(name, sum(values) / len(values), *interval(values), len(values)))
    return found


def format_opinions(judged: dict[str, Any]) -> str:
    """Return the opinions as a table that says whose they are."""
    lines = [f"Opinions of {judged['judge']}, no measures", f"{'':24} {'mean':>6}  {'95 % interval':>16}  {'n':>5}"]
    for opinion in judged["opinions"]:
        lines.append(f"{opinion['name']:24} {opinion['value']:6.3f}  {bounds(opinion):>16}  {opinion['count']:5d}")
    lines += [f"not judged: {row['id']}: {row['error']}" for row in judged["rows"] if "error" in row]
    return "\n".join(lines)
