"""Figures in docs/evaluation.md, between marks that name what they are of: each is written by the command beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.report import label
from eval.summary import SIDES, bounds, counted, models

PAGE = Path(__file__).parent.parent / "docs" / "evaluation.md"

# What is to be reached, and the figure of others on the same data where there is one. Above all, no set may fall behind
# the better side of the search alone (MARGIN).
_OWN = {
    "recall@5": (0.95, "own"),
    "quoted": (0.80, "own"),
    "answered": (0.90, "own"),
    "refused": (0.80, "own"),
}
GOALS: dict[str, dict[str, tuple[float, str]]] = {
    "seeds": _OWN,
    "walrus": _OWN,
    "chroma-chunking": {
        "char_recall@5": (0.919, "best of Chroma's report, with GPT-4o and text-embedding-3-large"),
        "char_iou@5": (0.045, "the same row"),
    },
    "northwind": {
        "citations_matched": (0.60, "Microsoft's samples: .37 to .55"),
        "page_precision": (0.35, "Microsoft's Java sample: .28"),
    },
    "nq-oracle": {"hit@1": (0.905, "this model alone: .896"), "mrr@10": (0.945, "this model alone: .939")},
    "squad2": {"answer_in_1": (0.76, "a prototype: .687"), "answer_in_2": (0.86, "a prototype: .804")},
    "squad2-absent": {"abstention_auroc": (0.97, "a prototype: .964"), "answered": (0.95, "own")},
}
SIDES_OF = ("char_recall@5", "hit@1")  # the measure by which a search is held against each of its sides
MARGIN = 0.005


def write_block(name: str, text: str, page: Path) -> bool:
    """Put the text between ``<!-- name -->`` and ``<!-- /name -->`` of the page; return whether it has these marks."""
    before = page.read_text(encoding="utf-8")
    block = re.compile(rf"(?<=<!-- {re.escape(name)} -->\n).*?(?=<!-- /{re.escape(name)} -->)", re.DOTALL)
    after, found = block.subn(lambda _: f"\n{text}\n\n", before)
    if found:
        page.write_text(after, encoding="utf-8")
    return bool(found)


def write_results(results: Sequence[dict[str, Any]], page: Path = PAGE) -> list[str]:
    """Put measures and goals of each run into the page; return the names of those that it has no marks for."""
    return [result["name"] for result in results if not write_block(result["name"], format_result(result), page)]


def format_result(result: dict[str, Any]) -> str:
    """Return a run as Markdown: what was measured, every measure with its interval, the goals."""
    all_values = {measure["name"]: measure for measure in result["measures"]}
    main = next((name for name in SIDES_OF if f"{name}, {SIDES[0]} alone" in all_values), "")
    shown = [m for name, m in all_values.items() if not name.endswith(" alone") or name.partition(",")[0] == main]
    asked = counted(len(result["rows"]), "question")
    if result.get("of", 0) > len(result["rows"]):
        asked += f", a sample of {result['of']}"
    lines = [
        f"{asked}; {counted(result['documents'], 'document')}, {counted(result['passages'], 'passage')}; "
        f"{models(result)}.\n",
        "| measure | value | 95 % interval | n |",
        "|---|--:|---|--:|",
    ]
    lines += [f"| {label(m['name'])} | {m['value']:.3f} | {bounds(m)} | {m['count']} |" for m in shown]
    goals = [(name, *goal) for name, goal in GOALS.get(result["name"], {}).items() if name in all_values]
    if main:
        side = max(SIDES, key=lambda side: all_values[f"{main}, {side} alone"]["value"])
        wanted = all_values[f"{main}, {side} alone"]["value"] - MARGIN
        goals.append((main, wanted, f"{side} alone, less {MARGIN}"))
    if goals:
        lines += ["", "| goal | wanted | beside it | reached | |", "|---|--:|---|--:|---|"]
    for name, wanted, source in goals:
        value, low = all_values[name]["value"], all_values[name]["low"]
        verdict = "reached" if value >= wanted else "**missed**"
        if value >= wanted > low:
            verdict = "reached by the mean; the interval reaches below"
        lines.append(f"| {label(name)} | {wanted:.3f} | {source} | {value:.3f} | {verdict} |")
    return "\n".join(lines)
