"""Tricks with paths, addresses and sessions, played on the running window: none reads, fetches or writes anything."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rag import Chatbot, HashEmbedder
from tests.test_app import free_port
from tests.visitor import Visitor
from ui.app import serve_bot
from ui.serve import Served, listen
from ui.steps import names_only, parse

SECRET = "the-combination-of-the-safe-is-4711"


class Canary(http.server.ThreadingHTTPServer):
    """A server that nobody has a reason to call; ``seen`` holds who did."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Answer(http.server.BaseHTTPRequestHandler):
    server: Canary

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with Canary() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A window over one document, with a secret beside its data folder."""
    folder = tmp_path_factory.mktemp("tricks")
    (folder / "secret.txt").write_text(SECRET)
    (folder / "note.txt").write_text("The kitchen opens at seven.")
    bot = Chatbot.open(embedder=HashEmbedder(), data_dir=folder / "data", port=free_port(), file_megabytes=1)
    bot.ingest(folder / "note.txt")
    served = serve_bot(bot, listen(bot.settings), wait=False)
    yield served
    served.close()


def send_raw(url: str, line: str, *headers: str, body: bytes = b"") -> tuple[int, bytes]:
    """Send exactly this request, as no proper client would; return the status and the whole answer."""
    host, port = url.removeprefix("http://").split(":")
    head = [line, f"Host: {host}:{port}", "Connection: close", *headers]
    if body:
        head.append(f"Content-Length: {len(body)}")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer[9:12] or b"0"), answer


FILES = ("SECRET", "DATA/documents.sqlite", "/etc/passwd", "/proc/self/environ", "pyproject.toml", "rag/cli.py")
PATHS = [
    *[f"/gradio_api/file={file}" for file in FILES],
    *[f"/gradio_api/file/{file}" for file in FILES[:3]],
    *[f"/file={file}" for file in FILES[:3]],
    "/gradio_api/file%3D/etc/passwd",
    "/gradio_api/file=%2Fetc%2Fpasswd",
    "/gradio_api/file=..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/gradio_api/file=....//....//etc/passwd",
    "/gradio_api/file=/etc/passwd%00.txt",
    "/gradio_api/%66ile=/etc/passwd",
    "/gradio_api//file=/etc/passwd",
    "//gradio_api/file=/etc/passwd",
    "/gradio_api/../gradio_api/file=/etc/passwd",
    "/gradio_api/file=CANARY/x.png",
    "/gradio_api/file=http://169.254.169.254/latest/meta-data/",
    "/gradio_api/file=file:///etc/passwd",
    "/gradio_api/proxy=CANARY/x",
    "/gradio_api/proxy=http://localhost:22/",
    "/gradio_api/proxy=https://a.hf.space@127.0.0.1/",
    "/original/../../../../etc/passwd",
    "/original/..%2f..%2f..%2fetc%2fpasswd",
    "/original/%2e%2e%2f%2e%2e%2fdocuments.sqlite",
    "/original/..%5c..%5cdocuments.sqlite",
    "/original/%00",
    "/original/*",
    "/original/note.txt",
    "/original/SECRET",
    "/static/../../../../etc/passwd",
    "/static/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/static/%2e%2e/%2e%2e/routes.py",
    "/assets/../../../routes.py",
    "/assets/..%2f..%2f..%2froutes.py",
    "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd",
    "/svelte/../../../routes.py",
    "/svelte/..%2f..%2f..%2froutes.py",
    "/custom_component/x/client/component/../../../etc/passwd",
    "/gradio_api/custom_component/x/server/y/index.js",
    "/gradio_api/stream/x/y/1/playlist.m3u8",
    "/gradio_api/call/ask/../../../etc/passwd",
    "/gradio_api/run/upload",
    "/gradio_api/upload/../file=/etc/passwd",
    "/gradio_api/vibe-code",
    "/gradio_api/dev/reload",
    "/gradio_api/openapi.json",
    "/gradio_api/runs",
    "/monitoring/summary",
    "/.env",
    "/.git/config",
    "/.rag/documents.sqlite",
    "/data/documents.sqlite",
    "/uploads/note.txt",
    "/incoming/note.txt",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/v1/../gradio_api/file=/etc/passwd",
    "/v1/models/..%2f..%2fetc%2fpasswd",
    "/v1/files/etc/passwd",
    "/config/../.env",
    "/gradio_api/heartbeat/../file=/etc/passwd",
    "CANARY/absolute",
    "*",
]


def fill(text: str, served: Served, canary: Canary) -> str:
    folder = served.after.__self__.uploads.parent
    return (
        text.replace("SECRET", str(folder.parent / "secret.txt"))
        .replace("DATA", str(folder))
        .replace("CANARY", canary.url)
    )


def test_there_are_sixty_tricks() -> None:
    assert len(set(PATHS)) == len(PATHS) >= 60


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out(path: str, served: Served, canary: Canary) -> None:
    for method in ("GET", "HEAD", "POST"):
        body = b"{}" if method == "POST" else b""
        status, answer = send_raw(served.url, f"{method} {fill(path, served, canary)} HTTP/1.1", body=body)
        assert 400 <= status < 500, answer[:300]
        for leak in (
            SECRET.encode(),
            b"root:",
            b"SQLite format",
            b"[project]",
            b"import typer",
            b"Traceback",
            b"PATH=",
        ):
            assert leak not in answer
    assert canary.seen == []


BODIES = [
    '{"path": "SECRET", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}, "orig_name": "a.txt"}',
    '{"path": "DATA/incoming", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "DATA/incoming/../documents.sqlite", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "DATA/incoming/x/../../documents.sqlite", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "incoming/x/note.txt", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "CANARY/x.txt", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "http://169.254.169.254/x.txt", "meta": {"_type": "gradio.FileData"}}',
    '{"path": "a\\u0000b", "meta": {"_type": "gradio.FileData"}}',
    '{"deep": [{"path": "SECRET", "url": "CANARY", "meta": {"_type": "gradio.FileData"}}]}',
    '{"path": "DATA/incoming/x/y", "path": "SECRET", "meta": {"_type": "gradio.FileData"}}',
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("named", BODIES)
def test_only_uploads_can_be_named_as_files(named: str, encoding: str, served: Served, canary: Canary) -> None:
    named = fill(named, served, canary)
    kind = "Content-Type: application/json"
    for step, data in ((8, f"[[{named}]]"), (8, f"[{named}]"), (3, f"[{named}, null, null]")):
        body = f'{{"data": {data}, "fn_index": {step}, "session_hash": "s"}}'.encode(encoding)
        assert send_raw(served.url, "POST /gradio_api/queue/join HTTP/1.1", kind, body=body)[0] == 403
    body = f'{{"data": [{named}, ""]}}'.encode(encoding)
    assert send_raw(served.url, "POST /gradio_api/call/ask HTTP/1.1", kind, body=body)[0] == 403
    assert canary.seen == []
    desk = served.after.__self__
    assert [document.name for document in desk.bot.documents()] == ["note.txt"]
    assert SECRET not in "".join(path.read_text(errors="replace") for path in desk.uploads.parent.rglob("*.txt"))


def test_an_upload_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "digest" / "a.txt"
    path.parent.mkdir()
    path.write_text("words")
    (path.parent / "link.txt").symlink_to(path)
    assert names_only({"data": [[{"path": str(path)}], "text"]}, tmp_path)
    assert not names_only({"data": [{"path": str(path.parent / "link.txt")}]}, tmp_path)
    assert not names_only({"data": [{"path": 7}]}, tmp_path)
    assert (
        parse(b"[" * 100_000) is None and parse(b"\xff") is None and names_only(None, tmp_path)
    )  # the window itself refuses these


@pytest.mark.parametrize(
    ("line", "headers", "body"),
    [
        ("GET / HTTP/1.1", ["Upgrade: websocket", "Sec-WebSocket-Key: eA==", "Sec-WebSocket-Version: 13", "Origin: https://evil.example"], b""),
        ("GET /gradio_api/queue/data?session_hash=x HTTP/1.1", ["Origin: https://evil.example"], b""),
        ("GET /gradio_api/queue/data?session_hash=x HTTP/1.1", ["Origin: null"], b""),
        ("GET /v1/models HTTP/1.1", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"], b""),
        ("POST /gradio_api/queue/join HTTP/1.1", ["Origin: https://evil.example", "Content-Type: text/plain"], b"{}"),
        ("POST /v1/chat/completions HTTP/1.1", ["Origin: http://127.0.0.1:1"], b"{}"),
        ("OPTIONS /gradio_api/queue/join HTTP/1.1", ["Origin: https://evil.example", "Access-Control-Request-Method: POST"], b""),
        ("DELETE /original/x HTTP/1.1", ["Origin: https://evil.example"], b""),
    ],
)  # fmt: skip
def test_other_pages_are_refused_however_they_ask(served: Served, line: str, headers: list[str], body: bytes) -> None:
    status, answer = send_raw(served.url, line, *headers, body=body)
    assert status == 403
    assert b"access-control-allow-origin" not in answer.lower()
    assert b"content-security-policy" in answer and b"nosniff" in answer and b"x-frame-options: DENY" in answer


def test_visitors_neither_see_nor_continue_each_others_conversations(served: Served) -> None:
    async def visit() -> tuple[list[str], str, str]:
        async with httpx.AsyncClient(timeout=20) as client:
            ann, bob = Visitor(served.url, client), Visitor(served.url, client)
            await ann.arrive()
            await bob.arrive()
            asked = asyncio.create_task(ann.ask("When does the kitchen open, dear Ann-Sophie?"))
            await bob.call("ask", "Who was Ann?", [["Ann-Sophie?"]])
            overheard = [message async for message in bob.events()]
            whole = (await asked).text
            await bob.call("refresh")
            later = "".join([message async for message in bob.events()])
            return overheard, whole, later

    overheard, whole, later = asyncio.run(visit())
    assert "Ann-Sophie" in whole
    assert overheard and "Ann-Sophie" not in "".join(overheard)
    assert "Ann-Sophie" not in later


def test_the_uploads_of_others_cannot_be_fetched_or_taken(served: Served) -> None:
    async def visit() -> None:
        async with httpx.AsyncClient(timeout=20) as client:
            [path] = (await Visitor(served.url, client).upload("mine.txt", b"only for me")).json()
            for where in (
                f"/gradio_api/file={path}",
                f"/file={path}",
                f"/original/{path}",
                f"/incoming/{Path(path).name}",
            ):
                assert (await client.get(served.url + where)).status_code == 404
            progress = await client.get(f"{served.url}/gradio_api/upload_progress?upload_id=x")
            assert "only for me" not in progress.text

    asyncio.run(visit())
