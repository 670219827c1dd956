"""A saved conversation holds every footnote once, and nothing in it can act."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from rag import Answer, Sentence, Verdict
from tests.test_conversations import CITED, EXCHANGE
from tests.test_render import PAYLOADS, Page
from ui.conversations import Exchange, Talk
from ui.export import file_stem, to_html, to_markdown
from ui.render import plain


def talk(**changes: object) -> Talk:
    answer = EXCHANGE.answer
    follow = replace(answer, question="And then?", standalone="And when then?", mode="llm")
    doubted = replace(answer.sentences[0], verdict=Verdict.PARTLY)
    return Talk(title="Hours").holding(
        EXCHANGE, Exchange(replace(follow, sentences=(doubted, *answer.sentences)), trouble="Stopped.")
    )


def test_markdown_has_each_citation_as_a_footnote() -> None:
    assert to_markdown(talk()) == (
        "# Hours\n\n## When does it open?\n\nSeven[^1]\n\n## And then?\n\nUnderstood as: And when then?\n\nStopped.\n\n"
        "Seven (partly supported)[^2] Seven[^2]\n\n"
        '[^1]: guide.md, page 2 (printed as "ii"): “Seven”\n\n[^2]: guide.md, page 2 (printed as "ii"): “Seven”\n'
    )


def test_html_has_each_citation_as_a_footnote() -> None:
    page = to_html(talk())
    notes, marks = re.findall(r'<li id="(note-\d+)"', page), re.findall(r'href="#(note-\d+)"', page)
    assert notes == ["note-1", "note-2"]
    assert marks == ["note-1", "note-2", "note-2"]
    assert set(re.findall(r'href="#(turn-\d+)"', page)) <= set(re.findall(r'id="(turn-\d+)"', page))
    assert '<a href="#note-2">[2]</a></sup>' in page
    assert "<small" in page and "(partly supported)" in page


def test_two_citations_of_a_sentence_do_not_read_as_one_number() -> None:
    said = Sentence("It opens.", tuple(replace(CITED, number=number) for number in (6, 8)), Verdict.SUPPORTED)
    page = Page(to_html(Talk().holding(Exchange(replace(EXCHANGE.answer, sentences=(said,))))))
    assert "It opens.[6][8]" in page.words


def test_a_refusal_is_written_with_what_comes_nearest() -> None:
    refused = Answer("Who pays?", "Who pays?", abstained="What comes nearest is listed.", nearest=(CITED,), final=True)
    said = Talk().holding(Exchange(refused))
    near = f"Nearest: {CITED.where}: “Seven”"
    assert near in to_markdown(said) and near in Page(to_html(said)).words and near in plain(refused)
    assert near not in to_markdown(talk()) + plain(replace(EXCHANGE.answer, nearest=(CITED,)))


def written(*leads: str) -> Talk:
    said = tuple(Sentence(f"Part {place}", (), Verdict.LEADING, lead=lead) for place, lead in enumerate(leads))
    return Talk().holding(Exchange(Answer("When?", "When?", said, mode="llm", final=True)))


@pytest.mark.parametrize(
    ("leads", "levels"),
    [
        (["\n\n# ", "\n\n", "\n\n## "], ["h3", "h4"]),
        (["\n\n### ", "\n\n## "], ["h4", "h3"]),
        (["\n\n### ", "\n\n##### "], ["h3", "h5"]),
        (["\n\n# ", "\n\n###### "], ["h3", "h6"]),
    ],
)
def test_the_headings_of_an_answer_stand_below_its_question(leads: list[str], levels: list[str]) -> None:
    tokens = MarkdownIt("commonmark").parse(to_markdown(written(*leads)))
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2", *levels]


def test_the_headings_of_an_answer_look_like_headings() -> None:
    page = to_html(written("\n\n# ", "\n\n"))
    assert '<p class="prose heading" dir="auto">Part 0</p>' in page and ".heading{font-weight:bold" in page


@pytest.mark.parametrize(
    "payload", [*PAYLOADS, "1. one", "- two", "# three", "> four", "[^1]: five", "***", "---", "="]
)
def test_what_others_wrote_stays_words(payload: str) -> None:
    answer = EXCHANGE.answer
    cited = replace(CITED, quote=payload, source=payload, heading=payload)
    said = replace(answer.sentences[0], text=payload, citations=(cited,))
    hostile = Talk(title=payload).holding(
        Exchange(replace(answer, question=payload, standalone=payload * 2, sentences=(said,), notice=payload))
    )
    page = to_html(hostile)
    assert set(re.findall(r"<(\w+)", page)) <= set(
        "html head meta title style body h1 h2 p sup a hr ol li q small".split()
    )
    assert "evil.example" not in "".join(re.findall(r'(?:href|src)="([^"]*)', page))
    tokens = MarkdownIt("commonmark").enable("table").parse(to_markdown(hostile))
    kinds = {token.type for block in tokens for token in (block, *(block.children or ()))}
    assert kinds <= {
        "heading_open",
        "inline",
        "heading_close",
        "paragraph_open",
        "paragraph_close",
        "text",
        "text_special",
        "hardbreak",
    }


def test_file_names_are_safe() -> None:
    assert file_stem(Talk(title="../../When? <b>")) == "When-b"
    assert file_stem(Talk(title="???")) == "conversation"


def test_a_list_that_is_quoted_keeps_its_lines() -> None:
    said = replace(EXCHANGE.answer.sentences[0], text="Do this:\n\n1. Turn *it*.\n2. Wait.")
    listed = Talk(title="Steps").holding(Exchange(replace(EXCHANGE.answer, sentences=(said,))))
    assert "Do this:\\\n1\\. Turn \\*it\\*.\\\n2\\. Wait.[^1]" in to_markdown(listed)
    assert "Do this:\n\n1. Turn *it*.\n2. Wait." in to_html(listed)
