"""How an assessor's ratings compare with reference ratings of the same benchmarks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import (
    LARGEST,
    Floats,
    above,
    between,
    categories,
    codes,
    complete,
    confidence,
    numbers,
    whole,
)
from scoring._ranks import average_ranks
from scoring.agreement import cohen_kappa
from scoring.errors import WrongShape
from scoring.results import Estimate

LEAST_RATINGS = 30
"""Fewer reference ratings than this are not enough to judge an assessor: reason "few_ratings"."""


@dataclass(frozen=True, kw_only=True)
class Calibration(Estimate):
    """An assessor against the reference; every part has its own estimate and interval.

    `estimate`, `standard_error` and `interval` repeat the bias. Differences are assessor - reference in
    points of the scale: `bias` their mean (above 0: lenient), `sd_difference`, `rmse`, `mae`; `exact` and
    `within_one` shares (one category apart); `pearson`, `spearman`; `sd_ratio` assessor / reference (a
    consensus varies less than one assessor: 1.3 is normal, compare with peers); `slope` and `intercept` of
    assessor on reference; `ccc` Lin's concordance; `kappa_quadratic`, `kappa_linear`. `n` = pairs.
    """

    bias: Estimate
    sd_difference: Estimate
    rmse: Estimate
    mae: Estimate
    exact: Estimate
    within_one: Estimate
    pearson: Estimate
    spearman: Estimate
    sd_ratio: Estimate
    slope: Estimate
    intercept: Estimate
    ccc: Estimate
    kappa_quadratic: Estimate
    kappa_linear: Estimate


def against_reference(
    ratings: ArrayLike, reference: ArrayLike, scale: ArrayLike, level: float = 0.95
) -> Calibration:
    """Compare an assessor's ratings with reference ratings of the same things.

    `n` counts pairs; below 30 the result carries "few_ratings". Parts that do not exist are None with a
    reason: "no_ratings", "too_few", "no_variation".

    Shape: `ratings` and `reference` (items,), on the `scale` (categories,), all declared categories in rising
        order.
    Unit: bias, sd_difference, rmse, mae and intercept in points of the scale; the rest are shares, ratios or
        coefficients.
    Formula: d = assessor - reference. bias mean d; sd_difference its SD (n - 1); rmse sqrt(mean d^2); mae
        mean |d|; exact and within_one the shares of pairs no or at most one category apart; sd_ratio SD / SD;
        slope and intercept by least squares of assessor on reference; ccc 2 cov / (var + var + bias^2),
        variances over n; kappas by `cohen_kappa`. Intervals of `level`: bias and mae t; rmse the root of the
        t interval of mean d^2; sd_difference chi-square; exact, within_one Wilson; pearson Fisher's z;
        spearman the same with variance (1 + r^2 / 2) / (n - 3); sd_ratio Pitman and Morgan; slope, intercept
        t; ccc Lin's z.
    Missing: a pair with either rating missing (NaN or None) is left out ("incomplete").
    Raises: OffScale; WrongShape for different lengths or wrong axes; NotANumber for text or infinity;
        OutOfRange for a scale that does not rise or an impossible level.
    Source: Lin (1989), Biometrics 45, 255-268, with the correction of 2000; Bonett & Wright (2000),
        Psychometrika 65, 23-28; Pitman (1939), Biometrika 31, 9-12; Wilson (1927), JASA 22, 209-212; Fleiss,
        Cohen & Everitt (1969).

    >>> result = against_reference([3, 4, 2, 5, 4], [3, 3, 2, 5, 5], [1, 2, 3, 4, 5])
    >>> result.bias.estimate, result.exact.estimate, round(result.ccc.estimate, 3)
    (0.0, 0.6, 0.839)
    """
    confidence(level)
    steps = categories(scale)
    own, right = numbers(ratings, "ratings", 1), numbers(reference, "reference", 1)
    if own.size != right.size:
        raise WrongShape("ratings and reference: need the same length")
    mine, theirs = codes(own, steps, "ratings"), codes(right, steps, "reference")
    both = (mine >= 0) & (theirs >= 0)
    x, y = right[both], own[both]
    gap = y - x
    n = gap.size
    apart = np.abs(mine[both] - theirs[both])
    bias = _mean(gap, level)
    r = _pearson(x, y, level)
    reasons: tuple[str, ...] = () if both.all() else ("incomplete",)
    reasons += ("no_ratings",) if not n else ("few_ratings",) if n < LEAST_RATINGS else ()
    slope, intercept = _line(x, y, level)
    return Calibration(
        estimate=bias.estimate,
        standard_error=bias.standard_error,
        interval=bias.interval,
        n=n,
        reasons=reasons,
        bias=bias,
        sd_difference=_spread(gap, level),
        rmse=_root(_mean(gap**2, level)),
        mae=_mean(np.abs(gap), level),
        exact=proportion(int((apart == 0).sum()), n, level),
        within_one=proportion(int((apart <= 1).sum()), n, level),
        pearson=r,
        spearman=_spearman(x, y, level),
        sd_ratio=_sd_ratio(x, y, level),
        slope=slope,
        intercept=intercept,
        ccc=_concordance(x, y, level),
        kappa_quadratic=cohen_kappa(own, right, steps, "quadratic", level),
        kappa_linear=cohen_kappa(own, right, steps, "linear", level),
    )


def proportion(count: int, n: int, level: float = 0.95) -> Estimate:
    """A share of n with Wilson's interval; undefined ("no_ratings") when n is 0.

    Shape: single whole numbers, `count` from 0 to `n`.
    Unit: a share from 0 to 1.
    Formula: p = count / n; interval (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), z
        the normal quantile of `level`; standard error sqrt(p (1 - p) / n).
    Missing: not allowed.
    Raises: OutOfRange for numbers that are not whole, below 0 or a count above n, or an impossible level;
        NotANumber for None or text.
    Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    >>> [round(end, 4) for end in proportion(13, 24).interval]
    [0.3507, 0.7211]
    """
    confidence(level)
    n = whole(n, 0, 10**12, "n")
    count = whole(count, 0, n, "count")
    if n < 1:
        return Estimate(estimate=None, reasons=("no_ratings",))
    p, z = count / n, float(_laws.normal_quantile((1 + level) / 2))
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)))
    return Estimate(
        estimate=p,
        standard_error=float(np.sqrt(p * (1 - p) / n)),
        interval=(max(0.0, middle - half), min(1.0, middle + half)),
        n=n,
    )


def slope_within(
    ratings: ArrayLike, reference: ArrayLike, groups: ArrayLike, level: float = 0.95
) -> Estimate:
    """How far an assessor keeps apart what the reference keeps apart within a group, such as one answer.

    1: as far as the reference does; 0: not at all, as with one general impression per answer. Severity and how
    the answers differ as wholes play no part. Undefined ("no_variation") where the reference has no difference
    within any group, ("no_ratings") without pairs.

    Shape: `ratings`, `reference` and `groups` (items,); `groups` numbers that say which belong together.
    Unit: points of the assessor per point of the reference.
    Formula: x reference and y rating, both less the mean of their group; slope sum x y / sum x^2; standard
        error sqrt(sum (y - slope x)^2 / (n - groups - 1) / sum x^2); interval t with n - groups - 1 degrees
        of freedom, none ("too_few") below one.
    Missing: a pair with either rating missing (NaN or None) is left out ("incomplete").
    Raises: WrongShape for different lengths or wrong axes; NotANumber for text, infinity or a missing group;
        OutOfRange for numbers beyond 1e12 or an impossible level.
    Source: Snedecor & Cochran (1989), Statistical Methods, chapter 18 (slope within classes); Cronbach
        (1955), Psychological Bulletin 52, 177-193, for why differences within a person are a part of their own.

    >>> slope_within([4, 2, 5, 3], [5, 1, 4, 2], [1, 1, 2, 2]).estimate
    0.6
    """
    confidence(level)
    own, right = numbers(ratings, "ratings", 1), numbers(reference, "reference", 1)
    named = complete(groups, "groups", 1)
    if own.size != right.size or named.size != own.size:
        raise WrongShape("ratings, reference and groups: need the same length")
    both = ~(np.isnan(own) | np.isnan(right))
    reasons: tuple[str, ...] = () if both.all() else ("incomplete",)
    n = int(both.sum())
    if not n:
        return Estimate(estimate=None, reasons=(*reasons, "no_ratings"))
    _names, group = np.unique(named[both], return_inverse=True)
    sizes = np.bincount(group)
    x, y = (
        values - (np.bincount(group, weights=values) / sizes)[group] for values in (right[both], own[both])
    )
    spread = float(x @ x)
    if spread < 1e-12:
        return Estimate(estimate=None, n=n, reasons=(*reasons, "no_variation"))
    slope, free = float(x @ y) / spread, n - sizes.size - 1
    if free < 1:
        return Estimate(estimate=slope, n=n, reasons=(*reasons, "too_few"))
    left = y - slope * x
    error = float(np.sqrt(left @ left / free / spread))
    half = float(_laws.t_quantile((1 + level) / 2, free)) * error
    return Estimate(
        estimate=slope, standard_error=error, interval=(slope - half, slope + half), n=n, reasons=reasons
    )


def _few(n: int) -> Estimate:
    return Estimate(estimate=None, n=n, reasons=("too_few" if n else "no_ratings",))


def _mean(values: Floats, level: float) -> Estimate:
    n = values.size
    if not n:
        return _few(0)
    mean = float(values.mean())
    if n < 2:
        return Estimate(estimate=mean, n=n, reasons=("too_few",))
    error = float(values.std(ddof=1) / np.sqrt(n))
    half = float(_laws.t_quantile((1 + level) / 2, n - 1)) * error
    return Estimate(estimate=mean, standard_error=error, interval=(mean - half, mean + half), n=n)


def _root(square: Estimate) -> Estimate:
    if square.estimate is None:
        return square
    root = float(np.sqrt(square.estimate))
    interval = square.interval and (
        float(np.sqrt(max(0.0, square.interval[0]))),
        float(np.sqrt(square.interval[1])),
    )
    error = square.standard_error / (2 * root) if square.standard_error and root > 0 else None
    return Estimate(
        estimate=root, standard_error=error, interval=interval, n=square.n, reasons=square.reasons
    )


def _spread(gap: Floats, level: float) -> Estimate:
    n = gap.size
    if n < 2:
        return _few(n)
    sd = float(gap.std(ddof=1))
    high, low = _laws.chi_square_quantile([(1 - level) / 2, (1 + level) / 2], n - 1)
    interval = (sd * float(np.sqrt((n - 1) / low)), sd * float(np.sqrt((n - 1) / high)))
    return Estimate(estimate=sd, standard_error=sd / float(np.sqrt(2 * (n - 1))), interval=interval, n=n)


def _varies(x: Floats, y: Floats) -> bool:
    return bool(np.ptp(x) > 0 and np.ptp(y) > 0)


def _undefined(x: Floats, y: Floats, least: int = 2) -> Estimate | None:
    if x.size < least:
        return _few(x.size)
    return None if _varies(x, y) else Estimate(estimate=None, n=x.size, reasons=("no_variation",))


def _pearson(x: Floats, y: Floats, level: float) -> Estimate:
    return _undefined(x, y) or _fisher(_correlation(x, y), x.size, level, 1.0)


def _spearman(x: Floats, y: Floats, level: float) -> Estimate:
    undefined = _undefined(x, y)
    if undefined:
        return undefined
    rho = _correlation(average_ranks(x), average_ranks(y))
    return _fisher(rho, x.size, level, 1 + rho**2 / 2)


def _correlation(x: Floats, y: Floats) -> float:
    a, b = x - x.mean(), y - y.mean()
    return max(-1.0, min(1.0, float(a @ b / np.sqrt((a @ a) * (b @ b)))))


def _fisher(r: float, n: int, level: float, factor: float) -> Estimate:
    if n < 4 or abs(r) >= 1 - 1e-12:
        return Estimate(estimate=r, n=n, reasons=("too_few",) if n < 4 else ("perfect_agreement",))
    error = float(np.sqrt(factor / (n - 3)))
    half = float(_laws.normal_quantile((1 + level) / 2)) * error
    centre = float(np.arctanh(r))
    interval = (float(np.tanh(centre - half)), float(np.tanh(centre + half)))
    return Estimate(estimate=r, standard_error=error * (1 - r**2), interval=interval, n=n)


def _sd_ratio(x: Floats, y: Floats, level: float) -> Estimate:
    undefined = _undefined(x, y)
    if undefined:
        return undefined
    n, square = x.size, float(y.var(ddof=1) / x.var(ddof=1))
    if n < 3:
        return Estimate(estimate=float(np.sqrt(square)), n=n, reasons=("too_few",))
    t = float(_laws.t_quantile((1 + level) / 2, n - 2))
    k = 1 + 2 * (1 - _correlation(x, y) ** 2) * t**2 / (n - 2)
    root = float(np.sqrt(k**2 - 1))
    interval = (float(np.sqrt(square * (k - root))), float(np.sqrt(square * (k + root))))
    return Estimate(estimate=float(np.sqrt(square)), interval=interval, n=n)


def _line(x: Floats, y: Floats, level: float) -> tuple[Estimate, Estimate]:
    n = x.size
    if n < 2 or np.ptp(x) == 0:
        none = _few(n) if n < 2 else Estimate(estimate=None, n=n, reasons=("no_variation",))
        return none, none
    a = x - x.mean()
    slope = float(a @ y / (a @ a))
    intercept = float(y.mean() - slope * x.mean())
    if n < 3:
        return tuple(Estimate(estimate=one, n=n, reasons=("too_few",)) for one in (slope, intercept))  # type: ignore[return-value]
    left = y - intercept - slope * x
    variance = float(left @ left) / (n - 2)
    t = float(_laws.t_quantile((1 + level) / 2, n - 2))
    errors = (
        float(np.sqrt(variance / (a @ a))),
        float(np.sqrt(variance * (1 / n + x.mean() ** 2 / (a @ a)))),
    )
    first, second = (
        Estimate(estimate=one, standard_error=error, interval=(one - t * error, one + t * error), n=n)
        for one, error in zip((slope, intercept), errors, strict=True)
    )
    return first, second


def _concordance(x: Floats, y: Floats, level: float) -> Estimate:
    undefined = _undefined(x, y)
    if undefined:
        return undefined
    n, r = x.size, _correlation(x, y)
    vx, vy, shift = float(x.var()), float(y.var()), float(y.mean() - x.mean())
    ccc = 2 * float(((x - x.mean()) * (y - y.mean())).mean()) / (vx + vy + shift**2)
    if n < 4 or abs(r) < 1e-9 or abs(ccc) >= 1 - 1e-12:
        reason = "too_few" if n < 4 else "perfect_agreement" if abs(ccc) >= 1 - 1e-12 else "no_interval"
        return Estimate(estimate=ccc, n=n, reasons=(reason,))
    u2 = shift**2 / float(np.sqrt(vx * vy))
    rest = 1 - ccc**2
    # Lin (1989), with the sign corrected in Lin (2000).
    variance = (
        (1 - r**2) * ccc**2 / (rest * r**2)
        + 2 * ccc**3 * (1 - ccc) * u2 / (r * rest**2)
        - ccc**4 * u2**2 / (2 * r**2 * rest**2)
    ) / (n - 2)
    error = float(np.sqrt(max(0.0, variance)))
    half, centre = float(_laws.normal_quantile((1 + level) / 2)) * error, float(np.arctanh(ccc))
    interval = (float(np.tanh(centre - half)), float(np.tanh(centre + half)))
    return Estimate(estimate=ccc, standard_error=error * rest, interval=interval, n=n)


@dataclass(frozen=True, kw_only=True)
class ControlChart:
    """A run of differences from the reference, smoothed, with its limits; arrays in order of time.

    `values`: the moving average after each difference; `limits`: half width around `target` at each step;
    `signals`: positions (from 0) outside the limits. `n` = differences that were not missing. `reasons`:
    "no_ratings" when all were.
    """

    values: tuple[float, ...]
    limits: tuple[float, ...]
    target: float
    signals: tuple[int, ...]
    n: int
    reasons: tuple[str, ...] = ()


def control_chart(
    differences: ArrayLike, sd: float, target: float = 0.0, weight: float = 0.2, width: float = 3.0
) -> ControlChart:
    """Watch an assessor from benchmark to benchmark: an exponentially weighted moving average (EWMA).

    A point outside the limits is a prompt to talk on the same day, not a verdict. `target` is the centre
    line, `weight` the share of the newest (above 0, at most 1), `width` that of the limits in standard
    errors; `sd` is the standard deviation of one difference when nothing is wrong (from the calibration).

    Shape: `differences` (benchmarks,), assessor - reference in order of time; the rest single numbers.
    Unit: points of the scale.
    Formula: z_t = weight d_t + (1 - weight) z_{t-1}, z_0 = target; limits target -+ width sd sqrt(weight / (2
        - weight) (1 - (1 - weight)^{2 t})).
    Missing: a missing difference (NaN or None) repeats the last value, gives no signal and is not counted;
        none at all: "no_ratings".
    Raises: OutOfRange for sd or width not above 0, a weight outside 0 to 1 or numbers beyond 1e12; NotANumber
        for text or infinity; WrongShape for wrong axes.
    Source: Roberts (1959), Technometrics 1, 239-250; Omar (2010), Journal of Educational Measurement 47,
        18-35, for charts of ratings.

    >>> control_chart([0, 1, 0, 1, 1, 1, 1, 1], sd=0.7).signals
    (7,)
    """
    own = numbers(differences, "differences", 1)
    sd, width, target = (
        above(sd, 0, "sd"),
        above(width, 0, "width"),
        between(target, -LARGEST, LARGEST, "target"),
    )
    weight = between(above(weight, 0, "weight"), 0, 1, "weight")
    values, limits, level, count = [], [], target, 0
    for gap in own:
        if not np.isnan(gap):
            count += 1
            level = weight * float(gap) + (1 - weight) * level
        values.append(level)
        limits.append(width * sd * float(np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * count)))))
    signals = tuple(
        at
        for at, (value, limit) in enumerate(zip(values, limits, strict=True))
        if abs(value - target) > limit and not np.isnan(own[at])
    )
    reasons = () if count else ("no_ratings",)
    return ControlChart(
        values=tuple(values),
        limits=tuple(limits),
        target=float(target),
        signals=signals,
        n=count,
        reasons=reasons,
    )


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Cronbach's parts of the mean squared difference, which add up to `total`, in squared points.

    `elevation`: the overall level; `differential_elevation`: how the participants differ from each other;
    `stereotype_accuracy`: how the dimensions differ from each other; `differential_accuracy`: who is strong
    in what. 0 is best. `mean_difference` is signed. `n` participants and `dimensions` that were compared.
    `reasons` say which parts do not exist, and why.
    """

    elevation: float | None
    differential_elevation: float | None
    stereotype_accuracy: float | None
    differential_accuracy: float | None
    total: float | None
    mean_difference: float | None
    n: int
    dimensions: int
    reasons: tuple[str, ...] = ()


def cronbach_accuracy(ratings: ArrayLike, reference: ArrayLike) -> Accuracy:
    """Split the squared difference between an assessor and the reference into Cronbach's four parts.

    With one participant or one dimension only the parts that exist are given ("one_participant",
    "one_dimension"); with none all are None ("no_ratings").

    Shape: `ratings` and `reference` (participants, dimensions), of one assessor.
    Unit: squared points of the scale; `mean_difference` in points.
    Formula: with d = assessor - reference: elevation (mean d)^2; differential elevation mean over
        participants of (d_p. - d_..)^2; stereotype accuracy mean over dimensions of (d_.d - d_..)^2;
        differential accuracy the mean square of what is left; together mean d^2.
    Missing: a participant with a missing value on either side (NaN or None) is left out ("incomplete").
    Raises: WrongShape for different shapes or wrong axes; NotANumber for text or infinity; OutOfRange for
        numbers beyond 1e12.
    Source: Cronbach (1955), Psychological Bulletin 52, 177-193.

    >>> parts = cronbach_accuracy([[3, 4], [4, 2]], [[3, 3], [3, 2]])
    >>> parts.elevation, parts.total
    (0.25, 0.5)
    """
    own, right = numbers(ratings, "ratings", 2), numbers(reference, "reference", 2)
    if own.shape != right.shape:
        raise WrongShape("ratings and reference: need the same shape")
    gap = own - right
    whole = ~np.isnan(gap).any(axis=1)
    reasons: tuple[str, ...] = () if whole.all() else ("incomplete",)
    gap = gap[whole]
    n, wide = gap.shape
    if not gap.size:
        return Accuracy(
            elevation=None, differential_elevation=None, stereotype_accuracy=None, differential_accuracy=None,
            total=None, mean_difference=None, n=n, dimensions=wide, reasons=(*reasons, "no_ratings"),
        )  # fmt: skip
    mean = float(gap.mean())
    rows, columns = gap.mean(axis=1) - mean, gap.mean(axis=0) - mean
    rest = gap - mean - rows[:, None] - columns
    reasons += ("one_participant",) if n == 1 else ()
    reasons += ("one_dimension",) if wide == 1 else ()
    return Accuracy(
        elevation=mean**2,
        differential_elevation=float((rows**2).mean()) if n > 1 else None,
        stereotype_accuracy=float((columns**2).mean()) if wide > 1 else None,
        differential_accuracy=float((rest**2).mean()) if n > 1 and wide > 1 else None,
        total=float((complete(gap, "ratings") ** 2).mean()),
        mean_difference=mean,
        n=n,
        dimensions=wide,
        reasons=reasons,
    )
