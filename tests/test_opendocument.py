"""What LibreOffice writes becomes the same blocks as what Word, Excel and PowerPoint write."""

from __future__ import annotations

import pytest

from rag.datatypes import page_name
from rag.errors import LoadError
from rag.parse import answer
from tests.sample_files import odf_file, rezip, zip_of
from tests.test_formats import blocks_of, docx_file, read, text_of


def style(name: str, family: str = "paragraph", more: str = "", inner: str = "") -> str:
    return f'<style:style style:name="{name}" style:family="{family}" {more}>{inner}</style:style>'


def words(*texts: str) -> str:
    return "".join(f"<text:p>{text}</text:p>" for text in texts)


def row(*cells: str) -> str:
    """Return a row; a text that is no element yet becomes a cell."""
    shown = (cell if cell.startswith("<") else f"<table:table-cell>{words(cell)}</table:table-cell>" for cell in cells)
    return f"<table:table-row>{''.join(shown)}</table:table-row>"


def table(*rows: str, name: str = "Sheet1", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


BOLD = '<style:text-properties fo:font-weight="bold"/>'
NOT_SHOWN = '<style:text-properties text:display="none"/>'
COVERED = "<table:covered-table-cell/>"
NOTE = "<text:note><text:note-citation>1</text:note-citation><text:note-body>{}</text:note-body></text:note>"


# --- odt -----------------------------------------------------------------------------------------------------------


def test_odt_in_document_order() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p text:style-name="P1">Report</text:p><text:p text:style-name="Subtitle">In short</text:p>'
        "<text:table-of-content><text:index-body><text:p>Costs 1</text:p></text:index-body></text:table-of-content>"
        '<text:h text:outline-level="2">Costs</text:h>'
        '<text:p>Two<text:s text:c="3"/>or\n   three<text:tab/>words<text:line-break/>and <text:span>more</text:span>'
        '<office:annotation><text:p>a comment</text:p></office:annotation>.<text:span text:style-name="T1">secret</text:span>'
        f"{NOTE.format(words('Small print.'))}</text:p>"
        '<text:p text:style-name="P2">hidden</text:p>'
        '<text:section text:display="none"><text:p>unseen</text:p></text:section>'
        '<text:section><text:p text:style-name="List_20_2">by style</text:p></text:section>'
        f"<text:p>Beside<draw:frame><draw:text-box>{words('In a box.')}</draw:text-box></draw:frame> it.</text:p>"
        f"<draw:frame><draw:image/><draw:text-box>{words('On the page.')}</draw:text-box></draw:frame>"
    )
    styles = style("P1", more='style:parent-style-name="Title"') + style("T1", "text", inner=NOT_SHOWN)
    common = style("Title") + style("Subtitle", more='style:parent-style-name="Title"') + style("List_20_2")
    data = odf_file("text", body, styles=styles + style("P2", inner=NOT_SHOWN), common=common)
    assert blocks_of("odt", data) == [
        ("heading1", "Report"),
        ("heading2", "In short"),
        ("heading2", "Costs"),
        ("paragraph", "Two or three words\nand more."),
        ("paragraph", "Note: Small print."),
        ("item", "by style"),
        ("paragraph", "Beside it."),
        ("paragraph", "In a box."),
        ("paragraph", "On the page."),
    ]
    found = read("odt", data)
    assert (found["title"], found["pages"]) == ("Report", [])
    assert found["warnings"] == ["3 pieces of hidden text left out"]
    assert read("odt", odf_file("text", body, title="From the file"))["title"] == "From the file"
    assert read("odt", odf_file("text", words("x"), title="Untitled"))["title"] == ""


def test_what_stands_around_the_pages_of_an_odt_is_read_once_and_raised_figures_are_powers() -> None:
    master = (
        f"<style:footer>{words('Page <text:page-number>1</text:page-number> of 3', 'Valid from 1 April 2025')}</style:footer>"
        f"<style:header>{words('Halden Instruments')}</style:header><style:header-left>{words('Halden Instruments')}"
        f'</style:header-left><style:header-first style:display="false">{words("Not shown")}</style:header-first>'
    )
    raised = style("T1", "text", inner='<style:text-properties style:text-position="super 58%"/>')
    body = '<text:h>Trains</text:h><text:p>Some 10<text:span text:style-name="T1">3</text:span> seats.</text:p>'
    data = odf_file("text", body, styles=raised, master=master)
    assert text_of("odt", data) == "Trains\n\nHalden Instruments\n\nValid from 1 April 2025\n\nSome 10^3 seats."


LEVELS = (
    '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"/>'
    '<text:list-level-style-bullet text:level="3" text:bullet-char="*"/>'
    '<text:list-level-style-number text:level="4" style:num-format="I" text:display-levels="4" text:start-value="4"/>'
)


def item(*paragraphs: str, inner: str = "", more: str = "") -> str:
    return f"<text:list-item {more}>{words(*paragraphs)}{inner}</text:list-item>"


def numbered_list(*items: str, more: str = 'text:style-name="L1"') -> str:
    return f"<text:list {more}>{''.join(items)}</text:list>"


def test_items_have_the_numbers_that_the_window_of_writer_shows() -> None:
    deepest = numbered_list(item(inner=numbered_list(item("deep"), more="")), more="")
    body = (
        numbered_list(
            item("one", "goes on"),
            item("two", inner=numbered_list(item("sub"), item("sub", inner=deepest), more="")),
            item("three"),
            "<text:list-header><text:p>no number</text:p></text:list-header>",
            more='xml:id="first" text:style-name="L1"',
        )
        + words("Between.")
        + numbered_list(item("four"), more='text:continue-list="first" text:style-name="L1"')
        + numbered_list(item("five"), more='text:continue-numbering="true" text:style-name="L1"')
        + numbered_list(item("new"), item("nine", more='text:start-value="9"'))
        + numbered_list(item("other", more='text:style-override="L2"'))
        + numbered_list(item("plain"), more="")
    )
    other = '<text:list-level-style-number text:level="1" style:num-format="i" loext:num-list-format="Step %1%:" '
    other += 'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"/>'
    lists = f'<text:list-style style:name="L1">{LEVELS}</text:list-style>'
    lists += f'<text:list-style style:name="L2">{other}</text:list-style>'
    assert text_of("odt", odf_file("text", body, styles=lists)) == (
        "1. one\ngoes on\n2. two\n(a) sub\n(b) sub\n2.b.IV deep\n3. three\nno number\n\nBetween.\n\n4. four\n5. five\n"
        "1. new\n9. nine\nStep i: other\nplain"
    )


def test_headings_have_their_numbers() -> None:
    outline = (
        '<text:outline-style style:name="Outline">'
        '<text:outline-level-style text:level="1" style:num-format="1"/>'
        '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>'
    )

    def heading(level: int, text: str, more: str = "") -> str:
        return f'<text:h text:outline-level="{level}" {more}>{text}</text:h>'

    body = heading(1, "Rent") + heading(2, "Amount") + heading(2, "<text:number>1.2</text:number>Term")
    body += heading(1, "Free", 'text:style-name="Free"') + heading(1, "Also free", 'text:is-list-header="true"')
    body += heading(1, "End", 'text:restart-numbering="true" text:start-value="7"') + heading(9, "Deep")
    body += numbered_list(f"<text:list-item>{heading(2, 'Listed')}</text:list-item>")
    common = outline + style("Free", more='style:list-style-name=""')
    lists = f'<text:list-style style:name="L1">{LEVELS}</text:list-style>'
    assert blocks_of("odt", odf_file("text", body, styles=lists, common=common)) == [
        ("heading1", "1 Rent"),
        ("heading2", "1.1 Amount"),
        ("heading2", "1.2 Term"),
        ("heading1", "Free"),
        ("heading1", "Also free"),
        ("heading1", "7 End"),
        ("heading6", "Deep"),
        ("heading2", "1. Listed"),
    ]


def test_tables_in_an_odt() -> None:
    down = '<table:table-cell table:number-rows-spanned="2"><text:p>{}</text:p></table:table-cell>'
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>{}</text:p></table:table-cell>'
    noted = (
        f"<table:table-cell><text:p>Kiel{NOTE.format(words('Of Kiel.'))}</text:p>{words('(north)')}</table:table-cell>"
    )
    body = (
        table(
            f"<table:table-header-rows>{row('Area', 'City')}</table:table-header-rows>",
            row(down.format("North"), noted),
            row(COVERED, "Bonn"),
        )
        + table(
            row(down.format("Area"), wide.format("2023"), COVERED, "2024"),
            row(COVERED, "Plan", "Actual", "Plan"),
            row("IT", "5", "6", "7"),
        )
        + table(row("<table:table-cell><text:p>A frame.</text:p><table:table><table:table-row><table:table-cell><text:p>x"
                    "</text:p></table:table-cell></table:table-row></table:table></table:table-cell>"))
    )  # fmt: skip
    assert text_of("odt", odf_file("text", body)) == (
        "Area: North; City: Kiel (north)\nArea: North; City: Bonn\n\nNote: Of Kiel.\n\n"
        "Area: IT; 2023 Plan: 5; 2023 Actual: 6; 2024 Plan: 7\n\nA frame. x"
    )


@pytest.mark.parametrize(
    ("first", "rest", "marked"),
    [
        ("Plain", "Plain", False),
        ("Table_20_Heading", "Plain", True),
        ("Table_20_Heading", "Table_20_Heading", False),
        ("White", "Plain", True),
    ],
)
def test_the_first_of_two_columns_names_the_second_unless_a_header_is_set_off(
    first: str, rest: str, marked: bool
) -> None:
    def line(look: str, *texts: str) -> str:
        return row(
            *(f'<table:table-cell><text:p text:style-name="{look}">{t}</text:p></table:table-cell>' for t in texts)
        )

    common = style("Base", inner=BOLD) + style("Table_20_Heading", more='style:parent-style-name="Base"')
    common += style("White", inner='<style:text-properties fo:color="#ffffff"/>')
    body = table(line(first, "Plan", "Cost"), line(rest, "Basic", "free"), line(rest, "Plus", "more"))
    expected = "Plan: Basic; Cost: free\nPlan: Plus; Cost: more" if marked else "Plan: Cost\nBasic: free\nPlus: more"
    assert text_of("odt", odf_file("text", body, common=common)) == expected


# --- ods -----------------------------------------------------------------------------------------------------------


def cell(text: str, more: str) -> str:
    return f"<table:table-cell {more}>{words(text) if text else ''}</table:table-cell>"


def test_sheets_are_pages_with_their_names() -> None:
    day = 'office:value-type="date" office:date-value="2025-12-08{}"'
    born = (
        cell("12/08/25", day.format("")),
        cell("08/12 03:04", day.format("T03:04:00")),
        cell("8 December", day.format("")),
    )
    comment = "<table:table-cell><office:annotation><text:p>why</text:p></office:annotation><text:p>Bob</text:p></table:table-cell>"
    people = table(
        row("Staff list"),
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>',
        f"<table:table-header-rows>{row('name', 'born', 'share')}</table:table-header-rows>",
        row("Ann", born[0], cell("12.5%", 'office:value-type="percentage" office:value="0.125"'), COVERED),
        row(comment, born[1], cell("", 'office:value-type="float" office:value="2"')),
        row("Cy", born[2], cell("", 'table:formula="of:=SUM([.A1])"')),
        row(
            "<table:table-cell><text:p>Two</text:p><text:p>lines</text:p></table:table-cell>",
            cell("", 'office:value-type="string"'),
        ),
        name="People",
    )
    nested = (
        "<table:table-cell><draw:frame>"
        + table(row("in a drawing"))
        + "</draw:frame><text:p>total</text:p></table:table-cell>"
    )
    sums = table(
        row(nested, cell("3", 'table:formula="of:=1+2" office:value-type="float" office:value="3"')), name="Sums"
    )
    secret = table(row("hidden words"), name="Secret", more='table:style-name="ta2"')
    links = f"<table:dde-links><table:dde-link>{table(row('of another file'))}</table:dde-link></table:dde-links>"
    hidden = style("ta2", "table", inner='<style:table-properties table:display="false"/>')
    found = read("ods", odf_file("spreadsheet", people + secret + sums + links, styles=hidden, title="Staff"))
    assert found["text"] == (
        "People\n\nStaff list\n\nname: Ann; born: 2025-12-08; share: 12.5%\nname: Bob; born: 2025-12-08 03:04; share: 2\n"
        "name: Cy; born: 8 December; share: =SUM([.A1])\nname: Two lines\n\nSums\n\ntotal; 3"
    )
    assert [page[1] for page in found["pages"]] == ["People", "Sums"]
    assert found["warnings"] == ["hidden sheet 'Secret' left out"]
    assert found["title"] == "Staff"
    assert page_name("staff.ods", 2, "Sums") == "sheet 2: Sums"


def test_the_labels_of_merged_cells_are_said_with_those_below() -> None:
    wide = cell("2023", 'table:number-columns-spanned="2"'), cell("2024", 'table:number-columns-spanned="2"')
    rows = (
        row("Department", wide[0], COVERED, wide[1], COVERED),
        row("<table:table-cell/>", "Plan", "Actual", "Plan", "Actual"),
        row("IT", "50", "61", "55", "0"),
        row("HR", "20", "19", "21", "3"),
    )
    assert text_of("ods", odf_file("spreadsheet", table(row("Budget 2024"), *rows))) == (
        "Budget 2024\n\nDepartment: IT; 2023 Plan: 50; 2023 Actual: 61; 2024 Plan: 55; 2024 Actual: 0\n"
        "Department: HR; 2023 Plan: 20; 2023 Actual: 19; 2024 Plan: 21; 2024 Actual: 3"
    )


def test_repeated_cells_and_rows_are_bounded() -> None:
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    blank = f'<table:table-row table:number-rows-repeated="1048576">{empty}</table:table-row>'
    full = '<table:table-cell table:number-columns-repeated="99999999"><text:p>x</text:p></table:table-cell>'
    assert text_of("ods", odf_file("spreadsheet", table(row("a", "b", empty), blank, row(full), blank))) == (
        f"a; b\n\n{'; '.join('x' * 1000)}"
    )
    many = row("7", "8").replace("<table:table-row", '<table:table-row table:number-rows-repeated="99999999"')
    found = read("ods", odf_file("spreadsheet", table(many) + table(row("never"))))
    assert found["text"] == "\n".join(["7; 8"] * 20_000)
    assert found["warnings"] == ["only the first 20,000 rows read"]
    concealed = style("h", "table", inner='<style:table-properties table:display="false"/>')
    hidden = table(*[many] * 5, name="Old", more='table:style-name="h"')
    found = read("ods", odf_file("spreadsheet", hidden + table(row("a", "b")), styles=concealed))
    assert (found["text"], found["warnings"]) == ("a; b", ["hidden sheet 'Old' left out"])


# --- odp -----------------------------------------------------------------------------------------------------------


def frame(*texts: str, kind: str = "outline") -> str:
    return f'<draw:frame presentation:class="{kind}"><draw:text-box>{words(*texts)}</draw:text-box></draw:frame>'


def test_slides_are_pages_with_their_notes() -> None:
    listed = numbered_list(item("first"), item("second"))
    costs = table(row("Plan", "Cost", "Note"), row("Basic", "$20", "-"))
    slides = (
        f"<draw:frame><draw:text-box>{listed}</draw:text-box></draw:frame>{frame('Plans', kind='title')}"
        f"<presentation:notes><draw:page-thumbnail/>{frame('Speak slowly.', kind='notes')}{frame('9', kind='date-time')}"
        "</presentation:notes><office:annotation><text:p>a comment</text:p></office:annotation>",
        "",
        f"{frame('Costs', kind='title')}<draw:g><draw:custom-shape>{words('One line.')}</draw:custom-shape></draw:g>"
        f"<draw:frame>{costs}<draw:image/></draw:frame>{frame('<text:page-number>3</text:page-number>')}",
    )
    found = read("odp", odf_file("presentation", "".join(f"<draw:page>{slide}</draw:page>" for slide in slides)))
    assert found["text"] == (
        "Plans\n\nfirst\nsecond\n\nNotes: Speak slowly.\n\nCosts\n\nOne line.\n\nPlan: Basic; Cost: $20; Note: -"
    )
    pages = [(number, found["text"][start:end].strip()[:5]) for number, _, start, end in found["pages"]]
    assert pages == [(1, "Plans"), (2, ""), (3, "Costs")]
    assert found["title"] == "Plans"
    assert page_name("deck.odp", 3, None) == "slide 3"


# --- what is refused -----------------------------------------------------------------------------------------------

FORMS = ("odt", "ods", "odp")
TEXT = odf_file("text", words("Words."))
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
LOCKED = b"<manifest><file-entry full-path='content.xml'><encryption-data checksum='x'/></file-entry></manifest>"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zip_of({"encrypted-package": b"\x07" * 900, "META-INF/manifest.xml": LOCKED}), "is password-protected"),
        (TEXT[:-200], "is damaged or not in {} format"),
        (zip_of({"mimetype": b"application/vnd.oasis.opendocument.text"}), "is damaged or not in {} format"),
        (docx_file(lambda document: document.add_paragraph("Words.")), "is damaged or not in {} format"),
        (odf_file("drawing", words("Words.")), "is not in {} format"),
        (rezip(TEXT, {"content.xml": LAUGHS}), "defines XML entities"),
        (rezip(TEXT, {"styles.xml": LAUGHS}), "defines XML entities"),
        (rezip(TEXT, {"content.xml": b" " * 60_000_000}), "is too large when unpacked"),
        (rezip(TEXT, {"content.xml": b"\x07" * 70_000, "META-INF/manifest.xml": LOCKED}), "is password-protected"),
    ],
    ids=["locked as a whole", "cut", "no content", "docx", "drawing", "laughs", "laughs in styles", "bomb", "locked"],
)
def test_hostile_and_wrong_files_are_refused(form: str, data: bytes, reason: str) -> None:
    with pytest.raises(LoadError, match=reason.format(form.upper())):
        read(form, data)


@pytest.mark.parametrize(("form", "kind"), [("odt", "text"), ("ods", "spreadsheet"), ("odp", "presentation")])
def test_an_empty_document_a_broken_one_and_a_deep_one(form: str, kind: str) -> None:
    with pytest.raises(LoadError, match="holds no text"):
        read(form, odf_file(kind, ""))
    deep = "<text:list><text:list-item>" * 3_000 + "</text:list-item></text:list>" * 3_000
    paragraph = words("<text:span>" * 3_000 + "x" + "</text:span>" * 3_000)
    slide = f"<draw:page><draw:frame>{paragraph}</draw:frame></draw:page>"
    body = {"text": deep, "spreadsheet": table(row(f"<table:table-cell>{paragraph}</table:table-cell>"))}.get(
        kind, slide
    )
    for data in (rezip(odf_file(kind, words("x")), {"content.xml": b"no xml"}), odf_file(kind, body)):
        problem, next_step = answer({"task": "load", "format": form}, data)[0]["refused"]
        assert problem.startswith(f"is damaged or not in {form.upper()} format (") and next_step
    many = odf_file("presentation", "<draw:page/>" * 2001)
    with pytest.raises(LoadError, match=r"has 2,001 slides; the limit is 2,000" if form == "odp" else "not in"):
        read(form, many)


def test_an_old_manifest_that_names_its_type_is_no_attack() -> None:
    old = b'<!DOCTYPE manifest:manifest PUBLIC "-//OpenOffice.org//DTD Manifest 1.0//EN" "Manifest.dtd"><x/>'
    assert text_of("odt", rezip(TEXT, {"META-INF/manifest.xml": old})) == "Words."
