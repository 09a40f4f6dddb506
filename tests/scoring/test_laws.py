"""The laws of probability are those of scipy.stats, to the last bit."""

import numpy as np
import pytest
from scipy import stats

from scoring import _laws
from scoring._ranks import average_ranks

P = np.concatenate([np.linspace(0.001, 0.999, 201), [1e-12, 1 - 1e-9]])
X = np.concatenate([np.linspace(-6, 6, 121), [0.0, 40.0]])
ABOVE = np.abs(X)


def test_the_normal():
    assert np.array_equal(_laws.normal_quantile(P), stats.norm.ppf(P))
    assert np.array_equal(_laws.normal_below(X), stats.norm.cdf(X))
    assert np.array_equal(_laws.normal_above(X), stats.norm.sf(X))


@pytest.mark.parametrize("free", [1, 2, 7, 30, 2999])
def test_t_and_chi_square(free):
    assert np.array_equal(_laws.t_quantile(P, free), stats.t.ppf(P, free))
    assert np.array_equal(_laws.t_above(ABOVE, free), stats.t.sf(ABOVE, free))
    assert np.array_equal(_laws.chi_square_quantile(P, free), stats.chi2.ppf(P, free))
    assert np.array_equal(_laws.chi_square_above(X, free), stats.chi2.sf(X, free))


@pytest.mark.parametrize(("above", "below"), [(1, 1), (5, 18), (199, 1393), (3, 7.4), (2.6, 40)])
def test_f(above, below):
    assert np.array_equal(_laws.f_quantile(P, above, below), stats.f.ppf(P, above, below))
    assert np.array_equal(_laws.f_above(X, above, below), stats.f.sf(X, above, below))


def test_ranks_share_ties():
    for seed in range(20):
        x = np.random.default_rng(seed).integers(0, 6, 30) / 3
        assert np.array_equal(average_ranks(x), stats.rankdata(x))
    assert average_ranks(np.zeros(0)).size == 0
