"""Listings in a PDF: lines in a font of one pitch, kept as they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.line import Line
from rag.monospace import Monospace, join_listings
from rag.pdf import _lines
from tests.sample_files import drawn_over, lines, pdf_drawn
from tests.test_pdf import draw, kinds, read

ABOVE = (
    "The pump is set up in a terminal, which takes some minutes. Every step is written down in the log of the house,",
    "so that the next person on duty sees what was done, by whom, and how long the filter was out of its place.",
)
PROSE = ("paragraph", " ".join(ABOVE))
Drawing = Callable[[Canvas], None]


def typed(*texts: str, top: float = 640, left: float = 72, size: float = 9, font: str = "Courier") -> Drawing:
    """Draw lines in a font of one pitch, the spaces in front of each as its place; an empty text leaves a line free."""

    def drawing(canvas: Canvas) -> None:
        canvas.setFont(font, size)
        for index, text in enumerate(texts):
            indent = len(text) - len(text.lstrip())
            canvas.drawString(left + 0.6 * size * indent, top - 1.2 * size * index, text.lstrip())

    return drawing


def words(*placed: tuple[float, str, str], top: float = 640, size: float = 10) -> Drawing:
    """Draw words on one line: where each begins, its font, and what it says."""

    def drawing(canvas: Canvas) -> None:
        for left, font, text in placed:
            canvas.setFont(font, size)
            canvas.drawString(left, top, text)

    return drawing


def found(*drawings: Drawing) -> list[tuple[str, str]]:
    """Return the blocks of a page of prose with these drawings on it, but for that prose."""
    blocks = kinds(read(pdf_drawn(drawn_over(lines(*ABOVE, size=10, pitch=12), *drawings))))
    assert blocks[0] == PROSE
    return blocks[1:]


def as_code(*rows: str) -> list[tuple[str, str]]:
    return [("code", "\n".join(rows))]


# --- what is kept ----------------------------------------------------------------------------------------------------

CONSOLE = (
    "$ pumpctl status --all",
    "unit       state      litres   since",
    "north      running      14.2   06:15",
    "south      idle          0.0   -",
    "",
    "2 units, 1 running; next check: 07:00",
)


def test_the_lines_of_a_console_keep_their_columns_and_empty_lines() -> None:
    assert found(typed(*CONSOLE)) == as_code(*CONSOLE)


def test_the_lines_of_a_program_keep_their_indentation() -> None:
    program = (
        "if filter.is_open():",
        "    for valve in filter.valves:",
        "        valve.close()",
        "    log(1, 'closed')",
        "* no item",
        "1. no item either",
    )
    assert found(typed(*program)) == as_code(*program)
    assert found(typed(*(f"  {row}" for row in program))) == as_code(*program)


def test_a_hyphen_at_the_end_of_a_line_of_a_listing_stays() -> None:
    listing = ("$ pumpctl explain pre-", "filter: a sieve in front of the pump-", "house, cleaned by hand")
    assert found(typed(*listing)) == as_code(*listing)


def test_lines_drawn_word_by_word_have_the_spaces_of_their_places() -> None:
    rows = (("valve", 0), ("litres", 12), ("17.5", 24)), (("inlet,", 0), ("main", 7), ("9.25", 24))
    drawings = [
        words(*((72 + 6.0 * column, "Courier", word) for word, column in row), top=640 - 12 * index)
        for index, row in enumerate(rows)
    ]
    assert found(*drawings) == as_code("valve       litres      17.5", "inlet, main             9.25")


def test_numbers_of_lines_in_another_font_stay_with_them() -> None:
    rows = ["open(inlet, 3);", "run();", "", "stop(outlet);"]

    def numbered(canvas: Canvas) -> None:
        for index, row in enumerate(rows):
            canvas.setFont("Helvetica", 6)
            canvas.drawString(72, 640 - 12 * index, str(index + 7))
            canvas.setFont("Courier", 10)
            canvas.drawString(96, 640 - 12 * index, row)

    assert found(numbered) == as_code("7   open(inlet, 3);", "8   run();", "9", "10  stop(outlet);")


def test_words_in_a_font_that_shows_too_little_are_told_by_their_places() -> None:
    bold = words((72, "Courier-Bold", "struct"), (115.2, "Courier", "valve {"), top=640)
    keyword = words((96, "Courier-Bold", "return"), (132, "Courier", ";"), top=628)
    rows = typed("    int litres;", "};", top=616, size=10)
    assert found(bold, keyword, rows) == as_code("struct valve {", "    return;", "    int litres;", "};")


def test_letters_set_apart_are_counted_as_one_column_each() -> None:
    def spaced(canvas: Canvas) -> None:
        for at, row in enumerate(CONSOLE[:4]):
            text = canvas.beginText(72, 640 - 12 * at)
            text.setFont("Courier", 9)
            text.setCharSpace(0.7)
            text.textOut(row)
            canvas.drawText(text)

    assert found(spaced) == as_code(*CONSOLE[:4])


def test_a_table_in_a_font_of_one_pitch_keeps_its_rows() -> None:
    rows = "Bus   Leaves   Arrives", "12    08:10    08:55", "14    09:10    09:55", "16    10:10    10:55"
    assert found(typed(*rows))[-2:] == [
        ("row", "Bus: 14; Leaves: 09:10; Arrives: 09:55"),
        ("row", "Bus: 16; Leaves: 10:10; Arrives: 10:55"),
    ]


def test_a_short_line_above_a_listing_is_a_heading_save_with_a_colon() -> None:
    assert found(lines("Example", top=660, size=10), typed(*CONSOLE))[0][0].startswith("heading")
    assert found(lines("Example:", top=660, size=10), typed(*CONSOLE))[0] == ("paragraph", "Example:")


def test_a_quoted_listing_is_marked_line_by_line() -> None:
    data = pdf_drawn(drawn_over(lines(*ABOVE, size=10, pitch=12), typed(*CONSOLE)))
    boxes = draw(data, 1, "\n".join(CONSOLE[1:4])).boxes
    assert len(boxes) == 3


# --- what is no listing ----------------------------------------------------------------------------------------------


def test_a_text_in_a_typewriter_s_font_is_read_as_any_other() -> None:
    letter = (
        "Dear Ms Oakley, the filter of the north pump was changed on Friday,",
        "and the old one is kept in the shed until somebody has looked at it.",
        "",
        "Unit      Litres    Checked",
        "North     14.2      06:15",
        "South     11.7      06:40",
    )
    blocks = kinds(read(pdf_drawn(drawn_over(lines("Oakley Waterworks", size=16), typed(*letter)))))
    assert [kind for kind, _ in blocks] == ["heading1", "paragraph", "row", "row"]
    assert blocks[2] == ("row", "Unit: North; Litres: 14.2; Checked: 06:15")


def test_a_single_line_stays_a_paragraph() -> None:
    assert found(typed("$ pumpctl stop north")) == [("paragraph", "$ pumpctl stop north")]


def test_words_within_a_sentence_stay_in_it() -> None:
    full = words(
        (72, "Helvetica", "Before the house is left for the night the person on duty has to run the command"),
        (440, "Courier", "pumpctl --stop"),
        top=640,
    )
    rest = typed("--unit=north.", "--unit=south", top=628, size=10)
    assert found(full, rest) == [
        ("paragraph", "Before the house is left for the night the person on duty has to run the command pumpctl --stop "
                      "--unit=north."),
        ("paragraph", "--unit=south"),
    ]  # fmt: skip


def test_wrapped_sentences_are_joined_in_every_font() -> None:
    licence = (
        "Permission is granted to copy and change this handbook under the",
        "terms of the club, as long as the names of those who wrote it stay",
        "on its first page; no warranty is given that any of it is right.",
    )
    assert found(typed(*licence)) == [("paragraph", " ".join(licence))]


def test_figures_in_another_font_stay_in_their_table() -> None:
    rows = [("Filter, coarse", "12.50"), ("Seal", "3.75"), ("Valve", "104.00")]
    drawings = [
        words((72, "Helvetica", name), (300, "Courier", price), top=640 - 14 * index)
        for index, (name, price) in enumerate(rows)
    ]
    assert found(*drawings) == [("row", f"{name}: {price}") for name, price in rows]


def test_rows_below_labels_in_another_font_stay_a_table() -> None:
    labels = words((72, "Helvetica-Bold", "Part"), (200, "Helvetica-Bold", "Price"), (300, "Helvetica-Bold", "Place"))
    rows = [
        words((72, "Courier", name), (200, "Courier", price), (300, "Courier", place), top=626 - 14 * index)
        for index, (name, price, place) in enumerate([("Filter", "12.50", "shed"), ("Seal, thin", "3.75", "attic")])
    ]
    assert found(labels, *rows) == [
        ("row", "Part: Filter; Price: 12.50; Place: shed"),
        ("row", "Part: Seal, thin; Price: 3.75; Place: attic"),
    ]


def test_a_command_in_a_cell_stays_in_its_row() -> None:
    rows = [
        words((72, "Helvetica", "Start"), (200, "Helvetica", "opens the inlet and waits, as after"), top=640),
        typed("pumpctl open inlet", "pumpctl run north.", top=628, left=200, size=10),
        words((72, "Helvetica", "Stop"), (200, "Helvetica", "ends all that is running"), top=598),
    ]
    assert found(*rows) == [
        ("row", "Start: opens the inlet and waits, as after pumpctl open inlet pumpctl run north."),
        ("row", "Stop: ends all that is running"),
    ]


def test_a_column_of_a_table_that_was_written_first_is_no_listing() -> None:
    commands = ("open inlet", "run north", "stop north")
    means = [words((200, "Helvetica", text), top=640 - 12 * at) for at, text in enumerate(("water in", "on", "off"))]
    assert ("code", "\n".join(commands)) not in found(typed(*commands, size=10), *means)


@pytest.mark.parametrize("bullet", ["\u2022", "-", "a)"])
def test_items_of_a_list_stay_items(bullet: str) -> None:
    names = ("pump_open(inlet, valves=2)", "pump_run(litres=3.1, wait=1)", "pump_stop(outlet, valves=4)")
    drawings = [
        words((72, "Helvetica", bullet), (86, "Courier", name), top=640 - 12 * at) for at, name in enumerate(names)
    ]
    assert [block for block in found(*drawings) if block[0] == "code"] == []


def test_items_with_a_drawn_bullet_stay_items() -> None:
    def dots(canvas: Canvas) -> None:
        for at in range(3):
            canvas.circle(67, 642 - 12 * at, 1.5, fill=1)

    names = ("pump_open()", "pump_run(3.1)", "pump_stop()")
    assert found(typed(*names, size=10), dots) == [("item", name) for name in names]


def test_words_in_a_font_that_shows_too_little_have_to_be_as_long_as_others() -> None:
    rows = [
        words((72, "Courier", "id, no."), (130, "Times-Roman", text), top=640 - 12 * at)
        for at, text in enumerate(("a green umbrella", "a brown hat and scarf"))
    ]
    assert [block for block in found(typed("pump.run()", top=300), *rows) if block[0] == "code"] == []


# --- what stands around a listing ------------------------------------------------------------------------------------


def test_the_usual_distance_of_lines_is_also_that_of_listings() -> None:
    apart = [lines(text, top=480 - 16 * at, size=10) for at, text in enumerate((*ABOVE, *ABOVE))]
    listing = typed(*["pump.run()"] * 12, size=10)
    blocks = kinds(read(pdf_drawn(drawn_over(*apart, listing))))
    assert [text for kind, text in blocks if kind == "paragraph" and len(text) > 40] == [*ABOVE, *ABOVE]


# --- how a font is told ----------------------------------------------------------------------------------------------


def place(text: str, widths: dict[str, float]) -> Monospace:
    """Return what is known of a font after a line was seen whose characters have these widths."""
    lefts = [0.0]
    for letter in text:
        lefts.append(lefts[-1] + widths.get(letter, 6.0))
    boxes = [(a, 0.0, b, 10.0) for a, b in pairwise(lefts)]
    page = Monospace(text, boxes.__getitem__, lambda _: 1, lambda _: 1)
    page.look_at(range(len(text)), 0)
    return page


@pytest.mark.parametrize(
    ("text", "widths", "known"),
    [
        ("open inlet", {}, "open inlet"),
        ("open inlet", {"i": 3.0}, ""),
        ("12 34 56", {}, ""),  # figures have one width in most fonts
        ("fine on a", {}, ""),  # f and i may be one sign
        ("\u6d41\u91cf, 14 m", {}, ""),  # a script without spaces
    ],
)
def test_a_font_of_one_pitch_has_narrow_letters_that_are_as_wide_as_others(
    text: str, widths: dict[str, float], known: str
) -> None:
    assert place(text, widths).typed(range(len(text)), 0, frozenset())[0] == known


def test_letters_of_turned_text_say_nothing_of_its_font() -> None:
    text = "i, moa b c"
    boxes = [(590.0, 20.0 - 6 * at, 600.0, 26.0 - 6 * at) for at in range(5)]
    boxes += [(6.0 * at, 0.0, 6.0 * at + 6, 10.0) for at in range(5)]
    page = Monospace(text, boxes.__getitem__, lambda _: 1, lambda _: 1)
    page.look_at(range(5), 2)
    assert page.typed(range(5, 10), 5, frozenset()) == ("", 0.0)
    page.look_at(range(5, 10), 5)
    assert page.typed(range(5, 10), 5, frozenset()) == ("", 0.0)


def line(text: str, bottom: float, *, size: float = 10.0, one_pitch: bool = True) -> Line:
    typed_text = text if one_pitch else ""
    return Line(text, 1, 72, 72 + 6.0 * len(text), bottom, size, typed=typed_text, advance=6.0 * one_pitch)


def test_lines_of_another_size_or_far_below_are_no_more_of_a_listing() -> None:
    prose = [line("A long text in the usual font of the document. " * 3, 50, one_pitch=False)]
    parts = [
        line("open()", 100),
        line("run()", 112),
        line("stop()", 160),
        line("wait()", 172),
        line("TITLE", 184, size=16),
    ]
    assert [found.text for found in join_listings([*prose, *parts])[1:]] == ["open()\nrun()", "stop()\nwait()", "TITLE"]


def test_the_first_line_of_a_listing_is_no_rest_of_a_sentence_that_had_room_for_it() -> None:
    prose = line("A long text in the usual font of the document. " * 3, 50, one_pitch=False)
    short = line("Then the following has to be written, on one line each", 100, one_pitch=False)
    rows = [line("pump run north", 112), line("pump run south", 124)]
    assert [found.text for found in join_listings([prose, short, *rows])][2:] == ["pump run north\npump run south"]
    number = line("23", 100, one_pitch=False)
    assert [found.text for found in join_listings([replace(prose, left=90), number, *rows])][2:] == [
        "pump run north\npump run south"
    ]


def test_wrapped_sentences_have_no_cells() -> None:
    prose = line("A long text in the usual font of the document. " * 9, 50, one_pitch=False)
    rows = [
        line("Permission is granted to copy and change this handbook under the", 100),
        line("terms of the club, as long as the names of those who wrote it stay", 112),
    ]
    celled = [replace(row, cells=(("Permission", 72, 132), ("is", 140, 152))) for row in rows]
    assert [row.cells for row in join_listings([prose, *celled])] == [(), (), ()]


class Sheet:
    """A page with these lines."""

    def __init__(self, *found: Line) -> None:
        self._found = found

    def lines(self, _: int) -> Iterator[Line]:
        return iter(self._found)


def test_a_line_beside_one_in_another_font_is_none_of_a_listing() -> None:
    beside = replace(line("in a tank", 101, one_pitch=False), left=200, right=260)
    assert [(row.text, row.typed) for row in _lines(Sheet(line("inlet", 100), beside), 1)] == [("inlet in a tank", "")]


def test_no_gap_is_kept_beyond_what_anybody_reads() -> None:
    texts = "a. b."
    boxes = [(0.0, 0.0, 6.0, 10.0), (6.0, 0.0, 12.0, 10.0), (12.0, 0.0, 18.0, 10.0)]
    boxes += [(6e9, 0.0, 6e9 + 6, 10.0), (6e9 + 6, 0.0, 6e9 + 12, 10.0)]
    page = Monospace(texts, boxes.__getitem__, lambda _: 1, lambda _: 1)
    page.look_at(range(5), 0)
    assert page.typed(range(5), 0, frozenset())[0] == f"a.{' ' * 200}b."
    digits = line("9" * 5000, 112, one_pitch=False)
    assert len(join_listings([line("9" * 20_000, 50, one_pitch=False), line("open()", 100), digits])) == 3
    rows = [line("open()", 100), replace(line("run()", 112), left=6e9)]
    joined = join_listings([line("A text. " * 9, 50, one_pitch=False), *rows])[1]
    assert joined.text == f"open()\n{' ' * 200}run()"


LONG = replace(line("A long text in the usual font of the document. " * 9, 50, one_pitch=False), left=50)


@pytest.mark.parametrize(
    "texts",
    [
        (
            "The battery of the north pump is full at 13.8 volts.",
            "The battery of the south pump is full at 13.7 volts.",
        ),
        ("# the filter of the north pump was changed on", "# a Friday and is to be looked at again in"),
        ("mkdir -p /srv/pump/log && cp -a /etc/pump.conf", "cp -a /srv/old/*.log /srv/pump/log/"),
    ],
)
def test_lines_that_are_no_wrapped_sentences_are_kept(texts: tuple[str, str]) -> None:
    rows = [line(text, 100 + 12 * at) for at, text in enumerate(texts)]
    assert [row.text for row in join_listings([LONG, *rows])][1:] == ["\n".join(texts)]


@pytest.mark.parametrize(
    "above",
    [
        line("The house is left only after the pumps were stopped as follows:", 100, one_pitch=False),
        line("pump.inlets(north=2, south=4, east=0, west=1)", 100, size=12),
        replace(line("a  b", 100, size=12), cells=(("a", 72, 78), ("b", 90, 96))),
        replace(line("1.  stop", 80, one_pitch=False), left=50, cells=(("1.", 50, 60), ("stop", 72, 96))),
    ],
)
def test_what_stands_above_a_listing_takes_none_of_its_lines(above: Line) -> None:
    rows = [replace(line("c  d", 112 + 12 * at), cells=(("c", 72, 78), ("d", 90, 96))) for at in range(2)]
    assert [row.text for row in join_listings([LONG, above, *rows])] == [LONG.text, above.text, "c  d\nc  d"]


def test_words_from_right_to_left_are_no_line_of_a_listing() -> None:
    boxes = [(40.0 + 6 * at, 0.0, 46.0 + 6 * at, 10.0) for at in range(3)]
    boxes += [(6.0 * at, 0.0, 6.0 * at + 6, 10.0) for at in range(3)]
    page = Monospace("a, be.", boxes.__getitem__, lambda _: 1, lambda _: 1)
    page.look_at(range(6), 0)
    assert page.typed(range(6), 0, frozenset()) == ("", 0.0)
