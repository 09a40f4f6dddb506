"""The SVG painter: well formed, named, free of styles, safe whatever the words are."""

from xml.etree import ElementTree

import pytest

from charts.marks import Chart, Dot, Line, Polyline, Rectangle, Text
from charts.svg import paint

SVG = "{http://www.w3.org/2000/svg}"
CHART = Chart(
    100,
    50.5,
    (
        Rectangle(0, 1, 10, 20, "bar"),
        Line(0, 0, 5, 5, "axis", is_dotted=True),
        Polyline(((0, 0), (1 / 3, 2)), "line"),
        Dot(4, 4, 2, "point", is_open=True),
        Text(5, 5, "<b>&", "label", "middle"),
    ),
    "Profit fell & <script>alert(1)</script>",
    'Profit "now"',
)


def test_the_drawing_is_one_named_image():
    root = ElementTree.fromstring(paint(CHART, "e1"))
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    assert [root.find(f".//*[@id='{name}']").text for name in named] == [CHART.title, CHART.description]


def test_ids_differ_by_prefix():
    assert 'id="a-title"' in paint(CHART, "a")
    assert 'id="b-title"' in paint(CHART, "b")


def test_every_mark_has_the_class_of_its_role_and_none_has_a_style():
    root = ElementTree.fromstring(paint(CHART, "e1"))
    marks = [element for element in root if element.tag not in (f"{SVG}title", f"{SVG}desc")]
    assert [element.get("class") for element in marks] == [
        "chart-bar",
        "chart-axis chart-dotted",
        "chart-line",
        "chart-point chart-open",
        "chart-label",
    ]
    assert not [element for element in root.iter() if element.get("style") or element.get("fill")]


def test_words_are_escaped():
    markup = paint(CHART, "e1")
    assert "<script" not in markup
    assert "&lt;b&gt;&amp;" in markup


def test_numbers_are_short():
    assert "0.33,2" in paint(CHART, "e1")


@pytest.mark.parametrize("prefix", ["", "a b", '"', "é"])
def test_a_prefix_that_is_no_id_is_refused(prefix):
    with pytest.raises(ValueError, match="cannot start an id"):
        paint(CHART, prefix)


def test_a_chart_without_a_title_is_named_by_its_description():
    root = ElementTree.fromstring(paint(Chart(10, 10, (), "Nothing yet."), "e1"))
    assert root.get("aria-labelledby") == "e1-desc"
