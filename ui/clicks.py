"""What the page sends with a click, read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from rag import Citation
from ui.conversations import Talk
from ui.prose import number


def read_click(event: gr.EventData) -> Mapping[str, Any]:
    """Return what the page sent with a click; typing sends nothing."""
    return event._data if isinstance(event._data, dict) else {}


def wanted(sent: Mapping[str, Any], typed: str, talk: Talk) -> tuple[int | None, str, str]:
    """Return the turn that is asked again, if it is one, its question, and how a person understood it."""
    turn = number(sent.get("turn"))
    if turn is None or turn >= len(talk.exchanges):
        return None, str(sent.get("question") or typed), ""
    question = str(sent.get("question") or talk.exchanges[turn].answer.question)
    return turn, question, str(sent.get("standalone", "")).strip()


def is_meant(citation: Citation, cited: int, sent: Mapping[str, Any]) -> bool:
    """Whether a citation is the one that was clicked: the page may still show that of another answer."""
    place = (citation.number, citation.document_id, str(citation.start))
    return place == (cited, sent.get("document"), str(sent.get("start")))


def find_kept(talk: Talk, document_id: str, start: int, end: int) -> Citation | None:
    """Return what a conversation holds of the words at a place, which outlives the document."""
    cited = (one for exchange in talk.exchanges for one in (*exchange.answer.citations, *exchange.answer.nearest))
    return next((one for one in cited if (one.document_id, one.start, one.end) == (document_id, start, end)), None)
