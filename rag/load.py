"""A file becomes a Document: checked by its owner here, parsed in another process that is held to time and memory."""

from __future__ import annotations

import atexit
import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from rag.datatypes import Block, Document, Page, PageImage
from rag.errors import LoadError, RetryError, TimeLimitError
from rag.parse import read_message, write_message
from rag.text import normalize

PARSER_VERSION = "17"
READ_BY = f"{PARSER_VERSION}-"  # begins the id of a document

_FORMATS = {
    f".{form}": form
    for form in "txt md html pdf docx pptx xlsx odt ods odp csv tsv json jsonl epub eml ipynb rst rtf srt vtt".split()
} | {".markdown": "md", ".htm": "html"}
SUPPORTED = frozenset(_FORMATS)

_ZIPPED = frozenset({"docx", "pptx", "xlsx", "odt", "ods", "odp", "epub"})
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FILES_A_PROCESS = 200
_SCALE, _PAINT_SECONDS = 2.0, 20.0  # of a page that is drawn: pixels a point; time it may take
# The parser gets the package without its face, which imports the whole library: 0.1 s to its first answer, not 0.35.
_START = """
import json, sys, types
sys.path[:], folder = json.loads(sys.argv[1])
sys.modules["rag"] = package = types.ModuleType("rag")
package.__path__ = [folder]
from rag.parse import serve
serve()
"""
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "TMPDIR")


def load(path: Path, name: str, *, max_bytes: int = 50 << 20, seconds: float = 60.0) -> Document:
    """Return the file as a document; ``name`` is what people and messages call it.

    Raises:
        LoadError: one sentence that says why the file cannot be read, and the next step.
        RetryError: the same, of what may be over the next time.
        TimeLimitError: the same, of what took longer than ``seconds``.
    """
    try:
        form = _format(path)
        data = _read(path, max_bytes)
        _check_content(data, form)
        reply, _ = _LOADER.ask({"task": "load", "format": form}, data, seconds)
    except LoadError as error:
        raise type(error)(f"{_shown(name)} {error.problem}", error.next_step) from None
    found = reply["document"]
    return Document(
        id=f"{READ_BY}{hashlib.sha256(f'{form}:'.encode() + data).hexdigest()}"[:32],
        name=name,
        title=found["title"] or normalize(Path(name).stem)[0],
        format=form,
        text=found["text"],
        blocks=tuple(Block(*block) for block in found["blocks"]),
        pages=tuple(Page(*page) for page in found["pages"]),
        warnings=tuple(found["warnings"]),
    )


def is_current(document_id: str) -> bool:
    """Tell whether a document was read by the parsers of today; its id says so."""
    return document_id.startswith(READ_BY)


def interrupt() -> None:
    """End the parsing that goes on in another thread, for a program that is told to stop."""
    _LOADER.close()


def render_page(path: Path, name: str, page: int, quote: str) -> PageImage:
    """Return page ``page`` (1-based) of a PDF as PNG with a box, in pixels, for each line of the words of ``quote``.

    ``quote`` is canonical text; of one that runs over the page's edge the part on this page is marked, and words that
    are not there are marked nowhere.

    Raises:
        LoadError: no PDF, no such page, or it cannot be drawn.
    """
    try:
        data = _read(path, 1 << 30)
        _check_content(data, "pdf")
        request = {"task": "render", "page": page, "quote": quote, "scale": _SCALE}
        reply, png = _PAINTER.ask(request, data, _PAINT_SECONDS)
    except LoadError as error:
        raise LoadError(f"{_shown(name)} {error.problem}", error.next_step) from None
    boxes = tuple((left, top, right, bottom) for left, top, right, bottom in reply["boxes"])
    return PageImage(png, reply["width"], reply["height"], boxes)


def _format(path: Path) -> str:
    if (suffix := path.suffix.lower()) not in SUPPORTED:
        kind = (
            f"is of a type that is not supported ({_shown(suffix)})."
            if suffix
            else "has no ending that tells its type."
        )
        raise LoadError(kind, f"Supported are {', '.join(sorted(SUPPORTED))}.")
    return _FORMATS[suffix]


def _shown(name: str) -> str:
    """Return the name with everything escaped that a terminal or a reader could trip over, on one line."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return shown if len(shown) <= 120 else f"{shown[:80]}...{shown[-30:]}"


def _read(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a plain file that stays the same while it is read; a second try is made."""
    try:
        for _ in range(2):
            data, unchanged = _read_once(path, max_bytes)
            if unchanged:
                return data
    except FileNotFoundError:
        raise RetryError("does not exist any more.", "Add it again when it is there.") from None
    except PermissionError:
        raise RetryError("may not be read.", "Give the user that runs this the right to read it.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno == errno.ELOOP:
            raise LoadError("is a symbolic link.", "Add the file that it points to.") from None
        reason = error.strerror if isinstance(error, OSError) else "its name is not a path"
        raise RetryError(f"cannot be read ({reason}).", "Check the disk that it is on.") from None
    raise RetryError("keeps changing while it is read.", "Add it again when it is complete.")


def _read_once(path: Path, max_bytes: int) -> tuple[bytes, bool]:
    """Look before opening and again after, because opening a device or a pipe can block or act."""
    _check_kind(path.lstat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        before = os.fstat(descriptor)
        _check_kind(before.st_mode)
        if before.st_size == 0:
            raise LoadError("is empty.", "Add a file with words in it.")
        if before.st_size > max_bytes:
            size, limit = before.st_size / (1 << 20), max_bytes / (1 << 20)
            raise RetryError(
                f"is {size:,.1f} MB large; the limit is {limit:,.4g} MB.", "Split it, or raise file_megabytes."
            )
        data = stream.read(max_bytes + 1)
        after = os.fstat(descriptor)
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return data, same and len(data) == before.st_size


def _check_kind(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise LoadError("is a symbolic link.", "Add the file that it points to.")
    if stat.S_ISDIR(mode):
        raise LoadError("is a folder.", "Add the files in it.")
    if not stat.S_ISREG(mode):
        raise LoadError("is not a plain file.", "Add a copy of what it holds.")


def _check_content(data: bytes, form: str) -> None:
    """Compare the first bytes with the format that the name promises."""
    promised = form.upper()
    if form == "pdf" and b"%PDF-" not in data[:1024]:
        raise LoadError("is not a PDF.", "Save it again, or give it the ending of its true format.")
    if form in _ZIPPED and data.startswith(_OLD_OFFICE):
        raise LoadError(
            f"is password-protected or of an older format than {promised}.", f"Save it again as {promised}."
        )
    if form in _ZIPPED and not data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise LoadError(f"is not in {promised} format.", "Save it again, or give it the ending of its true format.")
    if form not in _ZIPPED and form != "pdf" and data.startswith((b"%PDF-", b"PK\x03\x04", _OLD_OFFICE)):
        raise LoadError("is not text.", "Give it the ending of its true format.")


class ParserProcess:
    """One process that parses for all threads in turn; killed when late, replaced when it crashed or has grown."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0

    def ask(self, request: dict[str, Any], data: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send one request and return the reply.

        Raises:
            LoadError: refused, too slow, or crashed; the sentence lacks its subject, the file.
        """
        late = threading.Event()
        with self._lock:
            process = self._running()
            timer = threading.Timer(seconds, self._kill_late, (process, late))
            timer.daemon = True
            timer.start()
            message = None
            try:
                message = self._exchange(process, {**request, "seconds": seconds}, data)
            finally:  # an interrupt, too, leaves half a message in the pipe
                timer.cancel()
                self._served += 1
                worn = message is None or message[0].get("worn") or self._served >= _FILES_A_PROCESS
                if worn or late.is_set():
                    self._stop()
        if message is None and late.is_set():
            raise TimeLimitError(f"takes longer than {seconds:g} seconds to read.", "Split it, or raise file_seconds.")
        if message is None:
            raise LoadError("made its parser crash.", "It is probably damaged; save it again with another program.")
        if refused := message[0].get("refused"):
            raise LoadError(*refused)
        return message

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        if self._process is None:
            self._process = _start_process()
            self._served = 0
        return self._process

    @staticmethod
    def _exchange(
        process: subprocess.Popen[bytes], request: dict[str, Any], data: bytes
    ) -> tuple[dict[str, Any], bytes] | None:
        assert process.stdin and process.stdout
        try:
            write_message(process.stdin, request, data)
            return read_message(process.stdout)
        except (OSError, ValueError):
            return None

    @staticmethod
    def _kill_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
        late.set()
        process.kill()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            try:
                if stream:
                    stream.close()
            except OSError:  # unsent bytes of a request that nobody will read
                continue

    def close(self) -> None:
        """End the process, in the middle of a file if need be; the next request starts a new one."""
        if (process := self._process) is not None:
            process.kill()
        with self._lock:
            self._stop()


def _start_process() -> subprocess.Popen[bytes]:
    """Start a parser with this process's import path, none of its secrets, and no share in its Ctrl-C."""
    paths = [os.path.abspath(entry) for entry in sys.path if entry]  # noqa: PTH100  keeps zip entries and links
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _START, json.dumps([paths, str(Path(__file__).parent.absolute())])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ},
        start_new_session=True,
    )


_LOADER = ParserProcess()
_PAINTER = ParserProcess()  # a source page opens while a long ingest runs
atexit.register(_LOADER.close)
atexit.register(_PAINTER.close)
