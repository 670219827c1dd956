"""Tables and records: rows as ``Header: value`` lines, and the parsers of csv, tsv, json and jsonl."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rag.errors import LoadError
from rag.formats import MAX_CHARACTERS, Layout, Piece, decode, parse_txt, read_text
from rag.text import squeeze

MAX_COLUMNS = 1_000

_VALUE = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d\s.,:/%()TZ-]*[$€£¥%]?|\S+@\S+|https?://\S+|true|false|yes|no|=.+", re.IGNORECASE
)
_LABEL = re.compile(r"(?:^|; )[^:;]{1,80}: ")
_HEADER_WORDS = frozenset(
    "account address age amount answer area author category city class code color colour column comment company "
    "content cost count country currency customer date day department description duration email end first fruit "
    "group hours id index item key kind label language last length level link location manager meaning month name "
    "no note notes number order owner page person phone plan population position price priority product project "
    "quantity question rate rating region role row salary score section size source stage start state status step "
    "street subject summary surname tag team term text time title topic total type unit unit units url user value "
    "version week weight width word year zip".split()
)


def table(rows: Iterable[Sequence[str]], *, page: int = 0, header: bool | None = None) -> list[Piece]:
    """Return one ``row`` piece a row, ``Header: value; Header: value``; empty cells are left out.

    ``header`` says whether the first row holds the headers; None decides by looking. Without one the values are joined
    by ``; ``, and the first row is a row like the others.
    """
    cells = [[squeeze(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if header is None:
        header = _has_header(cells)
    labels = cells[0] if header and len(cells) > 1 else []
    lines = [_row_line(labels, row) for row in (cells[1:] if labels else cells)]
    return [Piece(line, "row", page=page, join="\n" if index else "\n\n") for index, line in enumerate(lines)]


def _row_line(labels: list[str], row: list[str]) -> str:
    named = [(labels[index] if index < len(labels) else "", cell) for index, cell in enumerate(row) if cell]
    return "; ".join(f"{label.rstrip(':')}: {cell}" if label and label != cell else cell for label, cell in named)


def label_spans(row: str) -> list[tuple[int, int]]:
    """Return the spans of what a row has besides the words of its cells: labels, and what parts the cells."""
    found = [match.span() for match in _LABEL.finditer(row)]
    return found or [match.span() for match in re.finditer("; ", row)]


def without_labels(row: str) -> list[str]:
    """Return the words of the cells of a row."""
    edges = [0, *(edge for span in label_spans(row) for edge in span), len(row)]
    return [row[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def _has_header(cells: list[list[str]]) -> bool:
    """Tell whether the first row names the columns: short distinct words over values, or words that name things."""
    first = [cell for cell in cells[0] if cell] if cells else []
    rest = cells[1:101]
    if not rest or len(first) < 2 or len(set(first)) < len(first) or any(len(cell) > 80 for cell in first):
        return False
    if any(_VALUE.fullmatch(cell) and not re.fullmatch(r"(?:19|20)\d\d", cell) for cell in first):
        return False
    for index, label in enumerate(cells[0]):
        column = [row[index] for row in rest if index < len(row) and row[index]]
        typed = sum(1 for cell in column if _VALUE.fullmatch(cell))
        if label and not _VALUE.fullmatch(label) and column and typed > 0.7 * len(column):
            return True
    named = {word for cell in first for word in re.findall(r"[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", cell).lower())}
    return bool(named & _HEADER_WORDS) or all("_" in cell or cell.isupper() for cell in first)


def parse_csv(data: bytes, delimiter: str = "") -> Layout:
    """Every record becomes one line; the delimiter is the one that cuts the first lines into equal rows.

    Raises:
        LoadError: a quote is never closed, or a row has more than 1,000 columns; the message names the line.
    """
    text, warnings = read_text(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    delimiter = delimiter or _delimiter(text[:65536])
    csv.field_size_limit(MAX_CHARACTERS + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, start, last = [], 1, 1
    for row in reader:
        if len(row) > MAX_COLUMNS:
            raise LoadError(f"has over {MAX_COLUMNS:,} columns in line {start}.", "Check its delimiter and line ends.")
        rows.append(row)
        start, last = reader.line_num + 1, start
    _refuse_open_quote(text.split("\n")[last - 1 :], delimiter, last)
    return Layout(table(rows), warnings=warnings)


def _refuse_open_quote(lines: list[str], delimiter: str, number: int) -> None:
    """The lenient reader takes everything after an open quote for one cell; the strict one tells."""
    try:
        list(csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise LoadError(
                f"has a quote in line {number} that is never closed.", "Close it and add it again."
            ) from None


def _delimiter(sample: str) -> str:
    """Return the delimiter that gives the most columns in rows of equal length; a comma where none does."""

    def score(delimiter: str) -> float:
        rows = [row for row in csv.reader(sample.split("\n")[:50], delimiter=delimiter) if row]
        width, count = Counter(len(row) for row in rows).most_common(1)[0] if rows else (1, 1)
        return (width > 1) * (count / len(rows) + min(width, 100) / 1000)

    return max(",;\t|", key=score)


# --- json --------------------------------------------------------------------------------------------------------

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
