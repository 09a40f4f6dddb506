"""Norms: where a score lies in a group, with its error; small groups get none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import confidence, number, numbers
from scoring.results import Estimate

LEAST_GROUP = 100
"""A norm group below this size gives no norms."""

SMALL_GROUP = 300
"""Below this size norms carry the reason "small_group"."""


@dataclass(frozen=True, kw_only=True)
class NormScore(Estimate):
    """A score in its norm group.

    `estimate` is the percentile, 100 (below + half equal) / n, its `standard_error` 100 sqrt(p (1 - p) / n),
    `interval` Wilson's. `cumulative`: 100 (below + equal) / n. `z` = (x - mean) / SD; `t` = 50 + 10 z;
    `sten` = floor(2 z + 6) in 1..10; `stanine` = floor(2 z + 5.5) in 1..9. `normalised_z`, `normalised_t`
    and `normalised_sten` come from the z that belongs to the percentile in a normal distribution, kept within
    .5 / n.
    """

    cumulative: float | None = None
    z: float | None = None
    t: float | None = None
    sten: int | None = None
    stanine: int | None = None
    normalised_z: float | None = None
    normalised_t: float | None = None
    normalised_sten: int | None = None


@dataclass(frozen=True, kw_only=True)
class Norms:
    """A norm group of `n` people: `mean` and `sd` (n - 1) are None below 100, as are the scores it gives.

    `values` are the sorted scores, in their own unit; `reasons` those of `norms`.
    """

    mean: float | None
    sd: float | None
    n: int
    reasons: tuple[str, ...]
    values: tuple[float, ...]

    def of(self, score: float, level: float = 0.95) -> NormScore:
        """Norm scores of one score; None where the group is too small or does not vary.

        Shape: one number.
        Unit: `score` in that of the group; the percentile from 0 to 100, `t` in tenths of an SD around 50.
        Formula: see `NormScore`; the interval of the percentile is Wilson's at `level`.
        Missing: not allowed.
        Raises: NotANumber for NaN, None, text or infinity; OutOfRange for an impossible level or a score
            beyond 1e12.
        Source: definition of percentile, z, T, sten and stanine; Wilson (1927), JASA 22, 209-212 (interval).

        >>> norms([1, 2, 3, 4] * 25).of(3).estimate
        62.5
        """
        confidence(level)
        x = number(score, "score")
        if self.mean is None:
            return NormScore(estimate=None, n=self.n, reasons=self.reasons)
        group = np.asarray(self.values)
        below, upto = int(np.searchsorted(group, x, "left")), int(np.searchsorted(group, x, "right"))
        p = (below + upto) / (2 * self.n)
        own = float(_laws.normal_quantile(min(max(p, 0.5 / self.n), 1 - 0.5 / self.n)))
        z = (x - self.mean) / self.sd if self.sd else None
        return NormScore(
            estimate=100 * p,
            standard_error=100 * float(np.sqrt(p * (1 - p) / self.n)),
            interval=_wilson(p, self.n, level),
            n=self.n,
            reasons=self.reasons,
            cumulative=100 * upto / self.n,
            z=z,
            t=None if z is None else 50 + 10 * z,
            sten=None if z is None else sten(z),
            stanine=None if z is None else stanine(z),
            normalised_z=own,
            normalised_t=50 + 10 * own,
            normalised_sten=sten(own),
        )


def norms(scores: ArrayLike) -> Norms:
    """Make norms from the scores of a group.

    Reasons: "too_small_group" below 100 (no norms), "small_group" below 300, "no_variation" (percentiles
    only).

    Shape: `scores` (people,).
    Unit: that of the scores.
    Formula: mean and SD (n - 1); the scores that a group gives are those of `Norms.of`.
    Missing: NaN or None is left out and does not count in n.
    Raises: WrongShape for wrong axes; NotANumber for text or infinity; OutOfRange for numbers beyond 1e12.
    Source: arithmetic; the smallest sizes are this house's own rule.

    >>> group = norms([1, 2, 3, 4] * 25)
    >>> result = group.of(3)
    >>> result.estimate, result.sten, result.reasons
    (62.5, 6, ('small_group',))
    >>> norms([1, 2, 3]).of(2).reasons
    ('too_small_group',)
    """
    values = numbers(scores, "scores", 1)
    values = np.sort(values[~np.isnan(values)])
    n = values.size
    if n < LEAST_GROUP:
        return Norms(mean=None, sd=None, n=n, reasons=("too_small_group",), values=())
    reasons: tuple[str, ...] = ("small_group",) if n < SMALL_GROUP else ()
    reasons += ("no_variation",) if values[0] == values[-1] else ()
    sd = 0.0 if values[0] == values[-1] else float(values.std(ddof=1))
    return Norms(mean=float(values.mean()), sd=sd, n=n, reasons=reasons, values=tuple(values.tolist()))


def sten(z: float) -> int:
    """Sten of a z, from 1 to 10; a z on a border goes up.

    Shape: one number.
    Unit: `z` in standard deviations from the mean.
    Formula: floor(2 z + 6), within 1 to 10.
    Missing: not allowed.
    Raises: NotANumber for NaN, None, text or infinity; OutOfRange beyond 1e12.
    Source: definition: ten bands of half a standard deviation.

    >>> sten(-0.5), sten(0), sten(9)
    (5, 6, 10)
    """
    return int(np.clip(np.floor(2 * number(z, "z") + 6 + 1e-9), 1, 10))


def stanine(z: float) -> int:
    """Stanine of a z, from 1 to 9; a z on a border goes up.

    Shape: one number.
    Unit: `z` in standard deviations from the mean.
    Formula: floor(2 z + 5.5), within 1 to 9.
    Missing: not allowed.
    Raises: NotANumber for NaN, None, text or infinity; OutOfRange beyond 1e12.
    Source: definition: nine bands of half a standard deviation, the fifth around the mean.

    >>> stanine(-0.25), stanine(0.25)
    (5, 6)
    """
    return int(np.clip(np.floor(2 * number(z, "z") + 5.5 + 1e-9), 1, 9))


def _wilson(p: float, n: int, level: float) -> tuple[float, float]:
    z = float(_laws.normal_quantile((1 + level) / 2))
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)))
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)
