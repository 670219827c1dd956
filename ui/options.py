"""What a visitor asks, and how: what a page sends, held against the documents that there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from rag import Chatbot, DocumentInfo, NotFoundError
from ui.prose import count, number
from ui.records import collections, select_documents

MOST_PASSAGES = 50

Chosen = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What a visitor asks, and how: a collection, or ticked documents; without the LLM; on how many passages.

    Empty means all documents, 0 passages as many as the settings say. ``order`` is the number of the last change.
    """

    collection: str = ""
    ticks: Chosen = ()
    quotes_only: bool = False
    passages: int = 0
    order: int = 0

    @property
    def within(self) -> str:
        """What is asked, in words; empty if it is everything."""
        if self.ticks:
            return count(len(self.ticks), "ticked document")
        return f"the collection “{self.collection}”" if self.collection else ""

    @property
    def how(self) -> dict[str, Any]:
        """What the bot is told besides the question."""
        return {"quotes_only": self.quotes_only, "passages": self.passages or None}


def tick(document: DocumentInfo) -> str:
    """Return what a document is ticked by: its place, which outlives a change of the file, and tells nobody where."""
    return _mark(document.paths[0])


def is_ticked(document: DocumentInfo, ticks: Collection[str]) -> bool:
    """Tell whether a document is ticked, by any of its places: equal files are one document."""
    return any(_mark(path) in ticks for path in document.paths)


def _mark(path: str) -> str:
    return sha256(path.encode(errors="surrogatepass")).hexdigest()[:16]


def find_ticked(documents: Sequence[DocumentInfo], ticks: Chosen) -> list[DocumentInfo]:
    """Return the documents that are ticked."""
    wanted = set(ticks)
    return [document for document in documents if is_ticked(document, wanted)] if wanted else []


def find_asked(bot: Chatbot, options: Options) -> Chosen:
    """Return the ids of the documents to ask; () means all.

    Raises:
        NotFoundError: there is no such collection, or none of the ticked documents any more.
    """
    if not options.ticks:
        return select_documents(bot, options.collection)
    if found := find_ticked(bot.documents(), options.ticks):
        return tuple(document.id for document in found)
    raise NotFoundError("None of the ticked documents is there any more.", "Tick others, or ask all.")


def read_options(sent: Mapping[str, Any], options: Options, known: Sequence[DocumentInfo], usual: int) -> Options:
    """Return the options with what was sent, as far as it makes sense; another collection unticks the documents.

    A tick goes with its document; if all would go they stay, so that not everything is asked in their place.
    ``usual`` is how many passages an answer rests on if nothing else is said.
    """
    collection = str(sent.get("collection", options.collection))
    held = options.ticks if collection == options.collection else ()
    ticks = tuple(map(str, sent["ticks"])) if isinstance(sent.get("ticks"), list) else held
    passages = min(number(sent.get("passages", options.passages)) or 0, MOST_PASSAGES)
    return Options(
        collection=collection if collection in collections(known) else "",
        ticks=tuple(map(tick, find_ticked(known, ticks))) or ticks,
        quotes_only=sent["mode"] == "quotes" if "mode" in sent else options.quotes_only,
        passages=0 if passages == usual else passages,
        order=options.order,
    )
