"""What programs get: collections from folders, documents by any of their names, the weakest verdict of a citation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag import Answer, Chatbot, Citation, DocumentInfo, NotFoundError, Sentence, Verdict
from rag.reading import document_ids
from ui.records import answer_record, citation_records, collections, document_records, hit_records, select_documents


def info(identity: str, *names: str) -> DocumentInfo:
    return DocumentInfo(identity, names, "", "text", tuple(f"/docs/{name}" for name in names), 1, 0, 9, "2026-01-01")


def test_the_first_folder_is_the_collection() -> None:
    documents = [info("1", "b/x.txt"), info("2", "a/deep/y.txt", "b/y.txt"), info("3", "note.txt"), info("4")]
    assert collections(documents) == {"a": ("2",), "b": ("1", "2")}
    assert list(collections(documents)) == ["a", "b"]
    assert [record["collections"] for record in document_records(documents)] == [["b"], ["a", "b"], [], []]


class Shelf:
    """A bot that knows its documents only."""

    def documents(self) -> list[DocumentInfo]:
        return [info("1", "b/x.txt"), info("2", "a/y.txt", "b/y.txt"), info("3", "note.txt")]


@pytest.mark.parametrize(
    ("collection", "names", "ids"),
    [
        ("", [], ()),
        ("b", [], ("1", "2")),
        ("", ["note.txt", "3", "/docs/b/y.txt"], ("3", "2")),
        ("a", ["b/y.txt", "note.txt"], ("2", "3")),
    ],
)
def test_documents_are_selected_by_collection_and_name(collection: str, names: list[str], ids: tuple[str, ...]) -> None:
    shelf: Any = Shelf()
    assert select_documents(shelf, collection, names) == ids


def test_a_bare_name_will_do_where_it_is_the_only_one() -> None:
    shelf: Any = SimpleNamespace(documents=lambda: [info("1", "a/x.txt"), info("2", "b/x.txt"), info("3", "b/y.txt")])
    assert select_documents(shelf, "", ["y.txt"]) == ("3",)
    with pytest.raises(NotFoundError, match=r"2 documents are called 'x\.txt'"):
        select_documents(shelf, "", ["x.txt"])


def test_a_name_that_several_have_is_refused_and_paths_tell_them_apart() -> None:
    notes = [replace(info(key, "note.txt"), paths=(f"/{key}/note.txt",)) for key in ("1", "2")]
    shelf: Any = SimpleNamespace(documents=lambda: notes)
    assert select_documents(shelf, "", ["/2/note.txt"]) == ("2",)
    assert document_ids(shelf, ["/2/note.txt", "1"]) == ["2", "1"] and document_ids(shelf, []) is None
    with pytest.raises(NotFoundError, match=r"2 documents are called 'note\.txt'"):
        select_documents(shelf, "", ["note.txt"])
    with pytest.raises(NotFoundError, match=r"Several documents are called 'note\.txt': /1/note\.txt, /2/note\.txt\."):
        document_ids(shelf, ["note.txt"])


def test_what_is_not_there_is_named() -> None:
    shelf: Any = Shelf()
    with pytest.raises(NotFoundError, match=r"There is no collection 'c'\. There are: a, b\."):
        select_documents(shelf, "c")
    with pytest.raises(NotFoundError, match=r"There is no document 'z\.txt'\."):
        select_documents(shelf, "", ["note.txt", "z.txt"])
    shelf.documents = list
    with pytest.raises(NotFoundError, match="No document lies in a folder"):
        select_documents(shelf, "c")


def test_a_citation_has_the_verdict_of_its_weakest_sentence() -> None:
    first, second = (Citation(number, "p", "d", "a.txt", "A", 0, 4, "word") for number in (1, 2))
    sentences = (
        Sentence("One.", (first,), Verdict.SUPPORTED),
        Sentence("Two.", (first, second), Verdict.PARTLY, "Not in the cited words: two."),
        Sentence("Three.", (second,), Verdict.QUOTED),
        Sentence("Four."),
    )
    answer = Answer("q", "q", sentences, final=True)
    assert [(record["number"], record["verdict"]) for record in citation_records(answer)] == [
        (1, "partly"),
        (2, "partly"),
    ]
    told = answer_record(answer)["sentences"]
    assert [sentence["citations"] for sentence in told] == [[1], [1, 2], [2], []]
    assert told[3]["verdict"] == "unsupported"


def test_everything_is_plain_json(hash_bot: Chatbot, tmp_path: Path) -> None:
    (tmp_path / "docs/a").mkdir(parents=True)
    (tmp_path / "docs/a/x.txt").write_text("The kitchen of the Lisbon office opens at seven.")
    hash_bot.ingest(tmp_path / "docs")
    hits = hit_records(hash_bot.search("kitchen", 1))
    answer = answer_record(hash_bot.ask("When does the kitchen of the Lisbon office open?"))
    listed = document_records(hash_bot.documents())
    assert json.loads(json.dumps([hits, answer, listed])) == [hits, answer, listed]
    text = hash_bot.document(hits[0]["document_id"]).text
    assert text[hits[0]["start"] : hits[0]["end"]] == hits[0]["text"]
