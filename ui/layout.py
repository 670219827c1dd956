"""What stands where in the window: the conversation on the left, its sides behind tabs on the right."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from ui.frame import render_search, render_tabs
from ui.source import EMPTY


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
    chats: gr.HTML
    settings: gr.HTML


def lay_out_chat() -> Chat:
    """Place the left column."""
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


def lay_out_side() -> Side:
    """Place the right column: a pane for each tab."""
    with gr.Column(elem_id="side"):
        _html("tabs", render_tabs())
        with gr.Column(elem_id="source-pane"):
            source = _html("source", EMPTY)
        with gr.Column(elem_id="documents-pane"):
            files = gr.File(elem_id="upload", file_count="multiple", label="Add documents", height=84)
            report = _html("report")
            _html("seek-documents", render_search("documents"))
            documents = _html("documents")
        with gr.Column(elem_id="chats-pane"):
            _html("seek-chats", render_search("chats"))
            chats = _html("chats")
        with gr.Column(elem_id="settings-pane"):
            settings = _html("settings")
    return Side(source, files, report, documents, chats, settings)


def _html(name: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None)
