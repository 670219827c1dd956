"""What stands around the conversation: bar, welcome, tabs, chats and settings, all of it inert."""

from __future__ import annotations

import pytest

from rag import DocumentInfo, Settings, Status
from tests.test_render import PAYLOADS, Page, assert_inert
from ui.conversations import Summary
from ui.frame import (
    MOST_CHATS,
    render_chats,
    render_scope,
    render_search,
    render_settings,
    render_status,
    render_tabs,
    render_welcome,
)
from ui.options import Options, tick

STATUS = Status("x", 1, 2, "m", "")


def kept(key: str, title: str) -> Summary:
    return Summary(key, title, "2026-01-02T12:00:00+00:00", 1, "")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_words_from_outside_are_inert(payload: str) -> None:
    status = Status(payload, 1, 1, payload, payload)
    assert_inert(render_welcome(status, [payload]))
    assert_inert(render_status(status))
    assert_inert(render_settings(status, Settings(), [payload], Options(payload)))
    assert_inert(render_scope(Options(payload), ()))
    assert_inert(render_chats([kept("k", payload)], "k", payload, saved=True))
    assert_inert(render_chats([], "", payload, saved=True))


def test_the_frame_itself_is_inert() -> None:
    for html in (render_tabs(), render_search("documents"), render_search("chats")):
        assert_inert(html)


def test_the_bar_says_who_writes_the_answers() -> None:
    assert "quotes only" in render_status(STATUS)
    assert "written by llama" in render_status(Status("x", 1, 2, "m", "llama"))
    assert "1 document<" in render_status(STATUS)
    llama = Status("x", 1, 2, "m", "llama")
    assert "quotes only, 3 passages each" in render_status(llama, Options(quotes_only=True, passages=3))


def test_the_welcome_asks_for_documents_when_there_are_none() -> None:
    assert "no documents yet" in render_welcome(Status("x", 0, 0, "m", ""), [])
    assert "How?" in Page(render_welcome(STATUS, ["How?"])).words


def test_the_scope_is_named_only_when_it_is_narrower() -> None:
    five = [DocumentInfo(name, (name,), name, "txt", (name,), 1, 0, 9, "") for name in "abcde"]
    ticks = tuple(map(tick, five[:2]))
    assert render_scope(Options(), five) == ""
    assert "Asking 2 of 5 documents" in Page(render_scope(Options("papers", ticks), five)).words
    assert "Asking the collection papers" in Page(render_scope(Options("papers"), five)).words


def test_chats_are_listed_with_all_that_can_be_done() -> None:
    page = Page(render_chats([kept("a", "Hours"), kept("b", "Fees")], "b", "", saved=True))
    assert page.find("current") and "1 question" in page.words
    assert [b.get("aria-current") for b in page.find("chat")] == [None, "true"]
    assert {a["href"] for tag, a in page.tags if tag == "a"} == {
        f"conversations/{key}.{suffix}" for key in "ab" for suffix in ("md", "html")
    }
    assert {"rename", "discard", "recall"} <= {attributes.get("data-do") for _, attributes in page.tags}


def test_a_very_long_list_of_chats_is_cut_and_says_so() -> None:
    html = render_chats([kept(str(number), "Hours") for number in range(MOST_CHATS + 3)], "", "", saved=True)
    assert html.count('data-do="recall"') == MOST_CHATS and "and 3 more" in html


def test_empty_lists_of_chats_say_why() -> None:
    assert "No chats yet" in render_chats([], "", "", saved=True)
    assert "holds “fees”" in render_chats([], "", "fees", saved=True)
    assert "keeps no cookies" in render_chats([], "", "", saved=False)


def settings(status: Status, options: Options) -> Page:
    return Page(render_settings(status, Settings(passages=4), ["papers"], options))


def inputs(page: Page) -> list[tuple[str, bool, bool]]:
    return [(a["value"], "checked" in a, "disabled" in a) for tag, a in page.tags if tag == "input"]


def test_settings_show_what_is_chosen() -> None:
    written = Status("x", 1, 2, "m", "llama")
    assert inputs(settings(written, Options())) == [
        ("written", True, False), ("quotes", False, False), ("4", False, False),
    ]  # fmt: skip
    assert inputs(settings(written, Options(quotes_only=True, passages=9)))[1:] == [
        ("quotes", True, False), ("9", False, False),
    ]  # fmt: skip
    page = settings(written, Options("papers"))
    assert [a for tag, a in page.tags if tag == "option"][1] == {"selected": ""}
    assert "llama" in page.words and "m" in page.words


def test_without_a_model_the_settings_say_how_to_get_one() -> None:
    page = settings(STATUS, Options())
    assert inputs(page)[:2] == [("written", False, True), ("quotes", True, False)]
    assert "RAG_LLM_BASE_URL" in page.words
