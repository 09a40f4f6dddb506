"""Reliability of ratings and scores, and what follows from it for a single score.

Ratings have the shape (targets, assessors); missing is NaN.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import LARGEST, Floats, between, complete, confidence, number, numbers, one_of
from scoring._reml import Term, fit_reml
from scoring.errors import OutOfRange, WrongShape
from scoring.results import Estimate
from scoring.table import RatingTable, performances

Form = Literal["1,1", "1,k", "2,1", "2,k", "3,1", "3,k"]
FORMS = ("1,1", "1,k", "2,1", "2,k", "3,1", "3,k")


# --- Intraclass correlation -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MeanSquares:
    """Mean squares of a two-way table of n targets and k assessors, all on full data.

    `targets` MSR, `assessors` MSC, `residual` MSE and `within` MSW (within targets).
    """

    targets: float
    assessors: float
    residual: float
    within: float
    n: int
    k: int


@dataclass(frozen=True, kw_only=True)
class Intraclass(Estimate):
    """An intraclass correlation of the `form` asked for.

    `n` counts targets. `mean_squares` are what it was computed from; `sem_agreement` = sqrt((MSC - MSE) / n
    + MSE) and `sem_consistency` = sqrt(MSE) are standard errors of measurement of one rating, in points.
    `f` = MSR / MSW (forms "1,.") or MSR / MSE on `df` degrees of freedom tests with `p_value` that targets do
    not differ at all; None where nothing varies or the agreement is perfect.
    """

    form: str
    mean_squares: MeanSquares | None = None
    f: float | None = None
    df: tuple[int, int] | None = None
    p_value: float | None = None
    sem_agreement: float | None = None
    sem_consistency: float | None = None


def icc(ratings: ArrayLike, form: Form = "2,1", level: float = 0.95) -> Intraclass:
    """Intraclass correlation of n targets by k assessors.

    "1" is for assessors who differ from target to target, "2" absolute agreement of the same assessors
    (McGraw & Wong's A), "3" consistency (C); ",1" is for one rating and ",k" for the mean of k. `level` is
    that of the interval, by McGraw & Wong; for "2,k" the limits of "2,1" are stepped up. `n` counts targets.
    A negative estimate is kept, with the reason "negative". Undefined: "needs_two_assessors",
    "too_few_targets" (fewer than two), "no_variation". Without any residual there is no interval
    ("perfect_agreement"), and the estimate is exactly 1 but for a constant difference between assessors,
    which the forms "2" count.

    Shape: `ratings` (targets, assessors).
    Unit: none, at most 1; `sem_agreement` and `sem_consistency` in points of the scale.
    Formula: by `form`, with the mean squares MSR of targets, MSC of assessors, MSE residual and MSW within
        targets:
        "1,1"  (MSR - MSW) / (MSR + (k - 1) MSW)
        "1,k"  (MSR - MSW) / MSR
        "2,1"  (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)
        "2,k"  (MSR - MSE) / (MSR + (MSC - MSE) / n)
        "3,1"  (MSR - MSE) / (MSR + (k - 1) MSE)
        "3,k"  (MSR - MSE) / MSR
    Missing: a target with a missing rating (NaN or None) is left out ("incomplete"); when each target has
        other assessors, use `icc_sparse`.
    Raises: UnknownName for another form; WrongShape for wrong axes; NotANumber for text or infinity;
        OutOfRange for an impossible level or numbers beyond 1e12.
    Source: Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428; McGraw & Wong (1996), Psychological
        Methods 1, 30-46 (names and intervals, table 7).

    Table 2 of Shrout & Fleiss (1979).

    >>> table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(icc(table, form).estimate, 2) for form in FORMS]
    [0.17, 0.44, 0.29, 0.62, 0.71, 0.91]
    """
    one_of(form, FORMS, "form")
    confidence(level)
    array = numbers(ratings, "ratings", 2)
    if array.shape[1] < 2:
        return Intraclass(estimate=None, form=form, n=len(array), reasons=("needs_two_assessors",))
    whole = ~np.isnan(array).any(axis=1)
    reasons: tuple[str, ...] = () if whole.all() else ("incomplete",)
    array = array[whole]
    if len(array) < 2:
        return Intraclass(estimate=None, form=form, n=len(array), reasons=(*reasons, "too_few_targets"))
    squares = mean_squares(array)
    above, below = _ratio(squares, form)
    scale = squares.targets + squares.within
    if scale <= 1e-14 * max(1.0, float(np.abs(array).max()) ** 2) or below <= 1e-12 * scale:
        return Intraclass(
            estimate=None, form=form, n=squares.n, reasons=(*reasons, "no_variation"), mean_squares=squares
        )
    noise = squares.within if form[0] == "1" else squares.residual
    free = (squares.n - 1, (squares.k - 1) * (squares.n if form[0] == "1" else squares.n - 1))
    is_perfect = noise <= 1e-12 * scale
    f = None if is_perfect else squares.targets / noise
    estimate = above / below
    if is_perfect and (form[0] != "2" or squares.assessors <= 1e-12 * scale):
        estimate = 1.0
    if is_perfect:
        interval, reasons = None, (*reasons, "perfect_agreement")
    else:
        interval = _interval(squares, form, level)
    agreement = max(0.0, (squares.assessors - squares.residual) / squares.n + squares.residual)
    return Intraclass(
        estimate=estimate,
        interval=interval,
        n=squares.n,
        reasons=(*reasons, "negative") if estimate < 0 else reasons,
        form=form,
        mean_squares=squares,
        f=f,
        df=free,
        p_value=None if f is None else float(_laws.f_above(f, *free)),
        sem_agreement=float(np.sqrt(agreement)),
        sem_consistency=float(np.sqrt(squares.residual)),
    )


def mean_squares(ratings: ArrayLike) -> MeanSquares:
    """Mean squares of a complete table of targets by assessors.

    Shape: `ratings` (targets, assessors), at least 2 x 2.
    Unit: squared points of the scale.
    Formula: sums of squares over degrees of freedom: targets on n - 1, assessors on k - 1, residual on (n -
        1)(k - 1), within targets on n (k - 1).
    Missing: not allowed; `icc` leaves incomplete targets out first.
    Raises: WrongShape for fewer than two of either or wrong axes; NotANumber for a missing rating, text or
        infinity; OutOfRange for numbers beyond 1e12.
    Source: Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428.

    >>> mean_squares([[1, 2], [3, 5]]).targets
    6.25
    """
    array = complete(ratings, "ratings", 2)
    n, k = array.shape
    if n < 2 or k < 2:
        raise WrongShape("ratings: needs at least two targets and two assessors")
    centred = array - array.mean()
    rows, columns = centred.mean(axis=1, keepdims=True), centred.mean(axis=0, keepdims=True)
    residual = centred - rows - columns
    return MeanSquares(
        targets=float(k * (rows**2).sum() / (n - 1)),
        assessors=float(n * (columns**2).sum() / (k - 1)),
        residual=float((residual**2).sum() / ((n - 1) * (k - 1))),
        within=float(((centred - rows) ** 2).sum() / (n * (k - 1))),
        n=n,
        k=k,
    )


def _ratio(s: MeanSquares, form: str) -> tuple[float, float]:
    """Return what stands above and below the line in the table of `icc`."""
    noise = s.within if form[0] == "1" else s.residual
    between_assessors = (s.assessors - s.residual) / s.n if form[0] == "2" else 0.0
    if form[2] == "k":
        return s.targets - noise, s.targets + between_assessors
    return s.targets - noise, s.targets + (s.k - 1) * noise + s.k * between_assessors


def _interval(s: MeanSquares, form: str, level: float) -> tuple[float, float] | None:
    n, k, tail = s.n, s.k, (1 + level) / 2
    if form[0] == "2":
        return _agreement_interval(s, form, tail)
    noise, free = (s.within, n * (k - 1)) if form[0] == "1" else (s.residual, (n - 1) * (k - 1))
    f = s.targets / noise
    low = f / float(_laws.f_quantile(tail, n - 1, free))
    high = f * float(_laws.f_quantile(tail, free, n - 1))
    if form[2] == "k":
        return (1 - 1 / low, 1 - 1 / high) if low > 0 else None
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _agreement_interval(s: MeanSquares, form: str, tail: float) -> tuple[float, float] | None:
    """McGraw & Wong (1996), table 7, by Satterthwaite's degrees of freedom."""
    n, k, msr, msc, mse = s.n, s.k, s.targets, s.assessors, s.residual
    above, below = _ratio(s, "2,1")
    rho = above / below
    a, b = k * rho / (n * (1 - rho)), 1 + k * rho * (n - 1) / (n * (1 - rho))
    free = (a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1))
    v = (a * msc + b * mse) ** 2 / free
    if not v > 0.1:  # too few degrees of freedom for a quantile
        return None
    low, high = float(_laws.f_quantile(tail, n - 1, v)), float(_laws.f_quantile(tail, v, n - 1))
    rest = k * msc + (k * n - k - n) * mse
    lower = n * (msr - low * mse) / (low * rest + n * msr)
    upper = n * (high * msr - mse) / (rest + n * high * msr)
    if form[2] == "k":
        # Below -1 / (k - 1) there is nothing to step up.
        return None if 1 + (k - 1) * lower <= 0 else (spearman_brown(lower, k), spearman_brown(upper, k))
    return lower, upper


# --- Rotating assessors ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SparseReliability(Estimate):
    """G(q,k): reliability of the mean of a target's own assessors when targets have different ones.

    `single` is the same for one assessor, with `single_interval`. `components` holds the variances of "target", "assessor" and
    "residual"; `k` the harmonic mean of the number of assessors per target, `q` the share of the assessors'
    variance that counts as error (0 crossed, 1 / k nested). `n` = targets.
    """

    single: float | None = None
    single_interval: tuple[float, float] | None = None
    components: dict[str, float] | None = None
    k: float | None = None
    q: float | None = None


def icc_sparse(
    table: RatingTable, target: Literal["performances", "participants"] = "performances", level: float = 0.95
) -> SparseReliability:
    """Interrater reliability when assessors rotate: G(q,k).

    Each assessor's ratings of a target are averaged to one first (over dimensions, and over exercises when
    `target` is "participants"); y = mu + target + assessor + residual is fitted by REML. Restrict to one
    dimension by `table.where(dimension=...)`. The standard error and interval come from the delta method on
    the logit of the estimate, with the information of the REML fit. `n` counts targets. Undefined:
    "needs_two_assessors" when no target has two, "too_few_targets", "no_variation"; "at_zero" when the
    variance of targets is estimated as 0 (estimate 0 without an interval).

    Shape: `table`, one row per rating.
    Unit: none, from 0 to 1; `components` in squared points of the scale.
    Formula: s2p / (s2p + q s2r + s2e / k), k the harmonic mean of k_i, the assessors per target; q = 1 / k -
        [sum_{i != j} c_ij / (k_i k_j)] / (N (N - 1)) with c_ij the assessors that targets i and j share.
    Missing: the table has dropped missing ratings; a target counts with the assessors who rated it.
    Raises: UnknownName for another target; OutOfRange or NotANumber for an impossible level.
    Source: Putka, Le, McCloy & Diaz (2008), Journal of Applied Psychology 93, 959-981.

    >>> rows = [(p, a, s) for p, a, s in zip("aabbccdd", "xyyzxzxy", [4, 4, 2, 3, 5, 5, 1, 2])]
    >>> who, by, score = zip(*rows)
    >>> result = icc_sparse(RatingTable(who, None, None, by, score, range(1, 6)))
    >>> result.k, round(result.q, 4), result.n
    (2.0, 0.2083, 4)
    """
    one_of(target, ("performances", "participants"), "target")
    confidence(level)
    facet = performances(table) if target == "performances" else table.facet("participant")
    assessor = table.facet("assessor")
    width = max(1, len(assessor.levels))
    cells, inverse = np.unique(facet.codes * width + assessor.codes, return_inverse=True)
    means = np.bincount(inverse, weights=table.score) / np.maximum(1, np.bincount(inverse))
    rows, columns = cells // width, cells % width
    n = len(facet.levels)
    if n < 2:
        return SparseReliability(estimate=None, n=n, reasons=("too_few_targets",))
    per_target = np.bincount(rows, minlength=n).astype(float)
    if per_target.max() < 2:
        return SparseReliability(estimate=None, n=n, reasons=("needs_two_assessors",))
    if np.ptp(means) < 1e-12:
        return SparseReliability(estimate=None, n=n, reasons=("no_variation",))
    k = float(1 / np.mean(1 / per_target))
    # sum_ij c_ij / (k_i k_j) = sum over assessors of (sum of 1 / k_i over their targets)^2; i = j gives 1 / k_i.
    shared = np.bincount(columns, weights=1 / per_target[rows]) ** 2
    q = 1 / k - (float(shared.sum()) - float((1 / per_target).sum())) / (n * (n - 1))
    fitted = fit_reml(means, [Term("target", rows, n)], [Term("assessor", columns, width)])
    s2p, s2r, s2e = (fitted.variances[name] for name in ("target", "assessor", "residual"))
    error, single_error = q * s2r + s2e / k, s2r + s2e
    if s2p + error <= 0:
        return SparseReliability(estimate=None, n=n, reasons=("no_variation",))
    estimate, single = s2p / (s2p + error), s2p / (s2p + single_error)
    found = {"target": s2p, "assessor": s2r, "residual": s2e}
    standard_error, interval, single_interval = None, None, None
    reasons: tuple[str, ...] = ()
    if estimate <= 0:
        reasons = ("at_zero",)
    elif fitted.covariance is not None and estimate < 1:
        order = [fitted.names.index(name) for name in ("target", "assessor", "residual")]
        covariance = fitted.covariance[np.ix_(order, order)]
        standard_error, interval = _delta(s2p, error, (q, 1 / k), covariance, level)
        _, single_interval = _delta(s2p, single_error, (1.0, 1.0), covariance, level)
    return SparseReliability(
        estimate=estimate,
        standard_error=standard_error,
        interval=interval,
        n=n,
        reasons=reasons,
        single=single,
        single_interval=single_interval,
        components=found,
        k=k,
        q=q,
    )


def _delta(
    signal: float, error: float, shares: tuple[float, float], covariance: Floats, level: float
) -> tuple[float, tuple[float, float]]:
    """Return the standard error of signal / (signal + error), and its interval on the logit.

    `shares`: how much of the variances of assessor and residual is in the error.
    """
    slope = np.array([error, -signal * shares[0], -signal * shares[1]]) / (signal + error) ** 2
    standard_error = float(np.sqrt(max(0.0, float(slope @ covariance @ slope))))
    estimate = signal / (signal + error)
    half = float(_laws.normal_quantile((1 + level) / 2)) * standard_error / (estimate * (1 - estimate))
    logit = np.log(estimate / (1 - estimate))
    return standard_error, (_expit(logit - half), _expit(logit + half))


def _expit(x: float) -> float:
    return float(0.5 * (1 + np.tanh(x / 2)))


# --- A single score -------------------------------------------------------------------------------------


def _reliability(r: float, name: str = "reliability") -> float:
    return between(r, 0, 1, name)


def _deviation(sd: float) -> float:
    return between(sd, 0, 1e12, "sd")


def standard_error_of_measurement(sd: float, reliability: float) -> float:
    """Standard error of measurement (SEM) of a score.

    Shape: single numbers; `sd` from 0, `reliability` from 0 to 1.
    Unit: that of `sd`.
    Formula: sd sqrt(1 - reliability).
    Missing: not allowed.
    Raises: OutOfRange for a negative sd, a reliability outside 0 to 1, or NaN; NotANumber for None or text.
    Source: definition of classical test theory; Lord & Novick (1968), Statistical Theories of Mental Test
        Scores.

    >>> standard_error_of_measurement(10, 0.75)
    5.0
    """
    return _deviation(sd) * float(np.sqrt(1 - _reliability(reliability)))


def observed_band(score: float, sd: float, reliability: float, level: float = 0.95) -> Estimate:
    """Band around the observed score, by the standard error of measurement (SEM).

    `estimate` is the score itself, `standard_error` the SEM; n is not known: 0. Kelley's band, by
    `true_score_band`, is another one: say which it is.

    Shape: single numbers; `sd` from 0, `reliability` from 0 to 1.
    Unit: that of the score.
    Formula: score -+ z sd sqrt(1 - reliability), z the normal quantile of `level`.
    Missing: not allowed.
    Raises: OutOfRange for a negative sd, a reliability outside 0 to 1, an impossible level or a score beyond
        1e12; NotANumber for None, text or infinity.
    Source: definition of classical test theory; Lord & Novick (1968), Statistical Theories of Mental Test
        Scores.

    >>> [round(end, 2) for end in observed_band(63, 10, 0.75, 0.9).interval]
    [54.78, 71.22]
    """
    error = standard_error_of_measurement(sd, reliability)
    return _band(score, error, level)


def true_score_band(
    score: float, mean: float, sd: float, reliability: float, level: float = 0.95
) -> Estimate:
    """Kelley's estimate of the true score, drawn towards the mean, with its band.

    Shape: single numbers; `sd` from 0, `reliability` from 0 to 1; `mean` and `sd` are those of the group.
    Unit: that of the score.
    Formula: mean + r (score - mean), -+ z sd sqrt(r (1 - r)), z the normal quantile of `level`. n is not
        known: 0.
    Missing: not allowed.
    Raises: OutOfRange for a negative sd, a reliability outside 0 to 1, an impossible level or numbers beyond
        1e12; NotANumber for None, text or infinity.
    Source: Kelley's regressed score, as in Lord & Novick (1968), Statistical Theories of Mental Test Scores.

    >>> true_score_band(63, 50, 10, 0.75).estimate
    59.75
    """
    r = _reliability(reliability)
    centre = number(mean, "mean")
    estimate = centre + r * (number(score, "score") - centre)
    return _band(estimate, _deviation(sd) * float(np.sqrt(r * (1 - r))), level)


def prediction_error(sd: float, reliability: float) -> float:
    """Standard error of predicting somebody's score on a parallel form from this one.

    Shape: single numbers; `sd` from 0, `reliability` from 0 to 1.
    Unit: that of `sd`.
    Formula: sd sqrt(1 - reliability^2).
    Missing: not allowed.
    Raises: OutOfRange for a negative sd, a reliability outside 0 to 1, or NaN; NotANumber for None or text.
    Source: Lord & Novick (1968), Statistical Theories of Mental Test Scores.

    >>> round(prediction_error(10, 0.75), 4)
    6.6144
    """
    return _deviation(sd) * float(np.sqrt(1 - _reliability(reliability) ** 2))


def _band(score: float, error: float, level: float) -> Estimate:
    half = float(_laws.normal_quantile((1 + confidence(level)) / 2)) * error
    value = number(score, "score")
    return Estimate(estimate=value, standard_error=error, interval=(value - half, value + half))


@dataclass(frozen=True, kw_only=True)
class Change(Estimate):
    """A difference with its test: `z` = estimate / standard error (None when the error is 0), `p_value`
    two-sided, `is_reliable` whether |z| exceeds the limit of the level."""

    z: float | None = None
    p_value: float | None = None
    is_reliable: bool = False


def reliable_change(
    before: float, after: float, sd: float, reliability: float, level: float = 0.95
) -> Change:
    """Reliable change index: whether two scores of one person differ by more than error.

    `is_reliable` when |z| is beyond the normal quantile of `level` (1.96 at .95). With a SEM of 0 there is no
    test ("no_error").

    Shape: single numbers; `sd` from 0, `reliability` from 0 to 1.
    Unit: that of the score; `z` in standard errors.
    Formula: (after - before) / (SEM sqrt 2), SEM = sd sqrt(1 - reliability).
    Missing: not allowed.
    Raises: OutOfRange for a negative sd, a reliability outside 0 to 1, an impossible level or numbers beyond
        1e12; NotANumber for None, text or infinity.
    Source: Jacobson & Truax (1991), Journal of Consulting and Clinical Psychology 59, 12-19.

    >>> round(reliable_change(47.5, 32.5, 7.5, 0.8).z, 2)
    -3.16
    """
    error = standard_error_of_measurement(sd, reliability) * float(np.sqrt(2))
    return _change(
        number(after, "after") - number(before, "before"),
        error,
        level,
    )


def difference(
    a: float, b: float, sd: float, reliability_a: float, reliability_b: float, level: float = 0.95
) -> Change:
    """Difference of two scores of one person on one scale, with its error and test.

    With a standard error of 0 there is no test ("no_error").

    Shape: single numbers; `sd` from 0 and the same for both, reliabilities from 0 to 1.
    Unit: that of the scores.
    Formula: a - b with standard error sd sqrt(2 - r_a - r_b).
    Missing: not allowed.
    Raises: OutOfRange for a negative sd, a reliability outside 0 to 1, an impossible level or numbers beyond
        1e12; NotANumber for None, text or infinity.
    Source: arithmetic: the error variances sd^2 (1 - r) of two independent errors add up.

    >>> round(difference(58, 47, 10, 0.7, 0.6).p_value, 3)
    0.189
    """
    rest = 2 - _reliability(reliability_a, "reliability_a") - _reliability(reliability_b, "reliability_b")
    return _change(
        number(a, "a") - number(b, "b"),
        _deviation(sd) * float(np.sqrt(rest)),
        level,
    )


def _change(step: float, error: float, level: float) -> Change:
    limit = float(_laws.normal_quantile((1 + confidence(level)) / 2))
    if error <= 1e-100:
        return Change(estimate=step, standard_error=0.0, interval=(step, step), reasons=("no_error",))
    z = step / error
    return Change(
        estimate=step,
        standard_error=error,
        interval=(step - limit * error, step + limit * error),
        z=z,
        p_value=float(2 * _laws.normal_above(abs(z))),
        is_reliable=abs(z) > limit,
    )


# --- Longer tests and composites ------------------------------------------------------------------------


def spearman_brown(reliability: float, k: float) -> float:
    """Reliability of k times as many parts. It may be used on the limits of an interval, which can lie below
    0.

    Shape: single numbers; k above 0 and not necessarily whole.
    Unit: none; a reliability.
    Formula: k r / (1 + (k - 1) r).
    Missing: not allowed.
    Raises: OutOfRange where the formula has no meaning (k <= 0, r > 1 or 1 + (k - 1) r <= 0); NotANumber for
        NaN, None, text or infinity.
    Source: Spearman (1910) and Brown (1910), British Journal of Psychology 3, 271-295 and 296-322.

    >>> spearman_brown(0.6, 2)
    0.7499999999999999
    """
    k, reliability = number(k, "k"), number(reliability, "reliability")
    below = 1 + (k - 1) * reliability
    if not (0 < k <= LARGEST and -LARGEST <= reliability <= 1 and below > 0):
        raise OutOfRange("spearman_brown: needs k above 0 and a reliability that it can step up")
    return float(k * reliability / below)


def assessors_needed(single: float, wanted: float) -> int | None:
    """Smallest whole number of assessors whose mean has the wanted reliability.

    None when it is out of reach: `wanted` is 1, or `single` is not above .000001.

    Shape: single numbers; `single` from -1 to 1, `wanted` from 0 to 1.
    Unit: assessors.
    Formula: wanted (1 - single) / (single (1 - wanted)), rounded upwards, at least 1: `spearman_brown` solved
        for k.
    Missing: not allowed.
    Raises: OutOfRange outside those ranges and for NaN; NotANumber for None or text.
    Source: arithmetic from Spearman (1910) and Brown (1910), British Journal of Psychology 3.

    >>> assessors_needed(0.6, 0.8)
    3
    """
    between(wanted, 0, 1, "wanted")
    between(single, -1, 1, "single")
    if wanted >= 1 or single <= 1e-6:
        return None
    if single >= 1:
        return 1
    # A hair less, so that 2.9999999999999996 and 3.0000000000000004 are both 3.
    return max(1, int(np.ceil(wanted * (1 - single) / (single * (1 - wanted)) - 1e-9)))


def composite_reliability(weights: ArrayLike, covariance: ArrayLike, reliabilities: ArrayLike) -> Estimate:
    """Reliability of a weighted composite of parts whose errors do not correlate.

    `standard_error` is the composite's standard error of *measurement*; `n` counts parts. Undefined
    ("no_variation") when the composite does not vary.

    Shape: `weights` and `reliabilities` (parts,), `covariance` (parts, parts), symmetric.
    Unit: none; `standard_error` in the unit of the composite.
    Formula: 1 - sum w_i^2 s_i^2 (1 - r_i) / w'Sw, S the covariance; standard error sqrt(sum w_i^2 s_i^2 (1 -
        r_i)).
    Missing: not allowed.
    Raises: WrongShape for parts that do not fit or a matrix that is not symmetric; OutOfRange for a
        reliability outside 0 to 1 or numbers beyond 1e12; NotANumber for a missing value, text or infinity.
    Source: Mosier (1943), Psychometrika 8, 161-168.

    >>> matrix = [[1, 0.4, 0.3], [0.4, 1, 0.5], [0.3, 0.5, 1]]
    >>> round(composite_reliability([0.5, 0.3, 0.2], matrix, [0.7, 0.6, 0.8]).estimate, 4)
    0.8081
    """
    w, matrix = complete(weights, "weights", 1), complete(covariance, "covariance", 2)
    r = complete(reliabilities, "reliabilities", 1)
    if matrix.shape != (w.size, w.size) or r.size != w.size or not np.allclose(matrix, matrix.T):
        raise WrongShape(f"covariance and reliabilities: need {w.size} parts, and symmetry")
    if ((r < 0) | (r > 1)).any():
        raise OutOfRange("reliabilities: each from 0 to 1")
    variance = float(w @ matrix @ w)
    error: Floats = w**2 * np.diag(matrix) * (1 - r)
    if variance <= 0:
        return Estimate(estimate=None, n=w.size, reasons=("no_variation",))
    return Estimate(
        estimate=1 - float(error.sum()) / variance, standard_error=float(np.sqrt(error.sum())), n=w.size
    )
