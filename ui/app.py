"""The window wired together: what a click or a question calls, and where its answer appears."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, Response

from rag import Chatbot, IngestReport, RagError
from ui.completions import add_routes
from ui.desk import THREADS, Chosen, Conversation, Desk
from ui.endpoints import add_endpoints
from ui.library import render_changes, render_documents, render_ingest, render_report
from ui.render import (
    escape,
    render_exchange,
    render_past,
    render_scope,
    render_status,
    render_welcome,
)
from ui.serve import INCOMING, Guard, Served, guarded, serve
from ui.source import EMPTY, Place, render_source
from ui.watch import follow

FOLDER = Path(__file__).parent
TABS = (
    '<nav class="tabs" role="tablist">'
    '<button type="button" role="tab" data-do="side" data-side="source" aria-selected="false">Source</button>'
    '<button type="button" role="tab" data-do="side" data-side="documents" aria-selected="true">Documents</button>'
    '<button type="button" class="quiet" data-do="close-side" aria-label="Close">×</button></nav>'
)


class Window:
    """The handlers of one window: each takes what Gradio sends and returns what goes into its outputs."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def ask(
        self, question: str, conversation: Conversation, chosen: Chosen, event: gr.EventData, visitor: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer what was typed, an example that was clicked, or the last question again: past, live, state, box."""
        sent = event._data or {}
        if sent.get("again") and conversation:
            question, conversation = conversation[-1].answer.question, conversation[:-1]
        question = str(sent.get("question") or question)
        if not question.strip():
            yield (gr.skip(),) * 4
            return
        conversation = tuple(exchange for exchange in conversation if not exchange.live)
        past, box = render_past(conversation), gr.skip() if sent else ""
        async with aclosing(self.desk.ask(str(visitor.session_hash), question, conversation, chosen)) as exchanges:
            async for exchange in exchanges:
                yield past, render_exchange(exchange, last=True), (*conversation, exchange), box
                past = box = gr.skip()

    async def stop(self, visitor: gr.Request) -> None:
        """End the answer that is being made; it settles itself."""
        await self.desk.stop(str(visitor.session_hash))

    async def clear(self, visitor: gr.Request) -> tuple[str, str, Conversation]:
        """Begin anew: past, live, state."""
        await self.stop(visitor)
        return await self.desk.run(self.welcome), "", ()

    async def open(self, event: gr.EventData) -> str:
        """Show a source: source."""
        return await self.desk.run(render_source, self.desk.bot, Place.read(event._data or {}))

    async def choose(self, event: gr.EventData) -> tuple[Chosen, str]:
        """Remember which documents to ask: chosen, scope."""
        sent = {str(document) for document in (event._data or {}).get("documents") or ()}
        known = [document.id for document in await self.desk.run(self.desk.bot.documents)]
        chosen = tuple(document for document in known if document in sent)
        return chosen, render_scope(len(chosen), len(known))

    async def upload(self, files: list[str] | None) -> AsyncIterator[tuple[Any, Any]]:
        """Take in uploaded files: report, upload box."""
        async for step in self.desk.upload([Path(file) for file in files or []]):
            if isinstance(step, IngestReport):
                yield render_report(step), None
            else:
                yield render_ingest(step), gr.skip()

    async def remove(self, event: gr.EventData) -> None:
        """Remove one document."""
        try:
            await self.desk.remove(str((event._data or {}).get("document", "")))
        except RagError as error:
            gr.Warning(escape(str(error)))

    async def refresh(self, conversation: Conversation, chosen: Chosen) -> tuple[Any, ...]:
        """Show what is in the index now: status, documents, chosen, scope, past (a welcome while nothing was asked)."""
        status = await self.desk.run(self.desk.bot.status)
        documents = await self.desk.run(self.desk.bot.documents)
        past = gr.skip() if conversation else await self.desk.run(self.welcome)
        left = tuple(document.id for document in documents if document.id in chosen)
        listed = render_changes(self.desk.watcher.changes) + render_documents(documents, status.failures, left)
        return render_status(status), listed, left, render_scope(len(left), len(documents)), past

    def welcome(self) -> str:
        """Return what an empty conversation shows."""
        return render_welcome(self.desk.bot.status(), self.desk.examples())


@dataclass(frozen=True, slots=True)
class Chat:
    """What stands in the left column."""

    status: gr.HTML
    past: gr.HTML
    live: gr.HTML
    scope: gr.HTML
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button


@dataclass(frozen=True, slots=True)
class Side:
    """What stands in the right column."""

    source: gr.HTML
    files: gr.File
    report: gr.HTML
    documents: gr.HTML


def _html(name: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None)


def _lay_out_chat() -> Chat:
    with gr.Column(elem_id="chat"):
        status = _html("status")
        with gr.Column(elem_id="talk"):
            past, live = _html("past"), _html("live")
        scope = _html("scope")
        with gr.Row(elem_id="composer"):
            question = gr.Textbox(
                elem_id="question",
                label="Question",
                show_label=False,
                container=False,
                placeholder="Ask your documents",
                max_lines=8,
                autofocus=True,
            )
            send, stop = gr.Button("Ask", elem_id="send", variant="primary"), gr.Button("Stop", elem_id="stop")
    return Chat(status, past, live, scope, question, send, stop)


def _lay_out_side() -> Side:
    with gr.Column(elem_id="side"):
        _html("tabs", TABS)
        with gr.Column(elem_id="source-pane"):
            source = _html("source", EMPTY)
        with gr.Column(elem_id="documents-pane"):
            files = gr.File(elem_id="upload", file_count="multiple", label="Add documents", height=84)
            report, documents = _html("report"), _html("documents")
    return Side(source, files, report, documents)


def build(desk: Desk) -> gr.Blocks:
    """Return the window over ``desk``."""
    window = gr.Blocks(title="Ask your documents", analytics_enabled=False, delete_cache=(3600, 86_400))
    with window:
        with gr.Row(elem_id="window"):
            chat, side = _lay_out_chat(), _lay_out_side()
        # Every button drawn by render, library and source calls trigger() of this one, invisible component.
        clicks = gr.HTML(elem_id="clicks", js_on_load=(FOLDER / "window.js").read_text(encoding="utf-8"))
        add_endpoints(desk)  # before the clicks, which would take their names
        _connect(window, Window(desk), chat, side, clicks)
    window.max_threads = THREADS
    window.state_session_capacity = 1000  # conversations kept in memory, about 60 KB each; the oldest go first
    window.queue(default_concurrency_limit=None, api_open=False)
    return window


def _connect(window: gr.Blocks, do: Window, chat: Chat, side: Side, clicks: gr.HTML) -> None:
    conversation, chosen = gr.State(()), gr.State(())
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    talk = [chat.past, chat.live, conversation]
    refresh: dict[str, Any] = {
        "fn": do.refresh,
        "inputs": [conversation, chosen],
        "outputs": [chat.status, side.documents, chosen, chat.scope, chat.past],
        **quiet,
    }
    asked = [chat.question.submit, chat.send.click, clicks.submit]
    gr.on(
        asked, do.ask, [chat.question, conversation, chosen], [*talk, chat.question], trigger_mode="multiple", **quiet
    )
    chat.stop.click(do.stop, None, None, **quiet)
    clicks.clear(do.clear, None, talk, **quiet)
    clicks.open(do.open, None, side.source, **quiet)
    clicks.choose(do.choose, None, [chosen, chat.scope], **quiet)
    side.files.upload(do.upload, side.files, [side.report, side.files], **quiet).then(**refresh)
    clicks.remove(do.remove, None, None, **quiet).then(**refresh)
    window.load(**refresh)
    follow(do.desk.watcher, **refresh)


def make_app(desk: Desk) -> FastAPI:
    """Return the web application: the window at ``/`` and the files themselves at ``/original/ID``."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def original(document_id: str) -> Response:
        try:
            path = desk.bot.original(document_id)
        except RagError as error:
            return PlainTextResponse(str(error), status_code=404)
        return FileResponse(path, media_type="application/octet-stream", filename=path.name)

    app.add_api_route("/original/{document_id}", original, response_model=None)
    add_routes(app, desk)
    window = build(desk)
    app.state.asks = [number for number, step in window.fns.items() if step.name == "ask"]
    gr.mount_gradio_app(
        app,
        window,
        path="/",
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        # Gradio rewrites the selectors of css= and breaks lists inside :is(); in the head they stay as they are.
        head=f"<style>{(FOLDER / 'style.css').read_text(encoding='utf-8')}</style>",
        favicon_path=str(FOLDER / "icon.svg"),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        app_kwargs={"openapi_url": None},
        max_file_size=f"{desk.bot.settings.file_megabytes}mb",
    )
    return app


def serve_bot(bot: Chatbot, listener: socket.socket, *, wait: bool, watch: Sequence[Path] = ()) -> Served:
    """Serve the window over an open bot, which is closed at the end."""
    desk = Desk(bot, watch)
    desk.watcher.start()
    os.environ |= {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),  # else every event adds up all events so far, with pandas
        "GRADIO_TEMP_DIR": str(desk.uploads.with_name(INCOMING)),  # uploads on their way in
    }

    def make() -> Guard:
        app = make_app(desk)
        return guarded(app, bot.settings, app.state.asks, desk.leave)

    return serve(make, listener, desk.close, wait=wait)
