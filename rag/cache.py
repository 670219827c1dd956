"""What was found out once on a machine, kept in the user's cache."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def cache_folder() -> Path:
    """Return where the user's machine keeps what was found out once."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rag-chat"


def keep(path: Path, content: bytes) -> None:
    """Write a whole file or nothing; without a place for it, it is found out again next time."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_bytes(content)
        draft.replace(path)
