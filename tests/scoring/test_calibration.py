"""An assessor against reference ratings."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calibration import against_reference, control_chart, cronbach_accuracy, proportion, slope_within
from scoring.errors import NotANumber, OffScale, OutOfRange, WrongShape

from .reference import expected, table

SCALE = range(1, 6)


def small():
    return np.array(table("C01_calibration_small"))[:, 1:].T


def test_the_small_calibration_meets_the_reference():
    right = expected("C01_calibration_small")["expected"]
    reference, ratings = small()
    found = against_reference(ratings, reference, SCALE)
    names = {
        "bias": "bias", "sd_diff": "sd_difference", "rmse": "rmse", "mae": "mae", "exact": "exact",
        "within1": "within_one", "pearson": "pearson", "spearman": "spearman", "sd_ratio": "sd_ratio",
        "slope": "slope", "intercept": "intercept", "ccc": "ccc", "kappa_quadratic": "kappa_quadratic",
        "kappa_linear": "kappa_linear",
    }  # fmt: skip
    for name, attribute in names.items():
        part = getattr(found, attribute)
        assert part.estimate == pytest.approx(right[name], abs=1e-9), name
        assert part.interval[0] < part.estimate < part.interval[1], name
    assert found.bias.interval == pytest.approx(right["bias_ci95"], abs=1e-9)
    assert found.exact.interval == pytest.approx(right["wilson_exact"], abs=1e-9)
    assert (found.n, found.reasons) == (24, ("few_ratings",))
    assert found.estimate == found.bias.estimate


def test_the_level_of_one_set_is_its_squared_bias():
    right = expected("C01_calibration_small")["expected"]["cronbach_1955"]
    reference, ratings = small()
    found = cronbach_accuracy(ratings[None, :], reference[None, :])
    assert found.elevation == pytest.approx(right["elevation"], abs=1e-9)
    assert (found.differential_elevation, found.reasons) == (None, ("one_participant",))


@given(st.lists(st.lists(st.integers(1, 5), min_size=8, max_size=8), min_size=2, max_size=6))
def test_the_parts_of_accuracy_add_up(rows):
    array = np.array(rows, dtype=float)
    found = cronbach_accuracy(array[:, :4], array[:, 4:])
    parts = (
        found.elevation,
        found.differential_elevation,
        found.stereotype_accuracy,
        found.differential_accuracy,
    )
    assert sum(parts) == pytest.approx(found.total, abs=1e-9)


@given(
    st.lists(st.tuples(*[st.integers(1, 5)] * 2, st.integers(0, 2)), min_size=8, max_size=30).filter(
        lambda rows: any(len({x for _, x, group in rows if group == name}) > 1 for name in range(3))
    )
)
def test_the_slope_within_groups_is_that_of_least_squares_with_a_level_for_each_group(rows):
    y, x, group = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
    design = np.column_stack([x, *(group == name for name in np.unique(group))])
    right, *_ = np.linalg.lstsq(design, y, rcond=None)
    found = slope_within(y, x, group)
    assert found.estimate == pytest.approx(right[0], abs=1e-9)
    free = len(rows) - design.shape[1]
    error = np.sqrt(((y - design @ right) ** 2).sum() / free * np.linalg.inv(design.T @ design)[0, 0])
    assert found.standard_error == pytest.approx(error, abs=1e-6)


def test_one_general_impression_has_no_slope_within_an_answer_however_severe():
    reference, answers = [5, 1, 3, 4, 4, 1], [1, 1, 1, 2, 2, 2]
    assert slope_within([3, 3, 3, 3, 3, 3], reference, answers).estimate == 0
    assert slope_within([2, 2, 2, 5, 5, 5], reference, answers).estimate == 0
    assert slope_within([one + 2 for one in reference], reference, answers).estimate == pytest.approx(1)
    assert slope_within([3, 4], [3, 3], [1, 1]).reasons == ("no_variation",)
    assert slope_within([None], [3], [1]).reasons == ("incomplete", "no_ratings")


def test_accuracy_names_what_is_missing():
    assert cronbach_accuracy([[1], [2]], [[1], [3]]).reasons == ("one_dimension",)
    assert cronbach_accuracy([[1, None]], [[1, 2]]).reasons == ("incomplete", "no_ratings")
    with pytest.raises(WrongShape):
        cronbach_accuracy([[1, 2]], [[1], [2]])


def test_the_reference_itself_is_perfect():
    ratings = [1, 2, 3, 4, 5, 3]
    found = against_reference(ratings, ratings, SCALE)
    assert (found.bias.estimate, found.rmse.estimate, found.exact.estimate) == (0, 0, 1)
    assert found.pearson.reasons == found.ccc.reasons == ("perfect_agreement",)
    assert found.kappa_quadratic.estimate == 1


def test_without_variation_only_what_exists_is_given():
    found = against_reference([3, 3, 3], [2, 3, 4], SCALE)
    assert found.pearson.reasons == found.spearman.reasons == found.sd_ratio.reasons == ("no_variation",)
    assert found.ccc.estimate is None
    assert found.slope.estimate == 0
    assert against_reference([2, 3, 4], [3, 3, 3], SCALE).slope.reasons == ("no_variation",)


def test_a_correlation_of_nothing_has_a_concordance_without_interval():
    found = against_reference([2, 4, 4, 2], [1, 1, 3, 3], SCALE)
    assert found.ccc.estimate == pytest.approx(0)
    assert found.ccc.reasons == ("no_interval",)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_ratings_give_reasons_and_no_crash(n):
    found = against_reference([1, 3, 4][:n], [1, 2, 5][:n], SCALE)
    assert found.n == n
    assert found.reasons == (("no_ratings",) if n == 0 else ("few_ratings",))
    assert found.pearson.interval is None


def test_missing_pairs_are_left_out():
    found = against_reference([1, None, 3], [1, 2, None], SCALE)
    assert (found.n, found.reasons) == (1, ("incomplete", "few_ratings"))


def test_a_share_of_nothing_is_undefined():
    assert proportion(0, 0).reasons == ("no_ratings",)


def test_impossible_ratings_are_refused():
    with pytest.raises(OffScale):
        against_reference([6], [5], SCALE)
    with pytest.raises(NotANumber):
        against_reference([math.inf], [5], SCALE)
    with pytest.raises(WrongShape):
        against_reference([5, 4], [5], SCALE)


def test_the_control_chart_follows_its_formula():
    chart = control_chart([1.0, None, 0.5], sd=1.0, weight=0.5, width=2.0)
    assert chart.values == pytest.approx((0.5, 0.5, 0.5))
    # Roberts (1959): the variance after t differences.
    first, third = (math.sqrt(0.5 / 1.5 * (1 - 0.5 ** (2 * t))) for t in (1, 2))
    assert chart.limits == pytest.approx((2 * first, 2 * first, 2 * third))
    assert (chart.n, chart.signals) == (2, ())


def test_a_steady_shift_is_signalled_and_noise_is_not():
    random = np.random.default_rng(5)
    quiet, shifted = random.normal(0, 0.7, 60), random.normal(0.9, 0.7, 60)
    assert control_chart(quiet, sd=0.7).signals == ()
    assert control_chart(shifted, sd=0.7).signals


def test_an_empty_chart_says_so_and_impossible_limits_are_refused():
    assert control_chart([None], sd=1).reasons == ("no_ratings",)
    for change in (
        {"sd": 0},
        {"sd": 1, "weight": 0},
        {"sd": 1, "width": math.nan},
        {"sd": 1, "target": math.inf},
    ):
        with pytest.raises(OutOfRange):
            control_chart([1], **change)
