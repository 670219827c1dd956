"""The window wired together: what a click or a question calls, and where its answer appears."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from copy import copy
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio import state_holder

from rag import Chatbot
from ui.completions import add_routes
from ui.conversations import Talk
from ui.desk import THREADS, Desk
from ui.downloads import add_downloads
from ui.endpoints import add_endpoints
from ui.handlers import SKIP, Window
from ui.layout import Chat, Side, lay_out_chat, lay_out_side
from ui.options import Options
from ui.serve import INCOMING, Guard, Served, serve
from ui.watch import follow

FOLDER = Path(__file__).parent


def build(desk: Desk) -> gr.Blocks:
    """Return the window over ``desk``."""
    window = _Window(title="Ask your documents", analytics_enabled=False, delete_cache=(3600, 86_400))
    with window:
        with gr.Row(elem_id="window"):
            chat, side = lay_out_chat(), lay_out_side()
        # Every button that is drawn as HTML calls trigger() of this one, invisible component.
        clicks = gr.HTML(elem_id="clicks", js_on_load=(FOLDER / "window.js").read_text(encoding="utf-8"))
        add_endpoints(desk)  # before the clicks, which would take their names
        _connect(Window(desk), chat, side, clicks)
    window.max_threads = THREADS
    window.state_session_capacity = 1000  # conversations kept in memory, about 60 KB each; the oldest go first
    window.queue(default_concurrency_limit=None, api_open=False)
    return window


def _connect(do: Window, chat: Chat, side: Side, clicks: gr.HTML) -> None:
    talk, options = gr.State(Talk()), gr.State(Options())
    words, seen = gr.State(""), gr.State("")  # what is searched for among the chats and among the documents
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # These build on what the one before left behind, so none may be lost and none overtake another.
    in_turn: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 1}
    shown = [chat.past, chat.live, talk]
    index = [chat.status, side.documents, options, chat.scope, side.settings, chat.past]
    refresh: dict[str, Any] = {"fn": do.refresh, "inputs": [talk, options, seen], "outputs": index, **quiet}
    clicks.begin(do.begin, None, [talk, chat.live, side.chats, *index], **quiet)
    asked, given = [chat.question.submit, chat.send.click, clicks.submit], [chat.question, talk, options, words]
    gr.on(asked, do.ask, given, [*shown, chat.question, side.chats, side.source], trigger_mode="multiple", **quiet)
    gr.on([chat.stop.click, clicks.stop], do.stop, None, None, **quiet)
    left = [*shown, side.chats, side.source]  # a source is of the conversation that it was opened in
    clicks.clear(do.clear, words, left, **quiet)
    clicks.undo(do.undo, [talk, words], [*left, chat.question], **quiet)
    clicks.open(do.open, talk, side.source, trigger_mode="multiple", **quiet)  # by default a second click is lost
    chosen = [options, chat.status, chat.scope, side.documents]
    clicks.judge(do.judge, talk, talk, **in_turn, **quiet)
    clicks.set(do.set, [options, seen], chosen, **in_turn, **quiet)
    clicks.recall(do.recall, [talk, words], left, **quiet)
    clicks.rename(do.rename, [talk, words], [talk, side.chats], **quiet)
    clicks.discard(do.discard, [talk, words], left, **quiet)
    clicks.seek_chats(do.seek_chats, talk, [words, side.chats], **in_turn, **quiet)
    clicks.seek_documents(do.seek_documents, options, [seen, side.documents], **in_turn, **quiet)
    side.files.upload(do.upload, side.files, [side.report, side.files], trigger_mode="multiple", **quiet).then(
        **refresh
    )
    clicks.remove(do.remove, None, None, **quiet).then(**refresh)
    clicks.refresh(**refresh)
    follow(do.desk.watcher, **refresh)


class _Window(gr.Blocks):
    """Sends HTML as it is and makes nothing of what a step skips.

    Gradio makes a component anew for each output that is skipped, and hands each text to another thread and back.
    """

    async def postprocess_data(self, block_fn: Any, predictions: Any, state: Any) -> list[Any]:
        """Return what is sent of a step's ``predictions``, one for each of its outputs."""
        outputs = block_fn.outputs
        if not isinstance(predictions, tuple) or len(predictions) != len(outputs):
            return await super().postprocess_data(block_fn, predictions, state)
        sent = [dict(SKIP) if made == SKIP else made for made in predictions]
        is_plain = [
            isinstance(block, gr.HTML) and isinstance(made, str) for block, made in zip(outputs, sent, strict=True)
        ]
        left = [i for i, made in enumerate(sent) if made != SKIP and not is_plain[i]]
        fewer = copy(block_fn)
        fewer.outputs = [outputs[i] for i in left]
        rest = sent[left[0]] if len(left) == 1 else [sent[i] for i in left]
        for i, made in zip(left, await super().postprocess_data(fewer, rest, state) if left else (), strict=True):
            sent[i] = made
        return sent


class _Session(state_holder.SessionState):
    """What a visitor's page holds, without how each component is drawn.

    Gradio keeps that for links to a state of the page, which there are none of here, and makes it anew at each event.
    """

    def __init__(self, window: gr.Blocks) -> None:
        super().__init__(SimpleNamespace(default_config=window.default_config, blocks={}))  # type: ignore[arg-type]
        vars(self.blocks_config)["config_for_block"] = lambda *_: {}


def _hasten() -> None:
    """Keep Gradio, in this whole process, from doing again at every event what comes out the same each time."""
    if find_spec("matplotlib") is None:  # looked for twice an event, along the whole path
        sys.modules.setdefault("matplotlib", None)  # type: ignore[arg-type]  # None: not to be looked for
    vars(state_holder)["SessionState"] = _Session


def make_app(desk: Desk) -> FastAPI:
    """Return the web application: the window at ``/``, files to fetch, and the protocol of OpenAI."""
    _hasten()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_downloads(app, desk)
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
        return Guard(app, bot.settings, app.state.asks, desk.leave)

    return serve(make, listener, desk.close, wait=wait)
