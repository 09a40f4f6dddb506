"""Bar and line charts: every value is drawn to scale and printed, and nothing leaves the drawing."""

import pytest

from charts.marks import Dot, Polyline, Rectangle, Text
from charts.plots import Series, bars, lines

YEARS = ("FY-2", "FY-1", "FY0")
PROFIT = Series("Profit", (6263.0, 2763.0, 2067.0), ("6,263", "2,763", "2,067"))
RATIO = Series("Ratio", (0.89, 1.62, 1.96), ("0.89", "1.62", "1.96"))


def drawn(categories=YEARS, series=(PROFIT,), **more):
    return bars(categories, series, title="Profit", description="Profit fell.", **more)


def test_bars_are_as_high_as_their_values():
    heights = [m.height for m in drawn().marks if isinstance(m, Rectangle) and m.width > 12]
    assert heights[0] / heights[1] == pytest.approx(6263 / 2763)
    assert heights[0] / heights[2] == pytest.approx(6263 / 2067)


def test_every_value_and_category_is_printed():
    words = [m.words for m in drawn(line=RATIO).marks if isinstance(m, Text)]
    for expected in (*PROFIT.labels, *RATIO.labels, *YEARS, "Profit", "Ratio"):
        assert words.count(expected) == 1


def test_a_line_with_its_own_scale_stays_above_the_bars():
    chart = drawn(line=RATIO)
    lowest_of_line = max(m.y for m in chart.marks if isinstance(m, Dot))
    top_of_bars = min(m.y for m in chart.marks if isinstance(m, Rectangle) and m.width > 12)
    assert lowest_of_line < top_of_bars


def test_a_rising_line_rises():
    (line,) = (m for m in drawn(line=RATIO).marks if isinstance(m, Polyline))
    heights = [y for _, y in line.points]
    assert heights == sorted(heights, reverse=True)


@pytest.mark.parametrize("values", [(5.0, -3.0, 2.0), (-5.0, -3.0, -1.0), (0.0, 0.0, 0.0), (None, 4.0, None)])
def test_nothing_leaves_the_drawing(values):
    chart = drawn(series=(Series("Change", values, ("a", "b", "c")), PROFIT))
    for mark in chart.marks:
        if isinstance(mark, Rectangle):
            assert mark.height >= 0
            assert 0 <= mark.x <= mark.x + mark.width <= chart.width
            assert 0 <= mark.y <= mark.y + mark.height <= chart.height
        if isinstance(mark, Text):
            assert 0 <= mark.y <= chart.height


def test_an_unknown_value_leaves_a_gap_in_the_line_and_still_shows_its_neighbours():
    series = Series("Share", (1.0, 2.0, None, 4.0), ("1", "2", "–", "4"))
    chart = lines(("a", "b", "c", "d"), (series,), title="", description="A gap.")
    assert [len(m.points) for m in chart.marks if isinstance(m, Polyline)] == [2]
    assert len([m for m in chart.marks if isinstance(m, Dot)]) == 3


def test_lines_share_one_scale():
    low = Series("Low", (1.0, 1.0), ("1", "1"))
    high = Series("High", (9.0, 9.0), ("9", "9"))
    chart = lines(("a", "b"), (low, high), title="", description="Two lines.")
    below, above = (m for m in chart.marks if isinstance(m, Polyline))
    assert below.points[0][1] > above.points[0][1]


def test_long_names_are_wrapped():
    chart = drawn(categories=("Public sector and education", "Care", "Companies"), width=390)
    assert "Public sector and education" not in [m.words for m in chart.marks if isinstance(m, Text)]
    assert "Public sector and" in " ".join(m.words for m in chart.marks if isinstance(m, Text))


@pytest.mark.parametrize(
    ("categories", "series"),
    [
        ((), (PROFIT,)),
        (YEARS, ()),
        (YEARS[:2], (PROFIT,)),
        (YEARS, (Series("x", (1.0, float("nan"), 2.0), ("", "", "")),)),
        (YEARS, (Series("x", (None, None, None), ("", "", "")),)),
    ],
)
def test_what_cannot_be_drawn_is_refused(categories, series):
    with pytest.raises(ValueError, match=r"chart needs|has not one|has no value"):
        drawn(categories=categories, series=series)
