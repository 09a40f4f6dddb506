"""The range line: a place with its range, two open points, or a dotted line; never a figure."""

import pytest

from charts import profile
from charts.marks import Chart, Dot, Line, Text


def lines(chart: Chart, role: str) -> list[Line]:
    return [mark for mark in chart.marks if isinstance(mark, Line) and mark.role == role]


def dots(chart: Chart) -> list[Dot]:
    return [mark for mark in chart.marks if isinstance(mark, Dot)]


def test_a_range_is_a_bar_around_its_point():
    chart = profile.range_line(3.4, 2.95, 3.85, "Effective")
    (bar,) = lines(chart, "range")
    (point,) = dots(chart)
    assert bar.x1 < point.x < bar.x2
    assert point.x == pytest.approx((bar.x1 + bar.x2) / 2)
    assert not point.is_open


def test_a_range_ends_where_the_scale_ends():
    """rule U3: score ± SEM would go beyond 1 and 5."""
    lowest, highest = profile.range_line(1.0, 0.55, 1.45, ""), profile.range_line(5.0, 4.55, 5.45, "")
    (base,) = lines(lowest, "range-base")
    assert lines(lowest, "range")[0].x1 == base.x1
    assert lines(highest, "range")[0].x2 == base.x2
    assert dots(highest)[0].x + dots(highest)[0].radius <= highest.width


def test_what_depends_on_the_situation_is_two_open_points_without_a_middle():
    """rule U2"""
    chart = profile.two_points(2.25, 4.375, "Depends on the situation")
    assert [point.is_open for point in dots(chart)] == [True, True]
    assert not lines(chart, "range")


def test_too_little_is_a_dotted_line_without_a_point():
    """rule U1"""
    chart = profile.too_little("Too little seen")
    assert not dots(chart)
    assert [line.is_dotted for line in lines(chart, "range-base")] == [True]


@pytest.mark.parametrize(
    "chart", [profile.range_line(3, 2.5, 3.5, "a"), profile.two_points(2, 4, "a"), profile.too_little("a")]
)
def test_the_borders_of_bands_are_drawn_and_no_number_is(chart):
    assert len(lines(chart, "axis")) == len(profile.BORDERS)
    assert not [mark for mark in chart.marks if isinstance(mark, Text)]
    assert chart.description == "a"


def test_the_borders_are_those_that_scores_are_told_apart_by():
    from scoring.keys import band_of

    for border in profile.BORDERS:
        assert band_of(border - 0.01) != band_of(border)
