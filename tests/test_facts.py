"""Numbers, times and units: one spelling, read freely where they are cited, said of the same thing."""

from __future__ import annotations

import pytest

from rag.facts import figures, missing, negates, said_of_something_else


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rose 5.7% to 1,436 yuan", {"5.7", "1436"}),
        ("$1.2 bn", {"1200000000"}),
        ("1,200 million", {"1200000000"}),
        ("on 2025-12-08", {"8", "december", "2025"}),
        ("8 December 2025", {"8", "december", "2025"}),
        ("three H200 cards", {"3"}),
        ("two-page v2.0", {"2"}),
        ("may", set()),
        ("thirty-five days, twenty euros", {"35", "20"}),
        ("sieben Jahre und zwölf Tage", {"7", "12"}),
        ("one of them, and no one", set()),
        ("one day", {"1"}),
        ("-5 degrees, from 10-20", {"-5", "10", "20"}),
        ("9:30 am to 12 pm", {"9:30", "12:00"}),
        ("保留35天", {"35"}),
        ("12,5 and 1.250.000", {"12.5", "1250000"}),
        ("version 1.2.3", {"1.2.3"}),
    ],
)
def test_numbers_have_one_spelling(text: str, found: set[str]) -> None:
    assert {figure.shown for figure in figures(text)} == found


@pytest.mark.parametrize(
    ("text", "cited", "lost"),
    [
        ("9:30 am", "9:00 am; lunch is at 12:30", {"9:30"}),
        ("9:30", "from 9:30 pm", set()),
        ("9:30 am", "from 9:30 pm", {"9:30"}),
        ("21:30", "from 9:30 pm", set()),
        ("9 am", "from 9:00 am", set()),
        ("1250 bricks", "1.250 bricks", set()),
        ("1.250 bricks", "1,250 bricks", set()),
        ("12.5 metres", "12,5 metres", set()),
        ("-5 degrees", "5 degrees", {"-5"}),
        ("35 days", "thirty-five days", set()),
        ("25 metres long", "25 m long", set()),
        ("25 m long", "25 metres long", set()),
        ("24 m long", "25 metres long", {"24"}),
        ("25m people", "25 million people", set()),
        ("25 euros", "25m euros", {"25"}),
        ("$25", "$25m", {"25"}),
        ("twenty euros", "thirty euros", {"20"}),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, cited: str, lost: set[str]) -> None:
    assert missing(text, cited) == lost


ROWS = (
    "Data: Access logs of the portal; Kept for: 180 days; Then: deleted",
    "Data: Backups of our own databases; Kept for: 35 days; Then: overwritten",
)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Access logs of the portal are kept for 180 days.", []),
        ("Access logs of the portal are kept for 35 days.", ["35"]),
        ("Access logs of the portal | 35 days", ["35"]),
        ("Backups of our own databases are kept for 180 days.", ["180"]),
        ("Access logs are kept 180 days and backups 35 days.", []),
        ("Access logs are kept 35 days and backups 180 days.", ["35", "180"]),
        ("They are kept 35 days for backups and 180 days for access logs.", []),
    ],
)
def test_a_row_beside_the_right_one_does_not_lend_its_number(text: str, strange: list[str]) -> None:
    assert said_of_something_else(text, ROWS) == strange


@pytest.mark.parametrize(
    ("text", "cited", "strange"),
    [
        ("The premium plan costs 15 euros.", "The basic plan costs 15 euros. The premium plan costs 40 euros.", ["15"]),
        ("The basic plan costs 15 euros.", "The basic plan costs 15 euros. The premium plan costs 40 euros.", []),
        ("It costs 5 dollars a month.", "It costs 5 euros a month.", ["5"]),
        ("It costs $5 a month.", "It costs 5 euros a month.", ["5"]),
        ("It takes 14 months.", "It takes 14 days.", ["14"]),
        ("The hall is 25 m long.", "The hall is 25 metres long.", []),
        ("The hall is 25 m long.", "The hall is 25 feet long.", ["25"]),
        ("It costs 5m dollars a month.", "It costs 5m euros a month.", ["5000000"]),
        ("It opened on 8 December.", "It opened on 9 December. The school closed on 8 December.", ["8"]),
    ],
)
def test_a_number_is_of_one_thing_and_in_one_unit(text: str, cited: str, strange: list[str]) -> None:
    assert said_of_something_else(text, [cited]) == strange


@pytest.mark.parametrize(
    "text", ["It isn't here.", "Der Vertrag ist nicht kündbar.", "Il n'est pas là.", "文档没有答案", "Sin duda ningún"]
)
def test_negations_of_five_languages(text: str) -> None:
    assert negates(text)
    assert not negates("The contract ends. Der Vertrag endet. Le contrat finit.")
