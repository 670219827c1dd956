"""The SQLite file under the docstore: connections that are lent, whole transactions, errors in one line, one owner."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from rag.errors import IndexLockedError, StorageError

# Seconds: a process that is killed while it starts its parser leaves the lock with that one until it has loaded.
_PATIENCE = 0.8
_RESTORE = "Run `rag restore FILE --replace` with a backup, or remove the folder and run `rag ingest` again."


class Database:
    """A SQLite file in WAL mode with full synchronisation: what is committed survives a power cut.

    A connection is lent for one query, for each has a cache of its own, which is cold in a new one: fifty people who
    ask at once take a handful of connections. A transaction keeps its own, for all that its thread reads meanwhile.

    Raises:
        StorageError: the file cannot be opened, read or written, is damaged, or has another format.
    """

    def __init__(self, path: Path, schema: str, version: int, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._local = threading.local()
        self._connections: dict[sqlite3.Connection, int] = {}  # all that are open, with the number of their file
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._writing = threading.RLock()
        if read_only and not path.exists():
            raise StorageError(f"There is no index in {path.parent.name} yet.", "Run `rag ingest FOLDER` first.")
        try:
            self._prepare(schema, version)
        except StorageError:
            self.close()
            raise

    def _prepare(self, schema: str, version: int) -> None:
        """Make the tables of a new file, or refuse one of another format."""
        path, read_only = self._path, self._read_only
        held = self.read("PRAGMA user_version")[0][0]
        made = made_mark(path)
        if held == 0 and not read_only:
            if made.exists():  # to SQLite a file that is missing or empty is a new database
                raise StorageError(f"The index in {path.parent.name} is gone: {path.name} holds nothing.", _RESTORE)
            with self.guard(), self._connection() as connection:
                connection.executescript(f"BEGIN;{schema}PRAGMA user_version = {version};COMMIT;")
        elif held != version:
            raise StorageError(
                f"The index in {path.parent.name} has format {held}; this program reads {version}.",
                "Use the program that wrote it, or remove the folder and run `rag ingest` again.",
            )
        if not read_only and not made.exists():
            with self.guard():
                made.touch()

    def read(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a query."""
        with self.guard(), self._connection() as connection:
            return connection.execute(statement, values).fetchall()

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Yield the rows of a query one by one, as they are at one moment, for results too large to hold twice."""
        with self.guard(), self._connection() as connection:
            yield from connection.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hand out a connection for writing; all of it is committed at the end, or nothing.

        One within another is a part of that one.
        """
        with self._writing, self.guard(), self._connection() as connection:
            if connection is getattr(self._local, "connection", None):
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            self._local.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._local.connection = None

    def backup(self, path: Path) -> None:
        """Copy the whole file, as it is at one moment, into a new one."""
        with self.guard(), self._connection() as connection, closing(sqlite3.connect(path)) as target:
            connection.backup(target)

    def close(self) -> None:
        """Close every connection; no other is opened from here on."""
        self._closed = True
        for connection in list(self._connections):
            connection.close()
        self._connections.clear()
        self._idle.clear()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection: that of this thread's transaction, else one that was used before, else a new one."""
        if own := getattr(self._local, "connection", None):
            yield own
            return
        connection = self._idle_one() or self._open()
        try:
            yield connection
        finally:
            if connection in self._connections:  # not closed meanwhile
                # one whose transaction could not be ended, or that was opened beside ``close``, is for nobody
                spoilt = self._closed or connection.in_transaction
                self._drop(connection) if spoilt else self._idle.append(connection)

    def _idle_one(self) -> sqlite3.Connection | None:
        with suppress(IndexError):
            while connection := self._idle.pop():
                # the owner may have put another file in the place of the one that it reads
                if not self._read_only or _file_number(self._path) in (0, self._connections.get(connection)):
                    return connection
                self._drop(connection)
        return None

    def _drop(self, connection: sqlite3.Connection) -> None:
        self._connections.pop(connection, None)
        connection.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StorageError("The index is closed.", "Open the chatbot again.") from None

    def _open(self) -> sqlite3.Connection:
        mode = "ro" if self._read_only else "rwc"
        address = f"{self._path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=10, isolation_level=None, check_same_thread=False)
        if not self._read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        self._connections[connection] = _file_number(self._path)
        return connection

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn SQLite's errors into one line with the next step."""
        try:
            self._check_open()
            yield
        except sqlite3.ProgrammingError:  # the connection was closed while it was used
            self._check_open()
            raise
        except OSError as error:
            advice = "Free some space and check the rights of the folder, then try again."
            raise StorageError(f"{self._path.name} cannot be written: {error.strerror}.", advice) from None
        except (sqlite3.DatabaseError, UnicodeDecodeError, json.JSONDecodeError) as error:
            index = f"The index in {self._path.parent.name}"
            if isinstance(error, sqlite3.OperationalError) and "Could not decode" not in str(error):
                advice = "Free some space and check the rights of the folder, then try again; nothing was lost."
                raise StorageError(f"{index} cannot be used: {error}.", advice) from None
            raise StorageError(f"{index} is damaged: {error}.", _RESTORE) from None  # SQLite may quote what is damaged


def checksum(*fields: object) -> int:
    """Return the sum of a row, which is kept with it."""
    return zlib.crc32("\0".join(map(str, fields)).encode())


def verify(what: str, held: object, *fields: object) -> None:
    """Compare a row with its sum.

    Raises:
        sqlite3.DatabaseError: it is another; ``Database.guard`` makes a StorageError of it.
    """
    if held != checksum(*fields):
        raise sqlite3.DatabaseError(f"{what} is not as it was stored")


def seal(data: bytes) -> bytes:
    """Return bytes with their sum at the end."""
    return data + zlib.crc32(data).to_bytes(4, "little")


def unseal(what: str, data: bytes | None) -> bytes:
    """Return bytes without their sum, which must be right.

    Raises:
        sqlite3.DatabaseError: as for ``verify``.
    """
    if not data or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise sqlite3.DatabaseError(f"{what} is not as it was stored")
    return data[:-4]


def _file_number(path: Path) -> int:
    """Return what the system knows the file by; 0 while there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def made_mark(path: Path) -> Path:
    """Return the empty file that stands beside a database from the start on, and tells when the database is gone."""
    return path.with_name(f"{path.name}.made")


def replace_database(new: Path, old: Path) -> None:
    """Put a closed database in the place of another one, whose owner calls this; readers keep what they have open.

    The journal goes first: SQLite would apply it to the new file. What it holds is written into the old file before,
    so that a kill in between leaves that one whole.
    """
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(old, timeout=2)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        old.with_name(f"{old.name}{suffix}").unlink(missing_ok=True)
    new.replace(old)
    made_mark(new).unlink(missing_ok=True)


def lock_folder(folder: Path) -> IO[str]:
    """Make the folder if need be and own it until the returned file is closed or the process ends.

    Raises:
        IndexLockedError: another process owns it; the message names its number.
        StorageError: the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a+", encoding="utf-8")
    except OSError as error:
        advice = "Check its rights, or set RAG_DATA_DIR to another folder."
        raise StorageError(f"The data folder {folder.name} cannot be written: {error.strerror}.", advice) from None
    ends = time.monotonic() + _PATIENCE
    while not _take(lock):
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        if _is_alive(owner) or time.monotonic() > ends:
            lock.close()
            raise IndexLockedError(
                f"The data folder {folder.name} is in use by process {owner}.",
                "Ask and upload in its window, close it, or set RAG_DATA_DIR to another folder.",
            )
        time.sleep(0.02)
    lock.truncate(0)
    with suppress(OSError):  # a full disk: the folder is owned all the same
        lock.write(str(os.getpid()))
        lock.flush()
    return lock


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_alive(owner: str) -> bool:
    try:
        os.kill(int(owner), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return False
    except PermissionError:  # it is another user's
        return True
    return True
