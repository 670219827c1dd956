"""What the window's steps are handed, looked at before Gradio sees it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

PLACES = 64  # questions of the window that are on their way or being answered at once
LATE = 10.0  # seconds after which a place is free again if nobody came to hear the answer


class Door:
    """Lets only so many questions in. Gradio takes 50 ms for each, too long to find out inside that there is no place.

    ``asks`` are the numbers of the steps that ask. A place is a session's, from its question to the end of its events.
    """

    def __init__(self, asks: Collection[int] = ()) -> None:
        self.asks = frozenset(asks)
        self.since: dict[str, float] = {}
        self.listening: set[str] = set()

    def enter(self, body: Any) -> bool:
        """Whether a step may go in; if it asks, its session then has a place."""
        if not isinstance(body, dict) or body.get("fn_index") not in self.asks:
            return True
        session, now = str(body.get("session_hash")), time.monotonic()
        if len(self.since) >= PLACES:
            late = [one for one, since in self.since.items() if one not in self.listening and now - since > LATE]
            for one in late:
                del self.since[one]
        if len(self.since) >= PLACES and session not in self.since:
            return False
        self.since[session] = now
        return True

    @contextmanager
    def listen(self, session: str) -> Iterator[None]:
        """Hold the place of a session while its events are heard, and give it back."""
        self.listening.add(session)
        try:
            yield
        finally:
            self.listening.discard(session)
            self.since.pop(session, None)


async def read_ahead(receive: Any) -> tuple[bytes, Any]:
    """Return the whole body, which is short, and a ``receive`` that hands it out once more."""
    read: list[dict[str, Any]] = []
    while not read or read[-1].get("more_body"):
        read.append(await receive())
    body = b"".join(message.get("body", b"") for message in read)

    async def receive_again() -> Any:
        return read.pop(0) if read else await receive()

    return body, receive_again


async def watch_for_leaving(app: Any, scope: dict[str, Any], receive: Any, send: Any) -> bool:
    """Serve a stream; return whether its client left before the end. Gradio itself waits on for the next event."""
    ended = left = False

    async def receive_on() -> Any:
        nonlocal left
        message = await receive()
        left = left or (message["type"] == "http.disconnect" and not ended)
        return message

    async def send_on(message: dict[str, Any]) -> None:
        nonlocal ended
        ended = ended or (message["type"] == "http.response.body" and not message.get("more_body"))
        await send(message)

    await app(scope, receive_on, send_on)
    return left


def session_of(query: bytes) -> str:
    """Return the session that a request names."""
    return (parse_qs(query.decode("latin-1")).get("session_hash") or [""])[0]


def parse(body: bytes) -> Any:
    """Return the JSON of a body, None where it is none: the window itself refuses what it cannot read."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def names_only(body: Any, folder: Path) -> bool:
    """Whether all files that a step's data names are uploads: ``folder/DIGEST/NAME``.

    Gradio copies any file of this machine, and fetches any address, that stands in the place of an upload: it checks
    that only for windows that it launched itself (processing_utils._check_allowed, 6.31).
    """
    pending = [body]
    while pending:
        found = pending.pop()
        if isinstance(found, dict) and "path" in found and not _is_upload(str(found["path"]), folder):
            return False
        pending += found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return True


def _is_upload(name: str, folder: Path) -> bool:
    path = Path(name)
    if ".." in path.parts or path.parent.parent != folder:
        return False
    try:
        return path.is_file() and not path.is_symlink()
    except (OSError, ValueError):  # a name that is none
        return False
