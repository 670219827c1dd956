"""Passages are exact slices, whole sentences, and fit the model's window."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.datatypes import Block, Document, Page, Passage
from rag.embed import HashEmbedder
from rag.split import embedding_text, split

COUNT = HashEmbedder().count_tokens


def make_document(text: str, blocks: tuple[Block, ...] = (), pages: tuple[Page, ...] = (), title: str = "") -> Document:
    return Document(hashlib.sha256(text.encode()).hexdigest()[:32], "a.txt", title, "txt", text, blocks, pages)


def check(document: Document, passages: list[Passage], max_tokens: int) -> None:
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        assert COUNT([embedding_text(passage)])[0] <= max_tokens
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end
    visible = "".join(document.text[s:e] for p in passages for s, e in p.sentences)
    assert "".join(visible.split()) == "".join(document.text.split())


def test_sentences_are_packed_evenly() -> None:
    document = make_document(" ".join(f"Sentence number {i} has exactly seven words." for i in range(20)))
    passages = split(document, COUNT, 62)
    check(document, passages, 62)
    assert [len(p.sentences) for p in passages] == [7, 7, 6]


def test_headings_start_a_section_and_stand_in_its_trail() -> None:
    text = "Guide\n\nStorage\n\nDisks are red.\n\nBackups\n\nThey run at night.\n\nNetwork\n\nCables are blue."
    names = {"Guide": 1, "Storage": 2, "Backups": 3, "Network": 2}
    blocks, at = [], 0
    for part in text.split("\n\n"):
        level = names.get(part, 0)
        blocks.append(Block("heading" if level else "paragraph", at, at + len(part), level))
        at += len(part) + 2
    passages = split(make_document(text, tuple(blocks), title="Guide"), COUNT, 60)
    assert [(p.heading, p.text) for p in passages] == [
        ("Guide > Storage", "Disks are red."),
        ("Guide > Storage > Backups", "They run at night."),
        ("Guide > Network", "Cables are blue."),
    ]
    assert embedding_text(passages[1]) == "Guide > Storage > Backups\nThey run at night."


def test_a_document_of_headings_only_is_still_found() -> None:
    text = "Only a heading"
    document = make_document(text, (Block("heading", 0, len(text), 1),))
    assert [p.text for p in split(document, COUNT, 60)] == [text]


def test_headings_that_stand_above_nothing_are_found_where_they_stand() -> None:
    text = "Lease\n\nLandlord: Ems Club\n\nRent\n\n450 euros.\n\nAnnex\n\nKeys\n\nSigned: Ada"
    levels = {"Lease": 1, "Landlord: Ems Club": 2, "Rent": 2, "Annex": 1, "Keys": 2, "Signed: Ada": 1}
    blocks, at = [], 0
    for part in text.split("\n\n"):
        blocks.append(Block("heading" if part in levels else "paragraph", at, at + len(part), levels.get(part, 0)))
        at += len(part) + 2
    assert [(p.heading, p.text) for p in split(make_document(text, tuple(blocks)), COUNT, 60)] == [
        ("Lease", "Landlord: Ems Club"),
        ("Lease > Rent", "450 euros."),
        ("", "Annex\n\nKeys"),
        ("", "Signed: Ada"),
    ]


def test_a_passage_knows_its_page() -> None:
    text = "First page. " * 3 + "Second page. " * 3
    cut = len("First page. " * 3)
    pages = (Page(1, "i", 0, cut), Page(2, "1", cut, len(text)))
    passages = split(make_document(text.rstrip(), pages=pages), COUNT, 11)
    assert (passages[0].page, passages[0].page_label) == (1, "i")
    assert (passages[-1].page, passages[-1].page_label) == (2, "1")


@pytest.mark.parametrize("text", ["x" * 30_000, "word " * 5_000, "字" * 3_000, "a.b" * 4_000])
def test_a_text_without_sentences_is_cut_to_fit(text: str) -> None:
    document = make_document(text.strip())
    passages = split(document, COUNT, 100)
    assert passages
    assert max(len(p.text) for p in passages) <= 100 * 8
    check(document, passages, 100)


def test_the_row_of_a_table_is_one_sentence_unless_it_is_long() -> None:
    row, cells = "Object: Portrait; Date: c. 1815; Place: Depot B. Rack 3.", "Note: One thing. " + "And another. " * 40
    text = f"{row}\n\n{cells.strip()}"
    blocks = (Block("row", 0, len(row)), Block("row", len(row) + 2, len(text)))
    (passage,) = split(make_document(text, blocks=blocks), COUNT, 500)
    assert [text[start:end] for start, end in passage.sentences][:2] == [row, "Note: One thing."]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "Delays. After forty minutes you may claim half of the fare. Keep it.",
            "Delays. After forty minutes you may claim half of the fare.",
        ),
        ("Topping lift. To hoist. A knot.", "Topping lift. To hoist."),
        ("Rent is 400. Heating is 80 more.", "Rent is 400."),
        ("Do not smoke. The alarm rings.", "Do not smoke."),
        ("Clinker.", "Clinker."),
        ("The planks of it overlap. They are nailed.", "The planks of it overlap."),
        ("Is it open? Yes, daily.", "Is it open?"),
    ],
)
def test_a_term_is_one_sentence_with_what_is_said_of_it(text: str, first: str) -> None:
    document = make_document(text)
    (passage,) = split(document, COUNT, 100)
    start, end = passage.sentences[0]
    assert document.text[start:end] == first


def test_a_title_whose_letters_are_tokens_leaves_room_for_the_text() -> None:
    document = make_document("数据库每天晚上两点备份。" * 60, title="关于数据库备份的规定" * 20)
    passages = split(document, lambda texts: [len("".join(text.split())) for text in texts], 200)
    assert max(len(embedding_text(passage)) for passage in passages) <= 200 and passages[0].title == document.title
    plain = make_document("Disks are red.", title="The backup of the database runs every night. " * 5)
    assert embedding_text(split(plain, COUNT, 200)[0]).startswith(plain.title.strip()[-160:])


def test_a_prefix_that_takes_more_than_a_quarter_of_the_window_is_counted_whole() -> None:
    document = make_document("Red disks are kept here. " * 40, title="word " * 30)
    passages = split(document, COUNT, 80)
    assert 60 < max(COUNT([embedding_text(passage)])[0] for passage in passages) <= 78


def test_an_empty_document_has_no_passages() -> None:
    assert split(make_document("  \n "), COUNT, 100) == []


def test_ids_come_from_content_and_place() -> None:
    one = split(make_document("Same words. Other words."), COUNT, 60)
    again = split(make_document("Same words. Other words."), COUNT, 60)
    other = split(make_document("Same words! Other words."), COUNT, 60)
    assert [p.id for p in one] == [p.id for p in again]
    assert one[0].id != other[0].id


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab .!\n字"), max_size=600), st.integers(12, 80))
def test_every_text_is_covered_by_passages_that_fit(text: str, max_tokens: int) -> None:
    document = make_document(text)
    check(document, split(document, COUNT, max_tokens), max_tokens)
