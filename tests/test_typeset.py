"""Plain text that a program set: pages, broken words, lines stretched to a column, headings that stand left of the text."""

from __future__ import annotations

import re

import pytest

from tests.test_formats import blocks_of, text_of

# --- pages ---------------------------------------------------------------------------------------------------------


def page(
    number: int, words: str, *, top: str = "Note 77            The ferry            May 2019", foot: str = ""
) -> str:
    return f"{top}\n\n\n{words}\n\n\n{foot or f'Rook               For members               [Page {number}]'}\n"


FERRY = (
    "   The ferry leaves the northern pier at eight in the morning, and its\n   crew ties it fast to the southern one, as a rule at around",
    "   nine.\n\n   On Sundays it stays in the harbour, where the crew of the old boat\n   paints the hull anew each year.",
    "   Dogs travel free of charge, as long as somebody holds them all the\n   way to the other side of the river.",
    "   Tickets are sold by the captain.",
)


def test_lines_that_repeat_at_the_edges_of_pages_go_and_a_paragraph_runs_over_them() -> None:
    text = text_of("txt", "\f".join(page(number, words) for number, words in enumerate(FERRY, 1)))
    assert text.startswith("Note 77 The ferry May 2019\n\n"), "the first one may be the title"
    assert text.count("Note 77") == 1 and "Rook" not in text
    assert "and its crew ties it fast to the southern one, as a rule at around nine." in text
    assert text.count("\n\n") == 4


def test_what_ends_each_of_several_letters_stays_on_the_last_and_numbers_with_labels_are_no_pages() -> None:
    pay, staff = "Please pay within 14 days to the account below.", "Staff: {}"
    letters = "\f".join(
        f"Invoice {n}9\n\nFor the work of week {n}1 we ask for {n}40 euros.\n\n{pay}\n" for n in (1, 2, 3)
    )
    text = text_of("txt", letters)
    assert text.count(pay) == 1 and text.endswith(pay) and text.count("Invoice") == 3
    counted = "\f".join(f"The shop of town {'abcd'[n]} sells bread and cakes.\n\n{staff.format(n)}\n" for n in range(4))
    assert text_of("txt", counted).count("Staff: ") == 4


def test_an_indented_stanza_keeps_its_lines() -> None:
    stanza = "".join(f"{' ' * 30}the river runs to {place}\n" for place in ("the sea", "a mill", "the town", "its end"))
    assert text_of("txt", f"A song\n\n{stanza}").count("\n") >= 4


def test_a_line_at_the_foot_may_count_the_pages_and_one_at_the_top_only_if_it_reads_so() -> None:
    def pages(top: str, foot: str) -> str:
        text = (page(n, f"{words}.", top=top.format(n), foot=foot.format(n)) for n, words in enumerate(FERRY, 1))
        return text_of("txt", "\f".join(text))

    assert not re.search(r"\d", pages("Page {0} of 4", "- {0} -"))
    chapters = pages("Chapter {0}", "Sum: {0}0 euros")
    assert [f"Chapter {n}" in chapters and f"Sum: {n}0 euros" in chapters for n in (1, 2, 3, 4)] == [True] * 4


@pytest.mark.parametrize("pages", [2, 4])
def test_a_text_whose_pages_are_few_or_have_no_edges_alike_stays_as_it_is(pages: int) -> None:
    tops = [f"Release 1.{10 - n}" if pages > 2 else "Note 77" for n in range(pages)]
    text = "\f".join(f"{top}\n\n{words}\n" for top, words in zip(tops, FERRY, strict=False))
    assert text_of("txt", text) == text_of("txt", text.replace("\f", "\n\n"))
    assert all(top in text_of("txt", text) for top in tops)


# --- broken words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("the boats are renum\u2010\nbered", "the boats are renumbered"),
        ("each well\u2010known\nboat was renum\u2010\nbered", "each well\u2010known\nboat was renumbered"),
        ("the boat that was out-\nof-band", "the boat that was out-of-band"),
        ("the crew in cost-\neffective", "the crew in cost-effective"),
        ("the boat of the har-\nbour", "the boat of the harbour"),
        ("it lands in pre-\nand post-war", "it lands in pre- and post-war"),
        ("it uses 48-\nbit", "it uses 48-bit"),
    ],
)
def test_a_word_that_was_broken_at_the_end_of_a_line_is_whole_again(typed: str, read: str) -> None:
    text = (
        f"All of this stands in the register of the harbour now, where {typed} things are written down by the clerk.\n"
    )
    told = text_of("txt", text).replace("\n", " ")
    assert f"where {read} things".replace("\n", " ") in told


# --- lines stretched to a column -----------------------------------------------------------------------------------


def stretched(text: str, column: int, *, wide: int = 66) -> str:
    """Return the words in lines that end at one column, as a program sets them."""
    lines: list[list[str]] = [[]]
    for word in text.split():
        if len(" ".join([*lines[-1], word])) > wide - column:
            lines.append([])
        lines[-1].append(word)
    found = []
    for words in lines[:-1]:
        missing = wide - column - len(" ".join(words))
        found.append(" ".join(f"{word} " if at < missing else word for at, word in enumerate(words)).rstrip())
    return "\n".join(" " * column + line for line in [*found, " ".join(lines[-1])]) + "\n"


CARRIES = (
    "the boat carries people, goods and a few quiet animals over the wide river, and back again before the night falls"
)
MANUAL = f"""\
FERRY(7)                    The Harbour Manual                    FERRY(7)

NAME
       ferry - carry people and goods

DESCRIPTION
{stretched(f"On most days {CARRIES}. The Lord Mayor of Nether Aldcombe pays for the crew. {CARRIES}.", 7)}
   Boats in use
{stretched(f"There are two, and {CARRIES}.", 7)}
OPTIONS
       FOR THE CREW:

       -q WHEN, --quiet=WHEN
{stretched(f"Sounds no horn. The King and the Queen of Aldcombe and Nether Hill are heard anyway, as {CARRIES}.", 14)}
       -v     Sounds it twice.

       FOR THE CAPTAIN AND his OFFICERS:

{stretched(f"Say it with a list of words, such as {CARRIES}:", 7)}\
       ferry --quiet=always
       ferry --quiet=never

       Place      Boat       Seats
       Aldcombe   Heron      40
       Nether     Coot

       In a script:
       if ferry -v; then
         echo late
       fi

FILES
       /etc/ferry.conf
              Names the boats that stay in the harbour.

EXIT STATUS
{stretched(f"It is 0 if all went well. Else {CARRIES}.", 7)}
"""


def test_lines_stretched_to_a_column_go_on_and_others_stay_lines() -> None:
    blocks = blocks_of("txt", MANUAL)
    assert ("paragraph", f"There are two, and {CARRIES}.") in blocks
    whole = f"On most days {CARRIES}. The Lord Mayor of Nether Aldcombe pays for the crew. {CARRIES}."
    assert ("paragraph", whole) in blocks
    listed = f"Say it with a list of words, such as {CARRIES}:\nferry --quiet=always\nferry --quiet=never"
    assert ("paragraph", listed) in blocks
    assert not [text for kind, text in blocks if kind != "code" and "  " in text]


def test_code_and_columns_keep_their_spaces() -> None:
    code = [text for kind, text in blocks_of("txt", MANUAL) if kind == "code"]
    assert code == [
        "Place      Boat       Seats\nAldcombe   Heron      40\nNether     Coot",
        "In a script:\nif ferry -v; then\n  echo late\nfi",
    ]


def test_an_option_or_a_file_leads_to_what_is_said_of_it() -> None:
    texts = [text for _, text in blocks_of("txt", MANUAL)]
    assert next(text for text in texts if text.startswith("-q")).startswith(
        "-q WHEN, --quiet=WHEN Sounds no horn. The "
    )
    assert "/etc/ferry.conf Names the boats that stay in the harbour." in texts


def test_sections_of_a_manual_are_headings_and_those_within_stand_below_them() -> None:
    headings = [f"{kind[-1]} {text}" for kind, text in blocks_of("txt", MANUAL) if kind.startswith("heading")]
    assert headings == [
        "2 NAME",
        "2 DESCRIPTION",
        "3 Boats in use",
        "2 OPTIONS",
        "3 FOR THE CREW:",
        "3 FOR THE CAPTAIN AND his OFFICERS:",
        "2 FILES",
        "2 EXIT STATUS",
    ]


def test_headings_left_of_an_indented_text_need_no_capitals_and_a_value_is_none() -> None:
    body = "   The boats are painted in spring. The harbour pays for it.\n   It may rain on all of them, too.\n\n" * 4
    raw = f"Summary\n\n{body}1.1.  paint and tar\n\n{body}   Use:\n\n      COMMON\n\nThe Author\n\n   Ada Rook\n"
    headings = [f"{kind[-1]} {text}" for kind, text in blocks_of("txt", raw) if kind.startswith("heading")]
    assert headings == ["2 Summary", "3 1.1. paint and tar", "2 The Author"]
    flat = re.sub("^ +", "", raw, flags=re.MULTILINE)
    assert ("paragraph", "Summary") in blocks_of("txt", flat), "nothing stands out there"


def test_the_first_line_of_an_indented_block_keeps_its_place() -> None:
    drawn = "       0       1\n       0 1 2 3 4\n      +-+-+-+-+-+\n      |  boat   |\n      +-+-+-+-+-+\n"
    assert ("code", " 0       1\n 0 1 2 3 4\n+-+-+-+-+-+\n|  boat   |\n+-+-+-+-+-+") in blocks_of(
        "txt", f"It floats.\n\n{drawn}"
    )


def test_what_is_said_beside_a_label_is_no_code() -> None:
    raw = (
        '   [HERON]       Rook, A., and Coot, B., "Boats of the Lower\n'
        '                 Reaches and Their Names", Harbour Press,\n'
        "                 Aldcombe, 1987.\n"
    )
    assert blocks_of("txt", f"Books.\n\n{raw}")[1] == (
        "paragraph", '[HERON] Rook, A., and Coot, B., "Boats of the Lower Reaches and Their Names", Harbour Press, Aldcombe, 1987.'
    )  # fmt: skip


def test_a_sentence_in_full_lines_goes_on_with_a_name_in_a_text_of_prose() -> None:
    prose = "The boiler stands in the cellar and is looked after by the plumber who\nlives in the next street.\n\n" * 3
    raw = "He was taught by Ada Rook and her sister, and by the wife of Bartholomew\nCoot of Nether Aldcombe.\n"
    assert blocks_of("txt", prose + raw)[-1] == ("paragraph", raw.strip().replace("\n", " "))


# --- as nroff sets it: pages of equal length without form feeds, first lines further in, lines stretched ------------

STRETCHED = (
    "     The ferry leaves the northern pier at eight in the morning,",
    "and  its  crew  ties  it fast to the southern one, as a rule, at",
    "around nine.  On Sundays it stays in the harbour, where the crew",
    "paints  the  hull  anew  each year.  Dogs travel free of charge,",
    "but  somebody  has to hold them on the way to the other side, as",
    "the captain of the boat does not like them on her deck, where it",
    "is  narrow.   Tickets  are sold by the captain and by her broth-",
    "er, who has done so for many years.",
)


def filled(number: int) -> str:
    first = [" " * 5 + f"Note of page {'abcdef'[number - 1]}.", ""] if number < 6 else []
    body = [*first, *STRETCHED]
    lines = ["", "", f"Ferry Guide {' ' * 40} {number}", "", "", *body]
    return "\n".join(
        [*lines, *[""] * (37 - len(lines)), "Ferry 3.6                                     May 8, 2020", "", ""]
    )


def test_pages_that_only_blank_lines_fill_up_lose_their_edges() -> None:
    text = text_of("txt", "\n".join(filled(number) for number in range(1, 7)))
    assert "Ferry Guide" not in text and text.count("Ferry 3.6") == 1, "the last one may end a letter"
    assert text.count("Note of page") == 5


def test_the_first_line_of_a_stretched_paragraph_may_stand_further_in() -> None:
    joined_text = " ".join(" ".join(STRETCHED).split()).replace("broth- er", "brother")
    two = ("     Boats  of  other  towns land  at the southern pier as well,", "but not in winter.")
    assert all(len(line) == 64 for line in STRETCHED[:-1])
    found = blocks_of(
        "txt", "\n\n".join("\n".join(f"{' ' * 10}{line}" for line in part) for part in (*[STRETCHED] * 4, two))
    )
    assert [text for _, text in found] == [joined_text] * 4 + [" ".join(" ".join(two).split())]


def test_a_drawing_among_stretched_lines_keeps_its_lines() -> None:
    box = ["+" + "-" * 62 + "+", "|" + "the bat bites".center(62) + "|", "+" + "-" * 62 + "+"]
    found = blocks_of(
        "txt", "\n\n".join("\n".join(part) for part in (*[STRETCHED] * 4, [f"    {line}" for line in box]))
    )
    assert found[-1] == ("code", "\n".join(box))


def test_a_frame_of_stars_goes_and_what_it_holds_is_text() -> None:
    words = (
        "6. Warranty",
        "-----------",
        "",
        "The ferry is lent as it is, and whoever takes it over the river",
        "bears the risk.",
    )
    inner = ["", *words, ""]
    framed = "\n".join(["*" * 72, *(f"*  {line:<67} *" for line in inner), "*" * 72])
    found = blocks_of("txt", f"5. Before\n---------\n\nA text.\n\n{framed}\n\n7. After\n--------\n\nMore.")
    assert ("heading2", "6. Warranty") in found
    assert ("paragraph", " ".join(words[3:])) in found
    assert "*" in text_of("txt", "* one *\n* two *\n"), "a list without a frame"


def test_numbered_chapters_are_headings_whatever_their_words() -> None:
    prose = "The ferry leaves the northern pier at eight in the morning."
    heads = ("1. What goes on here?", "1.1. Boats (`?')", "2. Piers and towns on the river", "3. Whom do you ask?")
    text = "".join(f"{head}\n\n{prose}\n\n" for head in heads)
    assert [words for kind, words in blocks_of("txt", text) if kind.startswith("heading")] == list(heads)
    plain = "".join(f"{n}. What goes on here at {n}?\n\n{prose}\n\n" for n in (1, 2, 3))
    assert {kind for kind, _ in blocks_of("txt", plain)} == {"paragraph"}
