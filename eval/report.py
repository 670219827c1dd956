"""Results as text for people: one table of measures, the worst questions, and what changed between two runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from textwrap import wrap
from typing import Any

from eval.summary import Change, beginning, bounds, counted

_LABELS = {
    "hit@1": "retrieval: the first hit holds evidence",
    "recall@1": "retrieval: evidence at rank 1",
    "recall@5": "retrieval: evidence in the first 5",
    "mrr@10": "retrieval: mean reciprocal rank",
    "map@10": "retrieval: mean average precision",
    "ndcg@10": "retrieval: nDCG@10",
    "recall@100": "retrieval: evidence in the first 100",
    "char_recall@5": "retrieval: evidence's characters in five",
    "char_precision@5": "retrieval: characters in five that are evidence",
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

_ALONE = "retrieval by one side alone"
_GROUPS = ("retrieval", "answer", "citation", "abstention", "cost", _ALONE)

# What a question should have reached, the first of these that it was measured by, and what to say where it did not.
_REACHED = (
    ("quoted", "evidence not quoted"),
    ("citations_matched", "not all true pages cited"),
    ("answer_in_3", "gold answer not in the first three sentences"),
    ("hit@1", "evidence not first"),
)


_SHOWN, _BRIEFLY = 200, 120  # characters of a question; of what was wanted and found
_WORST = 10  # questions that went wrong, of those that did


def on_a_line(text: str, characters: int = _SHOWN) -> str:
    """Return a question, a quote or a passage on one line, cut where it is longer than so many characters."""
    return beginning(" ".join(text.split()), characters)


def label(measure: str) -> str:
    """Return what people call a measure."""
    name, comma, rest = measure.partition(", ")
    return f"{_LABELS.get(name, name)}{comma}{rest}"


def grouped(measures: Sequence[dict[str, Any]]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Return the measures by what they are about, each with its name there; costs and single sides come last."""
    groups: dict[str, list[tuple[str, dict[str, Any]]]] = {name: [] for name in _GROUPS}
    for measure in measures:
        group, colon, name = label(measure["name"]).partition(": ")
        group = _ALONE if name.endswith(" alone") else group if colon else "cost"
        groups[group].append((name or label(measure["name"]), measure))
    return {group: held for group, held in groups.items() if held}


def _row(name: str, width: int, figures: str) -> Iterator[str]:
    """Yield a row of a table 80 wide; a long name goes on below."""
    first, *rest = wrap(name, width, subsequent_indent="    ")
    yield f"{first:{width}} {figures}".rstrip()
    yield from rest


def format_measures(result: dict[str, Any]) -> str:
    """Return the measures as a table, with 95 % intervals."""
    lines = [f"{'measure':47} {'value':>7}  {'95 % interval':>16} {'n':>6}"]
    for group, measures in grouped(result["measures"]).items():
        lines.append(group)
        for name, measure in measures:
            lines += _row(f"  {name}", 47, f"{measure['value']:7.3f}  {bounds(measure):>16} {measure['count']:6d}")
    failed = [row for row in result["rows"] if "error" in row]
    lines += [f"failed: {row['id']}: {row['error']}" for row in failed]
    return "\n".join(lines)


def format_worst(result: dict[str, Any]) -> str:
    """Return the questions that went wrong: not found, not quoted, refused or answered against the gold set."""
    wrong = worst(result["rows"])
    if not wrong:
        return f"None of {counted(len(result['rows']), 'question')} went wrong."
    lines = [f"{how_many_wrong(len(wrong), len(result['rows']), _WORST)}:"]
    for row in wrong[:_WORST]:
        lines.append(f"  {row['id']} ({row['kind']}): {fault(row)}: {on_a_line(row['question'])}")
        lines += [f"      wanted: {on_a_line(place, _BRIEFLY)}" for place in wanted(row)]
        lines += [f"      found: {on_a_line(found, _BRIEFLY)}" for found in row.get("retrieved", ())[:2]]
    return "\n".join(lines)


def worst(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the questions that went wrong, by nDCG@10: those whose evidence was not found come first."""
    return sorted(filter(fault, rows), key=lambda row: (row.get("ndcg@10", 1.0), row["id"]))


def wanted(row: dict[str, Any], limit: int = 5) -> list[str]:
    """Return where the evidence that was wanted stands, at which rank it was found, its quote; and how many more."""
    ranks = [f", found at rank {rank}" if rank else ", not found" for rank in row.get("found_at", ())]
    quotes = [f": {quote}" for quote in row.get("quotes", ())]
    three = zip(row.get("wanted", ()), ranks or repeat(""), quotes or repeat(""), strict=False)
    named = [" ".join("".join(one).split()) for one in three]
    return named[:limit] + ([f"and {len(named) - limit} more"] if len(named) > limit else [])


def how_many_wrong(wrong: int, asked: int, shown: int) -> str:
    """Say how many questions went wrong, and how many of them are shown where that is not all."""
    return f"{wrong} of {counted(asked, 'question')} went wrong" + (f"; the first {shown}" if wrong > shown else "")


def fault(row: dict[str, Any]) -> str:
    """Say what went wrong with a question, or return an empty string."""
    if "error" in row:
        return "failed"
    if row["kind"] == "unanswerable":
        return "answered, but the documents do not say" if row["answered"] else ""
    if not row["answered"]:
        return "refused, but the documents say"
    if not row.get("recall@5"):
        return "evidence not in the first 5"
    reached, lacking = next(((row[name], what) for name, what in _REACHED if name in row), (1, ""))
    return "" if reached >= 1 else lacking


def format_changes(changes: Sequence[Change]) -> str:
    """Return what changed between two runs, with the 95 % interval of the difference; drops and gains are marked."""
    apart = [change.count > 1 and bool(change.low or change.high) for change in changes]
    changed = [change for change, some in zip(changes, apart, strict=True) if some or change.before != change.after]
    same = counted(len(changes) - len(changed), "measure")
    if not changed:
        return f"No change in {same}."
    lines = [f"{'measure':25} {'before':>6} {'after':>5} {'change':>6} {'its 95 % interval':>17} {'p':>6} {'n':>3}"]
    for change in changed:
        between = f"{change.after - change.before:+.3f}  {change.low:+.3f} to {change.high:+.3f}"
        figures = f"{change.before:6.3f} {change.after:.3f} {between} {change.p:6.4f} {change.count:3d}"
        mark = " DROP" if change.is_drop else " GAIN" if change.is_gain else ""
        lines += _row(label(change.name), 25, f"{figures}{mark}")
    return "\n".join([*lines, f"Unchanged: {same}."])


def format_gate(changes: Sequence[Change]) -> str:
    """Say whether a run that was compared with another passed."""
    drops = sum(change.is_drop for change in changes)
    fell = sum(change.after < change.before for change in changes)
    if drops:
        return f"Gate missed: {counted(drops, 'measure')}."
    if fell:
        return f"Gate passed; {counted(fell, 'measure')} fell by less than so few questions can tell."
    return "Gate passed."


def format_settings(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for each setting in which two runs differ, and one where the same files were read otherwise."""
    old, new = before["settings"], after["settings"]
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    read = (
        ["Another version of the program read the same files."] if before.get("corpus") != after.get("corpus") else []
    )
    return read + [f"{name}: {old.get(name)} → {new.get(name)}" for name in changed]


def format_turned(before: dict[str, Any], after: dict[str, Any], limit: int = 10) -> list[str]:
    """Return the questions that went otherwise in the newer of two runs, a line each, and how many more."""
    old = {row["id"]: fault(row) for row in before["rows"]}
    rows = [(old[row["id"]], fault(row), row) for row in after["rows"] if row["id"] in old]
    turned = [(was, now, row) for was, now, row in rows if was != now]
    lines = [
        f"  {row['id']}: {was or 'right'} → {now or 'right'}: {on_a_line(row['question'])}"
        for was, now, row in turned[:limit]
    ]
    head = [f"{counted(len(turned), 'question')} went otherwise:"] if turned else []
    return [*head, *lines, *([f"  and {len(turned) - limit} more"] if len(turned) > limit else [])]
