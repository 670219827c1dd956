"""Example questions come from the documents, and only those that find an answer there are offered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag import Block, Chatbot, Document
from ui.examples import suggest, suggest_all


def document(name: str, title: str, *lines: tuple[str, str]) -> Document:
    text, blocks = "", []
    for kind, words in lines:
        blocks.append(Block(kind, len(text), len(text) + len(words), 2 if kind == "heading" else 0))
        text += words + "\n\n"
    return Document(name, name, title, "text", text, tuple(blocks))


@pytest.mark.parametrize(
    ("made", "question"),
    [
        (
            document("a.md", "Guide", ("heading", "The hours"), ("paragraph", "x")),
            "What does “Guide” say about the hours?",
        ),
        (document("a.md", "Guide", ("heading", "HBM")), "What does “Guide” say about HBM?"),
        (document("01-the_guide.md", "", ("heading", "Hours")), "What does “the guide” say about hours?"),
        (
            document("a.md", "Report: a long story of " + "x" * 60, ("heading", "Why")),
            "What does “Report” say about why?",
        ),
        (document("faq.md", "FAQ", ("heading", "Is there tea?"), ("heading", "Rooms")), "Is there tea?"),
        (
            document("p.csv", "p", ("row", "Item: Tea; Price: 2"), ("row", "Item: A; Price: 9")),
            "What is the price of A?",
        ),
        (
            document("p.csv", "p", ("row", "item: Tea; paid: 2"), ("row", "item: Tea; units_sold: 9")),
            "What is given as “units sold” for Tea?",
        ),
        (
            document("h.csv", "h", ("row", "Day: Thu; Opens: 9; Note: late")),
            "What is given as “Opens” for Thu?",
        ),
        (document("p.csv", "p", ("row", "No: 4; Item: Tea; Price: 9")), "What is the price of Tea?"),
        (document("p.csv", "p", ("row", "Year: 2020; Price: 9; Sum: 3")), "What is the price of 2020?"),
        (document("p.csv", "p", ("row", "SKU: CA-301; Product: Rye loaf; Price: 9")), "What is the price of Rye loaf?"),
        (document("p.csv", "p", ("row", "SKU: CA-301; Day: 2026-03-01; Price: 9")), ""),
        (
            document("c.csv", "c", ("row", "Name: V100; Vendor: N; Year: 1"), ("row", "Name: T4; Vendor: N; Year: 2")),
            "What is the vendor of T4?",
        ),
        (document("dress-code.txt", "dress-code", ("heading", "Shoes")), "What does “dress code” say about shoes?"),
        (
            document("f.md", "F", ("heading", "What is shown of the moon?"), ("heading", "Which images are there?")),
            "What is shown of the moon?",
        ),
        (document("c.md", "Lease", ("heading", "4.2 Notice period")), "What does “Lease” say about notice period?"),
        (document("c.md", "Lease", ("heading", "21. Clause Training 21")), ""),
        (document("p.csv", "p", ("row", "no label here")), ""),
        (document("a.txt", "A", ("paragraph", "Only words.")), ""),
    ],
)
def test_questions_that_a_document_suggests(made: Document, question: str) -> None:
    assert suggest(made) == question


def test_a_document_that_goes_meanwhile_costs_the_others_nothing(
    tmp_path: Path, hash_bot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tea.csv").write_text("item,price\nTea,two euros\n")
    hash_bot.ingest(tmp_path / "tea.csv")
    (info,) = hash_bot.documents()
    monkeypatch.setattr(hash_bot, "documents", lambda: [replace(info, id="gone"), info])
    assert suggest_all(hash_bot) == ["What is the price of Tea?"]


def test_only_answered_questions_are_offered(tmp_path: Path, hash_bot: Chatbot) -> None:
    (tmp_path / "tea.csv").write_text("item,price\nTea,two euros\n")
    (tmp_path / "guide.md").write_text("# Guide\n\n## Zeppelin\n\nIt flies.\n")
    assert suggest_all(hash_bot) == []
    hash_bot.ingest(tmp_path / "tea.csv", tmp_path / "guide.md")
    assert suggest_all(hash_bot) == ["What is the price of Tea?"]
