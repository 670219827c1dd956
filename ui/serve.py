"""The web server around the window: one socket, one guard in front of every request, one handle to stop it."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from rag import Settings, SettingsError
from ui.cookie import name_tag
from ui.steps import Door, names_only, parse, read_ahead, session_of, watch_for_leaving

BODY_BYTES = 1 << 20  # any request but an upload; the longest question is a fraction of this
BUSY = "Too many questions are being answered right now."
INCOMING, UPLOADS = "incoming", "uploads"  # the folders below the data folder in which uploads arrive, and are kept
UPLOAD_FILES = 20  # an upload, which may hold many files, may be as long as this many of the largest
# What the window and the protocols ask for. Gradio has more: /file= and /proxy= fetch addresses, /run/ skips the queue.
_GRADIO_READS = r"info|app_id|heartbeat/\w+|queue/data|upload_progress|startup-events|theme\.css|call/\w+/\w+"
_READ = re.compile(
    rf"/(?:|config|theme\.css|manifest\.json|favicon\.ico|pwa_icon|robots\.txt|(?:assets|static|svelte)/.+|original/[^/]+"
    rf"|conversations/[^/]+|v1/.+|gradio_api/(?:{_GRADIO_READS}))"
)
_STEP = re.compile(r"/gradio_api/(?:queue/join|call/(?:v2/)?\w+)")  # what hands data to the window's steps
_SEND = re.compile(r"/(?:v1/.+|gradio_api/(?:queue/join|upload|cancel|reset/?|call/(?:v2/)?\w+))")
# Gradio compiles its templates in the page, so scripts cannot be barred from eval. What a script could send away can.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served: an HTTP status and one sentence."""

    status: int
    reason: str


def openai_error(status: int, message: str, param: str | None = None) -> dict[str, Any]:
    """Return an error as clients of the OpenAI protocol expect it."""
    known = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
    kind = known.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": None}}


class Guard:
    """ASGI middleware: known host, login, origin, address and length; and the headers that fence the page in.

    ``asks`` are the numbers of the steps that ask; ``leave`` is told of a session that left in the middle of an answer.
    """

    def __init__(
        self,
        app: Any,
        settings: Settings,
        asks: Collection[int] = (),
        leave: Callable[[str], None] = lambda session: None,
    ) -> None:
        login = settings.login.get_secret_value()
        local = frozenset({"127.0.0.1", "localhost", "[::1]", settings.host, f"[{settings.host}]"})
        self.app, self.door, self.leave = app, Door(asks), leave
        self.hosts = local if _is_loopback(settings.host) else frozenset()
        self.uploads = settings.data_dir.expanduser().absolute() / INCOMING
        self.upload_bytes = UPLOAD_FILES * settings.file_megabytes << 20
        self.credentials = (base64.b64encode(login.encode()), login.encode()) if login else None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_fenced(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                fence = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                if scope["path"] == "/" and message["status"] == 200:
                    fence.append((b"set-cookie", name_tag(dict(scope["headers"]).get(b"cookie", b"")).encode()))
                message["headers"] = [*message.get("headers", ()), *fence]
            await send(message)

        refusal = self.refusal(scope["method"], scope["path"], dict(scope["headers"]))
        if refusal is None and scope["method"] == "POST" and _STEP.fullmatch(scope["path"]):
            refusal = await self.enter(scope, receive, send_fenced)
        elif refusal is None and scope["path"].endswith("/queue/data"):
            session = session_of(scope.get("query_string", b""))
            with self.door.listen(session):
                if await watch_for_leaving(self.app, scope, receive, send_fenced):
                    self.leave(session)
        elif refusal is None:
            await self.app(scope, receive, send_fenced)
        if refusal is None:
            return
        kind, body = "text/plain; charset=utf-8", refusal.reason
        if refusal.status == 503:
            kind, body = "application/json", json.dumps({"detail": refusal.reason})  # what Gradio's page shows
        elif scope["path"].startswith("/v1/"):
            kind, body = "application/json", json.dumps(openai_error(refusal.status, refusal.reason))
        headers = [(b"content-type", kind.encode())]
        if refusal.status == 401:
            headers.append((b"www-authenticate", b'Basic realm="documents", charset="UTF-8"'))
        await send_fenced({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    async def enter(self, scope: dict[str, Any], receive: Any, send: Any) -> Refusal | None:
        """Let a request into the queue of the window's steps, or say why not."""
        data, receive = await read_ahead(receive)
        body = parse(data)
        if not names_only(body, self.uploads):
            return Refusal(403, "Only uploaded files can be named.")
        if not self.door.enter(body):
            return Refusal(503, f"{BUSY} Ask again in a moment.")
        await self.app(scope, receive, send)
        return None

    def refusal(self, method: str, path: str, headers: dict[bytes, bytes]) -> Refusal | None:
        """Return why a request is not served, or None if it is."""
        host = headers.get(b"host", b"").decode("latin-1")
        if self.hosts and host.rpartition(":")[0] not in self.hosts and host not in self.hosts:
            return Refusal(421, "This address does not belong to the window.")  # a page that rebinds its name to us
        if not self.knows(headers.get(b"authorization", b"")):
            return Refusal(401, "Please log in.")
        if self.is_foreign(headers, host):
            return Refusal(403, "Requests from other pages are refused.")
        reads = method in ("GET", "HEAD")
        if not (_READ if reads else _SEND).fullmatch(path):
            return Refusal(404, "There is nothing at this address.")
        most = self.upload_bytes if path.endswith("/upload") else BODY_BYTES
        size = headers.get(b"content-length", b"0" if reads else b"")
        if b"transfer-encoding" in headers or not size.isdigit():
            return Refusal(411, "The request does not tell its length.")
        return Refusal(413, f"The request is longer than {most:,} bytes.") if int(size[:18]) > most else None

    @staticmethod
    def is_foreign(headers: dict[bytes, bytes], host: str) -> bool:
        """Whether another page sends this. Such a page may link here, but neither call nor embed anything."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin:
            return origin.partition("://")[2] != host
        site, mode = headers.get(b"sec-fetch-site", b""), headers.get(b"sec-fetch-mode", b"")
        return site in (b"cross-site", b"same-site") and mode != b"navigate"

    def knows(self, authorization: bytes) -> bool:
        """Whether this is the login: ``Basic`` as browsers send it, or ``Bearer user:password`` as programs do."""
        if self.credentials is None:
            return True
        scheme, _, sent = authorization.partition(b" ")
        wanted = dict(zip((b"basic", b"bearer"), self.credentials, strict=True)).get(scheme.lower())
        return wanted is not None and secrets.compare_digest(sent.strip(), wanted)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(settings: Settings) -> socket.socket:
    """Return a socket bound to the settings' host and port.

    Raises:
        SettingsError: the host is not this machine and no login is set, or the address is taken or unknown.
    """
    login = settings.login.get_secret_value()
    if not _is_loopback(settings.host) and ":" not in login.strip(":"):
        raise SettingsError(
            f"Listening on {settings.host} would open your documents to the network.",
            "Set RAG_LOGIN=user:password, or leave RAG_HOST at 127.0.0.1.",
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(128)  # who comes before the window is built waits for it
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}.",
            f"Choose another with RAG_PORT={settings.port % 65535 + 1}, or stop the program that has it.",
        ) from None
    return listener


@dataclass(slots=True)
class Served:
    """A window that is being served. ``close`` stops it and then runs ``after`` (which closes the bot)."""

    url: str
    server: Any
    thread: threading.Thread
    after: Callable[[], None]

    def close(self) -> None:
        """Stop serving and close the bot."""
        self.server.should_exit = True
        self.thread.join()
        self.after()


def serve(make_app: Callable[[], Any], listener: socket.socket, after: Callable[[], None], *, wait: bool) -> Served:
    """Serve what ``make_app`` returns on ``listener``: until Ctrl-C or SIGTERM if ``wait``, else until ``close``."""
    import uvicorn

    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(
        make_app,
        factory=True,  # Gradio opens event loops that it never closes, unless it is built inside one
        timeout_graceful_shutdown=2,  # open pages hold an event stream, which would keep the server for ever
        log_level="critical",
        access_log=False,
        server_header=False,
        ws="none",
    )
    server = uvicorn.Server(config)
    served = Served(url, server, threading.Thread(target=server.run, args=([listener],), daemon=True), after)
    if wait:
        print(f"The window is open at {url}  (Ctrl-C ends it)", flush=True)
        _run_until_told(server, listener, after)
        return served
    served.thread.start()
    while not server.started and served.thread.is_alive():
        served.thread.join(0.02)
    return served


def _run_until_told(server: Any, listener: socket.socket, after: Callable[[], None]) -> None:
    told: list[int] = []

    def end(number: int, _: object) -> None:
        told.append(number)
        server.should_exit = True  # Python loses what is raised while it takes an object away
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    # uvicorn stops in order on a signal and then raises it again: SIGTERM would end the process before ``after``.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        server.run([listener])
        if told:
            end(told[0], None)
    except KeyboardInterrupt:
        print("The window is closed.", flush=True)
    finally:
        after()
