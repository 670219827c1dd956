"""The named endpoints as Gradio's own client calls them, with the login and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.test_completions import ASKED, KITCHEN, LOGIN, serve
from ui.serve import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = serve(tmp_path_factory.mktemp("endpoints"), login=LOGIN)
    yield served
    served.close()


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    client = Client(served.url, headers={"Authorization": f"Bearer {LOGIN}"}, verbose=False, analytics_enabled=False)
    yield client
    client.close()


def test_an_answer_comes_with_its_citations(client: Client) -> None:
    answer = client.predict(ASKED, api_name="/ask")
    assert answer["text"].startswith(f"{KITCHEN} [1]")
    citation = answer["citations"][0]
    assert (citation["source"], citation["quote"], citation["verdict"]) == ("lisbon/house.md", KITCHEN, "quoted")


def test_documents_are_listed_with_their_collections(client: Client) -> None:
    listed = {document["name"]: document["collections"] for document in client.predict(api_name="/documents")}
    assert listed == {"lisbon/house.md": ["lisbon"], "note.txt": [], "oslo/deep/house.md": ["oslo"]}


def test_a_collection_is_searched_alone(client: Client) -> None:
    hits = client.predict("When does the office open?", 5, "oslo", api_name="/search")
    assert [hit["source"] for hit in hits] == ["oslo/deep/house.md"]
    assert len(client.predict("When does the office open?", k=1, api_name="/search")) == 1


def test_every_endpoint_is_documented_and_the_clicks_are_hidden(client: Client) -> None:
    told: dict[str, Any] = client.view_api(return_format="dict", print_info=False)  # type: ignore[assignment]
    assert sorted(told["named_endpoints"]) == ["/ask", "/documents", "/search"]
    assert told["unnamed_endpoints"] == {}
    assert all(len(endpoint["description"]) > 40 for endpoint in told["named_endpoints"].values())
    names = [parameter["parameter_name"] for parameter in told["named_endpoints"]["/search"]["parameters"]]
    assert names == ["question", "k", "collection"]


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("/ask", ["  "], "The question is empty. Type a question about your documents."),
        ("/ask", [ASKED, "rome"], "There is no collection 'rome'. There are: lisbon, oslo."),
        ("/search", [""], "The question is empty."),
    ],
)
def test_an_error_is_one_sentence(client: Client, name: str, arguments: list[str], line: str) -> None:
    with pytest.raises(AppError) as caught:
        client.predict(*arguments, api_name=name)
    assert str(caught.value).startswith(line)


def test_without_the_login_nothing_is_told(served: Served) -> None:
    with pytest.raises(Exception, match="Please login"):
        Client(served.url, verbose=False, analytics_enabled=False)
