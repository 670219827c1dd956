"""A written answer keeps its paragraphs, lists and tables, in the window, in exports and in its text."""

from __future__ import annotations

import re

from rag.datatypes import Answer, Sentence, Verdict
from tests.test_cite import HITS, bind
from ui.conversations import Exchange, Talk
from ui.export import to_html, to_markdown
from ui.prose import escape, lay_out
from ui.render import plain, render_exchange

DRAFT = """Two things are known. They are these:

- **The H200** has 141 GB of memory [1].
- Refunds are paid within 14 days [2]. They are never paid in cash.

### Steps
1. Write to help@example.org [2].
2) Wait.

| Item | Value |
|:-----|---|
| H200 | 141 GB [1] |
| Refunds | e.g. 14. Days [2] |

The end."""
MARKDOWN = """Two things are known. They are these:
- The H200 has 141 GB of memory. [1]
- Refunds are paid within 14 days. [2] They are never paid in cash. [3]

### Steps
1. Write to help@example.org. [4]
2. Wait.

| Item | Value
| --- | --- |
| H200 | 141 GB [1]
| Refunds | e.g. 14. Days [2]

The end."""
WRITTEN = bind(DRAFT, HITS)
SHAPE = ["p", "ul", "li", "li", "p", "ol", "li", "li", "table", "tr", "tr", "tr", "p"]
TALK = Talk("1", "Refunds", "", (Exchange(Answer("Refunds?", "Refunds?", WRITTEN, mode="llm", final=True)),))


def test_the_text_is_markdown_of_the_same_shape() -> None:
    assert Answer("q", "q", WRITTEN).text == MARKDOWN


def test_what_has_streamed_stays_as_it_is() -> None:
    for end in range(1, len(DRAFT)):
        finished = Answer("q", "q", bind(DRAFT[:end], HITS)[:-1]).text
        assert MARKDOWN.startswith(finished), DRAFT[:end]


def test_blocks_keep_their_kind_and_order() -> None:
    drawn = lay_out(WRITTEN, lambda sentence: f'<span class="words">{sentence.text}</span>')
    assert re.findall(r"<(p|ul|ol|li|table|tr)\b", drawn) == SHAPE
    assert '<li value="2" dir="auto">' in drawn
    rows = [re.sub("<[^>]*>", "|", row) for row in re.findall("<tr>.*?</tr>", drawn)]
    assert [[cell for cell in row.split("|") if cell] for row in rows] == [
        ["Item", "Value"],
        ["H200", "141 GB"],
        ["Refunds", "e.g. 14. Days"],
    ]


def test_the_cells_of_a_table_are_no_markup() -> None:
    row = Sentence("<img src=x onerror=alert(1)> | 1", lead="\n\n| ")
    assert "<img" not in lay_out([row], lambda sentence: sentence.text)


def test_code_keeps_its_lines_wherever_it_is_shown() -> None:
    said = bind("Refunds:\n```\nrefund: 14\n  <b>; in: days\n```\n[2]\nThat is all.", HITS)
    answer = Answer("q", "q", said, mode="llm", final=True)
    assert answer.text == "Refunds:\n\n    refund: 14\n      <b>; in: days\n\n[1]\n\nThat is all."
    shown = render_exchange(Exchange(answer))
    assert '<pre class="prose code">' in shown and ">refund: 14\n  &lt;b&gt;; in: days</span>" in shown
    talk = Talk("1", "Code", "", (Exchange(answer),))
    assert ">refund: 14\n  &lt;b&gt;; in: days" in to_html(talk)
    assert "\n\n    refund: 14\n      <b>; in: days\n\n[^1]\n\nThat" in to_markdown(talk)
    (doubted,) = bind("```\nrefund: 15\n```", HITS)
    assert plain(Answer("q", "q", (doubted,), mode="llm", final=True)) == "q\n\n    refund: 15\n\n (not supported)"


def test_a_cell_may_hold_a_bar() -> None:
    row = Sentence(r"A \| B | 1", verdict=Verdict.SUPPORTED, lead="\n\n| ")
    drawn = lay_out([row], lambda sentence: escape(sentence.text))
    shown = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td.*?</td>", drawn, re.DOTALL)]
    assert shown == ["A | B", "1"]
    talk = Talk("1", "Bars", "", (Exchange(Answer("Bars?", "Bars?", (row,), mode="llm", final=True)),))
    assert "A | B</span>" in to_html(talk)
    assert "\n| A \\| B | 1\n" in to_markdown(talk)


def test_items_within_items_stand_further_in() -> None:
    said = bind("1. Refunds\n   - are paid within 14 days [2]\n     - never in cash [2]\n2. Memory", HITS)
    drawn = lay_out(said, lambda sentence: sentence.text)
    assert re.findall(r"<(?:li|ol|ul)[^>]*>", drawn) == [
        '<ol class="prose">',
        '<li value="1" dir="auto">',
        '<ul class="prose">',
        '<li class="deep-1" dir="auto">',
        '<li class="deep-2" dir="auto">',
        '<ol class="prose">',
        '<li value="2" dir="auto">',
    ]


def test_exports_keep_the_shape() -> None:
    page = to_html(TALK)
    assert re.findall(r"<(p|ul|ol|li|table|tr)\b", page[: page.index("<hr>")]) == SHAPE
    kept = to_markdown(TALK)
    assert "\n- Refunds are paid within 14 days.[^2] They are never paid in cash.[^3]\n" in kept
    assert "\n| --- | --- |\n| H200 | 141 GB[^1]\n" in kept
