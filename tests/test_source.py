"""The source panel marks exactly the cited words, in text, in tables and on pages, and turns pages."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rag
from rag import Block, Citation, Document, DocumentInfo, LoadError, NotFoundError, PageImage
from tests.test_render import PAYLOADS, Page, assert_inert
from ui.source import COLUMNS, WINDOW, Place, heading_trail, render_source, render_text, split_parts

TEXT = "Handbook\n\nBackups\n\nThey run at two. They are kept.\n\n- nightly\n\n- weekly\n\nname: Ada <b>; role: cook; desk: 3\nname: Ida; role: a; b; desk: 4\n\nrsync -a"
KINDS = {"Handbook": ("heading", 1), "Backups": ("heading", 2), "- nightly": ("item", 0), "- weekly": ("item", 0)} | {
    "name: Ada <b>; role: cook; desk: 3": ("row", 0), "name: Ida; role: a; b; desk: 4": ("row", 0), "rsync -a": ("code", 0),
}  # fmt: skip


def blocks_of(text: str) -> tuple[Block, ...]:
    found = []
    for line in re.finditer(r"[^\n]+", text):
        kind, level = KINDS.get(line.group(), ("paragraph", 0))
        found.append(Block(kind, *line.span(), level))
    return tuple(found)


LABELS = [False] * len(TEXT)
for _label in re.finditer(r"(?:name|role|desk): |; (?=role|desk)", TEXT):
    LABELS[_label.start() : _label.end()] = [True] * len(_label.group())
HANDBOOK = Document("d1", "handbook.md", "Handbook", "markdown", TEXT, blocks_of(TEXT))


def paged(pages: int = 3, length: int = 40) -> Document:
    """A PDF with roman labels whose pages say their own number."""
    texts = [f"Page {number} speaks. " + "x" * length + "\n\n" for number in range(1, pages + 1)]
    starts = [sum(map(len, texts[:index])) for index in range(pages)]
    marks = [rag.Page(i + 1, "i" * (i + 1), start, start + len(texts[i])) for i, start in enumerate(starts)]
    text = "".join(texts)
    return Document("d2", "report.pdf", "", "pdf", text, tuple(b for b in blocks_of(text)), tuple(marks))


def at(document: Document, words: str) -> Place:
    start = document.text.index(words)
    return Place(document.id, start, start + len(words))


def marked(html: str) -> list[str]:
    return [Page(found).words for found in re.findall(r"<mark>(.*?)</mark>", html, re.DOTALL)]


class Shelf:
    """A bot with documents and pages, and nothing else."""

    def __init__(self, *documents: Document, image: PageImage | LoadError | None = None) -> None:
        self.held, self.image, self.drawn = {d.id: d for d in documents}, image, []

    def document(self, document_id: str) -> Document:
        if document_id not in self.held:
            raise NotFoundError("No such document.", "Ask again.")
        return self.held[document_id]

    def documents(self) -> list[DocumentInfo]:
        return [DocumentInfo(d.id, (d.name,), d.title, d.format, (d.name,), 1, 0, 9, "") for d in self.held.values()]

    def page_image(self, document_id: str, page: int, quote: str = "") -> PageImage:
        self.drawn.append((page, quote))
        if isinstance(self.image, LoadError):
            raise self.image
        return self.image or PageImage(b"\x89PNG", 100, 200, ((10, 20, 40, 30),) if quote else ())


def test_a_column_that_few_rows_fill_stands_at_its_place() -> None:
    rows = [
        "day: Mon; closes: 21:00",
        "day: Tue; opens: 9; closes: 22:00; note: ladies; later",
        "day: Wed; closes: 20:00",
    ]
    text = "\n".join(rows)
    starts = [text.index(row) for row in rows]
    blocks = tuple(Block("row", start, start + len(row)) for start, row in zip(starts, rows, strict=True))
    html = render_text(Document("d", "hours.csv", "", "csv", text, blocks), Place("d", 0, len(rows[0])))
    assert re.findall("<th>(.*?)</th>", html) == ["day", "opens", "closes", "note"]
    assert "<td>22:00</td><td>ladies; later</td>" in html


def test_the_cited_words_are_marked_and_nothing_else() -> None:
    page = assert_inert(render_text(HANDBOOK, at(HANDBOOK, "They are kept.")))
    assert marked(render_text(HANDBOOK, at(HANDBOOK, "They are kept."))) == ["They are kept."]
    assert "They run at two." in page.words


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))
def test_marks_add_up_to_the_quote_wherever_it_starts_and_ends(one: int, other: int) -> None:
    start, end = sorted((one, other))
    found = "".join(marked(render_text(HANDBOOK, Place("d1", start, end))))
    quote = "".join(c for i, c in enumerate(TEXT) if start <= i < end and not LABELS[i])  # labels stand in the head
    assert re.sub(r"[\s;]", "", found) == re.sub(r"[\s;]", "", quote)


def test_blocks_become_what_they_are() -> None:
    html = render_text(HANDBOOK, at(HANDBOOK, "Ada <b>"))
    tags = [tag for tag, _ in Page(html).tags]
    counts = {tag: tags.count(tag) for tag in ("h3", "h4", "p", "ul", "li", "table", "tr", "td", "pre")}
    assert counts == {"h3": 1, "h4": 1, "p": 2, "ul": 1, "li": 2, "table": 1, "tr": 3, "td": 6, "pre": 1}
    assert marked(html) == ["Ada <b>"]
    assert [attributes for tag, attributes in Page(html).tags if tag == "tr"] == [{}, {"class": "marked"}, {}]
    assert re.findall("<th>(.*?)</th>", html) == ["name", "role", "desk"]
    assert re.findall("<td>(.*?)</td>", html)[3:] == ["Ida", "a; b", "4"]


def test_rows_without_headers_or_with_many_columns_stay_lines() -> None:
    for row in ("one; two; three", "; ".join(f"column {number}: {number}" for number in range(COLUMNS + 1))):
        html = render_text(
            Document("d5", "t.csv", "", "csv", row, (Block("row", 0, len(row)),)), Place("d5", 0, len(row))
        )
        assert marked(html) == [row]
        assert "<table>" not in html


def test_text_without_blocks_is_shown_by_paragraphs() -> None:
    plain = replace(HANDBOOK, blocks=())
    assert marked(render_text(plain, at(plain, "kept.\n\n- nightly"))) == ["kept.", "- nightly"]


def test_the_head_says_where() -> None:
    words = Page(render_text(HANDBOOK, at(HANDBOOK, "They are kept."))).words
    assert words.startswith("handbook.mdOriginalHandbook › Backups")
    assert heading_trail(HANDBOOK, 0) == "Handbook"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_documents_are_inert(payload: str) -> None:
    for kind in ("heading", "paragraph", "item", "row", "code"):
        hostile = Document(payload, payload, payload, payload, payload, (Block(kind, 0, len(payload), 1),))
        assert_inert(render_text(hostile, Place(payload, 2, 9), note=payload))
    labelled = replace(paged(), name=payload, pages=tuple(replace(p, label=payload) for p in paged().pages))
    assert_inert(render_source(Shelf(labelled), at(labelled, "Page 2")))


def test_a_pdf_opens_as_its_page_with_boxes_and_the_words() -> None:
    document, shelf = paged(), Shelf(paged())
    html = render_source(shelf, at(document, "Page 2 speaks."))
    assert shelf.drawn == [(2, "Page 2 speaks.")]
    assert marked(html) == ["Page 2 speaks."]
    page = assert_inert(html)
    [box] = [attributes for tag, attributes in page.tags if tag == "rect"]
    assert (box["x"], box["y"], box["width"], box["height"]) == ("10.0", "20.0", "30.0", "10.0")
    assert 'page 2 of 3 (printed as "ii")' in page.words
    assert [a["data-page"] for a in page.find("quiet") if "aria-label" in a] == ["1", "3"]


def test_turning_leaves_the_marks_behind_and_comes_back() -> None:
    document, shelf = paged(), Shelf(paged())
    place = at(document, "Page 2 speaks.")
    html = render_source(shelf, replace(place, page=3))
    assert shelf.drawn == [(3, "")]
    assert marked(html) == []
    assert f'data-start="{place.start}"' in html


def test_a_page_that_was_turned_to_is_not_headed_by_the_way_to_the_words() -> None:
    document = replace(paged(), blocks=(Block("heading", 0, 14, 1), Block("paragraph", 14, len(paged().text))))
    place = at(document, "Page 2 speaks.")
    assert "Page 1 speaks." in Page(render_source(Shelf(document), place)).words
    assert "Page 1 speaks." not in Page(render_source(Shelf(document), replace(place, page=3))).words


def test_a_quote_across_pages_marks_each_page_its_share() -> None:
    document, shelf = paged(2, length=3), Shelf(paged(2, length=3))
    place = Place("d2", 8, document.text.index("speaks", 20) + 6)
    render_source(shelf, place)
    render_source(shelf, replace(place, page=2))
    assert shelf.drawn == [(1, "peaks. xxx"), (2, "Page 2 speaks")]


def test_a_pdf_that_cannot_be_drawn_shows_its_text_and_says_why() -> None:
    document = paged()
    shelf = Shelf(document, image=LoadError("report.pdf moved away.", "Ingest it again."))
    html = render_source(shelf, at(document, "Page 2 speaks."))
    assert "report.pdf moved away. Ingest it again." in Page(html).words
    assert marked(html) == ["Page 2 speaks."]


def test_the_text_of_a_pdf_goes_by_pages_too() -> None:
    document, shelf = paged(), Shelf(paged())
    html = render_source(shelf, replace(at(document, "Page 2 speaks."), as_text=True))
    assert shelf.drawn == []
    assert marked(html) == ["Page 2 speaks."]
    assert 'page 2 of 3 (printed as "ii")' in Page(html).words
    assert "Page 3" not in Page(html).words


def test_a_document_that_is_gone_is_said_to_be() -> None:
    assert "This document is no longer in the index." in Page(render_source(Shelf(), Place("d9"))).words
    kept = Citation(1, "p", "d9", "hours.txt", "", 0, 9, "It opens <b>at nine</b>.")
    page = Page(render_source(Shelf(), Place("d9", kept=kept)))
    assert "hours.txtThis document is no longer in the index. It said:It opens <b>at nine</b>." in page.words
    assert not page.find("quiet")


def test_a_document_that_was_replaced_says_what_it_said_and_offers_the_new_one() -> None:
    kept = Citation(1, "p", "d9", "hours.txt", "", 0, 9, "It opens at nine.")
    today = [Document(name, name, "", "txt", "It opens at ten.") for name in ("hours.txt", "other/hours.txt")]
    page = Page(render_source(Shelf(*today), Place("d9", kept=kept)))
    assert "This document has been replaced since. It said:It opens at nine." in page.words
    assert [button["data-document"] for button in page.find("quiet")] == ["hours.txt"]


def test_long_texts_come_in_parts_cut_between_blocks() -> None:
    text = "\n\n".join(f"Paragraph {number} ends here." for number in range(2000))
    document = Document("d3", "long.txt", "", "text", text, blocks_of(text))
    parts = split_parts(document)
    assert [parts[0][0], parts[-1][1]] == [0, len(text)]
    assert all(end == start for (_, end), (start, _) in pairwise(parts))
    assert all(end - start <= WINDOW and text[:end].endswith("here.") for start, end in parts)
    html = render_text(document, at(document, "Paragraph 1234 ends"))
    assert marked(html) == ["Paragraph 1234 ends"]
    assert len(html) < 4 * WINDOW
    assert len(Page(html).find("quiet")) == 3  # the original, the part before and the part after


def test_one_long_line_is_cut_hard() -> None:
    document = Document("d4", "line.txt", "", "text", "x" * (3 * WINDOW), (Block("paragraph", 0, 3 * WINDOW),))
    assert split_parts(document) == [(0, WINDOW), (WINDOW, 2 * WINDOW), (2 * WINDOW, 3 * WINDOW)]
    assert marked(render_text(document, Place("d4", WINDOW - 1, WINDOW + 1))) == ["x"]


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"document": "d", "start": "3", "end": "9"}, Place("d", 3, 9)),
        ({"document": "d", "start": "-3", "end": "nine", "page": "²"}, Place("d")),
        ({"document": "d", "page": "2", "view": "text"}, Place("d", page=2, as_text=True)),
        ({"document": ["d"], "start": "9" * 99, "part": None}, Place("['d']")),
        ({"document": "d", "turn": "2", "number": "1"}, Place("d", turn=2, number=1)),
        ({}, Place("")),
    ],
)
def test_a_click_is_read_without_trust(sent: dict[str, object], place: Place) -> None:
    assert Place.read(sent) == place
    assert_inert(render_source(Shelf(HANDBOOK, paged()), replace(place, document_id="d1")))
    assert_inert(render_source(Shelf(HANDBOOK, paged()), replace(place, document_id="d2")))


def test_a_citation_can_be_called_the_wrong_source() -> None:
    [flag] = Page(render_text(HANDBOOK, Place("d1", 0, 4, turn=2, number=1, wrong=True))).find("flag")
    assert (flag["data-turn"], flag["data-number"], flag["aria-pressed"]) == ("2", "1", "true")
    assert not Page(render_text(HANDBOOK, Place("d1", 0, 4))).find("flag")


def test_a_wide_table_stays_a_table_and_scrolls() -> None:
    row = "; ".join(f"column {number}: {number}" for number in range(20))
    html = render_text(Document("d5", "t.csv", "", "csv", row, (Block("row", 0, len(row)),)), Place("d5", 0, len(row)))
    assert [attributes["class"] for tag, attributes in Page(html).tags if tag == "table"] == ["wide"]
    assert len(marked(html)) == 20


def test_sheets_and_slides_are_called_so() -> None:
    text = "Tea: 2\n\nSoup: 3"
    pages = (rag.Page(1, "Prices", 0, 6), rag.Page(2, "More", 8, 15))
    sheet = Document("d6", "p.xlsx", "", "xlsx", text, (Block("row", 0, 6), Block("row", 8, 15)), pages)
    assert "sheet 2 of 2: More" in Page(render_text(sheet, Place("d6", 8, 15))).words
    assert "slide 2 of 2: More" in Page(render_text(replace(sheet, format="pptx"), Place("d6", 8, 15))).words
