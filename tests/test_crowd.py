"""Many at once, short: nobody is lost, who leaves gives back the place, what is too large is refused at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from rag import Chatbot, HashEmbedder, load_settings
from tests.llm_server import FaultyServer
from tests.scripted_llm import ScriptedLLM
from tests.test_app import free_port
from tests.test_completions import ASKED, KITCHEN
from tests.visitor import Visitor
from ui import desk
from ui.app import serve_bot
from ui.serve import BUSY, Served, listen
from ui.steps import LATE, PLACES, Door, watch_for_leaving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A window whose language model recites slowly."""
    llm = ScriptedLLM(pieces=[f"{word} " for word in f"{KITCHEN} [1]. And more [1].".split()], pause=0.02)
    bot = Chatbot.open(embedder=HashEmbedder(), llm=llm, data_dir=tmp_path / "data", port=free_port(), file_megabytes=1)
    yield from serve_over(bot, tmp_path)


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Served]:
    """A window whose language model accepts every request and then says nothing."""
    server = FaultyServer()
    dials = load_settings(llm="silent", llm_base_url=server.base_url, data_dir=tmp_path / "data", port=free_port())
    yield from serve_over(Chatbot.open(dials, embedder=HashEmbedder()), tmp_path)
    server.shutdown()
    server.server_close()


def serve_over(bot: Chatbot, folder: Path) -> Iterator[Served]:
    (folder / "house.md").write_text(KITCHEN)
    bot.ingest(folder / "house.md")
    served = serve_bot(bot, listen(bot.settings), wait=False)
    yield served
    served.close()


def wait_for(served: Served, answering: int, seconds: float = 20) -> float:
    """Wait until that many answers are being made; return how long it took."""
    began = time.perf_counter()
    while served.after.__self__.answering != answering:
        assert time.perf_counter() - began < seconds
        time.sleep(0.01)
    return time.perf_counter() - began


async def crowd(url: str, count: int) -> list[str]:
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=None)) as client:
        visitors = [Visitor(url, client) for _ in range(count)]
        for visitor in visitors:
            await visitor.arrive()
        return [reply.text for reply in await asyncio.gather(*(visitor.ask(ASKED) for visitor in visitors))]


def complete(served: Served, timeout: float = 20) -> None:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="x", max_retries=0, timeout=timeout) as client:
        client.chat.completions.create(model="rag", messages=[{"role": "user", "content": ASKED}])


def test_a_small_crowd_is_served(served: Served) -> None:
    texts = asyncio.run(crowd(served.url, 12))
    assert all("at seven" in text and '"success":true' in text for text in texts)


def test_one_too_many_is_told_so_in_the_window_and_by_the_protocol(served: Served) -> None:
    counter = served.after.__self__
    counter.answering += desk.MOST_ANSWERS
    assert BUSY in asyncio.run(crowd(served.url, 1))[0]
    with pytest.raises(openai.InternalServerError, match=BUSY) as caught:
        complete(served)
    assert caught.value.status_code == 503
    counter.answering -= desk.MOST_ANSWERS


def test_one_too_many_at_the_door_is_told_so_and_places_come_free() -> None:
    door = Door([3])
    asks = [{"fn_index": 3, "session_hash": str(number)} for number in range(PLACES + 1)]
    assert all(door.enter(body) for body in asks[:-1])
    assert not door.enter(asks[-1])
    assert door.enter(asks[0]) and door.enter({"fn_index": 9, "session_hash": "x"}) and door.enter(None)
    with door.listen("1"):
        assert not door.enter(asks[-1])
    assert door.enter(asks[-1])
    door.since = dict.fromkeys(door.since, time.monotonic() - LATE - 1)  # nobody came to listen
    with door.listen("5"):
        assert door.enter(asks[1])
        assert set(door.since) == {"5", "1"}


def test_the_window_refuses_at_the_door_and_lets_in_again(served: Served) -> None:
    async def fill() -> list[str]:
        async with httpx.AsyncClient(timeout=60) as client:
            first = Visitor(served.url, client)
            await first.arrive()
            waiting = [Visitor(served.url, client, steps=first.steps) for _ in range(PLACES)]
            for visitor in waiting:
                await visitor.call("ask", ASKED)
            refused = (await first.ask(ASKED)).text
            for visitor in waiting:
                assert "at seven" in "".join([message async for message in visitor.events()])
            return [refused, (await first.ask(ASKED)).text]

    refused, answered = asyncio.run(fill())
    assert refused == f"{BUSY} Ask again in a moment."
    assert "at seven" in answered


def test_who_leaves_gives_back_the_place_though_the_model_is_silent(silent: Served) -> None:
    async def visit(stays: int) -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            visitor = Visitor(silent.url, client)
            await visitor.arrive()
            await visitor.call("ask", ASKED)
            shown = 0
            async for message in visitor.events():
                shown += "process_generating" in message
                if shown == stays:
                    return  # closes the connection, while the model is being waited for

    for stays in (1, 2, 2):
        asyncio.run(visit(stays))
        assert wait_for(silent, 0) < 5  # a fifth of a second on an idle machine; the model would keep it for 60

    with pytest.raises(openai.APITimeoutError):
        complete(silent, timeout=0.5)
    assert wait_for(silent, 0) < 5


def test_an_upload_that_is_too_long_is_refused_before_it_is_sent(served: Served) -> None:
    began = time.perf_counter()
    answer = httpx.post(f"{served.url}/gradio_api/upload", files={"files": ("a.txt", b"a" * (40 << 20))}, timeout=20)
    assert answer.status_code == 413 and "longer than 20,971,520 bytes" in answer.text
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(("messages", "left"), [([], False), ([{"type": "http.disconnect"}], True)])
def test_an_end_is_told_from_a_departure(messages: list[dict[str, str]], left: bool) -> None:
    async def stream(scope: object, receive: Any, send: Any) -> None:
        if messages:
            await receive()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        await receive()  # after its end the server calls every stream disconnected

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        """Nobody reads it."""

    assert asyncio.run(watch_for_leaving(stream, {}, receive, send)) == left
