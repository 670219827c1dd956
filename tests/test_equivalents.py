"""An acronym and what it stands for ask for the same, whichever of them a document has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from rag import Chatbot, Document, HashEmbedder, Turn, extract
from rag.equivalents import other_forms

DEFINING = [
    "The Tuesday review meeting (TRM) is at nine. The terms of reference (ToR) are kept by the chair.",
    "SAFE (Safety and Fire Equipment) comes yearly. The World Health Organization (WHO) and the Big Red Bus (XYZ) help.",
]


def put(question: str, texts: Sequence[str] = (), lacking: str = "") -> list[str]:
    forms = other_forms(
        question, texts, lambda stems: {s: int(s != lacking) for s in stems}, {"who", "safe"}.__contains__
    )
    assert all(put_in.search(form) for form, put_in in forms)
    return [form for form, _ in forms]


@pytest.mark.parametrize(
    ("question", "forms"),
    [
        ("When is the AGM?", ["When is the annual general meeting?"]),
        ("when's the agm", ["when's the annual general meeting"]),
        ("Who chairs the Annual General Meeting?", ["Who chairs the AGM?"]),
        ("Who are the CEOs?", ["Who are the chief executive officer?"]),
        ("Is a non-disclosure agreement signed?", ["Is a NDA signed?"]),
        ("Wie hoch ist die MwSt?", ["Wie hoch ist die Mehrwertsteuer?"]),
        ("Is the HR office open?", ["Is the human resources office open?"]),
        ("How much is it per hr?", []),
        ("What is an AGMX?", []),
    ],
)
def test_common_acronyms_are_known_both_ways(question: str, forms: list[str]) -> None:
    assert put(question) == forms


@pytest.mark.parametrize(
    ("question", "forms"),
    [
        ("Who leads the TRM?", ["Who leads the Tuesday review meeting?"]),
        ("who leads the trm", ["who leads the Tuesday review meeting"]),
        ("Who keeps the terms of reference?", ["Who keeps the ToR?"]),
        ("When does SAFE come?", ["When does Safety and Fire Equipment come?"]),
        ("is it safe", []),
        ("who are members of the WHO", ["who are members of the World Health Organization"]),
        ("What is XYZ?", []),  # whose letters are others
    ],
)
def test_a_document_defines_its_own(question: str, forms: list[str]) -> None:
    assert put(question, DEFINING) == forms


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Coffee sales March 2025", "Coffee sales 2025-03"),
        ("What was sold on 14 March 2025?", "What was sold on 2025-03-14?"),
        ("What was sold on March 4th, 2025?", "What was sold on 2025-03-04?"),
        ("Umsatz im Dezember 2024", "Umsatz im 2024-12"),
        ("ventas de febrero de 2024", "ventas de 2024-02"),
        ("What was sold in March?", ""),
        ("APR\u0130L 2025?", "2025-00?"),  # which no document has
        ("What did May 2025 cost?", "What did 2025-05 cost?"),
    ],
)
def test_a_month_is_looked_for_in_figures_too(question: str, form: str) -> None:
    assert put(question) == [form] * bool(form)


def test_the_cheapest_is_a_matter_of_prices() -> None:
    def ask(question: str, held: int = 1) -> list[tuple[str, re.Pattern[str]]]:
        return other_forms(question, [], lambda stems: dict.fromkeys(stems, held))

    assert [form for form, _ in ask("What is the most expensive tyre?")] == ["What is the highest price tyre?"]
    assert not ask("Which tyre is the cheapest?", held=0)
    ((form, put_in),) = ask("Which tyre is the cheapest?")
    assert form == "Which tyre is the lowest price?"
    assert put_in.search("Tyre: X; Week price (EUR): 12") and not put_in.search("It has the lowest price: that is so.")


def test_how_heavy_something_is_is_a_matter_of_its_weight() -> None:
    def ask(question: str) -> list[tuple[str, re.Pattern[str]]]:
        return other_forms(question, [], lambda stems: dict.fromkeys(stems, 1))

    ((form, put_in),) = ask("How heavy is the red boat?")
    assert form == "What is the weight of the red boat?"
    assert put_in.search("Property: Weight, kg; Red: 9") and put_in.search("Boat: Red; Weight (kg): 9")
    assert not put_in.search("The weight of the boat is 9 kg.")
    assert not put_in.search("Property: Weight limit; Value: 9 kg")
    assert ask("How long does the trip take?") == []


def test_what_it_stands_for_is_no_form_of_it() -> None:
    assert put("What does AGM stand for?")[0] == "What is AGM?"
    assert put("what does TRM mean here?", DEFINING)[0] == "What is TRM here?"
    assert put("What is the AGM quorum?") == ["What is the annual general meeting quorum?"]
    assert put("What does it mean?") == []


def test_few_forms_are_tried() -> None:
    assert len(put("AGM EGM VAT PPE CEO CFO")) == 3


def test_a_form_is_not_tried_where_a_word_of_it_is_nowhere() -> None:
    assert put("When is the AGM?", lacking="annual") == []
    assert put("What does the agreement say?", ["The service level agreement (SLA) holds."]) == []


def test_the_surer_form_is_asked(tmp_path: Path) -> None:
    notes = (
        "The AGM is chaired by Lotte Brandt. VAT is paid by the treasurer. An executive met the chief of the officers."
    )
    rules = "The annual general meeting takes place on 4 May in the pavilion. An extraordinary general meeting is rare."
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path / "data") as bot:
        bot.add([Document("a", "notes.txt", "", "txt", notes), Document("b", "rules.txt", "", "txt", rules)])
        for question, understood, quoted in (
            (
                "Where does the AGM take place?",
                "Where does the annual general meeting take place?",
                "The annual general",
            ),
            ("By whom is the annual general meeting chaired?", "By whom is the AGM chaired?", "The AGM is chaired"),
            ("By whom is value added tax paid?", "By whom is VAT paid?", "VAT is paid by the treasurer."),
        ):
            answer = bot.ask(question)
            assert answer.standalone == understood and answer.sentences[0].text.startswith(quoted)
        assert bot.ask("Who is the CEO?").standalone == "Who is the CEO?", "its words stand apart"


def test_another_form_of_a_question_is_no_follow_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[set[str]] = []
    pick = extract.pick_sentences

    def spy(*args: object, meant: Mapping[str, float], **options: object) -> list[extract.Pick]:
        given.append(set(meant))
        return pick(*args, meant=meant, **options)

    monkeypatch.setattr(extract, "pick_sentences", spy)
    with Chatbot.open(embedder=HashEmbedder(256), data_dir=tmp_path, answer_threshold=0) as bot:
        rules = "The annual general meeting of adults takes place in May, that of children in June."
        bot.add([Document("a", "rules.txt", "", "txt", rules)])
        turns = [Turn("When do adults pay?", "In May.")]
        assert bot.ask("Where does the AGM take place?", turns).standalone.startswith("Where does the annual")
        assert given and not any(given)
        assert bot.ask("And children?", turns).standalone == "When do children pay?"
        assert any(given)
