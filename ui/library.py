"""The documents side of the window as HTML: the list, the report of an upload, and what is left of a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from rag import Citation, DocumentInfo, FileResult, IngestReport, page_unit
from ui.options import is_ticked, tick
from ui.prose import count, escape, opener
from ui.records import collections
from ui.watch import Change

FEW_FAILED = 3
MOST_DOCUMENTS = 500  # rows of the list; a browser lays out more only slowly
LATEST_CHANGES = 5  # of watched folders
NOTE = "read as "  # begins what is told of a file that was read without loss


def render_documents(
    documents: Sequence[DocumentInfo],
    failures: Sequence[FileResult],
    ticks: Collection[str] = (),
    collection: str = "",
    words: str = "",
) -> str:
    """Return the documents of a collection whose names and titles hold the words, and the files that failed.

    Each has a box to ask only the ticked ones; ``collection`` and ``words`` are empty for all.
    """
    if not documents and not failures:
        return '<p class="empty">Nothing here yet.</p>'
    held = collections(documents)
    wanted = words.casefold().split()
    within = held.get(collection) if collection else None
    found = [
        document
        for document in documents
        if (within is None or document.id in within) and _holds(wanted, *document.names, document.title)
    ]
    names = Counter(document.name for document in documents)
    rows = "".join(
        _document(document, is_ticked(document, ticks), twice=names[document.name] > 1)
        for document in found[:MOST_DOCUMENTS]
    )
    rest = len(found) - MOST_DOCUMENTS
    more = f'<p class="notice">and {rest} more, which are searched all the same</p>' if rest > 0 else ""
    by_name = sorted(failures, key=lambda file: file.name.casefold())
    missing = (file for file in by_name if not collection or file.name.startswith(f"{collection}/"))
    called = Counter(file.name for file in failures)
    failed = [_failed(file, twice=called[file.name] > 1) for file in missing if _holds(wanted, file.name)]
    none = "" if rows or failed else f'<p class="empty">No document is called “{escape(words)}”.</p>'
    listed, apart = "".join(failed), ""
    if len(failed) > FEW_FAILED:
        unread = f"<summary>{count(len(failed), 'file')} not read</summary>"
        listed, apart = "", f'<details class="unread">{unread}<ul class="documents">{listed}</ul></details>'
    return f'{_collections(held, collection)}{apart}<ul class="documents">{listed}{rows}</ul>{none}{more}'


def _holds(wanted: Sequence[str], *names: str) -> bool:
    whole = "\n".join(names).casefold()
    return all(word in whole for word in wanted)


def _collections(held: Collection[str], chosen: str) -> str:
    if not held:
        return ""
    pills = "".join(
        f'<button type="button" class="pill" data-do="collect" data-collection="{escape(name)}" '
        f'aria-pressed="{"true" if name == chosen else "false"}">{escape(name) or "All"}</button>'
        for name in ("", *held)
    )
    return f'<div class="collections" role="group" aria-label="Collections">{pills}</div>'


def _document(document: DocumentInfo, ticked: bool, *, twice: bool) -> str:
    facts = [f"in {escape(Path(document.paths[0]).parent.name)}"] if twice and document.paths else []
    warned = any(not warning.startswith(NOTE) for warning in document.warnings)
    facts += ["Read, with warnings" if warned else "Read"]
    facts += [count(document.pages, page_unit(document.format))] if document.pages else []
    facts += [count(document.passages, "passage"), day(document.added)]
    name, identity, copies = escape(document.name), escape(document.id), escape(", ".join(_copies(document)))
    also = f" · also {copies}" if copies else ""
    sure = f"Remove {name} and its {'copies' if len(document.names) > 2 else 'copy'} {copies}?" if copies else ""
    return (
        f'<li class="{"warned" if warned else "read"}"><input type="checkbox" data-do="choose" '
        f'data-tick="{tick(document)}" {"checked" if ticked else ""} '
        f'aria-label="Ask only {name}" data-tip="Ask only the ticked documents">'
        f'<button type="button" class="document" {opener(document.id, 0, 0)}><span class="name">{name}</span>'
        f'<span class="place">{" · ".join(filter(None, facts))}{also}</span>{_warnings(document.warnings)}</button>'
        f'<button type="button" class="quiet remove" data-do="remove" data-document="{identity}" data-sure="{sure}" '
        f'aria-label="Remove {name}">Remove</button></li>'
    )


def _copies(document: DocumentInfo) -> list[str]:
    """Return the names of the other files that say the same, with the folder of one that has no other name."""
    others = zip(document.names[1:], document.paths[1:], strict=True)
    return [f"{name} in {Path(path).parent.name}" if name == document.name else name for name, path in others]


def _warnings(warnings: Sequence[str]) -> str:
    """Return what was left out of a file, and quietly how it was read."""
    kinds = {True: "note", False: "warning"}
    return "".join(f'<span class="{kinds[told.startswith(NOTE)]}">{escape(told)}</span>' for told in warnings)


def _failed(file: FileResult, *, twice: bool) -> str:
    name, folder = escape(file.name), escape(file.folder)
    where = f" · in {folder}" if twice and folder else ""
    return (
        f'<li class="failed"><span class="document"><span class="name">{name}</span>'
        f'<span class="place">Not read{where}</span><span class="reason">{escape(file.reason)}</span></span>'
        f'<button type="button" class="quiet remove" data-do="dismiss" data-name="{name}" '
        f'data-folder="{folder}" aria-label="Dismiss {name}{where}">Dismiss</button></li>'
    )


def day(moment: str) -> str:
    """Return a moment in ISO form as the day it was here, ``27 Nov 2026``, which no line break parts."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%d\u00a0%b\u00a0%Y}".lstrip("0")
    except ValueError:
        return ""


def render_gone(kept: Citation | None, documents: Sequence[DocumentInfo]) -> str:
    """Return what there is in place of a document that has left the index: the words that it said, and its namesakes.

    ``kept`` is what a conversation holds of it, if it does.
    """
    if not kept:
        return '<div class="blank"><p>This document is no longer in the index.<br>Ask again to see what is.</p></div>'
    today = [document for document in documents if kept.source in document.names]
    name, told = escape(kept.source), "has been replaced since" if today else "is no longer in the index"
    buttons = "".join(
        f'<button type="button" class="quiet" {opener(document.id, 0, 0)}>Open the new one</button>'
        for document in today
    )
    return (
        f'<header class="source-head"><div class="name-line"><h2>{name}</h2>{buttons}</div></header>'
        f'<p class="notice">This document {told}. It said:</p>'
        f'<div class="text" dir="auto"><p><mark>{escape(kept.quote)}</mark></p></div>'
    )


def render_report(report: IngestReport) -> str:
    """Return what an upload did: one line in all, then each file with its reason."""
    files = "".join(map(_file, report.files))
    return (
        f'<section class="report" role="status"><p><b>{escape(report.summary)}</b> in {report.seconds:.1f} s'
        '<button type="button" class="quiet" data-do="close-report" aria-label="Close the report">×</button></p>'
        f'<ul class="files">{files}</ul></section>'
    )


def render_changes(changes: Sequence[Change]) -> str:
    """Return what happened last in the watched folders, newest first."""
    rows = "".join(
        f"<details><summary>{change.when:%d %b %H:%M} "
        f"{escape(change.folder.name)}: {escape(change.report.summary)}</summary>"
        f'<ul class="files">{"".join(map(_file, change.report.files[:MOST_DOCUMENTS]))}</ul></details>'
        for change in list(changes)[:LATEST_CHANGES]
    )
    return f'<section class="report changes"><p><b>Changes in watched folders</b></p>{rows}</section>' if rows else ""


def _file(file: FileResult) -> str:
    reason = f'<span class="reason">{escape(file.reason)}</span>' if file.reason else ""
    return (
        f'<li class="{escape(file.status)}"><span class="name">{escape(file.name)}</span>'
        f'<span class="state">{escape(file.status)}</span>{reason}{_warnings(file.warnings)}</li>'
    )


def render_uploads(results: Sequence[FileResult]) -> str:
    """Return how far an upload is, file by file."""
    done = sum(file.status not in ("waiting", "reading", "indexing") for file in results)
    files = "".join(map(_file, results))
    return (
        f'<section class="report" role="status"><p><b>{done} of {count(len(results), "file")} done</b></p>'
        f'<progress max="{max(len(results), 1)}" value="{done}" aria-label="Files done"></progress>'
        f'<ul class="files">{files}</ul></section>'
    )
