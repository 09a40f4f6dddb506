"""Differences between groups: admission rates and standardised mean differences, with tests and intervals.

No figure for groups below five people. A ratio and a test may disagree: show both, and the counts.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import confidence, numbers, whole
from scoring.results import Estimate

LEAST_GROUP = 5
"""Below this size of either group nothing is shown: "too_small_group"."""

FEW_PEOPLE = 20
"""Below this size of either group figures carry the reason "few_people"."""

FOUR_FIFTHS = 0.8

MOST_PEOPLE = 10_000_000
"""Larger groups are refused: the exact test counts tables one by one."""


@dataclass(frozen=True, kw_only=True)
class Impact(Estimate):
    """Admission rates of two groups.

    `estimate` is the impact ratio rate_focal / rate_reference with a log-ratio interval; `standard_error` is
    that of its logarithm. `is_below_four_fifths`: ratio < .8. `difference` of the rates, `cohen_h`, `phi`,
    `odds_ratio` (None with a zero cell), two-sided `fisher`, `mid_p` and `fisher_less` (focal fewer), `z` and
    `z_p` pooled, `chi_square`; `if_one_swapped`: the ratio with one admission moved to the focal group;
    `shortfall`: people the focal group has fewer than at the common rate. `n` = people.
    """

    rate_focal: float | None = None
    rate_reference: float | None = None
    is_below_four_fifths: bool | None = None
    difference: float | None = None
    cohen_h: float | None = None
    phi: float | None = None
    odds_ratio: float | None = None
    fisher: float | None = None
    mid_p: float | None = None
    fisher_less: float | None = None
    chi_square: float | None = None
    z: float | None = None
    z_p: float | None = None
    if_one_swapped: float | None = None
    shortfall: float | None = None


def impact_ratio(
    selected_focal: int, n_focal: int, selected_reference: int, n_reference: int, level: float = 0.95
) -> Impact:
    """Compare the admission rate of a focal group with that of the reference group (that of the highest
    rate).

    Reasons: "too_small_group" (a group below 5: no figures), "few_people" (below 20), "nobody_selected" in
    the reference group (no ratio), "zero_cell" (no interval or odds ratio), "no_variation" when all or nobody
    was selected (no test).

    Shape: single whole numbers of people: selected and all, in each group.
    Unit: rates and their ratio are shares; `shortfall` is in people.
    Formula: ratio = rate_focal / rate_reference; its interval exp(ln ratio -+ z SE), SE = sqrt((1 - p1) / (n1
        p1) + (1 - p2) / (n2 p2)). Fisher's test is two-sided by summing tables that are at most as probable;
        the mid-p counts the tables that are as probable as the observed one by half. z = (p1 - p2) / sqrt(p
        (1 - p) (1 / n1 + 1 / n2)), Cohen's h = 2 arcsin sqrt p1 - 2 arcsin sqrt p2, phi = z / sqrt n.
    Missing: not allowed; people without a group or a decision are left out before counting.
    Raises: OutOfRange for numbers that are not whole, below 0, above ten million or more selected than there
        are, or an impossible level; NotANumber for None or text.
    Source: Uniform Guidelines on Employee Selection Procedures (1978), section 4D, for the four fifths;
        Lydersen, Fagerland & Laake (2009), Statistics in Medicine 28, 1159-1175 (mid-p).

    >>> result = impact_ratio(12, 40, 48, 80)
    >>> result.estimate, result.is_below_four_fifths, round(result.fisher, 5)
    (0.5, True, 0.00341)
    """
    confidence(level)
    n1, n2 = whole(n_focal, 0, MOST_PEOPLE, "n_focal"), whole(n_reference, 0, MOST_PEOPLE, "n_reference")
    a = whole(selected_focal, 0, n1, "selected_focal")
    c = whole(selected_reference, 0, n2, "selected_reference")
    n = n1 + n2
    if min(n1, n2) < LEAST_GROUP:
        return Impact(estimate=None, n=n, reasons=("too_small_group",))
    reasons: tuple[str, ...] = ("few_people",) if min(n1, n2) < FEW_PEOPLE else ()
    focal, reference, common = a / n1, c / n2, (a + c) / n
    reasons += ("no_variation",) if common in (0, 1) else ()
    reasons += ("nobody_selected",) if c == 0 else ()
    b, d = n1 - a, n2 - c
    has_zero = 0 in (a, b, c, d)
    reasons += ("zero_cell",) if has_zero else ()
    ratio = focal / reference if c else None
    error = float(np.sqrt(b / (a * n1) + d / (c * n2))) if a and c else None
    half = float(_laws.normal_quantile((1 + level) / 2)) * error if error else None
    fisher, mid_p, less = _exact(a, n1, c, n2)
    z = (
        None
        if common in (0, 1)
        else (focal - reference) / float(np.sqrt(common * (1 - common) * (1 / n1 + 1 / n2)))
    )
    return Impact(
        estimate=ratio,
        standard_error=error,
        interval=(ratio * float(np.exp(-half)), ratio * float(np.exp(half))) if ratio and half else None,
        n=n,
        reasons=reasons,
        rate_focal=focal,
        rate_reference=reference,
        is_below_four_fifths=None if ratio is None else ratio < FOUR_FIFTHS - 1e-12,
        difference=focal - reference,
        cohen_h=2 * float(np.arcsin(np.sqrt(focal)) - np.arcsin(np.sqrt(reference))),
        phi=None if z is None else z / float(np.sqrt(n)),
        odds_ratio=None if has_zero else (a * d) / (b * c),
        fisher=fisher,
        mid_p=mid_p,
        fisher_less=less,
        chi_square=None if z is None else z**2,
        z=z,
        z_p=None if z is None else float(2 * _laws.normal_above(abs(z))),
        if_one_swapped=((a + 1) / n1) / ((c - 1) / n2) if a < n1 and c > 1 else None,
        shortfall=common * n1 - a,
    )


def _exact(a: int, n1: int, c: int, n2: int) -> tuple[float | None, float | None, float | None]:
    if a + c in (0, n1 + n2):
        return None, None, None
    possible = np.arange(max(0, a + c - n2), min(n1, a + c) + 1)
    p = scipy.stats.hypergeom.pmf(possible, n1 + n2, n1, a + c)
    own = float(p[possible == a][0])
    # As in R, tables within 1e-7 count as equally probable.
    equal = np.abs(p - own) <= own * 1e-7
    fewer = float(p[(p < own) & ~equal].sum())
    same = float(p[equal].sum())
    return min(1.0, fewer + same), min(1.0, fewer + same / 2), min(1.0, float(p[possible <= a].sum()))


@dataclass(frozen=True, kw_only=True)
class MeanDifference(Estimate):
    """Standardised difference focal - reference.

    `estimate` is Cohen's d (pooled SD) with an interval from the noncentral t distribution and the standard
    error of Hedges & Olkin; `hedges_g` = J d corrects the bias of small samples, `correction` is J; `t` and
    `df` of the test. `n` = people.
    """

    hedges_g: float | None = None
    correction: float | None = None
    t: float | None = None
    df: int | None = None


def mean_difference(focal: ArrayLike, reference: ArrayLike, level: float = 0.95) -> MeanDifference:
    """Cohen's d and Hedges' g of two groups' scores.

    Reasons: "too_small_group" (a group below 5: nothing), "few_people" (below 20), "no_variation" (both
    groups without any spread: nothing).

    Shape: `focal` and `reference` (people,).
    Unit: pooled standard deviations; below 0 the focal group scores lower.
    Formula: d = (mean focal - mean reference) / pooled SD on n1 + n2 - 2; g = J d, J = Gamma(df / 2) /
        (sqrt(df / 2) Gamma((df - 1) / 2)); SE^2 = (n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2)); interval of d
        from the noncentral t.
    Missing: a missing score (NaN or None) is left out.
    Raises: WrongShape for wrong axes; NotANumber for text or infinity; OutOfRange for an impossible level or
        numbers beyond 1e12.
    Source: Hedges & Olkin (1985), Statistical Methods for Meta-Analysis; Steiger & Fouladi (1997), in Harlow,
        Mulaik & Steiger, What if there were no significance tests? (interval).

    >>> result = mean_difference([1, 2, 3, 4, 5], [2, 3, 4, 5, 6])
    >>> round(result.estimate, 4), result.reasons
    (-0.6325, ('few_people',))
    """
    confidence(level)
    x, y = (
        values[~np.isnan(values)]
        for values in (numbers(focal, "focal", 1), numbers(reference, "reference", 1))
    )
    n1, n2 = x.size, y.size
    if min(n1, n2) < LEAST_GROUP:
        return MeanDifference(estimate=None, n=n1 + n2, reasons=("too_small_group",))
    reasons = ("few_people",) if min(n1, n2) < FEW_PEOPLE else ()
    df = n1 + n2 - 2
    pooled = float(np.sqrt((((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()) / df))
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        return MeanDifference(estimate=None, n=n1 + n2, reasons=(*reasons, "no_variation"))
    d = float(x.mean() - y.mean()) / pooled
    size = float(np.sqrt(n1 * n2 / (n1 + n2)))
    t = d * size
    j = float(np.exp(scipy.special.gammaln(df / 2) - scipy.special.gammaln((df - 1) / 2)) / np.sqrt(df / 2))
    tail = (1 - level) / 2
    interval = (_noncentrality(t, df, 1 - tail) / size, _noncentrality(t, df, tail) / size)
    return MeanDifference(
        estimate=d,
        standard_error=float(np.sqrt((n1 + n2) / (n1 * n2) + d**2 / (2 * (n1 + n2)))),
        interval=interval,
        n=n1 + n2,
        reasons=reasons,
        hedges_g=j * d,
        correction=j,
        t=t,
        df=df,
    )


def _noncentrality(t: float, df: int, probability: float) -> float:
    """Return the noncentrality under which P(T <= t) has this probability."""
    reach = 10 + abs(t)

    def beyond(nc: float) -> float:
        found = float(scipy.special.nctdtr(df, nc, t))
        if np.isnan(found):  # so far out in a tail that the series fails
            found = 0.0 if nc > t else 1.0
        return found - probability

    return float(scipy.optimize.brentq(beyond, t - reach, t + reach, xtol=1e-12))
