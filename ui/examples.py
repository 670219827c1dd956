"""Questions to start with, made from the documents themselves and kept only if they find an answer there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

from rag import Block, Chatbot, Document, NotFoundError

WANTED = 4
TRIED = 12  # each costs one answer in quotes, some hundredths of a second
# A label that reads well as "the … of": one or two plain words that do not look like an adjective, a verb or a plural.
_NOUN = re.compile(r"(?:[A-Za-z]+ )?[A-Za-z]+(?<!ed)(?<!ing)(?<!al)(?<!ive)(?<!ble)(?<!ful)(?<!ous)(?<!ly)(?<![^s]s)")
_COUNTS = re.compile(r"(?:no|nr|pos|id|#|row|number)\.?", re.IGNORECASE)  # labels of what only counts the rows
# A number of an article or of an invoice; a plain year may be asked about, this only counts or names the rows.
_CODE = re.compile(r"(?=\S*\d)(?=\S*\D)\S+")
_DAY = re.compile(r"[\d\W]+\W[\d\W]+")
_ABBREVIATION = 5  # letters
_TELLING = 5  # words of a heading that asks and says of what: "Which images are there?" is about anything
_LEADING_NUMBER = re.compile(r"^[\d\W_]+")


def suggest_all(bot: Chatbot) -> list[str]:
    """Return up to four questions, each from another document, that the documents answer."""
    found: list[str] = []
    infos = bot.documents()
    for info in infos[:: max(1, len(infos) // TRIED)][:TRIED]:  # spread over the whole list
        with suppress(NotFoundError):  # it was replaced meanwhile
            question = suggest(bot.document(info.id))
            if question and question not in found and not bot.ask(question, quotes_only=True).abstained:
                found.append(question)
        if len(found) == WANTED:
            break
    return found


def suggest(document: Document) -> str:
    """Return a question that a document seems to answer, or ""."""
    asked = [line for line in _headings(document) if line.endswith("?")]
    if asked:
        asked = [line for line in asked if len(line.split()) >= _TELLING] or asked
        return asked[len(asked) // 2]
    rows = [block for block in document.blocks if block.kind == "row"]
    if rows and len(rows) > len(document.blocks) // 2:
        return _about_row([_cells(document, row) for row in rows])
    # One from the middle: the first ones tend to be "Contents" and "Introduction".
    lines = (_LEADING_NUMBER.sub("", line) for line in _headings(document))
    topics = [line for line in lines if line[-1:].isalpha() and len(line.split()) < 7]
    return f"What does “{_name(document)}” say about {_inside(topics[len(topics) // 2])}?" if topics else ""


def _headings(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if block.kind == "heading" and block.level > 1 and block.end - block.start < 80:
            yield " ".join(document.text[block.start : block.end].split())


def _cells(document: Document, row: Block) -> list[list[str]]:
    """Return labels and values of a row: ``Item: A; Price: 2``."""
    return [piece.split(": ", 1) for piece in document.text[row.start : row.end].split("; ") if ": " in piece]


def _about_row(rows: list[list[list[str]]]) -> str:
    """Ask for the second column of the row in the middle by its first, as in ``What is the price of A?``.

    What counts the rows or is a code gives way to the next column, unless other rows have the same there.
    """
    pairs = rows[len(rows) // 2]
    if pairs and (_COUNTS.fullmatch(pairs[0][0]) or _CODE.fullmatch(pairs[0][1])):
        pairs = pairs if sum(row[1:2] == pairs[1:2] for row in rows) > 1 else pairs[1:]
    if len(pairs) < 2 or not pairs[0][1].strip() or len(pairs[0][1]) > 60 or _DAY.fullmatch(pairs[0][1]):
        return ""
    label, subject = pairs[1][0], pairs[0][1]
    if _NOUN.fullmatch(label):
        return f"What is the {_inside(label)} of {subject}?"
    return f"What is given as “{label.replace('_', ' ')}” for {subject}?"


def _name(document: Document) -> str:
    title = document.title.split(":")[0].strip()
    file = PurePath(document.name)
    stem = _LEADING_NUMBER.sub("", file.stem.replace("_", " ").replace("-", " "))
    return title if 0 < len(title) <= 48 and title not in (file.name, file.stem) else stem or document.name


def _inside(words: str) -> str:
    """Return words as they stand inside a sentence: ``The decision`` as ``the decision``, ``HBM`` as it is.

    Capitals only (``WORK EXPERIENCE``) are how a heading looks, unless they may be an abbreviation.
    """
    if words.isupper() and len(words) > _ABBREVIATION:
        return words.lower()
    first = words.split()[0]
    return words[0].lower() + words[1:] if first[1:].islower() or len(first) == 1 else words
