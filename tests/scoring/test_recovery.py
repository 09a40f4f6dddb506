"""Severities against the truth that they were simulated from, freed of the luck of the draw."""

import numpy as np
import pytest

from benchmarks.scoring.recovery import SLOPE, luck, verdict
from scoring import facets, simulate


@pytest.fixture(scope="module")
def runs():
    """Slope of the severities on the truth, and luck, of twelve centres without an exercise effect."""
    found = []
    for seed in range(40, 52):
        made = simulate.centre(100, seed=seed)
        measures = facets.fit(made.table).facets["assessor"].measures
        found.append((np.polyfit(made.truth.assessors, measures, 1)[0], luck(made, 0.0)))
    return np.array(found).T


def test_luck_explains_how_slopes_differ_from_draw_to_draw(runs):
    slope, own = runs
    assert np.corrcoef(slope, own)[0, 1] > 0.9
    assert (slope - own).std() < 0.4 * slope.std()


def test_severities_of_performances_are_unbiased_where_there_is_no_exercise_effect(runs):
    slope, own = runs
    freed = slope - own
    assert SLOPE[0] < freed.mean() - 3 * freed.std() / np.sqrt(freed.size)
    assert abs(freed.mean() - 1) < 0.02


def test_luck_has_no_expectation():
    draws = [
        luck(simulate.centre(40, dimension_spread=0.3, exercise_spread=0.7, seed=seed), 0.7)
        for seed in range(200)
    ]
    assert abs(np.mean(draws)) < 3 * np.std(draws) / np.sqrt(200)


def test_the_slope_is_judged_without_luck_and_every_missed_bar_is_named():
    good = [1.0, 1.0, 0.08, 0.9, 0.95, 0.9, 0.86, 0.86]
    assert verdict(good) == "met"
    assert verdict([1.031, *good[1:]]) == "met (plain slope outside)"
    assert verdict([1.0, 1.031, *good[2:]]) == "MISSED: slope"
    bad = [0.9, 0.93, 0.1, 0.95, 0.9, 0.9, 0.9, 0.86]
    assert verdict(bad) == "MISSED: slope, RMSE, coverage, reliability"
