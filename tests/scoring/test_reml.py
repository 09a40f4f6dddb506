"""REML from the inside: against dense algebra, and where a step cannot be taken."""

import numpy as np
import pytest

from scoring import _reml
from scoring._reml import Term, fit_reml

RANDOM = np.random.default_rng(8)
P, R = np.indices((9, 4)).reshape(2, -1).repeat(2, axis=1)
Y = 3 + RANDOM.standard_normal(9)[P] + 0.5 * RANDOM.standard_normal(4)[R] + 0.7 * RANDOM.standard_normal(72)
TERMS = ([Term("p", P, 9)], [Term("r", R, 4)])


def dense(variances):
    """Criterion, gradient and average information by matrices of the size of the data."""
    kernels = [np.equal.outer(codes, codes).astype(float) for codes in (P, R)] + [np.eye(72)]
    v = sum(one * kernel for one, kernel in zip(variances, kernels, strict=True))
    inverse, ones = np.linalg.inv(v), np.ones((72, 1))
    middle = ones.T @ inverse @ ones
    project = inverse - inverse @ ones @ np.linalg.inv(middle) @ ones.T @ inverse
    logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(middle)[1] + 71 * np.log(2 * np.pi)
    gradient = [-0.5 * (np.trace(project @ one) - Y @ project @ one @ project @ Y) for one in kernels]
    information = [
        [0.5 * Y @ project @ one @ project @ other @ project @ Y for other in kernels] for one in kernels
    ]
    return logs + Y @ project @ Y, np.array(gradient), np.array(information)


@pytest.mark.parametrize("variances", [[1.0, 0.3, 0.5], [0.2, 2.0, 1.0], [1.0, 1e-6, 0.4]])
def test_absorbing_equals_dense_algebra(variances):
    design = _reml._Design(Y, *TERMS)
    state = _reml._solve(design, np.array(variances))
    gradient, information = _reml._derivatives(design, state)
    criterion, right_gradient, right_information = dense(variances)
    assert state.criterion == pytest.approx(criterion, abs=1e-8)
    assert gradient == pytest.approx(right_gradient, rel=1e-5, abs=1e-5)
    assert information == pytest.approx(right_information, rel=1e-6, abs=1e-8)


def test_blocks_that_are_alike_are_solved_once_with_the_same_result(monkeypatch):
    keep = (P > 1) | (R != 3)  # two participants lack a cell, the others have all
    cell = P * 4 + R
    where = np.unique(cell[keep], return_inverse=True)[1]
    given = (
        Y[keep],
        [Term("p", P[keep], 9), Term("pr", where, where.max() + 1)],
        [Term("r", R[keep], 4)],
    )
    design = _reml._Design(*given)
    assert design.pattern.tolist() == [0, 0, *[1] * 7]
    assert np.array_equal(design.patterns[design.pattern], design.a)
    found = fit_reml(*given)
    monkeypatch.setattr(_reml._Design, "_alike", lambda self: (self.a, np.arange(self.blocks)))
    each = fit_reml(*given)
    assert found.variances == each.variances
    assert found.criterion == each.criterion


def test_the_gradient_vanishes_at_the_solution():
    found = fit_reml(Y, *TERMS)
    _, gradient, information = dense([found.variances[name] for name in ("p", "r", "residual")])
    assert found.is_converged
    assert np.abs(gradient / np.sqrt(np.diag(information))).max() < 1e-4
    assert found.covariance == pytest.approx(np.linalg.inv(information), rel=1e-3)


def test_a_trial_that_cannot_be_solved_is_halved(monkeypatch):
    design = _reml._Design(Y, *TERMS)
    start = np.array([1.2, 0.4, 0.6])
    state, floor, solve, calls = _reml._solve(design, start), np.full(3, 1e-9), _reml._solve, []

    def fails_once(design, variances):
        calls.append(variances)
        if len(calls) == 1:
            raise np.linalg.LinAlgError
        return solve(design, variances)

    monkeypatch.setattr(_reml, "_solve", fails_once)
    gradient, information = _reml._derivatives(design, state)
    found = _reml._line_search(design, state, np.linalg.solve(information, gradient), floor)
    assert len(calls) == 2
    assert found.criterion < state.criterion


def test_a_step_that_leads_nowhere_ends_the_fit(monkeypatch):
    design = _reml._Design(Y, *TERMS)
    state = _reml._solve(design, np.array([0.5, 0.5, 2.0]))
    assert _reml._line_search(design, state, np.zeros(3), np.full(3, 1e-9)) is None
    monkeypatch.setattr(_reml, "_line_search", lambda *_: None)
    assert not fit_reml(Y, *TERMS).is_converged


def test_information_that_is_singular_gives_no_covariance():
    assert _reml._covariance(np.ones((2, 2)), np.array([False, False])) is None
    assert _reml._covariance(np.ones((2, 2)), np.array([True, True])).tolist() == [[0, 0], [0, 0]]
