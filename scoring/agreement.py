"""Agreement between assessors, corrected for chance where that makes sense.

Ratings have the shape (units, assessors): a row is what was rated, a column who rated; missing is NaN.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import (
    Bools,
    Floats,
    Ints,
    categories,
    codes,
    complete,
    confidence,
    numbers,
    one_of,
    whole,
)
from scoring._ranks import average_ranks
from scoring.errors import OutOfRange, WrongShape
from scoring.results import Estimate

Weights = Literal["identity", "linear", "quadratic", "ordinal"]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, kw_only=True)
class ChanceCorrected(Estimate):
    """A coefficient (observed - chance) / (1 - chance) with its two parts, proportions of agreement.

    `p_value` tests the coefficient against 0, two-sided, by t = estimate / standard error. All three are None
    where the coefficient or its error does not exist.
    """

    observed: float | None = None
    chance: float | None = None
    p_value: float | None = None


def _undefined(*reasons: str, n: int = 0) -> Estimate:
    return Estimate(estimate=None, n=n, reasons=reasons)


def _no_coefficient(*reasons: str, n: int = 0) -> ChanceCorrected:
    return ChanceCorrected(estimate=None, n=n, reasons=reasons)


def _limits(estimate: float, half: float) -> tuple[float, float]:
    return max(-1.0, estimate - half), min(1.0, estimate + half)


# --- Two assessors --------------------------------------------------------------------------------------


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    scale: ArrayLike,
    weights: Weights | ArrayLike = "identity",
    level: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two assessors, weighted if wanted.

    `scale` holds all declared categories, also those nobody used. `weights` is "identity" (v = 0 or 1),
    "linear" |i - j|, "quadratic" (i - j)^2, "ordinal" |i - j| (|i - j| + 1) / 2, all by position on the
    scale, or a matrix of *dis*agreement with zeros on the diagonal. `level` is that of the interval, estimate
    -+ z * standard error, cut at -1 and 1. `n` counts the units with both ratings. Undefined with
    "no_variation" when both use one and the same category, and with "no_ratings". Perfect agreement is
    exactly 1, without an interval ("perfect_agreement").

    Shape: `a` and `b` (units,), ratings of the same units; `scale` (categories,); a matrix of weights
        (categories, categories).
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: 1 - sum v_ij p_ij / sum v_ij p_i. p_.j, p the shares of units by category; the standard error is
        that for a kappa different from 0.
    Missing: a unit that misses either rating (NaN or None) is left out, with the reason "incomplete".
    Raises: WrongShape for sides of different lengths or wrong axes; OffScale; NotANumber for text, infinity
        or a missing weight; OutOfRange for a scale that does not rise, an impossible matrix or level;
        UnknownName for weights.
    Source: Cohen (1960), Educational and Psychological Measurement 20, 37-46; Cohen (1968), Psychological
        Bulletin 70, 213-220; Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323-327, equation 9.

    The diagnoses of Fleiss, Levin & Paik (2003), table 18.1.

    >>> import numpy as np
    >>> counts = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    >>> first, second = np.indices((3, 3)).reshape(2, 9).repeat(counts.ravel(), axis=1)
    >>> kappa = cohen_kappa(first, second, [0, 1, 2])
    >>> round(kappa.estimate, 3), round(kappa.standard_error, 3)
    (0.676, 0.088)
    """
    confidence(level)
    steps = categories(scale)
    left, right = numbers(a, "a", 1), numbers(b, "b", 1)
    if left.size != right.size:
        raise WrongShape("a and b: need the same length")
    first, second = codes(left, steps, "a"), codes(right, steps, "b")
    both = (first >= 0) & (second >= 0)
    n = int(both.sum())
    if not n:
        return _undefined("no_ratings")
    reasons = () if both.all() else ("incomplete",)
    counts = np.zeros((steps.size, steps.size))
    np.add.at(counts, (first[both], second[both]), 1)
    p = counts / n
    agreement = _agreement_weights(weights, steps.size)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float((agreement * p).sum()), float(rows @ agreement @ columns)
    if 1 - chance < 1e-12:
        return _undefined(*reasons, "no_variation", n=n)
    # By disagreements, so that perfect agreement is exactly 1.
    disagreement = float(((1 - agreement) * counts).sum()) / n
    kappa = 1 - disagreement / (1 - chance)
    if not disagreement:
        return Estimate(estimate=1.0, standard_error=0.0, n=n, reasons=(*reasons, "perfect_agreement"))
    # Equation 9 of Fleiss, Cohen & Everitt (1969).
    means = (agreement @ columns)[:, None] + (rows @ agreement)[None, :]
    spread = (p * (agreement * (1 - chance) - means * (1 - observed)) ** 2).sum()
    variance = (spread - (observed * chance - 2 * chance + observed) ** 2) / (n * (1 - chance) ** 4)
    error = float(np.sqrt(max(0.0, variance)))
    return Estimate(
        estimate=kappa,
        standard_error=error,
        interval=_limits(kappa, float(_laws.normal_quantile((1 + level) / 2)) * error),
        n=n,
        reasons=reasons,
    )


def _agreement_weights(weights: Weights | ArrayLike, q: int) -> Floats:
    """Return weights of agreement, 1 on the diagonal and 0 for the largest disagreement."""
    if not isinstance(weights, str):
        matrix = complete(weights, "weights", 2)
        if matrix.shape != (q, q) or np.diag(matrix).any() or not (matrix >= 0).all() or not matrix.any():
            raise OutOfRange(f"weights: needs {q} x {q} disagreements, 0 on the diagonal and none below 0")
        return np.asarray(1 - matrix / matrix.max())
    one_of(weights, ("identity", "linear", "quadratic", "ordinal"), "weights")
    distance = np.abs(np.subtract.outer(np.arange(q), np.arange(q))).astype(float)
    if weights == "identity":
        return np.eye(q)
    if weights == "ordinal":
        return np.asarray(1 - (distance + 1) * distance / (q * (q - 1)))
    return np.asarray(1 - (distance / (q - 1)) ** (1 if weights == "linear" else 2))


# --- Many assessors -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FleissKappa(Estimate):
    """Fleiss' kappa with the test against 0 (`z`, `p_value`).

    `per_category` is the kappa of each category, None where it was never, or always, used.
    """

    z: float | None = None
    p_value: float | None = None
    per_category: tuple[float | None, ...] = ()


def fleiss_kappa(counts: ArrayLike, level: float = 0.95) -> FleissKappa:
    """Fleiss' kappa for a constant number m of assessors per unit, who may differ from unit to unit.

    `n` counts units. The standard error is Gwet's linearisation over units (valid for any kappa) and the
    interval uses t with n - 1 degrees of freedom; `z` tests kappa = 0 with the variance of Fleiss, Nee &
    Landis. Undefined: "no_ratings", "needs_two_assessors", and "no_variation" when one category was used
    throughout.

    Shape: `counts` (units, categories): how many assessors chose the category; every row adds up to the same
        m.
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: (mean P_i - sum p_j^2) / (1 - sum p_j^2), P_i = (sum_j n_ij^2 - m) / (m (m - 1)), p_j the share
        of category j.
    Missing: not allowed; where units have different numbers of ratings use `gwet_ac` or `krippendorff_alpha`.
    Raises: WrongShape for wrong axes or rows that add up differently; OutOfRange for counts that are not
        whole or below 0, or an impossible level; NotANumber for text, infinity or a missing count.
    Source: Fleiss (1971), Psychological Bulletin 76, 378-382; Fleiss, Nee & Landis (1979), Psychological
        Bulletin 86, 974-977 (test); Gwet (2014), Handbook of Inter-Rater Reliability (standard error).

    >>> round(fleiss_kappa([[2, 0], [1, 1], [0, 2], [0, 2]]).estimate, 4)
    0.4667
    """
    confidence(level)
    table = complete(counts, "counts", 2)
    if (table < 0).any() or (table != np.round(table)).any():
        raise OutOfRange("counts: needs whole numbers, none below 0")
    if not table.size:
        return FleissKappa(estimate=None, reasons=("no_ratings",))
    m = float(table[0].sum())
    if (table.sum(axis=1) != m).any():
        raise WrongShape("counts: each unit needs the same number of ratings")
    if m < 2:
        return FleissKappa(estimate=None, n=len(table), reasons=("needs_two_assessors",))
    share = table.sum(axis=0) / table.sum()
    units = _Units(np.zeros((0, 0), dtype=np.int64), table, share, np.eye(table.shape[1]))
    found = _chance_corrected(units, share, float(share @ share), level)
    if found.estimate is None:
        return FleissKappa(estimate=None, n=len(table), reasons=found.reasons)
    n, pq = len(table), share * (1 - share)
    null = 2 * (pq.sum() ** 2 - (pq * (1 - 2 * share)).sum()) / (pq.sum() ** 2 * n * m * (m - 1))
    z = found.estimate / float(np.sqrt(null)) if null > 0 else None
    within = (table * (m - table)).sum(axis=0)
    return FleissKappa(
        estimate=found.estimate,
        standard_error=found.standard_error,
        interval=found.interval,
        n=n,
        reasons=found.reasons,
        z=z,
        p_value=None if z is None else float(2 * _laws.normal_above(abs(z))),
        per_category=tuple(
            float(1 - inside / (n * m * (m - 1) * product)) if product > 0 else None
            for inside, product in zip(within, pq, strict=True)
        ),
    )


def gwet_ac(
    ratings: ArrayLike, scale: ArrayLike, weights: Weights = "identity", level: float = 0.95
) -> ChanceCorrected:
    """Gwet's agreement coefficient: AC1 with identity weights, AC2 with others.

    `n` counts the units with two or more ratings. The standard error is by Gwet's linearisation over units,
    the interval by t with (rated units - 1) degrees of freedom, cut at -1 and 1. Reasons:
    "needs_two_assessors" when no unit has two ratings, "too_few_units" (one unit: no error). Unlike alpha and
    kappa the coefficient exists when all ratings are equal, but then says nothing: undefined, "no_variation".

    Shape: `ratings` (units, assessors); `scale` (categories,), all that are declared. `weights` is
        "identity", "linear", "quadratic" or "ordinal", by position on the scale.
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: (pa - pe) / (1 - pe). pa is the mean, over units with two or more ratings, of sum_k r_ik (r*_ik -
        1) / (r_i (r_i - 1)) with r*_ik = sum_l w_kl r_il; pe = T_w / (q (q - 1)) sum_k pi_k (1 - pi_k), pi_k
        the mean share of category k over the rated units, T_w the sum of the weights, q the number of
        *declared* categories.
    Missing: NaN or None; a unit with one rating counts for pi_k only ("single_ratings"), one with none not at
        all.
    Raises: WrongShape for wrong axes; OffScale; NotANumber for text or infinity; OutOfRange for a scale that
        does not rise or an impossible level; UnknownName for weights.
    Source: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, 29-48; Gwet (2014),
        Handbook of Inter-Rater Reliability.

    >>> ac = gwet_ac([[1, 1], [2, 2], [2, 3], [1, 1]], scale=[1, 2, 3], weights="linear")
    >>> round(ac.estimate, 4)
    0.7526
    """
    units = _rated(ratings, scale, weights, level)
    if isinstance(units, ChanceCorrected):
        return units
    q = len(units.weights)
    scaled = float(units.weights.sum()) / (q * (q - 1))
    # pe of a unit is linear in its shares: scaled * sum_k share_ik (1 - pi_k).
    chance = scaled * float(units.share @ (1 - units.share))
    return _chance_corrected(units, scaled * (1 - units.share), chance, level)


def scott_pi(
    ratings: ArrayLike, scale: ArrayLike, weights: Weights = "identity", level: float = 0.95
) -> ChanceCorrected:
    """Scott's pi for any number of assessors: Fleiss' kappa with weights and missing ratings.

    Chance is as if all drew from one urn. With identity weights and the same number of ratings per unit it is
    `fleiss_kappa`. Weights, error, interval, `n` and reasons are those of `gwet_ac`.

    Shape: `ratings` (units, assessors); `scale` (categories,), all that are declared.
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: (pa - pe) / (1 - pe) with pa and pi as in `gwet_ac` and pe = sum_kl w_kl pi_k pi_l.
    Missing: NaN or None; a unit with one rating counts for pi_k only ("single_ratings"), one with none not at
        all.
    Raises: WrongShape, OffScale, NotANumber, OutOfRange and UnknownName, for what `gwet_ac` raises them.
    Source: Scott (1955), Public Opinion Quarterly 19, 321-325; Fleiss (1971), Psychological Bulletin 76,
        378-382; Gwet (2014), Handbook of Inter-Rater Reliability, for weights and missing ratings.

    >>> round(scott_pi([[1, 1], [2, 2], [2, 3], [1, 1]], [1, 2, 3], "linear").estimate, 4)
    0.6522
    """
    units = _rated(ratings, scale, weights, level)
    if isinstance(units, ChanceCorrected):
        return units
    urn = units.weights @ units.share
    return _chance_corrected(units, urn, float(units.share @ urn), level)


def brennan_prediger(
    ratings: ArrayLike, scale: ArrayLike, weights: Weights = "identity", level: float = 0.95
) -> ChanceCorrected:
    """Brennan and Prediger's coefficient: chance is that all declared categories are equally likely.

    Weights, error, interval, `n` and reasons are those of `gwet_ac`.

    Shape: `ratings` (units, assessors); `scale` (categories,), all that are declared.
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: (pa - pe) / (1 - pe) with pa and T_w as in `gwet_ac`, pe = T_w / q^2 and q the number of
        *declared* categories.
    Missing: NaN or None; a unit with one rating adds nothing to pa ("single_ratings"), one with none is left
        out.
    Raises: WrongShape, OffScale, NotANumber, OutOfRange and UnknownName, for what `gwet_ac` raises them.
    Source: Brennan & Prediger (1981), Educational and Psychological Measurement 41, 687-699; Gwet (2014),
        Handbook of Inter-Rater Reliability, for weights and missing ratings.

    >>> round(brennan_prediger([[1, 1], [2, 2], [2, 3], [1, 1]], [1, 2, 3], "linear").estimate, 4)
    0.7188
    """
    units = _rated(ratings, scale, weights, level)
    if isinstance(units, ChanceCorrected):
        return units
    chance = float(units.weights.mean())
    return _chance_corrected(units, np.full(len(units.weights), chance), chance, level)


def conger_kappa(
    ratings: ArrayLike, scale: ArrayLike, weights: Weights = "identity", level: float = 0.95
) -> ChanceCorrected:
    """Conger's kappa: Cohen's for more than two assessors, each with a distribution of their own.

    With two assessors and no missing ratings it is `cohen_kappa`. Weights, error, interval, `n` and reasons
    are those of `gwet_ac`.

    Shape: `ratings` (units, assessors), the same assessor in a column; `scale` (categories,), all that are
        declared.
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: (pa - pe) / (1 - pe) with pa as in `gwet_ac` and pe the mean over pairs of assessors g, h of
        sum_kl w_kl p_gk p_hl, p_gk the share of category k among the units that g rated.
    Missing: NaN or None; a unit with one rating counts for p_gk only ("single_ratings"); a column or row
        without any rating is left out.
    Raises: WrongShape, OffScale, NotANumber, OutOfRange and UnknownName, for what `gwet_ac` raises them.
    Source: Conger (1980), Psychological Bulletin 88, 322-328; Gwet (2014), Handbook of Inter-Rater
        Reliability, for weights and missing ratings.

    >>> ratings = [[1, 1, 2], [2, 2, 2], [2, 3, 3], [1, 1, 1]]
    >>> round(conger_kappa(ratings, [1, 2, 3]).estimate, 4)
    0.4839
    """
    units = _rated(ratings, scale, weights, level)
    if isinstance(units, ChanceCorrected):
        return units
    chosen = (units.positions[:, :, None] == np.arange(len(units.weights))).astype(float)
    counts = chosen.sum(axis=(0, 2))
    chosen, counts = chosen[:, counts > 0], counts[counts > 0]
    own = chosen.sum(axis=0) / counts[:, None]
    m = len(own)
    others = own.sum(axis=0) - own
    facing = others @ units.weights
    chance = float((own * facing).sum()) / (m * (m - 1))
    # What a unit does to pe: it moves the share of each of its assessors, who faces all others.
    pull = (chosen * facing).sum(axis=2) - chosen.sum(axis=2) * (own * facing).sum(axis=1)
    moved = len(chosen) / (m * (m - 1)) * (pull / counts).sum(axis=1)
    return _with_error(units, moved, chance, level)


def weighted_alpha(
    ratings: ArrayLike,
    scale: ArrayLike,
    weights: Weights = "identity",
    level: float = 0.95,
    clusters: ArrayLike | None = None,
) -> ChanceCorrected:
    """Krippendorff's alpha with weights of agreement and an error without a bootstrap.

    Identity weights are `krippendorff_alpha` with "nominal", quadratic ones with "interval" on an evenly
    spaced scale; linear and Gwet's ordinal weights have no metric of that name. The standard error is by
    linearisation of p and pi over units (of alpha without e, as Gwet gives it), the interval by t with n - 1
    degrees of freedom, cut at -1 and 1. `n` counts the units with two or more ratings; reasons are those of
    `gwet_ac`. Units that belong together, such as all that one participant did, are no independent
    witnesses: with `clusters` the error is that of their sums, and the interval uses t with (clusters - 1)
    degrees of freedom; with one cluster there is none ("too_few_units").

    Shape: `ratings` (units, assessors); `scale` (categories,), all that are declared; `clusters` (units,)
        whole numbers that say which units belong together.
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: (pa - pe) / (1 - pe); with p = sum_i sum_k r_ik (r*_ik - 1) / (r_i - 1) / sum r_i and e = 1 / sum
        r_i, pa = (1 - e) p + e and pe = sum_kl w_kl pi_k pi_l, pi_k the share of category k among all ratings
        of the n units.
    Missing: NaN or None; units with one rating are left out ("single_ratings"), units with none too.
    Raises: WrongShape, OffScale, NotANumber, OutOfRange and UnknownName, for what `gwet_ac` raises them.
    Source: Krippendorff (2004), Content Analysis; Gwet (2014), Handbook of Inter-Rater Reliability.

    >>> round(weighted_alpha([[1, 1], [2, 2], [2, 3], [1, 1]], [1, 2, 3], "linear").estimate, 4)
    0.6957
    """
    units = _rated(ratings, scale, weights, level)
    if isinstance(units, ChanceCorrected):
        return units
    reasons = () if units.is_pairable.all() else ("single_ratings",)
    table = units.table[units.is_pairable]
    r, n = table.sum(axis=1), len(table)
    share = table.sum(axis=0) / r.sum()
    urn = units.weights @ share
    chance = float(share @ urn)
    if 1 - chance < 1e-12:
        return _no_coefficient(*reasons, "no_variation", n=n)
    together = _together(clusters, len(units.table))[units.is_pairable] if clusters is not None else None
    own = (table * (table @ units.weights - 1)).sum(axis=1) / (r - 1)
    plain = float(own.sum() / r.sum())
    observed = plain + (1 - plain) / float(r.sum())
    estimate = (observed - chance) / (1 - chance)
    if n < 2:
        return _chance_result(estimate, observed, chance, None, n, (*reasons, "too_few_units"), 0, level)
    # Both are ratios of sums over units; chance has two shares in it. Gwet takes pa, not p, for the denominator.
    of_observed = own / r.mean() - plain - observed * (r / r.mean() - 1)
    of_chance = 2 * (table @ urn - chance * r) / r.mean()
    influence = (of_observed - (1 - plain) / (1 - chance) * of_chance) / (1 - chance)
    groups = n
    if together is not None:
        _, inside = np.unique(together, return_inverse=True)
        influence = np.bincount(inside, weights=influence)
        groups = influence.size
        if groups < 2:
            few = (*reasons, "too_few_units")
            return _chance_result(estimate, observed, chance, None, n, few, 0, level)
    error = float(np.sqrt((influence**2).sum() * groups / (groups - 1))) / n
    return _chance_result(estimate, observed, chance, error, n, reasons, groups - 1, level)


def _together(clusters: ArrayLike, units: int) -> Ints:
    found = complete(clusters, "clusters", 1)
    if found.size != units:
        raise WrongShape("clusters: needs one per unit")
    return found.astype(np.int64)


@dataclass(frozen=True)
class _Units:
    """Units with a rating: category of each assessor (-1 missing), counts per category, mean shares."""

    positions: Ints
    table: Floats
    share: Floats
    weights: Floats

    @property
    def is_pairable(self) -> Bools:
        return np.asarray(self.table.sum(axis=1) >= 2)


def _rated(ratings: ArrayLike, scale: ArrayLike, weights: Weights, level: float) -> _Units | ChanceCorrected:
    """Return the units, or a result with the reason why no coefficient exists for them."""
    confidence(level)
    steps = categories(scale)
    one_of(weights, ("identity", "linear", "quadratic", "ordinal"), "weights")
    positions = codes(numbers(ratings, "ratings", 2), steps, "ratings")
    positions = positions[(positions >= 0).any(axis=1)]
    table = _counts(positions, steps.size)
    pairable = table.sum(axis=1) >= 2
    if not pairable.any():
        return _no_coefficient("needs_two_assessors")
    if (table.sum(axis=0) > 0).sum() < 2:
        return _no_coefficient("no_variation", n=int(pairable.sum()))
    share = (table / table.sum(axis=1, keepdims=True)).mean(axis=0)
    return _Units(positions, table, share, _agreement_weights(weights, steps.size))


def _counts(positions: Ints, q: int) -> Floats:
    """Return how often each unit got each category; -1 is missing."""
    units = np.broadcast_to(np.arange(len(positions))[:, None], positions.shape)
    there = positions >= 0
    flat = units[there] * q + positions[there]
    return np.bincount(flat, minlength=len(positions) * q).reshape(len(positions), q).astype(float)


def _chance_corrected(units: _Units, slope: Floats, chance: float, level: float) -> ChanceCorrected:
    """Return (pa - pe) / (1 - pe) where pe moves by 2 `slope` @ (shares of a unit - mean shares)."""
    shares = units.table / units.table.sum(axis=1, keepdims=True)
    return _with_error(units, shares @ slope - chance, chance, level)


def _with_error(units: _Units, moved: Floats, chance: float, level: float) -> ChanceCorrected:
    """Return (pa - pe) / (1 - pe) with Gwet's linearised error; `moved`: half of what each unit does to
    pe."""
    table, pairable = units.table, units.is_pairable
    r = table.sum(axis=1)
    n, used = len(table), int(pairable.sum())
    reasons = () if used == n else ("single_ratings",)
    if 1 - chance < 1e-12:
        return _no_coefficient(*reasons, "no_variation", n=used)
    agreeing = (table * (table @ units.weights - 1)).sum(axis=1)
    own = np.where(pairable, agreeing / np.where(pairable, r * (r - 1), 1), 0.0)
    observed = float(own.sum()) / used
    estimate = (observed - chance) / (1 - chance)
    if used < 2:
        return _chance_result(estimate, observed, chance, None, used, (*reasons, "too_few_units"), 0, level)
    influence = (n / used) * (own - chance * pairable) / (1 - chance)
    influence = influence - 2 * (1 - estimate) * moved / (1 - chance)
    error = float(np.sqrt(((influence - estimate) ** 2).sum() / (n * (n - 1))))
    return _chance_result(estimate, observed, chance, error, used, reasons, n - 1, level)


def _chance_result(
    estimate: float, observed: float, chance: float, error: float | None, n: int,
    reasons: tuple[str, ...], free: int, level: float,
) -> ChanceCorrected:  # fmt: skip
    interval, p_value = None, None
    if error is not None:
        interval = _limits(estimate, float(_laws.t_quantile((1 + level) / 2, free)) * error)
        p_value = float(2 * _laws.t_above(abs(estimate) / error, free)) if error > 0 else None
    return ChanceCorrected(
        estimate=estimate,
        standard_error=error,
        interval=interval,
        n=n,
        reasons=reasons,
        observed=observed,
        chance=chance,
        p_value=p_value,
    )


def krippendorff_alpha(
    ratings: ArrayLike,
    metric: Metric = "interval",
    level: float = 0.95,
    resamples: int = 2000,
    generator: np.random.Generator | None = None,
) -> Estimate:
    """Krippendorff's alpha for any number of assessors and missing ratings.

    `metric` says how two ratings differ. The interval (of `level`) and the standard error come from a
    bootstrap over units with `resamples` draws (0: none); without a `generator` a fixed seed is used, so that
    equal input gives equal bytes. `n` counts the pairable ratings. Undefined with "needs_two_assessors" when
    no unit has two ratings and "no_variation" when all are equal; "no_interval" when nearly no resample
    varies.

    Shape: `ratings` (units, assessors).
    Unit: none; 1 is perfect agreement, 0 what chance brings.
    Formula: over units with m_u >= 2 ratings: coincidences o_ck = sum_u (pairs c, k in u) / (m_u - 1), n_c =
        sum_k o_ck, n = sum n_c; alpha = 1 - (n - 1) sum o_ck d2_ck / sum n_c n_k d2_ck. The difference d2 by
        `metric`: nominal 1; ordinal (sum of n_g from c to k - (n_c + n_k) / 2)^2; interval (c - k)^2; ratio
        ((c - k) / (c + k))^2.
    Missing: NaN or None; units with a single rating are dropped ("single_ratings"), units with none too.
    Raises: WrongShape for wrong axes; NotANumber for text or infinity; OutOfRange for negative values on a
        ratio metric, an impossible level or number of resamples; UnknownName for the metric.
    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability; Krippendorff (2004), Content
        Analysis.

    Krippendorff's example A.

    >>> first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    >>> alpha = krippendorff_alpha(list(zip(first, second)), "nominal")
    >>> round(alpha.estimate, 3), alpha.n
    (0.095, 20)
    """
    confidence(level)
    one_of(metric, ("nominal", "ordinal", "interval", "ratio"), "metric")
    resamples = whole(resamples, 0, 1_000_000, "resamples")
    array = numbers(ratings, "ratings", 2)
    there = ~np.isnan(array)
    enough = there.sum(axis=1) >= 2
    reasons = ("single_ratings",) if (there.sum(axis=1) == 1).any() else ()
    if not enough.any():
        return _undefined(*reasons, "needs_two_assessors")
    array, there = array[enough], there[enough]
    values = np.unique(array[there])
    n = int(there.sum())
    if metric == "ratio" and values[0] < 0:
        raise OutOfRange("ratings: a ratio scale has no negative values")
    if values.size < 2:
        return _undefined(*reasons, "no_variation", n=n)
    positions = np.where(there, np.searchsorted(values, np.where(there, array, values[0])), -1)
    # Units with the same counts are one pattern: a resample of units is a multinomial over the patterns.
    patterns, times = np.unique(_counts(positions, values.size), axis=0, return_counts=True)
    first, second = np.triu_indices(values.size, 1)
    pairs = patterns[:, first] * patterns[:, second] / (patterns.sum(axis=1, keepdims=True) - 1)

    def alpha(weights: Floats) -> Floats:
        margins = weights @ patterns
        difference = _differences(values, margins, metric)[..., first, second]
        observed = ((weights @ pairs) * difference).sum(axis=-1)
        expected = (margins[:, first] * margins[:, second] * difference).sum(axis=-1)
        some = expected > 0
        ratio = observed / np.where(some, expected, 1.0)
        return np.asarray(np.where(some, 1 - (margins.sum(axis=1) - 1) * ratio, np.nan))

    estimate = float(alpha(times[None, :].astype(float))[0])
    units = int(times.sum())
    if resamples == 0 or units < 2:
        return Estimate(estimate=estimate, n=n, reasons=reasons)
    source = generator or np.random.default_rng(1971)
    batch = max(1, int(4e6 // (len(times) + values.size**2)))
    drawn = [
        alpha(source.multinomial(units, times / units, size=min(batch, resamples - done)).astype(float))
        for done in range(0, resamples, batch)
    ]
    found = np.concatenate(drawn)
    found = found[~np.isnan(found)]
    if found.size < 2:
        return Estimate(estimate=estimate, n=n, reasons=(*reasons, "no_interval"))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        estimate=estimate,
        standard_error=float(found.std(ddof=1)),
        interval=(float(low), float(high)),
        n=n,
        reasons=reasons,
    )


def _differences(values: Floats, margins: Floats, metric: Metric) -> Floats:
    """Return squared differences between values, shape (..., values, values); ordinal ones go by margins."""
    if metric == "nominal":
        return np.asarray(1.0 - np.eye(values.size))[None]
    if metric == "ordinal":
        middle = np.cumsum(margins, axis=-1) - margins / 2
        return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2)
    gap = np.subtract.outer(values, values)
    if metric == "ratio":
        total = np.add.outer(values, values)
        gap = gap / np.where(total == 0, 1.0, total)
    return np.asarray(gap**2)[None]


# --- Shares and means of units that belong together -----------------------------------------------------


def clustered_mean(values: ArrayLike, clusters: ArrayLike | None = None, level: float = 0.95) -> Estimate:
    """Mean of values (or share, of zeros and ones) of units that belong together, such as all of one participant.

    `n` counts units. Undefined without any ("no_ratings"); no error with fewer than two clusters
    ("too_few_units").

    Shape: `values` (units,); `clusters` (units,) whole numbers that say which belong together; None: each
        unit is one.
    Unit: that of the values.
    Formula: m = sum x / n; SE^2 = G / (G - 1) sum over the G clusters of (sum x - m n_g)^2 / n^2; t with G - 1
        degrees of freedom.
    Missing: a missing value (NaN or None) is left out.
    Raises: WrongShape for wrong axes or clusters of another length; NotANumber for text, infinity or a missing
        cluster; OutOfRange for an impossible level.
    Source: Cochran (1977), Sampling Techniques, section 9A (ratio estimate over clusters).

    >>> found = clustered_mean([1, 1, 0, 0, 1, 1], clusters=[1, 1, 2, 2, 3, 3])
    >>> round(found.estimate, 3), round(found.standard_error, 3)
    (0.667, 0.333)
    """
    confidence(level)
    array = numbers(values, "values", 1)
    together = np.arange(array.size) if clusters is None else _together(clusters, array.size)
    there = ~np.isnan(array)
    array, together = array[there], together[there]
    n = array.size
    if not n:
        return Estimate(estimate=None, reasons=("no_ratings",))
    mean = float(array.mean())
    _, inside = np.unique(together, return_inverse=True)
    off = np.bincount(inside, weights=array - mean)
    if off.size < 2:
        return Estimate(estimate=mean, n=n, reasons=("too_few_units",))
    error = float(np.sqrt((off**2).sum() * off.size / (off.size - 1))) / n
    half = float(_laws.t_quantile((1 + level) / 2, off.size - 1)) * error
    return Estimate(estimate=mean, standard_error=error, interval=(mean - half, mean + half), n=n)


@dataclass(frozen=True, kw_only=True)
class Concordance(Estimate):
    """Kendall's W with its test: `chi_square` = m (n - 1) W on n - 1 degrees of freedom and its `p_value`."""

    chi_square: float | None = None
    p_value: float | None = None


def kendall_w(ranks: ArrayLike) -> Concordance:
    """Kendall's coefficient of concordance of m assessors over n units, corrected for ties.

    `n` counts units. Undefined: "needs_two_assessors" or "too_few_units" when fewer than two are left,
    "no_variation" when the ratings of all assessors tie for everyone.

    Shape: `ranks` (units, assessors): ranks or ratings, which are ranked within each assessor by midranks.
    Unit: none; 0 no agreement, 1 the same order by all.
    Formula: 12 S / (m^2 (n^3 - n) - m sum T), S the squared deviations of the rank sums, T = sum (t^3 - t)
        over the ties of an assessor; chi-square = m (n - 1) W on n - 1 degrees of freedom.
    Missing: NaN or None; a unit with a missing rating is left out ("incomplete").
    Raises: WrongShape for wrong axes; NotANumber for text or infinity; OutOfRange for numbers beyond 1e12.
    Source: Kendall & Gibbons (1990), Rank Correlation Methods, 5th edition.

    >>> kendall_w([[1, 1], [2, 2], [3, 3]]).estimate
    1.0
    """
    array = numbers(ranks, "ranks", 2)
    whole = ~np.isnan(array).any(axis=1)
    reasons = () if whole.all() else ("incomplete",)
    array = array[whole]
    n, m = array.shape
    if m < 2 or n < 2:
        reason = "needs_two_assessors" if m < 2 else "too_few_units"
        return Concordance(estimate=None, n=n, reasons=(*reasons, reason))
    ranked = np.apply_along_axis(average_ranks, 0, array)
    ties = sum(float((counts**3 - counts).sum()) for counts in (_ties(column) for column in ranked.T))
    sums = ranked.sum(axis=1)
    below = m**2 * (n**3 - n) - m * ties
    if below <= 0:
        return Concordance(estimate=None, n=n, reasons=(*reasons, "no_variation"))
    w = 12 * float(((sums - sums.mean()) ** 2).sum()) / below
    chi_square = m * (n - 1) * w
    return Concordance(
        estimate=w,
        n=n,
        reasons=reasons,
        chi_square=chi_square,
        p_value=float(_laws.chi_square_above(chi_square, n - 1)),
    )


def _ties(values: Floats) -> Floats:
    return np.unique(values, return_counts=True)[1].astype(float)


# --- One unit, many assessors ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WithinGroup(Estimate):
    """rwg as it is (`estimate`, may be negative) and floored at 0 (`floored`)."""

    floored: float | None = None


def rwg(ratings: ArrayLike, scale: ArrayLike) -> WithinGroup:
    """Within-group agreement of several assessors on one unit, against ratings spread evenly over the scale.

    `estimate` may be negative ("negative"); `floored` is not below 0. `n` counts ratings. Fewer than two:
    undefined ("needs_two_assessors").

    Shape: `ratings` (assessors,), on the `scale` (categories,), which must be evenly spaced; its step is the
        unit.
    Unit: none; 1 is perfect agreement, 0 that of ratings at random.
    Formula: 1 - S2 / ((A^2 - 1) / 12), S2 the variance with n - 1 in steps of the scale, A the number of
        declared categories.
    Missing: NaN or None is left out.
    Raises: OffScale; OutOfRange for a scale that is uneven or does not rise; WrongShape for wrong axes;
        NotANumber for text or infinity.
    Source: James, Demaree & Wolf (1984), Journal of Applied Psychology 69, 85-98.

    >>> rwg([4, 4, 5, 4], [1, 2, 3, 4, 5]).estimate
    0.875
    """
    own, steps = numbers(ratings, "ratings", 1), categories(scale)
    if not np.allclose(np.diff(steps), steps[1] - steps[0]):
        raise OutOfRange("scale: needs even steps")
    codes(own, steps, "ratings")
    own = own[~np.isnan(own)]
    if own.size < 2:
        return WithinGroup(estimate=None, n=own.size, reasons=("needs_two_assessors",))
    chance = (steps.size**2 - 1) / 12 * (steps[1] - steps[0]) ** 2
    value = float(1 - own.var(ddof=1) / chance)
    reasons = ("negative",) if value < 0 else ()
    return WithinGroup(estimate=value, floored=max(0.0, value), n=own.size, reasons=reasons)


def average_deviation(ratings: ArrayLike) -> Estimate:
    """Average deviation of several assessors' ratings of one unit around their mean, AD_M; 0 is best.

    `n` counts ratings; fewer than two: undefined ("needs_two_assessors").

    Shape: `ratings` (assessors,).
    Unit: points of the scale.
    Formula: mean |x - mean x|.
    Missing: NaN or None is left out.
    Raises: WrongShape for wrong axes; NotANumber for text or infinity; OutOfRange for numbers beyond 1e12.
    Source: Burke, Finkelstein & Dusig (1999), Organizational Research Methods 2, 49-68.

    >>> average_deviation([4, 4, 5, 4]).estimate
    0.375
    """
    own = numbers(ratings, "ratings", 1)
    own = own[~np.isnan(own)]
    if own.size < 2:
        return _undefined("needs_two_assessors", n=own.size)
    return Estimate(estimate=float(np.abs(own - own.mean()).mean()), n=own.size)
