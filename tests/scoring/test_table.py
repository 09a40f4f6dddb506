"""The long table: what it accepts, keeps and refuses."""

import math

import numpy as np
import pytest

from scoring.errors import NotANumber, OffScale, OutOfRange, UnknownName, WrongShape
from scoring.table import RatingTable, cross, performances


def small(**change):
    columns = {
        "participant": ["p2", "p1", "p1"],
        "exercise": ["E1", "E1", "E5"],
        "dimension": ["L1", "L1", "S1"],
        "assessor": [2, 1, 2],
        "score": [3, 4, 5],
        "scale": range(1, 6),
    }
    return RatingTable(**{**columns, **change})


def test_levels_are_sorted_and_rows_point_to_them():
    table = small()
    assert table.facet("participant").levels == ("p1", "p2")
    assert table.facet("assessor").codes.tolist() == [1, 0, 1]
    assert table.categories().tolist() == [2, 3, 4]
    assert table.facet("assessor").of(2) == 1


def test_rows_without_evidence_are_dropped_and_counted():
    table = small(score=[None, 4, math.nan])
    assert (table.n, table.n_missing) == (1, 2)
    assert table.facet("participant").levels == ("p1",)


def test_arrays_and_lists_are_the_same():
    listed = small()
    arrays = small(participant=np.array(["p2", "p1", "p1"]), assessor=np.array([2, 1, 2]))
    for name in ("participant", "assessor"):
        assert listed.facet(name).levels == arrays.facet(name).levels
        assert listed.facet(name).codes.tolist() == arrays.facet(name).codes.tolist()


def test_a_missing_window_is_kept_as_missing():
    table = small(window=["w1", None, math.nan])
    assert table.facet("window").codes.tolist() == [0, -1, -1]
    crossed = cross(table.facet("assessor"), table.facet("window"))
    assert (crossed.levels, crossed.codes.tolist()) == (((2, "w1"),), [0, -1, -1])


def test_performances_are_what_one_participant_did_in_one_exercise():
    assert performances(small()).levels == (("p1", "E1"), ("p1", "E5"), ("p2", "E1"))
    assert performances(small(exercise=None)).levels == ("p1", "p2")


def test_rows_can_be_chosen():
    table = small(window=["w1", None, "w2"])
    assert table.where(dimension="L1").n == 2
    assert table.where(dimension="L1").facet("window").codes.tolist() == [0, -1]
    assert table.take([0, 0]).facet("participant").levels == ("p2",)


def test_mixed_labels_have_an_order():
    assert small(assessor=["b", 2, 1.5]).facet("assessor").levels == (1.5, 2, "b")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"score": [3, 4, 6]}, OffScale),
        ({"score": [3, 4, 4.5]}, OffScale),
        ({"score": [3, 4, math.inf]}, NotANumber),
        ({"score": [3, 4]}, WrongShape),
        ({"participant": ["p1", "p2", None]}, OutOfRange),
        ({"scale": [5, 4]}, OutOfRange),
    ],
)
def test_impossible_tables_are_refused(change, error):
    with pytest.raises(error):
        small(**change)


def test_what_is_not_there_is_said():
    table = small(scale=None, score=[3.5, 4, 5])
    with pytest.raises(OutOfRange):
        table.categories()
    with pytest.raises(UnknownName):
        table.facet("window")
    with pytest.raises(UnknownName):
        table.where(dimension="L9")
    assert not table.has("window")
