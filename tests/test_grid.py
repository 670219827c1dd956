"""Tables on the pages of a PDF become rows with their labels; lists, contents and prose in columns do not."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.grid import _from_the_middle, _Row, find_tables
from rag.line import BROKEN, Line
from rag.paragraphs import pieces_of
from rag.reach import _is_beside
from tests.sample_files import pdf_drawn, pdf_with_stream
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


# --- as programs for typesetting write them ------------------------------------------------------------------------


def in_one(*rows: str, top: float = 700, step: float = 14) -> bytes:
    """Return a page on which each row is one piece: ``(Item) -5000 (Moss)`` leaves fifty points between its words."""
    drawn = (f"BT /F1 10 Tf 1 0 0 1 72 {top - step * place} Tm [{row}] TJ ET" for place, row in enumerate(rows))
    return pdf_with_stream("\n".join(drawn).encode())


def test_rows_that_were_drawn_in_one_piece_are_parted_at_their_gaps() -> None:
    document = read(in_one("(Item) -5000 (Moss) -3000 (Sedum)", "(Material cost) -1900 (38) -4400 (61)"))
    assert kinds(document) == [("row", "Item: Material cost; Moss: 38; Sedum: 61")]


def test_a_stretched_line_of_prose_is_no_row() -> None:
    stretched = "(The) -800 (council) -800 (met) -800 (on) -800 (Monday) -800 (to) -800 (talk)"
    assert [kind for kind, _ in kinds(read(in_one(stretched, stretched)))] == ["paragraph"]


def test_labels_that_stand_close_are_parted_where_they_were_drawn_one_by_one() -> None:
    def head(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 10)
        left = 72.0
        for words in ("Kind of flat", "Fee a month", "Share of reserve"):
            canvas.drawString(left, 620, words)
            left += canvas.stringWidth(words, "Helvetica-Bold", 10) + 5.5

    def rows(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for place, row in enumerate((("Studio", "46", "5"), ("Attic", "118", "13"))):
            for left, words in zip((72, 140, 215), row, strict=True):
                canvas.drawString(left, 600 - 16 * place, words)

    assert kinds(read(pdf_drawn(page(head, rows)))) == [
        ("row", "Kind of flat: Studio; Fee a month: 46; Share of reserve: 5"),
        ("row", "Kind of flat: Attic; Fee a month: 118; Share of reserve: 13"),
    ]


def test_a_word_that_breaks_within_a_cell_is_whole_again() -> None:
    document = read(pdf_drawn(grid(HEAD, ("Code E4", "9", "blocked by an ob-\nject"), ("Code E5", "8", "no air"))))
    assert kinds(document)[0] == ("row", "Position: Code E4; Torque: 9; Remark: blocked by an object")


def bold(height: float, *words: str, lefts: tuple[float, ...] = (72,)) -> Callable[[Canvas], None]:
    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 10)
        for left, word in zip(lefts, words, strict=True):
            canvas.drawString(left, height, word)

    return drawing


def test_a_heading_below_a_table_is_none_of_its_rows() -> None:
    table = grid(HEAD, ("Flange", "1", "twice"), ("Hinge", "9", "once"), step=16)
    document = read(pdf_drawn(page(table, bold(543, "4.2 Timer"), prose(525), prose(511))))
    assert kinds(document)[1:3] == [("row", "Position: Hinge; Torque: 9; Remark: once"), ("heading1", "4.2 Timer")]


def test_a_bold_first_row_names_the_columns_by_numbers_too() -> None:
    lefts = (72, 200, 300)
    rows = [
        line(580 - 16 * i, *row, lefts=lefts)
        for i, row in enumerate((("Mill", "5:14", "6:14"), ("Pier", "6:03", "7:03")))
    ]
    document = read(pdf_drawn(page(bold(600, "Train", "401", "403", lefts=lefts), *rows)))
    assert kinds(document) == [
        ("row", "Train: Mill; 401: 5:14; 403: 6:14"),
        ("row", "Train: Pier; 401: 6:03; 403: 7:03"),
    ]


def line(height: float, *words: str, lefts: tuple[float, ...] = (72,), size: float = 10) -> Callable[[Canvas], None]:
    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for left, word in zip(lefts, words, strict=True):
            canvas.drawString(left, height, word)

    return drawing


def test_a_small_label_above_what_is_filled_in_is_its_label() -> None:
    fields = {"SURNAME": "BLYTHE", "BERTH NO.": "C-27", "LENGTH": "9.35 m", "YEAR BUILT": "1994"}
    drawings = []
    for place, (label, value) in enumerate(fields.items()):
        drawings += [line(600 - 40 * place, label, size=6), line(588 - 40 * place, value)]
    assert kinds(read(pdf_drawn(page(*drawings)))) == [("row", f"{label}: {value}") for label, value in fields.items()]
    few = read(pdf_drawn(page(*drawings[:4], prose(480))))
    assert "row" not in dict(kinds(few)), "two small lines make no form"


def test_contents_whose_page_numbers_stand_apart_are_no_table_and_no_headings() -> None:
    entries = [
        bold(600 - 16 * i, f"{i + 1} {name}", str(i + 2), lefts=(72, 400))
        for i, name in enumerate(("Aims", "Fees", "End"))
    ]
    dotted = line(540, "3.1 Water . . . . . . . . . . . 5")
    document = read(pdf_drawn(page(*entries, dotted, prose(500), prose(486), prose(472), prose(458))))
    assert kinds(document)[:4] == [
        ("item", "1 Aims 2"),
        ("item", "2 Fees 3"),
        ("item", "3 End 4"),
        ("item", "3.1 Water 5"),
    ]


def cells(
    *rows: tuple[tuple[float, tuple[str, ...]], ...], lefts: tuple[float, ...] = LEFT
) -> Callable[[Canvas], None]:
    """Draw rows as browsers do, cell by cell: of each cell the height of its first line, and its lines."""

    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for row in rows:
            for left, (height, words) in zip(lefts, row, strict=True):
                for place, word in enumerate(words):
                    canvas.drawString(left, height - 15 * place, word)

    return drawing


def test_labels_beside_two_rows_of_others_are_in_the_middle_of_them() -> None:
    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 10)
        for left, height, words in (
            (72, 600, "Cabin"),
            (300, 600, "Beds"),
            (455, 609, "Season"),
            (350, 591, "Low"),
            (410, 591, "Mid"),
            (465, 591, "High"),
        ):
            canvas.drawString(left, height, words)
        canvas.setFont("Helvetica", 10)
        for step, row in enumerate((("Finch", "2", "48", "59", "78"), ("Heron, with shower", "4", "72", "88", "119"))):
            canvas.drawString(72, 573 - 18 * step, row[0])
            for right, words in zip((325, 390, 430, 490), row[1:], strict=True):
                canvas.drawRightString(right, 573 - 18 * step, words)

    assert kinds(read(pdf_drawn(page(prose(700), prose(685), drawing))))[1:] == [
        ("row", "Cabin: Finch; Beds: 2; Low: 48; Mid: 59; Season High: 78"),
        ("row", "Cabin: Heron, with shower; Beds: 4; Low: 72; Mid: 88; Season High: 119"),
    ]


def test_cells_in_the_middle_of_a_row_belong_to_it() -> None:
    table = cells(
        ((600, ("Date",)), (600, ("Measure",)), (600, ("Chips",))),
        (
            (555, ("7 October",)),
            (570, ("First rule", "of the", "bureau"))[:2],
            (570, ("A100, H100", "and tools", "for them")),
        ),
        (
            (495, ("17 October",)),
            (525, ("Second rule,", "measured", "by all", "processing", "together")),
            (495, ("A800",)),
        ),
    )
    assert kinds(read(pdf_drawn(table))) == [
        ("row", "Date: 7 October; Measure: First rule of the bureau; Chips: A100, H100 and tools for them"),
        ("row", "Date: 17 October; Measure: Second rule, measured by all processing together; Chips: A800"),
    ]


def test_of_a_wrapped_first_cell_the_others_may_stand_beside_any_line() -> None:
    table = cells(
        ((600, ("Feature",)), (600, ("Basic",)), (600, ("Plus",))),
        ((576, ("Monthly cost,", "employee")), (561, ("0",)), (561, ("28",))),
        ((537, ("Monthly cost,", "family")), (522, ("35",)), (522, ("96",))),
        ((498, ("Excess",)), (498, ("600",)), (498, ("300",))),
    )
    assert kinds(read(pdf_drawn(page(prose(700), prose(685), prose(670), table))))[1:] == [
        ("row", "Feature: Monthly cost, employee; Basic: 0; Plus: 28"),
        ("row", "Feature: Monthly cost, family; Basic: 35; Plus: 96"),
        ("row", "Feature: Excess; Basic: 600; Plus: 300"),
    ]


def test_small_words_that_begin_rows_of_figures_are_no_prose() -> None:
    rows = (("Quotient", "Fee", "Week"), ("under 600", "6.40", "29.00"), ("from 600 on", "9.80", "45.00"))
    assert len(kinds(read(pdf_drawn(grid(*rows))))) == 2


def test_the_end_of_a_sentence_is_no_gap_between_cells() -> None:
    def drawing(canvas: Canvas) -> None:
        for place in range(3):
            canvas.setFont("Helvetica-Bold", 10)
            canvas.drawString(72, 600 - 14 * place, "The labels drift down.")
            canvas.setFont("Helvetica", 10)
            canvas.drawString(
                72 + canvas.stringWidth("The labels drift down.", "Helvetica-Bold", 10) + 6,
                600 - 14 * place,
                "Your printer fits the page.",
            )

    assert [kind for kind, _ in kinds(read(pdf_drawn(drawing)))] == ["paragraph"]


def test_a_table_that_was_written_column_by_column_has_its_rows() -> None:
    columns = (("Hammer", "Saw", "Drill"), ("12.00", "15.50", "89.90"), ("4", "9", "2"))
    drawn = [
        line(580 - 20 * place, word, lefts=(left,))
        for left, words in zip(LEFT, columns, strict=True)
        for place, word in enumerate(words)
    ]
    document = read(pdf_drawn(page(bold(600, "Name", "Price", "Stock", lefts=LEFT), *drawn)))
    assert kinds(document)[1] == ("row", "Name: Saw; Price: 15.50; Stock: 9")


def test_the_totals_below_a_table_are_rows_of_their_own() -> None:
    rows = (("Item", "Hours", "Amount"), ("Travel", "1", "35.00"), ("", "Subtotal", "365.00"), ("", "Tax", "73.00"))
    assert [text for _, text in kinds(read(pdf_drawn(grid(*rows))))] == [
        "Item: Travel; Hours: 1; Amount: 35.00",
        "Subtotal; Amount: 365.00",
        "Tax; Amount: 73.00",
    ]


def test_chapters_above_their_titles_are_no_form() -> None:
    drawings = []
    for number in range(4):
        drawings += [
            line(700 - 120 * number, f"Chapter {number}", size=11),
            line(680 - 120 * number, "The Beginning", size=18),
        ]
        drawings += [line(650 - 120 * number, SENTENCE, size=11), line(636 - 120 * number, SENTENCE, size=11)]
    assert "row" not in dict(kinds(read(pdf_drawn(page(*drawings)))))


def test_a_heading_with_a_number_set_apart_stays_one() -> None:
    head = line(700, "Annual Report", "2023", lefts=(72, 300), size=16)
    assert kinds(read(pdf_drawn(page(head, prose(670), prose(656)))))[0][0] == "heading1"


def test_a_table_upside_down_costs_nothing_else() -> None:
    def turned(canvas: Canvas) -> None:
        canvas.translate(500, 500)
        canvas.rotate(180)
        grid(HEAD, ("Flange", "1", "twice"), ("Hinge", "9", "once"), top=100)(canvas)

    assert SENTENCE in read(pdf_drawn(prose(700), turned)).text


def test_words_level_with_the_last_row_of_a_table_beside_them_are_none_of_its_cells() -> None:
    rows = (("Invoice no.", "RB-2291"), ("Payment due", "16 November 2025"), ("Foreman", "Kieran Doyle"))
    drawn = [line(700 - 13 * i, *row, lefts=(340, 430)) for i, row in enumerate(rows)]
    beside = line(674, "Work at: 11 Quarry Bank, rear pitch")
    text = read(pdf_drawn(page(*drawn[:2], beside, drawn[2]))).text
    assert text.split("\n") == [
        "Work at: 11 Quarry Bank, rear pitch",
        "",
        "Invoice no. RB-2291",
        "Payment due: 16 November 2025",
        "Foreman: Kieran Doyle",
    ]


def test_an_invoice_is_two_tables_and_its_sums_are_rows() -> None:
    lefts = (72, 190, 220, 290)
    head = [
        line(700, "Halvorsen Carpentry", "Date: 14 March", lefts=(72, 440)),
        line(688, "9 Mill Lane", "Due: 13 April", lefts=(72, 440)),
    ]
    head += [line(666, "Bill to: Marlow Tea Rooms, 22 Quay Street, Whitby, North Yorkshire")]
    rows = (
        ("Description", "Qty", "Unit price", "Amount"),
        ("Oak shelf, 120 cm", "6", "84.00", "504.00"),
        ("Delivery", "1", "45.00", "45.00"),
    )
    table = [line(645 - 12 * place, *row, lefts=lefts) for place, row in enumerate(rows)]
    table += [
        line(609 - 12 * place, *sums, lefts=(220, 290))
        for place, sums in enumerate((("Subtotal", "549.00"), ("Total due", "658.80")))
    ]
    assert [text for _, text in kinds(read(pdf_drawn(page(*head, *table))))][-4:] == [
        "Description: Oak shelf, 120 cm; Qty: 6; Unit price: 84.00; Amount: 504.00",
        "Description: Delivery; Qty: 1; Unit price: 45.00; Amount: 45.00",
        "Subtotal; Amount: 549.00",
        "Total due; Amount: 658.80",
    ]


def test_choices_in_a_field_are_one_value() -> None:
    fields = [
        ("Full name", "Josephine"),
        ("Born", "8 May 1981"),
        ("Address", "3 Weir Road"),
        ("Plot", "Half"),
        ("Tap", "Yes"),
    ]
    drawn = [line(700 - 32 * place, *field, lefts=(72, 190)) for place, field in enumerate(fields)]
    drawn += [line(540, "Payment", "[ ] Cash", "[X] Card", "[ ] Cheque", lefts=(72, 190, 260, 330))]
    assert [text for _, text in kinds(read(pdf_drawn(page(*drawn))))] == [
        *(f"{label}: {value}" for label, value in fields),
        "Payment: [ ] Cash [X] Card [ ] Cheque",
    ]


def test_cells_that_touch_are_parted_where_those_of_other_rows_begin() -> None:
    """As Chromium writes a table without padding: the widest cell of a column ends where the next begins."""
    rows = (
        ("Button", "Mode", "What it does"),
        ("A", "Automatic", "Holds 55 % of humidity"),
        ("DRY", "Linen", "Runs at full speed"),
        ("FAN", "Quiet", "Lowest fan speed"),
    )

    def table(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        lefts = [72.0]
        for column in (0, 1):
            lefts.append(lefts[-1] + max(canvas.stringWidth(row[column], "Helvetica", 10) for row in rows))
        for place, row in enumerate(rows):
            for left, words in zip(lefts, row, strict=True):
                canvas.drawString(left, 600 - 13 * place, words)

    data = pdf_drawn(page(table, prose(500)))
    assert kinds(read(data))[:3] == [
        ("row", "Button: A; Mode: Automatic; What it does: Holds 55 % of humidity"),
        ("row", "Button: DRY; Mode: Linen; What it does: Runs at full speed"),
        ("row", "Button: FAN; Mode: Quiet; What it does: Lowest fan speed"),
    ]
    assert draw(data, 1, "Button: A; Mode: Automatic; What it does: Holds 55 % of humidity").boxes


def test_a_word_of_two_pieces_beside_a_column_stays_one() -> None:
    def pieces(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        width = canvas.stringWidth("The cold", "Helvetica", 10)
        for place, words in enumerate(("Flat", "Attic", "Hut")):
            canvas.drawString(72, 626 - 13 * place, words)
            canvas.drawString(72 + width, 626 - 13 * place, str(place))
        canvas.drawString(72, 587, "The cold")
        canvas.drawString(72 + width, 587, "er rooms are warmed by a stove and by nothing else.")

    assert "The colder rooms are warmed" in read(pdf_drawn(pieces)).text


def test_the_parts_of_an_invoice_are_three_tables() -> None:
    lefts = (72, 110, 300, 340, 400, 470)
    head = [
        line(700 - 14 * i, *pair, lefts=(72, 170))
        for i, pair in enumerate((("Date:", "17 March 2026"), ("Customer:", "Brightwater Dental Practice, Canal Side")))
    ]
    labels = bold(658, "Pos", "Description", "Qty", "Unit", "Price", "Amount", lefts=lefts)
    rows = [
        line(642 - 16 * i, *row, lefts=lefts)
        for i, row in enumerate(
            (("1", "Reception desk", "1", "pc", "60.00", "60.00"), ("2", "Door", "2", "pc", "5.00", "10.00"))
        )
    ]
    sums = [
        line(602 - 16 * i, *pair, lefts=(300, 475))
        for i, pair in enumerate((("Net", "70.00"), ("Discount on position 2 (5 %)", "–3.50")))
    ]
    assert [text for _, text in kinds(read(pdf_drawn(page(*head, labels, *rows, *sums))))] == [
        "Date: 17 March 2026",
        "Customer: Brightwater Dental Practice, Canal Side",
        "Pos: 1; Description: Reception desk; Qty: 1; Unit: pc; Price: 60.00; Amount: 60.00",
        "Pos: 2; Description: Door; Qty: 2; Unit: pc; Price: 5.00; Amount: 10.00",
        "Net: 70.00",
        "Discount on position 2 (5 %): –3.50",
    ]


def test_the_only_row_on_the_next_page_belongs_to_the_table() -> None:
    first = grid(HEAD, ("Motor", "48", "twice"), ("Knife", "6", "once"))
    document = read(pdf_drawn(first, page(grid(("Guard", "9", "never"), top=740), prose(600))))
    assert kinds(document)[2:] == [("row", "Position: Guard; Torque: 9; Remark: never"), ("paragraph", SENTENCE)]


def test_numbered_clauses_are_no_rows_and_leave_a_table_its_own() -> None:
    clauses = [
        line(700, "1.1", "The adviser may stop any", lefts=(72, 100)),
        line(686, "outing on the day.", lefts=(100,)),
        line(665, "1.2", "The captain checks:", lefts=(72, 100)),
        line(644, "(a)", "the rudder;", lefts=(100, 125)),
        line(623, "(b)", "the hatches.", lefts=(100, 125)),
    ]
    table = grid(("Role", "Number", "Holder"), ("Captain", "12", "Joss"), ("Boatman", "56", "Eliot"), step=14)
    assert kinds(read(pdf_drawn(page(*clauses, table)))) == [
        ("paragraph", "1.1 The adviser may stop any outing on the day."),
        ("paragraph", "1.2 The captain checks:"),
        ("item", "(a) the rudder;"),
        ("item", "(b) the hatches."),
        ("row", "Role: Captain; Number: 12; Holder: Joss"),
        ("row", "Role: Boatman; Number: 56; Holder: Eliot"),
    ]


@pytest.mark.parametrize("pieces", [str.split, list, lambda text: text.replace(",", ", ").split()])
def test_a_number_is_one_whatever_it_was_drawn_in(pieces: Callable[[str], list[str]]) -> None:
    amounts = {"Nuts": "45", "Nails": "1,234", "Hooks": "245.67", "Pins": "77", "Clips": "12,045.20", "Tacks": "31"}

    def table(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for place, (name, amount) in enumerate(amounts.items()):
            canvas.drawString(72, 600 - 14 * place, name)
            left = 200 - canvas.stringWidth(amount, "Helvetica", 10)
            for piece in pieces(amount):
                canvas.drawString(left, 600 - 14 * place, piece)
                left += canvas.stringWidth(piece, "Helvetica", 10)

    found = [text for _, text in kinds(read(pdf_drawn(page(table, prose(640)))))]
    assert found[1:] == [f"{name}: {amount}" for name, amount in amounts.items()]


def test_rows_on_the_next_page_name_no_columns_where_those_before_did_not() -> None:
    first = [("Alpha", "10", "x9"), ("Beta", "20", "y8"), ("Gamma", "30", "z7")]
    document = read(pdf_drawn(grid(*first), grid(("Delta", "40", "w6"), ("Eps", "50", "v5"), ("Zeta", "60", "u4"))))
    assert [text for _, text in kinds(document)][-3:] == ["Delta; 40; w6", "Eps; 50; v5", "Zeta; 60; u4"]


def test_halves_of_a_sentence_stay_apart_where_pages_would_lose_their_order() -> None:
    words = "The council met on Monday to talk about the bridge across the river which had been closed"
    texts = [(words, 1), ("Table 1: Bridges of the county.", 1), ("Figure 2: A second one.", 2), (words.lower(), 2)]
    found = [Line(text, page, 72, 72 + 5 * len(text), 60 + 100 * i, 10) for i, (text, page) in enumerate(texts)]
    pages = [piece.page for piece in pieces_of(found)]
    assert pages == sorted(pages)


def test_a_label_over_two_columns_leaves_them_two_and_what_stands_once_is_said_with_each_row() -> None:
    lefts = (72.0, 150.0, 260.0, 340.0, 440.0)
    rows = (
        ("Brindle", "Borehole 1", "0.12", "38.4", "14 Jan"), ("", "Borehole 2", "0.14", "46.7", "14 Jan"),
        ("Cattersby", "River", "3.80", "22.0", "15 Jan"), ("", "Outlet", "0.66", "21.4", "15 Jan"),
    )  # fmt: skip

    def table(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(262, 660, "Chemistry of all the water")
        for place, row in enumerate((("Site", "Point", "Turbidity", "Nitrate", "Date"), *rows)):
            for left, words in zip(lefts, row, strict=True):
                canvas.drawString(left, 645 - 15 * place, words)

    found = [text for _, text in kinds(read(pdf_drawn(page(table, prose(700), prose(500)))))][1:-1]
    assert found[-3].startswith("Site: Brindle; Point: Borehole 2;") and found[-3].endswith("Date: 14 Jan")
    assert "Turbidity: 0.14" in found[-3] and "Nitrate: 46.7" in found[-3]


def test_a_row_whose_words_go_on_below_has_the_figures_there() -> None:
    lefts = (72, 140, 340, 420)
    table = [
        bold(660, "Date", "Details", "Paid out", "Balance", lefts=lefts),
        line(646, "13 Nov", "CARD 4410 DENTAL PRACTICE", "68.30", "1,212.22", lefts=lefts),
        line(632, "15 Nov", "CARD 4410 BOULANGERIE LILLE", lefts=lefts[:2]),
        line(618, "EUR 18.40 at 1.1783", "15.62", "1,196.60", lefts=lefts[1:]),
        line(604, "15 Nov", "FEE", "0.43", "1,196.17", lefts=lefts),
        line(590, "Total", "84.35", lefts=lefts[1:3]),
    ]
    assert [text for _, text in kinds(read(pdf_drawn(page(*table))))] == [
        "Date: 13 Nov; Details: CARD 4410 DENTAL PRACTICE; Paid out: 68.30; Balance: 1,212.22",
        "Date: 15 Nov; Details: CARD 4410 BOULANGERIE LILLE EUR 18.40 at 1.1783; Paid out: 15.62; Balance: 1,196.60",
        "Date: 15 Nov; Details: FEE; Paid out: 0.43; Balance: 1,196.17",
        "Total; Paid out: 84.35",
    ]


def scattered(*placed: tuple[float, float, str], bold: float = 0) -> Callable[[Canvas], None]:
    """Draw words at their places in the order given, those at or above the height ``bold`` in bold."""

    def drawing(canvas: Canvas) -> None:
        for left, height, words in placed:
            canvas.setFont("Helvetica-Bold" if bold and height >= bold else "Helvetica", 10)
            canvas.drawString(left, height, words)

    return drawing


def test_labels_of_several_lines_that_are_written_cell_by_cell_name_the_columns() -> None:
    labels = (
        (72, 600, "Tool"), (180, 600, "Charge (EUR)"), (300, 600, "Longest loan"), (300, 588, "(days)"),
        (180, 588, "Each"), (180, 576, "member"), (230, 588, "Deposit"),
    )  # fmt: skip
    rows = (("Chipper", "22", "150", "1"), ("Scythe", "3", "20", "7"), ("Apple press", "15", "80", "2"))
    values = [
        (left, 555 - 18 * place, words)
        for place, row in enumerate(rows)
        for left, words in zip((72, 180, 230, 300), row, strict=True)
    ]
    assert [text for _, text in kinds(read(pdf_drawn(scattered(*labels, *values, bold=570))))] == [
        f"Tool: {a}; Charge (EUR) Each member: {b}; Charge (EUR) Deposit: {c}; Longest loan (days): {d}"
        for a, b, c, d in rows
    ]


def test_a_label_whose_first_line_stands_above_the_others_is_whole() -> None:
    labels = ((72, 600, "Year"), (150, 600, "Funded"), (250, 612, "Amount granted"), (250, 600, "(EUR)"))
    rows = (("2022", "17", "910,000"), ("2023", "19", "1,240,000"), ("2024", "31", "1,610,000"))
    values = [
        (left, 582 - 18 * place, words)
        for place, row in enumerate(rows)
        for left, words in zip((72, 150, 250), row, strict=True)
    ]
    expected = [f"Year: {a}; Funded: {b}; Amount granted (EUR): {c}" for a, b, c in rows]
    assert [text for _, text in kinds(read(pdf_drawn(scattered(*labels, *values))))] == expected
    assert [
        text for _, text in kinds(read(pdf_drawn(scattered(labels[2], *labels[:2], labels[3], *values))))
    ] == expected


def test_a_first_label_of_one_line_may_be_written_before_higher_ones() -> None:
    labels = (
        (72, 600, "Ground cover"), (180, 612, "Water"), (180, 600, "in mm"), (260, 600, "Harvest"),
        (340, 612, "Cost in euros"), (340, 600, "per ha"),
    )  # fmt: skip
    rows = (("Bare soil", "412", "24 July", "0"), ("Straw", "284", "28 July", "640"), ("Film", "305", "15 July", "890"))
    values = [
        (left, 582 - 18 * place, words)
        for place, row in enumerate(rows)
        for left, words in zip((72, 180, 260, 340), row, strict=True)
    ]
    assert [text for _, text in kinds(read(pdf_drawn(scattered(*labels, *values))))] == [
        f"Ground cover: {a}; Water in mm: {b}; Harvest: {c}; Cost in euros per ha: {d}" for a, b, c, d in rows
    ]


def test_a_first_cell_of_several_lines_begins_its_row_on_a_new_page() -> None:
    def drawing(canvas: Canvas) -> None:
        grid(("Model", "Day", "Week"), ("Hauler", "24", "119"), ("Trike", "28", "138"), top=100)(canvas)
        canvas.showPage()
        grid(("Heavy\nTrike\n300", "58", "290"), ("Pico", "18", "92"), top=750, step=40)(canvas)

    rows = [text for _, text in kinds(read(pdf_drawn(drawing)))]
    assert rows[-2:] == ["Model: Heavy Trike 300; Day: 58; Week: 290", "Model: Pico; Day: 18; Week: 92"]


def test_a_hyphen_that_a_program_set_parts_a_word_in_a_cell_too() -> None:
    line = Line("Mem\u2010 (days)", 1, 72, 200, 600, 10, cells=(("Mem\u2010", 72, 100), ("(days)", 160, 200)))
    assert [words for words, _, _ in line.parts] == [f"Mem{BROKEN}", "(days)"]


PRICES = (("Job", "City", "Cargo", "Ready"), ("Check", "21", "27", "same day"), ("Wash", "16", "23", "same day"))


def test_headings_in_bold_between_rows_keep_the_labels_and_are_headings() -> None:
    more = (("Pads", "19", "29", "next day"), ("Bleeding", "31", "36", "next day"))
    placed = [
        (left, 600 - 18 * place, words)
        for place, row in enumerate((*PRICES, ("BRAKES",), *more))
        for left, words in zip((72, 200, 260, 320), row, strict=False)
    ]

    def drawing(canvas: Canvas) -> None:
        for left, height, words in placed:
            bold = words == "BRAKES" or height == 600
            canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10 if left < 320 else 9)
            canvas.drawString(left, height, words)

    names = PRICES[0]
    rows = [("row", "; ".join(f"{a}: {b}" for a, b in zip(names, row, strict=True))) for row in (*PRICES[1:], *more)]
    assert kinds(read(pdf_drawn(page(prose(700), drawing))))[1:] == [*rows[:2], ("heading1", "BRAKES"), *rows[2:]]


def test_rows_of_few_words_in_lower_case_are_a_table_where_each_has_all_cells() -> None:
    cells = (("Hardness", "Setting", "Salt"), ("soft", "L0", "none"), ("medium", "L2", "9 g"), ("hard", "L4", "20 g"))
    rows = [
        line(580 - 16 * at, *row, lefts=(72, 200, 330)) for at, row in enumerate((*cells, ("very hard", "L6", "34 g")))
    ]
    found = read(pdf_drawn(page(prose(640), *rows, prose(440))))
    said = [text for kind, text in kinds(found) if kind == "row"]
    assert said[0] == "Hardness: soft; Setting: L0; Salt: none" and said[-1].startswith("Hardness: very hard")


def test_a_table_below_a_heading_has_its_own_labels() -> None:
    rows = (
        ("Room", "Floor", "Rent"), ("Hall", "1", "200"), ("Attic", "3", "90"), ("Contacts",),
        ("Name", "Role", "Phone"), ("Ann", "Cook", "555"), ("Bert", "Clerk", "556"),
    )  # fmt: skip
    placed = [
        (left, 600 - 20 * place, words)
        for place, row in enumerate(rows)
        for left, words in zip((72, 200, 320), row, strict=False)
    ]

    def drawing(canvas: Canvas) -> None:
        for left, height, words in placed:
            canvas.setFont("Helvetica-Bold" if words == "Contacts" else "Helvetica", 10)
            canvas.drawString(left, height, words)

    assert [text for _, text in kinds(read(pdf_drawn(page(prose(700), drawing))))][-3:] == [
        "Contacts", "Name: Ann; Role: Cook; Phone: 555", "Name: Bert; Role: Clerk; Phone: 556",
    ]  # fmt: skip


def test_a_heading_left_of_a_table_is_none_of_its_rows() -> None:
    rows = (("Article", "Product", "Price"), ("W-1", "Apron", "128.45"), ("W-2", "Gloves", "131.80"))

    def drawing(canvas: Canvas) -> None:
        for place, row in enumerate(rows):
            for left, words in zip((93, 160, 300), row, strict=True):
                canvas.setFont("Helvetica-Bold" if place == 0 else "Helvetica", 10)
                canvas.drawString(left, 600 - 26 * place, words)
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(72, 525, "4 Returns")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 513, "Unused goods may be returned within thirty days.")

    assert kinds(read(pdf_drawn(page(prose(700), drawing))))[-2:] == [
        ("heading1", "4 Returns"), ("paragraph", "Unused goods may be returned within thirty days."),
    ]  # fmt: skip


def test_of_several_rows_that_are_quoted_each_is_marked() -> None:
    data = pdf_drawn(
        grid(HEAD, ("Motor flange", "1,048", "in two passes"), ("Guard hinges", "9", "once"), ("Knife", "6", "twice"))
    )
    rows = [words for kind, words in kinds(read(data)) if kind == "row"]
    assert len(draw(data, 1, rows[1]).boxes) == 1
    boxes = draw(data, 1, "\n".join(rows)).boxes
    assert [round(box[1]) for box in boxes] == sorted({round(box[1]) for box in boxes}) and len(boxes) == 3


def test_rows_that_begin_in_lower_case_are_a_table_below_bold_labels() -> None:
    files = (("hosts", "Names of hosts"), ("passwd", "The password file"), ("group", "User group file"))
    rows = [line(580 - 16 * at, *row, lefts=(72, 200)) for at, row in enumerate(files)]
    found = read(pdf_drawn(page(prose(640), bold(596, "File", "Description", lefts=(72, 200)), *rows, prose(480))))
    assert [text for kind, text in kinds(found) if kind == "row"] == [
        f"File: {name}; Description: {words}" for name, words in files
    ]
    commands = [("mkdir", "-p /var/state/ups"), ("chmod", "0770 /var/state/ups"), ("chown", "root:nut /var/state/ups")]
    rows = [line(580 - 12 * at, *row, lefts=(72, 105)) for at, row in enumerate(commands)]
    assert "row" not in dict(kinds(read(pdf_drawn(page(prose(640), *rows, prose(480))))))


def sized(*cells: tuple[str, float, float, float]) -> Callable[[Canvas], None]:
    """Draw words with their place and size, in their order."""

    def drawing(canvas: Canvas) -> None:
        for words, left, height, size in cells:
            canvas.setFont("Helvetica", size)
            canvas.drawString(left, height, words)

    return drawing


def test_cells_in_letters_of_several_sizes_are_rows_below_their_labels() -> None:
    head = [(words, 72 + 120 * at, 600, 10.0) for at, words in enumerate(("Course", "When", "Remarks"))]
    body = [
        ("Pottery", "Mon 18:00", "Bring an apron."),
        ("Welding", "Tue 19:30", "Closed shoes only; goggles are lent."),
    ]
    cells = [
        (w, 72 + 120 * at, 580 - 20 * n, 7.0 if at > 1 else 10.0)
        for n, row in enumerate(body)
        for at, w in enumerate(row)
    ]
    assert kinds(read(pdf_drawn(page(prose(640), sized(*head, *cells), prose(480))))) == [
        ("paragraph", SENTENCE),
        ("row", "Course: Pottery; When: Mon 18:00; Remarks: Bring an apron."),
        ("row", "Course: Welding; When: Tue 19:30; Remarks: Closed shoes only; goggles are lent."),
        ("paragraph", SENTENCE),
    ]


@pytest.mark.parametrize("drop", [0, 3])
def test_amounts_right_of_a_name_with_small_words_below_it_are_in_its_row(drop: float) -> None:
    dishes = [("Fish soup", "with saffron", "8.50 €"), ("Lamb stew", "slow cooked, with nuts", "16.90 €")]
    cells = [
        cell
        for n, (name, words, price) in enumerate(dishes)
        for cell in ((name, 72, 600 - 30 * n, 13), (words, 72, 591 - 30 * n, 7), (price, 400, 600 - 30 * n - drop, 10))
    ]
    rows = [("row", f"{name} {words}: {price}") for name, words, price in dishes]
    assert kinds(read(pdf_drawn(page(prose(640), sized(*cells), prose(520))))) == [
        ("paragraph", SENTENCE), *rows, ("paragraph", SENTENCE)
    ]  # fmt: skip
    alone = read(pdf_drawn(page(prose(640), sized(*cells[:3]), prose(520))))
    assert "row" not in [kind for kind, _ in kinds(alone)]


@pytest.mark.parametrize("corner", ["", "Region"])
def test_a_first_cell_at_the_top_of_several_rows_is_said_with_those_below(corner: str) -> None:
    body = [("North", "10"), ("", "20"), ("", "30"), ("South", "40"), ("", "50")]
    cells = [(corner, 72, 620, 10.0), ("Fee", 192, 620, 10.0), ("Limit", 312, 620, 10.0)]
    for at, (region, fee) in enumerate(body, 1):
        cells += [
            (region, 72, 620 - 22 * at, 10.0),
            (fee, 192, 620 - 22 * at, 10.0),
            (f"{at}", 312, 620 - 22 * at, 10.0),
        ]
    rows = [
        ("row", f"{'Region: ' if corner else ''}{region}; Fee: {fee}; Limit: {at}")
        for at, (region, fee) in enumerate(
            [("North", "10"), ("North", "20"), ("North", "30"), ("South", "40"), ("South", "50")], 1
        )
    ]
    found = kinds(read(pdf_drawn(page(prose(660), sized(*[cell for cell in cells if cell[0]]), prose(440)))))
    assert found == [("paragraph", SENTENCE), *rows, ("paragraph", SENTENCE)]


def test_a_table_of_many_rows_without_a_first_cell_takes_no_longer_than_its_length_says() -> None:
    rows = [_Row(20.0 * at) for at in range(1000)]
    for at, row in enumerate(rows):
        row.cells.update({1: "b", 2: "c"} | ({0: "a"} if at == 600 else {}))
    began = process_time()
    assert len(_from_the_middle(rows, 10.0, headed=True)) == 1000
    assert process_time() - began < 2


def test_lines_of_many_cells_take_no_longer_than_their_number_says() -> None:
    cells = tuple((f"c{at}", 40.0 * at, 40.0 * at + 20) for at in range(1000))
    lines = [Line("c", 1, 0, 40_000, 20.0 * at, 10.0, cells=cells) for at in range(40)]
    began = process_time()
    assert sum(_is_beside(a, b) for a in lines for b in lines) == 40 + 2 * 39
    assert process_time() - began < 2


def test_a_first_cell_in_the_middle_of_several_rows_is_said_with_each() -> None:
    days = [
        ("Monday", ("9:00", "Yoga"), ("11:00", "Pilates")),
        ("Friday", ("8:00", "Spin"), ("9:00", "Box"), ("10:00", "Run")),
    ]
    cells = [(words, 72 + 120 * at, 620, 10.0) for at, words in enumerate(("Day", "Time", "Class"))]
    height = 602.0
    for day, *classes in days:
        label = (day, 72, height - 9 * (len(classes) - 1), 10.0)
        times = [
            (w, 192 + 120 * at, height - 18 * n, 10.0) for n, row in enumerate(classes) for at, w in enumerate(row)
        ]
        cells += [label, *times]
        height -= 18 * len(classes)
    rows = [("row", f"Day: {day}; Time: {time}; Class: {name}") for day, *classes in days for time, name in classes]
    assert kinds(read(pdf_drawn(page(prose(660), sized(*cells), prose(440))))) == [
        ("paragraph", SENTENCE), *rows, ("paragraph", SENTENCE)
    ]  # fmt: skip
