"""Lists, what leads to them, and questions with their answers are quoted together."""

from __future__ import annotations

import pytest

from rag.datatypes import MAX_LABEL, Passage
from rag.lists import MOST_LINES, Lines, asks_for_several, greets, is_idle, is_row
from rag.records import table, without_labels
from rag.sentences import sentence_spans
from rag.text import stem
from tests.test_extract import ask, make_hit

STEPS = (
    "To load a roll, do these steps:\n\n1. Turn the key.\n2. Pull the shaft. Slowly.\n3. Close the door.\n\nThe end."
)


def lines(text: str) -> Lines:
    spans = sentence_spans(text)
    return Lines(Passage("p", "d", "a.txt", "", 0, 0, len(text), text, sentences=tuple(spans)))


@pytest.mark.parametrize(
    ("text", "led_to"),
    [
        (STEPS, "1. Turn the key.\n2. Pull the shaft. Slowly.\n3. Close the door."),
        ("How late?\nAt nine. Or ten.", "At nine. Or ten."),
        ("How late? At nine. The lift is green.", "At nine."),
        ("How late?\n\nAt nine. Or ten. Why? Because.", "At nine. Or ten."),
        (f"Why?\n\nIt was old. {'x' * 240}. Yes.", "It was old."),
        ("It is given by\n\nx = 1\n\nThen more.", "x = 1"),
        ("Note this:\n\nOne thing. Another.", "One thing."),
        ("Do not take it\n\nwith milk\nwith beer\n\nif old.", "with milk\nwith beer"),
        ("4. The show on Saturday. You come at seven. Lunch is for nine.", "You come at seven. Lunch is for nine."),
        (f"4. The show. You come at seven. {'x' * 240}.", "You come at seven."),
        ("See 4. The show. Come at seven.", ""),
        ("4. The show on Saturday in the hall begins at two. You come at seven.", ""),
        ("It steps up as follows.\n\nA: 1\nB: 2\n\nThe end.", "A: 1\nB: 2"),
        ("Matches cost the following shares of the price.\n\nA: 1\nB: 2", "A: 1\nB: 2"),
        ("The following is true. Another.", ""),
        ("Rent is due on the day following the start.\n\nPets are not allowed.", ""),
        ("A heading of a kind\n\nOne thing. Another.", ""),
        ("A sentence. Another.", ""),
        ("The following table tells all. It is of May.\n\nA: 1\nB: 2\n\nEnd.", "It is of May.\n\nA: 1\nB: 2"),
        ("See the table below.\n\nIt is of May. All else is of June.", ""),
        ("The table below tells all. Or. Or. Or. Or.\n\nA: 1\nB: 2", ""),
        ("Plan: Day; May be paused: no\n\nMinutes are counted by the app.", ""),
        ("Leads to nothing:", ""),
    ],
)
def test_what_a_sentence_leads_to(text: str, led_to: str) -> None:
    found = lines(text)
    end = found.led_to(0)
    assert (text[found.spans[1][0] : found.spans[end - 1][1]] if end else "") == led_to


def test_the_list_around_an_item() -> None:
    found = lines(STEPS)
    assert found.list_around(1) == found.list_around(4) == (0, 5)
    assert found.list_around(5) == (5, 6)
    long = lines("\n".join(f"item {n}" for n in range(40)))
    assert long.list_around(3) == (0, MOST_LINES)
    assert long.list_around(30) == (30, 31), "of a long list at least the item itself"


@pytest.mark.parametrize(
    ("question", "several", "rows"),
    [
        ("What are the steps?", True, False),
        ("How do I load a roll?", True, False),
        ("Which documents do I need?", True, False),
        ("List all error codes", True, True),
        ("What is the first step of loading?", True, False),
        ("Who has the key?", False, False),
        ("What is the name of the list?", False, False),
        ("Name, role and phone of Ida Kepler?", False, False),
        ("Name the flats of house North", True, True),
        ("Which of all the flats is hers?", True, True),
        ("What was the price?", False, False),
        ("What does it cost?", False, False),
        ("Welche Samen brauche ich?", True, False),
        ("Welche Werkzeuge gibt es im Schuppen?", True, False),
        ("Welche Erde ist die beste?", False, False),
        ("Was sind die Pflichten des Gärtners?", True, False),
        ("Wie pflanze ich Lauch?", True, False),
        ("Wie heißt der Gärtner?", False, False),
        ("Nenne alle Beete", True, True),
        ("Quels outils sont permis ?", True, False),
        ("Quelles sont les règles du potager ?", True, False),
        ("Quelle est la règle du potager ?", False, False),
        ("Comment planter un poireau ?", True, False),
        ("Comment s'appelle le jardinier ?", False, False),
        ("Énumérez les outils", True, True),
        ("¿Cuáles son las normas del huerto?", True, False),
        ("¿Qué herramientas hay?", True, False),
        ("¿Qué es un bancal?", False, False),
        ("¿Qué tenemos que pagar?", False, False),
        ("¿Cómo se planta el puerro?", True, False),
        ("¿Cómo se llama el jardinero?", False, False),
        ("Enumera los bancales", True, True),
    ],
)
def test_questions_for_several_things(question: str, several: bool, rows: bool) -> None:
    assert (asks_for_several(question), asks_for_several(question, rows=True)) == (several, rows)


@pytest.mark.parametrize("length", [5, 40, 61, MAX_LABEL])
def test_what_a_table_writes_is_a_row_whatever_its_labels(length: int) -> None:
    label = "Average annual concentration of nitrogen dioxide in the air of towns (µg/m³) in all"[-length:].strip()
    (row,) = table([["Station", label], ["Leeds", "31"]], header=1)
    assert is_row(row.text) and without_labels(row.text) == ["Leeds", "31"]
    (pair,) = table([[label, "31"]], pairs=True)
    assert pair.text == f"{label}: 31"


@pytest.mark.parametrize(
    "text",
    [
        "Note: soup; then: bread; nothing else.",
        "Bring a coat; it is cold: 3 degrees.",
        f"Station: Leeds; {'x' * (MAX_LABEL + 1)}: 31",
    ],
)
def test_prose_is_no_row(text: str) -> None:
    assert not is_row(text)


def test_a_list_is_quoted_whole() -> None:
    hit = make_hit(STEPS, (0.8, 0.5, 0.5, 0.2, 0.5, 0.1))
    assert ask("What are the steps for loading a roll?", hit)[0] == STEPS.removesuffix("\n\nThe end.")
    items = make_hit("Turn the key.\nPull the shaft out.\nClose the door.", (0.5, 0.7, 0.5))
    assert ask("How do I pull the shaft?", items) == ["Turn the key.\nPull the shaft out.\nClose the door."]
    assert ask("Who has the shaft?", items)[0] == "Pull the shaft out."


def test_an_answer_takes_the_place_of_its_question() -> None:
    hit = make_hit("Q: What do I pay if I am late?\nA: 20p per day.\n\nQ: May I eat?\nA: No.", (0.9, 0.2, 0.2, 0.1))
    assert ask("What if I am late?", hit)[0] == "A: 20p per day."


def test_an_answer_of_several_sentences_is_quoted_with_its_question() -> None:
    talk = "SB: Why did it close?\n\nHC: Not for want of orders. It was the lease.\n\nSB: And the tools?"
    hit = make_hit(talk, (0.9, 0.2, 0.2, 0.1))
    assert ask("Why did the foundry close?", hit)[0] == talk.removesuffix("\n\nSB: And the tools?")


def test_rows_are_quoted_together_only_where_all_are_asked_for() -> None:
    rows = "Code: E10; Meaning: stop\nCode: E12; Meaning: door\nCode: E21; Meaning: air"
    hit = make_hit(rows, (0.6, 0.5, 0.5))
    assert ask("List all codes", hit)[0] == rows
    assert ask("What does code E12 mean?", hit)[0] == "Code: E12; Meaning: door"


def test_of_a_table_in_sections_only_the_rows_of_the_one_that_is_asked_for_are_quoted() -> None:
    rows = [f"Article: {name}; Price: {price}" for name, price in (
        ("Brakes, disc", 4), ("Brakes, rim", 3), ("Tyres, winter", 9), ("Tyres, summer", 8), ("Lights, front", 5)
    )]  # fmt: skip
    hit = make_hit("\n".join(rows), (0.5, 0.5, 0.6, 0.5, 0.5))
    assert ask("List all tyres", hit) == ["\n".join(rows[2:4])]
    assert ask("List all articles", hit) == ["\n".join(rows)]


def test_rows_that_all_have_what_is_asked_for_are_quoted_together() -> None:
    rows = "Day: Monday; Opening hours: 9 to 5\nDay: Tuesday; Opening hours: 9 to 5\nDay: Sunday; Opening hours: closed"
    hit = make_hit(rows, (0.5, 0.6, 0.5))
    assert ask("What are the opening hours?", hit) == [rows]
    assert ask("What are the opening hours on Sunday?", hit)[0] == rows.splitlines()[2]
    assert ask("When may I come?", hit)[0] == rows.splitlines()[1]
    months = make_hit(
        "Month: April; Hours: 9 to 5\nMonth: May; Hours: 9 to 6\nMonth: June; Hours: 9 to 7", (0.5, 0.6, 0.5)
    )
    assert ask("What are the hours in May?", months)[0] == "Month: May; Hours: 9 to 6"


def test_the_line_above_a_mail_that_is_quoted_says_nothing() -> None:
    hit = make_hit("On Tue, 3 June 2025 at 9:15, Jonas Wrote wrote:\nThe patch was written by Ann.", (0.6, 0.5))
    assert ask("Who wrote the patch?", hit)[0] == "The patch was written by Ann."


def test_a_question_in_a_mail_is_neither_an_answer_nor_answered_behind_it() -> None:
    mail = (
        "The sauna is heated on Fridays from 18:00 as soon as the stove is in.\n\n"
        "On 14 Feb 2026 Ida Berg wrote:\nWhen can we use the sauna? Everyone asks."
    )
    said = ask("When can we use the sauna?", make_hit(mail, (0.7, 0.1, 0.9, 0.5)))
    assert said[0] == mail.partition("\n")[0] and not any("?" in words for words in said)


def test_many_labels_and_blanks_are_told_in_proportion_to_their_length() -> None:
    """With time that doubles for each label these would take years."""
    assert not greets(("a:" + " " * 4) * 400 + "x.") and greets("Name: Street:  Town:")
    assert greets("Initials of landlord ____ Initials of tenant ____") and not greets("The fee is ____ a day.")


def test_the_labels_of_a_form_are_no_answer() -> None:
    assert not greets("Buses leave at 10:30 from these stops:") and not greets("On 12 May Nansen, back home, wrote:")
    hit = make_hit("Locker number: Newsletter:\nThe locker of Ann has the number 9.", (0.6, 0.5))
    assert ask("What is the locker number?", hit)[0] == "The locker of Ann has the number 9."


def test_the_head_of_a_mail_answers_who_and_when_only() -> None:
    sender, sent = "From: Kasia Nowicka <kasia@choir.example>", "Date: Thu, 12 Mar 2026 21:14:07 +0000"
    kinds = ("name", "date", "number", "", None)
    assert [kind for kind in kinds if is_idle(sender, set(), kind)] == ["date", "number"]
    assert [kind for kind in kinds if is_idle(sent, set(), kind)] == ["name", "number"]
    asked = set(map(stem, ("choir", "weekend")))
    assert is_idle("Re: Choir weekend", asked, "") and not is_idle("Re: Choir weekend", asked, None)
    assert not is_idle("From: 3 May", set(), "number") and not is_idle("To: the treasurer", set(), "")


def test_an_item_that_alone_has_what_is_asked_is_quoted_alone() -> None:
    hit = make_hit("Harbour Library is under way.\nOak School is built.\nTram Depot is on hold.", (0.5, 0.5, 0.6))
    assert ask("Which projects are on hold?", hit)[0] == "Tram Depot is on hold."
    assert ask("Which projects are there?", hit)[0].count("\n") == 2


def test_a_sheet_to_fill_in_is_read_in_no_time() -> None:
    """Where each space may belong to two parts of the pattern, this takes hours."""
    sheet = " ".join(f"{day} ____" for day in range(1, 200))
    assert greets(sheet) and not greets(f"{sheet} Total hours")
