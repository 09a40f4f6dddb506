"""Whole centres with a known truth, from a seed: for tests, for planning a centre, and for rehearsals."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring._checks import Bools, Floats, Ints, between, whole
from scoring.errors import OutOfRange, UnknownName
from scoring.table import RatingTable

MOST_RATINGS = 20_000_000
"""A larger centre would not fit into memory."""

THRESHOLDS = (-2.2, -0.8, 0.7, 2.3)

EFFECTS = (
    "lenient", "harsh", "central", "extreme", "erratic", "halo", "drifting", "biased_dimension", "biased_group",
)  # fmt: skip
"""Names of effects that can be planted in an assessor."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What was put into a simulated centre, in logits.

    `participants` (n,), `performances` (participants, exercises) = participant + participant x exercise,
    `profiles` (participants, dimensions) = participant x dimension, `assessors` severities as drawn (sum 0;
    a planted lenient or harsh one does not rate by it), `dimensions`, `exercises`, `thresholds`, and
    `planted`: assessor -> effect.
    """

    participants: Floats
    performances: Floats
    profiles: Floats
    assessors: Floats
    dimensions: Floats
    exercises: Floats
    thresholds: Floats
    planted: Mapping[Hashable, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Centre:
    """A simulated centre: its ratings (`table`) and its `truth`."""

    table: RatingTable
    truth: Truth


def centre(
    participants: int = 200,
    *,
    exercises: int = 3,
    dimensions: int = 6,
    assessors: int = 15,
    per_performance: int = 2,
    mean: float = 0.3,
    spread: float = 1.2,
    exercise_spread: float = 0.0,
    dimension_spread: float = 0.0,
    severity_spread: float = 0.4,
    planted: Mapping[int, str] | None = None,
    size: float = 1.0,
    windows: int = 3,
    seed: int | np.random.Generator = 0,
) -> Centre:
    """Simulate the ratings of a centre from the many-facet Rasch model, five categories.

    Each performance is rated by `per_performance` different assessors, drawn anew so that all get about
    equally many; participants take part in order, in `windows` windows of time; two groups, "A" and "B", are
    drawn by lot. `mean` and `spread` are those of the participants, `exercise_spread` and `dimension_spread`
    the SD of participant x exercise and participant x dimension, `severity_spread` that of the assessors.
    `seed` is a number or a generator; equal numbers give equal centres.

    `planted` is the number of an assessor, from 0 -> one of `EFFECTS`, `size` that of the effect. At 1:
    lenient and harsh a severity of 1 logit below or above the mean of the drawn ones, in place of their own;
    central thresholds 2 times as wide, extreme half as wide; erratic two fifths of the ratings at random;
    halo: all dimensions follow one impression; drifting and biased 1 logit harsher in the last window, on the
    first dimension, for group "B".

    Shape: single numbers; the table has participants x exercises x dimensions x per_performance rows.
    Unit: logits; the scores in points of a scale from 1 to 5.
    Formula: ln [P(k) / P(k-1)] = participant + participant x exercise + participant x dimension - dimension -
        exercise - assessor - tau_k, all but tau drawn from normal distributions.
    Missing: nothing is missing in what is made.
    Raises: OutOfRange for impossible numbers, fewer assessors than a performance needs or more than twenty
        million ratings; UnknownName for an effect or the number of its assessor; NotANumber for None or text
        as a mean, spread or seed.
    Source: Linacre (1989), Many-facet Rasch Measurement; Andrich (1978), Psychometrika 43, 561-573.

    >>> made = centre(10, assessors=4, seed=7)
    >>> made.table.n, made.truth.performances.shape
    (360, (10, 3))
    """
    counts = (participants, exercises, dimensions, assessors, per_performance, windows)
    if any(isinstance(one, bool) or not isinstance(one, (int, np.integer)) for one in counts):
        raise OutOfRange("centre: needs whole numbers")
    if not 1 <= min(counts) <= max(counts) <= 1_000_000 or per_performance > assessors:
        raise OutOfRange("centre: needs at least one of each, and enough assessors for a performance")
    if participants * exercises * dimensions * per_performance > MOST_RATINGS:
        raise OutOfRange(f"centre: at most {MOST_RATINGS} ratings")
    between(mean, -100, 100, "mean")
    for one in (spread, exercise_spread, dimension_spread, severity_spread, size):
        between(one, 0, 100, "spreads and size")
    if not isinstance(seed, np.random.Generator):
        seed = whole(seed, 0, 2**53, "seed")
    effects = dict(planted or {})
    for number, name in effects.items():
        if name not in EFFECTS or number not in range(assessors):
            raise UnknownName(f"planted: {number!r}: {name!r} is not an effect of an assessor of this centre")
    random = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(seed)
    person = mean + spread * random.standard_normal(participants)
    performance = person[:, None] + exercise_spread * random.standard_normal((participants, exercises))
    profile = dimension_spread * random.standard_normal((participants, dimensions))
    severity = _centred(severity_spread * random.standard_normal(assessors))
    harder = _centred(0.4 * random.standard_normal(dimensions))
    exercise = _centred(0.15 * random.standard_normal(exercises))
    who = _assign(participants * exercises, per_performance, assessors, random).reshape(
        participants, exercises, per_performance
    )
    p, e, k, d = (axis.ravel() for axis in np.indices((participants, exercises, per_performance, dimensions)))
    a = who[p, e, k]
    group = np.array(["A", "B"])[(random.random(participants) < 0.5).astype(int)]
    window = (np.arange(participants) * windows) // participants
    rates_by = severity.copy()
    for number, name in effects.items():
        if name in ("lenient", "harsh"):
            rates_by[number] = size if name == "harsh" else -size
    eta = performance[p, e] + profile[p, d] - harder[d] - exercise[e] - rates_by[a]
    category = _rate(
        eta, p, e, d, a, group[p] == "B", window[p] == windows - 1, harder, effects, size, random
    )
    truth = Truth(
        person, performance, profile, severity, harder, exercise, np.array(THRESHOLDS),
        {f"a{number + 1:03d}": name for number, name in effects.items()},
    )  # fmt: skip
    return Centre(
        RatingTable(
            _names("p", p, participants),
            _names("E", e, exercises),
            _names("D", d, dimensions),
            _names("a", a, assessors),
            category + 1.0,
            range(1, 6),
            window=_names("w", window[p], windows),
            group=group[p],
        ),
        truth,
    )


def _names(letter: str, codes: Ints, count: int) -> NDArray[np.str_]:
    digits = 3 if letter == "a" else max(1, len(str(count)))
    return np.array([f"{letter}{one + 1:0{digits}d}" for one in range(count)]).take(codes)


def _centred(values: Floats) -> Floats:
    return np.asarray(values - values.mean())


def _assign(units: int, each: int, assessors: int, random: np.random.Generator) -> Ints:
    """Give each unit `each` different assessors, with about equal loads: the freest first, ties by lot."""
    load = np.zeros(assessors)
    result = np.empty((units, each), dtype=np.int64)
    for unit in range(units):
        chosen = np.argsort(load + random.random(assessors), kind="stable")[:each]
        result[unit] = chosen
        load[chosen] += 1
    return result


def _rate(
    eta: Floats, p: Ints, e: Ints, d: Ints, a: Ints, is_b: Bools,
    is_last: Bools, harder: Floats, effects: Mapping[int, str], size: float, random: np.random.Generator,
) -> Ints:  # fmt: skip
    """Draw the categories; planted effects change what the model sees of one assessor's ratings."""
    cut = np.broadcast_to(np.concatenate([[0.0], np.cumsum(THRESHOLDS)]), (eta.size, 5)).copy()
    moved = eta.copy()
    for number, name in effects.items():
        own = a == number
        if name in ("central", "extreme"):
            cut[own] *= 1 + size if name == "central" else 1 / (1 + size)
        elif name == "drifting":
            moved[own & is_last] -= size
        elif name == "biased_dimension":
            moved[own & (d == 0)] -= size
        elif name == "biased_group":
            moved[own & is_b] -= size
        elif name == "halo":
            # One impression per performance: no differences between dimensions, less own luck per rating.
            unit = p * (int(e.max()) + 1) + e
            impression = 0.5 * size * random.standard_normal(int(unit.max()) + 1)
            moved[own] += harder[d[own]] + impression[unit[own]]
    logits = np.arange(5) * moved[:, None] - cut
    chance = np.exp(logits - logits.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    luck = random.random(eta.size)
    for number, name in effects.items():
        own = a == number
        if name == "halo":
            unit = p * (int(e.max()) + 1) + e
            shared = random.random(int(unit.max()) + 1)
            follows = own & (random.random(eta.size) < min(1.0, 0.7 * size))
            luck[follows] = shared[unit[follows]]
        elif name == "erratic":
            chance[own & (random.random(eta.size) < min(1.0, 0.4 * size))] = 0.2
    return np.asarray((chance.cumsum(axis=1) < luck[:, None]).sum(axis=1).clip(0, 4), dtype=np.int64)
