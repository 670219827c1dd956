"""A visitor without a browser: speaks to the running window as Gradio's page does, so that many can come at once."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

SAID = 'class=\\"sentence'  # how a first finished sentence looks in an event


@dataclass(slots=True)
class Reply:
    """What came of a question: seconds until the first event and the first sentence, and all that was sent."""

    first: float = 0.0
    spoke: float = 0.0
    ended: float = 0.0
    text: str = ""

    @property
    def done(self) -> bool:
        """Whether the answer came to its end."""
        return '"process_completed"' in self.text and '"success":true' in self.text


@dataclass(slots=True)
class Visitor:
    """One session of the window at ``url``."""

    url: str
    client: httpx.AsyncClient
    session: str = field(default_factory=lambda: secrets.token_hex(6))
    steps: dict[str, tuple[int, int]] = field(default_factory=dict)  # number and count of inputs

    async def arrive(self) -> None:
        """Load what the page loads, and learn the numbers of its steps."""
        config = (await self.client.get(f"{self.url}/config")).json()
        found = config["dependencies"]
        self.steps = {step["api_name"].removesuffix("_1"): (step["id"], len(step["inputs"])) for step in found}

    async def call(self, step: str, *data: Any, event: Any = None) -> httpx.Response:
        """Put one step into the queue; the session holds the inputs that are not given."""
        number, inputs = self.steps[step]
        given = [*data, *[None] * (inputs - len(data))]
        body = {"data": given, "event_data": event, "fn_index": number, "session_hash": self.session}
        return await self.client.post(f"{self.url}/gradio_api/queue/join", json=body)

    async def events(self) -> AsyncIterator[str]:
        """Yield the raw messages of this session until the server ends the stream."""
        where = f"{self.url}/gradio_api/queue/data?session_hash={self.session}"
        async with self.client.stream("GET", where) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    yield line[5:]

    async def ask(self, question: str, *, leave: bool = False) -> Reply:
        """Ask and wait for the end, or ``leave`` after the first sentence."""
        reply, began = Reply(), time.perf_counter()
        answer = await self.call("ask", question)
        if answer.status_code == 503:
            reply.first = reply.ended = time.perf_counter() - began
            return replace(reply, text=answer.json()["detail"])
        answer.raise_for_status()
        async for message in self.events():
            reply.first = reply.first or time.perf_counter() - began
            reply.text += message + "\n"
            if not reply.spoke and SAID in message:
                reply.spoke = time.perf_counter() - began
                if leave:
                    break
        reply.ended = time.perf_counter() - began
        return reply

    async def upload(self, name: str, data: bytes) -> httpx.Response:
        """Send a file to where uploads go; nothing is ingested yet."""
        return await self.client.post(f"{self.url}/gradio_api/upload", files={"files": (name, data)})

    async def take_in(self, name: str, data: bytes) -> str:
        """Upload and ingest a file; return the messages."""
        [path] = (await self.upload(name, data)).json()
        sent = {"path": path, "orig_name": name, "size": len(data), "meta": {"_type": "gradio.FileData"}}
        (await self.call("upload", [sent])).raise_for_status()
        return "\n".join([message async for message in self.events()])
