"""What a run writes: its place is checked first, rows are kept as they come, results are written in one step."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from eval.gold import GoldError, read_file
from rag import IngestProgress

Progress = Callable[[IngestProgress], None]
REPORT_BEGINS = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation'


def check_output(path: Path, docs: Path | None = None) -> None:
    """Look whether a file that is to be written in the end can be.

    Raises:
        GoldError: it cannot, or it would be read as one of the documents in ``docs``.
    """
    if docs:
        refuse_inside(path, docs)
    with writing(path):
        nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
        if nearest is path and not path.is_file():
            raise GoldError(f"{path} is {'a folder' if path.is_dir() else 'no file'}.", "Name a file to write.")
        if nearest is not path and not nearest.is_dir():
            raise GoldError(f"{path} cannot be written: {nearest} is not a folder.", "Name another place.")
        if not os.access(nearest, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def check_targets(results: Mapping[str, Path], report: Path | None, read: Iterable[Path]) -> None:
    """Look whether results and report would take the place of what the run reads, of each other, or of other files.

    ``results`` are by the name of their set; those of another set are another file, too.

    Raises:
        GoldError: they would, or the report cannot be written.
    """
    pages = [report] if report else []
    taken = {path.resolve(): "reads" for path in read}
    for path in (*results.values(), *map(draft_of, results.values()), *pages):
        if does := taken.get(path.resolve()):
            raise GoldError(f"{path} is a file that this run {does}.", "Name another --output or --report.")
        taken[path.resolve()] = "writes already"
    for name, path in results.items():
        try:
            held = read_results(path).get("name", name) if _holds_something(path) else name
        except GoldError:
            raise GoldError(f"{path} is there and is not a results file.", "Name another --output.") from None
        if held != name:
            raise GoldError(f"{path} holds the results of {held}, not of {name}.", "Name another --output.")
    for path in pages:
        check_output(path)
        with writing(path):
            if _holds_something(path) and not path.read_bytes().startswith(REPORT_BEGINS.encode()):
                raise GoldError(f"{path} is there and is not a report.", "Name another --report.")


def spare_fuller(output: Path, run: Mapping[str, Any], asked: int) -> None:
    """Refuse to write a sample of so many questions over results of the same set that hold more of them.

    Raises:
        GoldError: they would be lost.
    """
    try:
        held = read_results(output) if asked < run["of"] else {"rows": []}
    except GoldError:
        return
    if held.get("name") == run["name"] and len(held["rows"]) > asked:
        problem = f"{output} holds {len(held['rows'])} questions of {run['name']}, more than this sample of {asked}."
        raise GoldError(problem, "Name another --output, or leave out --limit.")


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def draft_of(output: Path) -> Path:
    """Return where the rows of a run are kept until its results are written."""
    return output.with_suffix(".partial.jsonl")


def refuse_inside(path: Path, docs: Path, which: str = "whose files are read as documents") -> None:
    """Raise a GoldError if the path is one that an ingest of the folder would meet; ``which`` tells of that folder."""
    whole, folder = path.expanduser().resolve(), docs.resolve()
    if whole.is_relative_to(folder) and not any(part.startswith(".") for part in whole.relative_to(folder).parts):
        raise GoldError(f"{path} lies in {docs}, {which}.", "Name a place outside of it.")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the system about this file into one sentence."""
    try:
        yield
    except OSError as error:
        advice = "Free some space or name another place, then run it again; what was asked so far is kept."
        raise GoldError(f"{path} cannot be written: {error.strerror or error}.", advice) from None


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a value as JSON in one step.

    Raises:
        GoldError: it cannot be written.
    """
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file in one step, so that a full disk leaves the one that was there.

    Raises:
        GoldError: it cannot be written.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    with writing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def keep_rows(
    draft: Path,
    head: dict[str, Any],
    items: Mapping[str, Any],
    work: Callable[[Any], dict[str, Any]],
    progress: Progress | None,
    stage: str,
) -> list[dict[str, Any]]:
    """Return a row for each item, by its id; those that ``draft`` does not hold yet are worked out and added there.

    Raises:
        GoldError: ``draft`` cannot be written, or another run is writing it.
        KeyboardInterrupt: the run was stopped; it says how far it came.
    """
    with writing(draft):
        draft.parent.mkdir(parents=True, exist_ok=True)
    with writing(draft), draft.open("a+b") as file:
        rows = _resume(file, head)
        try:
            for done, (key, item) in enumerate(items.items(), 1):
                if key not in rows:
                    rows[key] = work(item)
                    file.write(json.dumps(rows[key]).encode() + b"\n")
                    file.flush()
                if progress:
                    progress(IngestProgress(done, len(items), key, stage))
        except KeyboardInterrupt:
            stopped = f"Stopped after {len(rows)} of {len(items)}; run the same command to go on."
            raise KeyboardInterrupt(stopped) from None
    return [rows[key] for key in items]


def _resume(file: IO[bytes], head: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Own the draft and return the rows that an interrupted run with the same head left there.

    A last line that is torn, as by a full disk, is cut off, and so is all of another run.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise GoldError(f"Another run is writing {file.name}.", "Wait for it, or name another --output.") from None
    file.seek(0)
    whole, end, _ = file.read().rpartition(b"\n")
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
    except ValueError:
        lines = []
    if lines and lines[0] == head:
        file.truncate(len(whole + end))
    else:
        file.truncate(0)
        file.write(json.dumps(head).encode() + b"\n")
    return {row["id"]: row for row in lines[1:] if lines[0] == head}


def read_results(path: Path) -> dict[str, Any]:
    """Read the results of a run.

    Raises:
        GoldError: the file is missing or is no results file.
    """
    advice = "Write one with `rag eval --output FILE`."
    text = read_file(path, advice)
    try:
        result = json.loads(text)
        rows = [{**row, **{name: float(row[name]) for name in ("answered", "confidence")}} for row in result["rows"]]
        if any(not isinstance(row[name], str) for row in rows for name in ("id", "kind")):
            raise ValueError
        return {**result, "rows": rows, "gold": str(result["gold"])}
    except (ValueError, KeyError, TypeError):
        raise GoldError(f"{path} is not a results file.", advice) from None
