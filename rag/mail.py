"""E-mail: the head with the names of what is attached, the words of the letter and those it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from itertools import groupby

from rag.errors import LoadError
from rag.formats import Layout, Piece, count, decode
from rag.markup import html_pieces
from rag.plain import text_pieces
from rag.text import words

_HEAD = ("From", "To", "Cc", "Date")
_MOST = 2000  # characters of a field
# The HTML also holds the mails that are answered: it has so many times the words of the plain text, and lacks so few.
_FULLER, _LACKING = 1.3, 0.1
_MORE = 2.5  # with so many times the words, and all figures of the plain text, it may be the letter and that a stub
_QUOTED = re.compile(r"(?:>[ \t]?)*")


def parse_eml(data: bytes) -> Layout:
    """The subject is the title, who wrote to whom, when and with what a paragraph; the plain text or HTML follows.

    Raises:
        LoadError: it has none of the fields of a mail.
    """
    message = message_from_bytes(data)
    fields = {name: value for name in ("Subject", *_HEAD) if (value := _header(message, name))}
    if not fields:
        raise LoadError("is not an e-mail.", "Give it the ending of its true format.")
    subject = fields.get("Subject", "")
    head = "\n".join(f"{name}: {fields[name]}" for name in _HEAD if name in fields)
    read = _texts(message)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    names = ", ".join(_attached(part for part in leaves if part not in read))[:_MOST]
    head += f"\nAttachments: {names}" if names else ""
    layout = Layout([Piece(subject, "heading", 1), Piece(head)], title=subject)
    for part in read:
        layout.pieces += _words(part, layout.warnings)
    if left_out := sum(part not in read and not _is_another_form(part) for part in leaves):
        layout.warnings.append(f"{count(left_out, 'attachment')} left out")
    return layout


def _attached(parts: Iterable[Message]) -> Iterator[str]:
    """Yield the names of attached files, without the pictures that stand in the letter."""
    for part in parts:
        name = part.get_filename()
        if name and (part.get_content_maintype() != "image" or part.get_content_disposition() == "attachment"):
            yield _decoded(name)


def _header(message: Message, name: str) -> str:
    """Return a field as people read it, cut at 2,000 characters; what cannot be decoded stays as it is written."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")[:_MOST]
    return _decoded(raw)


def _decoded(raw: str) -> str:
    with suppress(ValueError, LookupError, HeaderParseError):
        raw = str(make_header(decode_header(raw)))
    return " ".join(raw.split())


def _texts(part: Message) -> list[Message]:
    """Return the parts that are words to be read: of alternatives the plain one, unless it lacks much of the HTML.

    Where it seems to be a stub, but says what the HTML does not, both are read.
    """
    if not part.is_multipart():
        is_text = part.get_content_type() in ("text/plain", "text/html") or part.get_content_maintype() == "multipart"
        named = part.get_filename() or part.get_content_disposition() == "attachment"
        return [part] if is_text and not named and str(part.get_payload()).strip() else []
    found = [text for child in part.get_payload() if isinstance(child, Message) for text in _texts(child)]
    if part.get_content_subtype() != "alternative" or len(found) < 2:
        return found
    plain, html = (next((t for t in found if t.get_content_subtype() == kind), found[0]) for kind in ("plain", "html"))
    said, shown = ([word for piece in _words(part, []) for word in words(piece.text)] for part in (plain, html))
    lacking = set(said) - set(shown)
    if len(lacking) < _LACKING * len(set(said)):
        return [html if len(shown) > _FULLER * len(said) else plain]
    is_stub = len(shown) > _MORE * len(said) and not any(word[0].isdigit() for word in lacking)
    return [plain, html] if is_stub else [plain]


def _is_another_form(part: Message) -> bool:
    """Whether a part only says in another form, or with no words, what was read."""
    return part.get_content_maintype() == "text" and not part.get_filename()


def _words(part: Message, warnings: list[str]) -> list[Piece]:
    raw = part.get_payload(decode=True)
    text, told = decode(raw if isinstance(raw, bytes) else b"", part.get_content_charset() or "")
    warnings += told
    return html_pieces(text)[0] if part.get_content_subtype() == "html" else text_pieces(_unquoted(text))


def _unquoted(text: str) -> str:
    """Return the text without the marks of quoted lines; a quoted mail stands apart from what is around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marked = [(mark[0], line[mark.end() :]) for line in lines if (mark := _QUOTED.match(line))]
    depths = groupby(marked, key=lambda line: line[0].count(">"))
    return "\n\n".join("\n".join(words for _, words in group) for _, group in depths)
