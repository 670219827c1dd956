"""Conversations in a real browser: kept over a reload, found, exported, edited, judged; settings; accessibility."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from rag import Chatbot
from tests.open_window import KEPT, TELESCOPE, ask, start
from tests.scripted_llm import ScriptedLLM
from ui.serve import Served

pytestmark = pytest.mark.browser

BACKUPS = "For how many days are the nightly backups of the observatory kept?"
MIRROR = "How many metres does the main mirror of the telescope measure?"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}


def bot_of(served: Served) -> Chatbot:
    bot: Chatbot = served.after.__self__.bot  # type: ignore[attr-defined]
    return bot


def check(page: Page, state: str) -> None:
    """Fail on whatever axe finds against the guidelines (WCAG 2.1 A and AA) or good practice, in light or in dark."""
    page.emulate_media(reduced_motion="reduce")  # else colours fade in
    for theme in ("light", "dark"):
        page.evaluate("theme => document.body.classList.toggle('dark', theme === 'dark')", theme)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{state}, {theme}: {found.generate_report()}"


def show(page: Page, side: str) -> None:
    page.click(f"[role=tab][data-side={side}]")
    expect(page.locator(f"#{side}-pane")).to_be_visible()


def test_a_conversation_survives_a_reload_and_is_listed_renamed_found_and_deleted(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, BACKUPS)
    ask(page, MIRROR)
    page.reload()
    expect(page.locator("#past .question")).to_have_text(BACKUPS)
    expect(page.locator("#live .words").first).to_have_text(TELESCOPE)
    page.click("[data-do=clear]")
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, "Which zeppelin crossed Antarctica?")
    show(page, "chats")
    rows = page.locator(".chats li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("zeppelin")
    page.fill("[data-seek=chats]", "thirty-five tonnes")
    expect(rows).to_have_count(1)
    rows.locator("[data-do=rename]").click()
    rows.locator("textarea").fill("Backups and mirrors")
    page.keyboard.press("Enter")
    expect(rows.locator(".name")).to_have_text("Backups and mirrors")
    rows.locator("[data-do=recall]").click()
    expect(page.locator("#live .question")).to_have_text(MIRROR)
    rows.locator("[data-do=discard]").click()
    rows.locator("[data-do=discard]").click()
    expect(rows).to_have_count(0)
    expect(page.locator(".welcome")).to_be_visible()
    page.fill("[data-seek=chats]", "")
    expect(rows).to_have_count(1)


def test_a_question_that_was_not_answered_outlives_a_reload(page: Page, quoting: Served) -> None:
    start(page, quoting)
    box = page.locator("#question textarea")
    box.fill(MIRROR)
    page.route("**/queue/join*", lambda _: None)  # the question goes nowhere
    with page.expect_request("**/queue/join*"):
        page.keyboard.press("Enter")
    page.reload()
    page.unroute("**/queue/join*")
    page.reload()
    expect(box).to_have_value(MIRROR)
    page.click("#send")
    expect(page.locator("#live .turn.settled")).to_be_visible()
    page.reload()
    expect(page.locator("#live .question")).to_have_text(MIRROR)
    expect(box).to_have_value("")


def test_a_question_that_a_reload_cuts_short_is_not_lost(page: Page, writing: Served, script: ScriptedLLM) -> None:
    script.pieces[:], script.pause = [f"Sentence {number} about the telescope [1]. " for number in range(200)], 0.1
    start(page, writing)
    page.fill("#question textarea", MIRROR)
    page.keyboard.press("Enter")
    expect(page.locator("#live .live .sentence").first).to_be_visible()
    page.reload()
    expect(page.locator("#talk .welcome, #talk .turn").first).to_be_visible()
    kept = page.locator("#live .question")
    if kept.count():
        expect(kept).to_have_text(MIRROR)
    expect(page.locator("#question textarea")).to_have_value("" if kept.count() else MIRROR)


def test_a_conversation_is_exported_with_footnotes_and_only_to_its_own_browser(
    browser: Browser, page: Page, quoting: Served
) -> None:
    start(page, quoting)
    ask(page, BACKUPS)
    show(page, "chats")
    with page.expect_download() as download:
        page.click(".row-tools a:has-text('Markdown')")
    assert f"{KEPT}[^1]" in download.value.path().read_text()
    assert download.value.suggested_filename == "For-how-many-days-are-the-nightly-backups-of-the.md"
    address = f"{quoting.url}/{page.get_attribute('.row-tools a >> nth=1', 'href')}"
    assert "note-1" in page.request.get(address).text()
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["visitor"]["httpOnly"] and cookies["visitor"]["sameSite"] == "Lax"
    other = browser.new_context()
    stranger = other.new_page()
    stranger.goto(quoting.url)
    talk = page.evaluate("sessionStorage.talk")
    stranger.evaluate("talk => { sessionStorage.talk = talk }", talk)
    start(stranger, quoting)  # a page that asks for the id gets an empty window
    expect(stranger.locator(".turn")).to_have_count(0)
    assert stranger.request.get(address).status == 404
    show(stranger, "chats")
    expect(stranger.locator("#chats")).to_contain_text("No chats yet")
    other.close()


def test_questions_are_edited_and_undone(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, BACKUPS)
    ask(page, "And which zeppelin?")
    page.locator("#past .edit").first.click()
    page.locator(".editor textarea").fill(MIRROR)
    page.keyboard.press("Enter")
    expect(page.locator("#live .settled .words").first).to_have_text(TELESCOPE)
    expect(page.locator(".turn")).to_have_count(1)
    page.locator("#live .edit").first.click()
    page.keyboard.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)
    page.click("[data-do=undo]")
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#question textarea")).to_have_value(MIRROR)
    show(page, "chats")
    expect(page.locator(".chats li")).to_have_count(0)


def test_how_a_follow_up_was_understood_can_be_corrected(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, BACKUPS)
    ask(page, "And how many of them?")
    page.click(".understood .edit")
    expect(page.locator(".editor textarea")).to_be_focused()
    page.locator(".editor textarea").fill(MIRROR)
    page.locator(".editor .go").click()
    expect(page.locator("#live .settled .words").first).to_have_text(TELESCOPE)
    expect(page.locator("#live .question")).to_have_text("And how many of them?")
    expect(page.locator("#live .understood q")).to_have_text(MIRROR)
    expect(page.locator(".turn")).to_have_count(2)


def test_thumbs_and_wrong_sources_are_kept(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, BACKUPS)
    page.click("#live .thumb.good")
    page.click("#source [data-do=wrong]")
    expect(page.locator("#live .cite.wrong")).to_have_count(1)
    folder = bot_of(quoting).settings.data_dir

    def judged() -> bool:
        talks = [path.read_text() for path in (folder / "conversations").rglob("*.json")]
        return any('"thumb":"good","wrong":[1]' in talk for talk in talks)

    deadline = time.monotonic() + 20
    while not judged() and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    page.reload()
    expect(page.locator("#live .thumb.good")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live .cite.wrong")).to_have_count(1)
    last = json.loads((folder / "feedback.jsonl").read_text().splitlines()[-1])
    assert (last["question"], last["thumb"], last["citations"][0]["wrong"]) == (BACKUPS, "good", True)


def test_an_answer_is_copied_with_its_citations(page: Page, quoting: Served) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, quoting)
    ask(page, BACKUPS)
    page.click("#live [data-do=copy]")
    expect(page.locator("#live [data-do=copy]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"{KEPT} [1]" in copied and "[1] handbook.md" in copied


def test_settings_choose_how_to_answer_and_are_remembered(page: Page, writing: Served, script: ScriptedLLM) -> None:
    script.pieces[:] = ["Backups are kept for thirty-five days [1]."]
    start(page, writing)
    show(page, "settings")
    expect(page.locator(".about")).to_contain_text(["scripted", "ask"])
    page.check("[name=mode][value=quotes]")
    page.fill("[name=passages]", "-3")
    page.keyboard.press("Tab")
    expect(page.locator("[name=passages]")).to_have_value("6")
    page.fill("[name=passages]", "1")
    page.keyboard.press("Tab")
    expect(page.locator(".pill.mode")).to_have_text("quotes only, 1 passage each")
    ask(page, BACKUPS)
    expect(page.locator("#live .quoted .words").first).to_have_text(KEPT)
    expect(page.locator("#live summary")).to_have_text("1 passage read")
    page.reload()
    expect(page.locator("[name=mode][value=quotes]")).to_be_checked()
    expect(page.locator("[name=passages]")).to_have_value("1")
    show(page, "settings")
    page.check("[name=mode][value=written]")
    expect(page.locator(".pill.mode")).to_contain_text("written by scripted")
    ask(page, BACKUPS)
    expect(page.locator("#live .prose")).to_contain_text("Backups are kept")


def test_a_collection_is_chosen_and_documents_are_searched(page: Page, quoting: Served, tmp_path: Path) -> None:
    (tmp_path / "root" / "kitchen").mkdir(parents=True)
    (tmp_path / "root" / "kitchen" / "menu.txt").write_text("Soup is served on every cloudy night.")
    bot = bot_of(quoting)
    bot.ingest(tmp_path / "root")
    try:
        start(page, quoting)
        page.fill("[data-seek=documents]", "TELE")
        expect(page.locator("li .document")).to_contain_text(["telescope.pdf"])
        page.fill("[data-seek=documents]", "")
        page.click("[data-collection=kitchen]")
        expect(page.locator("#scope")).to_contain_text("Asking the collection kitchen")
        expect(page.locator("li .document")).to_have_count(1)
        ask(page, BACKUPS)
        assert "handbook.md" not in page.locator("#live .answer").inner_text()
        page.reload()
        expect(page.locator("#scope")).to_contain_text("kitchen")
        page.click("[data-do=everything]")
        expect(page.locator("#scope p")).to_have_count(0)
    finally:
        bot.forget("kitchen/menu.txt")


def test_evidence_stands_there_while_the_model_writes(page: Page, writing: Served, script: ScriptedLLM) -> None:
    script.pieces[:], script.pause = ["Backups", " are", " kept [1]."] * 40, 0.1
    start(page, writing)
    page.fill("#question textarea", BACKUPS)
    page.click("#send")
    expect(page.locator("#live .evidence .near").first).to_contain_text("handbook.md")
    page.locator("#live .evidence .near").first.click()
    expect(page.locator("#source h2")).to_have_text("handbook.md")
    expect(page.locator("#live .turn.live")).to_be_visible()
    check(page, "an answer in the making")
    page.keyboard.press("Escape")
    expect(page.locator("#live [role=alert]")).to_have_text("Stopped.")
    script.pause = 0.0


def test_every_state_is_accessible(page: Page, quoting: Served) -> None:
    start(page, quoting)
    page.set_input_files("#upload input[type=file]", {"name": "x.pdf", "mimeType": "", "buffer": b"no PDF"})
    expect(page.locator("#report .failed")).to_be_visible()
    check(page, "welcome, documents and a failed upload")
    ask(page, "Name, role and phone of Ida Kepler, electrician?")
    expect(page.locator("#source tr.marked")).to_be_visible()
    page.click("#live .thumb.bad")
    page.click("#source [data-do=wrong]")
    check(page, "an answer beside a table, both judged")
    ask(page, MIRROR)
    expect(page.locator("#source rect").first).to_be_visible()
    page.locator("#past .edit").first.click()
    check(page, "a page of a PDF, and a question being edited")
    ask(page, "Which zeppelin crossed Antarctica?")
    show(page, "chats")
    page.set_viewport_size({"width": 390, "height": 844})
    check(page, "chats on a phone")
    show(page, "settings")
    check(page, "settings on a phone")
    page.keyboard.press("Escape")
    check(page, "no answer, on a phone")


def test_the_keyboard_goes_through_the_window_in_reading_order(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, BACKUPS)
    expect(page.locator("#source mark").first).to_be_visible()
    page.locator("#talk").focus()
    seen = []
    for _ in range(22):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(e => e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText)(document.activeElement)"
            )
        )
    wanted = [
        "Edit the question", "Source 1", "Quoted.", "handbook.md", "passage", "Good answer", "Bad answer", "Copy", "Undo",
        "Ask again", "Question", "Ask", "Source", "handbook.md", "Wrong citation", "Original", "Text of",
    ]  # fmt: skip
    at = -1
    for name in wanted:
        at = next((n for n in range(at + 1, len(seen)) if name in seen[n]), None)
        assert at is not None, f"{name} is not where it belongs in {seen}"
    page.locator("[role=tab][aria-selected=true]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#documents-pane")).to_be_visible()
    expect(page.locator("[role=tab][data-side=documents]")).to_be_focused()


@pytest.mark.parametrize("by", ["click", "ArrowRight"])
def test_what_another_window_added_is_there_when_the_documents_are_looked_at(
    page: Page, quoting: Served, tmp_path: Path, by: str
) -> None:
    start(page, quoting)
    expect(page.locator("#documents li .document").first).to_be_visible()
    known = page.locator("#documents li .document").count()
    (tmp_path / "late.txt").write_text("The vault opens at nine.")
    bot_of(quoting).ingest(tmp_path / "late.txt")
    try:
        page.click("[role=tab][data-side=source]")
        if by == "click":
            page.click("[role=tab][data-side=documents]")
        else:
            page.keyboard.press(by)
        expect(page.locator("#documents")).to_contain_text("late.txt")
        expect(page.locator("#documents li .document")).to_have_count(known + 1)
    finally:
        bot_of(quoting).forget("late.txt")
