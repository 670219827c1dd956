"""A data folder into one file and back: documents, uploads, conversations, feedback; checked before anything moves.

A backup is a zip file with a list of what it holds and the SHA-256 of each. Chroma is not in it: it is derived.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from rag.database import Database, lock_folder, made_mark, replace_database
from rag.errors import StorageError
from rag.schema import SCHEMA, SCHEMA_VERSION

DOCSTORE, CHROMA = "documents.sqlite", "chroma"
_FORMAT, _LIST = 1, "backup.json"
_PARTS = (DOCSTORE, "uploads", "conversations", "feedback.jsonl")
_STAGED, _DECIDED = "restore.part", "restore"  # the second name is given when all is there: from then on it counts
_TRIES = 3  # to find the uploads as the docstore knows them, while a window changes both
_CHUNK = 1 << 20
# What zipfile lets through from its decompressors, where a byte of the archive or of its headers is not what it was.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError, RuntimeError, EOFError)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds, and when it was made.

    ``stale`` are the uploads that are gone or are no longer what their documents were read from.
    """

    made: str
    documents: int
    files: int
    size: int
    stale: tuple[str, ...] = ()


def write_backup(folder: Path, target: Path) -> Backup:
    """Write what cannot be derived of a data folder into a new file; another process may own the folder meanwhile.

    Raises:
        StorageError: there is no index, the file exists already, or the disk does not take it.
    """
    folder, target = folder.expanduser().absolute(), target.expanduser().absolute()
    if target.exists():
        raise StorageError(f"{target.name} exists already.", "Name a new file.")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as workplace:
            draft = Path(workplace) / "draft.zip"
            for _ in range(_TRIES):
                backup = _pack(folder, Path(workplace) / DOCSTORE, draft)
                if not backup.stale:
                    break
            draft.replace(target)
    except OSError as error:
        advice = "Check the folder and its free space, then try again."
        raise StorageError(f"{target.name} cannot be written: {error.strerror or error}.", advice) from None
    return backup


def _pack(folder: Path, snapshot: Path, draft: Path) -> Backup:
    snapshot.unlink(missing_ok=True)
    with closing(Database(folder / DOCSTORE, SCHEMA, SCHEMA_VERSION, read_only=True)) as store:
        store.backup(snapshot)
    with closing(Database(snapshot, SCHEMA, SCHEMA_VERSION)) as copy:
        documents = int(copy.read("SELECT count(*) FROM documents")[0][0])
        known = dict(copy.read("SELECT path, sha256 FROM files WHERE document_id IS NOT NULL"))
    listed: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in [(DOCSTORE, snapshot), *_files(folder)]:
            try:
                with path.open("rb") as file:
                    listed[name] = _add(archive, name, file)
            except FileNotFoundError:  # a conversation or an upload that was deleted meanwhile
                continue
        made = datetime.now(UTC).isoformat(timespec="seconds")
        head = {"format": _FORMAT, "schema": SCHEMA_VERSION, "made": made, "folder": str(folder), "files": listed}
        archive.writestr(_LIST, json.dumps(head))
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    uploads = {path: name for name, path in _files(folder) if name.startswith("uploads/")}
    held = {path: listed.get(name, {}).get("sha256") for path, name in uploads.items()}
    wanted = {Path(path): digest for path, digest in known.items() if Path(path).parent == folder / "uploads"}
    stale = sorted(path.name for path, digest in wanted.items() if held.get(path) != digest)
    return Backup(made, documents, len(listed) - 1, draft.stat().st_size, tuple(stale))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the plain files of a data folder that are kept beside the docstore; drafts are not."""
    wanted = {"uploads": "**/*", "conversations": "*/*.json", "feedback.jsonl": ""}
    for part, pattern in wanted.items():
        for path in sorted((folder / part).glob(pattern)) if pattern else [folder / part]:
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path


def _add(archive: zipfile.ZipFile, name: str, file: IO[bytes]) -> dict[str, Any]:
    """Copy a file into the archive and return what the list says of it."""
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as entry:
        while chunk := file.read(_CHUNK):
            entry.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return {"sha256": digest.hexdigest(), "size": size, "mtime_ns": os.fstat(file.fileno()).st_mtime_ns}


def restore(source: Path, folder: Path, *, replace: bool = False) -> Backup:
    """Put a backup into a data folder, in place of what it holds if ``replace`` says so; all of it or nothing.

    The whole backup is checked first. A restore that is killed is finished by whoever opens the folder next.

    Raises:
        StorageError: the file is no backup, is damaged or of another version; the folder holds an index already.
        IndexLockedError: another process owns the folder.
    """
    folder = folder.expanduser().absolute()
    try:
        with zipfile.ZipFile(source) as archive:
            head = _read_list(archive, source.name)
            with own_folder(folder):
                if not replace and any((folder / part).exists() for part in _PARTS):
                    advice = "Add --replace to put the backup in its place, or name another folder with --data-dir."
                    raise StorageError(f"The data folder {folder.name} is in use already.", advice)
                documents = _stage(archive, head, folder, source.name)
                (folder / _STAGED).replace(folder / _DECIDED)
                _finish(folder)
    except _BROKEN:
        raise _damaged(source.name, "is not a backup, or is damaged") from None
    except OSError as error:
        advice = "Check the file, the folder and its free space, then try again; nothing was changed."
        raise StorageError(f"{source.name} cannot be restored: {error.strerror or error}.", advice) from None
    return Backup(head["made"], documents, len(head["files"]) - 1, source.stat().st_size)


def _damaged(name: str, how: str) -> StorageError:
    return StorageError(f"{name} {how}.", "Take another file that `rag backup` made; nothing was changed.")


def _read_list(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    """Return the list of a backup, whose names lead nowhere else and whose version is this program's."""
    try:
        head: dict[str, Any] = json.loads(archive.read(_LIST))
        versions = int(head["format"]), int(head["schema"])
        files = {str(key): (str(file["sha256"]), int(file["size"])) for key, file in head["files"].items()}
        paths = [PurePosixPath(key) for key in files]
        fits = DOCSTORE in files and all(p.parts[0] in _PARTS and ".." not in p.parts for p in paths)
        head["made"], head["folder"] = str(head["made"]), str(head["folder"])
    except KeyError:
        raise _damaged(name, "is not a backup") from None
    except (ValueError, TypeError, AttributeError, IndexError):
        raise _damaged(name, "is damaged") from None
    if versions[0] > _FORMAT or versions[1] > SCHEMA_VERSION:
        raise StorageError(f"{name} was made by a newer version of this program.", "Upgrade, then restore it.")
    if versions != (_FORMAT, SCHEMA_VERSION):
        advice = "Restore it with the version that made it, then run `rag ingest` with this one."
        raise StorageError(f"{name} was made by an older version of this program.", advice)
    if not fits or set(archive.namelist()) != {*files, _LIST}:
        raise _damaged(name, "is damaged: it does not hold what its list says")
    return head


def _stage(archive: zipfile.ZipFile, head: dict[str, Any], folder: Path, name: str) -> int:
    """Unpack beside what is there, compare every file with the list, and return the number of documents."""
    staged = folder / _STAGED
    shutil.rmtree(staged, ignore_errors=True)
    need, free = sum(file["size"] for file in head["files"].values()), shutil.disk_usage(folder).free
    try:
        if need > free:
            raise StorageError(f"{name} needs {need >> 20} MB; {free >> 20} MB are free.", "Free some space first.")
        for key, file in head["files"].items():
            _extract(archive, key, file, staged / key, name)
        (staged / "feedback.jsonl").touch()  # each part is there, so each takes the place of the old one
        for part in ("uploads", "conversations"):
            (staged / part).mkdir(exist_ok=True, mode=0o700)
        with closing(Database(staged / DOCSTORE, SCHEMA, SCHEMA_VERSION)) as store:
            if store.read("PRAGMA quick_check")[0][0] != "ok":
                raise _damaged(name, "holds a damaged index")
            with store.transaction() as write:  # uploads are known by where they lie, and now lie here
                old = f"{head['folder']}/"
                for column in ("path", "root"):
                    moved = (
                        f"UPDATE files SET {column} = ? || substr({column}, ?) WHERE substr({column} || '/', 1, ?) = ?"
                    )
                    write.execute(moved, (str(folder), len(old), len(old), old))
            return int(store.read("SELECT count(*) FROM documents")[0][0])
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


def _extract(archive: zipfile.ZipFile, key: str, file: dict[str, Any], path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, left = hashlib.sha256(), int(file["size"])
    with archive.open(key) as entry, path.open("wb") as target:
        while chunk := entry.read(min(_CHUNK, left + 1)):  # a byte too many is enough to know
            target.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
            if left < 0:
                break
        target.flush()
        os.fsync(target.fileno())
    if left or digest.hexdigest() != file["sha256"]:
        raise _damaged(name, f"is damaged: {PurePosixPath(key).name} is not what was kept")
    os.utime(path, ns=(int(file.get("mtime_ns", 0)),) * 2)


def own_folder(folder: Path) -> IO[str]:
    """Own a data folder as ``lock_folder`` does, and finish a restore that was killed after it was decided."""
    lock = lock_folder(folder)
    try:
        _finish(folder)
    except OSError as error:
        lock.close()
        advice = "Free some space and check the rights of the folder, then open it again."
        raise StorageError(f"A restore of {folder.name} cannot be finished: {error.strerror}.", advice) from None
    return lock


def holds_nothing(folder: Path) -> bool:
    """Tell whether there is no index, nor a trace of one: the mark that it was there, or a restore to be finished."""
    return not any((folder / name).exists() for name in (DOCSTORE, made_mark(Path(DOCSTORE)).name, _DECIDED))


def refuse_second_owner(folder: Path) -> None:
    """Raise what ``own_folder`` does if another process owns the folder; one that is not there yet has no owner."""
    if folder.exists():
        own_folder(folder).close()


def _finish(folder: Path) -> None:
    decided = folder / _DECIDED
    if not decided.exists():
        return
    shutil.rmtree(folder / CHROMA, ignore_errors=True)
    for part in _PARTS:
        new, old = decided / part, folder / part
        if not new.exists():  # it was moved before the kill
            continue
        if part == DOCSTORE:
            replace_database(new, old)
            continue
        if old.is_dir():
            shutil.rmtree(old)
        new.replace(old)
    shutil.rmtree(decided)
