"""Files as they are named: uploads kept under safe names, names that several have told apart, names in a question."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from rag import Answer, Citation, DocumentInfo, IngestReport, content_words
from ui.prose import visible

LONGEST_NAME = 200  # bytes; file systems allow 255
ALONE = 1 << 18  # bytes of an uploaded file that is ingested by itself
TOGETHER = 8  # uploaded files that are ingested at once; more cost less each, but tell of failures later


def safe_name(name: str) -> str:
    """Return an upload's name without folders and without what could hide it or fool a reader."""
    last = visible(name).replace("\\", "/").rsplit("/", 1)[-1]
    last = "".join(" " if character in '\n\r\t<>:"|?*' else character for character in last)
    last = " ".join(last.split()).lstrip(".- ") or "unnamed"
    stem, suffix = Path(last).stem, Path(last).suffix[:20]
    return stem.encode()[: LONGEST_NAME - len(suffix.encode())].decode(errors="ignore") + suffix


def keep_uploads(uploads: Sequence[Path], folder: Path, aside: Path) -> list[Path]:
    """Move uploaded files into ``folder`` and what they replace into ``aside``. Return where they are now."""
    for place in (folder, aside):
        place.mkdir(parents=True, exist_ok=True)
    kept = [folder / safe_name(upload.name) for upload in uploads]
    for upload, path in zip(uploads, kept, strict=True):
        if path.exists() and not (aside / path.name).exists():  # of two uploads of one name the last is kept
            path.replace(aside / path.name)
        shutil.move(upload, path)
        with suppress(OSError):  # Gradio makes a folder for each, which has not to stay
            upload.parent.rmdir()
    return kept


def batches(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield the files that are ingested at once; long ones come last and by themselves, so that none waits for them."""
    long = [path for path in paths if path.stat().st_size > ALONE]
    short = [path for path in paths if path not in long]
    yield from (short[start : start + TOGETHER] for start in range(0, len(short), TOGETHER))
    yield from ([path] for path in long)


def drop_failed(report: IngestReport, folder: Path, aside: Path) -> None:
    """Take uploads that could not be read out of ``folder`` again, put back what they replaced, and empty ``aside``."""
    for path in (folder / file.name for file in report.failures):
        path.unlink(missing_ok=True)
        if (aside / path.name).exists():
            (aside / path.name).replace(path)
    shutil.rmtree(aside)


def tell_beside(report: IngestReport, documents: Sequence[DocumentInfo], uploads: Path) -> IngestReport:
    """Return a report of uploads that tells of each new one which document of another folder has its name too."""
    paths = [Path(path) for document in documents for path in document.paths]
    own = uploads.resolve(), uploads.absolute()
    others = {path.name: path.parent.name for path in paths if path.is_absolute() and path.parent not in own}
    told = {name: f"stands beside the {name} of {folder}, and both are asked" for name, folder in others.items()}
    new = {file.name for file in report.files if file.status == "new" and not file.reason}
    files = (replace(file, reason=told[file.name]) if file.name in new & told.keys() else file for file in report.files)
    return replace(report, files=tuple(files))


def tell_apart(answer: Answer, find_documents: Callable[[], Sequence[DocumentInfo]]) -> Answer:
    """Return an answer in which documents of one name are told apart by their folders: ``uploads/handbook.pdf``."""
    named: dict[str, set[str]] = {}
    for citation in (*answer.citations, *answer.nearest):
        named.setdefault(citation.source, set()).add(citation.document_id)
    twins = [keys for keys in named.values() if len(keys) > 1]
    paths = {info.id: Path(info.paths[0]).parts for info in find_documents() if info.paths} if twins else {}
    places: dict[str, str] = {}
    for keys in twins:
        places |= _ends({key: paths[key] for key in keys if key in paths})

    def told(citations: Sequence[Citation]) -> tuple[Citation, ...]:
        return tuple(replace(one, source=places.get(one.document_id, one.source)) for one in citations)

    sentences = tuple(replace(sentence, citations=told(sentence.citations)) for sentence in answer.sentences)
    return replace(answer, sentences=sentences, nearest=told(answer.nearest)) if places else answer


def _ends(paths: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return as much of the ends of paths as tells one from another."""
    for depth in range(1, max(map(len, paths.values()), default=0) + 1):
        ends = {key: "/".join(parts[-depth:]) for key, parts in paths.items()}
        if len(set(ends.values())) == len(ends):
            return ends
    return {}


def is_meant(name: str, question: str, asked: set[str]) -> bool:
    """Tell whether a question has two words of a file's name, or one as it is written there: "VAT", no small "cut"."""
    stem, question = (normalize("NFC", text) for text in (Path(name).stem, question))
    held = asked.intersection(content_words(stem))
    own, said = (set(re.findall(r"[^\W_]+", text)) for text in (stem, question))
    longer = {word.casefold() for word in own if len(word) > 3} & {word.casefold() for word in said}
    alike = content_words(" ".join(longer.union(word for word in own & said if word.isupper())))
    unspaced = any(map(str.isalpha, held)) and not any(map(str.isascii, held))
    return len(held) > 1 or unspaced or not held.isdisjoint(alike)
