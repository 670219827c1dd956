"""The window's named endpoints for programs that speak Gradio: ``/ask``, ``/search`` and ``/documents``.

Clicks in the window are private to it; these take and return plain JSON.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from gradio import Error
from gradio.events import api

from rag import Answer, Chatbot, RagError
from ui.desk import Desk
from ui.options import MOST_PASSAGES
from ui.records import answer_record, document_records, hit_records, select_documents


class Endpoints:
    """What programs can call; an error is the one sentence that the window would show."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def ask(self, question: str, collection: str = "") -> dict[str, Any]:
        """Answer a question from all documents, or from one collection: text with [n] markers, citations, verdicts."""
        answer = Answer(question, question)
        try:
            chosen = await self.desk.run(select_documents, self.desk.bot, str(collection or ""))
            async with aclosing(self.desk.stream(str(question), (), chosen, asyncio.Event())) as answers:
                async for snapshot in answers:
                    answer = snapshot
        except RagError as error:
            raise _told(error) from None
        return {"text": answer.text} | answer_record(answer)

    async def search(self, question: str, k: int = 5, collection: str = "") -> list[dict[str, Any]]:
        """Return the k passages nearest to a question, best first, with place, ranks and offsets."""
        try:
            return await self.desk.run(_search, self.desk.bot, str(question), int(k), str(collection or ""))
        except RagError as error:
            raise _told(error) from None

    async def documents(self) -> list[dict[str, Any]]:
        """List the documents with their collections, sizes and dates."""
        return document_records(await self.desk.run(self.desk.bot.documents))


def add_endpoints(desk: Desk) -> None:
    """Name the endpoints of the window that is being built."""
    service = Endpoints(desk)
    for name in ("ask", "search", "documents"):
        api(getattr(service, name), api_name=name)


def _search(bot: Chatbot, question: str, k: int, collection: str) -> list[dict[str, Any]]:
    chosen = select_documents(bot, collection)
    return hit_records(bot.search(question, min(max(k, 1), MOST_PASSAGES), chosen or None))


def _told(error: RagError) -> Error:
    return Error(str(error), print_exception=False)
