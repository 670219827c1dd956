"""The numbers that a reader sees before items and headings stand in the text, whatever the format keeps of them."""

from __future__ import annotations

from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from rag.numbering import numeral
from tests.test_formats import blocks_of, docx_file


@pytest.mark.parametrize(
    ("number", "kind", "written"),
    [
        (3, "1", "3"),
        (27, "a", "aa"),
        (26, "A", "Z"),
        (14, "i", "xiv"),
        (99, "I", "XCIX"),
        (0, "a", "0"),
        (-2, "I", "-2"),
        (5000, "i", "5000"),
    ],
)
def test_numerals(number: int, kind: str, written: str) -> None:
    assert numeral(number, kind) == written


def test_items_of_ordered_lists_on_a_page() -> None:
    page = (
        "<ol><li><p>Open.</p><p>Slowly.</p><li>Turn:<ol type=a><li>left<li>right</ol><li></li><li value=9>Stop.</ol>"
        "<ul><li>plain</ul><ol start=4 type=I><li>(a) own<li>five</ol>"
    )
    assert [text for _, text in blocks_of("html", page)] == [
        "1. Open.",
        "Slowly.",
        "2. Turn:",
        "a. left",
        "b. right",
        "9. Stop.",
        "plain",
        "(a) own",
        "V. five",
    ]
    assert blocks_of("md", "3. three\n4. four\n")[1] == ("item", "4. four")


LEVELS = (
    ("decimal", "%1.", "Heading1"),
    ("decimal", "%1.%2", "Heading2"),
    ("lowerLetter", "(%3)", ""),
    ("bullet", "•", ""),
)


def build_contract(document: Any) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'{f"""<w:pStyle w:val="{style}"/>""" if style else ""}<w:lvlText w:val="{text}"/></w:lvl>'
        for depth, (form, text, style) in enumerate(LEVELS)
    )
    root = document.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'))
    for key, override in ((71, ""), (72, '<w:lvlOverride w:ilvl="2"><w:startOverride w:val="5"/></w:lvlOverride>')):
        root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{key}"><w:abstractNumId w:val="77"/>{override}</w:num>'))
    _number(document.styles["Heading 1"].element, 71)
    document.styles["Heading 2"].base_style = document.styles["Heading 1"]

    def clause(text: str, key: int, depth: int) -> None:
        _number(document.add_paragraph(text)._p, key, depth)

    document.add_heading("Rent", 1)
    document.add_heading("Amount", 2)
    clause("in euros", 71, 2)
    clause("in advance", 71, 2)
    document.add_heading("Term", 2)
    clause("a year", 71, 2)
    clause("from March", 72, 2)
    clause("a dot", 71, 3)
    clause("no number", 0, 0)
    document.add_heading("End", 1)
    document.add_heading("Notice", 2)
    document.add_paragraph("plain")


def _number(element: Any, key: int, depth: int | None = None) -> None:
    level = "" if depth is None else f'<w:ilvl w:val="{depth}"/>'
    element.get_or_add_pPr().append(parse_xml(f'<w:numPr {nsdecls("w")}>{level}<w:numId w:val="{key}"/></w:numPr>'))


def test_clauses_of_a_contract_in_word() -> None:
    assert blocks_of("docx", docx_file(build_contract)) == [
        ("heading1", "1. Rent"),
        ("heading2", "1.1 Amount"),
        ("item", "(a) in euros"),
        ("item", "(b) in advance"),
        ("heading2", "1.2 Term"),
        ("item", "(a) a year"),
        ("item", "(e) from March"),
        ("item", "a dot"),
        ("item", "no number"),
        ("heading1", "2. End"),
        ("heading2", "2.1 Notice"),
        ("paragraph", "plain"),
    ]
