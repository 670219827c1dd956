"""The seeds cover every format and the gold set is true to them: every quote stands in its document."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eval.find import check_fresh
from eval.gold import KINDS, Gold, read_gold
from eval.places import locate
from rag import Document
from rag.load import load

ROOT = Path(__file__).parent.parent
FORMATS = {".txt", ".md", ".html", ".pdf", ".docx", ".pptx", ".xlsx", ".csv", ".json", ".epub"}


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return [load(path, path.name) for path in sorted((ROOT / "seeds").iterdir())]


@pytest.fixture(scope="module")
def gold() -> list[Gold]:
    return read_gold(ROOT / "eval" / "gold" / "seeds.jsonl")


def test_the_seeds_cover_every_format(documents: list[Document]) -> None:
    assert {Path(document.name).suffix for document in documents} == FORMATS
    assert len(documents) >= 14
    assert sum(len(document.text.split()) for document in documents) >= 12_000
    assert not [document.name for document in documents if document.warnings]


def test_every_quote_stands_in_its_document_word_for_word(documents: list[Document], gold: list[Gold]) -> None:
    texts = {document.name: document for document in documents}
    for item in gold:
        for evidence in item.evidence:
            document = texts[evidence.document]
            assert evidence.quote in document.text, item.id
            page = document.page_at(document.text.index(evidence.quote))
            assert evidence.page in (None, page.number if page else None), item.id
    assert len(locate(gold, documents)) == len(gold)


def test_the_held_out_set_is_true_to_its_documents_too() -> None:
    folder = ROOT / "eval" / "gold" / "walrus"
    held_out = read_gold(folder.with_suffix(".jsonl"))
    texts = {path.name: load(path, path.name) for path in sorted(folder.iterdir())}
    missing = [(i.id, e.quote) for i in held_out for e in i.evidence if e.quote not in texts[e.document].text]
    assert missing == []
    assert {evidence.document for item in held_out for evidence in item.evidence} == set(texts)


def test_no_question_of_the_held_out_set_stands_in_the_other(gold: list[Gold]) -> None:
    held_out = read_gold(ROOT / "eval" / "gold" / "walrus.jsonl")
    assert not {item.question.casefold() for item in gold if not item.history} & {
        item.question.casefold() for item in held_out if not item.history
    }


@pytest.mark.parametrize(("name", "folder"), [("seeds", "seeds"), ("walrus", "eval/gold/walrus")])
def test_the_digests_are_those_of_all_documents(name: str, folder: str) -> None:
    path = ROOT / "eval" / "gold" / f"{name}.jsonl"
    assert check_fresh(path, ROOT / folder)[0] == []
    listed = [line.split()[1] for line in path.with_suffix(".sha256").read_text().splitlines()]
    assert listed == sorted(file.name for file in (ROOT / folder).iterdir())


def test_the_gold_set_is_large_and_mixed(gold: list[Gold]) -> None:
    counts = Counter(item.kind for item in gold)
    assert set(counts) == set(KINDS)
    assert len(gold) >= 150 and counts["unanswerable"] >= 40
    assert min(counts.values()) >= 10
    assert all(item.history for item in gold if item.kind == "follow-up")
    assert all(len({e.quote for e in item.evidence}) > 1 for item in gold if item.kind == "multi")
    assert sum(evidence.page is not None for item in gold for evidence in item.evidence) >= 10


def test_every_document_is_asked_about(documents: list[Document], gold: list[Gold]) -> None:
    asked = {evidence.document for item in gold for evidence in item.evidence}
    assert asked == {document.name for document in documents}
