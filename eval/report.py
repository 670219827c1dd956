"""Results as text for people: one table of measures, the worst questions, and what changed between two runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.summary import Change

_LABELS = {
    "hit@1": "retrieval: the first hit holds evidence",
    "recall@1": "retrieval: evidence at rank 1",
    "recall@5": "retrieval: evidence in the first 5",
    "mrr@10": "retrieval: mean reciprocal rank",
    "map@10": "retrieval: mean average precision",
    "ndcg@10": "retrieval: nDCG@10",
    "char_recall@5": "retrieval: evidence's characters in five",
    "char_precision@5": "retrieval: share of evidence in five",
    "char_iou@5": "retrieval: intersection over union in five",
    "citations_matched": "citation: true pages cited",
    "page_precision": "citation: cited pages that are true",
    "pages_cited": "pages cited in an answer",
    "answer_in_1": "answer: gold answer in the first sentence",
    "answer_in_2": "answer: gold answer in the first two",
    "answer_in_3": "answer: gold answer in the first three",
    "answer_em": "answer: exact match",
    "quoted": "answer: evidence in the cited words",
    "answer_recall": "answer: words of the gold answer said",
    "answer_f1": "answer: token F1 with the gold answer",
    "answered": "abstention: answerable questions answered",
    "refused": "abstention: unanswerable questions refused",
    "citation_precision": "citation: touches the evidence",
    "supported": "citation: sentences that their source supports",
    "abstention_auroc": "abstention: AUROC of the confidence",
    "abstention_precision": "abstention: precision of refusing",
    "abstention_recall": "abstention: recall of refusing",
    "abstention_f1": "abstention: F1 of refusing",
    "words": "words in an answer",
    "seconds": "seconds a question",
    "tokens": "tokens of the LLM a question",
}


def label(measure: str) -> str:
    """Return what people call a measure."""
    name, comma, rest = measure.partition(", ")
    return f"{_LABELS.get(name, name)}{comma}{rest}"


def format_measures(result: dict[str, Any]) -> str:
    """Return the measures as a table, with 95 % intervals."""
    lines = [f"{'measure':58} {'value':>7}  {'95 % interval':>16}  {'n':>5}"]
    for measure in result["measures"]:
        name = label(measure["name"])
        bounds = f"{measure['low']:.3f} to {measure['high']:.3f}"
        lines.append(f"{name:58} {measure['value']:7.3f}  {bounds:>16}  {measure['count']:5d}")
    lines += [f"warning: {warning}" for warning in result["warnings"]]
    failed = [row for row in result["rows"] if "error" in row]
    lines += [f"failed: {row['id']}: {row['error']}" for row in failed]
    return "\n".join(lines)


def format_worst(result: dict[str, Any], limit: int = 10) -> str:
    """Return the questions that went wrong: not found, not quoted, refused or answered against the gold set."""
    wrong = [row for row in result["rows"] if fault(row)]
    wrong.sort(key=lambda row: (row.get("recall@5", 1.0), row["id"]))
    if not wrong:
        return f"None of {len(result['rows'])} questions went wrong."
    lines = [f"{len(wrong)} of {len(result['rows'])} questions went wrong; the first {min(limit, len(wrong))}:"]
    for row in wrong[:limit]:
        lines.append(f"  {row['id']} ({row['kind']}): {fault(row)}: {row['question']}")
        lines += [f"      found: {found}" for found in row.get("retrieved", ())[:2]]
    return "\n".join(lines)


def fault(row: dict[str, Any]) -> str:
    """Say what went wrong with a question, or return an empty string."""
    if row["kind"] == "unanswerable":
        return "answered, but the documents do not say" if row["answered"] else ""
    if not row["answered"]:
        return "refused, but the documents say"
    if row.get("recall@5", 0) < 1:
        return "evidence not in the first 5"
    reached = next((row[name] for name in ("quoted", "citations_matched", "answer_in_3") if name in row), 1)
    return "" if reached >= 1 else "evidence not quoted"


def format_changes(changes: Sequence[Change]) -> str:
    """Return what changed between two runs, drops marked."""
    lines = [f"{'measure':58} {'before':>7} {'after':>7}  {'95 % interval':>18}  {'p':>6}"]
    for change in changes:
        name = label(change.name)
        bounds = f"{change.low:+.3f} to {change.high:+.3f}"
        mark = "  DROP" if change.is_drop else ""
        lines.append(f"{name:58} {change.before:7.3f} {change.after:7.3f}  {bounds:>18}  {change.p:6.4f}{mark}")
    return "\n".join(lines)
