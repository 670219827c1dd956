"""Gold sets: questions with answers and the exact words that prove them, read strictly."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from eval.strict import Words, keys_said_twice, parse_json, say, split_lines
from rag import RagError, Turn

KINDS = ("single", "multi", "figure", "table", "paraphrase", "follow-up", "unanswerable")
_MOST_FAULTS = 200  # that a message lists
CORRECT = "Correct these lines."
_FORM = "Write one JSON object a line, as docs/evaluation.md shows."


class GoldError(RagError):
    """What is to be measured has faults, listed with file and line, or an option does not fit it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an answer: exact words of a document, or else one of its physical pages, or else all of it.

    ``start`` is the offset of the quote, where it is known; ``grade`` how relevant the judges found it. A document
    without a name is one that nobody can find.
    """

    document: str
    quote: str = ""
    page: int | None = None
    start: int | None = None
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Gold:
    """One question. ``answers`` are alternatives; they and ``evidence`` are empty where the documents do not answer.

    ``line`` is its file and line, for messages; ``itself`` a document that is the question and does not count.
    """

    id: str
    kind: str
    question: str
    history: tuple[Turn, ...]
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    line: str = field(default="", repr=False, compare=False)
    itself: str = field(default="", repr=False)

    @property
    def where(self) -> str:
        """What a message calls it by."""
        return self.line or self.id

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return self.kind != "unanswerable"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece of evidence stands: half-open offsets into the text of a document."""

    document_id: str
    start: int
    end: int
    grade: int = 1


def read_file(path: Path, advice: str) -> str:
    """Return the text of a file, with the line ends that it has.

    Raises:
        GoldError: it is missing, or is not text in UTF-8; ``advice`` is the next step.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except FileNotFoundError:
        raise GoldError(f"{path} does not exist.", advice) from None
    except IsADirectoryError:
        raise GoldError(f"{path} is a folder.", "Name a file.") from None
    except UnicodeDecodeError:
        raise GoldError(f"{path} cannot be read: it is not text in UTF-8.", advice) from None
    except OSError as error:
        raise GoldError(f"{path} cannot be read: {error.strerror}.", advice) from None


def refuse(what: str, faults: Sequence[str], advice: str = CORRECT) -> None:
    """Raise one GoldError that lists every fault, if there is any."""
    if not faults:
        return
    listed, rest = "\n".join(faults[:_MOST_FAULTS]), len(faults) - _MOST_FAULTS
    counted = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    more = f"\nand {rest} more" if rest > 0 else ""
    raise GoldError(f"{what} has {counted}:\n{listed}{more}\n{advice}", "")


@contextmanager
def telling(told: dict[Path, GoldError], place: Path) -> Iterator[None]:
    """Keep what is wrong with one place, so that the others are looked at too."""
    try:
        yield
    except GoldError as error:
        told[place] = error


def read_gold(path: Path) -> list[Gold]:
    """Read a gold set: one JSON object a line; blank lines, a BOM and any line ends are fine.

    Raises:
        GoldError: the file is missing, has no question, or has faults; all of them are listed, with file and line.
    """
    gold, faults = scan_gold(path)
    refuse("The gold set", faults)
    return gold


def scan_gold(path: Path) -> tuple[list[Gold], list[str]]:
    """Return the questions of a gold set and its faults; what stands right in a line with a fault is in the question.

    Raises:
        GoldError: the file is missing or has no question.
    """
    lines = split_lines(read_file(path, "Give the path of a gold set in UTF-8."))
    if next((line.strip() for line in lines if line.strip()), "").startswith("["):
        raise GoldError(f"{path} is one JSON array.", _FORM)
    gold: list[Gold] = []
    faults: list[str] = []
    first: dict[tuple[object, ...], int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        item, problems = _read_line(line, f"{path}:{number}")
        if item is not None:
            gold.append(item)
            for name, key in (("id", (item.id,)), ("question", (item.question.casefold(), item.history))):
                if key[0].strip() and first.setdefault((name, *key), number) != number:
                    problems.append(f"the same {name} stands in line {first[name, *key]}")
        faults += [f"{path}:{number}: {problem}" for problem in problems]
    if not gold and not faults:
        raise GoldError(f"{path} holds no questions.", _FORM)
    if not gold and len(faults) > 1:  # of another format, or one object over many lines
        raise GoldError(f"No line of {path} is a JSON object.", _FORM)
    return gold, faults


class _Turn(BaseModel, extra="forbid", strict=True):
    question: Words
    answer: str


class _Evidence(BaseModel, extra="forbid", strict=True):
    document: Words
    quote: Words
    page: Annotated[int, Field(ge=1)] | None = None


class _Line(BaseModel, extra="forbid", strict=True):
    id: Words
    kind: str
    question: Words
    history: list[_Turn]
    answer: str
    evidence: list[_Evidence]


def _read_line(line: str, where: str) -> tuple[Gold | None, list[str]]:
    """Return what can be read of a line, so that its other faults are found too, and what is wrong with it."""
    record, problems = parse_json(line)
    if problems or not isinstance(record, dict):
        return None, problems or ["not a JSON object"]
    bad: set[tuple[int | str, ...]] = set()
    try:
        _Line.model_validate(record)
    except ValidationError as error:
        problems = _say_all(record, error.errors(include_url=False))
        bad = {fault["loc"][:2] for fault in error.errors()}
    sound = {name: value for name, value in record.items() if (name,) not in bad}
    problems += [f"field {key[:60]!r} stands twice" for key in keys_said_twice(line)] + _check_values(sound)
    turns = [turn for place, turn in enumerate(sound.get("history", ())) if ("history", place) not in bad]
    evidence = [found for place, found in enumerate(sound.get("evidence", ())) if ("evidence", place) not in bad]
    item = Gold(
        sound.get("id", ""),
        sound.get("kind", ""),
        sound.get("question", ""),
        tuple(Turn(turn["question"], turn["answer"]) for turn in turns),
        (sound["answer"],) if sound.get("answer") else (),
        tuple(Evidence(found["document"], found["quote"], found.get("page")) for found in evidence),
        where,
    )
    twice = [found.quote[:60] for found, count in Counter(item.evidence).items() if count > 1]
    return item, problems + [f"the evidence {quote!r} stands twice" for quote in twice]


def _say_all(record: Mapping[str, Any], faults: Sequence[ErrorDetails]) -> list[str]:
    """Say what is wrong with a line, and which field was meant by one that is unknown."""
    told, history = [], record.get("history")
    if isinstance(history, list) and any(isinstance(turn, dict) and "role" in turn for turn in history):
        told = ['history holds messages with a role; a turn is {"question": "…", "answer": "…"}']
        faults = [fault for fault in faults if fault["loc"][0] != "history"]
    inner: dict[str, type[BaseModel]] = {"history": _Turn, "evidence": _Evidence}
    for fault in faults:
        form = inner[str(fault["loc"][0])] if len(fault["loc"]) > 2 else _Line
        known = form.model_fields if fault["type"] == "extra_forbidden" else ()
        near = get_close_matches(str(fault["loc"][-1]), known, 1)
        told.append(say(fault) + (f"; did you mean {near[0]!r}?" if near else ""))
    return told


def _check_values(record: Mapping[str, Any]) -> list[str]:
    """Say which of the fields that are there do not fit together."""
    kind = record.get("kind")
    if kind is not None and kind not in KINDS:
        return [f"kind {kind!r} is none of {', '.join(KINDS)}"]
    lone = kind == "follow-up" and record.get("history") == []
    faults = ["a follow-up has a history, and this one is empty"] if lone else []
    if {"kind", "answer", "evidence"} <= set(record):
        if (kind == "unanswerable") != (not record["answer"] and not record["evidence"]):
            return [*faults, "unanswerable questions have no answer and no evidence; all others have both"]
        if kind != "unanswerable":
            held = {"answer": record["answer"].strip(), "evidence": record["evidence"]}
            empty = [name for name, value in held.items() if not value]
            return [*faults, *(f"field {name!r} is empty, and the kind is not unanswerable" for name in empty)]
    return faults


def digest(gold: Sequence[Gold]) -> str:
    """Return a short hash of a gold set, by which results know what they measured."""
    themselves = [(item.id, item.itself) for item in gold if item.itself]
    told = repr(list(gold)) + (repr(themselves) if themselves else "")
    return hashlib.sha256(re.sub(r"\s+", " ", told).encode()).hexdigest()[:16]
