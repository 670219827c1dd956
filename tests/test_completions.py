"""The OpenAI protocol as its own client speaks it: answers, streams, models, citations, and errors in its shape."""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import openai
import pytest

from rag import Answer, Chatbot, HashEmbedder, LanguageModelError, Settings, StorageError
from tests.scripted_llm import ScriptedLLM
from tests.test_app import free_port
from ui.app import serve_bot
from ui.completions import Message, read_messages
from ui.serve import Served, listen

LOGIN = "ann:s3cret"
KITCHEN = "The kitchen of the Lisbon office opens at seven."
VAULT = "The vault of the Oslo office opens at nine."
ASKED = "When does the kitchen of the Lisbon office open?"


def serve(folder: Path, **dials: Any) -> Served:
    """Serve a window over one folder with two collections and a file beside them."""
    (folder / "docs/lisbon").mkdir(parents=True)
    (folder / "docs/oslo/deep").mkdir(parents=True)
    (folder / "docs/lisbon/house.md").write_text(f"# House rules\n\n{KITCHEN}\n")
    (folder / "docs/oslo/deep/house.md").write_text(f"# House rules\n\n{VAULT}\n")
    (folder / "docs/note.txt").write_text("The lift is repaired in spring.")
    llm = dials.pop("llm", None)
    bot = Chatbot.open(embedder=HashEmbedder(), llm=llm, data_dir=folder / "data", port=free_port(), **dials)
    bot.ingest(folder / "docs")
    return serve_bot(bot, listen(bot.settings), wait=False)


def client(served: Served, key: str = LOGIN) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key=key, max_retries=0, timeout=20)


def ask(served: Served, *messages: tuple[str, Any], **more: Any) -> Any:
    said = [{"role": role, "content": content} for role, content in messages]
    with client(served) as connected:
        reply: Any = connected.chat.completions.create(model=more.pop("model", "rag"), messages=said, **more)
        return list(reply) if more.get("stream") else reply


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A window with a login."""
    served = serve(tmp_path_factory.mktemp("completions"), login=LOGIN)
    yield served
    served.close()


def test_an_answer_carries_its_citations(served: Served) -> None:
    completion = ask(served, ("system", "Be brief."), ("user", ASKED), temperature=0, max_tokens=5, extra_body={"x": 1})
    choice = completion.choices[0]
    assert (completion.object, completion.model, choice.finish_reason) == ("chat.completion", "rag", "stop")
    assert choice.message.content.startswith(f"{KITCHEN} [1]")
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 10
    citation = choice.message.citations[0]
    bot = served.after.__self__.bot
    assert bot.document(citation["document_id"]).text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation | {"document_id": "", "start": 0, "end": 0} == {
        "number": 1, "source": "lisbon/house.md", "title": "House rules", "heading": "House rules", "page": None,
        "page_label": None, "quote": KITCHEN, "start": 0, "end": 0, "document_id": "", "verdict": "quoted",
    }  # fmt: skip
    assert choice.message.sentences[0]["citations"] == [1]


def test_a_stream_says_the_same_and_ends_with_the_citations(served: Served) -> None:
    whole = ask(served, ("user", ASKED)).choices[0].message
    chunks = ask(served, ("user", ASKED), stream=True, stream_options={"include_usage": True})
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == whole.content
    last = chunks[-2].choices[0]
    assert (last.finish_reason, last.delta.citations) == ("stop", whole.citations)
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens > 10
    assert len({chunk.id for chunk in chunks}) == 1
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-2]] == [None] * (len(chunks) - 2)


def test_a_question_that_is_not_answered_says_so(served: Served) -> None:
    message = ask(served, ("user", "Who painted the Mona Lisa?")).choices[0].message
    assert message.content == message.abstained
    assert "do not seem to answer" in message.content and message.citations == []


def test_the_conversation_before_is_understood(served: Served) -> None:
    past = [("user", ASKED), ("assistant", f"{KITCHEN} [1]")]
    message = ask(served, *past, ("user", [{"type": "text", "text": "And is it open at seven?"}])).choices[0].message
    assert "Lisbon" in message.question and KITCHEN in message.content


@pytest.mark.parametrize("streamed", [False, True])
def test_a_chain_of_questions_keeps_its_topic(served: Served, streamed: bool) -> None:
    said: list[tuple[str, Any]] = []
    for question in (ASKED, "And is it open at seven?", "Why is that?"):
        said.append(("user", question))
        if streamed:
            chunks = ask(served, *said, stream=True)
            last = chunks[-1].choices[0].delta
            said.append(("assistant", "".join(chunk.choices[0].delta.content or "" for chunk in chunks)))
        else:
            last = ask(served, *said).choices[0].message
            said.append(("assistant", last.content))
    assert "Lisbon" in last.question
    assert "Lisbon" not in ask(served, *said[2:4], ("user", "Why is that?")).choices[0].message.question


def test_models_are_everything_and_each_collection(served: Served) -> None:
    with client(served) as connected:
        assert [model.id for model in connected.models.list()] == ["rag", "rag/lisbon", "rag/oslo"]
        assert connected.models.retrieve("rag/oslo").created > 1_700_000_000
        with pytest.raises(openai.NotFoundError, match="There is no model 'gpt'"):
            connected.models.retrieve("gpt")


@pytest.mark.parametrize(
    "scope",
    [
        {"model": "rag/oslo"},
        {"extra_body": {"collection": "oslo"}},
        {"extra_body": {"documents": ["oslo/deep/house.md"]}},
        {"model": "rag/oslo", "extra_body": {"collection": "oslo", "documents": ["oslo/deep/house.md"]}},
    ],
)
def test_a_collection_is_asked_alone(served: Served, scope: dict[str, Any]) -> None:
    vault, kitchen = "When does the vault of the Oslo office open?", ASKED
    assert ask(served, ("user", vault), **scope).choices[0].message.content.startswith(VAULT)
    assert KITCHEN not in ask(served, ("user", kitchen), **scope).choices[0].message.content


IMAGE = [{"type": "image_url", "image_url": {"url": "http://x"}}]


@pytest.mark.parametrize(
    ("messages", "more", "status", "line"),
    [
        ([], {}, 400, "messages: List should have at least 1 item"),
        ([("user", "  ")], {}, 400, "The question is empty."),
        ([("user", "why " * 2100)], {}, 400, "The question has 8,400 characters; the limit is 8,000."),
        ([("user", "why " * 2100)], {"stream": True}, 400, "The question has 8,400 characters; the limit is 8,000."),
        ([("tool", "x")], {}, 400, "messages.0.role: Input should be 'system', 'developer', 'user' or 'assistant'"),
        ([("user", IMAGE)], {}, 400, "messages.0.content.0.type: Input should be 'text'"),
        ([("user", 7)], {}, 400, "messages.0.content: Input should be a valid string"),
        ([("user", "x"), ("assistant", "y")], {}, 400, "The last message is not from the user."),
        ([("system", "x")], {}, 400, "The last message is not from the user."),
        ([("user", "x")], {"n": 2}, 400, "n: Input should be 1"),
        ([("user", "x")], {"model": "gpt-4o"}, 404, "There is no model 'gpt-4o'."),
        ([("user", "x")], {"model": "rag/"}, 404, "There is no model 'rag/'."),
        ([("user", "x")], {"model": "rag/bergen"}, 404, "There is no collection 'bergen'. There are: lisbon, oslo."),
        ([("user", "x")], {"extra_body": {"documents": ["no.md"]}}, 404, "There is no document 'no.md'."),
        ([("user", "x")], {"model": "rag/oslo", "extra_body": {"collection": "lisbon"}}, 400, "The model and the"),
    ],
)  # fmt: skip
def test_errors_have_the_shape_of_the_protocol(
    served: Served, messages: list[tuple[str, Any]], more: dict[str, Any], status: int, line: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        ask(served, *messages, **more)
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"].startswith(line)
    assert set(caught.value.body) == {"message", "type", "param", "code"}


def post(served: Served, body: bytes, path: str = "/v1/chat/completions", **headers: str) -> tuple[int, Any]:
    sent = {"authorization": f"Bearer {LOGIN}", "content-type": "application/json"} | headers
    request = urllib.request.Request(served.url + path, body, sent)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)
    with caught.value as answer:
        return answer.code, json.loads(answer.read())["error"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"{", "The request is not JSON of this protocol: Invalid JSON"),
        (b"[]", "The request is not JSON of this protocol: Input should be an object"),
        (b"\xff", "The request is not JSON of this protocol: Invalid JSON"),
        (b'{"messages": [{"role": "user", "content": "x"}]}', "model: Field required"),
    ],
)
def test_a_body_that_is_no_request_is_told_in_a_line(served: Served, body: bytes, line: str) -> None:
    status, error = post(served, body)
    assert status == 400
    assert error["message"].startswith(line) and "\n" not in error["message"]


def test_other_addresses_of_the_protocol_are_refused_in_its_shape(served: Served) -> None:
    status, error = post(served, b"{}", "/v1/embeddings")
    assert (status, error["type"]) == (404, "not_found_error")
    assert error["message"].startswith("There is no /v1/embeddings here.")


def test_the_guard_holds_for_programs_too(served: Served) -> None:
    with client(served, "ann:wrong") as connected, pytest.raises(openai.AuthenticationError, match="Please log in"):
        connected.models.list()
    assert post(served, b"{}", origin="https://evil.example")[0] == 403


def test_an_empty_index_is_an_error(tmp_path: Path) -> None:
    bot = Chatbot.open(embedder=HashEmbedder(), data_dir=tmp_path / "data", port=free_port())
    served = serve_bot(bot, listen(bot.settings), wait=False)
    try:
        with pytest.raises(openai.NotFoundError, match="There are no documents yet"):
            ask(served, ("user", ASKED))
    finally:
        served.close()


@pytest.mark.parametrize("supported", [True, False])
def test_a_language_model_that_breaks_off_is_followed_by_quotes_unless_it_said_something(
    tmp_path: Path, supported: bool
) -> None:
    first = "The kitchen opens at seven [1]. " if supported else "Rhubarb is a vegetable. "
    llm = ScriptedLLM(pieces=[first, "It is ", LanguageModelError("It broke.", "")])
    served = serve(tmp_path, llm=llm)
    try:
        chunks = ask(served, ("user", ASKED), stream=True)
    finally:
        served.close()
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    if supported:
        assert said == "The kitchen opens at seven. [1]"
        assert chunks[-1].choices[0].delta.notice.startswith("The answer is not complete.")
    else:
        written, notice, quoted = said.split("\n\n")
        assert written == "Rhubarb is a vegetable."
        assert "Here is what the documents say" in notice and quoted.startswith(KITCHEN)
    assert chunks[-1].choices[0].delta.citations[0]["quote"] == KITCHEN


class Broken:
    """A bot whose answers break off after one snapshot, as on a damaged disk or by a fault of the program."""

    def __init__(self, folder: Path, error: Exception) -> None:
        self.settings = Settings(data_dir=folder, port=free_port())
        self.embedder, self.error, self.late = HashEmbedder(), error, False
        self.asked = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bot, name)

    def stream(self, *arguments: object, **more: object) -> Iterator[Answer]:
        yield Answer("?", "?")
        if self.late:
            yield Answer("?", "?", stage="reading")
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (StorageError("The disk is full.", "Free some space."), 500, "The disk is full. Free some space."),
        (LanguageModelError("It is busy.", "Wait."), 502, "It is busy. Wait."),
        (ZeroDivisionError("secret"), 500, "Something went wrong here"),
    ],
)
def test_a_failure_inside_is_told_without_its_insides(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, status: int, line: str
) -> None:
    broken = Broken(tmp_path, error)
    with Chatbot.open(broken.settings, embedder=HashEmbedder()) as broken.bot:
        (tmp_path / "a.txt").write_text(KITCHEN)
        broken.bot.ingest(tmp_path / "a.txt")
        served = serve_bot(broken, listen(broken.settings), wait=False)  # type: ignore[arg-type]
        with caplog.at_level(logging.CRITICAL, "ui.completions"):
            for streamed in (False, True):
                with pytest.raises(openai.APIStatusError) as caught:
                    ask(served, ("user", ASKED), stream=streamed)
                assert caught.value.status_code == status
                assert str(caught.value.body["message"]).startswith(line)  # type: ignore[index]
            broken.late = True
            with pytest.raises(openai.APIError, match=line.split(".")[0]):
                ask(served, ("user", ASKED), stream=True)
        served.close()


class Endless(Broken):
    """A bot that answers without end, and notes when it is no longer listened to."""

    def stream(self, *arguments: object, **more: object) -> Iterator[Answer]:
        try:
            while True:
                time.sleep(0.01)
                yield Answer("?", "?", stage="answering")
        finally:
            self.asked.set()


@pytest.mark.parametrize("streamed", [False, True])
def test_who_leaves_ends_the_answer(tmp_path: Path, streamed: bool) -> None:
    endless = Endless(tmp_path, KeyError())
    with Chatbot.open(endless.settings, embedder=HashEmbedder()) as endless.bot:
        (tmp_path / "a.txt").write_text(KITCHEN)
        endless.bot.ingest(tmp_path / "a.txt")
        served = serve_bot(endless, listen(endless.settings), wait=False)  # type: ignore[arg-type]
        said: Any = [{"role": "user", "content": ASKED}]
        with client(served) as connected, suppress(openai.APITimeoutError):
            reply: Any = connected.chat.completions.create(model="rag", messages=said, stream=streamed, timeout=0.5)
            next(reply)
            reply.close()
        assert endless.asked.wait(10)
        served.close()


def test_messages_become_question_and_turns() -> None:
    said = [("assistant", "Hello!"), ("user", "a?"), ("assistant", "b"), ("user", "c?"), ("user", "d?")]
    question, past = read_messages([Message(role=role, content=text) for role, text in said], {})
    assert question == "d?"
    assert [(e.answer.question, e.answer.text, e.answer.final) for e in past] == [("a?", "b", True), ("c?", "", True)]
