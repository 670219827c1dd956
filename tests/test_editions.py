"""The edition of a document that a question names, told from the others by file name or title."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Chatbot, Document, HashEmbedder, Turn
from rag.confidence import confidence
from rag.datatypes import Hit, Passage
from rag.editions import editions, meant, meant_first
from rag.extract import pick_sentences
from rag.text import rarities


def make_hit(source: str, text: str = "Probation lasts six months.", cosine: float = 0.5, rank: int = 1) -> Hit:
    passage = Passage(source, source, source, "", 0, 0, len(text), text, sentences=((0, len(text)),))
    return Hit(passage, rank, 0.6, 1, 0.5, 1, 3.0, (cosine,))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("staff-handbook-v4.1-2025.docx", {"4.1", "2025"}),
        ("Version 2 of the policy", {"2"}),
        ("minutes_2025-10-14.txt", {"2025"}),
        ("H200 and clause 4.1, room 12025, over 1.5 m", set()),
    ],
)
def test_years_and_versions_are_found(text: str, held: set[str]) -> None:
    assert editions(text) == held


def test_an_edition_is_meant_where_it_tells_documents_apart() -> None:
    hits = [make_hit("handbook-2022.pdf"), make_hit("handbook-2025.pdf", rank=2), make_hit("letter.txt", rank=3)]
    assert meant("How long is probation in the 2025 handbook?", hits) == {"handbook-2025.pdf"}
    assert meant("How long is probation?", hits) == set()
    assert meant("How long was it in 1999?", hits) == set()
    assert meant("How long was it in 2022?", hits[:1]) == set(), "it tells nothing from anything"
    ordered = meant_first("How long is probation in the 2025 handbook?", hits)
    assert [(hit.passage.source, hit.rank) for hit in ordered] == [
        ("handbook-2025.pdf", 1),
        ("handbook-2022.pdf", 2),
        ("letter.txt", 3),
    ]


def test_its_sentence_comes_before_one_that_says_as_much() -> None:
    question = "How long is probation in the 2025 handbook?"
    hits = [make_hit("handbook-2022.pdf", cosine=0.9), make_hit("b-2025.pdf", "Probation lasts four months.", rank=2)]
    rarity = rarities("How long is probation in the handbook?", {}, 10)
    assert pick_sentences(question, hits, rarity, 3)[0].text == "Probation lasts four months."
    assert pick_sentences(question.replace("2025", "new"), hits, rarity, 3)[0].text == "Probation lasts six months."


def test_a_year_that_the_name_bears_is_not_missed() -> None:
    question = "How long is probation in the 2025 handbook?"
    rarity = rarities(question, {}, 10)
    sure = [
        confidence(question, [make_hit(name), make_hit(other)], rarity)
        for name, other in (
            ("handbook.pdf", "letter.txt"),
            ("handbook.pdf", "letter-2025.txt"),
            ("handbook-2025.pdf", "letter.txt"),
        )
    ]
    assert sure[0] + 0.1 < sure[1] < sure[2] - 0.01


def test_the_edition_that_is_asked_for_answers_and_so_does_the_other_in_a_follow_up(tmp_path: Path) -> None:
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0) as bot:
        for year, text in (
            ("2022", "Probation at Quillon lasts long, six months."),
            ("2025", "Probation at Quillon lasts four months."),
        ):
            bot.add([Document(year, f"handbook-{year}.txt", "Staff handbook", "txt", text)])
        for year, months in (("2022", "six"), ("2025", "four")):
            answer = bot.ask(f"How long does probation at Quillon last in the {year} handbook?")
            assert months in answer.sentences[0].text and answer.hits[0].passage.source == f"handbook-{year}.txt"
        before = bot.ask("How long does probation at Quillon last in the 2025 handbook?")
        after = bot.ask("And in the 2022 version?", [Turn(before.question, before.text, before.standalone)])
        assert after.standalone == "How long does probation at Quillon last in the 2022 handbook?"
        assert "six" in after.sentences[0].text
