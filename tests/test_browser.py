"""The window in a real browser: ask, see the answer grow, open its sources at the exact words, add documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from rag import Chatbot, HashEmbedder
from tests.open_window import KEPT, STAFF, TELESCOPE, ask, start
from tests.scripted_llm import ScriptedLLM
from tests.test_app import free_port
from ui.app import serve_bot
from ui.serve import Served, listen

pytestmark = pytest.mark.browser

DROP = """files => {
    const dropped = new DataTransfer();
    for (const [name, words] of files) dropped.items.add(new File([words], name));
    return dropped;
}"""


def test_an_answer_opens_its_source_at_the_exact_words(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    expect(page.locator("#live .quoted .words").first).to_contain_text(KEPT)
    expect(page.locator("#source h2")).to_have_text("handbook.md")  # the first proof opens by itself
    page.click("[role=tab][data-side=documents]")
    expect(page.locator("#source")).to_be_hidden()
    page.locator("#live .cite").first.click()
    mark = page.locator("#source .text mark")
    expect(mark).to_have_text(page.locator("#live .quoted .words").first.inner_text())
    expect(mark).to_be_in_viewport()
    expect(page.locator("#source .trail")).to_contain_text("Backups")


def test_markers_work_from_the_keyboard_and_say_why_on_hover(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, "Name, role and phone of Ida Kepler, electrician?")  # far from the threshold of abstaining
    expect(page.locator("#live .abstained")).to_have_count(0)
    page.click("[role=tab][data-side=documents]")
    page.locator("#live .cite").first.focus()
    expect(page.locator("#tip")).to_contain_text("staff.csv: “name: Ida Kepler; role: electrician")
    page.keyboard.press("Enter")
    expect(page.locator("#source tr.marked")).to_contain_text("electrician")
    page.locator("#live .badge").first.hover()
    expect(page.locator("#tip")).to_contain_text("Quoted.")


def test_a_pdf_opens_as_its_page_with_the_words_marked(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, "How many metres does the main mirror of the telescope measure?")
    page.locator("#live .cite").first.click()
    picture = page.locator("#source .page img")
    expect(picture).to_have_attribute("alt", "Page 2 of telescope.pdf")
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 500
    expect(page.locator("#source .strip mark")).to_have_text(TELESCOPE)
    box, sheet = page.locator("#source rect").first.bounding_box(), page.locator("#source .page").bounding_box()
    assert box and sheet
    assert 0.1 < (box["y"] - sheet["y"]) / sheet["height"] < 0.2  # the words stand at 142 of 842 points from the top
    page.click("#source [data-page='1']")
    expect(picture).to_have_attribute("alt", "Page 1 of telescope.pdf")
    expect(page.locator("#source rect")).to_have_count(0)
    page.click("#source [data-page='2']")
    expect(page.locator("#source rect").first).to_be_visible()
    page.click("#source [data-view=text]")
    expect(page.locator("#source .text mark")).to_have_text(TELESCOPE)


def test_a_page_can_be_drawn_larger(page: Page, quoting: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    start(page, quoting)
    ask(page, "How many metres does the main mirror of the telescope measure?")
    page.click("#live .cite")
    sheet = page.locator("#source .page")
    before = sheet.bounding_box()
    page.click("#source [data-do=zoom]")
    after = sheet.bounding_box()
    assert before and after and after["width"] >= 2 * before["width"]
    expect(page.locator("#source .page rect").first).to_be_in_viewport()
    page.click("#source [data-do=zoom]")
    assert sheet.bounding_box()["width"] == pytest.approx(before["width"])  # type: ignore[index]


def test_the_side_that_was_chosen_stays_when_the_answer_ends(page: Page, writing: Served, script: ScriptedLLM) -> None:
    start(page, writing)
    script.pieces, script.pause = [f"{TELESCOPE} [1]", " ", " ", " "], 0.4
    page.fill("#question textarea", "How many metres does the main mirror of the telescope measure?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.live")).to_be_visible()
    page.click("[role=tab][data-side=settings]")
    expect(page.locator("#live .turn.settled")).to_be_visible()
    page.wait_for_timeout(300)
    expect(page.locator("#settings-pane")).to_be_visible()


def test_the_original_file_can_be_fetched(page: Page, quoting: Served) -> None:
    start(page, quoting)
    page.click(".document:has-text('staff.csv')")
    with page.expect_download() as download:
        page.click("#source a:has-text('Original')")
    assert download.value.path().read_text() == STAFF
    page.click("[role=tab][data-side=documents]")
    page.click(".document:has-text('telescope.pdf')")
    link = page.locator("#source a:has-text('Original')")
    expect(link).to_have_attribute("href", re.compile("#page=1$"))
    expect(link).to_have_attribute("target", "_blank")  # not clicked: the viewer asks for pages of its own
    shown = page.request.get(f"{quoting.url}/{link.get_attribute('href')}")
    assert shown.headers["content-type"] == "application/pdf"
    assert shown.headers["content-disposition"].startswith("inline")


def test_without_an_answer_the_window_says_so_and_shows_what_is_near(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    expect(page.locator("#source mark").first).to_be_visible()
    ask(page, "Which zeppelin crossed Antarctica?")
    card = page.locator("#live .abstained")
    expect(card).to_be_visible()
    expect(card.locator(".absent").first).to_have_text("zeppelin")
    expect(page.locator("#live .sentence")).to_have_count(0)
    expect(page.locator("#source mark")).to_have_count(0)  # what the answer before rested on is no source of this


def test_documents_show_but_never_act(page: Page, quoting: Served) -> None:
    start(page, quoting)
    page.click(".document:has-text('handbook.md')")
    shown = page.locator("#source .text")
    expect(shown).to_contain_text("${alert(3)} {{value}} the telescope")
    assert shown.locator("script, img, iframe, a").count() == 0


def test_uploads_are_reported_file_by_file_replaced_and_removed(page: Page, quoting: Served, tmp_path: Path) -> None:
    good, bad = tmp_path / "meals.txt", tmp_path / "broken.pdf"
    good.write_text("Dinner at the observatory is served at seven in the kitchen.")
    bad.write_bytes(b"this is no PDF")
    start(page, quoting)
    dropped = page.evaluate_handle(DROP, [[file.name, file.read_text()] for file in (good, bad)])
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("#upload button", event, {"dataTransfer": dropped})
    report = page.locator("#report")
    expect(report).to_contain_text("1 new, 1 failed")
    expect(report.locator(".failed .reason")).to_contain_text("broken.pdf")
    expect(page.locator(".document:has-text('meals.txt')")).to_be_visible()
    ask(page, "Which broken zeppelin crossed Antarctica?")
    expect(page.locator("#live .unread")).to_contain_text("broken.pdf")
    ask(page, "Which zeppelin crossed Antarctica?")
    expect(page.locator("#live .unread")).to_have_text("1 file could not be read. Show it")
    page.click("#live .unread button")
    failed = page.locator(".documents .failed", has_text="broken.pdf")
    failed.hover()
    failed.locator("button").click()
    expect(failed).to_have_count(0)
    good.write_text("Dinner at the observatory is served at eight in the kitchen.")
    page.set_input_files("#upload input[type=file]", [good])
    expect(report).to_contain_text("1 changed")
    ask(page, "When is dinner served at the observatory?")
    expect(page.locator("#live .words").first).to_contain_text("at eight")
    page.click("[role=tab][data-side=documents]")
    row = page.locator(".documents li", has_text="meals.txt")
    row.hover()
    row.locator(".remove").click()
    expect(row.locator(".remove")).to_have_text("Really remove?")
    row.locator(".remove").click()
    expect(row).to_have_count(0)


def test_files_that_are_dropped_anywhere_are_read_and_a_copy_goes_only_by_name(page: Page, quoting: Served) -> None:
    start(page, quoting)
    words = "# Mixer\n\nThe mixer has a warranty of thirty months."
    page.click("[role=tab][data-side=settings]")
    for place, name in (("#talk", "warranty.md"), ("#documents-pane", "Aaa backup.md"), ("#status", "photo.jpg")):
        dropped = page.evaluate_handle(DROP, [[name, words]])
        for event in ("dragenter", "dragover", "drop"):
            page.dispatch_event(place, event, {"dataTransfer": dropped})
    for name in ("warranty.md", "Aaa backup.md", "photo.jpg"):  # dropped while others were on their way
        expect(page.locator("#report")).to_contain_text(name)
    row = page.locator(".documents li", has_text="warranty.md")
    expect(row.locator(".name")).to_have_text("warranty.md")
    expect(row).to_contain_text("also Aaa backup.md")
    row.locator(".remove").click()
    expect(row.locator(".remove")).to_have_text("Remove warranty.md and its copy Aaa backup.md?")
    row.locator(".remove").click()
    expect(row).to_have_count(0)
    page.click("[aria-label='Close the report']")
    picture = page.locator(".documents .failed", has_text="photo.jpg")
    expect(picture).to_contain_text("It is a picture; only text is read.")
    picture.locator("button").click()
    expect(picture).to_have_count(0)


def test_words_that_are_dragged_move_nothing(page: Page, quoting: Served) -> None:
    start(page, quoting)
    page.click("[role=tab][data-side=settings]")
    dragged = page.evaluate_handle("() => { const d = new DataTransfer(); d.setData('text/plain', 'x'); return d; }")
    page.dispatch_event("#talk", "dragenter", {"dataTransfer": dragged})
    expect(page.locator("#settings-pane")).to_be_visible()


def test_the_files_that_were_not_read_stay_unfolded_while_one_goes(page: Page, quoting: Served, tmp_path: Path) -> None:
    start(page, quoting)
    names = [f"broken{number}.pdf" for number in range(5)]
    for name in names:
        (tmp_path / name).write_bytes(b"this is no PDF")
    page.set_input_files("#upload input[type=file]", [tmp_path / name for name in names])
    expect(page.locator("#documents summary")).to_have_text("5 files not read")
    ask(page, "Which zeppelin crossed Antarctica?")
    page.click("#live .unread button")
    for left in (4, 3, 2, 1, 0):
        expect(page.locator("#documents .failed button").first).to_be_visible()
        page.locator("#documents .failed button").first.click()
        expect(page.locator("#documents .failed")).to_have_count(left)


def test_files_that_are_too_long_keep_no_other_back_and_uploads_wait_for_each_other(
    page: Page, quoting: Served, tmp_path: Path
) -> None:
    start(page, quoting)
    page.evaluate("document.querySelector('.settings').dataset.megabytes = 1")
    huge, first, later = tmp_path / "huge.txt", tmp_path / "first.txt", tmp_path / "later.txt"
    huge.write_text("long " * 300_000)
    first.write_text("\n\n".join(f"Paragraph {number} is about dome {number}." for number in range(4000)))
    later.write_text("The later file is read.")
    page.set_input_files("#upload input[type=file]", [huge, first])
    expect(page.locator(".report .failed")).to_contain_text("huge.txt")
    expect(page.locator(".report .failed")).to_contain_text("at most 1 MB are read")
    expect(page.locator("#report .embedding, #report .reading")).to_contain_text("first.txt")
    page.set_input_files("#upload input[type=file]", [later])
    for name in ("first.txt", "later.txt"):
        expect(page.locator(f".document:has-text('{name}')")).to_be_visible()
        page.locator(".documents li", has_text=name).locator(".remove").dblclick()
        expect(page.locator(f".document:has-text('{name}')")).to_have_count(0)
    expect(page.locator(".document:has-text('huge.txt')")).to_have_count(0)


def test_only_the_ticked_documents_are_asked(page: Page, quoting: Served) -> None:
    start(page, quoting)
    boxes = page.locator(".documents input[type=checkbox]")
    page.fill("[data-seek=documents]", "staff")
    expect(boxes).to_have_count(1)
    boxes.check()
    expect(page.locator("#scope")).to_contain_text("Asking 1 of 3 documents")
    page.fill("[data-seek=documents]", "handbook")  # the list is drawn anew, over the box that was ticked
    expect(page.locator(".documents li", has_text="handbook.md")).to_have_count(1)
    expect(boxes).not_to_be_checked()
    boxes.check()
    expect(page.locator("#scope")).to_contain_text("Asking 2 of 3 documents")
    boxes.uncheck()
    page.fill("[data-seek=documents]", "")
    expect(boxes).to_have_count(3)
    expect(page.locator(".documents input:checked")).to_have_count(1)
    expect(page.locator(".documents li", has_text="staff.csv").locator("input")).to_be_checked()
    expect(page.locator("#scope")).to_contain_text("Asking 1 of 3 documents")
    page.reload()
    expect(page.locator("#scope")).to_contain_text("Asking 1 of 3 documents")
    expect(page.locator(".documents li", has_text="staff.csv").locator("input")).to_be_checked()
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    assert "handbook.md" not in page.locator("#live .answer").inner_text()
    page.click("[data-do=everything]")
    expect(page.locator("#scope p")).to_have_count(0)


def test_a_written_answer_shows_which_sentences_are_supported(page: Page, writing: Served, script: ScriptedLLM) -> None:
    script.pieces[:] = [
        "Backups are kept for thirty-five days [1]. ",
        "They are kept for ninety years by 12 elephants [1]. ",
        "<img src=x onerror=alert(4)> ![p](https://evil.example/p.png) ${alert(5)} {{value}}.",
    ]
    start(page, writing)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    answer = page.locator("#live .answer")
    assert answer.locator("img, a").count() == 0
    kinds = [s.split()[-1] for s in answer.locator(".sentence").evaluate_all("all => all.map(s => s.className)")]
    assert kinds[0] in ("quoted", "supported")
    assert kinds[1] in ("partly", "unsupported")
    assert kinds[-1] == "unsupported"
    expect(page.locator(".pill.mode")).to_contain_text("written by")


def test_the_signs_of_a_sentence_stay_on_the_line_of_its_last_word(
    page: Page, writing: Served, script: ScriptedLLM
) -> None:
    script.pieces[:] = ["Here is what the documents say:\n", "- Nightly backups are kept for thirty-five days [1]. "]
    start(page, writing)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    kinds = [s.split()[-1] for s in page.locator("#live .sentence").evaluate_all("all => all.map(s => s.className)")]
    assert kinds[0] == "leading" and kinds[1] in ("quoted", "supported")
    apart = page.locator("#live .sentence").evaluate_all(
        """all => {
            let apart = 0;
            for (let width = 200; width < 640; width += 4) {
                for (const sentence of all) {
                    sentence.closest(".answer").style.width = width + "px";
                    const last = document.createRange(), text = sentence.querySelector(".words").firstChild;
                    last.setStart(text, text.length - 1);
                    last.setEnd(text, text.length);
                    for (const mark of sentence.querySelectorAll(".marks button"))
                        apart += mark.getBoundingClientRect().top > last.getBoundingClientRect().bottom;
                }
            }
            return apart;
        }"""
    )
    assert apart == 0


def test_the_words_of_a_table_stay_whole_on_a_phone_and_its_frame_scrolls(
    page: Page, writing: Served, script: ScriptedLLM
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    rows = ["Responsible department | Administration", "Frequency | every night at two", f"Retention | {KEPT}"]
    head = "Property | Observatory headquarters | Telescope maintenance | Documentation"
    script.pieces[:] = [
        f"| {head} |\n|---|---|---|---|\n",
        *(f"| {row} | unchanged | unchanged [1] |\n" for row in rows),
    ]
    start(page, writing)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    frame = page.locator("#live .grid")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    broken = frame.evaluate(
        """frame => {
            const broken = [], texts = document.createTreeWalker(frame, NodeFilter.SHOW_TEXT);
            while (texts.nextNode())
                for (const word of texts.currentNode.data.matchAll(/[a-z]+/gi)) {
                    const range = document.createRange();
                    range.setStart(texts.currentNode, word.index);
                    range.setEnd(texts.currentNode, word.index + word[0].length);
                    if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) broken.push(word[0]);
                }
            return broken;
        }"""
    )
    assert broken == []


def test_sources_at_the_same_place_keep_their_first_words_inside_their_frame_on_a_phone(
    page: Page, writing: Served, script: ScriptedLLM
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    script.pieces[:] = [f"{KEPT} [1] ", "Backups run every night at two [1]."]
    start(page, writing)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    expect(page.locator("#live .source .start")).to_have_text(
        ["“The nightly backups of the…”", "“Backups run every night at two.”"]
    )
    reach = "all => all.every(start => start.getBoundingClientRect().right < start.parentElement.getBoundingClientRect().right)"
    assert page.locator("#live .source .start").evaluate_all(reach)


def test_an_answer_can_be_stopped_asked_again_and_cleared(page: Page, writing: Served, script: ScriptedLLM) -> None:
    script.pieces[:] = [f"Sentence {number} about nightly backups [1]. " for number in range(200)]
    script.pause = 0.1
    start(page, writing)
    page.fill("#question textarea", "For how many days are the nightly backups kept?")
    page.click("#send")
    expect(page.locator("#live .live .sentence").first).to_be_visible()
    page.click("#stop")
    expect(page.locator("#live [role=alert]")).to_have_text("Stopped.")
    expect(page.locator("#send")).to_be_visible()
    script.pieces[:], script.pause = [KEPT + " [1]"], 0.0
    page.click("[data-do=again]")
    expect(page.locator("#live .settled .words")).to_have_text([KEPT])
    expect(page.locator(".turn")).to_have_count(1)
    script.pieces[:], script.pause = [f"Sentence {number} about nightly backups [1]. " for number in range(200)], 0.1
    page.click("[data-do=again]")
    expect(page.locator("#live .live .sentence").first).to_be_visible()
    page.fill("#question textarea", "How long are the nightly backups kept?")
    page.press("#question textarea", "Enter")
    expect(page.locator("#past [role=alert]")).to_have_text("Stopped.")
    page.click("#stop")
    expect(page.locator("#live .settled")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(2)  # the one that was cut short stays
    expect(page.locator("#past [role=alert]")).to_have_text("Stopped.")
    page.click("[data-do=clear]")
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


@pytest.mark.parametrize("away", ["clear", "undo"])
def test_a_question_waits_for_the_new_chat_that_it_was_typed_in(page: Page, quoting: Served, away: str) -> None:
    start(page, quoting)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    expect(page.locator("#source mark").first).to_be_visible()  # its step must not be the one that is held
    late: list[Route] = []

    def on_step(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append(route)

    page.route("**/queue/join*", on_step)
    page.click(f"[data-do={away}]")
    page.fill("#question textarea", "Which zeppelin crossed Antarctica?")
    page.press("#question textarea", "Enter")
    page.wait_for_timeout(500)
    expect(page.locator("#question textarea")).to_have_value("Which zeppelin crossed Antarctica?")
    late[0].continue_()
    expect(page.locator("#live .settled .abstained")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)


def test_a_question_that_is_too_long_is_refused_in_words(page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, "x" * 9000)
    expect(page.locator("#live .trouble")).to_contain_text("the limit is 8,000")


def test_on_a_phone_the_source_lies_over_the_chat_and_goes_away(page: Page, quoting: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    start(page, quoting)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    expect(page.locator("#side")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#live .cite").first.click()
    expect(page.locator("#source .text mark")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    assert page.locator("#live .cite").first.evaluate("marker => marker === document.activeElement")


def test_on_a_phone_the_browsers_back_closes_the_source(page: Page, quoting: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    start(page, quoting)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    side, marker = page.locator("#side"), page.locator("#live .cite").first
    marker.click()
    page.click("#side [role=tab][data-side=chats]")
    expect(side).to_be_visible()
    page.go_back()
    expect(side).to_be_hidden()
    expect(page.locator("#live .turn")).to_be_visible()
    page.go_forward()
    expect(side).to_be_visible()
    page.click("[data-do=close-side]")
    expect(side).to_be_hidden()
    marker.click()
    page.reload()
    expect(page.locator("#live .turn")).to_be_visible()
    expect(side).to_be_hidden()
    page.go_back()
    assert page.url == "about:blank", "nothing of it is left to go back through"


def test_two_visitors_do_not_see_each_other(browser: Browser, page: Page, quoting: Served) -> None:
    start(page, quoting)
    ask(page, "For how many days are the nightly backups of the observatory kept?")
    other = browser.new_context()
    visitor = other.new_page()
    start(visitor, quoting)
    expect(visitor.locator(".turn")).to_have_count(0)
    other.close()


def test_add_documents_on_an_empty_page_opens_the_choice_of_files(page: Page, tmp_path: Path) -> None:
    bot = Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path, port=free_port())
    served = serve_bot(bot, listen(bot.settings), wait=False)
    start(page, served)
    with page.expect_file_chooser() as chosen:
        page.locator(".welcome").get_by_role("button", name="Add documents").click()
    assert chosen.value.is_multiple()
    served.close()
