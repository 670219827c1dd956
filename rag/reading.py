"""What the commands share: common options, and the index opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import StorageError

if TYPE_CHECKING:
    from rag.chatbot import Chatbot
    from rag.settings import Settings

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the index.", show_default=".rag")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
InDocuments = Annotated[list[str], typer.Option("--in", help="Ask within this document only; may be repeated.")]


@contextmanager
def reader(settings: Settings) -> Iterator[Chatbot]:
    """Open the index for reading only: quick, without Chroma, and beside a process that owns the folder."""
    from rag import Chatbot

    try:
        bot = Chatbot.open(settings, read_only=True)
    except StorageError:  # there is no index yet, so an empty one is started; any other fault is told again here
        bot = Chatbot.open(settings)
    with bot:
        yield bot


def document_ids(bot: Chatbot, names: list[str]) -> list[str] | None:
    """Return the ids of the documents of these names, or None for all."""
    from rag import NotFoundError

    if not names:
        return None
    known = {name: info.id for info in bot.documents() for name in (*info.names, info.id)}
    for name in names:
        if name not in known:
            raise NotFoundError(f"There is no document {name!r}.", "`rag status` lists what there is.")
    return [known[name] for name in names]
