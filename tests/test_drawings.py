"""Charts and diagrams in Word and PowerPoint are read where they stand."""

from __future__ import annotations

import io
from datetime import date
from time import process_time
from typing import Any

import pptx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE

from rag.drawings import drawn
from tests.sample_files import docx_file
from tests.test_formats import blocks_of, read, text_of

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DIAGRAMS, CHARTS = (f"http://schemas.openxmlformats.org/drawingml/2006/{name}" for name in ("diagram", "chart"))
CHART = '<c:chart r:id="{}"/>'

DIAGRAM = """<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst>
<dgm:pt modelId="0" type="doc"/><dgm:pt modelId="1"><dgm:t><a:p><a:r><a:t>Survey in </a:t></a:r><a:r><a:t>May</a:t></a:r></a:p></dgm:t></dgm:pt>
<dgm:pt modelId="2" type="parTrans"><dgm:t><a:p/></dgm:t></dgm:pt>
<dgm:pt modelId="3"><dgm:t><a:p><a:r><a:t>Permit</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>"""


def categories(style: str, *values: float | None, names: tuple[Any, ...] = ("North", "South")) -> CategoryChartData:
    data = CategoryChartData(number_format=style)
    data.categories = names
    data.add_series("Berths", values)
    return data


def points() -> XyChartData:
    data = XyChartData()
    series = data.add_series("Depth")
    series.add_data_point(1.5, 20)
    return data


@pytest.mark.parametrize(
    ("kind", "data", "rows"),
    [
        (XL_CHART_TYPE.BAR_CLUSTERED, categories("General", 34, 21), ["North; Berths: 34", "South; Berths: 21"]),
        (XL_CHART_TYPE.PIE, categories("0%", 0.345, None), ["North; Berths: 34.5%", "South"]),
        (XL_CHART_TYPE.LINE, categories("General", 3, names=(date(2025, 4, 9),)), ["2025-04-09; Berths: 3"]),
        (XL_CHART_TYPE.XY_SCATTER, points(), ["1.5; Depth: 20"]),
    ],
)
def test_a_chart_on_a_slide_is_a_table(kind: Any, data: Any, rows: list[str]) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Harbour"
    chart = slide.shapes.add_chart(kind, 0, 0, 3_000_000, 2_000_000, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Berths in use"
    out = io.BytesIO()
    deck.save(out)
    title, (_, named), *table = blocks_of("pptx", out.getvalue())
    assert (title[1], named, [text for _, text in table]) == ("Harbour", "Berths in use", rows)
    assert read("pptx", out.getvalue())["pages"] == [
        [1, None, 0, len("\n\n".join(["Harbour", named, *rows])) - len(rows) + 1]
    ]


def word_with(kind: str, xml: bytes, element: str, times: int = 1, *, in_a_box: bool = False) -> bytes:
    """Return a docx whose paragraphs, "The steps:" each, refer to one part of this XML."""

    def build(document: Any) -> None:
        part = Part(PackURI("/word/drawings/data1.xml"), "application/xml", xml, document.part.package)
        names = f'xmlns:dgm="{DIAGRAMS}" xmlns:c="{CHARTS}" xmlns:w="{W}" xmlns:r="{kind.rpartition("/")[0]}"'
        link = f"<w:drawing>{element.format(document.part.relate_to(part, kind))}</w:drawing>"
        if in_a_box:
            link = f"<w:txbxContent><w:p><w:r>{link}</w:r></w:p></w:txbxContent>"
        for _ in range(times):
            document.add_paragraph("The steps:")._p.append(parse_xml(f"<w:r {names}>{link}</w:r>"))

    return docx_file(build)


def test_a_diagram_of_word_is_a_list_behind_its_paragraph() -> None:
    data = word_with(RELATIONSHIP_TYPE.DIAGRAM_DATA, DIAGRAM.encode(), '<dgm:relIds r:dm="{}"/>')
    texts = ["The steps:", "Survey in May", "Permit"]
    assert blocks_of("docx", data) == [("paragraph", texts[0]), *[("item", text) for text in texts[1:]]]


def chart_of(*series: str) -> bytes:
    plot = f"<c:barChart>{''.join(f'<c:ser>{one}</c:ser>' for one in series)}</c:barChart>"
    return (
        f'<c:chartSpace xmlns:c="{CHARTS}"><c:chart><c:plotArea>{plot}</c:plotArea></c:chart></c:chartSpace>'.encode()
    )


def values(*texts: str, style: str = "General") -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{text}</c:v></c:pt>' for at, text in enumerate(texts))
    return f"<c:val><c:numRef><c:numCache><c:formatCode>{style}</c:formatCode>{points}</c:numCache></c:numRef></c:val>"


def test_a_chart_that_several_paragraphs_draw_is_said_once() -> None:
    data = word_with(RELATIONSHIP_TYPE.CHART, chart_of(values("34", "21")), CHART, 3)
    assert [text for _, text in blocks_of("docx", data)] == ["The steps:", "34", "21", "The steps:", "The steps:"]
    boxed = word_with(RELATIONSHIP_TYPE.CHART, chart_of(values("34", "21")), CHART, in_a_box=True)
    assert [text for _, text in blocks_of("docx", boxed)] == ["The steps:", "34", "21"]


@pytest.mark.parametrize("xml", [b"no XML", chart_of(values("").replace('idx="0"', f'idx="{"1" * 5000}"'))])
def test_a_damaged_chart_takes_no_word_of_the_file_with_it(xml: bytes) -> None:
    assert text_of("docx", word_with(RELATIONSHIP_TYPE.CHART, xml, CHART)) == "The steps:"


def test_a_chart_of_many_series_without_values_is_no_large_table() -> None:
    root = parse_xml(chart_of(values(*map(str, range(2000))), *[""] * 20_000))
    began = process_time()
    assert [len(piece.text) for piece in drawn(root)][:3] == [1, 1, 1]
    assert process_time() - began < 5


@pytest.mark.parametrize(
    ("style", "value", "shown"),
    [
        ("0.0%", "0.125", "12.5%"),
        ('0"%"', "12", "12%"),
        ("0\\%", "12", "12%"),
        ('#,##0 "days"', "5", "5 days"),
        ("[Yellow]0", "7", "7"),
        ("[$-409]d-mmm-yy", "45000", "2023-03-15"),
        ("mmm d", "45000", "2023-03-15"),
    ],
)
def test_a_value_of_a_chart_is_what_its_format_shows(style: str, value: str, shown: str) -> None:
    assert [piece.text for piece in drawn(parse_xml(chart_of(values(value, style=style))))] == [shown]


def test_what_is_neither_a_chart_nor_a_diagram_has_no_words() -> None:
    assert list(drawn(parse_xml(f'<w:p xmlns:w="{W}"/>'))) == []
