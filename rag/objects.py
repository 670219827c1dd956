"""JSON and JSONL: each record as a line of ``path: value``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rag.formats import Layout, Piece, decode
from rag.plain import parse_txt
from rag.text import squeeze

_SHORT = 400  # characters of a record that is one row
_NAMING = ("title", "name", "subject", "heading", "label", "question", "id")  # keys of what a record is called by
_LONGEST_NAME = 80  # characters
_LINE_END = re.compile(r"\r\n|\r|\n")  # every other one may stand in a string

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
    records: list[tuple[Any, list[Piece]]] = []
    bad = []
    for number, line in enumerate(_LINE_END.split(text), 1):
        if not line.strip():
            continue
        try:
            value = _load_json(line)
            records.append((value, list(_record(value, follows=bool(records)))))
        except (ValueError, RecursionError):
            bad.append(number)
            records.append((None, [Piece(line)]))
    if bad and len(bad) > len(records) / 2:
        return parse_json(data)
    if bad:
        shown = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        warnings.append(f"not valid JSON in line {shown}, kept as plain text")
    return Layout(list(_under_their_names(records)), warnings=warnings)


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
            yield from _record(plain)
        for key, part in value:
            if _holds_records(part):
                yield Piece(key, "heading", level=2)
                yield from _json_pieces(part)
    elif _holds_records(value):
        yield from _under_their_names([(part, list(_record(part, follows=i > 0))) for i, part in enumerate(value)])
    else:
        yield from _record(value)


def _under_their_names(records: list[tuple[Any, list[Piece]]]) -> Iterator[Piece]:
    """Yield the pieces of the records of a list. Once one has a heading, each with a name gets one, or it would stand
    under that of another."""
    headed = any(piece.kind == "heading" for _, pieces in records for piece in pieces)
    for value, pieces in records:
        name = _name(value) if headed else None
        if name and pieces[0].kind != "heading":
            yield _heading(name)
            yield replace(pieces[0], join="\n\n")
            yield from pieces[1:]
        else:
            yield from pieces


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, _Object) and any(isinstance(v, list) for v in value)


def _record(value: Any, path: str = "", *, follows: bool = False) -> Iterator[Piece]:
    """Yield a short record as one row; a long one under its name, with a line for each value, object or item in it."""
    parts = [f"{label}: {text}" if label else text for label, text in _flatten(value, path)]
    line = "; ".join(parts)
    if len(line) <= _SHORT:
        yield Piece(line, "row", join="\n" if follows else "\n\n")
    elif not path and isinstance(value, _Object) and not _is_flat(value):
        yield from _long_record(value)
    else:
        yield Piece("\n".join(parts))


def _is_flat(value: _Object) -> bool:
    return not any(isinstance(part, list) for _, part in value)


def _name(value: Any) -> tuple[str, Any] | None:
    """Return the key and value that name a record; None for one without a name."""
    short = {
        pair[0].lower(): pair
        for pair in (value if isinstance(value, _Object) else ())
        if isinstance(pair[1], str) and 0 < len(squeeze(pair[1])) <= _LONGEST_NAME
    }
    return next((short[key] for key in _NAMING if key in short), None)


def _heading(name: tuple[str, Any]) -> Piece:
    return Piece(squeeze(name[1]), "heading", level=3)


def _long_record(record: _Object) -> Iterator[Piece]:
    if name := _name(record):
        yield _heading(name)
    for pair in record:
        key, part = pair
        if pair is name:  # a key that occurs twice has another value too
            continue
        if _holds_records(part):
            for index, each in enumerate(part):
                yield from _record(each, key, follows=index > 0)
        elif _is_list_of_sentences(part):
            yield Piece(f"{key}:")
            yield from (Piece(_scalar(each), "item", join="\n") for each in part)
        else:
            yield Piece("\n".join(f"{label}: {text}" for label, text in _flatten(part, key)))


def _is_list_of_sentences(value: Any) -> bool:
    plain = isinstance(value, list) and not isinstance(value, _Object) and len(value) > 1
    return plain and any(" " in _scalar(part) and len(_scalar(part)) > _LONGEST_NAME / 2 for part in value)


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
