"""What the window's steps are handed, looked at before Gradio sees it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ENTERING = (
    64  # requests on their way into the queue at once; Gradio takes 20 ms for each, in which nobody else is served
)


async def read_ahead(receive: Any) -> tuple[bytes, Any]:
    """Return the whole body, which is short, and a ``receive`` that hands it out once more."""
    read: list[dict[str, Any]] = []
    while not read or read[-1].get("more_body"):
        read.append(await receive())
    body = b"".join(message.get("body", b"") for message in read)

    async def receive_again() -> Any:
        return read.pop(0) if read else await receive()

    return body, receive_again


def names_only(body: bytes, folder: Path) -> bool:
    """Whether all files that a step's data names are uploads: ``folder/DIGEST/NAME``.

    Gradio copies any file of this machine, and fetches any address, that stands in the place of an upload: it checks
    that only for windows that it launched itself (processing_utils._check_allowed, 6.31).
    """
    try:
        pending = [json.loads(body)]
    except (ValueError, RecursionError):
        return True  # the window refuses what it cannot read
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
