"""What a language model writes: every kind of marker, lists within lists, tables, and replies that decline."""

from __future__ import annotations

import pytest

from rag.declining import declines, is_polite
from rag.draft import NO_ANSWER, is_open, read_draft


@pytest.mark.parametrize(
    ("draft", "text", "numbers"),
    [
        ("It rains [1-3].", "It rains.", (1, 2, 3)),
        ("It rains [passage 2].", "It rains.", (2,)),
        ("It rains [Source: 2].", "It rains.", (2,)),
        ("It rains 【4†source】.", "It rains.", (4,)),
        ("It rains [[1]].", "It rains.", (1,)),
        ("It rains ([1]).", "It rains.", (1,)),
        ("It rains [1](#1).", "It rains.", (1,)),
        ("According to [3], it rains.", "It rains.", (3,)),
        ("It rains.[^2]", "It rains.", (2,)),
        ("It *rains* and `pours` **hard** [1].", "It rains and pours hard.", (1,)),
        ("Call `__init__` with 2 * 3 * 4 [1].", "Call __init__ with 2 * 3 * 4.", (1,)),
        ("### It rains ###", "It rains", ()),
        ("[1](https://example.org) rains.", "[1](https://example.org) rains.", ()),
    ],
)
def test_markers_and_emphasis_of_all_kinds(draft: str, text: str, numbers: tuple[int, ...]) -> None:
    [part] = read_draft(draft)
    assert (part.text, part.numbers) == (text, numbers)


def test_a_marker_on_a_line_of_its_own_is_not_of_the_sentence_before() -> None:
    first, second = read_draft("Invoices are kept for years.\n\n[2] policy.md, Periods")
    assert (first.text, first.numbers, first.is_listed) == ("Invoices are kept for years.", (), False)
    assert (second.text, second.numbers, second.is_listed) == ("policy.md, Periods", (2,), True)


def test_lists_within_lists_keep_their_items() -> None:
    draft = "1. **Logs**\n   - kept 180 days [1]\n     - of the portal\n2. Invoices\n   kept ten years\n- Else"
    parts = list(read_draft(draft))
    assert [(part.lead, part.parent) for part in parts] == [
        ("\n1. ", ""),
        ("\n   - ", "Logs"),
        ("\n      - ", "Logs, kept 180 days"),
        ("\n2. ", ""),
        ("\n\n", ""),
        ("\n- ", ""),
    ]
    assert [part.is_title for part in parts] == [True, False, False, False, False, False]


def test_code_between_fences_is_one_sentence_as_it_stands() -> None:
    before, code, after = read_draft("Type:\n\n   ```sh\n   a[1] = `x`. {\n     b\n   }\n   ```\n[2]\nThen wait [1].")
    assert (before.text, after.numbers) == ("Type:", (1,))
    assert (code.text, code.numbers, code.lead) == ("a[1] = `x`. {\n      b\n    }", (2,), "\n\n    ")
    assert [part.text for part in read_draft("~~~\nstill open. Or")] == ["still open. Or"]
    inside = "\\[a\\] x\nif (1)\n<s>word²</s>\n\nUser:\n  source 2 says"
    before, code, after = read_draft(f"It rains\nall day:\n```\n{inside}\n``` [2]\nIt snows [3].")
    assert (before.text, code.numbers, after.numbers) == ("It rains all day:", (2,), (3,))
    assert code.text.replace("\n    ", "\n") == inside


def test_cells_may_hold_bars_and_line_breaks() -> None:
    head, row = read_draft("| a | b |\n|---|---|\n| one \\| two | three<br>four [1] |")
    assert (head.text, head.is_title) == ("a | b", True)
    assert (row.text, row.numbers) == ("one \\| two | three four", (1,))


@pytest.mark.parametrize(
    "reply",
    [
        NO_ANSWER,
        f"{NO_ANSWER} [1]",
        "I'm sorry, but the provided documents do not contain information on this.",
        "Unfortunately, the documents do not contain the answer.",
        "The passages provided do not contain the answer.",
        "The documents do not specify this. It may be common, though.",
        "The provided context does not mention this.",
        "I could not find this in the documents.",
        "The answer is not in the documents.",
        "There is no information about this.",
        "Die Dokumente enthalten die Antwort nicht.",
        "Les documents ne contiennent pas la réponse.",
        "Los documentos no contienen la respuesta.",
        "文档中没有答案。",
    ],
)
def test_a_reply_that_declines(reply: str) -> None:
    assert declines(reply)


@pytest.mark.parametrize(
    "reply",
    [
        f"{NO_ANSWER} However, access logs are kept for 180 days [1].",
        "The documents do not give a date, but it was in May [1].",
        "The contract does not contain a clause on noise.",
        "Nobody knows when the documents were written.",
        "Files are deleted after a day.",
    ],
)
def test_a_reply_that_answers_in_part_does_not_decline(reply: str) -> None:
    assert not declines(reply)


@pytest.mark.parametrize(
    ("draft", "text", "numbers"),
    [
        ("The office is in Berlin [1].", "The office is in Berlin.", (1,)),
        ("Boiling takes 12 min [1].", "Boiling takes 12 min.", (1,)),
        ("Visitors first log in [1].", "Visitors first log in.", (1,)),
        ("In [2], it is said that it rains.", "It is said that it rains.", (2,)),
        ("[2] states that it rains.", "It rains.", (2,)),
        ("Passage 2 says that it rains.", "It rains.", (2,)),
        ("According to passage 2, it rains.", "It rains.", (2,)),
        ("It rains (passage 2).", "It rains.", (2,)),
        ("It rains (see [2]).", "It rains.", (2,)),
        ("It rains (2).", "It rains.", (2,)),
        ("It rains [1], [2] and [3].", "It rains.", (1, 2, 3)),
        ("It rains [1 and 2].", "It rains.", (1, 2)),
        ("It rains [2, Weather].", "It rains.", (2,)),
        ("It rains [citation:2].", "It rains.", (2,)),
        ("It rains [2](weather.md).", "It rains.", (2,)),
        ("It rains ^2^.", "It rains.", (2,)),
        ("It rains.<sup>2</sup>", "It rains.", (2,)),
        ("It rains.²", "It rains.", (2,)),
        ("It rains \\[2\\].", "It rains.", (2,)),
        ("It failed at 2:40 a.m. [2].", "It failed at 2:40 a.m.", (2,)),
        ("The floor has 185 m² [2].", "The floor has 185 m².", (2,)),
        ("There are two kinds (as of 2024 [2]).", "There are two kinds (as of 2024).", (2,)),
        ("Run `rm -rf *.tmp` and 2**3 [2].", "Run rm -rf *.tmp and 2**3.", (2,)),
        ("Assistant: It rains [2].</s>", "It rains.", (2,)),
        ("It rains\nall over the\ncountry [2].", "It rains all over the country.", (2,)),
        ("Yes. It rains [2].", "Yes. It rains.", (2,)),
        ("The final answer: 14 days [2].", "The final answer: 14 days.", (2,)),
        ("- Assistant: Bob Smith [2]", "Assistant: Bob Smith", (2,)),
        ("\n**Answer:** It rains [2].", "It rains.", (2,)),
        ("It rains `[2]`, `[1, 3]`.", "It rains.", (2, 1, 3)),
        ("Use `argv[1]` for the file [2].", "Use argv[1] for the file.", (2,)),
        ("Use `a  .` for (see `b`) it (2).", "Use a  . for (see b) it.", (2,)),
        ("`It` is 12 inch² large [2, `b`], and rains².", "It is 12 inch² large, and rains.", (2,)),
        ("It is 3 feet³ and rains².", "It is 3 feet³ and rains.", (2,)),
    ],
)
def test_markers_and_marks_leave_the_words_whole(draft: str, text: str, numbers: tuple[int, ...]) -> None:
    (part,) = read_draft(draft)
    assert (part.text, part.numbers) == (text, numbers)


def test_a_marker_of_its_own_line_and_one_above_a_list_belong_to_the_lines_without_any() -> None:
    parts = read_draft("Do this [2]:\n- Stop.\n- Rinse [1].")
    assert [(part.numbers, part.about) for part in parts] == [((2,), ""), ((2,), "Do this:"), ((1,), "Do this:")]
    assert [part.numbers for part in read_draft("It rains.\n\nIt snows.\n\n[3]")] == [(3,), (3,)]


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ("It rains [1].\n\nUser: How long?\n\nAssistant: A day.", ["It rains."]),
        ("It rains [1].\n\n\nHuman:\nHow long?", ["It rains."]),
        ("It rains [1].\n\nQuestion:", ["It rains."]),
        ("It rains [1].\nUser: How long?\nAssistant: A day.", ["It rains."]),
        ("It rains [1].\nQuestion: How long? [1]\nA day [1].", ["It rains.", "Question: How long?", "A day."]),
        ("Contact [1]:\nUser: bob [1]\nPassword: x [1]", ["Contact:", "User: bob", "Password: x"]),
        ("It rains [1].\n\nUser: bob [1]\nPassword: x [1]", ["It rains.", "User: bob", "Password: x"]),
        ("Question: Who pays [1]?\nAnswer: The tenant [1].", ["Question: Who pays?", "Answer: The tenant."]),
    ],
)
def test_a_conversation_that_is_gone_on_with_is_no_answer_but_a_field_is(draft: str, told: list[str]) -> None:
    assert [part.text for part in read_draft(draft)] == told


@pytest.mark.parametrize(
    ("draft", "count"),
    [
        ("It rains [1]." + "\n" * 9000, 1),
        ("It rains [1].\n" + " \n" * 9000 + "It snows.", 2),
        ("It rains [1]." + " " * 9000 + "It snows.", 2),
        ("It rains [1].\n" + "[" * 9000 + "]", 1),
        ("It rains [1].\n\n| a | b |\n" + " " * 9000 + "It snows.", 3),
    ],
)
def test_what_repeats_itself_takes_no_longer_for_each_piece_of_it(draft: str, count: int) -> None:
    """Where the time grows with the square of the length, this takes seconds."""
    parts = read_draft(draft)
    assert (len(parts), parts[0].text, parts[0].numbers) == (count, "It rains.", (1,))
    assert not is_open(draft) and is_open(f"{draft} [2")


def test_a_sentence_that_is_said_again_and_again_is_told_once() -> None:
    assert len(read_draft("It rains [1]. " * 20)) == 1
    assert len(read_draft("- 14 days [1]\n- 14 days [1]")) == 2  # of two things


def test_a_marker_from_one_to_many_is_ten_at_most() -> None:
    (part,) = read_draft("It rains [1-200].")
    assert part.numbers == tuple(range(1, 11))


@pytest.mark.parametrize(
    "reply",
    [
        "Unfortunately, the password is not mentioned in the documents.",
        "None of the passages mention the password.",
        "There's no mention of the password in the documents.",
        "I don't have enough information to answer this question.",
        "I'm unable to provide the password as it isn't included in the passages.",
        "It is not possible to determine the password.",
        "Sure! The documents do not contain the answer.",
        "Not mentioned.",
        "N/A",
    ],
)
def test_more_ways_to_decline(reply: str) -> None:
    assert declines(reply)


@pytest.mark.parametrize(
    ("text", "polite"),
    [
        ("Sure!", True),
        ("Great question!", True),
        ("Let me know if you have any other questions!", True),
        ("Here is a comparison:", True),
        ("If you have any further questions, please ask.", True),
        ("If you need more details, let me know!", True),
        ("If you'd like, I can list the fees too.", True),
        ("Falls Sie weitere Fragen haben, helfe ich gern.", True),
        ("If you have worked here for years, you get a bonus.", False),
        ("If you need help, the landlord pays for it.", False),
        ("Falls Sie kündigen, verfällt die Kaution.", False),
        ("The price is fair.", False),
        ("Sure, it rains.", False),
    ],
)
def test_courtesies(text: str, polite: bool) -> None:
    assert is_polite(text) is polite
