"""Automatic keys: judgement exercises, rankings, rule points, and the way from a proportion to the scale.

Every judgement function takes one participant's answers as a sequence of items, each a sequence with one
rating per option (items may have different numbers of options), and a key of the same shape.
Unanswered is None or NaN. Raw distance from a key is offered by `consensus_distance` only, where the form of
a profile counts and not its height and spread; it never stands alone as a score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from scoring._checks import Floats, above, between, categories, complete, is_missing, numbers, sequence, whole
from scoring.errors import OffScale, OutOfRange, WrongShape
from scoring.results import Estimate

Ratings = Sequence[Sequence[float | None]]

SCALE_POINTS = ((0.0, 1.0), (0.25, 1.5), (0.45, 2.5), (0.65, 3.5), (0.82, 4.5), (1.0, 5.0))
"""Corners of the lines from a proportion to the scale of ratings."""

BANDS = ("starting_point", "building", "effective", "strength")
"""Codes of the bands in words, from low to high."""

BORDERS = (1.75, 2.75, 3.75)
"""Borders between the bands: whole and half scores never lie on one."""


# --- Pairwise order -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ItemScore:
    """The score of one item: `score` from 0 to 1 (None when not scored), the pairs it rests on, reasons."""

    score: float | None
    pairs: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KeyScore(Estimate):
    """A participant's score by a key.

    `estimate` is the score of the method, `p` the same as a proportion from 0 to 1 for
    `scale_from_proportion` (None when nothing could be scored), `mean` the mean over items, `items` the score
    of each item in order, `n` the number of items that were scored.
    """

    p: float | None
    mean: float | None
    items: tuple[ItemScore, ...]


def pairwise_order(
    ratings: Ratings, key: Ratings, gap: float = 1.0, unscored_as: float | None = 0.5
) -> KeyScore:
    """Score how well the order of the ratings follows the order of the key: the shipped judgement method.

    How widely or how highly somebody uses the scale makes no difference, and ticking at random scores 0.
    `gap` is the smallest difference of key means that counts as an order, above 0. `unscored_as` is what an
    item counts that is not scored because options are unanswered or all rated equal ("all_equal"): .5, the
    chance level, by default, so that leaving hard items out gains nothing; None leaves such items out of the
    mean. An item without any pair in the key ("no_pairs") never counts. When no item is scored, p and mean
    are None with the reason "no_item_scored". `n` counts the items that were scored.

    Shape: `ratings` and `key` items x options; items may have different numbers of options. The key holds the
        mean rating of the experts.
    Unit: `estimate` = p and `mean` are proportions from 0 to 1; `gap` in points of the scale.
    Formula: over all pairs of options whose key means differ by at least `gap`: 1 for the same order, .5 for
        a tie, 0 for the reversed order. An item's score is the mean over its pairs, `mean` the mean over
        items, p = max(0, 2 mean - 1).
    Missing: an item with an unanswered option (NaN or None) is not scored ("unanswered"); the key is
        complete.
    Raises: WrongShape when ratings and key differ in shape; NotANumber for text, infinity or a missing key
        mean; OutOfRange for a gap not above 0, `unscored_as` outside 0 to 1 or numbers beyond 1e12.
    Source: this house's own rule. As the standardised methods of McDaniel, Psotka, Legree, Yost & Weekley
        (2011), Journal of Applied Psychology 96, 327-336, it removes elevation and scatter.

    Two items; in the first the pair (4.0, 4.5) is closer than the gap, and one of the other two is tied.

    >>> score = pairwise_order([[2, 5, 2], [1, 4, None]], [[1.5, 4.5, 4.0], [1, 3, 5]])
    >>> score.items[0].score, score.items[1].reasons
    (0.75, ('unanswered',))
    >>> score.mean, score.p
    (0.625, 0.25)
    """
    above(gap, 0, "gap")
    if unscored_as is not None:
        between(unscored_as, 0, 1, "unscored_as")
    items = tuple(_order_of_item(own, means, gap) for own, means in _paired(ratings, key))
    scored = [item.score for item in items if item.score is not None]
    reasons = tuple(dict.fromkeys(reason for item in items for reason in item.reasons))
    if not scored:
        return KeyScore(estimate=None, p=None, mean=None, items=items, reasons=(*reasons, "no_item_scored"))
    counted = list(scored)
    if unscored_as is not None:
        counted += [unscored_as for item in items if item.score is None and item.pairs]
    mean = float(np.mean(counted))
    p = max(0.0, 2 * mean - 1)
    return KeyScore(estimate=p, p=p, mean=mean, items=items, n=len(scored), reasons=reasons)


def _order_of_item(own: Floats, means: Floats, gap: float) -> ItemScore:
    first, second = _pairs(means.size)
    step = means[first] - means[second]
    # A hair of tolerance, so that 4.2 - 3.2 counts as a whole point.
    far = np.abs(step) >= gap - 1e-9
    pairs = int(far.sum())
    if not pairs:
        return ItemScore(score=None, pairs=0, reasons=("no_pairs",))
    if np.isnan(own).any():
        return ItemScore(score=None, pairs=pairs, reasons=("unanswered",))
    if (own == own[0]).all():
        return ItemScore(score=None, pairs=pairs, reasons=("all_equal",))
    same = np.sign(own[first] - own[second])[far] * np.sign(step)[far]
    return ItemScore(score=float((same + 1).mean() / 2), pairs=pairs)


@lru_cache(maxsize=64)
def _pairs(options: int) -> tuple[np.ndarray, np.ndarray]:
    return np.triu_indices(options, 1)


def _paired(ratings: Ratings, key: Ratings) -> list[tuple[Floats, Floats]]:
    sequence(ratings, "ratings")
    sequence(key, "key")
    if len(ratings) != len(key):
        raise WrongShape(f"ratings: {len(ratings)} items, but the key has {len(key)}")
    pairs = []
    for number, (own, means) in enumerate(zip(ratings, key, strict=True)):
        left, right = numbers(own, "ratings", 1), complete(means, "key", 1)
        if left.size != right.size:
            raise WrongShape(f"ratings: item {number} has {left.size} options, the key has {right.size}")
        pairs.append((left, right))
    return pairs


# --- Judgement: distance and choice ---------------------------------------------------------------------


def _flat(ratings: ArrayLike, key: ArrayLike) -> tuple[Floats, Floats]:
    own, means = numbers(ratings, "ratings", 1), complete(key, "key", 1)
    if own.size != means.size:
        raise WrongShape(f"ratings: {own.size} values, but the key has {means.size}")
    return own, means


def _not_scored(*reasons: str) -> Estimate:
    return Estimate(estimate=None, reasons=reasons)


def consensus_distance(
    ratings: ArrayLike, key: ArrayLike, power: Literal[1, 2] = 2, standardise: bool = True
) -> Estimate:
    """Score the closeness of one participant's ratings to the key means; 0 is best.

    With `standardise` z-scores (within the participant and within the key, over the options, standard
    deviation with n - 1) are compared, which removes elevation and scatter; without it the raw distance,
    which rewards a style of answering and is meant for comparison only. `n` counts the options that were
    answered. Undefined ("too_few", "no_variation") with fewer than two options (raw: none) or, standardised,
    when either side does not vary.

    Shape: `ratings` and `key` (options,).
    Unit: standard deviations to the power; raw: points of the scale to the power.
    Formula: -sum |z(x) - z(k)|^power; raw -sum |x - k|^power; `power` is 1 or 2.
    Missing: an unanswered option (NaN or None) is left out of both sides ("unanswered"); the key is complete.
    Raises: WrongShape for different lengths or wrong axes; NotANumber for text, infinity or a missing key
        mean; OutOfRange for another power or numbers beyond 1e12.
    Source: McDaniel, Psotka, Legree, Yost & Weekley (2011), Journal of Applied Psychology 96, 327-336; Weng,
        Yang, Lievens & McDaniel (2018), Journal of Vocational Behavior 104, 199-209, on the weakness of raw
        distance.

    >>> consensus_distance([1, 2, 3], [2, 3, 4]).estimate
    -0.0
    >>> consensus_distance([1, 2, 3], [2, 3, 4], power=1, standardise=False).estimate
    -3.0
    >>> consensus_distance([3, 3, 3], [2, 3, 4]).reasons
    ('no_variation',)
    """
    if power not in (1, 2):
        raise OutOfRange("power: 1 or 2")
    own, means, reasons = _answered(ratings, key)
    if own.size < 1 + standardise:
        return _not_scored(*reasons, "too_few")
    if standardise:
        if _is_flat(own) or _is_flat(means):
            return _not_scored(*reasons, "no_variation")
        own, means = _standard(own), _standard(means)
    distance = float((np.abs(own - means) ** power).sum())
    return Estimate(estimate=-distance, n=own.size, reasons=reasons)


def _is_flat(values: Floats) -> bool:
    """Whether values differ by nothing that arithmetic can tell apart."""
    return bool(np.ptp(values) <= 1e-100)


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std(ddof=1))


def _answered(ratings: ArrayLike, key: ArrayLike) -> tuple[Floats, Floats, tuple[str, ...]]:
    own, means = _flat(ratings, key)
    there = ~np.isnan(own)
    return own[there], means[there], () if there.all() else ("unanswered",)


def profile_correlation(ratings: ArrayLike, key: ArrayLike) -> Estimate:
    """Pearson correlation of one participant's ratings with the key means over options.

    `n` counts the options that were answered. Undefined when either side does not vary ("no_variation") or
    fewer than two options are left ("too_few").

    Shape: `ratings` and `key` (options,).
    Unit: none, from -1 to 1.
    Formula: sum (x - mean x)(k - mean k) / sqrt(sum (x - mean x)^2 sum (k - mean k)^2).
    Missing: an unanswered option (NaN or None) is left out of both sides ("unanswered"); the key is complete.
    Raises: WrongShape for different lengths or wrong axes; NotANumber for text, infinity or a missing key
        mean; OutOfRange for numbers beyond 1e12.
    Source: definition: Pearson's product-moment correlation.

    >>> profile_correlation([1, 2, 3, 4], [1, 2, 4, 3]).estimate
    0.8
    """
    own, means, reasons = _answered(ratings, key)
    if own.size < 2:
        return _not_scored(*reasons, "too_few")
    if _is_flat(own) or _is_flat(means):
        return _not_scored(*reasons, "no_variation")
    left, right = own - own.mean(), means - means.mean()
    r = float(left @ right / np.sqrt((left @ left) * (right @ right)))
    return Estimate(estimate=max(-1.0, min(1.0, r)), n=own.size, reasons=reasons)


def same_side(ratings: ArrayLike, key: ArrayLike, scale: ArrayLike) -> Estimate:
    """Count the options that the participant puts on the key's side of the midpoint of the scale.

    `n` counts all options.

    Shape: `ratings` and `key` (options,); `scale` (categories,). Ratings lie anywhere from its lowest to its
        highest.
    Unit: options.
    Formula: 1 when rating and key mean both lie above, or both below (lowest + highest) / 2; exactly at the
        midpoint 0.
    Missing: an unanswered option (NaN or None) counts 0 ("unanswered"); the key is complete.
    Raises: OffScale; WrongShape for different lengths or wrong axes; NotANumber for text, infinity or a
        missing key mean; OutOfRange for a scale that does not rise.
    Source: the dichotomous key of McDaniel, Psotka, Legree, Yost & Weekley (2011), Journal of Applied
        Psychology 96, 327-336.

    >>> same_side([1, 4, 5], [2.0, 4.5, 3.0], [1, 2, 3, 4, 5]).estimate
    2.0
    """
    own, means = _flat(ratings, key)
    steps = categories(scale)
    _on_scale(own, steps)
    middle = (steps[0] + steps[-1]) / 2
    hits = np.sign(own - middle) * np.sign(means - middle) > 0
    return Estimate(estimate=float(hits.sum()), n=own.size, reasons=_unanswered(own))


def _unanswered(own: Floats) -> tuple[str, ...]:
    return ("unanswered",) if np.isnan(own).any() else ()


def _on_scale(values: Floats, scale: Floats) -> None:
    there = values[~np.isnan(values)]
    if ((there < scale[0]) | (there > scale[-1])).any():
        raise OffScale(f"ratings: a value lies outside {scale[0]} to {scale[-1]}")


def mode_score(ratings: ArrayLike, experts: ArrayLike) -> Estimate:
    """Count the options on which the participant gives the experts' most frequent rating.

    A rating equal to any of several modes counts. `n` counts all options.

    Shape: `ratings` (options,), `experts` (experts, options).
    Unit: options.
    Formula: sum over options of 1 when the rating is a mode of the experts' ratings, otherwise 0.
    Missing: an unanswered option (NaN or None) counts 0 ("unanswered"); the experts' ratings are complete.
    Raises: WrongShape when the shapes do not fit; NotANumber for text, infinity or a missing rating of an
        expert; OutOfRange for numbers beyond 1e12.
    Source: mode consensus, compared with other keys by Weng, Yang, Lievens & McDaniel (2018), Journal of
        Vocational Behavior 104, 199-209.

    >>> mode_score([2, 5], [[2, 3], [2, 3], [3, 5]]).estimate
    1.0
    """
    own, panel = _panel(ratings, experts)
    counts = (panel[:, None, :] == panel[None, :, :]).sum(axis=1)
    modal = (panel == own) & (counts == counts.max(axis=0))
    return Estimate(estimate=float(modal.any(axis=0).sum()), n=own.size, reasons=_unanswered(own))


def proportion_score(ratings: ArrayLike, experts: ArrayLike) -> Estimate:
    """Add up, over the options, the share of experts who gave the participant's rating.

    `n` counts all options.

    Shape: `ratings` (options,), `experts` (experts, options).
    Unit: options (each 0 to 1).
    Formula: sum over options of (experts with the same rating) / experts.
    Missing: an unanswered option (NaN or None) adds 0 ("unanswered"); the experts' ratings are complete.
    Raises: WrongShape when the shapes do not fit; NotANumber for text, infinity or a missing rating of an
        expert; OutOfRange for numbers beyond 1e12.
    Source: proportion consensus, compared with other keys by Weng, Yang, Lievens & McDaniel (2018), Journal
        of Vocational Behavior 104, 199-209.

    >>> proportion_score([2, 5], [[2, 3], [2, 3], [3, 5], [1, 5]]).estimate
    1.0
    """
    own, panel = _panel(ratings, experts)
    return Estimate(estimate=float((panel == own).mean(axis=0).sum()), n=own.size, reasons=_unanswered(own))


def _panel(ratings: ArrayLike, experts: ArrayLike) -> tuple[Floats, Floats]:
    own, panel = numbers(ratings, "ratings", 1), complete(experts, "experts", 2)
    if panel.shape[0] < 1 or panel.shape[1] != own.size:
        raise WrongShape(f"experts: needs one row per expert with {own.size} values each")
    return own, panel


@dataclass(frozen=True, kw_only=True)
class ExpertKey:
    """A key made from experts: per option `means`, `deviations` (SD with n - 1), `modes` and what is kept.

    `average_deviation` is mean |x - mean|; an option is kept (`is_kept`) when it is at most a sixth of the
    number of categories (Burke & Dunlap 2002). `n` = experts; the SD is NaN with one expert.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    modes: tuple[tuple[float, ...], ...]
    average_deviation: tuple[float, ...]
    is_kept: tuple[bool, ...]
    n: int


def expert_key(experts: ArrayLike, scale: ArrayLike) -> ExpertKey:
    """Make a key from the ratings of experts.

    Shape: `experts` (experts, options), anywhere from the lowest to the highest of `scale` (categories,).
    Unit: points of the scale.
    Formula: per option mean, SD (n - 1; NaN with one expert), modes and mean |x - mean|; an option is kept
        when the last is at most a sixth of the number of categories.
    Missing: not allowed.
    Raises: OffScale; WrongShape for no expert, no option or wrong axes; NotANumber for a missing rating, text
        or infinity; OutOfRange for a scale that does not rise.
    Source: Burke & Dunlap (2002), Organizational Research Methods 5, 159-172, for the limit of a sixth.

    >>> made = expert_key([[5, 1], [4, 5], [5, 3]], [1, 2, 3, 4, 5])
    >>> made.modes, made.is_kept
    (((5.0,), (1.0, 3.0, 5.0)), (True, False))
    """
    panel, steps = complete(experts, "experts", 2), categories(scale)
    if not panel.size:
        raise WrongShape("experts: needs at least one expert and one option")
    _on_scale(panel, steps)
    means = panel.mean(axis=0)
    distance = np.abs(panel - means).mean(axis=0)
    spread = panel.std(axis=0, ddof=1) if len(panel) > 1 else np.full(means.size, np.nan)
    return ExpertKey(
        means=tuple(means.tolist()),
        deviations=tuple(spread.tolist()),
        modes=tuple(_modes(column) for column in panel.T),
        average_deviation=tuple(distance.tolist()),
        is_kept=tuple((distance <= steps.size / 6 + 1e-12).tolist()),
        n=len(panel),
    )


def _modes(values: Floats) -> tuple[float, ...]:
    found, counts = np.unique(values, return_counts=True)
    return tuple(found[counts == counts.max()].tolist())


@dataclass(frozen=True, kw_only=True)
class MostLeast(Estimate):
    """Score of choices of the most and the least effective option.

    `estimate` = hits - reversals (each item -2 to 2), `hits` (each item 0 to 2), `effectiveness` = sum of
    key mean of the most minus key mean of the least, `n` = items answered.
    """

    hits: int
    effectiveness: float


def most_least(most: Sequence[int | None], least: Sequence[int | None], key: Ratings) -> MostLeast:
    """Score "pick the most and the least effective option" against key means.

    Options that share the highest (lowest) key mean are all best (worst). `n` counts the items answered; with
    none the result is undefined ("no_item_scored").

    Shape: `most` and `least` (items,): the position of the option, from 0; `key` items x options.
    Unit: `estimate` and `hits` in choices; `effectiveness` in points of the key's scale.
    Formula: per item +1 when the best option is chosen as most, +1 when the worst is chosen as least, -1 for
        the best chosen as least and -1 for the worst chosen as most; effectiveness = key mean of the most -
        that of the least.
    Missing: an item with one choice None counts 0 ("unanswered"), one with the same option twice likewise
        ("same_option"); the key is complete.
    Raises: WrongShape for different numbers of items; OutOfRange for a position that does not exist, also
        NaN; NotANumber for text or a missing key mean.
    Source: the usual key of most and least; arithmetic.

    >>> result = most_least([1, 0], [0, 2], [[1.0, 5.0, 3.0], [2.0, 3.0, 4.5]])
    >>> result.estimate, result.hits, result.effectiveness
    (0.0, 2, 1.5)
    """
    for name, one in (("most", most), ("least", least), ("key", key)):
        sequence(one, name)
    if not len(most) == len(least) == len(key):
        raise WrongShape("most, least and key: needs the same number of items in each")
    score, hits, effectiveness, answered = 0, 0, 0.0, 0
    reasons: dict[str, None] = {}
    for high, low, row in zip(most, least, key, strict=True):
        means = complete(row, "key", 1)
        if high is None or low is None:
            reasons["unanswered"] = None
            continue
        high, low = whole(high, 0, means.size - 1, "most"), whole(low, 0, means.size - 1, "least")
        if high == low:
            reasons["same_option"] = None
            continue
        best, worst = means == means.max(), means == means.min()
        found = int(best[high]) + int(worst[low])
        score += found - int(worst[high]) - int(best[low])
        hits += found
        effectiveness += float(means[high] - means[low])
        answered += 1
    if not answered:
        reasons["no_item_scored"] = None
    return MostLeast(
        estimate=float(score) if answered else None,
        hits=hits,
        effectiveness=effectiveness,
        n=answered,
        reasons=tuple(reasons),
    )


# --- Ranking --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RankingScore(Estimate):
    """Closeness of a ranking to the key's.

    `estimate` = 1 - footrule / floor(n^2 / 2), 1 for the same and 0 for the most distant order; `footrule`
    = sum |r - k|, `squares` = sum (r - k)^2, `discordant` = pairs in reversed order (ties do not count),
    `tau` = Kendall's tau-b, `rho` = Spearman's rho on midranks (None without variation), `n` = objects.
    """

    footrule: float | None
    squares: float | None
    discordant: int | None
    tau: float | None
    rho: float | None


def ranking(ranks: ArrayLike, key: ArrayLike) -> RankingScore:
    """Score one participant's ranking of n objects against a key ranking.

    Rankings of fewer than two objects are not scored ("too_few"). `tau` is Kendall's tau-b, `rho` Spearman's
    rho on midranks, both None where a side does not vary.

    Shape: `ranks` and `key` (n,), ranks from 1; ties allowed, as midranks.
    Unit: `estimate` from 0, the most distant order, to 1, the same; `footrule` in ranks, `squares` in squared
        ranks, `discordant` in pairs.
    Formula: 1 - sum |r - k| / floor(n^2 / 2); squares = sum (r - k)^2; tau = (concordant - discordant) /
        sqrt(pairs untied in one x pairs untied in the other).
    Missing: a ranking with a missing rank (NaN or None) is not scored ("unanswered"); the key is complete.
    Raises: WrongShape for different lengths or wrong axes; NotANumber for text, infinity or a missing rank in
        the key; OutOfRange for numbers beyond 1e12.
    Source: Diaconis & Graham (1977), JRSS B 39, 262-268 (footrule); Kendall (1945), Biometrika 33, 239-251
        (ties).

    >>> result = ranking([2, 1, 3, 4], [1, 2, 3, 4])
    >>> result.footrule, result.estimate, result.discordant
    (2.0, 0.75, 1)
    """
    own, right = _flat(ranks, key)
    reason = "too_few" if own.size < 2 else "unanswered" if np.isnan(own).any() else None
    if reason:
        return RankingScore(
            estimate=None, footrule=None, squares=None, discordant=None, tau=None, rho=None, reasons=(reason,)
        )
    footrule = float(np.abs(own - right).sum())
    first, second = np.triu_indices(own.size, 1)
    agreement = np.sign(own[first] - own[second]) * np.sign(right[first] - right[second])
    tied = _pairs_untied(own), _pairs_untied(right)
    return RankingScore(
        estimate=1 - footrule / (own.size**2 // 2),
        footrule=footrule,
        squares=float(((own - right) ** 2).sum()),
        discordant=int((agreement < 0).sum()),
        tau=float(agreement.sum() / np.sqrt(tied[0] * tied[1])) if tied[0] and tied[1] else None,
        rho=profile_correlation(_mean_ranks(own), _mean_ranks(right)).estimate,
        n=own.size,
    )


def _mean_ranks(values: Floats) -> Floats:
    """From 1; tied values share the mean of their places."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Floats = np.cumsum(counts) - (counts - 1) / 2
    return means[place]


def _pairs_untied(values: Floats) -> int:
    _, counts = np.unique(values, return_counts=True)
    return int(values.size * (values.size - 1) // 2 - (counts * (counts - 1) // 2).sum())


# --- Rule points ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RulePoint:
    """What the rule `rule_id` of a key gave on a `dimension`.

    `points` is what it can give, `earned` what it gave (below 0 for harm).
    """

    rule_id: str
    dimension: str
    points: float
    earned: float


def total(points: Sequence[RulePoint], maximum: float) -> KeyScore:
    """Add up rule points to a proportion of what can be earned.

    Somebody who does nothing earns 0; acts that do harm subtract. `mean` is earned / maximum before the floor
    at 0 ("negative"), `n` the number of rules. `items` is empty.

    Shape: `points` (rules,), of one exercise and one dimension; `maximum` one number above 0, the most that
        the key gives.
    Unit: `estimate` = p, a proportion from 0 to 1.
    Formula: max(0, sum earned) / maximum, at most 1.
    Missing: not allowed; a rule that was not met is there with 0 earned.
    Raises: OutOfRange when more is earned than the maximum, a rule is there twice or the maximum is not above
        0; NotANumber for a missing number, text or infinity.
    Source: arithmetic; this house's own rule.

    >>> total([RulePoint("K01", "S1", 2, 2), RulePoint("K02", "S1", 2, 1), RulePoint("K03", "S1", 0, -1)], 4).p
    0.5
    """
    earned = complete([point.earned for point in points], "earned")
    above(maximum, 0, "maximum")
    if len({(point.rule_id, point.dimension) for point in points}) != len(points):
        raise OutOfRange("points: a rule is there twice")
    if earned.sum() > maximum + 1e-9:
        raise OutOfRange("points: more was earned than the maximum")
    share = float(earned.sum() / maximum)
    p = min(1.0, max(0.0, share))
    reasons = ("negative",) if share < 0 else ()
    return KeyScore(estimate=p, p=p, mean=share, items=(), n=len(points), reasons=reasons)


def scale_from_proportion(p: float | None) -> float | None:
    """Put a proportion on the scale from 1 to 5, by straight lines and never rounded.

    Shape: one number.
    Unit: `p` a proportion from 0 to 1; the result in points of the scale from 1 to 5.
    Formula: the lines go through 0 -> 1, .25 -> 1.5, .45 -> 2.5, .65 -> 3.5, .82 -> 4.5 and 1 -> 5
        (`SCALE_POINTS`).
    Missing: None or NaN stays missing: None.
    Raises: OutOfRange outside 0 to 1; NotANumber for text.
    Source: this house's own rule; linear interpolation.

    >>> scale_from_proportion(0.45), scale_from_proportion(0.35)
    (2.5, 2.0)
    """
    if p is None or is_missing(p):
        return None
    between(p, 0, 1, "p")
    given, reached = zip(*SCALE_POINTS, strict=True)
    return float(np.interp(p, given, reached))


def band_of(score: float | None, borders: Sequence[float] = BORDERS) -> str | None:
    """Code of the band in which a score on the scale from 1 to 5 lies, for words only.

    Shape: `score` one number; `borders` (3,), rising.
    Unit: points of the scale from 1 to 5; the result is one of `BANDS`.
    Formula: the number of borders at or below the score; a score on a border belongs to the higher band.
    Missing: a score of None or NaN gives None; the borders are complete.
    Raises: OutOfRange for a score off the scale or borders that are not three rising numbers; NotANumber for
        text or a missing border; WrongShape for borders with other axes.
    Source: this house's own rule.

    >>> band_of(1.7), band_of(1.75), band_of(3.0), band_of(4.2)
    ('starting_point', 'building', 'effective', 'strength')
    """
    steps = complete(borders, "borders", 1)
    if steps.size != len(BANDS) - 1 or (np.diff(steps) <= 0).any():
        raise OutOfRange("borders: needs three rising numbers")
    if score is None or is_missing(score):
        return None
    between(score, 1, 5, "score")
    return BANDS[int(np.searchsorted(steps, score + 1e-9))]
