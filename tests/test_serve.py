"""The guard lets the window's own requests through and nothing else; addresses that cannot be served are refused."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from typing import Any

import pytest

from rag import Settings, SettingsError
from ui.serve import BODY_BYTES, UPLOAD_FILES, Guard, listen

LOGIN = base64.b64encode(b"ann:s3cret")


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The smallest web application."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def request(
    settings: Settings, method: str = "GET", path: str = "/", **headers: str
) -> tuple[int, dict[str, str], str]:
    """Send one request through the guard; return status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    raw = {"host": "127.0.0.1:7860"} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in raw.items()],
    }
    asyncio.run(Guard(hello, settings)(scope, receive, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, sent[1]["body"].decode()


def test_answers_are_fenced_in() -> None:
    status, headers, body = request(Settings())
    assert (status, body) == (200, "hello")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    for rule in ("default-src 'self'", "connect-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'"):
        assert rule in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:7860", 200),
        ("[::1]:7860", 200),
        ("evil.example:7860", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
    ],
)
def test_a_foreign_name_for_this_machine_is_refused(host: str, status: int) -> None:
    assert request(Settings(), host=host)[0] == status


def test_refusals_are_fenced_in_too() -> None:
    assert "content-security-policy" in request(Settings(), host="evil.example")[1]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Basic {LOGIN.decode()}", 200),
        (f"basic {LOGIN.decode()}", 200),
        ("", 401),
        ("Basic", 401),
        (f"Bearer {LOGIN.decode()}", 401),
        ("Bearer ann:s3cret", 200),
        ("bearer ann:s3cret", 200),
        ("Bearer ann:wrong", 401),
        ("Basic ann:s3cret", 401),
        ("Basic " + base64.b64encode(b"ann:wrong").decode(), 401),
        ("Basic é", 401),
    ],
)
def test_with_a_login_every_request_needs_it(authorization: str, status: int) -> None:
    settings = Settings(host="0.0.0.0", login="ann:s3cret")
    got, headers, _ = request(settings, path="/gradio_api/info", authorization=authorization, host="any.example")
    assert got == status
    assert ("www-authenticate" in headers) == (status == 401)


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:7860", 200), ("", 200), ("https://evil.example", 403), ("null", 403)],
)
def test_other_pages_can_neither_send_nor_read(origin: str, status: int) -> None:
    assert request(Settings(), "POST", "/gradio_api/queue/join", origin=origin, content_length="2")[0] == status
    assert request(Settings(), "GET", "/gradio_api/queue/data", origin=origin)[0] == status
    assert request(Settings(), "OPTIONS", "/gradio_api/queue/join", origin=origin)[0] >= 400


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("none", "navigate", 200),
        ("same-origin", "cors", 200),
        ("cross-site", "navigate", 200),
        ("cross-site", "no-cors", 403),
        ("same-site", "websocket", 403),
    ],
)
def test_other_pages_may_link_here_but_embed_nothing(site: str, mode: str, status: int) -> None:
    assert request(Settings(), path="/config", sec_fetch_site=site, sec_fetch_mode=mode)[0] == status


def test_websockets_are_closed_before_they_open() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Guard(hello, Settings())({"type": "websocket", "path": "/", "headers": []}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/gradio_api/queue/join", "2", 200),
        ("/gradio_api/queue/join", str(BODY_BYTES + 1), 413),
        ("/gradio_api/queue/join", "9" * 6000, 413),
        ("/gradio_api/queue/join", "", 411),
        ("/gradio_api/queue/join", "-1", 411),
        ("/gradio_api/queue/join", "²", 411),
        ("/gradio_api/upload", str(BODY_BYTES + 1), 200),
        ("/gradio_api/upload", str((UPLOAD_FILES * 50 << 20) + 1), 413),
        ("/gradio_api/upload", "", 411),
    ],
)
def test_only_uploads_may_be_long(path: str, length: str, status: int) -> None:
    assert request(Settings(), "POST", path, content_length=length)[0] == status


def test_a_length_beside_chunks_is_not_believed() -> None:
    headers = {"content_length": "2", "transfer_encoding": "chunked"}
    assert request(Settings(), "POST", "/gradio_api/queue/join", **headers)[0] == 411


def test_programs_are_refused_in_the_shape_of_their_protocol() -> None:
    status, headers, body = request(Settings(), "POST", "/v1/chat/completions", content_length=str(BODY_BYTES + 1))
    assert (status, headers["content-type"]) == (413, "application/json")
    told = {"message": "The request is longer than 1,048,576 bytes.", "type": "invalid_request_error"}
    assert json.loads(body) == {"error": told | {"param": None, "code": None}}


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            listen(Settings(port=port))
    assert str(caught.value) == (
        f"Cannot listen on 127.0.0.1, port {port}: Address already in use. "
        f"Choose another with RAG_PORT={port + 1}, or stop the program that has it."
    )


@pytest.mark.parametrize("login", ["", "nobody", ":"])
def test_the_network_needs_a_login(login: str) -> None:
    with pytest.raises(SettingsError, match="RAG_LOGIN=user:password"):
        listen(Settings(host="0.0.0.0", login=login))


def test_the_network_is_served_with_a_login() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    listen(Settings(host="0.0.0.0", login="ann:s3cret", port=port)).close()
