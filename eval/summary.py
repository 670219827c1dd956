"""Rows to measures with intervals, and two runs to paired changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.gold import GoldError
from eval.metrics import abstention_measures, auroc, interval, randomisation_p

SIDES = ("meaning", "words")
RETRIEVAL = (
    "hit@1", "recall@1", "recall@5", "mrr@10", "map@10", "ndcg@10", "char_recall@5", "char_precision@5", "char_iou@5",
)  # fmt: skip
ANSWERS = (
    "quoted", "citations_matched", "answer_in_1", "answer_in_2", "answer_in_3", "answer_recall", "answer_em",
    "answer_f1",
)  # fmt: skip
_COSTS = ("seconds", "tokens", "words")  # less is no drop


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


def summarise(rows: Sequence[dict[str, Any]]) -> list[Measure]:
    """Return every measure over its questions.

    Retrieval and answers are measured over answerable questions, an unanswered one counting 0; citations over answers
    that were given; abstention, seconds and tokens over all. ``refused`` is 1 for an unanswerable question that got no
    answer.

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
    return found + _abstention(rows)


def _abstention(rows: Sequence[dict[str, Any]]) -> list[Measure]:
    """Return how well refusing tells unanswerable questions; the intervals are of questions drawn anew."""
    answerable = np.array([row["kind"] != "unanswerable" for row in rows], bool)
    if answerable.all() or not answerable.any():
        return []
    scores = np.array([row["confidence"] for row in rows], float)
    refused = np.array([not row["answered"] for row in rows], bool)

    def measure(i: Any) -> dict[str, float]:
        area = auroc(scores[i], answerable[i])
        return abstention_measures(refused[i], ~answerable[i]) | {"abstention_auroc": area}

    draws = [measure(i) for i in np.random.default_rng(0).integers(0, len(rows), (500, len(rows)))]
    found = []
    for name, value in measure(np.arange(len(rows))).items():
        low, high = np.nanpercentile([draw[name] for draw in draws], [2.5, 97.5])
        found.append(Measure(name, value, float(low), float(high), len(rows)))
    return found


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return for each measure the value of each question that it is measured over, by question id."""
    answerable = [row for row in rows if row["kind"] != "unanswerable"]
    alone = [f"{name}, {side} alone" for side in SIDES for name in RETRIEVAL]
    wanted = [*RETRIEVAL, *alone, *ANSWERS, "answered"]
    table = {
        name: {row["id"]: float(row.get(name, 0.0)) for row in answerable}
        for name in wanted
        if any(name in row for row in answerable)
    }
    table["refused"] = {row["id"]: 1.0 - row["answered"] for row in rows if row["kind"] == "unanswerable"}
    for name in ("page_precision", "pages_cited", "citation_precision", "supported"):
        table[name] = {row["id"]: float(row[name]) for row in rows if name in row and row["answered"]}
    table["words"] = {row["id"]: float(row["words"]) for row in rows if row.get("words")}
    for name in ("seconds", "tokens"):
        table[name] = {row["id"]: float(row[name]) for row in rows if row.get(name)}
    kinds = dict.fromkeys(row["kind"] for row in answerable)
    for kind in kinds if len(kinds) > 1 and "quoted" in table else ():
        table[f"quoted, {kind}"] = {
            row["id"]: float(row.get("quoted", 0.0)) for row in answerable if row["kind"] == kind
        }
    return table


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return every measure that both runs have, paired by question.

    Raises:
        GoldError: the runs are over different gold sets, or share fewer than two questions.
    """
    for what, name in (("gold", "gold sets"), ("corpus", "documents")):
        if before.get(what) != after.get(what):
            raise GoldError(f"The two runs measured different {name}.", f"Run the older one again with today's {name}.")
    changes = []
    old, new = columns(before["rows"]), columns(after["rows"])
    for name in [name for name in old if name in new and name not in _COSTS]:
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
