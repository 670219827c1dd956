"""Charts and diagrams in Word and PowerPoint are read where they stand."""

from __future__ import annotations

import io
from datetime import date
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
from tests.test_formats import blocks_of, read

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


def test_a_diagram_of_word_is_a_list_behind_its_paragraph() -> None:
    def build(document: Any) -> None:
        package = document.part.package
        part = Part(PackURI("/word/diagrams/data1.xml"), "application/xml", DIAGRAM.encode(), package)
        kind = RELATIONSHIP_TYPE.DIAGRAM_DATA
        names = f'xmlns:dgm="{DIAGRAM.split(chr(34))[1]}" xmlns:w="{W}" xmlns:r="{kind.rpartition("/")[0]}"'
        link = f'<dgm:relIds r:dm="{document.part.relate_to(part, kind)}"/>'
        document.add_paragraph("The steps:")._p.append(parse_xml(f"<w:r {names}><w:drawing>{link}</w:drawing></w:r>"))
        document.add_paragraph("The end.")

    texts = ["The steps:", "Survey in May", "Permit", "The end."]
    assert blocks_of("docx", docx_file(build)) == [
        ("paragraph", texts[0]),
        *[("item", t) for t in texts[1:3]],
        ("paragraph", texts[3]),
    ]


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def test_what_is_neither_a_chart_nor_a_diagram_has_no_words() -> None:
    assert list(drawn(parse_xml(f'<w:p xmlns:w="{W}"/>'))) == []
