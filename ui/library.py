"""The documents side of the window: the list, the report of an upload, and uploads kept under safe names."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from rag import DocumentInfo, FileResult, IngestProgress, IngestReport
from ui.render import count, escape, opener, visible
from ui.watch import Change

MOST_DOCUMENTS = 500  # rows of the list; a browser lays out more only slowly
LATEST_CHANGES = 5  # of watched folders
LONGEST_NAME = 200  # bytes; file systems allow 255


def safe_name(name: str) -> str:
    """Return an upload's name without folders and without what could hide it or fool a reader."""
    last = visible(name).replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(" " if character in '\n\r\t<>:"|?*' else character for character in last)
    last = " ".join(last.split()).lstrip(".- ") or "unnamed"
    stem, suffix = Path(last).stem, Path(last).suffix[:20]
    return stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore") + suffix


def keep_uploads(uploads: Sequence[Path], folder: Path, aside: Path) -> list[Path]:
    """Move uploaded files into ``folder`` and what they replace into ``aside``. Return where they are now."""
    for place in (folder, aside):
        place.mkdir(parents=True, exist_ok=True)
    kept = [folder / safe_name(upload.name) for upload in uploads]
    for upload, path in zip(uploads, kept, strict=True):
        if path.exists():
            path.replace(aside / path.name)
        shutil.move(upload, path)
    return kept


def drop_failed(report: IngestReport, folder: Path, aside: Path) -> list[Path]:
    """Take uploads that could not be read out of ``folder`` again, put back what they replaced, and empty ``aside``.

    Return the paths where now nothing is.
    """
    failed = [folder / file.name for file in report.failures]
    for path in failed:
        path.unlink(missing_ok=True)
        if (aside / path.name).exists():
            (aside / path.name).replace(path)
    shutil.rmtree(aside)
    return [path for path in failed if not path.exists()]


def render_documents(documents: Sequence[DocumentInfo], failures: Sequence[FileResult], chosen: Collection[str]) -> str:
    """Return the list of documents, with a box to ask only some, and the files that could not be read."""
    if not documents and not failures:
        return '<p class="empty">Nothing here yet.</p>'
    rows = "".join(_document(document, document.id in chosen) for document in documents[:MOST_DOCUMENTS])
    rest = len(documents) - MOST_DOCUMENTS
    more = f'<p class="notice">and {rest} more, which are searched all the same</p>' if rest > 0 else ""
    failed = "".join(map(_file, failures))
    trouble = f'<h3>Could not be read</h3><ul class="files">{failed}</ul>' if failed else ""
    return f'<ul class="documents">{rows}</ul>{more}{trouble}'


def _document(document: DocumentInfo, chosen: bool) -> str:
    facts = [count(document.pages, "page")] if document.pages else []
    facts.append(count(document.passages, "passage"))
    also = f" · also {escape(', '.join(document.names[1:]))}" if len(document.names) > 1 else ""
    warnings = "".join(f'<span class="warning">{escape(warning)}</span>' for warning in document.warnings)
    name, identity = escape(document.name), escape(document.id)
    return (
        f'<li><input type="checkbox" data-do="choose" data-document="{identity}" {"checked" if chosen else ""} '
        f'aria-label="Ask only {name}" data-tip="Ask only the ticked documents">'
        f'<button type="button" class="document" {opener(document.id, 0, 0)}><span class="name">{name}</span>'
        f'<span class="place">{" · ".join(facts)}{also}</span>{warnings}</button>'
        f'<button type="button" class="quiet remove" data-do="remove" data-document="{identity}" '
        f'aria-label="Remove {name}">Remove</button></li>'
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
    warnings = "".join(f'<span class="warning">{escape(warning)}</span>' for warning in file.warnings)
    return (
        f'<li class="{escape(file.status)}"><span class="name">{escape(file.name)}</span>'
        f'<span class="state">{escape(file.status)}</span>{reason}{warnings}</li>'
    )


def render_ingest(progress: IngestProgress) -> str:
    """Return how far an ingest is."""
    return (
        f'<section class="report" role="status"><p>{progress.done} of {progress.total}: {escape(progress.step)} '
        f'<span class="name">{escape(progress.name)}</span></p>'
        f'<progress max="{max(progress.total, 1)}" value="{progress.done}"></progress></section>'
    )
