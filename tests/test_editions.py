"""The edition of a document that a question names, told from the others by file name or title."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Chatbot, Document, HashEmbedder, Turn
from rag.confidence import confidence
from rag.datatypes import Hit, Passage
from rag.editions import editions_of, of_the_edition
from rag.text import rarities


def make_hit(source: str, title: str = "", text: str = "Probation lasts six months.") -> Hit:
    passage = Passage(source, source, source, title, 0, 0, len(text), text, sentences=((0, len(text)),))
    return Hit(passage, 1, 0.6, 1, 0.5, 1, 3.0, (0.5,))


@pytest.mark.parametrize(
    ("source", "title", "bears"),
    [
        ("staff-handbook-v4.1-2025.docx", "", {"4.1", "2025"}),
        ("policy.pdf", "Leave policy, Version 2", {"2"}),
        ("policy.pdf", "Leave policy, edition 3", {"3"}),
        ("minutes_2025-10-14.txt", "", {"2025"}),
        ("policy.pdf", f"Version {'1' * 5_000}", set()),
        ("H200 at 24 V 2 A.txt", "clause 4.1, room 12025", set()),
    ],
)
def test_years_and_versions_are_found(source: str, title: str, bears: set[str]) -> None:
    assert editions_of(make_hit(source, title).passage) == bears


FILES = ("handbook-v3-2022.pdf", "Handbook v4.1 2025.docx", "handbook.txt", "report-2022.pdf", "invoice-2022.txt")


@pytest.mark.parametrize(
    ("question", "left_out"),
    [
        ("How long is probation in the 2025 handbook?", [FILES[0]]),
        ("How long is probation by version 4.1?", [FILES[0]]),
        ("How long is probation under v3 of the handbook?", [FILES[1]]),
        ("Does the 2025 handbook ask for 2000 euros?", [FILES[0]]),
        ("How long is probation by the current staff handbook?", [FILES[0]]),
        ("How long is probation in the latest version?", [FILES[0]]),
        ("How long is the current probation of those with a handbook?", []),
        ("¿Cuánto dura la prueba en la versión 4.1 del handbook?", [FILES[0]]),
        ("How long is probation?", []),
        ("How long is probation in the 1999 handbook?", []),
        ("Who became chair in 2022?", []),
        ("What does the handbook say of May 2022?", []),
        ("What does the handbook say of 3rd May, 2022?", []),
        ("How long was probation before the 2025 handbook?", []),
        ("What changed in the 2025 handbook?", []),
        ("How do the handbooks of 2022 and 2025 speak of probation?", []),
    ],
)
def test_other_editions_than_the_one_that_is_named_are_left_out(question: str, left_out: list[str]) -> None:
    kept = [hit.passage.source for hit in of_the_edition(question, [make_hit(name) for name in FILES])]
    assert [name for name in FILES if name not in kept] == left_out


@pytest.mark.parametrize(
    ("names", "latest"),
    [
        (("rules-v2.9.md", "rules-v2.10.md"), "rules-v2.10.md"),
        (("rules-v9.md", "rules-2024.md"), "rules-2024.md"),
        (("rules-v3-2023.md", "rules-v1-2024.md"), "rules-v1-2024.md"),
    ],
)
def test_which_is_the_latest(names: tuple[str, ...], latest: str) -> None:
    kept = of_the_edition("Who pays under the current rules?", [make_hit(name) for name in names])
    assert [hit.passage.source for hit in kept] == [latest]


def test_a_title_names_a_document_too() -> None:
    hits = [make_hit("a-2022.pdf", "Staff rules"), make_hit("a-2025.pdf", "Staff rules")]
    assert of_the_edition("Who pays under the staff rules of 2022?", hits) == hits[:1]
    assert of_the_edition("Who paid in 2022?", hits) == hits


def test_a_year_that_the_name_of_the_best_bears_is_not_missed() -> None:
    question = "How long is probation in the 2025 handbook?"
    rarity = rarities(question, {}, 10)
    names = ("handbook.pdf", "letter.txt"), ("handbook.pdf", "letter-2025.txt"), ("handbook-2025.pdf", "letter.txt")
    neither, other, best = (confidence(question, [make_hit(name) for name in pair], rarity) for pair in names)
    assert neither == other < best - 0.1


def test_the_edition_that_is_asked_for_answers_and_so_does_the_other_in_a_follow_up(tmp_path: Path) -> None:
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0) as bot:
        for year, text in (
            ("2022", "Probation at Quillon does last long in this handbook, six months."),
            ("2025", "Probation at Quillon: four months."),
        ):
            bot.add([Document(year, f"handbook-{year}.txt", "Staff", "txt", text)])
        before = bot.ask("How long does probation at Quillon last in the 2025 handbook?")
        assert before.sentences[0].text == "Probation at Quillon: four months."
        after = bot.ask("And in the 2022 version?", [Turn(before.question, before.text, before.standalone)])
        assert after.standalone == "How long does probation at Quillon last in the 2022 handbook?"
        assert "six" in after.sentences[0].text and len(after.sentences) == 1
