"""The documents as tools for assistants: a Model Context Protocol server over standard input and output."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field, ValidationError

from rag import Chatbot, NotFoundError, RagError, Settings
from ui.options import MOST_PASSAGES
from ui.records import answer_record, collections, document_records, hit_records, select_documents
from ui.source import heading_trail

INSTRUCTIONS = (
    "Tools over a person's own documents. `ask` answers with sentences that carry [n] markers; each number is a "
    "citation of exact words, and `verdict` says whether they support the sentence. `search` finds passages, "
    "`open_source` shows the words around a citation. Repeat the source, the page and the quote when you cite. When "
    "`abstained` is not empty, the documents do not answer: say so, and make nothing up."
)
LONGEST = 20_000  # characters of a source in one reply
BROKEN = "Something went wrong here; the log of the server says what. Please try again."

Question = Annotated[str, Field(description="A whole question that can be understood on its own.")]
InCollection = Annotated[str, Field(description="Only this collection, as named by list_documents; empty: all.")]
InDocuments = Annotated[list[str], Field(description="Only these documents, by id or name; empty: all.")]
Characters = Annotated[int, Field(ge=0, le=LONGEST, description="Characters shown before and after the words.")]
Offset = Annotated[int, Field(ge=0, description="Character offset in the document, as a citation gives it.")]


class Server(MCPServer[Any]):
    """An MCP server whose errors are one sentence that says what to do next."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None) -> Any:
        """Call a tool; a failure becomes a result that tells of it."""
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            told = {"type": "text", "text": _explain(error)}
            return CallToolResult.model_validate({"content": [told], "isError": True})


def _explain(error: ToolError) -> str:
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        first = cause.errors(include_url=False, include_input=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}."
    if isinstance(cause, RagError):
        return str(cause)
    if cause is None:  # no such tool
        return f"{error}."
    logging.getLogger(__name__).error("A tool broke off.", exc_info=cause)
    return BROKEN


class Library:
    """The tools. The index is opened at the first call, for reading only: a window may own it, or make it later."""

    def __init__(self, open_bot: Callable[[], Chatbot]) -> None:
        self._open_bot = open_bot
        self._opening = threading.Lock()
        self._bot: Chatbot | None = None

    @property
    def bot(self) -> Chatbot:
        """The chatbot, opened if it is not yet."""
        with self._opening:
            self._bot = self._bot or self._open_bot()
            return self._bot

    def close(self) -> None:
        """Close the chatbot, if it was ever opened."""
        if self._bot:
            self._bot.close()

    def search(
        self,
        question: Question,
        k: Annotated[int, Field(ge=1, le=MOST_PASSAGES, description="How many passages.")] = 5,
        collection: InCollection = "",
        documents: InDocuments = [],  # noqa: B006 - a default of a schema, which nobody changes
    ) -> dict[str, Any]:
        """Find the passages nearest to a question, best first, with their place and why they were found."""
        chosen = select_documents(self.bot, collection, documents)
        return {"passages": hit_records(self.bot.search(question, k, chosen or None))}

    def ask(
        self,
        question: Question,
        collection: InCollection = "",
        documents: InDocuments = [],  # noqa: B006
    ) -> dict[str, Any]:
        """Answer a question from the documents; every sentence carries [n] markers of citations with exact words."""
        answer = self.bot.ask(question, documents=select_documents(self.bot, collection, documents) or None)
        return {"text": answer.text} | answer_record(answer)

    def open_source(
        self,
        document: Annotated[str, Field(description="Id or name of a document.")],
        start: Offset = 0,
        end: Offset = 0,
        context: Characters = 500,
    ) -> dict[str, Any]:
        """Show a document's exact words between two offsets with the text around; without an end, from start on."""
        (document_id,) = select_documents(self.bot, "", [document])
        source = self.bot.document(document_id)
        end = min(end or start + LONGEST, start + LONGEST, len(source.text))
        if start >= end:
            raise NotFoundError(
                f"{source.name} has {len(source.text):,} characters; nothing stands between {start:,} and {end:,}.",
                "Take the offsets from a citation or a passage.",
            )
        page = source.page_at(start)
        return {
            "document_id": source.id,
            "source": source.name,
            "title": source.title,
            "heading": heading_trail(source, start),
            "page": page.number if page else None,
            "page_label": page.label if page else None,
            "start": start,
            "end": end,
            "before": source.text[max(0, start - context) : start],
            "quote": source.text[start:end],
            "after": source.text[end : end + context],
            "characters": len(source.text),
        }

    def list_documents(self, collection: InCollection = "") -> dict[str, Any]:
        """List the documents, with the collections (folders) that they lie in."""
        chosen = select_documents(self.bot, collection)
        documents = self.bot.documents()
        listed = [info for info in documents if not chosen or info.id in chosen]
        held = {name: len(ids) for name, ids in collections(documents).items()}
        return {"documents": document_records(listed), "collections": held}


def make_server(library: Library) -> Server:
    """Return a server with the tools of ``library``."""
    server = Server("rag-chat", title="Ask your documents", instructions=INSTRUCTIONS, log_level="ERROR")
    for tool in (library.search, library.ask, library.open_source, library.list_documents):
        marks = ToolAnnotations.model_validate({"readOnlyHint": True, "openWorldHint": False})
        server.add_tool(tool, annotations=marks, structured_output=True)
    return server


def run(settings: Settings) -> None:
    """Serve the index of ``settings`` over standard input and output until the client closes it."""
    library = Library(lambda: Chatbot.open(settings, read_only=True))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the thread that reads stdin would hold Ctrl-C up; nothing is written
    try:
        make_server(library).run("stdio")
    finally:
        library.close()
