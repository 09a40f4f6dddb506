"""More noise never raises reliability in expectation: the same simulated draws, with more and more noise."""

import numpy as np
import pytest

from scoring import agreement, facets, reliability, simulate
from scoring.generalizability import d_study, g_study, g_study_sparse
from scoring.table import RatingTable

SIZES = (0.2, 0.5, 0.9, 1.4, 2.0)
SCALE = range(1, 10)


def tables(seed, participants=40, assessors=3):
    """Ratings of the same people by the same assessors, with noise of each size, on nine points."""
    random = np.random.default_rng(seed)
    level = 5 + random.standard_normal((participants, 1)) + 0.3 * random.standard_normal(assessors)
    noise = random.standard_normal((participants, assessors))
    return [np.clip(np.round(level + size * noise), 1, 9) for size in SIZES]


COEFFICIENTS = {
    "ICC(1,1)": lambda x: reliability.icc(x, "1,1").estimate,
    "ICC(2,1)": lambda x: reliability.icc(x, "2,1").estimate,
    "ICC(3,k)": lambda x: reliability.icc(x, "3,k").estimate,
    "G": lambda x: d_study(g_study(x, "p x r"), {"r": 2}).estimate,
    "Phi": lambda x: d_study(g_study(x, "p x r"), {"r": 2}).phi,
    "alpha": lambda x: agreement.krippendorff_alpha(x, "interval", resamples=0).estimate,
    "AC2": lambda x: agreement.gwet_ac(x, SCALE, "quadratic").estimate,
    "kappa": lambda x: agreement.cohen_kappa(x[:, 0], x[:, 1], SCALE, "quadratic").estimate,
}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_more_noise_lowers_the_mean_coefficient(name):
    found = [[COEFFICIENTS[name](x) for x in tables(seed)] for seed in range(30)]
    means = np.mean(found, axis=0)
    assert (np.diff(means) < 0).all(), means


def test_more_noise_lowers_the_mean_reliability_of_rotating_assessors():
    found = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        who = np.argsort(random.random((60, 6)), axis=1)[:, :2]
        p = np.repeat(np.arange(60), 2)
        level = random.standard_normal(60)[p] + 0.3 * random.standard_normal(6)[who.ravel()]
        noise = random.standard_normal(120)
        found.append([_rotating(p, who.ravel(), level + size * noise) for size in SIZES])
    means = np.mean(found, axis=0)
    assert (np.diff(means[:, 0]) < 0).all(), means
    assert (np.diff(means[:, 1]) < 0).all(), means


def _rotating(participant, assessor, score):
    long = RatingTable(participant, None, None, assessor, score, None)
    study = g_study_sparse(long, ["p", "r"])
    return (
        reliability.icc_sparse(long, "participants").estimate,
        study.variances["p"] / sum(study.variances.values()),
    )


@pytest.mark.parametrize("what", ["exercise_spread", "erratic"])
def test_more_noise_lowers_the_mean_reliability_of_measures(what):
    found = []
    for seed in range(6):
        own = []
        for size in (0.0, 0.6, 1.2):
            more = (
                {"exercise_spread": size}
                if what == "exercise_spread"
                else {"planted": dict.fromkeys(range(6), "erratic"), "size": size}
            )
            made = simulate.centre(80, dimensions=4, assessors=6, seed=seed, **more)
            own.append(facets.fit(made.table).participants.robust_reliability)
        found.append(own)
    means = np.mean(found, axis=0)
    assert (np.diff(means) < 0).all(), means
