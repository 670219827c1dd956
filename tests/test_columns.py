"""Two columns that a program wrote line by line, across the gap, are read one after the other; tables are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.columns import part_columns
from rag.line import Line
from rag.paragraphs import pieces_of

LEFT = [
    "The van was bought in May for",
    "two thousand pounds. It has",
    "a fridge, and it replaces the",
    "old one. Luca drives it.",
]
RIGHT = [
    "Our bread won the medal of",
    "the county fair. The jury",
    "praised its crust. The prize",
    "goes to the staff party.",
]
SELLER = ["Bake-Tec Ltd", "9 Foundry Lane", "Southampton SO14 2AB", "VAT no. GB 987 6543 21"]
FIELDS = ["Invoice no. 4711", "Date: 3 November 2025", "Customer no. 55120", "Due date: 3 December 2025"]


def lines(left: list[str], right: list[str], pitch: float = 14.0) -> list[Line]:
    return [
        Line(
            f"{a} {b}",
            1,
            60,
            320 + 5 * len(b),
            100 + n * pitch,
            10,
            cells=((a, 60, 60 + 5 * len(a)), (b, 320, 320 + 5 * len(b))),
        )
        for n, (a, b) in enumerate(zip(left, right, strict=True))
    ]


def texts(found: list[Line]) -> list[str]:
    return [piece.text for piece in pieces_of(found)]


def test_prose_is_read_down_each_column() -> None:
    assert texts(lines(LEFT, RIGHT)) == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_longer_column_ends_below_the_other() -> None:
    left, last = (
        [*LEFT[:-1], "old one. Luca drives it, and"],
        Line("it is parked behind the shop.", 1, 60, 200, 156, 10),
    )
    assert texts([*lines(left, RIGHT), last]) == [" ".join([*left, last.text]), " ".join(RIGHT)]


def test_a_word_broken_at_the_gap_is_whole() -> None:
    found = lines([*LEFT[:1], "two thousand pounds. It is hand\u00ad", "made, and it replaces the", *LEFT[3:]], RIGHT)
    assert "It is handmade, and" in texts(found)[0]


def test_fields_beside_an_address_have_none_of_its_lines_as_labels() -> None:
    assert texts(lines(SELLER, FIELDS)) == [*SELLER, *FIELDS]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (["Tenant", "Landlord", "Agent", "Flat"], ["Ann Lee", "Bo Ek", "Cy Low", "4B"]),
        (["Name:", "Street:", "Town:", "Paid:"], FIELDS),
        (FIELDS, FIELDS),
        (["•", "•", "•", "•"], FIELDS),
        (["Ann Lee", "Bo Ek", "Cy Low", "Di Poe"], [f"Phone: 0115 496 010{n}" for n in range(4)]),
        (
            ["Pros", "Costs are low and", "all can be done", "Risk"],
            ["Cons", "Work takes long and", "nobody likes it", "Gain"],
        ),
    ],
    ids=["table", "labels", "forms", "bullets", "a list of names", "wrapped cells"],
)
def test_all_else_stays(left: list[str], right: list[str]) -> None:
    found = lines(left, right)
    assert part_columns(found) == found


def test_rows_that_stand_apart_are_no_prose() -> None:
    found = lines(LEFT, RIGHT)
    spread = [*found[:2], *(replace(line, bottom=line.bottom + 8) for line in found[2:])]
    assert part_columns(spread) == spread


def test_many_lines_take_time_in_proportion() -> None:
    """With time that grows faster than that this would take minutes."""
    row = lines(["Tenant"], ["Ann Lee"])[0]
    found = [replace(row, bottom=12.0 * n) for n in range(40_000)]
    assert part_columns(found) == found
