"""The parser process: bytes in, canonical text with the spans of its blocks and pages out; it opens no file."""

from __future__ import annotations

import json
import os
import resource
import sys
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from rag.archive import parse_epub
from rag.captions import parse_captions
from rag.errors import LoadError
from rag.formats import MAX_CHARACTERS, TOO_LONG, Layout, Piece, count, drop_blobs
from rag.mail import parse_eml
from rag.markdown import parse_md, parse_rst
from rag.markup import parse_html
from rag.notebook import parse_ipynb
from rag.objects import parse_json, parse_jsonl
from rag.odp import parse_odp
from rag.office import parse_docx, parse_pptx
from rag.opendocument import parse_odt
from rag.pdf import parse_pdf, render
from rag.plain import parse_rtf, parse_txt
from rag.records import parse_csv
from rag.sheets import parse_ods, parse_xlsx
from rag.text import normalize, squeeze

MEMORY_BYTES = 1 << 30
MAX_HEADING = 250  # characters; a longer "heading" is a text that somebody made large
WORN_BYTES = 400 << 20  # a process that once grew beyond this is replaced: its address space stays in pieces

PARSERS: dict[str, Callable[[bytes], Layout]] = {
    "txt": parse_txt,
    "md": parse_md,
    "rst": parse_rst,
    "rtf": parse_rtf,
    "html": parse_html,
    "pdf": parse_pdf,
    "docx": parse_docx,
    "pptx": parse_pptx,
    "xlsx": parse_xlsx,
    "odt": parse_odt,
    "ods": parse_ods,
    "odp": parse_odp,
    "csv": parse_csv,
    "tsv": partial(parse_csv, delimiter="\t"),
    "json": parse_json,
    "jsonl": parse_jsonl,
    "epub": parse_epub,
    "eml": parse_eml,
    "ipynb": parse_ipynb,
    "srt": parse_captions,
    "vtt": parse_captions,
}


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one message: two lengths of 8 bytes, a JSON object, raw bytes. None at the end of the stream."""
    sizes = stream.read(16)
    lengths = int.from_bytes(sizes[:8], "big"), int.from_bytes(sizes[8:], "big")
    if len(sizes) < 16 or max(lengths) > MEMORY_BYTES:
        return None
    header, payload = stream.read(lengths[0]), stream.read(lengths[1])
    return (json.loads(header), payload) if len(header) == lengths[0] and len(payload) == lengths[1] else None


def write_message(stream: IO[bytes], header: dict[str, Any], payload: bytes) -> None:
    """Write one message in the form that ``read_message`` reads."""
    body = json.dumps(header).encode()
    stream.write(len(body).to_bytes(8, "big") + len(payload).to_bytes(8, "big"))
    stream.write(body)
    stream.write(payload)
    stream.flush()


def assemble(layout: Layout) -> dict[str, Any]:
    """Join the pieces to the canonical text and return it with the spans of blocks and pages, ready for JSON.

    Raises:
        LoadError: nothing is left to read, or it is more than 5,000,000 characters.
    """
    parts: list[str] = []
    length = removed = blobs = 0
    blocks: list[list[Any]] = []
    starts: dict[int, int] = {}
    for piece in layout.pieces:
        clean, invisible = _clean(piece)
        clean, dropped = drop_blobs(clean)
        removed, blobs = removed + invisible, blobs + dropped
        if not clean:
            continue
        goes_on = "\n" not in piece.join and bool(blocks)
        join = "" if not blocks else _joint(piece, blocks[-1][0])
        starts.setdefault(piece.page, length + len(join))
        parts += [join, clean]
        begin, length = length + len(join), length + len(join) + len(clean)
        if goes_on:
            blocks[-1][2] = length
        else:
            too_long = piece.kind == "heading" and len(clean) > MAX_HEADING
            kind, level = ("paragraph", 0) if too_long else (piece.kind, piece.level)
            blocks.append([kind, begin, length, level])
        if length > MAX_CHARACTERS:
            raise LoadError(*TOO_LONG)
    text = "".join(parts)
    if not any(c.isalnum() or unicodedata.category(c)[0] == "S" for c in text):  # symbols: emoji are text
        raise LoadError("holds no text.", "Add a file with words in it.")
    title, pages = _title(layout, text, blocks), _pages(layout.labels, starts, length)
    warnings = [squeeze(normalize(warning)[0])[:300] for warning in layout.warnings[:20]]
    if blobs:
        warnings.append(f"{count(blobs, 'block')} of encoded data left out")
    if removed:
        warnings.append(f"{count(removed, 'invisible character')} removed")
    return {"text": text, "title": title, "blocks": blocks, "pages": pages, "warnings": warnings}


def _clean(piece: Piece) -> tuple[str, int]:
    """Normalise a piece; runs of spaces and blank lines inside it go, save in code, where only the edges are cut."""
    text, removed = normalize(piece.text)
    lines = [line.rstrip() if piece.kind == "code" else squeeze(line) for line in text.split("\n")]
    if piece.kind == "code":
        return "\n".join(lines).strip("\n"), removed
    return "\n".join(line for line in lines if line), removed


def _joint(piece: Piece, kind: str) -> str:
    return "\n\n" if piece.join == "\n" and piece.kind != kind else piece.join


def _title(layout: Layout, text: str, blocks: list[list[Any]]) -> str:
    """Return the file's own title, else its first heading of level 1, else nothing."""
    heading = next((text[start:end] for kind, start, end, level in blocks if kind == "heading" and level == 1), "")
    return squeeze(normalize(layout.title)[0] or heading)[:300]


def _pages(labels: list[str | None], starts: dict[int, int], length: int) -> list[list[Any]]:
    """Return number, label, start and end of every page; together they cover the text, an empty page covers nothing."""
    pages: list[list[Any]] = []
    end = length
    for number in range(len(labels), 0, -1):
        start = 0 if number == 1 else min(starts.get(number, end), end)
        label = labels[number - 1]
        pages.append([number, normalize(label)[0] if label else None, start, end])
        end = start
    return pages[::-1]


def answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Do one request; whatever goes wrong becomes a reply, because one bad file must not stop the others."""
    try:
        if request["task"] == "render":
            return render(data, request["page"], request["quote"], request["scale"])
        return {"document": assemble(PARSERS[request["format"]](data))}, b""
    except LoadError as error:
        return {"refused": [error.problem, error.next_step]}, b""
    except MemoryError:
        return {"refused": ["needs more than 1 GB of memory to be read.", "Split it into smaller files."]}, b""
    except Exception as error:  # noqa: BLE001  parsers of others raise anything; the reply names it
        detail = squeeze(normalize(f"{type(error).__name__}: {error}")[0])[:160]
        form = str(request.get("format", "pdf")).upper()
        return {"refused": [f"is damaged or not in {form} format ({detail}).", "Open it and save it again."]}, b""


def serve() -> None:
    """Answer requests until the standard input ends. The streams are moved away from where a library could print."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    while (message := read_message(incoming)) is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + message[0]["seconds"]) + 2, hard=False)
        reply, payload = answer(*message)
        write_message(outgoing, {**reply, "worn": _resident_bytes() > WORN_BYTES}, payload)


def _resident_bytes() -> int:
    """Return how much memory this process holds; Linux counts the parent's peak too, from before exec."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _limit(kind: int, value: int, *, hard: bool = True) -> None:
    """Lower a limit as far as the system allows it; macOS refuses some of them."""
    ceiling = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (value, value if hard else ceiling))
    except (ValueError, OSError):
        return
