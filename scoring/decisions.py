"""Decisions at cut-off scores: how many would come out the same again, and how many come out right."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import Floats, between, complete, number, numbers
from scoring.errors import OutOfRange, WrongShape

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Classification:
    """Decision consistency and accuracy in a normal population.

    `consistency`: share of participants who get the same class twice; `kappa` the same corrected for chance
    (None with one class); `accuracy`: share whose class is that of their true score. With one cut,
    `false_positive` is the share who pass and would not by their true score, `false_negative` the reverse;
    None with several. `repeated` (first, second) and `true` (observed, true) are the tables of shares.
    """

    consistency: float
    kappa: float | None
    accuracy: float
    false_positive: float | None
    false_negative: float | None
    repeated: Matrix
    true: Matrix


def classification(reliability: float, cuts: ArrayLike) -> Classification:
    """Consistency and accuracy of classes made by cuts, from the reliability alone.

    Shape: `reliability` one number from 0 to 1; `cuts` one number or (cuts,), rising. The true cuts are the
        same z on the standardised true scale.
    Unit: cuts in standard deviations of the observed score from its mean; the results are shares of
        participants.
    Formula: two administrations are bivariate normal with correlation r, observed and true score with
        sqrt(r); consistency and accuracy are the shares on the diagonal, kappa = (consistency - chance) / (1
        - chance). At a cut of 0 the consistency is 1/2 + arcsin(r) / pi.
    Missing: not allowed.
    Raises: OutOfRange for a reliability outside 0 to 1 or cuts that do not rise; NotANumber for a missing
        cut, text or infinity; WrongShape for cuts of different lengths.
    Source: Peng & Subkoviak (1980), Journal of Educational Measurement 17, 359-368.

    >>> found = classification(0.8, 0)
    >>> round(found.consistency, 4), round(found.accuracy, 4)
    (0.7952, 0.8524)
    """
    r = between(reliability, 0, 1, "reliability")
    limits = np.atleast_1d(complete(cuts, "cuts"))
    if limits.ndim != 1 or (np.diff(limits) <= 0).any():
        raise OutOfRange("cuts: needs rising numbers")
    edges = np.concatenate([[-np.inf], limits, [np.inf]])
    repeated, true = _cells(edges, r), _cells(edges, float(np.sqrt(r)))
    chance = float((repeated.sum(axis=0) ** 2).sum())
    consistency = float(np.trace(repeated))
    single = limits.size == 1
    return Classification(
        consistency=consistency,
        kappa=(consistency - chance) / (1 - chance) if limits.size and 1 - chance > 1e-12 else None,
        accuracy=float(np.trace(true)),
        false_positive=float(true[1, 0]) if single else None,
        false_negative=float(true[0, 1]) if single else None,
        repeated=tuple(map(tuple, repeated.tolist())),
        true=tuple(map(tuple, true.tolist())),
    )


def _cells(edges: Floats, r: float) -> Floats:
    corner = np.array([[bivariate_normal(h, k, r) for k in edges] for h in edges])
    # Differences of a distribution function; the floor removes a last bit of arithmetic.
    return np.maximum(np.diff(np.diff(corner, axis=0), axis=1), 0.0)


def bivariate_normal(h: float, k: float, r: float) -> float:
    """Probability that two correlated standard normal variables both stay below their limits.

    Shape: single numbers; `r` from -1 to 1; the limits `h` and `k` may be infinite.
    Unit: limits in standard deviations; a probability.
    Formula: P(X <= h, Y <= k) = (Phi(h) + Phi(k)) / 2 - T(h, a_h) - T(k, a_k) - (1/2 when h k < 0, or h k = 0
        and h + k < 0), T Owen's function, a_h = (k / h - r) / sqrt(1 - r^2) and a_k the same with h and k
        exchanged.
    Missing: not allowed.
    Raises: NotANumber for NaN, None or text; OutOfRange for r outside -1 to 1 or finite limits beyond 1e12.
    Source: Owen (1956), Annals of Mathematical Statistics 27, 1075-1090.

    >>> round(bivariate_normal(0, 0, 0.5), 10)
    0.3333333333
    """
    r, h, k = between(r, -1, 1, "r"), _limit(h, "h"), _limit(k, "k")
    if np.isinf(h) or np.isinf(k) or abs(r) >= 1:
        low, high = float(scipy.special.ndtr(h)), float(scipy.special.ndtr(k))
        if r <= -1 and np.isfinite([h, k]).all():
            return max(0.0, low + high - 1)
        return min(low, high)
    if h == 0 and k == 0:
        return 0.25 + float(np.arcsin(r)) / (2 * np.pi)
    root = float(np.sqrt(1 - r**2))
    mean = (scipy.special.ndtr(h) + scipy.special.ndtr(k)) / 2
    opposite = 0.5 if h * k < 0 or (h * k == 0 and h + k < 0) else 0.0
    return float(mean - _owen(h, k, r, root) - _owen(k, h, r, root) - opposite)


def _limit(value: float, name: str) -> float:
    return float(value) if isinstance(value, float) and np.isinf(value) else number(value, name)


def _owen(h: float, k: float, r: float, root: float) -> float:
    slope = np.copysign(np.inf, k) if h == 0 else (k / h - r) / root
    return float(scipy.special.owens_t(h, slope))


@dataclass(frozen=True, kw_only=True)
class Certainty:
    """Rudner's classification of single participants.

    `probabilities` (participants, classes) of the true class; `classes` the class of each estimate, from 0
    (-1 when missing); `accuracy` the mean probability of the class assigned; `consistency` the mean of
    sum p^2, the chance of the same class twice. None when nobody has an estimate ("no_ratings"). `n` counts
    the participants with an estimate. `reasons`: "incomplete" when others have none.
    """

    probabilities: Matrix
    classes: tuple[int, ...]
    accuracy: float | None
    consistency: float | None
    n: int
    reasons: tuple[str, ...] = ()


def rudner(estimates: ArrayLike, errors: ArrayLike, cuts: ArrayLike) -> Certainty:
    """Probability of each class for each participant, from the estimate and its own error.

    Shape: `estimates` and `errors` (participants,); `cuts` one number or (cuts,), rising.
    Unit: estimates, errors and cuts in one and the same, points or logits; the results are probabilities.
    Formula: Phi((c_{k+1} - x) / SE) - Phi((c_k - x) / SE); accuracy is the mean probability of the class
        assigned, consistency the mean of sum_k p_k^2.
    Missing: without an estimate or error (NaN or None) a participant is left out: probabilities NaN, class
        -1, reason "incomplete"; when nobody is left also "no_ratings".
    Raises: WrongShape for different lengths or wrong axes; OutOfRange for cuts that do not rise or an error
        not above 0; NotANumber for a missing cut, text or infinity.
    Source: Rudner (2001), Practical Assessment, Research & Evaluation 7(14); Rudner (2005), 10(13).

    >>> found = rudner([3.0], [0.5], [2.5])
    >>> [round(p, 3) for p in found.probabilities[0]], found.classes
    ([0.159, 0.841], (1,))
    """
    x, error = numbers(estimates, "estimates", 1), numbers(errors, "errors", 1)
    limits = np.atleast_1d(complete(cuts, "cuts"))
    if x.size != error.size:
        raise WrongShape("estimates and errors: need the same length")
    if limits.ndim != 1 or (np.diff(limits) <= 0).any():
        raise OutOfRange("cuts: needs rising numbers")
    if (error <= 0).any():
        raise OutOfRange("errors: each above 0")
    there = ~(np.isnan(x) | np.isnan(error))
    below = _laws.normal_below((limits[None, :] - x[:, None]) / error[:, None])
    ends = np.ones((x.size, 1))
    p = np.diff(np.concatenate([0 * ends, below, ends], axis=1), axis=1)
    p[~there] = np.nan
    classes = np.where(there, np.searchsorted(limits, x, side="right"), -1)
    n = int(there.sum())
    reasons = () if there.all() else ("incomplete",)
    return Certainty(
        probabilities=tuple(map(tuple, p.tolist())),
        classes=tuple(classes.tolist()),
        accuracy=float(p[there, classes[there]].mean()) if n else None,
        consistency=float((p[there] ** 2).sum(axis=1).mean()) if n else None,
        n=n,
        reasons=reasons if n else (*reasons, "no_ratings"),
    )
