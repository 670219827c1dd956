"""What others wrote, read strictly: lines, JSON and its fields, and what is wrong with them in people's words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, from_json

Form = TypeVar("Form", bound=BaseModel)

_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is unknown",
    "string_pattern_mismatch": "is empty",
    "too_short": "is empty",
    "string_type": "is not a string",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "bool_type": "is not true or false",
    "bool_parsing": "is not true or false",
    "list_type": "is not a list",
    "model_type": "is not an object",
    "json_invalid": "is not JSON",
    "greater_than_equal": "is less than {ge}",
    "less_than": "is not below {lt}",
}


def _spell(value: object) -> object:
    """Return a number as it is spelled, and nothing, or what is no number, as no words."""
    nothing = value is None or value != value  # NaN, as pandas writes what is missing
    return "" if nothing else str(value) if type(value) in (int, float) else value


Words = Annotated[str, StringConstraints(pattern=r"\S")]
Spelled = Annotated[str, BeforeValidator(_spell)]
SpelledWords = Annotated[Words, BeforeValidator(_spell)]
Offset = Annotated[int, Field(strict=True, ge=0, lt=2**31)]


def split_lines(text: str) -> list[str]:
    r"""Return the lines of a text. They end with \n, \r\n or \r only: strings of JSON may hold every other line end."""
    return re.split(r"\r\n|\r|\n", text)


def parse_json(text: str) -> tuple[Any, list[str]]:
    """Return what a JSON text says, or None and why it is none."""
    try:
        return from_json(text), []
    except ValueError as error:
        why, _, place = str(error).partition(" at line ")
        line, _, column = place.partition(" column ")
        return None, [f"not JSON ({why}, {'' if line == '1' else f'line {line}, '}column {column})"]


def keys_said_twice(text: str) -> list[str]:
    """Return the keys that stand twice in one object of a text that is JSON; the last value would count silently."""
    twice: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> None:
        twice.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)

    json.loads(text, object_pairs_hook=look)
    return twice


def say(fault: ErrorDetails) -> str:
    """Say what pydantic found wrong, and where: "evidence 2: field 'page' is less than 1"."""
    said = _SAID.get(fault["type"], f"cannot be used ({fault['msg']})")
    for name, limit in fault.get("ctx", {}).items():
        said = said.replace(f"{{{name}}}", str(limit))
    if not fault["loc"]:
        return "not a JSON object" if fault["type"] == "model_type" else said
    *path, last = fault["loc"]
    if isinstance(last, int):
        return f"item {last + 1} of {path[-1]!r} {said}"
    places = [f"{name} {int(number) + 1}: " for name, number in zip(path[::2], path[1::2], strict=True)]
    return f"{''.join(places)}field {last[:60]!r} {said}"


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, so that one message can list all of it."""

    found: list[str] = field(default_factory=list)

    def check(self, good: object, where: str, problem: str) -> bool:
        """Return whether it is good; write down the problem if not."""
        if not good:
            self.found.append(f"{where}: {problem}")
        return bool(good)

    def read(self, text: str, form: type[Form], where: str) -> Form | None:
        """Return the record that a JSON text holds, or None where it holds none of this form.

        Half a pair of surrogates, which Python's own reader takes, is read as a question mark.
        """
        value, problems = parse_json(text)
        if any("hex escape" in problem or "surrogate" in problem for problem in problems):
            with suppress(ValueError, RecursionError):
                whole = json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace")
                value, problems = parse_json(whole.decode())
        self.found += [f"{where}: {problem}" for problem in problems]
        return None if problems else self.take(value, form, where)

    def take(self, value: object, form: type[Form], where: str) -> Form | None:
        """Return a value as a record of this form, or None where it is none."""
        try:
            return form.model_validate(value)
        except ValidationError as error:
            self.found += [f"{where}: {say(fault)}" for fault in error.errors(include_url=False)]
            return None

    def lines(self, text: str, form: type[Form], path: Path) -> Iterator[tuple[str, Form]]:
        """Yield the records of JSON lines, each after its file and line; blank lines are fine."""
        for number, line in enumerate(split_lines(text), 1):
            where = f"{path}:{number}"
            if line.strip() and (record := self.read(line, form, where)) is not None:
                yield where, record
