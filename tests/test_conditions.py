"""Conditions and restrictions of a source that a sentence leaves out."""

import pytest

from rag.conditions import exempted, unbounded, unconditioned, widens


@pytest.mark.parametrize(
    ("text", "cited", "condition"),
    [
        (
            "Parcels are delivered the same day.",
            "Parcels are delivered the same day if ordered by 10:30.",
            "if ordered by 10:30",
        ),
        ("If ordered early, parcels come the same day.", "Parcels come the same day if ordered by 10:30.", ""),
        ("Parcels ordered by 10:30 come the same day.", "Parcels come the same day if ordered by 10:30.", ""),
        (
            "Dogs are welcome.",
            "Dogs are welcome, provided that they are on a lead.",
            "provided that they are on a lead",
        ),
        ("The regatta starts at noon.", "The regatta starts at noon, wind permitting.", "wind permitting"),
        ("The fee is 10 euros.", "The fee is 10 euros, and if the card is lost, a new one costs 5.", ""),
        ("The fee is 10 euros.", "The fee is 10 euros; refunds only if the class is cancelled.", ""),
        ("The fee is 10 euros.", "The fee is 10 euros if necessary.", ""),
        ("She asked about the fee.", "She asked about the fee and wanted to know if it is paid.", ""),
        ("Ask at the desk.", "Ask at the desk if you need help.", ""),
        ("The heating runs at night.", "The heating runs at night only in January.", "only in January"),
        ("The heating runs at night.", "The heating runs at night even if nobody is in.", ""),
        (
            "Die Kaution wird ausgezahlt.",
            "Die Kaution wird ausgezahlt, sofern keine Miete fehlt.",
            "sofern keine Miete fehlt",
        ),
    ],
)
def test_a_condition_that_is_left_out(text: str, cited: str, condition: str) -> None:
    assert unconditioned(text, cited, "") == condition


def test_what_the_question_supposes_need_not_be_said_again() -> None:
    cited = "You pay a fee of 30 euros if you lose your key."
    assert unconditioned("You pay a fee of 30 euros.", cited, "Is there a fee?") == "if you lose your key"
    assert unconditioned("You pay a fee of 30 euros.", cited, "What if I lose my key?") == ""


@pytest.mark.parametrize(
    ("text", "cited", "restricts"),
    [
        ("Castles are allowed in all rooms.", "Castles are allowed in the garden only.", "only"),
        ("Dogs may come any day.", "Dogs may come except on Sundays.", "except"),
        ("Dogs may come any day but Sunday.", "Dogs may come except on Sundays.", ""),
        ("Dogs may come on any day except Sundays.", "Dogs may come except on Sundays.", ""),
        ("All dogs may come.", "All dogs may come, but only on a lead.", ""),
        ("Dogs may come.", "Dogs may come only on a lead.", ""),
        ("All of it is paid.", "It is paid.", ""),
        ("Members may also hire a locker.", "Members may hire a locker. Most lockers are downstairs.", ""),
        ("All trips are repaid.", "Trips above 40 km are repaid.", "Trips above 40 km"),
        ("All trips above 40 km are repaid.", "Trips above 40 km are repaid.", ""),
        ("All trips are repaid.", "All trips in May are repaid.", ""),
    ],
)
def test_what_means_all_where_the_source_restricts(text: str, cited: str, restricts: str) -> None:
    assert widens(text, cited) == restricts


@pytest.mark.parametrize(
    ("text", "cited", "condition"),
    [
        ("Pets are welcome in the cabins.", "Pets are welcome in the cabins, except cats.", "except cats"),
        (
            "Flats on each floor may keep a cat.",
            "Flats on each floor except the attic may keep a cat.",
            "except the attic",
        ),
        ("Pets are welcome, but no cats.", "Pets are welcome, except cats.", ""),
        ("Pets are welcome apart from cats.", "Pets are welcome, except cats.", ""),
        ("Tout est ouvert au public.", "Tout est ouvert au public sauf la crypte.", "sauf la crypte"),
        ("The cabins are open.", "If it snows the cabins are open. The cabins are open.", ""),
    ],
)
def test_exceptions_are_conditions_and_of_equals_the_free_one_counts(text: str, cited: str, condition: str) -> None:
    assert unconditioned(text, cited, "") == condition


@pytest.mark.parametrize(
    ("text", "cited", "asked", "limit"),
    [
        ("The lift carries 9 persons.", "The lift carries up to nine persons.", "", "up to nine"),
        ("Der Lift trägt 9 Personen.", "Der Lift trägt höchstens 9 Personen.", "", "höchstens 9"),
        ("Anglers pay 30 euros.", "Anglers pay at least €30.", "", "at least €30"),
        ("The lift carries a maximum of 9 persons.", "The lift carries up to nine persons.", "", ""),
        ("The lift carries 9 persons.", "The lift carries up to nine persons.", "What is the limit?", ""),
        ("The lift carries 9 persons.", "The lift carries 9 persons, the other one up to 9.", "", ""),
    ],
)
def test_a_limit_that_became_a_number(text: str, cited: str, asked: str, limit: str) -> None:
    assert unbounded(text, cited, asked) == limit


@pytest.mark.parametrize(
    ("text", "cited", "restricts"),
    [
        ("Frost always kills the vines.", "Frost may kill the vines.", "may"),
        ("Frost always kills the vines.", "Frost always kills vines, and hail may.", ""),
        ("A tour always takes five hours.", "A tour usually takes five hours.", "usually"),
        ("All cranes have radios.", "Cranes A and C have radios.", "Cranes A"),
        ("All cranes A and C have radios.", "Cranes A and C have radios.", ""),
    ],
)
def test_always_and_all_against_less(text: str, cited: str, restricts: str) -> None:
    assert widens(text, cited) == restricts


@pytest.mark.parametrize(
    ("text", "cited", "exception"),
    [
        ("No boat is lent to pilots in August.", "In August no boat is lent. Pilots are not affected.", "Pilots are not affected"),
        ("Pilots may borrow a boat in August.", "In August no boat is lent. Pilots are not affected.", ""),
        ("No boat is lent in August, but pilots are not affected.", "In August no boat is lent. Pilots are not affected.", ""),
        ("Old sheds pay the higher fee.", "Sheds pay the higher fee from May. It does not affect old sheds.", "does not affect old sheds"),
        ("Old sheds pay the lower fee.", "From May old sheds pay the lower fee. Old sheds are not covered.", ""),
        ("New sheds pay the higher fee.", "Sheds pay the higher fee from May. It does not affect old sheds.", ""),
    ],
)  # fmt: skip
def test_whom_a_rule_does_not_bind(text: str, cited: str, exception: str) -> None:
    assert exempted(text, cited) == exception
