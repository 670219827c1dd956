"""What a language model writes: every kind of marker, lists within lists, tables, and replies that decline."""

from __future__ import annotations

import pytest

from rag.draft import NO_ANSWER, declines, read_draft


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
