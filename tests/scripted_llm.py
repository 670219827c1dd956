"""A llama-index LLM that replies what it was told to and keeps what it was asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

from llama_index.core.llms import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
)
from pydantic import Field


class ScriptedLLM(CustomLLM):
    """Replies with ``pieces``; an exception among them is raised there.

    ``repeat`` starts over at the end, ``pause`` is the time before each piece in seconds, ``asked`` holds each request
    as (role, text).
    """

    pieces: list[Any] = Field(default_factory=list)
    asked: list[list[tuple[str, str]]] = Field(default_factory=list)
    repeat: bool = False
    pause: float = 0.0
    is_chat_model: bool = True
    context_window: int = 8192

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=self.context_window, is_chat_model=self.is_chat_model, model_name="scripted")

    def _replay(self) -> Iterator[str]:
        for piece in cycle(self.pieces) if self.repeat else self.pieces:
            time.sleep(self.pause)
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        self.asked.append([(message.role.value, message.content or "") for message in messages])
        for piece in self._replay():
            yield ChatResponse(message=ChatMessage(role="assistant", content=piece), delta=piece)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        self.asked.append([("prompt", prompt)])
        for piece in self._replay():
            yield CompletionResponse(text=piece, delta=piece)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text="".join(self._replay()))
