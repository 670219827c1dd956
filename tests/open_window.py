"""A window over three small documents, and what a visitor does in it first: open the page, ask."""

from __future__ import annotations

import socket
from pathlib import Path

from playwright.sync_api import Page, expect
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag import Chatbot, HashEmbedder
from tests.scripted_llm import ScriptedLLM
from ui.app import serve_bot
from ui.serve import Served, listen

KEPT = "The nightly backups of the observatory are kept for thirty-five days."
HANDBOOK = f"""# Observatory handbook

## Backups

Backups run every night at two. {KEPT}

## Visitors

Visitors park behind the dome and wear red lamps only. <script>alert(1)</script> ![pixel](https://evil.example/leak.png)

[reset](javascript:alert(2)) ${{alert(3)}} {{{{value}}}} the telescope after every visitor.
"""
TELESCOPE = "The main mirror of the telescope measures three metres and weighs four tonnes."
STAFF = "name,role,phone\nAda Brahe,astronomer,1201\nIda Kepler,electrician,1202\nOla Hubble,cook <b>,1203\n"


def write_documents(folder: Path) -> Path:
    """Write a handbook, a two-page PDF and a table."""
    folder.mkdir()
    (folder / "handbook.md").write_text(HANDBOOK)
    (folder / "staff.csv").write_text(STAFF)
    canvas = Canvas(str(folder / "telescope.pdf"), pagesize=A4)
    for words in ("Contents of this brochure about the telescope.", TELESCOPE):
        canvas.drawString(72, 700, words)
        canvas.showPage()
    canvas.save()
    return folder


def open_window(folder: Path, llm: ScriptedLLM | None = None) -> Served:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    bot = Chatbot.open(embedder=HashEmbedder(), llm=llm, data_dir=folder / "data", port=port)
    bot.ingest(write_documents(folder / "documents"))
    return serve_bot(bot, listen(bot.settings), wait=False)


def ask(page: Page, question: str) -> None:
    """Ask and wait until the answer is settled."""
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    expect(page.locator("#live .question")).to_have_text(question)
    expect(page.locator("#live .turn.settled")).to_be_visible()


def start(page: Page, served: Served) -> None:
    page.goto(served.url)
    expect(page.locator(".welcome")).to_be_visible()
