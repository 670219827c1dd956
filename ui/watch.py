"""Folders that are watched: what changes in them gets into the index within seconds, by looking at sizes and times.

Polling needs no further package, and works on network drives and in containers, where file events often do not arrive.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rag import Chatbot, FileResult, IngestProgress, IngestReport, RagError

SECONDS = 2.0  # between two looks; a file counts as written when two looks see the same
REST = 20  # a look may take a twentieth of the time
PATIENCE = 60.0  # seconds: a file that never stops growing is read all the same
RETRY = 60.0  # seconds after a failure, if nothing changes
REMEMBERED = 20
BROKEN = "The folder could not be read; the terminal says why. It will be tried again."
_HIDDEN = (".", "~$", "__MACOSX")
_CLOSED = (-1, 0)  # stands for the files of a folder that cannot be read

Seen = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Change:
    """What was brought up to date, and when."""

    when: datetime
    folder: Path
    report: IngestReport


@dataclass(slots=True)
class _Folder:
    """One watched folder: what it looked like when it was read and at the last look, and since when it differs.

    After a failure it is left alone until ``again``, unless it changes.
    """

    path: Path
    read: Seen | None = None
    last: Seen | None = None
    since: float = 0.0
    failed: Seen | None = None
    again: float = 0.0
    told: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def is_due(self, seen: Seen, now: float) -> bool:
        """Whether the folder changed and has come to rest, or has not for too long."""
        rests, self.last = seen == self.last, seen
        if seen == self.read:
            self.since = 0.0
            return False
        self.since = self.since or now
        gives_up = seen == self.failed and now < self.again
        return not gives_up and (rests or now - self.since >= PATIENCE)


class _StoppedError(Exception):
    """The watcher was told to end in the middle of an ingest."""


class Watcher:
    """Keeps the index up to date with folders, in a thread of its own. ``changes`` holds what happened, newest first.

    ``count`` grows with every change. A failure is noted once, and tried again after a minute.
    """

    def __init__(
        self,
        bot: Chatbot,
        folders: Sequence[Path],
        *,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changes: deque[Change] = deque(maxlen=REMEMBERED)
        self.count = 0
        self._bot, self._seconds, self._clock = bot, seconds, clock
        self._folders = [_Folder(Path(folder).expanduser().absolute()) for folder in folders]
        self._own = str(bot.settings.data_dir.expanduser().absolute())
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    @property
    def watches(self) -> bool:
        """Whether there is any folder to watch."""
        return bool(self._folders)

    def start(self) -> None:
        """Begin to watch, if there is anything to watch."""
        if self.watches:
            self._thread.start()

    def stop(self) -> None:
        """End, after the file that is being read."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            began = time.monotonic()
            self.look()
            self._stopped.wait(max(self._seconds, REST * (time.monotonic() - began)))

    def look(self) -> None:
        """Look at every folder once, and read what is due."""
        for folder in self._folders:
            seen = scan(folder.path, self._own)
            if folder.is_due(seen, self._clock()):
                with suppress(_StoppedError):
                    self._read(folder, seen)

    def _read(self, folder: _Folder, seen: Seen) -> None:
        trouble = ""
        try:
            report = self._bot.ingest(folder.path, progress=self._go_on)
        except _StoppedError:
            raise
        except RagError as error:  # the folder is gone, the disk is full
            trouble = str(error)
        except Exception:  # one reading's failure: written to the terminal, told in the window, tried again
            logging.getLogger(__name__).exception("%r could not be read.", str(folder.path))
            trouble = BROKEN
        if trouble:
            folder.failed, folder.again = seen, self._clock() + RETRY
            report = IngestReport((FileResult(folder.path.name, "failed", trouble),))
        else:
            folder.read, folder.since = seen, 0.0
        self._note(folder, report)

    def _note(self, folder: _Folder, report: IngestReport) -> None:
        """Keep what is news: not the files that stayed as they were, nor failures that were told before."""
        failures = frozenset((file.name, file.reason) for file in report.failures)
        news = tuple(
            file
            for file in report.files
            if file.status != "unchanged" and (file.name, file.reason) not in failures & folder.told
        )
        folder.told = failures
        if news:
            self.changes.appendleft(Change(datetime.now().astimezone(), folder.path, replace(report, files=news)))
            self.count += 1

    def _go_on(self, _: IngestProgress) -> None:
        if self._stopped.is_set():
            raise _StoppedError


def scan(folder: Path, leave_out: str = "") -> Seen:
    """Return size and time of every file below a folder, or of the file itself, without hidden ones."""
    seen: Seen = {}
    pending = [str(folder)]
    if folder.is_file():
        pending, seen = [], {str(folder): _look_at(folder)}
    while pending:
        path = pending.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name.startswith(_HIDDEN) or entry.path == leave_out:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        seen[entry.path] = _look_at(entry)
        except OSError:
            seen[path] = _CLOSED
    return seen


def _look_at(file: os.DirEntry[str] | Path) -> tuple[int, int]:
    try:
        info = file.stat()
    except OSError:  # gone meanwhile, or a link that leads nowhere
        return _CLOSED
    return info.st_size, info.st_mtime_ns


def follow(watcher: Watcher, **refresh: Any) -> None:
    """Let every open window call ``refresh``, an event of Gradio, when a watched folder has changed."""
    import gradio as gr

    if not watcher.watches:
        return
    shown = gr.State(watcher.count)
    fn, inputs, outputs = refresh.pop("fn"), refresh.pop("inputs"), refresh.pop("outputs")

    async def catch_up(count: int, *arguments: Any) -> tuple[Any, ...]:
        if count == watcher.count:
            return (gr.skip(),) * (1 + len(outputs))
        return watcher.count, *await fn(*arguments)

    gr.Timer(SECONDS).tick(catch_up, [shown, *inputs], [shown, *outputs], **refresh)
