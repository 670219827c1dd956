"""Tables on the pages of a PDF become rows with their labels; lists, contents and prose in columns do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.grid import Line, find_tables
from rag.paragraphs import pieces_of
from tests.sample_files import pdf_drawn
from tests.test_pdf import draw, kinds, read

LEFT = (72.0, 200.0, 300.0)
SENTENCE = "The council met on Monday to talk about the new bridge across the river, closed since the flood."


def grid(*rows: tuple[str, ...], top: float = 600, step: float = 20) -> Callable[[Canvas], None]:
    """Draw rows of cells, the second column set to the right; a cell with a line break has two lines."""

    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for place, row in enumerate(rows):
            for column, words in enumerate(row):
                for line, part in enumerate(words.split("\n")):
                    put = canvas.drawRightString if column == 1 else canvas.drawString
                    put(LEFT[column] + 40 * (column == 1), top - step * place - 11 * line, part)

    return drawing


def page(*drawings: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    def drawing(canvas: Canvas) -> None:
        for each in drawings:
            each(canvas)

    return drawing


def prose(height: float) -> Callable[[Canvas], None]:
    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, height, SENTENCE)

    return drawing


HEAD = ("Position", "Torque", "Remark")


def test_rows_have_the_labels_of_their_columns() -> None:
    table = grid(
        HEAD, ("Motor flange", "1,048", "in two passes"), ("Guard\nhinges", "9", ""), ("Knife", "6", "new\nscrews")
    )
    document = read(pdf_drawn(page(prose(640), table, prose(480))))
    assert kinds(document) == [
        ("paragraph", SENTENCE),
        ("row", "Position: Motor flange; Torque: 1,048; Remark: in two passes"),
        ("row", "Position: Guard hinges; Torque: 9"),
        ("row", "Position: Knife; Torque: 6; Remark: new screws"),
        ("paragraph", SENTENCE),
    ]


def test_a_table_that_runs_over_a_page_keeps_its_labels() -> None:
    first = grid(HEAD, ("Motor", "48", "twice"), ("Knife", "6", "once"))
    document = read(pdf_drawn(first, grid(("Guard", "9", "never"), ("Frame", "7", "always"))))
    assert kinds(document)[-1] == ("row", "Position: Frame; Torque: 7; Remark: always")
    again = read(pdf_drawn(first, grid(HEAD, ("Guard", "9", "never"))))
    assert [text for _, text in kinds(again)][2:] == ["Position: Guard; Torque: 9; Remark: never"]
    other = read(pdf_drawn(page(first, prose(400)), grid(("Guard", "9", "never"), ("Frame", "7", "always"))))
    assert kinds(other)[-1] == ("row", "Frame; 7; always")


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        (("Appearance", "clear, pale yellow"), ["Appearance: clear, pale yellow", "Flash point: 248 °C"]),
        (("Name", "Ida Finch"), ["Name: Ida Finch", "Flash point: 248 °C"]),
        (("Property", "Value"), ["Property: Flash point; Value: 248 °C"]),
    ],
)
def test_a_form_of_two_columns_has_no_header(first: tuple[str, str], rows: list[str]) -> None:
    found = find_tables(lines(first, ("Flash point", "248 °C"), lefts=(72, 300)))
    assert [piece.text for piece in found[0][1]] == rows


def test_every_cell_may_have_several_lines() -> None:
    rows = (HEAD, ("Amber\nPippin", "14\n(12)", "cool\ncellar"), ("Blue\nStar", "11\n(9)", "loft,\ndry"))

    def cells(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for place, row in enumerate(rows):
            for column, words in enumerate(row):
                for line, part in enumerate(words.split("\n")):
                    canvas.drawString(LEFT[column], 600 - (18 + 12 * (place > 1)) * place - 12 * line, part)

    assert kinds(read(pdf_drawn(cells))) == [
        ("row", "Position: Amber Pippin; Torque: 14 (12); Remark: cool cellar"),
        ("row", "Position: Blue Star; Torque: 11 (9); Remark: loft, dry"),
    ]


def test_prose_beside_a_table_is_no_column() -> None:
    def beside(canvas: Canvas) -> None:
        for line, words in enumerate(("The council met", "to talk about the", "old bridge.")):
            canvas.drawString(450, 600 - 12 * line, words)

    table = grid(HEAD, ("Motor", "48", "twice"), ("Knife", "6", "new"), step=14)
    assert [text for kind, text in kinds(read(pdf_drawn(page(table, beside)))) if kind == "row"] == [
        "Position: Motor; Torque: 48; Remark: twice",
        "Position: Knife; Torque: 6; Remark: new",
    ]


def test_cells_of_several_lines_may_be_written_one_after_another() -> None:
    def cells(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        rows = (("Meter", "Reading\n1 April", "Unit"), ("Day\nNT-7", "14,206", "kWh"), ("Gas", "512", "cubic\nmetres"))
        for place, row in enumerate(rows):
            for column, words in enumerate(row):
                for line, part in enumerate(words.split("\n")):
                    canvas.drawString(LEFT[column], 600 - 30 * place - 11 * line, part)

    assert kinds(read(pdf_drawn(cells))) == [
        ("row", "Meter: Day NT-7; Reading 1 April: 14,206; Unit: kWh"),
        ("row", "Meter: Gas; Reading 1 April: 512; Unit: cubic metres"),
    ]


def test_the_row_is_marked_on_the_page() -> None:
    data = pdf_drawn(grid(HEAD, ("Motor", "48", "twice"), ("Knife", "6", "only\nonce")))
    (box,) = draw(data, 1, "Position: Motor; Torque: 48; Remark: twice", 1.0).boxes
    assert box[0] < 75 and box[2] > 320
    assert len(draw(data, 1, "Position: Knife; Torque: 6; Remark: only once").boxes) == 2
    assert draw(data, 1, "Position: Motor; Torque: 77; Remark: twice").boxes, "the longest cell at least"


def lines(*cells: tuple[str, ...], lefts: tuple[float, ...] = (72, 120)) -> list[Line]:
    found = []
    for place, row in enumerate(cells):
        parts = tuple((words, left, left + 5.0 * len(words)) for words, left in zip(row, lefts, strict=False))
        bottom = 100 + 14.0 * place
        found.append(Line(" ".join(row), 1, parts[0][1], parts[-1][2], bottom, 10, cells=parts if parts[1:] else ()))
    return found


@pytest.mark.parametrize(
    "found",
    [
        lines(("1.", "Open the valve"), ("2.", "Close it"), ("3.", "Wait")),
        lines(("•", "Open the valve"), ("•", "Close it")),
        lines(("Purpose", "4"), ("Safety", "5"), ("Annex", "12"), lefts=(72, 400)),
        lines(("the council met on", "and went"), ("monday to talk", "home at"), ("About it", "six"), lefts=(72, 300)),
        lines(("one wide", "gap"), ("and then no more of them",)),
        lines(("only", "one row")),
    ],
)
def test_what_is_no_table(found: list[Line]) -> None:
    assert find_tables(found) == {}


def test_cells_that_reach_over_leave_no_columns() -> None:
    assert find_tables(lines(("a few words", "b"), ("a very long line of words", "b"), lefts=(72, 140))) == {}


def test_lines_that_count_are_a_list() -> None:
    steps = lines(("1 Turn the key.",), ("2 Pull out the shaft",), ("of the machine.",), ("3 Close the door.",))
    assert [(piece.kind, piece.text) for piece in pieces_of(steps)] == [
        ("item", "1 Turn the key."),
        ("item", "2 Pull out the shaft of the machine."),
        ("item", "3 Close the door."),
    ]
    assert "item" not in {piece.kind for piece in pieces_of(lines(("1 July was hot.",), ("2 August was not.",)))}
