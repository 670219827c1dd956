"""Days, months and units are one word however they are written, and a day lies within a range of days."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Chatbot, Document
from rag.abbreviations import FORMS, days_meant
from rag.answertype import DATE
from rag.query import without_ranged
from rag.text import held_stems, stem
from tests.test_extract import make_hit

HOURS = """Day: Mon; Opens: 9:30; Desk: Ann
Day: Tue; Opens: 10:00; Desk: Ben
Day: Wed; Opens: closed; Desk: none
Day: Thurs; Opens: 11:15; Desk: Cara"""


@pytest.mark.parametrize("forms", FORMS.values(), ids=FORMS)
def test_every_form_is_found_by_every_other(forms: list[str]) -> None:
    for form in (*forms, f"{forms[0]}s"):
        assert stem(form) == forms[0]
        assert all(held_stems(f"They wait a {other}.", (stem(form),)) == {forms[0]} for other in forms)


def test_words_that_only_look_alike_stay_apart() -> None:
    assert len({stem(word) for word in ("mars", "march", "may", "mayor", "sunny", "monde", "minor", "second")}) == 8
    assert stem("mart") == "mart" and stem("lune") != "monday"
    assert len({stem(word) for word in ("wedding", "wednesday", "fries", "friday", "hr", "hours")}) == 6


@pytest.mark.parametrize(
    ("question", "text", "held"),
    [
        ("Open on Wednesday?", "Mon–Thu 8.30 to 17.30", True),
        ("Open on Wednesday?", "Monday to Friday", True),
        ("Open on Wednesday?", "Open on Wednesday from 9", False),
        ("Open on Friday?", "Mon–Thu 8.30 to 17.30", False),
        ("Open on Sundays?", "Fri - Mon", True),
        ("Open on Tuesday?", "Fri - Mon", False),
        ("Am Mittwoch offen?", "Sprechzeit: Mo, Mi und Fr 8–10 Uhr", True),
        ("Am Montag offen?", "Mo.–Do. 8 Uhr", True),
        ("Am Dienstag offen?", "Sprechzeit: Mo, Mi, Fr 8–10 Uhr", False),
        ("Am Donnerstag offen?", "Do the work", False),
        ("Am Donnerstagnachmittag offen?", "Do; nachmittags: 15:30–19:00", True),
        ("Am Samstag offen?", "Tag: Sa; Zeit: 9", True),
        ("Abre el huerto el miércoles?", "de lunes a viernes de 9 a 20", True),
        ("Abre el huerto el domingo?", "de lunes a viernes de 9 a 20", False),
        ("Abre el huerto el jueves?", "los martes y los jueves", True),
        ("La serre est-elle ouverte le mercredi ?", "du lundi au vendredi", True),
        ("La serre est-elle ouverte le samedi ?", "du lundi au vendredi", False),
        ("La serre est-elle ouverte le samedi ?", "le vendredi et le samedi", True),
    ],
)
def test_a_day_lies_within_a_range_or_list(question: str, text: str, held: bool) -> None:
    ((day, among, _),) = days_meant(question)
    assert bool(among.search(text)) is held
    left = without_ranged(question, [make_hit(text, (0.5,))])
    assert (day not in left) is held


def test_an_exception_to_a_range_counts(tmp_path: Path) -> None:
    text = "The library is open Mon–Fri 9:00 to 17:00.\n\nOn Wednesdays the library stays closed."
    hit = make_hit(text, (0.5, 0.5))
    assert without_ranged("Is the library open on Wednesday?", [hit]) == "Is the library open on Wednesday?"
    with Chatbot.open(data_dir=tmp_path) as bot:
        bot.add([Document("a", "library.txt", "", "txt", text)])
        assert "stays closed" in bot.ask("Is the library open on Wednesday?").text


def test_only_days_are_looked_for_in_ranges() -> None:
    assert not days_meant("Who sat in the sun and did so on Mo's bench?")
    assert [day for day, *_ in days_meant("Open on Sat and freitags?")] == ["freitags", "Sat"]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("on 3 Sept", True),
        ("Sun 10–4", True),
        ("Mon and Thurs", True),
        ("at 8.30 pm", True),
        ("um 8 Uhr", True),
        ("Jan Kowalski", False),
        ("Sun", False),
        ("8 people", False),
    ],
)
def test_a_short_month_alone_may_be_a_name(text: str, date: bool) -> None:
    assert bool(DATE.search(text)) is date


def test_a_timetable_is_asked_by_the_day_in_full(tmp_path: Path) -> None:
    with Chatbot.open(data_dir=tmp_path) as bot:
        bot.add(
            [
                Document("a", "library.csv", "Library", "csv", HOURS),
                Document("b", "run.txt", "Run", "txt", "The run in Sept is 8 km long. It takes 50 min at most."),
                Document("c", "walk.txt", "Walk", "txt", "The walk on Thursday is free of charge."),
            ]
        )
        assert bot.ask("When does the library open on Thursday?").text == "Day: Thurs; Opens: 11:15; Desk: Cara [1]"
        assert bot.ask("Who is at the desk on Tuesdays?").text == "Day: Tue; Opens: 10:00; Desk: Ben [1]"
        assert "8 km" in bot.ask("How many kilometres is the run in September?").text
        assert bot.ask("Wer sitzt am Dienstag am desk?").text.startswith("Day: Tue; Opens: 10:00; Desk: Ben")
        names = {hit.passage.source for hit in bot.search("thu", 5, by="words")}
        assert names == {"library.csv", "walk.txt"}, "either form finds both"
        assert len(bot.search("week", 5, by="words")) == 0
