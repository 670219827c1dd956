"""PDF files: pages, paragraphs, headings, what is hidden or left out, and the words of a quote on the page's image."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from rag.datatypes import Block, Document, Page, PageImage
from rag.errors import LoadError
from rag.fields import Field, filled_rows
from rag.glyphs import GONE, named, with_accents, with_signs
from rag.line import Line
from rag.pagetext import PageText
from rag.paragraphs import Hyphens, pieces_of
from rag.parse import answer
from rag.running import without_running_lines
from tests.sample_files import drawn_over, lines, pdf_drawn, pdf_raw, pdf_with_stream

CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"
LOREM = (
    "The council met on Monday to talk about the new bridge across the river,",
    "which had been closed since the flood of the year before. Most of the mem-",
    "bers wanted to open it again in spring, if the engineers agree with that.",
)
LOREM_JOINED = (
    "The council met on Monday to talk about the new bridge across the river, which had been closed since the flood of "
    "the year before. Most of the members wanted to open it again in spring, if the engineers agree with that."
)


def read(data: bytes) -> Document:
    """Return the document, read in this process; its title is empty where the file's name would stand."""
    reply, _ = answer({"task": "load", "format": "pdf"}, data)
    if "refused" in reply:
        raise LoadError(*reply["refused"])
    found = reply["document"]
    blocks, pages = (Block(*block) for block in found["blocks"]), (Page(*page) for page in found["pages"])
    return Document(
        "id", "x.pdf", found["title"], "pdf", found["text"], tuple(blocks), tuple(pages), tuple(found["warnings"])
    )


def draw(data: bytes, page: int, quote: str, scale: float = 2.0) -> PageImage:
    """Return a page with a quote marked."""
    reply, png = answer({"task": "render", "page": page, "quote": quote, "scale": scale}, data)
    return PageImage(png, reply["width"], reply["height"], tuple(tuple(box) for box in reply["boxes"]))


def grey(canvas: Canvas) -> None:
    """Fill the page with a picture, as a scanner does."""
    canvas.drawImage(ImageReader(Image.new("RGB", (60, 80), "gray")), 0, 0, 612, 792)


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(f"{b.kind}{b.level or ''}", document.text[b.start : b.end]) for b in document.blocks]


# --- what is refused or noted --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf_raw(CATALOGUE, b"<< /Type /Pages /Kids [] /Count 0 >>"), "has no pages"),
        (pdf_raw(CATALOGUE, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), "has no page that can be read"),
        (pdf_raw(CATALOGUE, b"<< /Type /Pages /Kids [" + b"3 0 R " * 20_000 + b"] /Count 20000 >>", PAGE), "20,000 pages; the limit is 2,000"),
        (pdf_drawn(lines("First."), lines("Second."))[:900], "is damaged or not a PDF"),
        (pdf_drawn(lines("Secret."), password="user"), "is password-protected"),
        (pdf_drawn(grey, grey, grey), r"is a scan without text \(3 pages\) and needs OCR"),
        (pdf_drawn(lambda _: None), r"holds no text \(1 page\)"),
        (pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (x) Tj ET" + b" " * 90_000_000), "is too large when unpacked"),
    ],
    ids=["no pages", "cyclic", "many pages", "truncated", "password", "scan", "blank", "bomb"],
)  # fmt: skip
def test_a_pdf_without_readable_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        read(data)


def test_what_a_broken_stream_unpacks_to_counts_too() -> None:
    packed = zlib.compress(b" " * 60_000_000, 9)[:-8] + b"broken!!"
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)
    with pytest.raises(LoadError, match="is too large when unpacked"):
        read(pdf_raw(CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE, *[stream] * 4))


@pytest.mark.parametrize(
    ("data", "warnings"),
    [
        (pdf_drawn(lines("Text.")), ()),
        (pdf_drawn(lines("Text."), password=""), ()),
        (pdf_drawn(lines("Text."), grey, lambda _: None, grey), ("no text on page 2, 4",)),
        (pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (Text.) Tj ET", catalogue=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), ("scripts in it were not run",)),
        (pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (Text.) Tj ET", catalogue=b"/Names << /EmbeddedFiles << /Names [(a.txt) << /Type /Filespec /F (a.txt) >>] >> >>"), ("1 attached file left out",)),
        (pdf_drawn(lines("Text.")).rstrip().removesuffix(b"%%EOF"), ("the file ends early, pages may be missing",)),
    ],
    ids=["plain", "empty password", "some scans", "script", "attachment", "cut"],
)  # fmt: skip
def test_what_is_left_out_of_a_pdf_is_named(data: bytes, warnings: tuple[str, ...]) -> None:
    document = read(data)
    assert document.text == "Text."
    assert document.warnings == warnings


HIDING = (
    b"BT /F1 12 Tf 72 700 Td (Seen at the top.) Tj 0 -20 Td 1 1 1 rg (White on white.) Tj ET "
    b"BT 0 g /F1 1 Tf 72 640 Td (Tiny words) Tj ET BT /F1 12 Tf 900 600 Td (Beside the page) Tj ET "
    b"BT 3 Tr /F1 12 Tf 72 560 Td (No ink) Tj ET BT 0 Tr /F1 12 Tf 72 500 Td (Seen, ) Tj 1 g (not seen, ) Tj 0 g (seen.) Tj ET "
    b"0 0 0.4 rg 70 390 300 30 re f BT 1 1 1 rg /F1 12 Tf 72 400 Td (White on blue is seen.) Tj ET"
)


def test_text_that_nobody_can_see_is_left_out() -> None:
    document = read(pdf_with_stream(HIDING))
    assert document.text.split() == "Seen at the top. Seen, seen. White on blue is seen.".split()
    assert document.warnings == ("hidden text, left out, on page 1",)


@pytest.mark.parametrize("place", [b"-4 600", b"608 600", b"72 -4", b"72 788"])
def test_white_words_on_the_edge_of_a_page_are_hidden(place: bytes) -> None:
    document = read(
        pdf_with_stream(b"BT /F1 12 Tf 72 400 Td (Seen.) Tj ET BT 1 g /F1 12 Tf %b Td (White) Tj ET" % place)
    )
    assert document.text == "Seen."


def test_the_text_layer_of_a_scan_is_read() -> None:
    def layer(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setFont("Helvetica", 12)
        text.setTextRenderMode(3)
        text.textLine("Recognised words.")
        canvas.drawText(text)

    document = read(pdf_drawn(drawn_over(grey, layer)))
    assert (document.text, document.warnings) == ("Recognised words.", ())


# --- pages, paragraphs, headings -----------------------------------------------------------------------------------


def test_a_sentence_runs_over_the_edge_of_a_page_and_both_pages_are_known() -> None:
    first = lines(*LOREM[:2], top=100)
    document = read(pdf_drawn(first, lines(LOREM[2])))
    assert document.text == LOREM_JOINED
    assert [(p.number, document.text[p.start : p.end][-12:]) for p in document.pages] == [
        (1, "st of the mem"[-12:]),
        (2, "e with that."),
    ]
    assert document.page_at(document.text.index("spring")).number == 2  # type: ignore[union-attr]


def test_headings_lists_and_paragraphs() -> None:
    drawing = drawn_over(
        lines("Annual report", top=740, size=20),
        lines("Costs of the year", top=700, size=15),
        lines(*LOREM, "", "A second paragraph stands", "here.", top=670),
        lines("\u2022 first item of a list", "\u2022 second item", top=560, left=90),
        lines("Payment Terms", top=500),
        lines(*LOREM, top=470),
    )
    document = read(pdf_drawn(drawing))
    assert document.title == "Annual report"
    assert kinds(document) == [
        ("heading1", "Annual report"),
        ("heading2", "Costs of the year"),
        ("paragraph", LOREM_JOINED),
        ("paragraph", "A second paragraph stands here."),
        ("item", "first item of a list"),
        ("item", "second item"),
        ("heading3", "Payment Terms"),
        ("paragraph", LOREM_JOINED),
    ]


def test_running_headers_footers_and_page_numbers_go() -> None:
    def page(number: int) -> object:
        chapter = "One" if number < 3 else "Two"
        header = lines("ACME annual report", top=770, size=9)
        side = lines(f"Chapter {chapter}   {number + 10}", top=752, size=9)
        footer = lines(f"Page {number} of 5", top=30, size=9)
        return drawn_over(header, side, lines(f"Own words of the page {'abcde'[number - 1]}.", *LOREM, top=700), footer)

    document = read(pdf_drawn(*[page(number) for number in range(1, 6)]))
    assert "ACME" not in document.text and "Page" not in document.text and "Chapter" not in document.text
    assert document.text.count("Own words") == 5
    assert [p.number for p in document.pages] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("count", [2, 5])
def test_what_only_headers_and_footers_tell_is_read_once(count: int) -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        head = lines("Mill Street 7, phone 0555 630", "Own words of 2025", top=770, size=8, pitch=10)
        foot = lines(f"Page {number} of {count} - valid until 31 March 2026", top=30, size=8)
        title = lines("Rules of the mill", top=720, size=18)
        return drawn_over(head, *([title] if number == 1 else []), lines("Own words of 2025.", *LOREM, top=690), foot)

    document = read(pdf_drawn(*[page(number) for number in range(1, count + 1)]))
    assert kinds(document)[:3] == [
        ("heading1", "Rules of the mill"),
        ("paragraph", "Mill Street 7, phone 0555 630"),
        ("paragraph", f"Page 1 of {count} - valid until 31 March 2026"),
    ]
    assert document.text.count("630") == document.text.count("March") == 1
    assert document.text.count("Own words") == count


def test_a_year_alone_is_no_news_of_a_running_line_and_what_a_cover_lacks_comes_last() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        foot = lines("ACME report 2025", f"Status: March 2025 - {number}", top=40, size=8, pitch=10)
        return drawn_over(lines("Own words of it.", *LOREM, top=690), *([foot] if number > 1 else []))

    document = read(pdf_drawn(*[page(number) for number in range(1, 6)]))
    assert "ACME" not in document.text and document.text.endswith("Status: March 2025 - 5")


@pytest.mark.parametrize("running", ["{}", "{} iv", "{} 107"])
@pytest.mark.parametrize("case", [str, str.upper])
def test_titles_that_run_over_the_pages_of_their_chapters_go(case: Callable[[str], str], running: str) -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        title = f"{number // 3} The {('bridge', 'river', 'flood', 'town')[number // 3]}"
        head = (
            lines(title, size=18, top=720) if number % 3 == 0 else lines(running.format(case(title)), top=770, size=9)
        )
        return drawn_over(head, lines(f"Own words of page {'abcdefghijkl'[number]}.", *LOREM, top=690))

    document = read(pdf_drawn(*[page(number) for number in range(12)]))
    assert [words for kind, words in kinds(document) if "The" in words and len(words) < 20] == [
        "0 The bridge",
        "1 The river",
        "2 The flood",
        "3 The town",
    ]


@pytest.mark.parametrize("running", ["{}", "CHAPTER {}. {} THE…          {}.1. WHERE THE {} WAS…"])
def test_titles_of_chapters_stand_beside_those_of_sections(running: str) -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        chapter = number // 3 + 1
        title = ("Bridges of the town", "Rivers of the county", "Floods of the year")[chapter - 1]
        word = title.split()[0].upper()
        head = title if running == "{}" else running.format(chapter, f"{word} OF", chapter, word)
        top = (
            lines(f"Chapter {chapter}. {title}", size=18, top=720) if number % 3 == 0 else lines(head, top=770, size=9)
        )
        return drawn_over(top, lines(f"Own words of page {'abcdefghijkl'[number]}.", *LOREM, top=690))

    found = kinds(read(pdf_drawn(*[page(number) for number in range(9)])))
    assert not [words for _, words in found if "THE" in words or words.startswith(("Bridges", "Rivers", "Floods"))]


def test_what_says_nothing_or_several_sentences_is_no_heading() -> None:
    large = lines("8 + 6 = 14", size=16, top=700)
    warning = lines("This part was true of 2019 only. It is not true of 2020 any more.", size=14, top=660)
    document = read(
        pdf_drawn(drawn_over(lines("The bridge", size=18, top=740), large, warning, lines(*LOREM, top=620)))
    )
    assert kinds(document) == [
        ("heading1", "The bridge"),
        ("paragraph", "8 + 6 = 14"),
        ("paragraph", "This part was true of 2019 only. It is not true of 2020 any more."),
        ("paragraph", LOREM_JOINED),
    ]


@pytest.mark.parametrize(
    ("heads", "top", "size", "left"),
    [
        (("ACME report", "ACME report"), 770, 9, []),
        (("Page 1 of 2", "Page 2 of 2"), 30, 11, []),
        (("ACME, p. 57", "ACME, p. 58"), 770, 11, []),
        (("ACME report", "ACME report"), 770, 16, ["ACME report"]),
        (("Total 57", "Total 91"), 30, 11, ["Total 57", "Total 91"]),
        (("Page 1 of 2", "Page 2 of 2"), 30, 14, []),
        (("Chapter 1", "Chapter 2"), 770, 18, ["Chapter 1", "Chapter 2"]),
        (("ACME report", "ACME report"), 716, 9, ["ACME report", "ACME report"]),
        (("ACME report", "Another report"), 770, 9, ["ACME report", "Another report"]),
    ],
)
def test_of_two_pages_only_what_looks_like_it_is_a_running_line(
    heads: tuple[str, str], top: float, size: float, left: list[str]
) -> None:
    words = ("Some words of their own.", "Other words than before.")
    pages = [
        drawn_over(lines(head, top=top, size=size), lines(own, *LOREM, top=700))
        for head, own in zip(heads, words, strict=True)
    ]
    text = read(pdf_drawn(*pages)).text
    assert [line for line in re.findall("[^\n]+", text) if line in heads] == left
    assert text.count("Most of the members") == 2


def test_two_pages_with_the_same_words_stay() -> None:
    text = read(pdf_drawn(lines(*LOREM), lines(*LOREM))).text
    assert text.count("The council met") == text.count("Most of the members") == 2


def test_printed_labels_are_kept_beside_the_numbers() -> None:
    def roman(canvas: Canvas) -> None:
        canvas.addPageLabel(0, style="ROMAN_LOWER")
        canvas.addPageLabel(2, style="ARABIC", start=1)
        lines("Preface words here.")(canvas)

    document = read(pdf_drawn(roman, lines("More preface words."), lines("Chapter words.")))
    assert [(page.number, page.label) for page in document.pages] == [(1, "i"), (2, "ii"), (3, "1")]


def test_the_stated_title_wins_unless_a_program_made_it_up() -> None:
    assert read(pdf_drawn(lines("Words."), title="The true title")).title == "The true title"
    assert read(pdf_drawn(lines("Words."), title="Microsoft Word - draft7.doc")).title == ""
    cover = drawn_over(lines("ACME", top=600, size=30), lines("Handbook", top=500, size=24))
    assert read(pdf_drawn(cover, lines(*LOREM))).title == "ACME: Handbook"


def test_ligatures_become_letters() -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))

    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Vera", 12)
        canvas.drawString(72, 700, "They \ufb01nd the \ufb02oor.")

    data = pdf_drawn(drawing)
    assert read(data).text == "They find the floor."
    assert len(draw(data, 1, "find the floor").boxes) == 1


def test_letters_that_fonts_of_tex_do_not_name() -> None:
    said = b"They \\034nd the \\035oor \\020stu\\033y\\021 \\025 for \\2775."
    data = pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (%b) Tj ET" % said)
    assert read(data).text == "They find the floor “stuffy” – for £5."
    assert len(draw(data, 1, "find the floor").boxes) == 1
    assert "¿" in read(pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (\\2775 euros?) Tj ET")).text
    assert read(pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (\\033 4 \\327 5) Tj ET")).text == "4 × 5", "a sign"


@pytest.mark.parametrize(
    ("texts", "left", "right", "joint"),
    [
        (["information is here"], "infor", "mation", ""),
        (["a cutting-edge tool"], "cutting", "edge", "-"),
        (["the member states agree", "member and states"], "member", "states", "-"),
        ([""], "out-of", "pocket", "-"),
        ([""], "sub", "routine", ""),
        ([""], "2024", "2025", "-"),
        ([""], "E", "Bike-Akkus", "-"),
        ([""], "HINWEI", "SE", ""),
    ],
)
def test_hyphens_at_line_ends(texts: list[str], left: str, right: str, joint: str) -> None:
    assert Hyphens(texts).joint(f"some {left}", f"{right} more") == joint


def test_lines_without_spaces_between_words_are_joined_without_one() -> None:
    text = [Line("北京是中华人民共和国的", 1, 72, 204, 100, 12), Line("首都。", 1, 72, 108, 116, 12)]
    assert [piece.text for piece in pieces_of(text)] == ["北京是中华人民共和国的首都。"]


def test_a_compound_keeps_its_hyphen_over_the_edge_of_a_page() -> None:
    text = [Line("A long line about costs that are out-of", 1, 72, 500, 700, 11, broken=True), Line("pocket.", 2, 72, 110, 100, 11)]  # fmt: skip
    assert [(piece.text, piece.join) for piece in pieces_of(text)] == [(text[0].text, "\n\n"), ("pocket.", "-")]
    assert [piece.text for piece in pieces_of(text[:1])] == [text[0].text + "-"]


def test_a_table_of_contents_keeps_its_lines() -> None:
    rows = [Line(f"{n} Part {'. ' * 20}{n}", 1, 72, 500, 100 + 14 * n, 11) for n in (1, 2)]
    assert [(piece.kind, piece.text) for piece in pieces_of(rows)] == [("item", "1 Part 1"), ("item", "2 Part 2")]


def test_few_dots_lead_to_a_page_number_beside_lines_with_many() -> None:
    texts = [
        f"1 Part {'. ' * 20}2",
        "2 A part with a long name . . 4",
        "3 Another such part. . . 5",
        "It is 3 . . 5 m long.",
    ]
    rows = [Line(text, 1, 72, 500, 100 + 14 * n, 11) for n, text in enumerate(texts)]
    assert [(piece.kind, piece.text) for piece in pieces_of(rows)] == [
        ("item", "1 Part 2"),
        ("item", "2 A part with a long name 4"),
        ("item", "3 Another such part 5"),
        ("paragraph", texts[3]),
    ]
    assert [piece.kind for piece in pieces_of(rows[1:2])] == ["paragraph"]


def test_chapter_numbers_are_no_page_numbers() -> None:
    pages = [
        line
        for n in range(1, 6)
        for line in (Line(f"{n} Chapter of {'abcde'[n - 1]}", n, 72, 300, 60, 18), *[Line("Body text.", n, 72, 300, 90 + i, 11) for i in range(3)], Line(str(n), n, 300, 306, 760, 11))
    ]  # fmt: skip
    left = without_running_lines(pages, [None] * 5)
    assert [line.text for line in left if line.size == 18] == [f"{n} Chapter of {'abcde'[n - 1]}" for n in range(1, 6)]
    assert not [line for line in left if line.bottom == 760]


# --- the page as an image ------------------------------------------------------------------------------------------


def ink(image: PageImage, box: tuple[float, float, float, float]) -> float:
    """Return the share of dark pixels in a box."""
    pixels = Image.open(io.BytesIO(image.png)).convert("L").crop(tuple(round(edge) for edge in box))
    return sum(pixels.histogram()[:128]) / (pixels.width * pixels.height)


def test_the_boxes_of_a_quote_hold_its_lines() -> None:
    image = draw(pdf_drawn(lines(*LOREM)), 1, "Most of the members wanted to open it again")
    assert (image.width, image.height) == (1224, 1584)
    assert Image.open(io.BytesIO(image.png)).size == (1224, 1584)
    first, second = image.boxes
    assert first[0] > 400 and second[0] == pytest.approx(144, abs=2)
    assert first[3] <= second[1] + 4 and second[3] == pytest.approx(2 * (792 - 700 + 28), abs=10)
    assert all(ink(image, box) > 0.05 for box in image.boxes)
    assert ink(image, (144, 300, 1000, 1500)) == 0


def test_of_a_quote_over_two_pages_each_page_marks_its_part() -> None:
    data = pdf_drawn(drawn_over(lines("ACME report", top=770), lines(*LOREM[:2], top=100)), drawn_over(lines("ACME report", top=770), lines(LOREM[2])))  # fmt: skip
    quote = "Most of the members wanted to open it again in spring"
    (on_first,), (on_second,) = draw(data, 1, quote).boxes, draw(data, 2, quote).boxes
    assert on_first[1] > 1300 and on_second[1] < 200
    assert draw(data, 1, "Words that stand on neither of the pages").boxes == ()
    assert draw(data, 1, "").boxes == ()


def test_a_rotated_and_a_huge_page() -> None:
    turned = pdf_with_stream(b"BT /F1 12 Tf 72 700 Td (Turned words here.) Tj ET", extra=b"/Rotate 90")
    image = draw(turned, 1, "turned words", scale=1)
    ((left, top, right, bottom),) = image.boxes
    assert (image.width, image.height) == (792, 612)
    assert bottom - top > right - left and ink(image, image.boxes[0]) > 0.05

    def large(canvas: Canvas) -> None:
        canvas.setPageSize((14_000, 14_000))
        lines("Words.", top=9000)(canvas)

    huge = draw(pdf_drawn(large), 1, "words")
    assert huge.width * huge.height <= 16_100_000


def test_lines_set_close_together_keep_boxes_of_their_own() -> None:
    """Loose character boxes of neighbouring lines touch; the second line's box must end where the quote ends."""
    data = (Path(__file__).parent.parent / "seeds" / "employee-handbook.pdf").read_bytes()
    quote = (
        "Every parent, whatever the gender, receives 18 weeks of fully paid leave in the first two years after the birth "
        "or adoption of a child."
    )
    first, second = draw(data, 4, quote).boxes
    assert second[1] >= first[1] + (first[3] - first[1]) / 2
    assert second[2] - second[0] < 0.7 * (first[2] - first[0])


# --- lists, notes and boxes as programs write them ------------------------------------------------------------------


def test_numbers_of_a_list_that_were_written_after_it_stand_before_their_items() -> None:
    items = lines("Rinse the barley and soak it", "for twenty minutes.", "Add the leeks.", left=90)
    marks = drawn_over(lines("1.", left=72), lines("2.", left=72, top=672))
    data = pdf_drawn(drawn_over(items, marks))
    document = read(data)
    assert kinds(document) == [
        ("item", "1. Rinse the barley and soak it for twenty minutes."),
        ("item", "2. Add the leeks."),
    ]
    assert len(draw(data, 1, document.text).boxes) == 3


def test_a_box_that_was_written_first_stands_below_its_heading() -> None:
    box, head = lines("180 g barley", "4 leeks", top=650, left=80), lines("Barley soup", size=16)
    data = pdf_drawn(drawn_over(box, head, lines(*LOREM, top=600)))
    document = read(data)
    assert document.text.startswith("Barley soup\n\n180 g barley")
    assert len(draw(data, 1, document.text.rpartition("\n\n")[0]).boxes) == 3


def test_the_second_column_stays_the_second() -> None:
    left, right = lines(*(["short words here"] * 6), top=640), lines(*(["other words here"] * 6), top=700, left=320)
    assert read(pdf_drawn(drawn_over(left, right))).text.startswith("short words here")


def test_the_small_number_of_a_note_stands_apart() -> None:
    def drawing(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        for size, rise, words in (
            (11, 0, "It is called inertia"),
            (7, 4, "1"),
            (11, 0, " and lasts. It holds 10 m"),
            (7, 4, "3"),
        ):
            text.setFont("Helvetica", size)
            text.setRise(rise)
            text.textOut(words)
        canvas.drawText(text)

    assert read(pdf_drawn(drawing)).text == "It is called inertia 1 and lasts. It holds 10 m3"


def test_headings_written_alike_stand_below_one_another_by_their_numbers() -> None:
    def bold(words: str, top: float) -> object:
        def drawing(canvas: Canvas) -> None:
            canvas.setFont("Helvetica-Bold", 11)
            canvas.drawString(72, top, words)

        return drawing

    page = drawn_over(
        bold("4. Operation", 740), bold("4.1 Modes", 715), lines(*LOREM), bold("5. Care", 630), lines(*LOREM, top=610)
    )
    assert [kind for kind, _ in kinds(read(pdf_drawn(page)))] == [
        "heading1",
        "heading2",
        "paragraph",
        "heading1",
        "paragraph",
    ]


def test_a_date_at_the_start_of_a_line_is_no_item() -> None:
    document = read(
        pdf_drawn(lines("Der Austritt ist nur zum Ende des Gartenjahres möglich, also zum", "30. November."))
    )
    assert [kind for kind, _ in kinds(document)] == ["paragraph"]


@pytest.mark.parametrize("glyph", ["hyphen", "uni2010", "uni00AD"])
def test_every_hyphen_at_the_end_of_a_line_is_one(glyph: str) -> None:
    content = b"BT /F1 12 Tf 72 700 Td (Tell the doctor of all other medi-) Tj 0 -14 Td (cines that you take.) Tj ET"
    data = pdf_raw(
        CATALOGUE,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica"
        b" /Encoding << /Type /Encoding /Differences [45 /%b] >> >> >> >> >>" % glyph.encode(),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
    )
    assert read(data).text == "Tell the doctor of all other medicines that you take."


def test_bullets_that_are_drawn_make_items() -> None:
    def dots(canvas: Canvas) -> None:
        for top in (700, 672):
            canvas.circle(82, top + 4, 2, stroke=0, fill=1)
        canvas.rect(60, 640, 400, 0.5, fill=1)

    text = lines(
        "Meal allowance: 5.50 for each working day on the card", "of the canteen.", "Three paid days a year.", left=90
    )
    assert kinds(read(pdf_drawn(drawn_over(text, dots)))) == [
        ("item", "Meal allowance: 5.50 for each working day on the card of the canteen."),
        ("item", "Three paid days a year."),
    ]


def test_what_a_browser_prints_at_the_edges_goes() -> None:
    def page(number: int) -> object:
        edges = (
            lines("11/28/26, 11:17 PM Benefits", top=770),
            lines(f"https://example.org/benefits {number}/2", top=20),
        )
        return drawn_over(*edges, lines(*LOREM[:2] if number == 1 else LOREM[2:], top=740))

    assert read(pdf_drawn(page(1), page(2))).text == LOREM_JOINED
    dated = "11/28/26, 11:17 PM was the moment."
    assert read(pdf_drawn(lines(*LOREM, "", dated, "", *LOREM, top=400))).text.count(dated) == 1


def test_lines_that_begin_with_a_moment_stay_where_no_browser_printed_them() -> None:
    log = [f"2024-05-01 10:{minute} Pump {minute} started and ran to the end." for minute in range(15, 25)]
    assert read(pdf_drawn(lines(*log))).text.count("Pump") == 10


def test_an_item_is_marked_where_it_stands_and_not_in_another_sentence() -> None:
    text = lines("Do not open the valve of the boiler by hand.", "", "Open the valve of the boiler.", "Wait.", left=90)
    data = pdf_drawn(drawn_over(text, lines("1.", "2.", top=672)))
    (box,) = draw(data, 1, "1. Open the valve of the boiler.", scale=1.0).boxes
    assert 792 - 672 - 12 < box[1] < 792 - 672


def test_the_number_of_a_clause_stands_apart_from_its_first_word() -> None:
    drawing = drawn_over(lines("10.1", left=72), lines("Juniors row with a coach.", left=93.5))
    assert read(pdf_drawn(drawing)).text == "10.1 Juniors row with a coach."


@pytest.mark.parametrize("marks", ["(1) (2) (3) (4)", "a) b) c) d)", "(i) (ii) (iii) (iv)"])
def test_a_line_that_begins_with_a_number_of_a_list_in_a_sentence_goes_on(marks: str) -> None:
    one, two, three, four = marks.split()
    broken = (
        f"The carton holds {one} the dehumidifier,",
        f"{two} a long drain hose, which fits the spout",
        f"at the rear, {three} one washable filter and",
        f"{four} this manual. Castors are sold apart.",
    )
    assert kinds(read(pdf_drawn(lines(*broken)))) == [("paragraph", " ".join(broken))]
    first = ("The carton holds in its upper layer, in foam,", f"{one} the dehumidifier and {two} a hose.")
    assert kinds(read(pdf_drawn(lines(*first)))) == [("paragraph", " ".join(first))]
    listed = (f"See {one} for the following:", f"{two} the hose;", f"{three} the filter, {four} the manual.")
    assert [kind for kind, _ in kinds(read(pdf_drawn(lines(*listed))))] == ["paragraph", "item", "item"]


@pytest.mark.parametrize(
    "entries",
    [
        ("E1 Sensor fault – contact service", "E2 Coil sensor fault – contact service", "P2 Tank full – empty"),
        ("Air flow: 165 m³/h", "Fuse: T3.15 A", "Protection class: IPX1", "Cable length: 1.8 m"),
        ("1.1 The captain checks the boats of all crews.", "1.2 Crews check the boats of the captain."),
        ("a – not on Wednesdays in April and October", "b – only from 3 July to 28 August in dry years"),
    ],
)
def test_lines_that_begin_alike_are_entries_of_their_own(entries: tuple[str, ...]) -> None:
    assert [text for _, text in kinds(read(pdf_drawn(lines(*entries))))] == list(entries)


def test_a_clause_goes_on_in_its_indented_lines_behind_a_full_stop() -> None:
    drawing = drawn_over(
        lines("1.1 Damage is reported on the day by the door of the shed.", left=72),
        lines("The crew pays a part of the repair, up to a hundred.", left=100, top=686),
        lines("1.2 Boats are washed.", left=72, top=660),
    )
    assert [text[:12] for _, text in kinds(read(pdf_drawn(drawing)))] == ["1.1 Damage i", "1.2 Boats ar"]


def test_a_range_that_is_broken_behind_its_dash_is_one() -> None:
    text = [Line("She studied engineering at Strathmere, 2007–", 1, 72, 300, 100, 11), Line("2011, first class.", 1, 72, 160, 114, 11)]  # fmt: skip
    assert pieces_of(text)[0].text.endswith("2007–2011, first class.")


FLOAT = ("The council met on Monday to talk about the new bridge; the removal of the", "old one raised the counts of bees by a fifth of what they had been.")  # fmt: skip


@pytest.mark.parametrize("over", [False, True])
def test_a_table_with_a_caption_does_not_part_a_sentence(over: bool) -> None:
    top = 720 if over else 600
    cells = (("Regime", "Bees"), ("Two cuts", "5"), ("One cut", "8"))
    rows = [
        lines(cell, top=top - 30 - 14 * i, left=left)
        for i, row in enumerate(cells)
        for left, cell in zip((72, 200), row, strict=True)
    ]
    one, two = lines(FLOAT[0]), lines(FLOAT[1], top=480)
    table = drawn_over(lines("Table 1: Mean number of bees.", top=top), *rows)
    data = pdf_drawn(one, drawn_over(table, two)) if over else pdf_drawn(drawn_over(one, table, two))
    document = read(data)
    assert sorted(kinds(document)) == [
        ("paragraph", "Table 1: Mean number of bees."),
        ("paragraph", " ".join(FLOAT)),
        ("row", "One cut: 8"),
        ("row", "Regime: Bees"),
        ("row", "Two cuts: 5"),
    ]
    if not over:
        assert len(draw(data, 1, " ".join(FLOAT)).boxes) == 2


def test_spaces_that_are_only_shown_are_read() -> None:
    """As ps2pdf writes kerned text: two letters with the space between them as their distance, and a space taken back."""

    def kerned(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 12)
        left = 72.0
        for words, distance in (
            ("Members gro", 0), ("wf", 4.6), ("ood and lea", 0), ("ve a plot in the pari", 0), ("s h", -3), (". The gate.", 0),
        ):  # fmt: skip
            canvas.drawString(left, 700, words, charSpace=distance)
            left += canvas.stringWidth(words, "Times-Roman", 12) + distance * (len(words) - 1)

    assert read(pdf_drawn(kerned)).text == "Members grow food and leave a plot in the parish. The gate."


def test_spaced_letters_stay_words() -> None:
    def spaced(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setFont("Helvetica", 10)
        for words in ("The gate ", "is locked ", "at night."):
            text.setCharSpace(0.5)
            text.textOut(words)
        canvas.drawText(text)

    assert read(pdf_drawn(spaced)).text == "The gate is locked at night."


@pytest.mark.parametrize("number", ["-{}-", "– {} –", "Page {}", "Seite {} von 2", "página {}/2"])
def test_a_page_number_alone_is_no_text(number: str) -> None:
    def numbered(page: int) -> Callable[[Canvas], None]:
        def drawing(canvas: Canvas) -> None:
            canvas.drawString(280, 60, number.format(page) if page > 1 else "")
            for line in range(4):
                canvas.drawString(72, 700 - 14 * line, f"Words of line {line} on this page, which goes on")

        return drawing

    text = read(pdf_drawn(numbered(1), numbered(2))).text
    assert number.format(2) not in text and "line 3" in text


def test_a_line_that_is_only_a_value_is_no_page_number() -> None:
    prose = (
        "The lowest temperature in January, in degrees, is what",
        "the table has, as the keeper measured it at noon.",
    )
    assert read(pdf_drawn(lines(*prose, "", "", "-1"))).text.endswith("-1")


def test_rows_of_a_form_do_not_stand_in_a_sentence_that_runs_over_the_edge_of_a_page() -> None:
    def form(value: str) -> Callable[[Canvas], None]:
        return lambda canvas: canvas.acroForm.textfield(
            tooltip="Name", name=value, value=value, x=300, y=20, width=200, height=16
        )

    line = "tenants pay for what is broken in the hall, and all of it is paid before the"
    pages = (
        lines("Rules", "", "The", *[line] * 3, f"{line} begin-"),
        lines(f"ning of the term, {line}", line),
        lines("end. Bye."),
    )
    values = ("Oona", "Bo", "Li")
    document = read(pdf_drawn(*(drawn_over(page, form(value)) for page, value in zip(pages, values, strict=True))))
    assert document.text.startswith("Rules\n\nName: Oona\n\nThe tenants")
    assert "before the beginning of the term" in document.text
    assert document.text.endswith("before the end. Bye.\n\nName: Bo\n\nName: Li")
    assert [document.text[page.start :][:7] for page in document.pages] == ["Rules\n\n", "ning of", "end. By"]


def test_what_is_filled_into_a_form_is_read_under_its_labels_and_marked() -> None:
    def form(canvas: Canvas) -> None:
        fields = canvas.acroForm
        canvas.drawString(72, 760, "Application to hire the hall, please fill in on screen.")
        canvas.drawString(72, 700, "Name of hirer")
        fields.textfield(name="f1", value="Oona Brack", x=72, y=676, width=200, height=20)
        canvas.drawString(320, 700, "Guests")
        fields.textfield(name="f2", value="140", x=320, y=676, width=60, height=20)
        canvas.drawString(72, 640, "Signed:")
        fields.textfield(name="f3", value="O. B.", x=130, y=634, width=100, height=20)
        canvas.drawString(250, 640, "Date:")
        fields.textfield(name="f4", value="29 May", x=300, y=634, width=100, height=20)
        canvas.drawString(72, 600, "Will music be played?")
        for x, words, checked in ((220, "Yes", True), (280, "No", False)):
            fields.checkbox(name=words, checked=checked, x=x, y=596, size=14)
            canvas.drawString(x + 20, 600, words)
        fields.checkbox(name="hall", checked=True, x=72, y=560, size=14)
        canvas.drawString(92, 564, "Main hall")
        fields.textfield(name="empty", value="", x=72, y=500, width=100, height=20)
        fields.textfield(name="f5", tooltip="Remarks", value="Late", x=72, y=300, width=100, height=20)
        fields.textfield(name="f6", value="hunter2", x=72, y=260, width=100, height=20, fieldFlags="password")
        canvas.freeTextAnnotation("Paid on 3 June", "/Helv 10 Tf 0 g", Rect=(300, 200, 420, 220), relative=0)

    data = pdf_drawn(form)
    document = read(data)
    assert [text for _, text in kinds(document)][-8:] == [
        "Name of hirer: Oona Brack", "Guests: 140", "Signed: O. B.", "Date: 29 May", "Will music be played?: Yes",
        "[X] Main hall", "Remarks: Late", "Paid on 3 June",
    ]  # fmt: skip
    assert "hunter2" not in document.text and document.warnings == ()
    (box,) = draw(data, 1, "Guests: 140").boxes
    assert box[0] > 2 * 300


def test_a_form_whose_words_are_all_in_its_fields_is_no_scan() -> None:
    def form(canvas: Canvas) -> None:
        canvas.rect(70, 670, 210, 30)
        canvas.acroForm.textfield(name="f1", tooltip="Name", value="Oona Brack", x=72, y=676, width=200, height=20)

    assert read(pdf_drawn(form)).text == "Name: Oona Brack"


def annotated(*annotations: bytes, catalogue: bytes = b"") -> bytes:
    """Return a page with a text in black, and annotations."""
    extra = b" ".join(b"<< /Type /Annot %b >>" % annotation for annotation in annotations)
    shown = b"0 g 0 500 200 100 re f BT /F1 12 Tf 72 700 Td (Text.) Tj ET"
    return pdf_with_stream(shown, extra=b"/Annots [%b]" % extra, catalogue=catalogue)


def test_fields_that_the_file_does_not_list_are_read_like_others() -> None:
    data = annotated(
        b"/Subtype /Widget /FT /Tx /Ff 8192 /T (Password) /V (hunter2) /Rect [0 0 90 9]",
        b"/Subtype /Widget /FT /Btn /T (Smoker) /V /Off /AS /Off /Rect [100 0 109 9]",
        b"/Subtype /Widget /FT /Btn /T (Member) /V /Yes /AS /Yes /Rect [200 0 209 9]",
        b"/Subtype /Widget /FT /Tx /T (Guests) /V (5) /Rect [300 0 390 9]",
    )
    assert read(data).text == "Text.\n\n[X] Member\nGuests: 5"


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        (b"/DA (/Helv 10 Tf 0 g) /Rect [100 300 200 320]", True),
        (b"/DA (/Helv 0 Tf 1 0 0 rg) /CA 0.5 /Rect [100 300 200 320]", True),
        (b"/DA (1 g /Helv 10 Tf) /Rect [190 490 300 520]", True),  # white on black
        (b"/Rect [100 300 200 320]", True),
        (b"/DA (/Helv 10 Tf 0 g) /Rect [0 0 0 0]", False),
        (b"/DA (/Helv 10 Tf 0 g) /Rect [-500 -500 -400 -480]", False),
        (b"/DA (/Helv 10 Tf 0 g) /Rect [700 300 800 320]", False),
        (b"/DA (/Helv 10 Tf 0 g) /CA 0 /Rect [100 300 200 320]", False),
        (b"/DA (/Helv .5 Tf 0 g) /Rect [100 300 200 320]", False),
        (b"/DA (1 1 1 rg /Helv 10 Tf) /Rect [100 300 200 320]", False),
        (b"/DA (1 1 1 rg /Helv 10 Tf) /Rect [-20 300 200 320]", False),
        (b"/DA (1 1 1 rg /Helv 10 Tf) /Rect [700 300 800 320]", False),
    ],
)
def test_words_typed_on_a_page_are_read_if_they_can_be_seen(looks: bytes, seen: bool) -> None:
    assert ("Typed" in read(annotated(b"/Subtype /FreeText /Contents (Typed) " + looks)).text) == seen


def test_a_field_is_marked_for_its_row_only() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "Guests:")
        canvas.acroForm.textfield(name="f1", value="5", x=172, y=754, width=60, height=16)
        canvas.drawString(72, 600, "The rules are those of section 5")

    data = pdf_drawn(form)
    (line,), (field,) = (draw(data, 1, quote, 1.0).boxes for quote in ("The rules are those of section 5", "Guests: 5"))
    assert line[0] < 73 and line[1] > 150
    assert field[0] > 170 and field[3] < 50


def test_a_form_of_many_fields_is_read_at_once() -> None:
    fields = [Field((x + 15, y, x + 36, y + 10), "", f"v{x}") for y in range(0, 1800, 18) for x in range(0, 450, 30)]
    rows = [
        Line("x", 1, 0, 450, float(y), 10, cells=tuple((f"l{x}", float(x), x + 13.0) for x in range(0, 450, 30)))
        for y in range(10, 1810, 18)
    ]
    start = process_time()
    assert {piece.text for piece in filled_rows(fields, rows, 1)} == {f"l{x}: v{x}" for x in range(0, 450, 30)}
    assert process_time() - start < 2


def test_a_page_that_is_turned_has_lines() -> None:
    """As LaTeX writes a table across the page: the page is turned, and the writing on it."""

    def across(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.rotate(90)
        canvas.setFont("Helvetica", 10)
        for place, row in enumerate((("Site", "Work", "Cost"), ("Kelby", "Roof", "4,150"), ("Garside", "Pump", "300"))):
            for left, words in zip((72, 200, 330), row, strict=True):
                canvas.drawString(left, -100 - 15 * place, words)
        canvas.drawString(72, -200, "Approved by the committee on Monday.")
        canvas.setFillGray(1)
        canvas.drawString(72, -300, "Hidden words.")

    assert [text for _, text in kinds(read(pdf_drawn(across)))] == [
        "Site: Kelby; Work: Roof; Cost: 4,150", "Site: Garside; Work: Pump; Cost: 300", "Approved by the committee on Monday.",
    ]  # fmt: skip


@pytest.mark.parametrize("by_letter", [False, True])
@pytest.mark.parametrize(
    "words",
    [
        ("בספר", "הזה", "הספרית", "הספניה", "128", "דפים."),
        ("שכר", "דירה", "לחודש", "1,200", "1,300"),
        ("שכר", "Loaf & Ladle", "הספניה", "ב-2024"),
        ("عام", "١٢٣٤", "كتاب", "دار"),
    ],
)
def test_what_is_written_from_right_to_left_is_read_so(by_letter: bool, words: tuple[str, ...]) -> None:
    """PDFs hold the letters in the order in which they are drawn, which may be either."""
    pdfmetrics.registerFont(TTFont("DejaVu", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))
    turned = (re.sub(r"[\w,]*[0-9١-٤A-Z][\w,& ]*", lambda kept: kept[0][::-1], word)[::-1] for word in words)
    seen = " ".join([*turned][::-1])  # from left to right

    def drawing(canvas: Canvas) -> None:
        canvas.setFont("DejaVu", 12)
        if not by_letter:
            canvas.drawString(72, 700, seen)
            return
        lefts = [72 + canvas.stringWidth(seen[:at], "DejaVu", 12) for at in range(len(seen))]
        for left, letter in reversed(list(zip(lefts, seen, strict=True))):
            if letter != " ":
                canvas.drawString(left, 700, letter)

    data = pdf_drawn(drawing)
    assert read(data).text == " ".join(words)
    assert len(draw(data, 1, " ".join(words[2:])).boxes) == 1


def test_bold_labels_that_stand_close_are_those_of_their_columns() -> None:
    def drawing(canvas: Canvas) -> None:
        for place, row in enumerate(
            (("Season", "Per night", "Cleaning"), ("Winter", "95 EUR", "60 EUR"), ("May", "165 EUR", "75 EUR"))
        ):
            canvas.setFont("Times-Bold" if place == 0 else "Times-Roman", 12)
            for left, words in zip((40, 82.5, 134.5) if place == 0 else (37.5, 80, 132), row, strict=True):
                canvas.drawString(left, 700 - 18 * place, words)
        canvas.drawString(37.5, 600, "The house is open all the year, and its garden from the first of May to October.")

    assert [text for _, text in kinds(read(pdf_drawn(drawing)))][:2] == [
        "Season: Winter; Per night: 95 EUR; Cleaning: 60 EUR", "Season: May; Per night: 165 EUR; Cleaning: 75 EUR",
    ]  # fmt: skip


def test_lines_that_the_library_takes_for_one_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does on some pages with lists in two columns; which ones is its secret, so the ends of lines are taken."""
    import pypdfium2

    lines = ("Ring the ward, day or night, if", "the bandage is soaked with blood,", "you cannot pass urine.")

    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        for place, words in enumerate(lines):
            canvas.drawString(60, 700 - 15 * place, words)

    whole = pypdfium2.PdfTextPage.get_text_range
    monkeypatch.setattr(pypdfium2.PdfTextPage, "get_text_range", lambda page: whole(page).replace("\r\n", "  "))
    page = pypdfium2.PdfDocument(pdf_drawn(drawing))[0]
    assert [line.text for line in PageText(page).lines(1)] == list(lines)


def test_a_number_at_the_start_of_a_line_may_be_of_the_sentence_before() -> None:
    lines = (
        "If you have a cold or a fever in the week before surgery, then please ring us on 0555 630",
        "118. We may need to postpone what was agreed, and you will hear from us in the same",
        "week or in the next one.",
    )

    def drawing(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for place, words in enumerate(lines):
            canvas.drawString(60, 700 - 12 * place, words)

    assert kinds(read(pdf_drawn(drawing))) == [("paragraph", " ".join(lines))]


@pytest.mark.parametrize("first", [True, False])
def test_an_accent_that_is_drawn_over_a_letter_is_of_that_letter(first: bool) -> None:
    words = "Die Tur ist fur alle da. Facade: c'est la vie"

    def drawing(canvas: Canvas) -> None:
        def put(accent: str, at: int, rise: float) -> None:
            letter = (
                canvas.stringWidth(words[: at + 1], "Helvetica", 12)
                - canvas.stringWidth(words[at], "Helvetica", 12) / 2
            )
            canvas.drawCentredString(72 + letter, 700 + rise, accent)

        canvas.setFont("Helvetica", 12)
        if not first:
            canvas.drawString(72, 700, words)
        for accent, at, rise in (("¨", 5, 0.0), ("¨", 13, 0.0), ("¸", words.index("cade"), 0.0)):
            put(accent, at, rise)
        if first:
            canvas.drawString(72, 700, words)
        canvas.drawString(72, 680, "It´s 5¨ wide.")

    data = pdf_drawn(drawing)
    assert read(data).text == "Die Tür ist für alle da. Façade: c'est la vie It´s 5¨ wide."
    (box,) = draw(data, 1, "für alle").boxes
    assert box[2] - box[0] == pytest.approx(2 * pdfmetrics.stringWidth("fur alle", "Helvetica", 12), abs=3)


def test_the_bullet_of_a_font_of_tex_is_one() -> None:
    assert named("\x88 One") == "• One"


def test_of_many_accents_each_letter_is_measured_once() -> None:
    measured: list[int] = []

    def box(place: int) -> tuple[float, float, float, float]:
        measured.append(place)
        return 5.0 * place, 0.0, 5.0 * place + 4, 6.0

    text = "a`" * 2000
    assert with_accents(text, box) == text and len(measured) == len(set(measured))


LOOSE = (
    "The ferry of the island leaves the northern pier at eight in the morning and takes on",
    "board all who have bought a ticket before. On Sundays it stays in the harbour until the",
    "crew has painted the hull, which takes them most of the day. Fares are those of version",
    "2.5 of the list, and the captain of the boat may sell them in her cabin as well. Dogs go",
    "free of charge.",
)


def test_lines_that_stand_far_apart_are_one_paragraph_where_they_go_on() -> None:
    close = lines(
        *(f"Change {n} of the list was asked for by the crew and made in one day" for n in range(30)), pitch=13
    )
    loose = lines(*LOOSE, "", *LOOSE, pitch=19)
    text = read(pdf_drawn(close, close, loose)).text
    assert text.endswith("\n\n".join([" ".join(LOOSE)] * 2))


def test_rows_that_stand_far_apart_stay_lines() -> None:
    close = lines(
        *(f"Change {n} of the list was asked for by the crew and made in one day" for n in range(30)), pitch=13
    )
    rows = [
        f"part {'of the boat' * n} in the list of the harbour, which tells its name"
        for n in (1, 3, 0, 2, 0, 1, 3, 1, 0, 2)
    ]
    assert read(pdf_drawn(close, close, lines(*rows, pitch=19))).text.count("\n\npart ") > 7


BEYOND = (
    b"BT /F1 12 Tf 72 700 Td (The list of the boats is in the harbour) Tj 560 0 Td (.) Tj ET "
    b"BT /F1 12 Tf 72 680 Td (The ferry leaves at eight.) Tj ET %b"
)


@pytest.mark.parametrize(
    ("far", "warnings"),
    [
        (b"", ()),
        (b"BT /F1 12 Tf 900 600 Td (Obey the captain.) Tj ET", ("text outside the page, left out, on page 1",)),
        (b"BT /F1 12 Tf 900 600 Td (.) Tj ET", ()),
        (b"BT /F1 12 Tf -40 600 Td (Obey) Tj 200 0 Td (a captain) Tj ET", ("text outside the page, left out, on page 1",)),
    ],
)  # fmt: skip
def test_what_stands_beyond_the_edge_of_a_page_is_not_called_hidden(far: bytes, warnings: tuple[str, ...]) -> None:
    document = read(pdf_with_stream(BEYOND % far))
    assert document.text.startswith("The list of the boats is in the harbour")
    assert "Obey" not in document.text and ("a captain" in document.text) == (b"a captain" in far)
    assert document.warnings == warnings


@pytest.mark.parametrize(
    ("one", "two", "text"),
    [
        ("(https://www.", "harbour.example/boats) of the island", "(https://www.harbour.example/boats) of the island"),
        ("(https:", "//harbour.example) of the island", "(https://harbour.example) of the island"),
        ("https://harbour.example/", "msg00011.html of the island", "https://harbour.example/msg00011.html of the"),
        ("Write to claims@", "harbour.example for help", "Write to claims@harbour.example for help"),
        ("https://harbour.example/", "and to the captain", "https://harbour.example/ and to the captain"),
        ("https://harbour.example.", "She writes letters", "https://harbour.example. She writes letters"),
    ],
)
def test_an_address_that_is_cut_at_the_end_of_a_line_is_whole(one: str, two: str, text: str) -> None:
    written = [Line(f"All who want to know of it write to {one}", 1, 72, 300, 100, 11), Line(two, 1, 72, 200, 114, 11)]
    assert text in " ".join(piece.text for piece in pieces_of(written))


def test_an_accent_that_stands_for_itself_is_a_sign() -> None:
    """The library makes of a grave accent a space that does not break and a mark, which may stand anywhere."""
    text = "the \xa0stable’ boat \u0300 is \xa0 \u0300 new’, e\u0301"
    apart, close = text.index("\xa0"), text.rindex("\xa0")
    marks = [at for at, sign in enumerate(text) if sign == "\u0300"]
    owners = dict(zip(marks, (apart, close), strict=True))

    def box(place: int) -> tuple[float, float, float, float]:
        if place in owners:
            left = 6.0 * owners[place]
            return left + 0.5, 7, left + 3, 9
        left = 6.0 * (place if text[place] != "n" else close) + 4 * (text[place] == "n")
        return left, 0, left + 3.2, 5

    shown = with_signs(text, box).replace(GONE, "").replace("  ", " ")
    assert shown == "the `stable’ boat is `new’, e\u0301"
