"""Differences between groups against the reference."""

import csv
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scoring.errors import NotANumber, OutOfRange
from scoring.fairness import impact_ratio, mean_difference

from .reference import FOLDER, expected


@pytest.mark.parametrize("case", expected("AI01_adverse_impact")["cases"])
def test_impact_meets_the_reference(case):
    given_, right = case["inputs"], case["expected"]
    found = impact_ratio(given_["sel_focal"], given_["n_focal"], given_["sel_ref"], given_["n_ref"])
    names = {
        "rate_focal": "rate_focal", "rate_ref": "rate_reference", "impact_ratio": "estimate", "diff": "difference",
        "four_fifths_fail": "is_below_four_fifths", "cohen_h": "cohen_h", "phi": "phi", "odds_ratio": "odds_ratio",
        "fisher_two_sided": "fisher", "fisher_mid_p": "mid_p", "fisher_less": "fisher_less", "chisq": "chi_square",
        "z": "z", "z_p": "z_p", "ir_if_one_swapped": "if_one_swapped", "shortfall": "shortfall",
    }  # fmt: skip
    for name, attribute in names.items():
        assert getattr(found, attribute) == pytest.approx(right[name], abs=1e-9), name
    # The reference multiplies by 1.959964; ours by the quantile in full.
    assert found.interval == pytest.approx(right["ir_ci95"], abs=1e-7)


def test_the_published_example_is_reproduced():
    assert (
        impact_ratio(12, 40, 48, 80).estimate == expected("AI01_adverse_impact")["published"]["impact_ratio"]
    )


@given(st.integers(0, 30), st.integers(0, 40))
def test_fisher_equals_scipy(a, c):
    found = impact_ratio(a, 30, c, 40)
    if found.fisher is None:
        assert "no_variation" in found.reasons
        return
    assert found.fisher == pytest.approx(stats.fisher_exact([[a, 30 - a], [c, 40 - c]]).pvalue, abs=1e-9)
    assert found.mid_p <= found.fisher


def test_small_groups_are_suppressed():
    found = impact_ratio(2, 4, 20, 40)
    assert (found.estimate, found.rate_focal, found.reasons) == (None, None, ("too_small_group",))
    assert impact_ratio(2, 5, 20, 40).reasons == ("few_people",)
    assert mean_difference([1, 2, 3, 4], range(40)).reasons == ("too_small_group",)


def test_zero_cells_leave_out_what_does_not_exist():
    nobody = impact_ratio(0, 20, 10, 20)
    assert (nobody.estimate, nobody.interval, nobody.odds_ratio) == (0, None, None)
    assert nobody.reasons == ("zero_cell",)
    reference = impact_ratio(5, 20, 0, 20)
    assert (reference.estimate, reference.is_below_four_fifths) == (None, None)
    assert reference.reasons == ("nobody_selected", "zero_cell")
    everybody = impact_ratio(20, 20, 20, 20)
    assert (everybody.z, everybody.fisher) == (None, None)
    assert everybody.reasons == ("no_variation", "zero_cell")


def test_the_mean_difference_meets_the_reference():
    right = expected("AI03_cohen_d")["expected"]
    with (FOLDER / "AI03_cohen_d" / "data.csv").open() as lines:
        rows = list(csv.reader(lines))[1:]
    focal, reference = ([float(score) for name, score in rows if name == group] for group in ("focal", "ref"))
    found = mean_difference(focal, reference)
    assert (found.estimate, found.hedges_g, found.correction, found.t, found.df) == pytest.approx(
        (right["d"], right["hedges_g"], right["J"], right["t"], right["df"]), abs=1e-9
    )
    assert found.interval == pytest.approx(right["ci95_d_noncentral"], abs=1e-6)
    assert found.standard_error == pytest.approx(right["se_hedges_olkin"], abs=1e-9)


def test_groups_without_spread_have_no_standardised_difference():
    assert mean_difference([3] * 20, [4] * 20).reasons == ("no_variation",)
    assert mean_difference([3] * 20, [*[4] * 19, None]).n == 39


def test_a_huge_difference_still_has_an_interval():
    found = mean_difference([1.0, 1.1, 1.2, 1.1, 1.0], [9.0, 9.1, 9.2, 9.1, 9.0])
    assert found.interval[0] < found.estimate < found.interval[1]


@pytest.mark.parametrize("counts", [(5, 4, 1, 10), (-1, 10, 1, 10), (1.5, 10, 1, 10), (True, 10, 1, 10)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises((OutOfRange, NotANumber)):
        impact_ratio(*counts)


def test_infinity_is_refused():
    with pytest.raises(NotANumber):
        mean_difference([math.inf] * 5, [1] * 5)
