"""Results as one HTML page that needs nothing beside it: measures with intervals, confidences, the worst questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from eval.output import REPORT_BEGINS, write_text
from eval.report import fault, grouped, how_many_wrong, wanted, worst
from eval.summary import COSTS, bounds, counted, models
from rag import Settings

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1c2430; }
h1 { font-size: 1.5rem } h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dbe3; padding-bottom: .3rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top }
td, th { padding: .2rem .6rem .2rem 0 } body { overflow-wrap: anywhere } svg { max-width: 100%; height: auto }
td svg { width: min(12.5rem, 25vw); vertical-align: middle } td.n, th.n, td span { white-space: nowrap }
rect { fill: currentColor } .blue { fill: #4f7fbf } .red { fill: #c2603a }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } .dim { color: #5b6675; font-size: .87em }
th.group { padding-top: .8rem }
summary, li { padding: .1rem 0 }
@media (max-width: 40rem) { table, tbody { display: block } tr { display: grid; grid-template-columns: 4rem 1fr 3rem }
  tr > :first-child { grid-column: 1 / -1; padding-bottom: 0 } td.n, th.n { text-align: left } td svg { width: 30vw } }
.warn { background: #fff4d6; padding: .4rem .7rem; border-left: 3px solid #c98a00 } details { margin: .5rem 0 }
svg text { font: 11px system-ui, sans-serif; fill: currentColor }
@media (prefers-color-scheme: dark) { body { background: #12171e; color: #dbe2ea } .dim { color: #97a3b2 }
  .warn { background: #3a2f10 } h2 { border-color: #2b3542 } }
"""
_WORST = 50


def write_report(results: Sequence[dict[str, Any]], path: Path) -> None:
    """Write one page over the results of all sets.

    Raises:
        GoldError: it cannot be written.
    """
    body = "".join(part for result in results for part in _section(result))
    names = escape(", ".join(result["name"] for result in results)) if len(results) < 4 else f"{len(results)} sets"
    page = (
        f'{REPORT_BEGINS}: {names}</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"</head><body><h1>Evaluation: {names}</h1>{_contents(results)}{body}</body></html>\n"
    )
    write_text(path, page)


def _contents(results: Sequence[dict[str, Any]]) -> str:
    if len(results) < 2:
        return ""
    items = "".join(f'<li><a href="#{escape(r["name"])}">{escape(r["name"])}</a></li>' for r in results)
    return f"<ul>{items}</ul>"


def _section(result: dict[str, Any]) -> Iterator[str]:
    rows = result["rows"]
    yield f'<h2 id="{escape(result["name"])}">{escape(result["name"])}</h2>'
    yield f'<p class="dim">{escape(result["source"])}, asked at {escape(result["date"])}</p>'
    yield (
        f'<p class="dim">{counted(len(rows), "question")}, {counted(result["documents"], "document")}, '
        f"{counted(result['passages'], 'passage')}, "
        f"{escape(models(result))}</p>"
    )
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    own = [f"{name} = {value}" for name, value in result["settings"].items() if value != defaults.get(name, value)]
    yield f'<p class="dim">Settings: {escape(", ".join(own) or "as they come")}.</p>'
    yield from (f'<p class="warn">{escape(warning)}</p>' for warning in result["warnings"])
    yield (
        '<p class="dim">A bar is the value, from 0 to 1; the line on it is the 95 % interval. '
        "How each is computed stands in docs/evaluation.md, “The measures”.</p>"
    )
    yield '<table><tr><th>measure</th><th class="n">value</th><th>95 % interval</th><th class="n">n</th></tr>'
    for group, measures in grouped(result["measures"]).items():
        yield f'<tr><th colspan="4" class="group">{group.capitalize()}</th></tr>'
        yield from (_measure(*measure) for measure in measures)
    yield "</table>"
    yield _confidences(rows, result["settings"])
    yield from _questions(rows)


def _measure(name: str, measure: dict[str, Any]) -> str:
    value, low, high = (measure[name] for name in ("value", "low", "high"))
    told = bounds(measure)
    plot = f'<span class="dim">{told}</span>'
    if measure["name"] not in COSTS:
        plot = (
            f'<svg viewBox="0 0 200 14" role="img" aria-label="{told}">'
            '<rect y="6" width="200" height="2" opacity=".15"/>'
            f'<rect y="3" width="{200 * value:.1f}" height="8" class="blue" opacity=".55"/>'
            f'<rect x="{200 * low:.1f}" y="6" width="{max(1.0, 200 * (high - low)):.1f}" height="2"/></svg> {plot}'
        )
    return (
        f'<tr><td>{escape(name)}</td><td class="n">{value:.3f}</td><td>{plot}</td>'
        f'<td class="n">{measure["count"]}</td></tr>'
    )


def _confidences(rows: Sequence[dict[str, Any]], settings: dict[str, Any]) -> str:
    """Draw how the confidence is spread over answerable and unanswerable questions, and from where on it is enough."""
    kinds: dict[str, tuple[str, list[float]]] = {"answerable": ("blue", []), "unanswerable": ("red", [])}
    for row in rows:
        kinds["unanswerable" if row["kind"] == "unanswerable" else "answerable"][1].append(row["confidence"])
    if not all(values for _, values in kinds.values()):
        return ""
    bars = []
    for shift, (colour, values) in enumerate(kinds.values()):
        for step in range(10):
            share = sum(min(int(value * 10), 9) == step for value in values) / len(values)
            x, height = 33 + step * 40 + shift * 17, 110 * share
            bars.append(f'<rect x="{x}" y="{120 - height:.1f}" width="16" height="{height:.1f}" class="{colour}"/>')
    marks = "".join(
        f'<text x="{30 + 40 * step}" y="134" text-anchor="middle">{step / 10:.1f}</text>' for step in range(11)
    ) + "".join(
        f'<rect x="30" y="{120 - 1.1 * share:.0f}" width="400" height="1" opacity=".15"/>'
        f'<text x="434" y="{124 - 1.1 * share:.0f}">{share} %</text>'
        for share in (0, 50, 100)
    )
    half, enough = ("half of ", 0.5) if settings["llm"] else ("", 1.0)
    enough *= settings["answer_threshold"]
    line = f'<rect x="{30 + 400 * enough:.1f}" y="2" width="1.5" height="120"/>'
    return (
        "<h3>Confidence</h3><p class='dim'>Share of answerable (blue) and unanswerable (red) questions; left of the "
        f"line, {half}answer_threshold = {enough:g}, no answer is given.</p>"
        '<svg width="480" viewBox="0 0 480 140" role="img" aria-label="Spread of the confidence">'
        f"{''.join(bars)}{line}{marks}</svg>"
    )


def _questions(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    wrong = worst(rows)
    yield f"<h3>{how_many_wrong(len(wrong), len(rows), _WORST)}</h3>"
    for row in wrong[:_WORST]:
        read_as = row.get("standalone") if row.get("standalone") != row["question"] else ""
        said = row.get("answer", row.get("error", ""))
        parts = (("Read as", read_as), ("Gold", " | ".join(row.get("gold", ()))), ("Answer", said))
        told = "".join(f"<p>{name}: <bdi>{escape(text)}</bdi></p>" for name, text in parts if text)
        told += f"<p>Confidence: {row['confidence']:.3f}</p>"
        lists = (("Wanted", "ul", wanted(row, 20)), ("Cited", "ul", row.get("cited", ())), ("Found", "ol", _found(row)))
        for name, kind, items in lists:
            listed = "".join(f'<li dir="auto">{escape(item)}</li>' for item in items)
            told += f"<p>{name}:</p><{kind}>{listed}</{kind}>" if items else ""
        yield (
            f"<details><summary dir='auto'>{escape(row['question'])} <span class='dim'>{escape(row['id'])}: "
            f"{escape(fault(row))}</span></summary>{told}</details>"
        )


def _found(row: dict[str, Any]) -> list[str]:
    """Return how the first hits begin; of passages also where they stand, and a tick at those that hold evidence."""
    hits = row.get("retrieved", [])
    if "quotes" not in row:
        return list(hits)
    ticks = ["✓ " if rank in row.get("found_at", ()) else "" for rank in range(1, len(hits) + 1)]
    return [
        f"{tick}{place}{text.removeprefix(place.rpartition(':')[0])}"
        for tick, place, text in zip(ticks, row.get("ranked", ()), hits, strict=False)
    ]
