"""Simulated centres: their design, their truth, their seeds."""

import numpy as np
import pytest

from scoring import simulate
from scoring.errors import OutOfRange, UnknownName
from scoring.generalizability import g_study_sparse


def test_equal_seeds_give_equal_centres():
    one, other = simulate.centre(20, seed=5), simulate.centre(20, seed=5)
    assert one.table.score.tobytes() == other.table.score.tobytes()
    assert one.table.score.tobytes() != simulate.centre(20, seed=6).table.score.tobytes()
    generator = simulate.centre(20, seed=np.random.default_rng(5))
    assert generator.table.score.tobytes() == one.table.score.tobytes()


def test_the_design_is_as_asked():
    made = simulate.centre(31, exercises=2, dimensions=4, assessors=5, per_performance=3, windows=4, seed=1)
    table = made.table
    assert table.n == 31 * 2 * 4 * 3
    assert [
        len(table.facet(name).levels) for name in ("participant", "exercise", "dimension", "assessor")
    ] == [31, 2, 4, 5]
    assert len(table.facet("window").levels) == 4
    load = np.bincount(table.facet("assessor").codes) / 4
    assert np.ptp(load) <= 1
    unit = table.facet("participant").codes * 10 + table.facet("exercise").codes
    for one in np.unique(unit):
        assert np.unique(table.facet("assessor").codes[unit == one]).size == 3


def test_the_luck_of_exercises_shows_in_the_components():
    plain = g_study_sparse(simulate.centre(150, seed=2).table).variances
    lucky = g_study_sparse(simulate.centre(150, exercise_spread=1.0, seed=2).table).variances
    assert lucky["pe"] > plain["pe"] + 0.1


def test_truth_is_in_the_order_of_the_labels():
    made = simulate.centre(120, assessors=12, seed=3)
    table = made.table
    mean = np.bincount(table.facet("participant").codes, weights=table.score)
    assert np.corrcoef(mean, made.truth.participants)[0, 1] > 0.9
    assert made.truth.assessors.sum() == pytest.approx(0)
    assert simulate.centre(10, planted={3: "halo"}).truth.planted == {"a004": "halo"}


def test_profiles_are_what_dimensions_add_to_a_participant():
    plain, made = (simulate.centre(80, dimension_spread=spread, seed=4) for spread in (0.0, 1.5))
    assert not plain.truth.profiles.any()
    p, d = made.table.facet("participant").codes, made.table.facet("dimension").codes
    mean = np.bincount(p * 6 + d, weights=made.table.score).reshape(80, 6)
    assert (
        np.corrcoef(mean.ravel(), (made.truth.participants[:, None] + made.truth.profiles).ravel())[0, 1]
        > 0.9
    )


@pytest.mark.parametrize(
    "change",
    [{"participants": 0}, {"per_performance": 3, "assessors": 2}, {"spread": -1.0}, {"size": float("inf")}],
)
def test_impossible_centres_are_refused(change):
    with pytest.raises(OutOfRange):
        simulate.centre(**{"participants": 5, **change})


@pytest.mark.parametrize("planted", [{0: "sleepy"}, {99: "halo"}])
def test_unknown_effects_are_refused(planted):
    with pytest.raises(UnknownName):
        simulate.centre(5, planted=planted)
