"""Damaged files of every format: good ones with bytes flipped, cut, doubled and moved, inside archives too."""

from __future__ import annotations

import random
import time
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

from rag.errors import LoadError
from rag.load import load
from tests.sample_files import zip_of
from tests.test_load import SAMPLES, check_spans

ZIPPED = (".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub")


def damage(data: bytes, choose: random.Random) -> bytes:
    """Return the bytes with one to four faults."""
    broken = bytearray(data)
    for _ in range(choose.randint(1, 4)):
        at, length = choose.randrange(len(broken) + 1), choose.choice((1, 4, 60, 700))
        kind = choose.randrange(7)
        if kind == 0:
            broken[at : at + length] = choose.randbytes(length)
        elif kind == 1:
            del broken[at:]
        elif kind == 2:
            del broken[at : at + length]
        elif kind == 3:
            broken[at:at] = broken[at : at + length] * choose.choice((2, 50))
        elif kind == 4:
            broken[at : at + length] = bytes(min(length, len(broken) - at))
        elif kind == 5:
            broken[at:at] = choose.choice(
                (b"\xff" * 9, b"<" * 99, b'"', b"\x00", b"999999999999", b"-1", b"]]>", b"{[(")
            )
        else:
            other = choose.randrange(len(broken) + 1)
            broken[at:at] = broken[other : other + length]
    return bytes(broken)


def mutant(name: str, choose: random.Random) -> bytes:
    """Return a damaged file; of an archive mostly one of its parts is, so that the parser gets to see it."""
    data = SAMPLES[name]
    if Path(name).suffix not in ZIPPED or choose.random() < 0.25:
        return damage(data, choose)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    part = choose.choice([entry for entry, content in entries.items() if content])
    return zip_of({**entries, part: damage(entries[part], choose)})


def read_mutants(folder: Path, count: int, seed: int) -> tuple[Counter[str], float]:
    """Read that many; return what became of them and the longest time that one took.

    Anything but a document with exact spans, or one line that names the file, is raised.
    """
    choose, found, longest = random.Random(seed), Counter[str](), 0.0
    for number in range(count):
        name = list(SAMPLES)[number % len(SAMPLES)]
        path = folder / f"{number % 200}{Path(name).suffix}"
        path.write_bytes(mutant(name, choose))
        began = time.perf_counter()
        try:
            check_spans(load(path, path.name))
            found["read"] += 1
        except LoadError as error:
            assert str(error).startswith(path.name) and "\n" not in str(error)
            late, crashed = "takes longer than" in error.problem, "parser crash" in error.problem
            found["late" if late else "parser crashed" if crashed else "refused"] += 1
        longest = max(longest, time.perf_counter() - began)
    return found, longest
