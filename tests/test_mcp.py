"""The tools as an assistant calls them: over stdio beside the window, and in process for what can go wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult

from rag import Chatbot, HashEmbedder, Settings, StorageError
from ui.mcp import BROKEN, LONGEST, Library, make_server

ROOT = Path(__file__).parent.parent
KITCHEN = "The kitchen of the Lisbon office opens at seven."
VAULT = "The vault of the Oslo office opens at nine."
ASKED = "When does the kitchen of the Lisbon office open?"


def make_documents(folder: Path) -> Path:
    for town, words in (("lisbon", KITCHEN), ("oslo", VAULT)):
        (folder / town).mkdir(parents=True)
        (folder / town / "house.md").write_text(f"# House rules\n\n## {town.title()}\n\n{words}\n")
    return folder


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The tools over two collections, while another chatbot owns the folder."""
    folder = tmp_path_factory.mktemp("mcp")
    settings = Settings(data_dir=folder / "data")
    with Chatbot.open(settings, embedder=HashEmbedder()) as owner:
        owner.ingest(make_documents(folder / "docs"))
        library = Library(lambda: Chatbot.open(settings, embedder=HashEmbedder(), read_only=True))
        yield library
        library.close()


def call(library: Library, tool: str, **arguments: Any) -> CallToolResult:
    """Call one tool through a client in this process."""

    async def run() -> CallToolResult:
        async with Client(make_server(library)) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(run())


def result(library: Library, tool: str, **arguments: Any) -> dict[str, Any]:
    called = call(library, tool, **arguments)
    assert not called.is_error and called.structured_content, called.content
    return called.structured_content


def test_the_real_command_serves_a_real_client_beside_the_owner(tmp_path: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "rag", "mcp"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )

    async def talk(owner: Chatbot) -> None:
        async with Client(command, read_timeout_seconds=60) as client:
            listed = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert sorted(listed) == ["ask", "list_documents", "open_source", "search"]
            for tool in listed.values():
                assert tool.description and tool.annotations and tool.annotations.read_only_hint
                assert all(field["description"] for field in tool.input_schema["properties"].values())
            before = await client.call_tool("ask", {"question": ASKED})
            owner.ingest(make_documents(tmp_path / "docs"))
            after = await client.call_tool("ask", {"question": ASKED})
            found = await client.call_tool("search", {"question": "vault in Oslo", "k": 1})
        assert before.structured_content and "There are no documents yet" in before.structured_content["abstained"]
        assert after.structured_content and after.structured_content["text"].startswith(f"{KITCHEN} [1]")
        assert found.structured_content and "meaning #1" in found.structured_content["passages"][0]["why"]

    with Chatbot.open(data_dir=tmp_path / ".rag") as owner:
        asyncio.run(talk(owner))


def test_an_interrupt_ends_it_at_once(tmp_path: Path) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    process = subprocess.Popen(
        [sys.executable, "-m", "rag", "mcp"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "rag-chat"
        process.send_signal(signal.SIGINT)
        assert (process.wait(10), process.stderr.read()) == (-signal.SIGINT, "")
    finally:
        process.kill()
        process.communicate()


def test_an_answer_is_structured_and_its_citation_opens_at_the_words(library: Library) -> None:
    answer = result(library, "ask", question=ASKED)
    assert answer["text"].startswith(f"{KITCHEN} [1]") and answer["abstained"] == ""
    citation = answer["citations"][0]
    assert (citation["source"], citation["quote"], citation["verdict"]) == ("lisbon/house.md", KITCHEN, "quoted")
    span = {"start": citation["start"], "end": citation["end"]}
    source = result(library, "open_source", document=citation["document_id"], context=12, **span)
    assert (source["quote"], source["before"], source["after"]) == (KITCHEN, "es\n\nLisbon\n\n", "")
    assert source["heading"] == "House rules > Lisbon"


def test_a_source_opens_by_name_and_is_cut(library: Library) -> None:
    whole = result(library, "open_source", document="oslo/house.md")
    assert whole["quote"].endswith(VAULT) and whole["start"] == 0 and whole["end"] == whole["characters"] < LONGEST


def test_search_tells_place_and_reason(library: Library) -> None:
    passages = result(library, "search", question="vault", k=1)["passages"]
    assert [passage["source"] for passage in passages] == ["oslo/house.md"]
    assert VAULT in passages[0]["text"] and "words #1" in passages[0]["why"]


def test_a_collection_is_searched_and_listed_alone(library: Library) -> None:
    everything = result(library, "list_documents")
    assert everything["collections"] == {"lisbon": 1, "oslo": 1} and len(everything["documents"]) == 2
    lisbon = result(library, "list_documents", collection="lisbon")["documents"]
    assert [document["name"] for document in lisbon] == ["lisbon/house.md"]
    assert lisbon[0]["collections"] == ["lisbon"]
    for scope in ({"collection": "lisbon"}, {"documents": ["lisbon/house.md"]}):
        passages = result(library, "search", question="vault", **scope)["passages"]
        assert {passage["source"] for passage in passages} == {"lisbon/house.md"}
        assert VAULT not in result(library, "ask", question="When does the vault open?", **scope)["text"]


@pytest.mark.parametrize(
    ("tool", "arguments", "line"),
    [
        ("ask", {"question": " "}, "The question is empty. Type a question about your documents."),
        ("ask", {"question": "x", "collection": "rome"}, "There is no collection 'rome'. There are: lisbon, oslo."),
        ("search", {"question": "x", "documents": ["no"]}, "There is no document 'no'. Ask for the list of documents."),
        ("search", {"question": "x", "k": 0}, "k: Input should be greater than or equal to 1."),
        ("search", {}, "question: Field required."),
        ("open_source", {"document": "no.md"}, "There is no document 'no.md'. Ask for the list of documents."),
        (
            "open_source",
            {"document": "oslo/house.md", "start": 5000},
            "oslo/house.md has 62 characters; nothing stands between 5,000 and 62. Take the offsets from a citation",
        ),
    ],
)
def test_an_error_is_one_sentence(library: Library, tool: str, arguments: dict[str, Any], line: str) -> None:
    called = call(library, tool, **arguments)
    assert called.is_error and called.structured_content is None
    (told,) = called.content
    assert told.type == "text" and told.text.startswith(line) and "\n" not in told.text


def test_an_index_that_is_made_later_is_found_then(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    library = Library(lambda: Chatbot.open(settings, embedder=HashEmbedder(), read_only=True))
    (told,) = call(library, "list_documents").content
    assert told.type == "text" and told.text.startswith("There is no index in data yet. Run `rag ingest FOLDER` first.")
    with Chatbot.open(settings, embedder=HashEmbedder()) as owner:
        owner.ingest(make_documents(tmp_path / "docs"))
        assert len(result(library, "list_documents")["documents"]) == 2
    library.close()


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (StorageError("The disk is full.", "Free some space."), "The disk is full. Free some space."),
        (KeyError(), BROKEN),
    ],
)
def test_a_failure_inside_keeps_its_insides(caplog: pytest.LogCaptureFixture, error: Exception, line: str) -> None:
    def fail() -> Chatbot:
        raise error

    with caplog.at_level(logging.CRITICAL):
        (told,) = call(Library(fail), "list_documents").content
    assert told.type == "text" and told.text == line
