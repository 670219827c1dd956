"""Over 200 hostile texts in each field that the window draws, read by a real HTML parser and shown in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from selectolax.lexbor import LexborHTMLParser

from rag import (
    Answer,
    Block,
    Citation,
    Document,
    DocumentInfo,
    FileResult,
    Hit,
    IngestProgress,
    IngestReport,
    Passage,
    RagError,
    Sentence,
    Settings,
    Status,
    Turn,
    Verdict,
)
from tests.payloads import payloads
from tests.test_app import free_port
from tests.test_tricks import Canary
from ui.app import serve_bot
from ui.conversations import Exchange, Summary
from ui.frame import render_chats, render_scope, render_settings, render_status, render_welcome
from ui.library import render_documents, render_report, render_uploads
from ui.options import Options
from ui.render import render_exchange, render_past
from ui.serve import listen
from ui.source import Place, render_text

PAYLOADS = payloads()
WORD = "harmless"
ACTIVE = set(
    "script iframe object embed link meta base form style video audio source animate image use math svg img".split()
)


def answer(sentence: str, quote: str = "q", name: str = "n", title: str = "t", question: str = "When?") -> Answer:
    """Return a finished answer with each text in its field."""
    citation = Citation(1, "p", "d", name, title, 0, len(quote), quote, title, 1, None)
    passage = Passage("p", "d", name, title, 0, 0, len(quote), quote, title, 1, None)
    said = Sentence(sentence, (citation,), Verdict.SUPPORTED)
    return Answer(question, question, (said,), (Hit(passage, 1, 1.0),), stage="done", mode="llm", final=True)


def listed(name: str, title: str) -> str:
    held = f"papers/{name}"  # a folder in a name makes a collection, which is drawn too
    info = DocumentInfo("d", (held, held), title, "txt", (name, name), 1, 1, 9, "", (title,))
    return render_documents([info], [FileResult(name, "failed", title)], ())


FIELDS: dict[str, Callable[[str], str]] = {
    "answer": lambda text: render_exchange(Exchange(answer(text)), last=True),
    "quote": lambda text: (
        render_exchange(Exchange(answer("a", quote=text)))
        + render_text(
            Document("d", "n", "t", "txt", text, (Block("paragraph", 0, len(text)),)), Place("d", 0, len(text))
        )
    ),
    "filename": lambda text: render_exchange(Exchange(answer("a", name=text))) + listed(text, "t"),
    "title": lambda text: render_exchange(Exchange(answer("a", title=text))) + listed("n", text),
    "question": lambda text: (
        render_exchange(Exchange(answer("a", question=text))) + render_welcome(Status("d", 1, 1, "m", "l"), [text])
    ),
    "error": lambda text: (
        render_exchange(Exchange(answer("a"), trouble=text)) + render_status(Status("d", 1, 1, text, text))
    ),
    "history": lambda text: render_past([Exchange(answer(text, text, text, text, text), trouble=text)]),
    "report": lambda text: (
        render_report(IngestReport((FileResult(text, "failed", text, 1, (text,)),)))
        + render_uploads([FileResult(text, "reading")])
    ),
    "chat": lambda text: render_chats([Summary("k", text, "2026-01-02T12:00:00+00:00", 1, text)], "", text, saved=True),
    "collection": lambda text: (
        render_scope(Options(text), ())
        + render_settings(Status(text, 1, 1, text, text), Settings(), [text], Options(text))
        + render_documents([DocumentInfo("d", (f"{text}/n",), "t", "txt", ("n",), 1, 1, 9, "")], (), (), "", text)
    ),
}


def skeleton(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements, as a browser's parser finds them, each with the names of its attributes."""
    root = LexborHTMLParser(html).root
    assert root is not None
    return [(str(node.tag), tuple(node.attributes)) for node in root.traverse(include_text=False)]


def test_there_are_over_200_payloads_and_unescaped_they_act() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 200
    acting = [
        text for text in PAYLOADS
        if any(tag in ACTIVE or any(name.startswith("on") for name in names) for tag, names in skeleton(f"<p>{text}"))
    ]  # fmt: skip
    assert len(acting) > 90


@pytest.mark.parametrize("field", FIELDS)
def test_no_payload_becomes_an_element_or_an_attribute(field: str) -> None:
    drawn = FIELDS[field]
    expected = skeleton(drawn(WORD))
    assert any(tag == "span" for tag, _ in expected)
    assert [text for text in PAYLOADS if skeleton(drawn(text)) != expected] == []


class Parrot:
    """A bot that says every payload in every field, whatever it is asked."""

    def __init__(self, folder: Path, texts: Sequence[str]) -> None:
        self.settings = Settings(data_dir=folder, port=free_port())
        self.texts = texts
        self.all = " ".join(texts)

    def status(self) -> Status:
        return Status("", len(self.texts), 2, self.all, self.all)

    def stream(
        self, question: str, turns: Sequence[Turn] = (), documents: object = None, **more: object
    ) -> Iterator[Answer]:
        each = [answer(text, text, text, text, text) for text in self.texts]
        whole = Answer(
            question + self.all, self.all, tuple(s for one in each for s in one.sentences),
            tuple(hit for one in each for hit in one.hits), stage="answering", mode="llm", notice=self.all,
        )  # fmt: skip
        yield whole
        raise RagError(self.all, "Ask again.")

    def documents(self) -> list[DocumentInfo]:
        return [DocumentInfo(f"d{n}", (t, t), t, "txt", (t,), 1, 1, 9, "", (t,)) for n, t in enumerate(self.texts)]

    def document(self, document_id: str) -> Document:
        text = "\n\n".join(self.texts)
        return Document(document_id, self.all, self.all, "markdown", text, (Block("heading", 0, len(text), 2),))

    def ask(self, question: str, **how: object) -> Answer:
        return answer(question)

    def ingest(self, *paths: Path, progress: Callable[[IngestProgress], None]) -> IngestReport:
        progress(IngestProgress(0, 1, self.all, self.all))
        return IngestReport(tuple(FileResult(text, "new", text, 0, (text,)) for text in self.texts))

    def forget(self, path: str) -> None:
        raise RagError(self.all, "")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which a dialog or an error of a script fails the test."""
    page, wrong = browser.new_page(), []
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    page.close()
    assert wrong == []


@pytest.mark.browser
def test_a_browser_without_any_policy_calls_nobody(page: Page) -> None:
    with Canary() as canary:
        texts = payloads(canary.url)
        html = "".join(drawn(text) for drawn in FIELDS.values() for text in texts)
        page.set_content(html, wait_until="networkidle")
        page.mouse.move(200, 200)
        assert page.locator("article").count() > 200 * 6
        assert (
            page.evaluate("document.querySelectorAll('script,iframe,img,svg,video,style,link,object,embed').length")
            == 0
        )
        assert canary.seen == []
        page.set_content(f"<img src={canary.url}/works>", wait_until="networkidle")
        assert canary.seen == ["/works"]  # the canary can be heard
        canary.shutdown()


@pytest.mark.browser
def test_the_window_shows_every_payload_and_calls_nobody(page: Page, tmp_path: Path) -> None:
    with Canary() as canary:
        bot = Parrot(tmp_path, payloads(canary.url))
        served = serve_bot(bot, listen(bot.settings), wait=False)  # type: ignore[arg-type]
        try:
            page.goto(served.url)
            for _ in range(2):  # the second time the first answer is history
                page.fill("#question textarea", payloads(canary.url)[2])
                page.keyboard.press("Enter")
                expect(page.locator("#live .turn.settled")).to_be_visible(timeout=30_000)
                expect(page.locator("#live .sentence")).to_have_count(len(bot.texts))
            expect(page.locator("#past .sentence")).to_have_count(len(bot.texts))
            page.locator("#live .cite").first.dispatch_event("click")
            expect(page.locator("#source")).to_contain_text("onerror")
            page.locator("#live .badge").first.dispatch_event("mouseover")
            upload = tmp_path / "<img src=x onerror=alert(1)>.txt"
            upload.write_text("words")
            page.locator("[role=tab][data-side=documents]").dispatch_event("click")
            page.set_input_files("#upload input[type=file]", upload)
            expect(page.locator("#report .reason")).to_have_count(len(bot.texts), timeout=20_000)
            assert (
                page.evaluate("document.querySelectorAll('#talk img,#talk script,#side iframe,#report img').length")
                == 0
            )
            page.wait_for_timeout(500)
            assert canary.seen == []
        finally:
            served.close()
            canary.shutdown()
