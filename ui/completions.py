"""The chat completions protocol of OpenAI over the same desk as the window: ``/v1/chat/completions``, ``/v1/models``.

The model ``rag`` asks all documents, ``rag/NAME`` those of one collection. The last message is the question, the ones
before are the conversation; instructions (system, developer) are read by nobody, as every answer comes from documents.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag import Answer, Chatbot, LanguageModelError, NotFoundError, QuestionError, RagError, Sentence
from ui.conversations import Exchange
from ui.desk import BROKEN, BusyError, Conversation, Desk
from ui.records import answer_record, collections, select_documents
from ui.serve import openai_error

MODEL = "rag"
REMEMBERED = 1_000  # conversations
_STATUS = ((QuestionError, 400), (NotFoundError, 404), (LanguageModelError, 502), (BusyError, 503))


class Part(BaseModel):
    """A piece of a message; only text can be read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """What one side said."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The content as one string."""
        parts = self.content or ""
        return parts if isinstance(parts, str) else "\n".join(part.text for part in parts)


class StreamOptions(BaseModel):
    """What a stream holds besides the answer."""

    include_usage: bool | None = None


class Completion(BaseModel):
    """A request. Fields of the protocol that only steer a language model are accepted and left alone."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    collection: str = ""
    documents: list[str] = []


def add_routes(app: FastAPI, desk: Desk) -> None:
    """Put the protocol's addresses into the web application."""
    service = Service(desk)
    app.add_api_route("/v1/chat/completions", service.complete, methods=["POST"], response_model=None)
    app.add_api_route("/v1/models", service.list_models, response_model=None)
    app.add_api_route("/v1/models/{name:path}", service.show_model, response_model=None)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app.add_api_route("/v1/{rest:path}", service.refuse, methods=methods, response_model=None)


class Service:
    """The handlers of the protocol's addresses."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.understood: dict[int, str] = {}  # conversation so far -> its last question on its own feet

    async def complete(self, request: Request) -> Response:
        """Answer the last message, whole or as a stream of chunks."""
        body = await request.body()
        try:
            asked = Completion.model_validate_json(body)
            question, past = read_messages(asked.messages, self.understood)
            chosen = await self.desk.run(_scope, self.desk.bot, asked)
            if asked.stream:
                return await self._stream(asked, question, past, chosen)
            return JSONResponse(await self._whole(request, asked, question, past, chosen))
        except Exception as error:  # noqa: BLE001 - told in the protocol's own shape, never as a stack trace
            status, told = _explain(error)
            return JSONResponse(told, status)

    async def _whole(
        self, request: Request, asked: Completion, question: str, past: Conversation, chosen: tuple[str, ...]
    ) -> dict[str, Any]:
        stop = asyncio.Event()
        leaving = asyncio.ensure_future(_stop_when_gone(request, stop))
        answer = Answer(question, question)
        try:
            async with aclosing(self.desk.stream(question, past, chosen, stop)) as answers:
                async for snapshot in answers:
                    answer = snapshot
        finally:
            leaving.cancel()
        self._remember(asked, answer)
        message = {"role": "assistant", "content": answer.text, "refusal": None} | answer_record(answer)
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        head = _head(asked.model, "chat.completion")
        return head | {"choices": [choice], "usage": await self.desk.run(_usage, self.desk.bot, question, answer)}

    async def _stream(
        self, asked: Completion, question: str, past: Conversation, chosen: tuple[str, ...]
    ) -> StreamingResponse:
        answers = self.desk.stream(question, past, chosen, asyncio.Event())
        try:
            async for first in answers:
                if first.stage != "searching":  # what can fail before a word is said has its own status code
                    break
        except BaseException:
            await answers.aclose()
            raise
        return StreamingResponse(self._events(asked, first, answers), media_type="text/event-stream")

    async def _events(
        self, asked: Completion, answer: Answer, answers: AsyncGenerator[Answer, None]
    ) -> AsyncIterator[str]:
        """Yield an answer as server-sent events; the chunk that ends it carries the citations."""
        head = _head(asked.model, "chat.completion.chunk")
        async with aclosing(answers):
            try:
                yield _event(head, {"role": "assistant", "content": ""})
                said = ""
                following: Answer | None = answer
                while following is not None:
                    answer = following
                    if piece := _continue(said, answer):
                        yield _event(head, {"content": piece})
                    said, following = answer.text, await anext(answers, None)
                self._remember(asked, answer)
                yield _event(head, answer_record(answer), "stop")
                if asked.stream_options and asked.stream_options.include_usage:
                    usage = await self.desk.run(_usage, self.desk.bot, answer.question, answer)
                    yield f"data: {json.dumps(head | {'choices': [], 'usage': usage})}\n\n"
            except Exception as error:  # noqa: BLE001 - the status code is sent; the protocol tells it as an event
                yield f"data: {json.dumps(_explain(error)[1])}\n\n"
        yield "data: [DONE]\n\n"

    def _remember(self, asked: Completion, answer: Answer) -> None:
        """Keep how a question was understood, for the next one, which may lean on it: clients do not hand it back."""
        self.understood[_trace(asked.messages, answer.text)] = answer.standalone
        while len(self.understood) > REMEMBERED:
            del self.understood[next(iter(self.understood))]

    async def list_models(self) -> Response:
        """Name what can be asked: everything, and each collection."""
        return JSONResponse({"object": "list", "data": await self.desk.run(_models, self.desk.bot)})

    async def show_model(self, name: str) -> Response:
        """Describe one model."""
        for model in await self.desk.run(_models, self.desk.bot):
            if model["id"] == name:
                return JSONResponse(model)
        return JSONResponse(_explain(_no_model(name))[1], 404)

    async def refuse(self, rest: str) -> Response:
        """Say that the protocol's other addresses are not there."""
        line = f"There is no /v1/{rest[:80]} here. Use POST /v1/chat/completions or GET /v1/models."
        return JSONResponse(openai_error(404, line), 404)


def read_messages(messages: list[Message], understood: Mapping[int, str]) -> tuple[str, Conversation]:
    """Return the question and the exchanges before it, the last of them as it was understood.

    Raises:
        QuestionError: the last message is not the user's.
    """
    said = [message for message in messages if message.role in ("user", "assistant")]
    if not said or said[-1].role != "user":
        raise QuestionError("The last message is not from the user.", "Put the question there, with role 'user'.")
    past: list[Exchange] = []
    for before, message in zip([None, *said], said[:-1], strict=False):
        if message.role == "user":
            past.append(Exchange(Answer(message.text, "", final=True)))
        elif before is not None and before.role == "user":
            past[-1] = Exchange(Answer(before.text, "", (Sentence(message.text),), final=True))
    if past:
        standalone = understood.get(_trace(messages[:-1]), "")
        past[-1] = Exchange(replace(past[-1].answer, standalone=standalone))
    return said[-1].text, tuple(past)


def _trace(messages: list[Message], *more: str) -> int:
    said = [message.text for message in messages if message.role in ("user", "assistant")]
    return hash((*said, *more))


def _scope(bot: Chatbot, asked: Completion) -> tuple[str, ...]:
    """Return the ids of the documents to ask; () means all."""
    if not bot.documents():
        raise NotFoundError("There are no documents yet.", "Add some with `rag ingest FOLDER` or in the window.")
    name, slash, collection = asked.model.partition("/")
    if name != MODEL or (slash and not collection):
        raise _no_model(asked.model)
    if collection and asked.collection not in ("", collection):
        raise QuestionError("The model and the field 'collection' name two collections.", "Name one.")
    return select_documents(bot, collection or asked.collection, asked.documents)


def _no_model(name: str) -> NotFoundError:
    return NotFoundError(f"There is no model {name[:80]!r}.", "GET /v1/models lists what there is.")


def _models(bot: Chatbot) -> list[dict[str, Any]]:
    documents = bot.documents()
    added = {info.id: int(datetime.fromisoformat(info.added).timestamp()) for info in documents}
    held = {MODEL: tuple(added)} | {f"{MODEL}/{name}": ids for name, ids in collections(documents).items()}
    return [
        {"id": name, "object": "model", "created": max((added[i] for i in ids), default=0), "owned_by": "rag"}
        for name, ids in held.items()
    ]


async def _stop_when_gone(request: Request, stop: asyncio.Event) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.5)
    stop.set()


def _continue(said: str, answer: Answer) -> str:
    """Return what is to be added to the text that was sent, which cannot be taken back.

    An answer that begins anew (the language model failed, so the documents are quoted) says why and follows.
    """
    if answer.text.startswith(said):
        return answer.text[len(said) :]
    return "\n\n".join(["", answer.notice, answer.text] if answer.notice else ["", answer.text])


def _usage(bot: Chatbot, question: str, answer: Answer) -> dict[str, int]:
    """Return the length of question and answer in tokens of the embedding model, or of the LLM where it wrote it."""
    asked, told = bot.embedder.count_tokens([question, answer.text])
    told = answer.tokens or told
    return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}


def _head(model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": model}


def _event(head: dict[str, Any], delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return f"data: {json.dumps(head | {'choices': [choice]})}\n\n"


def _explain(error: Exception) -> tuple[int, dict[str, Any]]:
    """Return the status code and the body that tell of an error."""
    if isinstance(error, ValidationError):
        details = error.errors(include_url=False, include_input=False, include_context=False)
        first = max(details, key=lambda detail: len(detail["loc"]))  # the innermost is the one to correct
        field = ".".join(str(part) for part in first["loc"] if part not in ("str", "list[Part]"))
        line = f"{field}: {first['msg']}." if field else f"The request is not JSON of this protocol: {first['msg']}."
        return 400, openai_error(400, line, field or None)
    if isinstance(error, RagError):
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
        return status, openai_error(status, str(error))
    logging.getLogger(__name__).error("An answer broke off.", exc_info=error)
    return 500, openai_error(500, BROKEN)
