"""Figures in docs/evaluation.md, between marks that name what they are of: each is written by the command beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.report import label

PAGE = Path(__file__).parent.parent / "docs" / "evaluation.md"

# What is to be reached, and whose figure it is. Published figures of others are for the same data.
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
        "char_recall@5": (0.824, "best of Chroma's report with this model"),
        "char_iou@5": (0.072, "best of Chroma's report with this model"),
    },
    "northwind": {
        "citations_matched": (0.55, "Microsoft's Python sample"),
        "page_precision": (0.28, "Microsoft's Java sample"),
    },
    "nq-oracle": {"hit@1": (0.896, "this model alone"), "mrr@10": (0.939, "this model alone")},
    "squad2": {
        "hit@1": (0.794, "own prototype"),
        "answer_in_1": (0.687, "own prototype"),
        "answer_in_2": (0.804, "own prototype"),
        "answer_in_3": (0.847, "own prototype"),
    },
    "squad2-absent": {"abstention_auroc": (0.964, "own prototype")},
}


def write_block(name: str, text: str, page: Path = PAGE) -> bool:
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
    shown = [measure for measure in result["measures"] if not measure["name"].endswith(" alone")]
    asked = f"{len(result['rows'])} questions"
    if result.get("of", 0) > len(result["rows"]):
        asked += f", a sample of {result['of']}"
    lines = [
        f"{asked}; {result['documents']} documents, {result['passages']} passages; {result['embedding_model']}, "
        f"{result['settings'].get('llm') or 'no LLM'}.\n",
        "| measure | value | 95 % interval | n |",
        "|---|--:|---|--:|",
    ]
    lines += [
        f"| {label(m['name'])} | {m['value']:.3f} | {m['low']:.3f} to {m['high']:.3f} | {m['count']} |" for m in shown
    ]
    values = {measure["name"]: measure for measure in shown}
    goals = [(name, *goal) for name, goal in GOALS.get(result["name"], {}).items() if name in values]
    if goals:
        lines += ["", "| goal | wanted | whose figure | reached | |", "|---|--:|---|--:|---|"]
    for name, wanted, source in goals:
        value, low = values[name]["value"], values[name]["low"]
        verdict = "reached" if value >= wanted else "**missed**"
        if value >= wanted > low:
            verdict = "reached by the mean; the interval reaches below"
        lines.append(f"| {label(name)} | {wanted:.3f} | {source} | {value:.3f} | {verdict} |")
    return "\n".join(lines)
