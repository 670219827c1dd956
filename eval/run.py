"""A run: every gold question is asked on the path that people use, measured, and written down so that it can resume."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.gold import Gold, GoldError, Span, digest, locate
from eval.metrics import (
    answer_recall,
    auroc,
    citation_precision,
    evidence_quoted,
    interval,
    randomisation_p,
    rank_measures,
    token_f1,
)
from rag import Chatbot, IngestProgress, RagError, Verdict

RANKS = 10
SUPPORTED = (Verdict.QUOTED, Verdict.SUPPORTED)


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over questions with its 95 % bootstrap interval; ``count`` is the number of questions."""

    name: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """A measure of two runs over the same questions: mean difference, its 95 % interval, and a two-sided p."""

    name: str
    before: float
    after: float
    low: float
    high: float
    p: float
    count: int

    @property
    def is_drop(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0


def evaluate(
    bot: Chatbot, gold: Sequence[Gold], output: Path, progress: Callable[[IngestProgress], None] | None = None
) -> dict[str, Any]:
    """Ask every question, write ``output`` (JSON) in one step at the end, and return what was written.

    Rows are kept beside it while the run goes on, so an interrupted run goes on where it stopped. A question that
    fails counts as wrong and keeps its error.

    Raises:
        GoldError: the gold set does not fit the documents, or a measure came out as no number.
    """
    spans = locate(gold, [bot.document(info.id) for info in bot.documents()])
    head = _head(bot, gold)
    draft = output.with_suffix(".partial.jsonl")
    rows = _resume(draft, head)
    output.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("a", encoding="utf-8") as file:
        if not rows:
            file.write(json.dumps(head) + "\n")
        for done, item in enumerate(gold):
            if item.id not in rows:
                rows[item.id] = ask(bot, item, spans[item.id])
                file.write(json.dumps(rows[item.id]) + "\n")
                file.flush()
            if progress:
                progress(IngestProgress(done + 1, len(gold), item.id, "ask"))
    result = {**head, "measures": [_as_dict(m) for m in summarise(list(rows.values()))], "rows": list(rows.values())}
    temporary = output.with_suffix(".tmp")
    temporary.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    temporary.replace(output)
    draft.unlink()
    return result


def ask(bot: Chatbot, item: Gold, spans: Sequence[Span]) -> dict[str, Any]:
    """Ask one question and return its row; a failing question is a row of zeros with the error."""
    row: dict[str, Any] = {"id": item.id, "kind": item.kind, "question": item.question}
    try:
        answer = bot.ask(item.question, item.history)
        hits = bot.search(answer.standalone, RANKS) if item.answerable else []
    except RagError as error:
        zeros = dict.fromkeys(("answered", "confidence", "recall@1", "recall@5", "mrr@10", "ndcg@10", "quoted"), 0.0)
        return row | zeros | {"error": str(error)}
    row |= {
        "standalone": answer.standalone,
        "answer": answer.text,
        "confidence": answer.confidence,
        "answered": float(not answer.abstained),
        "seconds": answer.seconds,
        "tokens": answer.tokens,
        "words": len(answer.text.split()) if not answer.abstained else 0,
    }
    if item.answerable:
        said = " ".join(sentence.text for sentence in answer.sentences)
        row |= rank_measures(spans, hits)
        row |= {
            "gold": item.answer,
            "quoted": evidence_quoted(spans, answer.citations),
            "answer_recall": answer_recall(said, item.answer),
            "answer_f1": token_f1(said, item.answer),
            "retrieved": [f"{hit.passage.source}: {hit.passage.text[:80]}" for hit in hits[:5]],
        }
    if answer.sentences:
        row["supported"] = float(np.mean([sentence.verdict in SUPPORTED for sentence in answer.sentences]))
        if item.answerable:
            row["citation_precision"] = citation_precision(spans, answer.citations)
    return row


def summarise(rows: Sequence[dict[str, Any]]) -> list[Measure]:
    """Return every measure over its questions.

    Retrieval and answers are measured over answerable questions, an unanswered one counting 0; citations over answers
    that were given; abstention over all. ``refused`` is 1 for an unanswerable question that got no answer.

    Raises:
        GoldError: a value is not a number.
    """
    found = []
    for name, values in columns(rows).items():
        if values and not np.isfinite(list(values.values())).all():
            raise GoldError(f"Measure {name} is not a number for some question.", "Report this run.")
        if values:
            sample = list(values.values())
            found.append(Measure(name, float(np.mean(sample)), *interval(sample), len(sample)))
    truth, scores = [row["kind"] != "unanswerable" for row in rows], [row["confidence"] for row in rows]
    if any(truth) and not all(truth):
        pairs = np.random.default_rng(0).integers(0, len(rows), (500, len(rows)))
        draws = [auroc(np.asarray(scores)[i], np.asarray(truth)[i]) for i in pairs]
        low, high = np.nanpercentile(draws, [2.5, 97.5])
        found.append(Measure("abstention_auroc", auroc(scores, truth), float(low), float(high), len(rows)))
    return found


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return for each measure the value of each question that it is measured over, by question id."""
    answerable = [row for row in rows if row["kind"] != "unanswerable"]
    table = {
        name: {row["id"]: float(row.get(name, 0.0)) for row in answerable}
        for name in ("recall@1", "recall@5", "mrr@10", "ndcg@10", "quoted", "answer_recall", "answer_f1", "answered")
    }
    table["refused"] = {row["id"]: 1.0 - row["answered"] for row in rows if row["kind"] == "unanswerable"}
    for name in ("citation_precision", "supported"):
        table[name] = {row["id"]: float(row[name]) for row in rows if name in row}
    for name in ("words", "seconds"):
        table[name] = {row["id"]: float(row[name]) for row in rows if row.get("answered") and name in row}
    for kind in dict.fromkeys(row["kind"] for row in answerable):
        table[f"quoted, {kind}"] = {
            row["id"]: float(row.get("quoted", 0.0)) for row in answerable if row["kind"] == kind
        }
    return table


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return every measure that both runs have, paired by question.

    Raises:
        GoldError: the runs are over different gold sets, or share fewer than two questions.
    """
    if before["gold"] != after["gold"]:
        raise GoldError("The two runs measured different gold sets.", "Run the older one again with today's gold set.")
    changes = []
    old, new = columns(before["rows"]), columns(after["rows"])
    for name in [name for name in old if name in new and name not in ("seconds", "words")]:
        shared = [key for key in old[name] if key in new[name]]
        if len(shared) < 2:
            continue
        first, second = np.array([old[name][k] for k in shared]), np.array([new[name][k] for k in shared])
        low, high = interval(second - first)
        p = randomisation_p(second, first)
        changes.append(Change(name, float(first.mean()), float(second.mean()), low, high, p, len(shared)))
    if not changes:
        raise GoldError("The runs share fewer than two questions.", "One question says nothing; use more.")
    return changes


def read_results(path: Path) -> dict[str, Any]:
    """Read the results of a run.

    Raises:
        GoldError: the file is missing or is no results file.
    """
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        return {**result, "rows": list(result["rows"]), "gold": str(result["gold"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(
            f"{path.name} is no results file: {error}.", "Make one with `rag eval --output FILE`."
        ) from None


def _head(bot: Chatbot, gold: Sequence[Gold]) -> dict[str, Any]:
    dials = bot.settings.model_dump(mode="json", exclude={"data_dir", "host", "port", "login", "llm_api_key"})
    state = bot.status()
    return {
        "gold": digest(gold),
        "embedding_model": state.embedding_model,
        "documents": state.documents,
        "passages": state.passages,
        "settings": dials,
    }


def _resume(draft: Path, head: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows of an interrupted run with the same head, or none."""
    try:
        lines = [json.loads(line) for line in draft.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        lines = []
    if lines and lines[0] == head:
        return {row["id"]: row for row in lines[1:]}
    draft.unlink(missing_ok=True)
    return {}


def _as_dict(measure: Measure) -> dict[str, Any]:
    return {name: getattr(measure, name) for name in ("name", "value", "low", "high", "count")}
