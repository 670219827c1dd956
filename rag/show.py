"""What the command line prints, as text or JSON, free of characters that could drive the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING, Any

import typer

from rag.datatypes import page_name, page_unit
from rag.errors import RagError
from rag.formats import count
from rag.text import normalize

if TYPE_CHECKING:
    from rag.backup import Backup
    from rag.datatypes import Answer, Citation, Hit
    from rag.reports import DocumentInfo, FileResult, IngestProgress, IngestReport, Status

SHOWN = 3  # passages near a question without an answer, and files that could not be read
SELDOM = 30.0  # seconds between two lines of progress where there is no terminal


def print_report(report: IngestReport, as_json: bool) -> None:
    """Print what happened to each file; unchanged ones are only counted."""
    if as_json:
        print_json(asdict(report) | {"summary": report.summary})
        return
    for file in report.files:
        if file.status != "unchanged" or file.reason:
            say(f"{file.status:9} {file.told}")
        for warning in file.warnings if file.status != "unchanged" else ():
            say(f"          {warning}")
    say(f"{report.summary} ({report.seconds:.1f} s)")


def print_answer(answer: Answer, failed: Sequence[FileResult]) -> None:
    """Print an answer with its sources, or why there is none; then also the files that could not be read."""
    if answer.standalone != answer.question:
        say(f"({answer.standalone})")
    for sentence in answer.sentences:
        doubtful = sentence.verdict in ("partly", "unsupported")
        flag = f" <{sentence.verdict}: {sentence.reason}>" if doubtful else ""
        marks = "".join(f" [{citation.number}]" for citation in sentence.citations)
        print_lines(f"{sentence.lead[1:].lstrip(chr(10))}{sentence.text}{marks}{flag}")
    for citation in answer.citations:
        say(f"  [{citation.number}] {_place(citation)}: {_shorten(citation.quote, 200)}")
    if answer.abstained:
        _print_refusal(answer, failed)
    if answer.notice:
        typer.echo(clean(answer.notice), err=True)


def _print_refusal(answer: Answer, failed: Sequence[FileResult]) -> None:
    from rag.cite import cite

    say(answer.abstained)
    passages = (hit.passage for hit in answer.hits[:SHOWN])
    for near in answer.nearest or (cite(passage, passage.start, passage.end) for passage in passages):
        say(f"  near: {_place(near)}: {_shorten(near.quote, 120)}")
    asked = answer.question.casefold()
    named_first = sorted(failed, key=lambda file: PurePath(file.name).name.casefold() not in asked)
    for file in named_first[:SHOWN]:
        say(f"  could not be read: {file.told}")
    if len(failed) > SHOWN:
        say(f"  and {len(failed) - SHOWN} more; `rag status` lists them")


def _place(citation: Citation) -> str:
    """Return where a citation stands, on a page also under which heading."""
    heading = citation.heading.rpartition(" > ")[2] if citation.page else ""
    return f"{citation.where}, {heading}" if heading not in ("", citation.page_label) else citation.where


def _shorten(text: str, length: int) -> str:
    """Return a text on one line, cut at a word if it is longer than ``length``."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[:length].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON-friendly values."""
    record = asdict(answer)
    places = [asdict(c) | {"where": c.where} for c in answer.citations]
    return record | {"text": answer.text, "citations": places}


def print_json(value: Any) -> None:
    """Print a value as one line of ASCII JSON."""
    typer.echo(json.dumps(value, ensure_ascii=True, default=str))


def print_lines(text: str, *, err: bool = False) -> None:
    """Print a text line by line."""
    for line in text.split("\n"):
        typer.echo(normalize(line)[0], err=err)


def say(line: str) -> None:
    """Print one line."""
    typer.echo(clean(line))


def clean(text: str) -> str:
    """Return the text on one line without control characters, which could drive the terminal."""
    return " ".join(normalize(text)[0].split("\n")).replace("\t", " ")


def print_hits(hits: Sequence[Hit]) -> None:
    """Print each passage with its place and why it was found."""
    for hit in hits:
        passage = hit.passage
        place = passage.source
        place += f", {page_name(place, passage.page, passage.page_label)}" if passage.page else ""
        heading = passage.heading if passage.heading != passage.page_label else ""  # of a sheet
        say(f"{hit.rank}. {place}{f' > {heading}' if heading else ''}")
        say(f"   {hit.why}")
        say(f"   {_shorten(passage.text, 300)}")


def print_status(state: Status, documents: Sequence[DocumentInfo]) -> None:
    """Print what is in the index and what failed."""
    say(f"{count(state.documents, 'document')}, {count(state.passages, 'passage')} in {state.data_dir}")
    say(f"embedding model: {state.embedding_model}; answers: {state.llm or 'quotes, no LLM is configured'}")
    for info in documents:
        pages = [count(info.pages, page_unit(info.format))] if info.pages else []
        facts = ", ".join([count(info.passages, "passage"), *pages, count(info.characters, "character")])
        names = info.names if len(set(info.names)) == len(info.names) else info.paths
        say(f"  {', '.join(names)}: {facts}")
        for warning in info.warnings:
            say(f"      {warning}")
    for file in state.failures:
        say(f"  not in the index: {file.told}")


def print_backup(done: str, backup: Backup, as_json: bool) -> None:
    """Print what was done and what the backup holds, and which uploads it could not hold as they were read."""
    if as_json:
        print_json(asdict(backup))
        return
    held = f"{count(backup.documents, 'document')}, {count(backup.files, 'other file')}"
    say(f"{done}: {held}, {backup.size / 2**20:,.1f} MB")
    for name in backup.stale:
        say(f"  {name}: the upload has changed or gone; its text is kept")


def _told_seldom() -> Callable[[IngestProgress], None]:
    """Return a progress for a log: of long work it tells now and then how far it is."""
    told = monotonic()

    def tell(moment: IngestProgress) -> None:
        nonlocal told
        if monotonic() - told >= SELDOM:
            told = monotonic()
            print_lines(f"{clean(moment.name)}: {moment.done:,} of {moment.total:,}", err=True)

    return tell


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Print an error of ours as one line and exit 2."""
    try:
        yield
    except RagError as error:
        print_lines(f"error: {error}", err=True)
        raise typer.Exit(2) from None


@contextmanager
def progress_bar() -> Iterator[Any]:
    """Show a bar on a terminal, and elsewhere a line every half a minute."""
    if not sys.stderr.isatty():
        yield _told_seldom()
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("reading", total=None)

    def show(moment: IngestProgress) -> None:
        bar.start()
        bar.update(task, total=moment.total, completed=moment.done, description=clean(moment.name)[:40])
        if moment.done == moment.total:
            bar.stop()

    try:
        yield show
    finally:
        bar.stop()
