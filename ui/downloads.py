"""Files to fetch: originals at ``/original/ID``, a browser's own chats at ``/conversations/ID.md`` or ``.html``."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response

from rag import RagError
from ui.conversations import folder_name
from ui.cookie import COOKIE
from ui.desk import Desk
from ui.export import file_stem, to_html, to_markdown

KEEP = "application/octet-stream"  # a file to keep, never a page to open here
PDF = "application/pdf"  # no script in it reaches the window, and nosniff keeps it from being taken for a page
WRITERS = {"md": to_markdown, "html": to_html}


class Downloads:
    """The files of one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def original(self, document_id: str) -> Response:
        """Return the file that a document was read from: a PDF for the browser to show, any other to keep."""
        try:
            path, kind = self.desk.bot.original(document_id), self.desk.bot.document(document_id).format
        except RagError as error:
            return PlainTextResponse(str(error), status_code=404)
        if kind == "pdf":
            return FileResponse(path, media_type=PDF, filename=path.name, content_disposition_type="inline")
        return FileResponse(path, media_type=KEEP, filename=path.name)

    def conversation(self, key: str, suffix: str, request: Request) -> Response:
        """Return a conversation of the browser that asks, as Markdown or HTML."""
        try:
            talk = self.desk.shelf.load(folder_name(request.cookies.get(COOKIE, "")), key if suffix in WRITERS else "")
        except RagError as error:
            return PlainTextResponse(str(error), status_code=404)
        held = f"attachment; filename*=UTF-8''{quote(file_stem(talk))}.{suffix}"
        return Response(WRITERS[suffix](talk), media_type=KEEP, headers={"content-disposition": held})


def add_downloads(app: FastAPI, desk: Desk) -> None:
    """Put the addresses of the files into the web application."""
    files = Downloads(desk)
    app.add_api_route("/original/{document_id}", files.original, response_model=None)
    app.add_api_route("/conversations/{key}.{suffix}", files.conversation, response_model=None)
