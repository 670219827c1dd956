"""JSON and JSONL: each record as a line of ``path: value``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.formats import Layout, Piece, decode
from rag.plain import parse_txt
from rag.text import squeeze

_Pairs = list[tuple[str, Any]]


class _Object(_Pairs):
    """A JSON object as pairs, so that a key that occurs twice keeps both values."""


def parse_json(data: bytes) -> Layout:
    """Every record becomes a line (or lines) of ``path: value``; what is not JSON stays plain text, with a warning."""
    text, warnings = decode(data)
    try:
        return Layout(list(_json_pieces(_load_json(text))), warnings=warnings)
    except RecursionError:
        return _as_plain_text(data, "nested too deeply, read as plain text")
    except ValueError as error:
        return _as_plain_text(data, f"not valid JSON ({_short(error)}), read as plain text")


def parse_jsonl(data: bytes) -> Layout:
    """Each line is a record; a line that is not JSON stays as it is, and a warning names it."""
    text, warnings = decode(data)
    pieces: list[Piece] = []
    bad = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            pieces.append(_record(_load_json(line), "", bool(pieces)))
        except (ValueError, RecursionError):
            bad.append(number)
            pieces.append(Piece(line))
    if bad and len(bad) > len(pieces) / 2:
        return parse_json(data)
    if bad:
        shown = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        warnings.append(f"not valid JSON in line {shown}, kept as plain text")
    return Layout(pieces, warnings=warnings)


def _load_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=str)


def _short(error: ValueError) -> str:
    return f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)[:60]


def _as_plain_text(data: bytes, warning: str) -> Layout:
    layout = parse_txt(data)
    layout.warnings.append(warning)
    return layout


def _json_pieces(value: Any) -> Iterator[Piece]:
    """One piece a record: the elements of a list, or the lists and objects in an object under their keys."""
    if isinstance(value, _Object):
        plain = _Object((key, part) for key, part in value if not _holds_records(part))
        if plain:
            yield _record(plain, "", False)
        for key, part in value:
            if _holds_records(part):
                yield Piece(key, "heading", level=2)
                yield from _json_pieces(part)
    elif _holds_records(value):
        for index, part in enumerate(value):
            yield _record(part, "", index > 0)
    else:
        yield _record(value, "", False)


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, _Object) and any(isinstance(v, list) for v in value)


def _record(value: Any, path: str, follows: bool) -> Piece:
    """A short record is one row; a long one has a line for each of its values."""
    parts = [f"{label}: {text}" if label else text for label, text in _flatten(value, path)]
    line = "; ".join(parts)
    if len(line) <= 400:
        return Piece(line, "row", join="\n" if follows else "\n\n")
    return Piece("\n".join(parts))


def _flatten(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield ``(path, value)``; a list of plain values is one value. The caller answers for recursion."""
    if isinstance(value, _Object):
        for key, part in value:
            yield from _flatten(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(part, list) for part in value):
        for part in value:
            yield from _flatten(part, path)
    elif isinstance(value, list):
        yield path, ", ".join(_scalar(part) for part in value)
    elif value is not None and value != "":
        yield path, _scalar(value)


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else squeeze(str(value)) if value is not None else ""
