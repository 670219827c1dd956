"""Negations, opposites and reasons: what says the contrary of the cited words, and what only says it otherwise."""

from __future__ import annotations

import pytest

from rag.opposites import contradicts, denies, negates, other_reason


@pytest.mark.parametrize(
    "text", ["It isn't here.", "Der Vertrag ist nicht kündbar.", "Il n'est pas là.", "文档没有答案", "Sin duda ningún"]
)
def test_negations_of_five_languages(text: str) -> None:
    assert negates(text)
    assert not negates("The contract ends. Der Vertrag endet. Le contrat finit.")


@pytest.mark.parametrize(
    ("text", "cited", "found"),
    [
        ("Mining is allowed on spot instances.", "Mining is forbidden on spot instances.", True),
        ("Mining is not allowed on spot instances.", "Mining is forbidden on spot instances.", False),
        ("Ask at most 14 days before.", "Ask at least 14 days before.", True),
        ("The tenant keeps the roof.", "The landlord keeps the roof.", True),
        ("You must work from home on Fridays.", "You may work from home on Fridays.", True),
        ("The bonus is 8 percent.", "The bonus is 8 percent; holidays are not paid out.", False),
        ("The rent must be paid in May.", "The rent is paid in May.", False),
        ("The tenant must pay rent.", "THE TENANT MAY PAY RENT.", True),
        ("The rent must be extended.", "May be extended: the rent.", True),
        ("Fill in form no. 5 for a refund.", "Fill in the form for a refund.", False),
        ("Fill in form No. A-12 for a refund.", "Fill in the form for a refund.", False),
        ("No refund is paid for form 5.", "A refund is paid for form 5.", True),
        ("The discount is not for alcohol.", "Alcohol is excluded from the discount.", False),
        ("Orders below £100 need no deposit.", "Orders above £100 need a deposit.", False),
        ("The coach leaves from the church.", "The coach leaves from the church (not from the school).", False),
        ("Every unit goes on the right.", "Every unit goes on the left, not on the right.", True),
        ("The total includes surface legs.", "This total excludes surface legs.", True),
        ("Options are read from left to right.", "Options are read from right to left.", True),
        ("It is advisable to run it.", "It is unwise to run it.", True),
        ("Tenants must insure the flat.", "Tenants are advised to insure the flat.", True),
        ("The app can be used on a train.", "The app must be installed and used on a train.", False),
        ("Tenants may insure the flat.", "Tenants must insure the flat.", True),
        ("Tenants may not smoke.", "Tenants must not smoke.", False),
        (
            "The guarantee covers damage by frost.",
            "The guarantee does not cover seals, hoses and damage by frost.",
            True,
        ),
        ("The guarantee covers frost.", "It does not cover seals, but it covers frost.", False),
        ("Cycling is fine in the yard.", "No cycling on the site, the yard included.", True),
        ("You need a ticket to see the garden.", "Everyone can see the garden without a ticket.", True),
        ("Moths were counted in the valley.", "Moths were counted on the hill, but not in the valley.", True),
        ("Guests park free of charge.", "Guests may park without charge.", False),
        ("Moths were counted in May, not in June.", "Moths were counted in June.", True),
        ("Moths were counted only on the hill, not in the valley.", "Moths were counted only in the valley.", True),
        ("Moths were counted in June, not in May.", "Moths were counted in June instead of in May.", False),
        ("Moths were counted in June, not in May.", "In May it rained. Moths were counted in June.", False),
        ("Plants in the hothouse may be drawn but not touched.", "Plants there must not be drawn or touched.", True),
        ("The fault is mended on Macs but not yet on Linux.", "The fault on Linux is not yet mended.", False),
        ("Plants may be drawn but not touched.", "Plants may be drawn. They must not be touched.", False),
        (
            "Large film crews are allowed if the mayor agrees.",
            "Filming is not allowed unless the mayor agrees; large film crews are never allowed.",
            True,
        ),
        ("Days must be taken by June or lapse.", "Days lapse if not taken by June.", False),
    ],
)
def test_what_says_the_opposite(text: str, cited: str, found: bool) -> None:
    assert bool(contradicts(text, cited)) is found


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Boats must be steered by members.", "Boats may only be steered by members."),
        ("Only members may steer boats.", "Boats must be steered by members only."),
        ("The fee is at most 20 euros.", "The fee must not exceed 20 euros."),
        ("Leave the hut by noon.", "Leave the hut not later than noon."),
        ("The warden is Ines, not Max.", "The warden is Ines."),
        ("Fires are allowed only on the beach.", "Fires are forbidden, except on the beach."),
        ("Close the lid because rain may damage the motor.", "The lid must be closed; rain can damage the motor."),
    ],
)
def test_what_only_says_it_otherwise(text: str, cited: str) -> None:
    assert contradicts(text, cited) == ""


def test_what_the_question_denies_need_not_be_denied_again() -> None:
    cited = "A call without a leak costs 60 euros."
    assert contradicts("The call costs 60 euros.", cited, "What does a call cost without a leak?") == ""
    assert contradicts("The call costs 60 euros.", cited, "What does a call cost?") != ""


def test_the_words_behind_a_negation_are_denied() -> None:
    assert denies("It is not covered, and no smoking is allowed") == {"cover", "smoke"}
    assert denies("Shown without a ticket, with or without a guide, not in June") == {"ticket", "june"}
    assert denies("It is covered") == set()
    assert negates("Nobody swims here") and not negates("no longer than two hours")


@pytest.mark.parametrize(
    ("text", "cited", "reason"),
    [
        ("The gate is shut because of wolves.", "The gate is shut at dusk.", "because of wolves"),
        ("The gate is shut to protect sheep.", "The gate is shut, because it is old.", "to protect sheep"),
        ("The gate is shut because wolves come.", "Wolves come, so the gate is shut.", ""),
        ("The gate is shut since it is old.", "The gate is shut because it is old.", ""),
        ("The gate has been shut since 2019.", "The gate has been shut since 2019.", ""),
        ("Das Tor ist zu, weil Wölfe kommen.", "Das Tor ist zu.", "weil Wölfe kommen"),
    ],
)
def test_a_reason_that_is_not_given(text: str, cited: str, reason: str) -> None:
    assert other_reason(text, cited) == reason


def test_hundreds_of_clauses_are_compared() -> None:
    assert contradicts("the pet lives here, " * 500, "the pet lives here today, " * 500) == ""
