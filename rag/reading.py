"""What the commands share: common options, and the index opened for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
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
    """Open the index for reading only: quick, without Chroma, and beside a process that owns the folder.

    Where there is none, none is made: in the usual place nobody has begun yet, so it reads as an empty one.

    Raises:
        StorageError: a folder was named that holds no index.
    """
    from rag import Chatbot
    from rag.backup import holds_nothing

    if holds_nothing(settings.data_dir.expanduser().absolute()):
        with _nothing(settings) as bot:
            yield bot
        return
    try:
        bot = Chatbot.open(settings, read_only=True)
    except StorageError:  # a restore may have to be finished first; any other fault is told again here
        bot = Chatbot.open(settings)
    with bot:
        yield bot


@contextmanager
def _nothing(settings: Settings) -> Iterator[Chatbot]:
    """Open an empty index that leaves no trace."""
    from rag import Chatbot

    if "data_dir" in settings.model_fields_set:
        raise StorageError(
            f"There are no documents yet: {settings.data_dir} holds no index.",
            f"Check the name of the folder, or make one there: rag ingest FOLDER --data-dir {settings.data_dir}",
        )
    typer.echo(f"note: there is no index in {settings.data_dir} here.", err=True)
    with TemporaryDirectory() as folder, Chatbot.open(settings.model_copy(update={"data_dir": Path(folder)})) as bot:
        bot.settings = settings
        yield bot


def document_ids(bot: Chatbot, names: list[str]) -> list[str] | None:
    """Return the ids of the documents of these names, paths or ids, or None for all.

    Raises:
        NotFoundError: there is none of that name, or several.
    """
    from rag import NotFoundError, find_documents

    documents = bot.documents() if names else []
    ids = []
    for name in names:
        found = find_documents(documents, name)
        if not found:
            raise NotFoundError(f"There is no document {name!r}.", "`rag status` lists what there is.")
        if len(found) > 1:
            listed = ", ".join(path for info in found[:5] for path in info.paths[:1])
            raise NotFoundError(f"Several documents are called {name!r}: {listed}.", "Give the whole path.")
        ids.append(found[0].id)
    return ids or None
