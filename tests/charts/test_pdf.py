"""The PDF painter: every mark finds its place, in the font it is given and in no other."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from charts import pdf, profile
from charts.marks import Chart, Dot, Line, Polyline, Rectangle, Text

EVERYTHING = Chart(
    200,
    50,
    (
        Rectangle(0, 10, 20, 30, "bar"),
        Line(0, 40, 200, 40, "axis", is_dotted=True),
        Polyline(((0, 0), (50, 20), (100, 10)), "line-second"),
        Dot(50, 20, 4, "point", is_open=True),
        Text(100, 45, "left & <right>", "label"),
        Text(100, 45, "middle", "value", "middle"),
        Text(200, 45, "end", "unheard-of", "end"),
    ),
    "Everything",
)


def painted(drawing: pdf.Drawing) -> PdfReader:
    target = BytesIO()
    canvas = Canvas(target, pageCompression=0)
    drawing.drawOn(canvas, 10, 10)
    canvas.save()
    return PdfReader(target)


def test_every_kind_of_mark_is_painted():
    page = painted(pdf.drawing(EVERYTHING, font="Times-Roman")).pages[0]
    text = page.extract_text()
    assert all(words in text for words in ("left & <right>", "middle", "end"))
    operators = page.get_contents().get_data().split()
    assert b"re" in operators  # the rectangle
    assert operators.count(b"c") >= 4  # the circle


def test_a_chart_is_painted_in_the_width_it_is_given_and_keeps_its_proportion():
    drawing = pdf.drawing(EVERYTHING, width=100)
    assert drawing.wrap(500, 500) == (100, 25)


def test_heights_are_counted_from_above_as_on_the_page():
    content = painted(pdf.drawing(Chart(100, 100, (Rectangle(0, 0, 10, 5, "bar"),), ""))).pages[0]
    assert b"0 95 10 5 re" in content.get_contents().get_data()


@pytest.mark.parametrize("chart", [profile.two_points(2, 4, ""), profile.too_little("")])
def test_a_painting_leaves_the_page_as_it_was(chart):
    content = painted(pdf.drawing(chart, width=100)).pages[0].get_contents().get_data().split()
    assert content.count(b"q") == content.count(b"Q")
