"""What office files draw: charts as tables, diagrams as lists, formulas as one line. Pure functions on their XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from rag.formats import Piece
from rag.records import table
from rag.text import caseless, squeeze

_A, _C, _DIAGRAM, M = (
    f"{{http://schemas.openxmlformats.org/{name}}}"
    for name in ("drawingml/2006/main", "drawingml/2006/chart", "drawingml/2006/diagram", "officeDocument/2006/math")
)
_LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MOST, _MOST_SERIES = 2_000, 200  # points of a chart or a diagram; series of a chart
_LONGEST = 8  # figures of the number of a point
# What a format says as it is, a colour or a condition, a space; the words behind the number; what shows a date.
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_BEHIND = re.compile(r'(?<=[0#?])(\s?)(?:"([^"]*)"|\\(\S))\s*(?:;|$)')
_DATED = caseless("[yd]")
_BRACKETS = re.compile(r"\([^()]*\)")
_SIMPLE = 12  # characters of a part of a formula that may stand without brackets, if it is one word or number


def linked_parts(node: Any) -> list[str]:
    """Return the names of the relations to the charts and diagrams that are drawn in an element."""
    links = [(chart, "id") for chart in node.iter(_C + "chart")] + [(to, "dm") for to in node.iter(_DIAGRAM + "relIds")]
    return [name for link, key in links if (name := link.get(_LINKS + key))]


def drawn(root: Any, page: int = 0) -> Iterator[Piece]:
    """Yield the rows of a chart below its title, or the items of a diagram; ``root`` is the root of its part."""
    if root.tag == _C + "chartSpace":
        title = " ".join(_words(part) for part in root.iterfind(f"{_C}chart/{_C}title"))
        yield from [Piece(title, page=page)] if title.strip() else []
        for plot in root.iterfind(f"{_C}chart/{_C}plotArea/*"):
            if series := plot.findall(_C + "ser"):
                yield from table(_rows(series[:_MOST_SERIES]), page=page, header=1)
    elif root.tag == _DIAGRAM + "dataModel":
        texts = [_words(point) for point in root.iter(_DIAGRAM + "pt") if point.get("type", "node") in ("node", "asst")]
        for index, text in enumerate([text for text in texts if text][:_MOST]):
            yield Piece(text, "item", page=page, join="\n" if index else "\n\n")


def _words(node: Any) -> str:
    paragraphs = ("".join(text.text or "" for text in part.iter(_A + "t")) for part in node.iter(_A + "p"))
    return squeeze(" ".join(paragraphs))


def _rows(series: list[Any]) -> list[list[str]]:
    """Return the names of the series, and below a row for each category or value of x."""
    names = [" ".join(point.text or "" for point in one.iterfind(f"{_C}tx//{_C}v")) for one in series]
    labels = {place: text for one in reversed(series) for place, text in _points(one, ("cat", "xVal")).items()}
    values = [_points(one, ("val", "yVal")) for one in series]
    places = sorted(set(labels).union(*values))[:_MOST]
    return [["", *names], *([labels.get(at, ""), *(held.get(at, "") for held in values)] for at in places)]


def _points(series: Any, kinds: tuple[str, str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for kind in kinds:
        for held in series.iterfind(f"{_C}{kind}/*"):
            cache = next((part for part in held.iter() if part.find(_C + "pt") is not None), held)
            style = cache.findtext(_C + "formatCode") or ""
            for point in cache.iterfind(_C + "pt"):
                if (place := point.get("idx", "")).isdecimal() and len(place) < _LONGEST:
                    found[int(place)] = _shown(point.findtext(_C + "v") or "", style)
    return found


def _shown(value: str, style: str) -> str:
    """Return a value as its format shows it, as far as per cent, dates and the words behind a number go."""
    code, behind = _LITERAL.sub("", style), _BEHIND.search(style)
    with suppress(ValueError, OverflowError):
        number = float(value) if style else 0.0
        if "%" in code:
            return f"{100 * number:.10g}%"
        if _DATED.search(code) and number > 0:
            return (date(1899, 12, 30) + timedelta(days=number)).isoformat()
        words = f"{behind[1]}{behind[2] or behind[3] or ''}" if behind else ""
        return f"{number:.15g}{words}" if style else value
    return value


def formula(node: Any) -> str:
    """Return a formula of Word as people type it: ``(a+b)/c``, ``x^2``, ``a_1``, ``√(x)``, ``(x)^(1/3)``."""
    name = node.tag.removeprefix(M) if isinstance(node.tag, str) else ""
    if name == "t":
        return node.text or ""
    if not name or name.endswith("Pr"):
        return ""
    said = [(child.tag.removeprefix(M), formula(child)) for child in node if isinstance(child.tag, str)]
    parts, inner = dict(said), [words for kind, words in said if kind in ("e", "mr")]
    base, marks = parts.get("e", ""), _marks(parts.get("sub", ""), parts.get("sup", ""))
    match name:
        case "f":
            return f"{_bracketed(parts.get('num', ''))}/{_bracketed(parts.get('den', ''))}"
        case "sSup" | "sSub" | "sSubSup":
            return _bracketed(base) + marks
        case "sPre":
            return f"{marks} {base}"
        case "limLow" | "limUpp":
            limit = parts.get("lim", "")
            return base + (_marks(limit, "") if name == "limLow" else _marks("", limit))
        case "func":
            return f"{parts.get('fName', '')} {base}"
        case "rad":
            degree = parts.get("deg", "")
            return f"({base})^(1/{_bracketed(degree)})" if degree.strip() else f"√({base})"
        case "d":
            return _sign(node, "begChr", "(") + _sign(node, "sepChr", "|").join(inner) + _sign(node, "endChr", ")")
        case "nary":
            return f"{_sign(node, 'chr', '∫')}{marks} {base}"
        case "m" | "eqArr":
            return "; ".join(inner)
        case "mr":
            return ", ".join(inner)
    whole = ""
    for kind, words in said:  # "2 1/2" is not "21/2"
        whole += " " * (kind == "f" and whole[-1:].isdigit() and words[:1].isdigit()) + words
    return whole


def _sign(node: Any, key: str, usual: str) -> str:
    found = node.find(f"{node.tag}Pr/{M}{key}")
    return usual if found is None else found.get(M + "val", "")


def _marks(low: str, high: str) -> str:
    return f"{'_' if low else ''}{_bracketed(low)}{'^' if high else ''}{_bracketed(high)}"


def _bracketed(words: str) -> str:
    simple = len(words) <= _SIMPLE and (words.isalnum() or words.replace(".", "").replace(",", "").isdigit())
    return words if simple or not words or _BRACKETS.fullmatch(words) else f"({words})"
