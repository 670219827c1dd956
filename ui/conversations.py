"""Conversations on disk: one file each, in a folder a browser, which no other browser can name."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag import Answer, FileResult, NotFoundError, StorageError
from ui.prose import shorten

LONGEST_TITLE = 80  # characters
_ID = re.compile(r"[0-9a-f]{32}")
_NUMBERED = re.compile(r" \(\d+\)$")
KEY = re.compile(r"[\w-]{43}", re.ASCII)
STOPPED = "Stopped."


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what has come of it so far; ``trouble`` says in one sentence why it ended early.

    ``failed`` are files that could not be read and whose names the question has, ``unread`` is how many
    others there are where nothing answers; ``within`` names what was asked if that was not everything. What a person
    thinks of it: ``thumb`` is ``good``, ``bad`` or empty, ``wrong`` holds the numbers of the citations that do not fit.
    """

    answer: Answer
    trouble: str = ""
    failed: tuple[FileResult, ...] = ()
    thumb: str = ""
    wrong: tuple[int, ...] = ()
    within: str = ""
    unread: int = 0

    @property
    def live(self) -> bool:
        """Whether more is to come."""
        return not (self.answer.final or self.trouble)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: its exchanges, oldest first, under an id.

    ``revision`` counts how often it was saved: two windows may go on with the same one.
    """

    id: str = ""
    title: str = ""
    changed: str = ""
    exchanges: tuple[Exchange, ...] = ()
    revision: int = 0

    @classmethod
    def new(cls) -> Talk:
        """Return an empty one with an id, so that questions in quick succession come into the same one."""
        return cls(secrets.token_hex(16))

    @property
    def settled(self) -> tuple[Exchange, ...]:
        """The exchanges to which nothing more will come."""
        return tuple(exchange for exchange in self.exchanges if not exchange.live)

    def holding(self, *exchanges: Exchange) -> Talk:
        """Return it with these exchanges; the first question gives the title, unless renamed, and an id if none."""
        title = self.title if self.title != _title(self.exchanges) else _title(exchanges)
        return replace(self, id=self.id or secrets.token_hex(16), title=title, exchanges=exchanges)

    def lacks(self, other: Talk) -> bool:
        """Whether the other conversation does not merely begin as this one."""
        said, theirs = ([(e.answer.question, e.answer.text) for e in talk.exchanges] for talk in (self, other))
        return said[: len(theirs)] != theirs


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation as the list needs it: how many questions it has, and all its words to search in."""

    id: str
    title: str
    changed: str
    questions: int
    words: str


_TALK = TypeAdapter(Talk)


def folder_name(key: str) -> str:
    """Return the name of a browser's folder, or "" for what is no key; from the name nobody can tell the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32] if KEY.fullmatch(key) else ""


class Shelf:
    """The conversations of all browsers. A ``visitor`` is a folder name; under the empty one nothing is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writing = threading.Lock()  # between what is read and what is written in its place
        self._summaries: dict[Path, tuple[int, Summary]] = {}  # by time of change; reading all of them anew is slow

    def save(self, visitor: str, talk: Talk) -> Talk:
        """Write a conversation, in place of what stood under its id, and return it with the time of the change.

        Where another window went on with it meanwhile, that one stays and this one gets an id and a title of its own.

        Raises:
            StorageError: the disk does not take it.
        """
        talk = replace(talk, changed=datetime.now(UTC).isoformat(timespec="seconds"))
        if not visitor or not talk.id:
            return talk
        with self._writing:
            stored = self._read(self._path(visitor, talk.id))
            if stored and stored.revision != talk.revision and talk.lacks(stored):
                titles = {summary.title for summary in self.list(visitor)}
                bare = _NUMBERED.sub("", talk.title)
                title = next(title for n in count(2) if (title := f"{bare} ({n})") not in titles)
                talk = replace(talk, id=secrets.token_hex(16), title=title)
            return self._write(visitor, replace(talk, revision=talk.revision + 1))

    def _write(self, visitor: str, talk: Talk) -> Talk:
        path = self._path(visitor, talk.id)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")  # two tabs may write at once
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_bytes(_TALK.dump_json(talk))
            draft.replace(path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise StorageError(
                f"The conversation could not be saved: {error.strerror or error}.", "Free some space, then ask again."
            ) from None
        return talk

    def load(self, visitor: str, talk_id: str) -> Talk:
        """Return a conversation of this visitor.

        Raises:
            NotFoundError: this visitor has none of that id, or its file is damaged.
        """
        if visitor and _ID.fullmatch(talk_id) and (talk := self._read(self._path(visitor, talk_id))):
            return talk
        raise NotFoundError("There is no such conversation.", "Choose one from the list.")

    def list(self, visitor: str, words: str = "") -> list[Summary]:
        """Return this visitor's conversations that hold all of the words, the last changed first."""
        if not visitor:
            return []
        wanted = words.casefold().split()
        kept = [summary for path in (self.folder / visitor).glob("*.json") if (summary := self._summarise(path))]
        found = [summary for summary in kept if all(word in summary.words for word in wanted)]
        return sorted(found, key=lambda summary: (summary.changed, summary.id), reverse=True)

    def rename(self, visitor: str, talk_id: str, title: str) -> Talk:
        """Give a conversation another title; an empty one changes nothing."""
        with self._writing:
            talk = self.load(visitor, talk_id)
            return self._write(visitor, replace(talk, title=shorten(title, LONGEST_TITLE) or talk.title))

    def delete(self, visitor: str, talk_id: str) -> None:
        """Take a conversation away for good."""
        with self._writing:
            self.load(visitor, talk_id)
            path = self._path(visitor, talk_id)
            path.unlink(missing_ok=True)
            self._summaries.pop(path, None)

    def _path(self, visitor: str, talk_id: str) -> Path:
        return self.folder / visitor / f"{talk_id}.json"

    def _summarise(self, path: Path) -> Summary | None:
        with suppress(OSError):  # deleted meanwhile
            changed = path.stat().st_mtime_ns
            if (known := self._summaries.get(path)) and known[0] == changed:
                return known[1]
            if talk := self._read(path):
                said = (f"{exchange.answer.question}\n{exchange.answer.text}" for exchange in talk.exchanges)
                words = "\n".join((talk.title, *said)).casefold()
                summary = Summary(talk.id, talk.title, talk.changed, len(talk.exchanges), words)
                self._summaries[path] = changed, summary
                return summary
        return None

    def _read(self, path: Path) -> Talk | None:
        try:
            return _TALK.validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            reason = "its form is unknown" if isinstance(error, ValidationError) else error.strerror
            logging.getLogger(__name__).warning("%s is no conversation and was left out: %s.", path, reason)
            return None


def _title(exchanges: Sequence[Exchange]) -> str:
    return shorten(exchanges[0].answer.question, 60) if exchanges else ""
