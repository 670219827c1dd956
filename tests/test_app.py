"""The window as a web server: what it gives out, what it refuses, and how it starts and ends."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio import blocks

from rag import Chatbot, HashEmbedder, IndexLockedError, Settings, SettingsError
from tests.visitor import Visitor
from ui.app import serve_bot
from ui.launch import launch
from ui.serve import Served, listen

LOGIN = "ann:s3cret"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def fetch(url: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """Return status and text of an answer."""
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A window with a login over one document."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "a note.txt").write_text("The kitchen opens at seven.")
    bot = Chatbot.open(
        embedder=HashEmbedder(), data_dir=folder / "data", port=free_port(), login=LOGIN, file_megabytes=1
    )
    bot.ingest(folder / "a note.txt")
    served = serve_bot(bot, listen(bot.settings), wait=False)
    yield served
    served.close()


def allowed(**more: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(LOGIN.encode()).decode()} | more


@pytest.mark.parametrize(
    "path", ["/", "/config", "/gradio_api/info", "/gradio_api/upload", "/original/x", "/theme.css"]
)
def test_nothing_is_given_out_without_the_login(served: Served, path: str) -> None:
    assert fetch(served.url + path) == (401, "Please log in.")


def test_the_page_names_no_address_that_a_browser_would_load_from_elsewhere(served: Served) -> None:
    status, page = fetch(served.url, **allowed())
    assert status == 200
    assert "Ask your documents" in page
    loads = [part.split('"')[0] for part in page.split('src="')[1:] + page.split('rel="stylesheet" href="')[1:]]
    assert loads
    assert not [address for address in loads if "://" in address and not address.startswith(served.url)]
    assert "fonts.g" not in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/docs", 404),
        ("/openapi.json", 404),
        ("/monitoring", 404),
        ("/gradio_api/runs", 404),
        ("/gradio_api/file=/etc/hostname", 404),
        ("/gradio_api/file=pyproject.toml", 404),
        ("/original/unknown", 404),
        (f"/conversations/{'0' * 32}.md", 404),
        (f"/conversations/{'0' * 32}.exe", 404),
        ("/conversations/..%2Ffeedback.jsonl", 404),
        ("/original/..%2F..%2Fdocuments.sqlite", 404),
    ],
)
def test_there_is_nothing_else_to_see(served: Served, path: str, status: int) -> None:
    assert fetch(served.url + path, **allowed())[0] == status


def test_no_step_of_the_window_can_be_called_from_outside(served: Served) -> None:
    info = json.loads(fetch(served.url + "/gradio_api/info", **allowed())[1])
    assert sorted(info["named_endpoints"]) == ["/ask", "/documents", "/search"]
    assert info["unnamed_endpoints"] == {}


def test_an_answer_costs_gradio_no_second_look_at_its_components(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    made: list[str] = []

    async def visit() -> None:
        async with httpx.AsyncClient(headers=allowed(), timeout=20) as client:
            visitor = Visitor(served.url, client)
            await visitor.arrive()
            with monkeypatch.context() as patch:
                look = blocks.Block.get_config
                patch.setattr(
                    blocks.Block, "get_config", lambda block, *a: looked.append(str(block)) or look(block, *a)
                )
                make = gr.HTML.__init__
                patch.setattr(gr.HTML, "__init__", lambda html, *a, **k: made.append("HTML") or make(html, *a, **k))
                assert "at seven" in (await visitor.ask("When does the kitchen open?")).text

    asyncio.run(visit())
    assert looked == made == []  # a step that skips an output makes no component for it


def test_originals_come_as_files_to_keep(served: Served) -> None:
    document = served.after.__self__.bot.documents()[0].id
    request = urllib.request.Request(f"{served.url}/original/{document}", headers=allowed())
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.read() == b"The kitchen opens at seven."
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")


def test_each_browser_gets_a_name_that_nobody_can_guess(served: Served) -> None:
    def tag(**headers: str) -> str:
        request = urllib.request.Request(served.url, headers=allowed(**headers))
        with urllib.request.urlopen(request, timeout=20) as answer:
            return str(answer.headers["set-cookie"])

    first, second = tag(), tag()
    assert re.fullmatch(r"visitor=[\w-]{43}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", first)
    assert first != second
    assert tag(cookie=f"other=1; {first.split(';')[0]}") == first
    for forged in ("visitor=short", "visitor=" + "ä" * 43, "visitor=../../x", "=;;visitor"):
        assert tag(cookie=forged.encode().decode("latin-1")) not in (first, second)


def test_an_upload_over_the_limit_is_refused(served: Served) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        + b"a" * (2**20 + 9)
        + b"\r\n--x--\r\n"
    )
    kind = {"content-type": "multipart/form-data; boundary=x"}
    status, text = fetch(served.url + "/gradio_api/upload", body, **allowed(**kind))
    assert status == 413
    assert "1048576" in text
    small = body.replace(b"a" * 2**20, b"")
    assert fetch(served.url + "/gradio_api/upload", small, **allowed(**kind))[0] == 200
    assert fetch(served.url + "/gradio_api/upload", small, **allowed(**kind, origin="https://evil.example"))[0] == 403


def test_launch_opens_ingests_serves_and_closes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "note.txt").write_text("The kitchen opens at seven.")
    (documents / "empty.txt").write_text("")
    settings = Settings(data_dir=tmp_path / "data", port=free_port())
    window = launch(settings, [documents], prevent_thread_lock=True)
    told = capsys.readouterr().out
    assert told.splitlines()[0].startswith("empty.txt is empty.")
    assert "1 new, 1 failed" in told
    assert fetch(window.url)[0] == 200
    with pytest.raises(SettingsError, match=f"Cannot listen on 127.0.0.1, port {settings.port}"):
        launch(settings, prevent_thread_lock=True)
    window.close()
    with pytest.raises(urllib.error.URLError):
        fetch(window.url)
    with Chatbot.open(settings) as bot:  # the folder is free again
        assert len(bot.documents()) == 1


def test_launch_reads_uploads_again_that_an_earlier_version_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=free_port())
    (tmp_path / "data" / "uploads").mkdir(parents=True)
    for folder in (tmp_path / "data" / "uploads", tmp_path):
        (folder / "note.txt").write_text(f"The kitchen opens at seven, says {folder}.")
    with monkeypatch.context() as patch, Chatbot.open(settings) as bot:
        patch.setattr("rag.load.READ_BY", "1-")
        bot.ingest(tmp_path / "data" / "uploads" / "note.txt", tmp_path / "note.txt")
    launch(settings, prevent_thread_lock=True).close()
    assert "1 changed" in capsys.readouterr().out
    with Chatbot.open(settings) as bot:
        assert bot.outdated() == [tmp_path / "note.txt"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_a_signal_that_python_loses_ends_it_all_the_same(number: signal.Signals, status: int) -> None:
    """What a signal handler raises while an object is taken away is printed and goes no further."""
    code = (
        "import signal, sys, uvicorn; from fastapi import FastAPI; from rag import Settings\n"
        "from ui.serve import listen, serve\n"
        "class Last:\n"
        "    def __del__(self): signal.raise_signal(int(sys.argv[1]))\n"
        "run = uvicorn.Server.run\n"
        "uvicorn.Server.run = lambda *arguments: (Last() and None, run(*arguments))\n"
        f"serve(FastAPI, listen(Settings(port={free_port()})), lambda: print('after'), wait=True)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(int(number))], capture_output=True, text=True, timeout=60)
    assert "Exception ignored in" in done.stderr
    assert (done.returncode, "after" in done.stdout) == (status, True)


def test_launch_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=free_port())
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data"), pytest.raises(IndexLockedError):
        launch(settings, prevent_thread_lock=True)
    listen(settings).close()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals, status: int) -> None:
    code = (
        "from rag import Chatbot, HashEmbedder; from ui.app import serve_bot; from ui.serve import listen\n"
        f"bot = Chatbot.open(embedder=HashEmbedder(), data_dir={str(tmp_path)!r}, port={free_port()})\n"
        "serve_bot(bot, listen(bot.settings), wait=True)"
    )
    window = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert window.stdout
        url = re.findall("http://[0-9.:]+", window.stdout.readline())[0]
        assert fetch(url)[0] == 200
        window.send_signal(number)
        _, complaints = window.communicate(timeout=30)
    finally:
        window.kill()
        window.communicate()
    assert (window.returncode, complaints) == (status, "")
    with Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path) as bot:
        assert bot.documents() == []
