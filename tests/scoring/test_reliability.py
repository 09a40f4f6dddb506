"""Reliability against published tables, R and an independent library."""

import math
import warnings

import numpy as np
import pandas
import pingouin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import reliability
from scoring.errors import NotANumber, OutOfRange, UnknownName, WrongShape
from scoring.reliability import FORMS, icc, icc_sparse
from scoring.table import RatingTable

from .reference import expected, table


def shrout_and_fleiss():
    return np.array([row[1:] for row in table("A01_shrout_fleiss_1979")])


@pytest.mark.parametrize("form", FORMS)
def test_icc_meets_shrout_and_fleiss(form):
    case = expected("A01_shrout_fleiss_1979")
    right = case["expected"][f"ICC({form})"]
    result = icc(shrout_and_fleiss(), form)
    assert result.estimate == pytest.approx(right["value"], abs=1e-8)
    assert result.estimate == pytest.approx(case["published"][f"ICC({form})"], abs=5.001e-3)
    assert result.interval == pytest.approx((right["lo"], right["hi"]), abs=1e-6)
    squares = case["expected"]["mean_squares"]
    found = result.mean_squares
    assert (found.targets, found.assessors, found.residual, found.within) == pytest.approx(
        (squares["MSR"], squares["MSC"], squares["MSE"], squares["MSW"])
    )
    assert result.sem_agreement == pytest.approx(case["expected"]["SEM"]["agreement"])
    assert result.sem_consistency == pytest.approx(case["expected"]["SEM"]["consistency"])


def test_icc_equals_pingouin():
    array = np.random.default_rng(4).integers(1, 6, (15, 3)).astype(float)
    rows, columns = np.indices(array.shape).reshape(2, -1)
    frame = pandas.DataFrame({"t": rows, "r": columns, "x": array.ravel()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pingouin.intraclass_corr(frame, targets="t", raters="r", ratings="x")
    theirs = found["ICC"].to_numpy(dtype=float)
    ours = [icc(array, form).estimate for form in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")]
    assert ours == pytest.approx(theirs, abs=1e-8)


@pytest.mark.parametrize("form", FORMS)
def test_icc_of_equal_ratings_is_undefined(form):
    assert icc([[3, 3], [3, 3], [3, 3]], form).reasons == ("no_variation",)


@pytest.mark.parametrize("form", FORMS)
def test_icc_of_perfect_agreement_is_exactly_one(form):
    result = icc([[1, 1], [3, 3], [5, 5]], form)
    assert (result.estimate, result.interval, result.reasons) == (1, None, ("perfect_agreement",))


def test_a_constant_difference_is_consistent_but_no_agreement():
    shifted = [[1, 2], [2, 3], [4, 5]]
    assert icc(shifted, "3,1").estimate == 1
    assert icc(shifted, "2,1").estimate < 1


def test_a_negative_icc_is_kept_and_flagged():
    result = icc([[1, 5], [5, 1], [2, 4], [4, 2.5]], "1,1")
    assert result.estimate < 0
    assert result.reasons == ("negative",)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1], [2]], "needs_two_assessors"),
        ([[1, 2]], "too_few_targets"),
        ([[1, None], [2, 3]], "too_few_targets"),
        (np.empty((0, 2)), "too_few_targets"),
    ],
)
def test_too_small_tables_give_reasons(ratings, reason):
    result = icc(ratings)
    assert result.estimate is None
    assert result.reasons[-1] == reason


@given(
    st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=3), min_size=2, max_size=6),
    st.sampled_from(FORMS),
)
def test_icc_never_gives_a_number_without_meaning(rows, form):
    width = min(map(len, rows))
    result = icc([row[:width] for row in rows], form)
    assert result.estimate is None or (math.isfinite(result.estimate) and result.estimate <= 1)
    if result.interval:
        assert result.interval[0] <= result.interval[1]


def test_icc_refuses_unknown_forms_and_infinity():
    with pytest.raises(UnknownName):
        icc([[1, 2], [2, 3]], "4,1")
    with pytest.raises(NotANumber):
        icc([[1, math.inf], [2, 3]])
    with pytest.raises(WrongShape):
        reliability.mean_squares([[1, 2]])


def sparse_table():
    rows = np.array(table("M01_sim_rsm_200")).astype(int)
    participant, exercise, dimension, assessor, score = rows.T
    return RatingTable(participant, exercise, dimension, assessor, score, range(1, 6))


@pytest.mark.parametrize(("target", "name"), [("performances", "performance"), ("participants", "candidate")])
def test_the_share_of_assessors_in_the_error_meets_putka(target, name):
    case = expected("G05_sparse_M01")["expected"]["putka_q"][name]
    result = icc_sparse(sparse_table(), target)
    assert (result.n, result.k) == (case["n_ratees"], pytest.approx(case["k_harmonic"], abs=1e-10))
    assert result.q == pytest.approx(case["q"], abs=1e-10)
    assert 0 < result.single < result.estimate < 1
    low, high = result.single_interval
    assert low < result.single < high
    assert low < result.interval[0]
    assert result.interval[0] < result.estimate < result.interval[1]


def test_crossed_ratings_make_the_sparse_form_the_classic_one():
    array = shrout_and_fleiss()
    who, by = np.indices(array.shape).reshape(2, -1)
    result = icc_sparse(RatingTable(who, None, None, by, array.ravel(), None))
    # A balanced table: REML equals the mean squares, and q = 0 makes the error that of consistency.
    assert result.q == pytest.approx(0, abs=1e-12)
    assert result.estimate == pytest.approx(icc(array, "3,k").estimate, abs=1e-6)
    assert result.single == pytest.approx(icc(array, "2,1").estimate, abs=1e-6)


def test_sparse_tables_without_an_answer_give_reasons():
    def of(participants, assessors, scores):
        return icc_sparse(RatingTable(participants, None, None, assessors, scores, range(1, 6)))

    assert of(["a"], ["x"], [3]).reasons == ("too_few_targets",)
    assert of([], [], []).reasons == ("too_few_targets",)
    assert of(["a", "b"], ["x", "y"], [3, 4]).reasons == ("needs_two_assessors",)
    assert of(list("aabb"), list("xyxy"), [3, 3, 3, 3]).reasons == ("no_variation",)
    nothing = of(list("aabbcc"), list("xyxyxy"), [1, 5, 5, 1, 3, 3])
    assert (nothing.estimate, nothing.reasons, nothing.interval) == (0, ("at_zero",), None)


def test_error_and_change_meet_the_reference():
    first, second, third, fourth = expected("E01_sem_rci")["cases"]
    change = reliability.reliable_change(47.5, 32.5, 7.5, 0.8)
    right = first["expected"]
    assert change.z == pytest.approx(right["rc"], abs=1e-9)
    assert change.standard_error == pytest.approx(right["s_diff"], abs=1e-9)
    assert change.is_reliable
    right = second["expected"]
    band = reliability.observed_band(63, 10, 0.75, 0.9)
    assert band.standard_error == pytest.approx(right["sem"], abs=1e-9)
    assert band.interval == pytest.approx(right["band_obs"], abs=1e-9)
    true = reliability.true_score_band(63, 50, 10, 0.75, 0.9)
    assert (true.estimate, true.standard_error) == pytest.approx((right["true_est"], right["see"]), abs=1e-9)
    assert true.interval == pytest.approx(right["band_true"], abs=1e-9)
    assert reliability.prediction_error(10, 0.75) == pytest.approx(right["se_prediction"], abs=1e-9)
    right = third["expected"]
    assert reliability.observed_band(8, 2, 0.5, 0.68).interval == pytest.approx(right["band_obs"], abs=1e-9)
    assert reliability.true_score_band(8, 5.5, 2, 0.5).estimate == pytest.approx(right["true_est"], abs=1e-9)
    right = fourth["expected"]
    step = reliability.difference(58, 47, 10, 0.7, 0.6)
    assert (step.standard_error, step.z, step.p_value) == pytest.approx(
        (right["se_diff"], right["z"], right["p_two_sided"]), abs=1e-9
    )
    assert not step.is_reliable


def test_jacobson_and_truax_are_reproduced():
    published = expected("E01_sem_rci")["published"]
    assert reliability.standard_error_of_measurement(7.5, 0.8) == pytest.approx(published["SE"], abs=5.001e-3)
    assert reliability.reliable_change(47.5, 32.5, 7.5, 0.8).z == pytest.approx(published["RC"], abs=5.001e-3)


def test_a_score_without_error_has_no_test():
    result = reliability.difference(3, 2, 1, 1, 1)
    assert (result.estimate, result.z, result.reasons) == (1, None, ("no_error",))


def test_composites_meet_the_reference():
    case = expected("E02_composites")
    inputs, right = case["inputs"], case["expected"]
    found = reliability.composite_reliability(inputs["weights"], inputs["cor"], inputs["reliabilities"])
    assert found.estimate == pytest.approx(right["reliability"], abs=1e-10)
    assert found.standard_error == pytest.approx(right["sem"], abs=1e-10)
    assert reliability.spearman_brown(0.6, 2) == pytest.approx(right["spearman_brown"]["k2"], abs=1e-10)
    assert reliability.spearman_brown(0.6, 3) == pytest.approx(right["spearman_brown"]["k3"], abs=1e-10)
    assert reliability.assessors_needed(0.6, 0.8) == right["spearman_brown"]["raters_needed_for_.8"]


def test_assessors_needed_knows_its_limits():
    assert reliability.assessors_needed(0.6, 1) is None
    assert reliability.assessors_needed(0, 0.5) is None
    assert reliability.assessors_needed(1, 0.5) == 1
    assert reliability.assessors_needed(0.8, 0.5) == 1


def test_a_composite_without_variance_has_no_reliability():
    assert reliability.composite_reliability([1, 1], [[1, -1], [-1, 1]], [0.5, 0.5]).reasons == (
        "no_variation",
    )


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: reliability.standard_error_of_measurement(-1, 0.5), OutOfRange),
        (lambda: reliability.standard_error_of_measurement(1, 1.5), OutOfRange),
        (lambda: reliability.standard_error_of_measurement(1, math.nan), OutOfRange),
        (lambda: reliability.observed_band(math.nan, 1, 0.5), NotANumber),
        (lambda: reliability.observed_band(1, 1, 0.5, level=0), OutOfRange),
        (lambda: reliability.spearman_brown(0.5, 0), OutOfRange),
        (lambda: reliability.composite_reliability([1], [[1, 2]], [0.5]), WrongShape),
        (lambda: reliability.composite_reliability([1], [[1]], [2]), OutOfRange),
        (lambda: icc_sparse(sparse_table(), "dimensions"), UnknownName),
    ],
)
def test_impossible_input_is_refused(call, error):
    with pytest.raises(error):
        call()


def test_limits_without_degrees_of_freedom_are_left_out():
    squares = reliability.MeanSquares(targets=0.0, assessors=1.0, residual=1.0, within=1.0, n=4, k=2)
    assert reliability._agreement_interval(squares, "2,1", 0.975) is None


def test_assessors_who_differ_and_nothing_else_leave_no_reliability():
    result = icc_sparse(RatingTable(list("aabbcc"), None, None, list("xyxyxy"), [2, 4] * 3, range(1, 6)))
    assert result.estimate is None or result.estimate == 0
    assert result.reasons in (("no_variation",), ("at_zero",))
