"""E-mail: the head, the words of the letter and those it quotes, without attachments."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import groupby

from rag.errors import LoadError
from rag.formats import Layout, Piece, count, decode
from rag.markup import html_pieces
from rag.plain import text_pieces

_HEAD = ("From", "To", "Cc", "Date")
_QUOTED = re.compile(r"(?:>[ \t]?)*")


def parse_eml(data: bytes) -> Layout:
    """The subject is the title, who wrote to whom and when a paragraph; the plain text follows, or else the HTML.

    Raises:
        LoadError: it has none of the fields of a mail.
    """
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    fields = {name: " ".join(str(message[name]).split()) for name in ("Subject", *_HEAD) if message[name]}
    if not fields:
        raise LoadError("is not an e-mail.", "Give it the ending of its true format.")
    subject = fields.get("Subject", "")
    head = "\n".join(f"{name}: {fields[name]}" for name in _HEAD if name in fields)
    body, warnings = _body(message)
    layout = Layout([Piece(subject, "heading", 1), Piece(head), *body], title=subject, warnings=warnings)
    if left_out := sum(1 for part in message.walk() if part.is_attachment() or part.get_filename()):
        layout.warnings.append(f"{count(left_out, 'attachment')} left out")
    return layout


def _body(message: EmailMessage) -> tuple[list[Piece], list[str]]:
    """Return what the first form of the letter that has words says, and the warnings about its encoding."""
    for form in ("plain", "html"):
        part = message.get_body((form,))
        raw = part.get_payload(decode=True) if part is not None else None
        if part is None or not isinstance(raw, bytes) or not raw.strip():
            continue
        text, warnings = decode(raw, part.get_content_charset() or "")
        pieces = text_pieces(_unquoted(text)) if form == "plain" else html_pieces(text)[0]
        if pieces:
            return pieces, warnings
    return [], []


def _unquoted(text: str) -> str:
    """Return the text without the marks of quoted lines; a quoted mail stands apart from what is around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marked = [(mark[0], line[mark.end() :]) for line in lines if (mark := _QUOTED.match(line))]
    depths = groupby(marked, key=lambda line: line[0].count(">"))
    return "\n\n".join("\n".join(words for _, words in group) for _, group in depths)
