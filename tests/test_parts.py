"""Several questions in one, and the quotes for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Chatbot
from rag.datatypes import Hit, Passage
from rag.extract import Pick
from rag.parts import parts_of, put_together


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How long does a repair take and what does it cost?", ["How long does a repair take?", "what does it cost"]),
        ("When does the pool open? And who runs the sauna?", ["When does the pool open?", "who runs the sauna"]),
        ("Wann öffnet das Bad und was kostet die Sauna?", ["Wann öffnet das Bad?", "was kostet die Sauna"]),
        ("Combien coûte le bain et où est la caisse ?", ["Combien coûte le bain?", "où est la caisse"]),
        ("Who decides when and how the fee is paid?", []),
        ("When is tea, who comes and what is sung?", ["When is tea?", "who comes", "what is sung"]),
        ("What is the difference between what is let and what is sold?", []),
        ("Which keys and which locks?", []),
        ("Which dogs and which cats may come?", []),
        ("Who pays for heat and water?", []),
        ("What is the fee for a boat and for a bike?", ["What is the fee for a boat?", "What is the fee for a bike?"]),
        ("What is sung at noon and in the evening?", []),
        ("What is the price for small and for large boats?", []),
        ("What is the fee in May and in June?", ["What is the fee in May?", "What is the fee in June?"]),
        ("Who comes and when?", []),
        ("Can you help me? When is the tea?", []),
        ("Who comes? Who sings? Who cooks? Who pays?", []),
    ],
)
def test_a_question_is_parted_where_the_next_one_begins(question: str, parts: list[str]) -> None:
    found = parts_of(question, question)
    assert len(found) == len(parts)
    assert all(one.startswith(part) for one, part in zip(found, parts, strict=True))


def test_what_only_a_conversation_put_in_is_not_parted() -> None:
    assert parts_of("What about Rye? (how long and what does it cost)", "What about Rye?") == []


def test_each_part_has_its_quote(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "pool.txt").write_text("The outdoor pool opens on 3 May. Bring a padlock for the lockers.")
    (folder / "sauna.txt").write_text("The sauna is run by Edda Lund. Towels are for hire.")
    with Chatbot.open(data_dir=tmp_path / "data") as bot:
        bot.ingest(folder)
        both = bot.ask("When does the outdoor pool open and who runs the sauna?")
        assert {"The outdoor pool opens on 3 May.", "The sauna is run by Edda Lund."} <= {
            s.text for s in both.sentences
        }
        one = bot.ask("When does the outdoor pool open and how heavy is the spacecraft Juno?")
        assert one.sentences[0].text == "The outdoor pool opens on 3 May."
        assert "Nothing seems to answer “How heavy is the spacecraft Juno?”." in one.notice


def test_one_quote_may_go_on_with_what_the_second_part_asks_for() -> None:
    text = "The tour is at ten. It costs 9 euros."
    hit = Hit(Passage("p", "d", "a.txt", "", 0, 0, len(text), text), 1, 1.0)
    short, long, other = Pick(hit, 0, 19, 1.0), Pick(hit, 0, len(text), 1.0), Pick(hit, 20, len(text), 1.0)
    for second, kept in ((long, [long]), (other, [short, other]), (short, [short])):
        assert put_together([], 0.9, [("When?", 0.9, [short]), ("How much?", 0.9, [second])], 0.5)[0] == kept
