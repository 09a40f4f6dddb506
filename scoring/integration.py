"""Integration: from two assessors' ratings to dimension scores, always by rule and never rounded.

The way of one dimension of one participant:

1. `combine(ratings, adjudicated)` turns the ratings of each exercise into one exercise score.
2. `dimension_score(scores, weights, ...)` weighs the exercises, applies the rules U1 to U8 for uncertain
   scores and returns a number, or no number and the reasons.

There is no overall score. Missing ("no evidence") is None or NaN everywhere and is never a low rating.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scoring._checks import LARGEST, Floats, above, between, categories, complete, is_missing, listed, numbers
from scoring.errors import OffScale, OutOfRange, UnknownName, WrongShape
from scoring.keys import BANDS, BORDERS, band_of
from scoring.results import Estimate

U1, U2, U3, U4, U5, U6, U7, U8 = "U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8"
"""Codes of the rules for uncertain scores, in the order in which they are applied."""

WITHHOLDING = frozenset({U1, U2, U4})
"""Rules under which no number and no band is given."""

ASSESSORS_DIFFER = 2.0
"""Two ratings of one exercise that differ by this much need an adjudication (U4)."""

MIXED = 2.0
"""Highest minus lowest exercise score from which the picture depends on the situation (U2)."""

NEAR_A_BORDER = 0.20
"""Distance to a border of bands within which the words are "between" (U3)."""

LEAST_WEIGHT = 0.60
"""Share of the intended weight that must be left, otherwise too little was seen (U1)."""

JUDGEMENT_CAP = 0.30
"""A judgement exercise never weighs more: it shows what somebody thinks effective, not what they do."""

PROVISIONAL_SEM = 0.45
"""Standard error of measurement of a dimension score until a centre has its own."""

LEAST_SEM = 0.30
"""No standard error of measurement below this is believed."""


# --- Two ratings of one exercise ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CombinedRatings:
    """One score per exercise for one dimension.

    `scores`: exercise -> score (None when nobody saw evidence); `differences`: exercise -> largest minus
    smallest original rating (None with fewer than two); `disputed`: exercises under U4 that wait for an
    adjudication; `single`: exercises that rest on one rating while more were expected, a flag;
    `adjudicated`: exercises in which a third rating counted.
    """

    scores: Mapping[str, float | None]
    differences: Mapping[str, float | None]
    disputed: frozenset[str]
    single: frozenset[str]
    adjudicated: frozenset[str]


def combine(
    ratings: Mapping[str, Sequence[float | None]],
    adjudicated: Mapping[str, float | None] | None = None,
    threshold: float = ASSESSORS_DIFFER,
    limits: tuple[float, float] = (1.0, 5.0),
) -> CombinedRatings:
    """Combine the ratings that one participant got on one dimension into one score per exercise.

    Where the largest and smallest rating differ by `threshold` or more, the exercise is disputed (U4) until
    `adjudicated` has a rating for it; None as a value there: not adjudicated yet.

    Shape: `ratings` exercise -> the assessors' ratings, usually two; for a score by key a sequence of one
        number. `adjudicated` exercise -> the adjudicator's rating; `limits` the lowest and highest rating.
    Unit: points of the scale.
    Formula: the mean of the ratings of an exercise. With an adjudication the mean of the adjudicator's rating
        and the nearer of the originals; when originals on both sides are equally near, the adjudicator's
        rating alone.
    Missing: None or NaN is "no evidence" and left out; all missing gives None, and `dimension_score` then
        spreads the weight of that exercise.
    Raises: OffScale for a rating outside the limits; NotANumber for text or infinity; UnknownName when an
        exercise was adjudicated that has no ratings; OutOfRange for a threshold not above 0 or limits that do
        not rise; WrongShape for ratings that are no sequence or limits that are not two.
    Source: this house's own rule; arithmetic.

    >>> found = combine({"E1": [3, 4], "E4": [2, 5], "E5": [None, 3], "E6": [None, None]})
    >>> dict(found.scores)
    {'E1': 3.5, 'E4': 3.5, 'E5': 3.0, 'E6': None}
    >>> sorted(found.disputed), sorted(found.single)
    (['E4'], ['E5'])
    >>> combine({"E4": [2, 5]}, {"E4": 4}).scores["E4"]
    4.5
    """
    above(threshold, 0, "threshold")
    limits = _ends(limits)
    thirds = {name: value for name, value in (adjudicated or {}).items() if not is_missing(value)}
    unknown = set(thirds) - set(ratings)
    if unknown:
        raise UnknownName(f"adjudicated: no ratings of {listed(unknown)}")
    scores: dict[str, float | None] = {}
    differences: dict[str, float | None] = {}
    disputed, single = set(), set()
    for exercise, given in ratings.items():
        values = numbers(given, f"ratings of {exercise}", 1)
        present = values[~np.isnan(values)]
        _within(present, limits, exercise)
        differences[exercise] = float(np.ptp(present)) if present.size > 1 else None
        if present.size == 1 < values.size:
            single.add(exercise)
        if exercise in thirds:
            third = numbers([thirds[exercise]], f"adjudicated rating of {exercise}", 1)
            _within(third, limits, exercise)
            scores[exercise] = _after_adjudication(present, float(third[0]))
        else:
            scores[exercise] = float(present.mean()) if present.size else None
            if present.size > 1 and np.ptp(present) >= threshold - 1e-9:
                disputed.add(exercise)
    return CombinedRatings(
        scores=scores,
        differences=differences,
        disputed=frozenset(disputed),
        single=frozenset(single),
        adjudicated=frozenset(thirds),
    )


def _within(values: Floats, limits: tuple[float, float], exercise: str) -> None:
    if ((values < limits[0]) | (values > limits[1])).any():
        raise OffScale(f"{exercise}: a rating lies outside {limits[0]} to {limits[1]}")


def _after_adjudication(originals: Floats, third: float) -> float:
    if not originals.size:
        return third
    distance = np.abs(originals - third)
    nearest = originals[distance <= distance.min() + 1e-9]
    # Equally near on both sides: their mean is the adjudicator's rating itself.
    return float((third + (nearest.min() + nearest.max()) / 2) / 2)


# --- A dimension over its exercises ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DimensionScore(Estimate):
    """The score of one participant on one dimension, or the reasons why there is none.

    `estimate` on the scale of the ratings; None when withheld (`is_withheld`). `standard_error` is the
    standard error of measurement, `interval` the score -1 and +1 of it ("about two times in three"), cut at
    the ends of the scale; both None when withheld. `n` is the number of exercises with evidence.
    `weights_used` says what each exercise with evidence weighed (adds up to 1; empty when nothing can be
    weighed). `reasons` holds the codes U1 to U8 that apply, in order, and "one_rating", "weight_spread".
    `band` is the code of the band, `between` the codes of two bands when the score lies near their border
    (U3; then `band` still names the one it lies in); `stronger` and `weaker` name the exercises with the
    highest and the lowest score when U2 applies.
    """

    weights_used: Mapping[str, float]
    band: str | None = None
    between: tuple[str, str] | None = None
    stronger: tuple[str, ...] = ()
    weaker: tuple[str, ...] = ()
    is_withheld: bool = False


def dimension_score(
    exercise_scores: Mapping[str, float | None],
    weights: Mapping[str, float],
    *,
    judgement: Collection[str] = (),
    caps: Mapping[str, float] | None = None,
    disputed: Collection[str] = (),
    single: Collection[str] = (),
    excluded: Collection[str] = (),
    provisional: Collection[str] = (),
    is_second_language: bool = False,
    is_adjusted: bool = False,
    standard_error: float | None = None,
    limits: tuple[float, float] = (1.0, 5.0),
    borders: Sequence[float] = BORDERS,
) -> DimensionScore:
    """Weigh the exercise scores of one dimension and apply the rules for uncertain scores.

    `judgement` names the judgement exercises: they are capped at .30, left out of U2, and not enough alone
    (U1). `caps` is exercise -> highest share, above 0 and at most 1; for a judgement exercise the lower cap
    holds. `disputed` exercises wait for an adjudication, `single` ones rest on one rating (reason
    "one_rating"): both from `combine(...)`. `excluded` exercises an administrator has excluded with a reason,
    for an interruption that was not credited above 10 % of the time; they count as missing and are never
    decided here. In `provisional` exercises part of the score rests on a provisional key or cut-off.
    `is_second_language`: the dimension is about language and the participant worked in a second one.
    `is_adjusted`: the participant had a time factor or another form. `standard_error` is the centre's own
    standard error of measurement, never below .30; None: .45. `borders` are those of the bands in words.

    Rules, in order. U1 fewer than two exercises with evidence, or only judgement exercises, or less than .60
    of the intended weight left, or caps that cannot be kept: withheld. U2 highest minus lowest exercise
    score, without judgement exercises, at least 2.0: withheld; `stronger` and `weaker` name the exercises. U3
    within .20 of a border: `between`. U4 a disputed exercise of this dimension: withheld. U5 (provisional),
    U6 (excluded), U7 (second language) and U8 (adjusted) are reasons beside the number.

    Shape: `exercise_scores` exercise -> score, from `combine(...).scores`; `weights` exercise -> intended
        weight, each above 0, divided by their sum; `limits` the ends of the scale.
    Unit: points of the scale; weights are shares.
    Formula: sum w_i x_i over the exercises with evidence, the weights of the others spread over them in
        proportion; no capped exercise rises above its cap, what it cannot take goes to the others. Interval:
        score -+ standard error.
    Missing: a score that is None, NaN or not there, or whose exercise is excluded, is missing: its weight
        spreads ("weight_spread"); it is never a low score.
    Raises: UnknownName for an exercise that has no weight; OffScale for a score outside the limits;
        OutOfRange for weights, caps, standard error, borders or limits; NotANumber for text or infinity;
        WrongShape for limits that are not two or a score that is no single number.
    Source: this house's own rules.

    >>> weights = {"E5": 0.40, "E1": 0.40, "E3": 0.20}
    >>> score = dimension_score({"E5": 3.5, "E1": 3.0, "E3": 4.0}, weights, judgement=["E3"])
    >>> round(score.estimate, 3), score.band, [round(end, 2) for end in score.interval]
    (3.4, 'effective', [2.95, 3.85])

    E5 is missing: its weight is spread, but E3 stays at .30.

    >>> score = dimension_score({"E1": 3.0, "E3": 4.0}, weights, judgement=["E3"])
    >>> {name: round(weight, 2) for name, weight in score.weights_used.items()}, round(score.estimate, 2)
    ({'E1': 0.7, 'E3': 0.3}, 3.3)

    >>> dimension_score({"E1": None, "E3": 4.0}, weights, judgement=["E3"]).reasons
    ('U1', 'weight_spread')
    """
    shares = _shares(weights)
    limits = _ends(limits)
    band_of(1.0, borders)
    named = {
        "exercise_scores": exercise_scores,
        "judgement": judgement,
        "caps": caps or {},
        "disputed": disputed,
        "single": single,
        "excluded": excluded,
        "provisional": provisional,
    }
    for what, names in named.items():
        _known(names, shares, what)
    sem = _believable(standard_error)
    seen = _seen(exercise_scores, shares, excluded, limits)
    acted = {name: score for name, score in seen.items() if name not in judgement}
    used = _spread({name: shares[name] for name in seen}, _all_caps(judgement, caps))
    left = sum(shares[name] for name in seen)
    # The weighted mean lies between its scores; the clip removes a last bit of arithmetic only.
    value = min(limits[1], max(limits[0], sum(used[name] * seen[name] for name in used))) if used else None

    is_mixed = bool(acted) and max(acted.values()) - min(acted.values()) >= MIXED - 1e-9
    withholding = {
        U1: len(seen) < 2 or not acted or value is None or left < LEAST_WEIGHT - 1e-9,
        U2: is_mixed,
        U4: bool(set(disputed) & set(seen)),
    }
    is_withheld = any(withholding.values())
    near = None if is_withheld or value is None else _near_border(value, borders)
    holds = withholding | {
        U3: near is not None,
        U5: bool(set(provisional) & set(seen)),
        U6: bool(excluded),
        U7: is_second_language,
        U8: is_adjusted,
    }
    reasons = [code for code in sorted(holds) if holds[code]]
    reasons += ["one_rating"] if set(single) & set(seen) else []
    reasons += ["weight_spread"] if len(seen) < len(shares) else []
    shown = None if is_withheld else value
    return DimensionScore(
        estimate=shown,
        standard_error=None if shown is None else sem,
        interval=None if shown is None else (max(limits[0], shown - sem), min(limits[1], shown + sem)),
        n=len(seen),
        weights_used=used,
        reasons=tuple(reasons),
        band=band_of(shown, borders),
        between=near,
        stronger=_named(acted, max(acted.values())) if is_mixed else (),
        weaker=_named(acted, min(acted.values())) if is_mixed else (),
        is_withheld=is_withheld,
    )


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    values = complete(list(weights.values()), "weights", 1)
    if not values.size or not (values > 0).all():
        raise OutOfRange("weights: at least one, each above 0")
    return {name: float(value) for name, value in zip(weights, values / values.sum(), strict=True)}


def _known(names: Collection[str], weights: Mapping[str, float], what: str) -> None:
    unknown = set(names) - set(weights)
    if unknown:
        raise UnknownName(f"{what}: no weight for {listed(unknown)}")


def _believable(standard_error: float | None) -> float:
    if standard_error is None:
        return PROVISIONAL_SEM
    return max(LEAST_SEM, between(standard_error, 0, LARGEST, "standard_error"))


def _ends(limits: tuple[float, float]) -> tuple[float, float]:
    ends = categories(limits, "limits")
    if ends.size != 2:
        raise WrongShape("limits: needs the lowest and the highest rating")
    return float(ends[0]), float(ends[1])


def _seen(
    scores: Mapping[str, float | None],
    shares: Mapping[str, float],
    excluded: Collection[str],
    limits: tuple[float, float],
) -> dict[str, float]:
    """Return the scores that count, in the order of the weights."""
    seen: dict[str, float] = {}
    for name in shares:
        score = scores.get(name)
        if name in excluded or score is None or is_missing(score):
            continue
        _within(complete([score], name, 1), limits, name)
        seen[name] = float(score)
    return seen


def _all_caps(judgement: Collection[str], caps: Mapping[str, float] | None) -> dict[str, float]:
    found = dict.fromkeys(judgement, JUDGEMENT_CAP)
    for name, cap in (caps or {}).items():
        own = between(above(cap, 0, "caps"), 0, 1, "caps")
        found[name] = min(own, found.get(name, 1.0))
    return found


def _spread(shares: Mapping[str, float], caps: Mapping[str, float]) -> dict[str, float]:
    """Return weights that add up to 1, in proportion, with no one above its cap; empty when impossible."""
    if not shares or sum(caps.get(name, 1.0) for name in shares) < 1 - 1e-9:
        return {}
    fixed: dict[str, float] = {}
    while True:
        free = {name: share for name, share in shares.items() if name not in fixed}
        room, weight = 1 - sum(fixed.values()), sum(free.values())
        spread = {name: room * share / weight for name, share in free.items()}
        over = {name: caps[name] for name in free if spread[name] > caps.get(name, 1.0) + 1e-12}
        if not over:
            return {name: fixed.get(name, spread.get(name, 0.0)) for name in shares}
        fixed |= over


def _near_border(value: float, borders: Sequence[float]) -> tuple[str, str] | None:
    for lower, border in enumerate(borders):
        if abs(value - border) <= NEAR_A_BORDER + 1e-9:
            return BANDS[lower], BANDS[lower + 1]
    return None


def _named(scores: Mapping[str, float], value: float) -> tuple[str, ...]:
    return tuple(name for name, score in scores.items() if score == value)


# --- What the weights really do -------------------------------------------------------------------------


def effective_weights(weights: ArrayLike, covariance: ArrayLike) -> tuple[float, ...] | None:
    """Share of the composite's variance that each part brings.

    The shares add up to 1 and may be negative. None when the composite has no variance.

    Shape: `weights` (parts,), `covariance` (parts, parts), symmetric.
    Unit: shares.
    Formula: w_i (S w)_i / w'Sw, S the covariance.
    Missing: not allowed.
    Raises: WrongShape for a matrix that does not fit or is not symmetric; NotANumber for a missing value,
        text or infinity; OutOfRange for numbers beyond 1e12.
    Source: arithmetic: the covariance of each weighted part with the composite adds up to its variance.

    >>> shares = effective_weights([0.5, 0.3, 0.2], [[1, 0.4, 0.3], [0.4, 1, 0.5], [0.3, 0.5, 1]])
    >>> [round(share, 3) for share in shares]
    [0.548, 0.29, 0.161]
    """
    own, matrix = complete(weights, "weights", 1), complete(covariance, "covariance", 2)
    if matrix.shape != (own.size, own.size) or not np.allclose(matrix, matrix.T):
        raise WrongShape(f"covariance: needs a symmetric matrix of {own.size} rows")
    parts = own * (matrix @ own)
    variance = float(parts.sum())
    return tuple((parts / variance).tolist()) if variance > 0 else None
