"""The course of differences: every one is drawn, in its order, and what lies outside the usual range stands out."""

import pytest

from charts.course import course
from charts.marks import Dot, Polyline, Text
from scoring.calibration import control_chart

NAMES = ("Benchmark", "Running average", "Usual range")


def drawn(differences, **more):
    chart = control_chart(differences, 0.7)
    return course(
        differences,
        chart.values,
        chart.limits,
        target=0.0,
        names=NAMES,
        ends=("March", "June"),
        title="Course",
        description="It rises.",
        **more,
    )


def test_a_course_outside_its_range_has_a_dot_of_its_own_for_each_signal():
    differences = [0, 0, 1, 1, 1, 1, 1, 1, 1]
    chart = drawn(differences)
    dots = [mark for mark in chart.marks if isinstance(mark, Dot) and mark.y > 20]
    assert len([one for one in dots if one.role == "point"]) == len(differences)
    assert (
        len([one for one in dots if one.role == "point-second"])
        == len(control_chart(differences, 0.7).signals)
        > 0
    )
    places = [one.x for one in dots if one.role == "point"]
    assert places == sorted(places)


@pytest.mark.parametrize("differences", [[0.5], [3.0, -3.0, 2.5], [0.0] * 60])
def test_nothing_leaves_the_drawing_and_words_stand_in_it(differences):
    chart = drawn(differences)
    for mark in chart.marks:
        if isinstance(mark, Dot):
            assert 0 <= mark.x <= chart.width
            assert 0 <= mark.y <= chart.height
        if isinstance(mark, Polyline):
            assert all(0 <= x <= chart.width and 0 <= y <= chart.height for x, y in mark.points)
    words = [mark.words for mark in chart.marks if isinstance(mark, Text)]
    assert {*NAMES, "March", "June", "0"} <= {*words}


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="needs"):
        course([1.0], [1.0], [], target=0, names=NAMES, ends=("", ""), title="", description="x")
