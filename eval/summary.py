"""Rows to measures with intervals, and two runs to paired changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.gold import GoldError
from eval.metrics import abstention_measures, auroc, interval, randomisation_p, refusing_counts, share_interval

SIDES = ("meaning", "words")
RETRIEVAL = (
    "hit@1", "recall@1", "recall@5", "mrr@10", "map@10", "ndcg@10", "recall@100",
    "char_recall@5", "char_precision@5", "char_iou@5",
)  # fmt: skip
CITED = ("quoted", "citations_matched")
SAID = ("answer_in_1", "answer_in_2", "answer_in_3", "answer_recall", "answer_em", "answer_f1")  # needs a gold answer
COSTS = ("seconds", "tokens", "words", "pages_cited")  # no shares, and less is no drop
_DRAWS, _SWAPS = 500, 1_000


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over questions with its 95 % interval; ``count`` is the number of questions that it is a share of."""

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
        """Whether the whole interval lies below zero and p below .05: over two questions an interval says nothing."""
        return self.high < 0 and self.p < 0.05

    @property
    def is_gain(self) -> bool:
        """Whether it is as sure that the measure rose."""
        return self.low > 0 and self.p < 0.05


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return a number with what it counts, in the singular for one."""
    return f"{number} {noun if number == 1 else nouns or f'{noun}s'}"


def failures(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say how many questions of a run failed, if any, and why the first did."""
    failed = [row for row in rows if "error" in row]
    wrong = f"{counted(len(failed), 'question')} failed and {'counts' if len(failed) == 1 else 'count'} as wrong"
    return [f"{wrong}; the first: {failed[0]['id']}: {failed[0]['error']}"] if failed else []


def beginning(text: str, characters: int) -> str:
    """Return a text, cut after so many characters where it is longer."""
    return text if len(text) <= characters else f"{text[:characters].rstrip()}…"


def bounds(measure: dict[str, Any]) -> str:
    """Return the interval of a measure for people; nothing where one question leaves it none."""
    if measure["count"] < 2 and measure["low"] == measure["high"]:
        return ""
    return f"{measure['low']:.3f} to {measure['high']:.3f}"


def models(result: dict[str, Any]) -> str:
    """Return the names of the models that took part in a run."""
    named = [result["embedding_model"], result["settings"].get("reranker"), result["settings"].get("llm") or "no LLM"]
    return ", ".join(filter(None, named))


def summarise(rows: Sequence[dict[str, Any]]) -> list[Measure]:
    """Return every measure over its questions.

    Retrieval and answers are measured over answerable questions, an unanswered one counting 0, and what an answer says
    over those that have a gold answer; citations over answers that were given; abstention, seconds and tokens over all.
    ``refused`` is 1 for an unanswerable question that got no answer. One that failed counts as answered, and surely.

    Raises:
        GoldError: a value is not a number.
    """
    found = []
    for name, values in columns(rows).items():
        if values and not np.isfinite(list(values.values())).all():
            raise GoldError(f"Measure {name} is not a number for some question.", "Report this run.")
        if values:
            sample = list(values.values())
            bounds = interval(sample) if name in COSTS else share_interval(sample)
            found.append(Measure(name, float(np.mean(sample)), *bounds, len(sample)))
    return found + _abstention(rows)


def _abstention(rows: Sequence[dict[str, Any]]) -> list[Measure]:
    """Return how well refusing tells unanswerable questions, as far as it is defined.

    The intervals are of questions drawn anew, or exact where all that a measure is a share of were right, or none.
    """
    judged = _judged(rows)
    if not _both_kinds(judged):
        return []
    counts = refusing_counts(judged[:, 1], 1 - judged[:, 0])
    draws = [_refusing(judged[drawn]) for drawn in _drawn(judged)]
    found = []
    for name, value in _refusing(judged).items():
        count = counts.get(name, len(rows))
        if not np.isnan(value):
            low, high = map(float, np.nanpercentile([draw[name] for draw in draws], [2.5, 97.5]))
            if value in (0, 1):  # of the area, as if each of the rarer kind were one try
                tries = count if name in counts else min(Counter(judged[:, 0]).values())
                low, high = share_interval([value] * tries)
                if name == "abstention_f1":  # it is 2 s / (1 + s) of the share s for which both hold
                    low, high = 2 * low / (1 + low), 2 * high / (1 + high)
            found.append(Measure(name, value, low, high, count))
    return found


def _drawn(judged: NDArray[np.float64]) -> Iterator[NDArray[np.int64]]:
    """Yield so many questions drawn anew, each time such that both kinds are among them."""
    random, many = np.random.default_rng(0), len(judged)
    for drawn in (random.integers(0, many, many) for _ in range(_DRAWS)):
        if _both_kinds(judged[drawn]):
            yield drawn


def _judged(rows: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """Return for each question whether it is answerable, whether it was refused, and the confidence."""
    found = []
    for row in rows:
        answerable = row["kind"] != "unanswerable"
        failed = "error" in row and not answerable
        found.append((answerable, not row["answered"] and not failed, 1.0 if failed else row["confidence"]))
    return np.array(found, float)


def _both_kinds(judged: NDArray[np.float64]) -> bool:
    return len(judged) > 0 and 0 < judged[:, 0].mean() < 1


def _refusing(judged: NDArray[np.float64]) -> dict[str, float]:
    answerable, refused, scores = judged.T
    return abstention_measures(refused, 1 - answerable) | {"abstention_auroc": auroc(scores, answerable)}


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return for each measure the value of each question that it is measured over, by question id."""
    answerable = [row for row in rows if row["kind"] != "unanswerable"]
    alone = [f"{name}, {side} alone" for side in SIDES for name in RETRIEVAL]
    wanted = [*RETRIEVAL, *alone, *CITED, *SAID, "answered"]
    table = {
        name: {row["id"]: float(row.get(name, 0.0)) for row in answerable if name not in SAID or row.get("gold")}
        for name in wanted
        if any(name in row for row in answerable)
    }
    table["refused"] = {
        row["id"]: float(not row["answered"] and "error" not in row) for row in rows if row["kind"] == "unanswerable"
    }
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


def refuse_unlike(before: dict[str, Any], after: dict[str, Any], advice: str = "") -> None:
    """Raise a GoldError if two runs are over different questions or documents, or over too few.

    The same files, read otherwise by another version of the program, are the same documents.
    ``advice`` is the next step where questions or documents are others than they were.
    """
    if before.get("gold") != after.get("gold") and (sizes := _asked(before)) != _asked(after):
        problem = f"The older run asked {sizes}, the newer one {_asked(after)}."
        again = "Run one of them again, over the same questions and with the same --limit."
        raise GoldError(problem, again if _is_sample(before) or _is_sample(after) else advice or again)
    if before.get("gold") != after.get("gold"):
        again = "Run the older one again with today's gold set."
        raise GoldError("The two runs measured different gold sets.", advice or again)
    told = "files" in before and "files" in after
    if before.get("corpus") != after.get("corpus") and not (told and before["files"] == after["files"]):
        or_not = "" if told else ", or another version read the same ones: the older run does not tell which"
        again = "Run the older one again with today's documents and program."
        raise GoldError(f"The two runs measured different documents{or_not}.", advice or again)
    if len(after["rows"]) < 2:
        raise GoldError("The runs share fewer than two questions.", "One question says nothing; use more.")


def _asked(run: dict[str, Any]) -> str:
    asked = counted(len(run["rows"]), "question")
    return f"{asked}, a sample of {run['of']}" if _is_sample(run) else asked


def _is_sample(run: dict[str, Any]) -> bool:
    return bool(run.get("of", 0) > len(run["rows"]))


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return every measure that both runs have, paired by question.

    Raises:
        GoldError: the runs are over different questions or documents, or share fewer than two questions.
    """
    refuse_unlike(before, after)
    changes = []
    old, new = columns(before["rows"]), columns(after["rows"])
    for name in [name for name in old if name in new and name not in COSTS]:
        shared = [key for key in old[name] if key in new[name]]
        if not shared:
            continue
        first, second = np.array([old[name][k] for k in shared]), np.array([new[name][k] for k in shared])
        low, high = interval(second - first) if len(shared) > 1 else (-1.0, 1.0)  # of one, a share may do anything
        p = randomisation_p(second, first)
        changes.append(Change(name, float(first.mean()), float(second.mean()), low, high, p, len(shared)))
    return changes + _refusing_changes(before["rows"], after["rows"])


def _refusing_changes(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> list[Change]:
    """Return how well refusing tells unanswerable questions, before and after, as far as it is defined in both.

    Intervals are of questions drawn anew; p is the share of random swaps between the runs that differ as much.
    """
    again = {row["id"]: row for row in after}
    old = _judged([row for row in before if row["id"] in again])
    new = _judged([again[row["id"]] for row in before if row["id"] in again])
    if not _both_kinds(old):
        return []
    rng, many = np.random.default_rng(0), len(old)
    first, second = _refusing(old), _refusing(new)
    draws = [_differences(old[drawn], new[drawn]) for drawn in _drawn(old)]
    swaps = (rng.random((many, 1)) < 0.5 for _ in range(_SWAPS))
    swapped = [_differences(np.where(swap, new, old), np.where(swap, old, new)) for swap in swaps]
    changes = []
    for name, difference in _differences(old, new).items():
        differences = [draw[name] for draw in draws if not np.isnan(draw[name])]
        if np.isnan(difference) or not differences:
            continue
        low, high = np.percentile(differences, [2.5, 97.5])
        others = [abs(swap[name]) for swap in swapped if not np.isnan(swap[name])]
        extreme = sum(other >= abs(difference) - 1e-12 for other in others)
        p = (extreme + 1) / (len(others) + 1)
        changes.append(Change(name, first[name], second[name], float(low), float(high), p, many))
    return changes


def _differences(old: NDArray[np.float64], new: NDArray[np.float64]) -> dict[str, float]:
    before = _refusing(old)
    return {name: value - before[name] for name, value in _refusing(new).items()}
