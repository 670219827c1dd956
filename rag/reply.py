"""One reply of a llama-index LLM as a stream that always ends: in time, in size, or in one line that says why."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.draft import TAIL, THOUGHTS, THOUGHTS_END, is_whole
from rag.errors import LanguageModelError, ReplyLimitError
from rag.text import caseless, normalize, squeeze

if TYPE_CHECKING:
    import httpx
    from llama_index.core.llms import LLM

_CONNECT_SECONDS = 10.0
_TICK_SECONDS = 0.2
_CHARACTERS_PER_TOKEN = 16  # four times what a token of English holds: for servers that ignore max_tokens
_BYTES_PER_TOKEN = 2048  # an event of the OpenAI protocol takes about 300 bytes around one token
_THOUGHTS_BEGIN = caseless(f"<{THOUGHTS}>")
_BEGUN = caseless(r"<(?:/?[a-z]{0,9})?$")

_STATUS = {401: "key", 403: "key", 404: "unknown", 408: "late", 429: "busy"}
_LINES = {
    "refused": ("refused the connection", "Start it or check RAG_LLM_BASE_URL."),
    "address": ("has an address that cannot be found", "Check RAG_LLM_BASE_URL and the network."),
    "unreachable": ("cannot be reached", "Check RAG_LLM_BASE_URL and the network."),
    "certificate": ("has a certificate that cannot be verified", "Check RAG_LLM_BASE_URL or install its certificate."),
    "key": ("does not accept the key", "Check RAG_LLM_API_KEY."),
    "unknown": (
        "does not know the model {model} or the address{said}",
        "Check RAG_LLM, and RAG_LLM_BASE_URL, which usually ends in /v1.",
    ),
    "busy": ("is busy or its quota is used up{said}", "Wait a moment, then ask again."),
    "server": ("failed on its own side{said}", "Ask again; if it stays, look at the log of the server."),
    "declined": ("declined the request: {words}", "Check RAG_LLM and RAG_LLM_CONTEXT_TOKENS."),
    "reported": ("reported an error: {words}", "Look at the log of the server."),
    "late": ("did not finish within {seconds} seconds", "Raise RAG_LLM_TIMEOUT or choose a faster model."),
    "cut": ("broke off its reply", "Ask again; if it stays, look at the log of the server."),
    "malformed": ("sent something that is not the OpenAI protocol", "Check RAG_LLM_BASE_URL and the server."),
    "kind": ("sent {kind} instead of a stream of events", "Check RAG_LLM_BASE_URL, which usually ends in /v1."),
    "unstreamed": ("sent one JSON text instead of a stream of events", "Choose a server that streams its replies."),
    "empty": ("sent an empty reply", "Ask again or choose another model with RAG_LLM."),
    "large": ("sent far more than it was asked for", "Choose another model with RAG_LLM, or look at the server."),
    "unwanted": ("was told to stop", "Ask again."),
    "length": ("reached its limit of tokens before its reply was complete", "Raise RAG_LLM_ANSWER_TOKENS."),
    "unwritten": (
        "reached its limit of tokens before it wrote a word, as one does that thinks at length",
        "Raise RAG_LLM_ANSWER_TOKENS or choose a model that thinks less.",
    ),
    "content_filter": ("withheld its reply (content filter)", "Ask in other words or choose another model."),
    "failed": ("failed ({error})", "Look at its log or choose another model."),
}


class _Watch:
    """Watches one reply from a thread of its own and cuts its connection when it is late, too large or given up.

    A time-out of the HTTP client limits a single read, so a server that sends one byte a second would never end, and
    no other thread can stop a read that waits. Shutting the socket down does.
    """

    def __init__(self, seconds: float, most_bytes: int, stop: threading.Event | None) -> None:
        self.fault = ""
        self.finish: str | None = None  # why the server says it stopped; stays None in a stream that was cut
        self.framed = False  # whether the reply came as OpenAI events
        self.response: httpx.Response | None = None
        self._sockets: list[socket.socket] = []
        self._deadline = time.monotonic() + seconds
        self._most_bytes = most_bytes
        self._stop = stop
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reply-watch", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._done.wait(min(_TICK_SECONDS, max(0.0, self._deadline - time.monotonic()))):
            if time.monotonic() >= self._deadline:
                self.fault = "late"
            elif self.response is not None and self.response.num_bytes_downloaded > self._most_bytes:
                self.fault = "large"
            elif self._stop is not None and self._stop.is_set():
                self.fault = "unwanted"
            if self.fault:
                self._cut()
                return

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Note each socket as it opens: the ``trace`` extension of httpx, called in the thread that connects."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.fault:
                self._cut()

    def _cut(self) -> None:
        for connection in self._sockets:
            with suppress(OSError):  # closed already
                # Not the method of SSLSocket, which drops the TLS state under the thread that reads.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def end(self) -> None:
        """Stop watching and leave no connection open: a stream that the OpenAI client leaves early stays open."""
        self._done.set()
        self._thread.join()
        self._cut()
        if self.response is not None:
            self.response.close()


_WATCH: ContextVar[_Watch | None] = ContextVar("reply_watch", default=None)


def make_client(local: bool) -> httpx.Client:
    """Return an HTTP client whose requests a watch can cut; for a ``local`` server it passes every proxy by.

    No connection is kept between replies: a stale one would fail a request that nobody retries.
    """
    import httpx

    def watch_request(request: httpx.Request) -> None:
        if watch := _WATCH.get():
            request.extensions["trace"] = watch.trace
            limits = request.extensions["timeout"]
            limits["connect"] = min(_CONNECT_SECONDS, limits["connect"])

    def watch_response(response: httpx.Response) -> None:
        if watch := _WATCH.get():
            watch.response = response

    return httpx.Client(
        event_hooks={"request": [watch_request], "response": [watch_response]},
        headers={"accept-encoding": "identity"},  # the watch counts bytes as they arrive, so they come unpacked
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        mounts={"http://": None, "https://": None} if local else None,
    )


def stream_reply(
    llm: LLM, messages: Sequence[tuple[str, str]], *, tokens: int, seconds: float, stop: threading.Event | None = None
) -> Generator[str, None, None]:
    """Yield the reply to ``messages`` (role and text) piece by piece, without the model's thoughts.

    ``seconds`` limits the whole reply, and so does ``stop`` once it is set; with a model that ``open_llm`` did not
    make, both are looked at between pieces.

    Raises:
        LanguageModelError: nothing usable came, or the reply broke off; what was yielded before stays usable.
    """
    watch = _Watch(seconds, (1 << 20) + tokens * _BYTES_PER_TOKEN, stop)
    length, most, tail = 0, tokens * _CHARACTERS_PER_TOKEN, ""
    try:
        for piece in _drop_thoughts(_read(llm, messages, watch)):
            text = (piece if length else piece.lstrip())[: most - length]
            length, tail = length + len(text), (tail + text)[-TAIL:]
            if text:
                yield text
            if length >= most:
                watch.fault = "large"
                break
    except Exception as error:  # noqa: BLE001 - any llama-index model may stand here, each with errors of its own
        raise _report(watch.fault or _classify(error, watch), llm, watch, seconds, error) from None
    finally:
        watch.end()
    if fault := watch.fault or _find_fault(watch, tail):
        raise _report(fault, llm, watch, seconds)


def _read(llm: LLM, messages: Sequence[tuple[str, str]], watch: _Watch) -> Iterator[str]:
    """Yield the text of each event. The model runs in one context of its own, whichever threads ask for the pieces."""
    from llama_index.core.llms import ChatMessage

    chat = [ChatMessage(role=role, content=text) for role, text in messages]
    context = copy_context()
    context.run(_WATCH.set, watch)
    if llm.metadata.is_chat_model or llm.messages_to_prompt is None:
        stream: Any = context.run(llm.stream_chat, chat)
    else:
        stream = context.run(llm.stream_complete, llm.messages_to_prompt(chat), formatted=True)
    try:
        while (event := context.run(lambda: next(stream, None))) is not None:
            if watch.fault:
                return
            if choices := getattr(event.raw, "choices", None):
                watch.framed = True
                watch.finish = getattr(choices[0], "finish_reason", "stop") or watch.finish
            yield event.delta or ""
    finally:
        context.run(stream.close)


def _drop_thoughts(pieces: Iterator[str]) -> Iterator[str]:
    """Pass the pieces on without what stands between <think> and </think>, wherever the marks are split."""
    kept, thinking = "", False
    for piece in pieces:
        kept += piece
        while mark := (THOUGHTS_END if thinking else _THOUGHTS_BEGIN).search(kept):
            if mark.start() and not thinking:
                yield kept[: mark.start()]
            kept, thinking = kept[mark.end() :], not thinking
        begun = _BEGUN.search(kept)
        start = begun.start() if begun else len(kept)
        if start and not thinking:
            yield kept[:start]
        kept = kept[start:]
    if kept and not thinking:
        yield kept


def _find_fault(watch: _Watch, tail: str) -> str:
    """Tell what a reply that ended by itself lacks, or return an empty string; ``tail`` is the end of its text.

    Some servers never say why they stop: a reply of theirs is complete that ends with a whole sentence.
    """
    if watch.finish == "length":
        return "length" if tail else "unwritten"
    if watch.finish == "content_filter":
        return watch.finish
    if not tail:
        kinds = {"": "empty", "text/event-stream": "empty", "application/json": "unstreamed"}
        return kinds.get(_content_type(watch), "kind")
    return "cut" if watch.framed and watch.finish is None and not is_whole(tail) else ""


def _content_type(watch: _Watch) -> str:
    header = watch.response.headers.get("content-type", "") if watch.response is not None else ""
    return str(header).partition(";")[0].strip().lower()


def _classify(error: Exception, watch: _Watch) -> str:
    """Name the cause of an exception, as a key of ``_LINES``. Model packages wrap errors, so the chain is searched."""
    import httpx

    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _STATUS.get(status, "server" if status >= 500 else "declined")
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (ConnectionRefusedError, "refused"),
        (socket.gaierror, "address"),
        (ssl.SSLError, "certificate"),
        (httpx.ConnectTimeout, "unreachable"),
        (httpx.ConnectError, "unreachable"),
        (httpx.TimeoutException, "late"),
        (TimeoutError, "late"),
        (httpx.TransportError, "cut"),
        (ConnectionError, "cut"),
    )
    for kind, cause_name in kinds:
        if any(isinstance(link, kind) for link in chain):
            return cause_name
    if watch.response is None:
        return "failed"
    return "reported" if getattr(error, "body", None) else "malformed"


def _words(error: Exception | None, llm: LLM) -> str:
    """Return what the server says about an error, on one line and without the key; nothing if it says nothing."""
    body = getattr(error, "body", None)
    text = body.get("message") or body.get("detail") if isinstance(body, dict) else body
    line = squeeze(normalize(str(text or ""))[0])
    key = str(getattr(llm, "api_key", None) or "")
    line = (line.replace(key, "***") if len(key) > 4 else line)[:200].rstrip(".")
    return "" if line.startswith("<") else line  # a page of a proxy


def _report(fault: str, llm: LLM, watch: _Watch, seconds: float, error: Exception | None = None) -> LanguageModelError:
    """Put a fault into one line that names the server by host and port: an address may hold a password."""
    host = urlsplit(str(getattr(llm, "api_base", None) or "")).netloc.rpartition("@")[2]
    name = f"The language model at {host}" if host else f"The language model ({llm.class_name()})"
    problem, next_step = _LINES[fault]
    kind = squeeze(normalize(_content_type(watch))[0])[:60]
    words, model = _words(error, llm), squeeze(normalize(str(getattr(llm, "model", "")))[0])[:100]
    said = f" ({words})" if words else ""
    facts = {"seconds": f"{seconds:g}", "words": words or "no reason given", "said": said, "kind": kind, "model": model}
    facts["error"] = type(error).__name__
    kind_of_error = ReplyLimitError if fault == "length" else LanguageModelError
    return kind_of_error(f"{name} {problem.format(**facts)}.", next_step)
