"""Words, and steps, that stand in each other's place."""

from __future__ import annotations

import pytest

from rag.order import exchanged, other_order


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Clients run on the same host as the server, and drivers talk to it over the network.",
            ("clients", "drivers"),
        ),
        ("Drivers run on the same host as the server, and clients talk to it over the network.", None),
        ("The same host runs drivers and the server, while clients talk over the network.", None),
        ("The network fee is requested monthly by the Safety Officer.", None),
        ("The old cooker stays; only the dishwasher goes.", ("cooker", "dishwasher")),
        ("The Safety Officer paid 38,400 euros.", None),
        ("The landlord pays for water.", None),  # a label may follow its value
        ("Bake it at 190 degrees for 15 minutes, then at 220 degrees.", ("190", "220")),
        ("First bake it for 15 minutes at 220 degrees, then at 190.", None),
        ("Grade 1 gets 2.9 per cent more and grade 6 gets 3.4.", ("2.9", "3.4")),
        ("Because of the regatta the noon boat does not sail on 6 June.", None),
        ("The error in moving a shared card is mended on Macs but not yet on Linux.", None),
    ],
)
def test_words_that_stand_in_each_others_place(text: str, found: tuple[str, str] | None) -> None:
    cited = [
        "Drivers run on the same host as the server, and clients talk to it over the network.",
        "The Safety Officer requested the network fee monthly.",
        "The old dishwasher stays; only the cooker goes.",
        "Item: Water; Pays: the landlord",
        "Paid to the Safety Officer: 38,400 euros.",
        "Bake it at 220 degrees for 15 minutes, then at 190 degrees.",
        "Grade 1 gets 3.4 per cent more and grade 6 gets 2.9.",
        "On 6 June the noon boat does not sail because of the regatta.",
        "The error on Linux is not mended yet; do not move shared folders there.",
    ]
    assert exchanged(text, cited) == found


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("Lock the door, then empty the till, finally dim the lamps.", "dim the lamps"),
        ("Dim the lamps, then empty the till, and finally lock the door.", ""),
        ("Lock the door, then dim the lamps.", "dim the lamps"),
        ("Lock the door after you dim the lamps, then leave.", ""),
        ("Lock the door and dim the lamps.", ""),
        ("Feed the cat, then dim the lamps.", ""),
    ],
)
def test_steps_in_another_order(text: str, later: str) -> None:
    assert other_order(text, ["Dim the lamps, empty the till and lock the door."]) == later
