"""Norms against the reference table."""

import math

import numpy as np
import pytest

from scoring.errors import NotANumber
from scoring.norms import norms, stanine, sten

from .reference import expected, table


def test_the_norm_table_meets_the_reference():
    right = expected("N01_norms_200")["expected"]
    group = norms([row[0] for row in table("N01_norms_200", "norm_sample.csv")])
    assert (group.n, group.mean, group.sd) == (200, pytest.approx(right["mean"]), pytest.approx(right["sd"]))
    assert group.reasons == ("small_group",)
    found = [group.of(score) for score in right["scores"]]
    names = {"percentile_rank": "estimate", "percentile_cum": "cumulative", "z": "z", "T": "t", "sten": "sten",
             "stanine": "stanine", "normalised_z": "normalised_z", "normalised_T": "normalised_t",
             "normalised_sten": "normalised_sten", "percentile_se": "standard_error"}  # fmt: skip
    for name, attribute in names.items():
        assert [getattr(one, attribute) for one in found] == pytest.approx(right[name], abs=1e-9), name
    assert all(one.interval[0] <= one.estimate <= one.interval[1] for one in found)


def test_a_small_group_gives_no_norms():
    group = norms(range(99))
    assert (group.mean, group.reasons) == (None, ("too_small_group",))
    result = group.of(50)
    assert (result.estimate, result.sten, result.reasons) == (None, None, ("too_small_group",))


def test_a_large_group_needs_no_caution():
    assert norms(np.arange(300)).reasons == ()


def test_a_group_without_spread_has_percentiles_only():
    result = norms([3] * 100).of(3)
    assert (result.estimate, result.z, result.sten) == (50, None, None)
    assert result.reasons == ("small_group", "no_variation")


def test_missing_scores_are_left_out():
    assert norms([None] * 50 + [1, 2] * 60).n == 120


def test_bands_of_z_go_up_at_their_borders():
    assert [sten(z) for z in (-9, -2, 0, 0.5, 9)] == [1, 2, 6, 7, 10]
    assert [stanine(z) for z in (-9, -0.25, 0, 0.25, 9)] == [1, 5, 5, 6, 9]


def test_impossible_scores_are_refused():
    with pytest.raises(NotANumber):
        norms([math.inf] * 100)
    with pytest.raises(NotANumber):
        norms(range(100)).of(math.nan)
