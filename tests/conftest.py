"""What all tests share: no network beyond this machine, by construction, and a bot that needs no model."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Route

    from tests.llm_server import FaultyServer
    from tests.scripted_llm import ScriptedLLM
    from ui.serve import Served

# A suite that a shell started in the background ignores SIGINT, and so would the processes that it starts and stops.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["HF_HUB_OFFLINE"] = "1"
for _name in [name for name in os.environ if name.startswith("RAG_")]:
    del os.environ[_name]

SEEDS = Path(__file__).parent.parent / "seeds"


def _refuse_foreign_hosts(event: str, arguments: tuple[object, ...]) -> None:
    """Fail any connection that would leave this machine, whoever opens it (an audit hook cannot be taken off)."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        raise ConnectionRefusedError(f"tests may not connect to {host}")


sys.addaudithook(_refuse_foreign_hosts)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests need Chromium; without it they are skipped for all to see, and the CI script fails on that."""
    if os.environ.get("CHROMIUM") or shutil.which("chromium"):
        return
    absent = pytest.mark.skip(reason="Chromium is not installed (Debian: apt-get install chromium)")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(absent)


@pytest.fixture
def hash_bot(tmp_path: Path) -> Iterator[object]:
    """An empty chatbot in a folder of its own, with the word-hash embedder and no LLM."""
    from rag import Chatbot, HashEmbedder

    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data") as bot:
        yield bot


@pytest.fixture(scope="module")  # while it is open no other event loop can run
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # milliseconds; a machine may be busy with other things
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A window over three documents, without an LLM."""
    from tests.open_window import open_window

    served = open_window(tmp_path_factory.mktemp("quoting"))
    yield served
    served.close()


@pytest.fixture(scope="module")
def script() -> ScriptedLLM:
    from tests.scripted_llm import ScriptedLLM

    return ScriptedLLM(pieces=[])


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory, script: ScriptedLLM) -> Iterator[Served]:
    """A window over three documents, with an LLM that says what ``script`` tells it to."""
    from tests.open_window import open_window

    served = open_window(tmp_path_factory.mktemp("writing"), script)
    yield served
    served.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh visitor. Requests to other hosts are blocked; one, an error in the console or a dialog fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    wrong: list[str] = []

    def on_route(route: Route) -> None:
        if re.match(r"http://127\.0\.0\.1[:/]|data:|blob:", route.request.url):
            route.continue_()
        else:
            wrong.append(route.request.url)
            route.abort()

    context.route("**/*", on_route)
    page = context.new_page()
    # Gradio complains of its own stream when a page is left.
    leaving = re.compile("AbortError: signal is aborted without reason|Unexpected error Connection errored out")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not leaving.match(message.text):
            wrong.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    yield page
    context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def faulty() -> Iterator[FaultyServer]:
    """A language model's server that fails in as many ways as there are."""
    import llama_index.llms.openai_like  # noqa: F401 - takes seconds, and the times of tests are those of the answers

    from tests.llm_server import FaultyServer

    server = FaultyServer()
    yield server
    server.shutdown()
    server.server_close()
