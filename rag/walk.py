"""Which files there are: folders walked in the order of names, with a reason for every path that is left out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import LoadError
from rag.load import SUPPORTED

_HIDDEN = ("~$", ".", "__MACOSX")
_PICTURES = frozenset(".bmp .gif .heic .heif .jpeg .jpg .png .svg .tif .tiff .webp".split())
_ARCHIVES = frozenset(".7z .bz2 .gz .rar .tar .tgz .xz .zip".split())
_TODAY = {".doc": ".docx", ".xls": ".xlsx", ".ppt": ".pptx"}  # what the office files of the nineties are saved as


@dataclass(frozen=True, slots=True)
class Found:
    """A path met on the walk: its name for people, the folder or file that was asked for, and why it is left out."""

    path: Path
    name: str
    root: Path
    reason: str = ""


def existing(path: Path) -> Path:
    """Return the absolute path, one and the same for "docs", "./docs" and "../here/docs".

    Raises:
        LoadError: there is nothing there.
    """
    typed = path.expanduser().absolute()
    whole = Path(os.path.normpath(typed))
    with suppress(OSError):
        whole = whole if typed.samefile(whole) else typed  # behind a link ".." leads elsewhere
    if not whole.exists() and not whole.is_symlink():
        raise LoadError(f"{path} does not exist.", "Check the path.")
    return whole


def walk(root: Path, leave_out: Path | None = None) -> Iterator[Found]:
    """Yield the files below a folder in order of their names, or the file itself; links lead nowhere outside.

    ``leave_out`` is a folder, resolved, that is not looked into: that of the index, which holds conversations.
    """
    if not root.is_dir():
        yield Found(root, root.name, root, _reason_to_skip(root, root.parent))
        return
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            seen = (entry for entry in folder.iterdir() if not entry.name.startswith(_HIDDEN))
            entries = sorted(entry for entry in seen if not _is(entry, leave_out))
        except OSError as error:
            yield Found(
                folder, folder.relative_to(root).as_posix(), root, f"The folder cannot be read: {error.strerror}."
            )
            continue
        inner = dict.fromkeys(path for path in entries if path.is_dir() and not path.is_symlink())
        pending.extend(reversed(inner))
        for path in entries:
            if path not in inner:
                yield Found(path, path.relative_to(root).as_posix(), root, _reason_to_skip(path, root))


def _is(entry: Path, folder: Path | None) -> bool:
    """Tell whether an entry is that folder; few have its name, so few are resolved."""
    return folder is not None and entry.name == folder.name and entry.resolve() == folder


def _reason_to_skip(path: Path, root: Path) -> str:
    """Say why a path is no file to read, or return an empty string."""
    if path.suffix.lower() not in SUPPORTED and not path.is_dir():
        return _advice(path.suffix)
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return "The link leads nowhere or in a circle."
    if path.is_symlink() and not target.is_relative_to(root.resolve()):
        return "The link leads outside the folder."
    if target.is_dir():
        return "The link leads to a folder."
    return "" if stat.S_ISREG(target.stat().st_mode) else "It is not a regular file."


def _advice(suffix: str) -> str:
    """Say what to do with a file of a kind that is not read."""
    kind = suffix.lower()
    if kind in _PICTURES:
        return "It is a picture; only text is read."
    if kind in _ARCHIVES:
        return "It is an archive; unpack it, and add what is in it."
    known = _TODAY.get(kind) or f"one of these: {' '.join(sorted(SUPPORTED))}"
    return f"Files of type {suffix or 'without ending'} are not read; save it as {known}."
