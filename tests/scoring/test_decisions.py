"""Decisions at cuts against the reference, closed forms and integration."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scoring.decisions import bivariate_normal, classification, rudner
from scoring.errors import NotANumber, OutOfRange, WrongShape

from .reference import expected


@pytest.mark.parametrize("case", expected("CC01_classification")["cases"])
def test_classification_meets_the_reference(case):
    found, right = classification(case["r"], case["cuts"]), case["expected"]
    assert found.consistency == pytest.approx(right["consistency"], abs=1e-5)
    assert found.kappa == pytest.approx(right["kappa"], abs=1e-5)
    assert found.accuracy == pytest.approx(right["accuracy"], abs=1e-5)
    if right["false_positive_top"] is None:
        assert found.false_positive is None
    else:
        assert found.false_positive == pytest.approx(right["false_positive_top"], abs=1e-5)
        assert found.false_negative == pytest.approx(right["false_negative_top"], abs=1e-5)


@given(st.floats(0, 0.999))
def test_a_cut_at_the_mean_has_a_closed_form(r):
    assert classification(r, 0).consistency == pytest.approx(0.5 + math.asin(r) / math.pi, abs=1e-9)


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(-0.95, 0.95))
def test_the_bivariate_normal_equals_scipy(h, k, r):
    theirs = stats.multivariate_normal(cov=[[1, r], [r, 1]]).cdf([h, k])
    assert bivariate_normal(h, k, r) == pytest.approx(float(theirs), abs=1e-5)


def test_perfect_and_useless_scores_are_the_ends():
    assert classification(1, [0, 1]).consistency == pytest.approx(1)
    assert classification(0, 0).consistency == pytest.approx(0.5)
    assert classification(0, 0).kappa == pytest.approx(0)
    assert bivariate_normal(0.5, -0.2, -1) == pytest.approx(float(stats.norm.cdf(0.5) - stats.norm.cdf(0.2)))
    assert bivariate_normal(-math.inf, 1, 0.5) == 0


def test_no_cut_puts_everybody_in_one_class():
    found = classification(0.5, [])
    assert (found.consistency, found.kappa) == (1, None)


@given(st.floats(0.05, 0.9), st.floats(0.01, 0.09))
def test_more_reliability_never_makes_decisions_less_consistent(r, more):
    assert (
        classification(r + more, [-0.5, 0.8]).consistency
        >= classification(r, [-0.5, 0.8]).consistency - 1e-12
    )


def test_rudner_gives_each_participant_probabilities():
    found = rudner([2.0, 3.0, None], [0.5, 0.5, 0.5], [2.5, 3.5])
    assert found.classes == (0, 1, -1)
    assert (found.n, found.reasons) == (2, ("incomplete",))
    first = np.diff(np.concatenate([[0], stats.norm.cdf([1, 3]), [1]]))
    assert found.probabilities[0] == pytest.approx(first)
    assert found.accuracy == pytest.approx((first[0] + found.probabilities[1][1]) / 2)
    assert found.consistency == pytest.approx(
        ((first**2).sum() + sum(p**2 for p in found.probabilities[1])) / 2
    )


def test_rudner_without_estimates_gives_a_reason():
    found = rudner([None], [0.5], [2.5])
    assert (found.accuracy, found.consistency, found.reasons) == (None, None, ("incomplete", "no_ratings"))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: classification(1.2, 0), OutOfRange),
        (lambda: classification(0.5, [1, 0]), OutOfRange),
        (lambda: classification(0.5, math.nan), NotANumber),
        (lambda: rudner([1], [0], [1]), OutOfRange),
        (lambda: rudner([1], [1, 2], [1]), WrongShape),
        (lambda: rudner([1], [1], [2, 1]), OutOfRange),
        (lambda: bivariate_normal(0, 0, 2), OutOfRange),
    ],
)
def test_impossible_input_is_refused(call, error):
    with pytest.raises(error):
        call()
