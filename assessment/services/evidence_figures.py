"""From the ratings of a centre to what its evidence page says: numbers in, frozen facts out, no database.

What is withheld, and from which number on it would be shown, is decided here, by :mod:`assessment.services.minimums`.
Bands are those of published sources (docs/evidence.md), judged by the least favourable end of the interval.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isfinite
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from assessment.sections.evidence.facts import (
    AMBER,
    GREEN,
    GREY,
    RED,
    Agreement,
    BetweenLanguages,
    Dependability,
    Difficulty,
    Effects,
    Evidence,
    Extent,
    Finding,
    Group,
    InLanguage,
    Keyed,
    Measured,
    Reactions,
    Shift,
    Source,
    Statement,
    Subset,
    Trial,
    Withheld,
)
from assessment.services import minimums
from assessment.services.evidence_material import KeyShare, Material, Score
from assessment.services.minimums import Minimum
from scoring import agreement, calibration, facets, fairness, generalizability, reliability
from scoring.errors import ScoringError
from scoring.results import Estimate
from scoring.table import RatingTable

SCALE = range(1, 6)
LEVEL = 0.95
DEPENDABLE = (0.75, 0.50)
"""G(q,k): green from, amber from. Koo & Li 2016."""
ALPHA = (0.80, 0.667)
"""Krippendorff 2004."""
EXACT, WITHIN_ONE = (0.60, 0.50), (0.95, 0.90)
"""Our policy, to be tuned on data."""
DECISION = (0.80, 0.70)
"""Reliability behind a decision; EFPA model."""
WANTED = DECISION[0]
SEVERE = (0.25, 0.50)
"""Points from the average assessor. Our policy; the standard error must be below half of the first."""
FIT, FIT_ACCEPTABLE = (0.7, 1.3), (0.5, 1.5)
"""Infit. Wright & Linacre 1994."""
EFFECTS = ("p", "pe", "pd", "ped", "r", "e", "d")
PARTS = {
    "p": "person",
    "pe": "person_exercise",
    "pd": "person_dimension",
    "ped": "person_both",
    "e": "exercise",
    "d": "dimension",
    "r": "assessor",
}
EXERCISES, ASSESSORS = range(2, 11), range(1, 5)
"""What a D-study tries."""
SHOWN_EXERCISES, SHOWN_ASSESSORS = (2, 3, 4, 5, 6, 8, 10), (1, 2, 3)
DRAWS = 2000
USUAL_SLOPE = 0.55
"""Points per logit in the middle of a five-point scale, where exercises are equally hard and tell no other."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Ratings:
    """Scores as columns of positions; no row without a score."""

    people: tuple[UUID, ...]
    assessors: tuple[UUID, ...]
    exercises: tuple[str, ...]
    dimensions: tuple[str, ...]
    p: Ints
    e: Ints
    d: Ints
    r: Ints
    score: Floats
    language: tuple[str | None, ...]
    """Of each row."""
    no_evidence: int

    def table(self, rows: NDArray[np.bool_] | None = None) -> RatingTable:
        keep = slice(None) if rows is None else rows
        return RatingTable(self.p[keep], self.e[keep], self.d[keep], self.r[keep], self.score[keep], SCALE)


def compute(material: Material, progress: Callable[[int, int], None] = lambda done, total: None) -> Evidence:
    """Everything that can be said about a centre; ``progress`` is told after each part."""
    steps = 5
    ratings = _columns(material.scores)
    extent = _extent(ratings, material)
    progress(1, steps)
    agreements, agreement_withheld = _agreement(ratings, extent)
    progress(2, steps)
    sources = _sources(ratings, extent)
    progress(3, steps)
    model = _model(ratings, extent)
    progress(4, steps)
    languages, between = _languages(ratings, material.keys)
    made = Evidence(
        extent=extent,
        agreement=agreements,
        agreement_withheld=agreement_withheld,
        sources=sources.sources,
        dependability=sources.dependability,
        sources_withheld=sources.withheld,
        sources_reasons=sources.reasons,
        subsets=model.subsets,
        effects=model.effects,
        effects_withheld=model.withheld,
        shift=model.shift,
        difficulty=model.difficulty,
        languages=languages,
        between_languages=between,
        keyed=_keyed(ratings, material.keys),
        groups=_groups(ratings, material.backgrounds),
        reactions=_reactions(material),
    )
    progress(5, steps)
    return made


# Reading.


def _columns(scores: Sequence[Score]) -> _Ratings:
    kept = [one for one in scores if one.score is not None]
    # As numbers, which sort as the ids do: an id of this many rows is looked up many times.
    by_person = [one.participant.int for one in kept]
    by_assessor = [one.assessor.int for one in kept]
    people, assessors = sorted(set(by_person)), sorted(set(by_assessor))
    exercises = tuple(sorted({one.exercise for one in kept}))
    dimensions = tuple(sorted({one.dimension for one in kept}))

    def places(labels: Sequence[Any], values: Iterable[Any]) -> Ints:
        at = {label: place for place, label in enumerate(labels)}
        return np.fromiter((at[value] for value in values), dtype=np.int64, count=len(kept))

    return _Ratings(
        tuple(UUID(int=number) for number in people),
        tuple(UUID(int=number) for number in assessors),
        exercises,
        dimensions,
        places(people, by_person),
        places(exercises, (one.exercise for one in kept)),
        places(dimensions, (one.dimension for one in kept)),
        places(assessors, by_assessor),
        np.array([one.score for one in kept], dtype=np.float64),
        tuple(one.language for one in kept),
        len(scores) - len(kept),
    )


def _extent(ratings: _Ratings, material: Material) -> Extent:
    performance = ratings.p * max(1, len(ratings.exercises)) + ratings.e
    raters = np.unique(performance * max(1, len(ratings.assessors)) + ratings.r)
    each, counts = np.unique(raters // max(1, len(ratings.assessors)), return_counts=True)
    twice = each[counts > 1]
    return Extent(
        participants=len(ratings.people),
        rated_twice=len(np.unique(twice // max(1, len(ratings.exercises)))),
        performances=len(each),
        performances_twice=len(twice),
        ratings=ratings.score.size,
        no_evidence=ratings.no_evidence,
        assessors=len(ratings.assessors),
        exercises=ratings.exercises,
        dimensions=ratings.dimensions,
        adjudicated=material.adjudicated,
        resolved=material.resolved,
        still_open=material.still_open,
        left_out=material.left_out,
    )


def _measured(found: Estimate, band: Callable[[float, float], str] | None = None) -> Measured:
    """An estimate as a frozen fact; its band by the interval."""
    if found.estimate is None:
        return Measured(n=found.n, reasons=found.reasons)
    low, high = found.interval or (None, None)
    colour = band(low, high) if band and low is not None and high is not None else GREY
    return Measured(found.estimate, low, high, found.n, colour, found.reasons)


def _at_least(limits: tuple[float, float]) -> Callable[[float, float], str]:
    """The band of something that should be high, by its lower limit."""
    return lambda low, _high: GREEN if low >= limits[0] else AMBER if low >= limits[1] else RED


def _severity_band(low: float, high: float) -> str:
    """The band of a severity by its near end: how far from the average it is at least."""
    near = max(0.0, low, -high)
    return GREEN if near <= SEVERE[0] else AMBER if near <= SEVERE[1] else RED


def _difference_band(low: float, high: float) -> str:
    return GREEN if low <= 0 <= high else AMBER


def lacking(minimum: Minimum, have: int) -> Withheld | None:
    """Why something is withheld; None where there is enough."""
    return None if have >= minimum.n else Withheld(minimum.needs, minimum.n, have)


# Agreement.


def _agreement(ratings: _Ratings, extent: Extent) -> tuple[tuple[Agreement, ...], Withheld | None]:
    withheld = lacking(minimums.PEOPLE_IN_GROUP_REPORT, extent.rated_twice)
    if withheld:
        return (), withheld
    made = [_agreement_of("all", ratings, np.ones(ratings.score.size, dtype=bool), "performances")]
    for place, exercise in enumerate(ratings.exercises):
        made.append(_agreement_of(exercise, ratings, ratings.e == place, "participants"))
    for place, dimension in enumerate(ratings.dimensions):
        made.append(_agreement_of(dimension, ratings, ratings.d == place, "performances"))
    return tuple(made), None


def _agreement_of(of: str, ratings: _Ratings, rows: NDArray[np.bool_], target: Any) -> Agreement:
    units, people = _units(ratings, rows)
    several = (~np.isnan(units)).sum(axis=1) > 1
    people_twice = np.unique(people[several]).size
    exact, near, owners = _pairs(units, people)
    few = lacking(minimums.PEOPLE_IN_GROUP_REPORT, people_twice)
    if few:
        return Agreement(of, Measured(), Measured(), Measured(), Measured(), Measured(), few)
    shares = [
        _measured(agreement.clustered_mean(one, owners, LEVEL), _at_least(limits))
        for one, limits in ((exact, EXACT), (near, WITHIN_ONE))
    ]
    shares = [_within(one, 0.0, 1.0) for one in shares]
    withheld = lacking(minimums.PEOPLE_RATED_TWICE, people_twice)
    if withheld:
        return Agreement(of, Measured(), Measured(), Measured(), shares[0], shares[1], withheld)
    found = reliability.icc_sparse(ratings.table(rows), target, LEVEL)
    single = Estimate(
        estimate=found.single,
        interval=found.single_interval,
        n=found.n,
        reasons=found.reasons,
    )
    alpha = agreement.weighted_alpha(units, SCALE, "quadratic", LEVEL, people)
    return Agreement(
        of,
        _measured(single, _at_least(DEPENDABLE)),
        _measured(found, _at_least(DEPENDABLE)),
        _measured(alpha, _at_least(ALPHA)),
        shares[0],
        shares[1],
    )


def _within(one: Measured, least: float, most: float) -> Measured:
    if one.low is None or one.high is None:
        return one
    return Measured(one.estimate, max(least, one.low), min(most, one.high), one.n, one.band, one.reasons)


def _units(ratings: _Ratings, rows: NDArray[np.bool_]) -> tuple[Floats, Ints]:
    """What was rated, participant x exercise x dimension, a row each with all scores it got; and whose it is."""
    p, e, d, score = (one[rows] for one in (ratings.p, ratings.e, ratings.d, ratings.score))
    cell = (p * len(ratings.exercises) + e) * len(ratings.dimensions) + d
    order = np.lexsort((ratings.r[rows], cell))
    cells, first, counts = np.unique(cell[order], return_index=True, return_counts=True)
    place = np.arange(order.size) - np.repeat(first, counts)
    units = np.full((cells.size, max(2, int(counts.max(initial=0)))), np.nan)
    units[np.repeat(np.arange(cells.size), counts), place] = score[order]
    return units, cells // (len(ratings.exercises) * len(ratings.dimensions))


def _pairs(units: Floats, people: Ints) -> tuple[Floats, Floats, Ints]:
    """Whether each pair of scores of the same is equal, and within one; and whose it is."""
    gaps, owners = [], []
    for first in range(units.shape[1]):
        for second in range(first + 1, units.shape[1]):
            gap = np.abs(units[:, first] - units[:, second])
            gaps.append(gap[~np.isnan(gap)])
            owners.append(people[~np.isnan(gap)])
    gap = np.concatenate(gaps)
    return (gap == 0).astype(float), (gap <= 1).astype(float), np.concatenate(owners)


# Sources of differences.


@dataclass(frozen=True)
class _Sources:
    sources: tuple[Source, ...] = ()
    dependability: tuple[Dependability, ...] = ()
    withheld: Withheld | None = None
    reasons: tuple[str, ...] = ()


def _sources(ratings: _Ratings, extent: Extent) -> _Sources:
    withheld = lacking(minimums.PEOPLE_RATED_TWICE, extent.rated_twice)
    if withheld:
        return _Sources(withheld=withheld)
    if min(len(ratings.exercises), len(ratings.dimensions), len(ratings.assessors)) < 2:
        return _Sources(reasons=("one_exercise_or_dimension",))
    try:
        study = generalizability.g_study_sparse(ratings.table(), EFFECTS, LEVEL)
    except ScoringError:
        return _Sources(reasons=("not_estimable",))
    if not study.components:
        return _Sources(reasons=study.reasons)
    found = study.variances
    total = sum(found.values()) or 1.0
    parts: list[Source] = []
    for effect, one in study.components.items():
        share = found.get(effect, 0.0) / total
        parts.append(Source(PARTS.get(effect, "rest"), _floor(_measured(one)), share))
    order = [*PARTS.values(), "rest"]
    parts.sort(key=lambda one: order.index(one.part))
    draws = _draws(study)
    dependability = tuple(
        _dependability(of, study, draws, ratings, extent) for of in ("whole", "dimension", "profile")
    )
    return _Sources(tuple(parts), dependability, None, study.reasons)


def _floor(one: Measured) -> Measured:
    """A variance is not below 0, whatever its interval says."""
    if one.low is None:
        return one
    return Measured(one.estimate, max(0.0, one.low), one.high, one.n, one.band, one.reasons)


def _dependability(
    of: str, study: generalizability.GStudy, draws: Floats | None, ratings: _Ratings, extent: Extent
) -> Dependability:
    """What a D-study says; intervals by drawing components from their estimated errors."""
    exercises = max(1, round(extent.performances / max(1, extent.participants)))
    assessors = 2 if extent.performances_twice * 2 >= extent.performances else 1
    dimensions = max(1, round(_per_performance(ratings)))

    def sizes(e: int, r: int) -> dict[str, int]:
        return {"e": e, "r": r, "d": dimensions if of == "whole" else 1}

    def at(e: int, r: int) -> Trial:
        found = _coefficient(study.variances, of, sizes(e, r))
        if draws is None or found is None:
            return Trial(e, r, found, None, None)
        drawn = _coefficients(study.components, draws, of, sizes(e, r))
        low, high = (float(one) for one in np.nanquantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))
        return Trial(e, r, found, min(low, found), max(high, found))

    def first(tried: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
        for e, r in tried:
            found = _coefficient(study.variances, of, sizes(e, r))
            if found is not None and found >= WANTED:
                return e, r
        return None

    here = at(exercises, assessors)
    more_exercises = first((e, assessors) for e in EXERCISES)
    more_assessors = first((exercises, r) for r in ASSESSORS)
    band = (
        _at_least(DECISION)(here.low, here.high) if here.low is not None and here.high is not None else GREY
    )
    return Dependability(
        of,
        Measured(here.reliability, here.low, here.high, extent.participants, band),
        exercises,
        assessors,
        tuple(at(e, r) for r, e in product(SHOWN_ASSESSORS, SHOWN_EXERCISES)),
        WANTED,
        more_exercises[0] if more_exercises else None,
        more_assessors[1] if more_assessors else None,
    )


def _per_performance(ratings: _Ratings) -> float:
    """How many dimensions are rated in an exercise, on average."""
    pairs = np.unique(ratings.e * len(ratings.dimensions) + ratings.d)
    return pairs.size / max(1, len(ratings.exercises))


def _coefficient(variances: Mapping[str, float], of: str, sizes: Mapping[str, int]) -> float | None:
    try:
        return generalizability.d_study(
            variances,
            sizes,
            fixed="d",
            differ="r",
            nested={"r": "e"},
            profile="d" if of == "profile" else None,
        ).estimate
    except ScoringError:
        return None


def _draws(study: generalizability.GStudy) -> Floats | None:
    """Components drawn from their estimated errors: (draws, components)."""
    if study.covariance is None:
        return None
    means = [one.estimate or 0.0 for one in study.components.values()]
    generator = np.random.default_rng(len(means))
    drawn = generator.multivariate_normal(
        means, np.array(study.covariance), size=DRAWS, check_valid="ignore", method="eigh"
    )
    return np.maximum(drawn, 0.0)


def _coefficients(components: Mapping[str, Any], draws: Floats, of: str, sizes: Mapping[str, int]) -> Floats:
    """The coefficient of each draw: a D-study is a ratio of sums, so its weights are asked for one effect at a time."""
    signal, error = np.zeros(len(draws)), np.zeros(len(draws))
    for place, effect in enumerate(components):
        found = generalizability.d_study(
            {effect: 1.0},
            sizes,
            fixed="d",
            differ="r",
            nested={"r": "e"},
            profile="d" if of == "profile" else None,
        )
        signal += draws[:, place] * found.universe
        error += draws[:, place] * found.relative_error
    whole = signal + error
    return np.where(whole > 0, signal / np.where(whole > 0, whole, 1.0), np.nan)


# The many-facet model.


@dataclass(frozen=True)
class _Model:
    subsets: tuple[Subset, ...] = ()
    effects: tuple[Effects, ...] = ()
    shift: Shift | None = None
    difficulty: tuple[Difficulty, ...] = ()
    withheld: Withheld | None = None


def _model(ratings: _Ratings, extent: Extent) -> _Model:
    """One model per connected subset of assessors, so that nothing is compared across them."""
    if not ratings.score.size:
        return _Model(withheld=lacking(minimums.PEOPLE_RATED_TWICE, 0))
    subsets = facets.connected_subsets(ratings.table())
    made: list[Subset] = []
    effects: list[Effects] = []
    shifts: list[float] = []
    difficulty: tuple[Difficulty, ...] = ()
    for number, one in enumerate(subsets, start=1):
        rows = np.isin(ratings.r, np.array(one.assessors, dtype=np.int64))
        twice = _twice(ratings, rows)
        people = np.unique(ratings.p[rows]).size
        withheld = lacking(minimums.PEOPLE_RATED_TWICE, twice)
        fitted = None if withheld else _fitted(ratings, rows)
        made.append(
            Subset(number, len(one.assessors), people, len(one.performances), _spread(fitted), withheld)
        )
        effects += _effects(ratings, rows, number, fitted, withheld)
        if fitted is not None:
            shifts += [shift.points for shift in facets.fair_shifts(fitted)]
            if len(subsets) == 1:
                difficulty = _difficulty(ratings, fitted)
    effects.sort(key=lambda one: one.assessor)
    return _Model(
        tuple(made),
        tuple(effects),
        _shift(shifts),
        difficulty,
        lacking(minimums.PEOPLE_RATED_TWICE, extent.rated_twice),
    )


def _twice(ratings: _Ratings, rows: NDArray[np.bool_]) -> int:
    """How many participants two of these assessors rated in one exercise at least."""
    wide = len(ratings.assessors)
    done = ratings.p[rows] * len(ratings.exercises) + ratings.e[rows]
    each, counts = np.unique(np.unique(done * wide + ratings.r[rows]) // wide, return_counts=True)
    return np.unique(each[counts > 1] // len(ratings.exercises)).size


def _fitted(ratings: _Ratings, rows: NDArray[np.bool_]) -> facets.Fit | None:
    try:
        fitted = facets.fit(ratings.table(rows), level=LEVEL)
    except ScoringError:
        return None
    return fitted if "assessor" in fitted.facets else None


def _spread(fitted: facets.Fit | None) -> Measured:
    """How far assessors lie apart beyond error, in points."""
    if fitted is None:
        return Measured()
    found = [one for one in facets.severities(fitted) if one.estimate is not None]
    if len(found) < 2:
        return Measured()
    gaps = np.array([one.estimate for one in found], dtype=float)
    noise = float(np.mean([(one.standard_error or 0.0) ** 2 for one in found]))
    return Measured(float(np.sqrt(max(0.0, float(gaps.var(ddof=1)) - noise))), n=len(found))


def _effects(
    ratings: _Ratings,
    rows: NDArray[np.bool_],
    number: int,
    fitted: facets.Fit | None,
    withheld: Withheld | None,
) -> list[Effects]:
    counted = _counted(ratings, rows)
    if fitted is None:
        return [
            Effects(str(ratings.assessors[place]), number, done, given, withheld=withheld)
            for place, (done, given) in counted.items()
        ]
    flags: dict[Any, list[Finding]] = {}
    for flag in facets.screen(fitted):
        if flag.effect not in ("lenient", "harsh"):
            where = "" if flag.where is None else ratings.dimensions[int(str(flag.where))]
            flags.setdefault(flag.assessor, []).append(Finding(flag.effect, where))
    widths = {one.assessor: one.z for one in facets.spread(fitted)}
    halos = {one.assessor: one.z for one in facets.halo(fitted)}
    elements = fitted.facets["assessor"]
    made = []
    for one in facets.severities(fitted, LEVEL):
        place = int(str(one.assessor))
        done, given = counted[place]
        few = lacking(minimums.RATINGS_PER_ASSESSOR, given)
        if few:
            made.append(Effects(str(ratings.assessors[place]), number, done, given, withheld=few))
            continue
        severity = _measured(one, _severity_band)
        if one.standard_error is not None and one.standard_error > SEVERE[0] / 2:
            severity = Measured(n=one.n, reasons=("too_uncertain",))
        infit = float(elements.infit[elements.at(one.assessor)])
        made.append(
            Effects(
                str(ratings.assessors[place]),
                number,
                done,
                given,
                one.raw,
                one.fair,
                severity,
                infit if isfinite(infit) else None,
                _fit_band(infit),
                widths.get(one.assessor),
                halos.get(one.assessor),
                (*_severe(severity), *flags.get(one.assessor, ())),
            )
        )
    return made


def _counted(ratings: _Ratings, rows: NDArray[np.bool_]) -> dict[int, tuple[int, int]]:
    """Performances and scores of each assessor among these rows."""
    own = ratings.r[rows]
    done = ratings.p[rows] * len(ratings.exercises) + ratings.e[rows]
    return {
        int(place): (np.unique(done[own == place]).size, int((own == place).sum()))
        for place in np.unique(own)
    }


def _fit_band(infit: float) -> str:
    if not isfinite(infit):
        return GREY
    if FIT[0] <= infit <= FIT[1]:
        return GREEN
    return AMBER if FIT_ACCEPTABLE[0] <= infit <= FIT_ACCEPTABLE[1] else RED


def _severe(severity: Measured) -> tuple[Finding, ...]:
    if severity.band not in (AMBER, RED) or severity.estimate is None:
        return ()
    return (Finding("harsh" if severity.estimate > 0 else "lenient"),)


def _shift(points: Sequence[float]) -> Shift | None:
    """Counts only: no participant is named, and none can be told."""
    if len(points) < minimums.PEOPLE_RATED_TWICE.n:
        return None
    off = np.abs(np.array(points))
    return Shift(
        int((off < 0.1).sum()),
        int(((off >= 0.1) & (off < 0.25)).sum()),
        int((off >= 0.25).sum()),
        float(off.max()),
    )


def _difficulty(ratings: _Ratings, fitted: facets.Fit) -> tuple[Difficulty, ...]:
    elements = fitted.facets.get("exercise")
    if elements is None:
        return ()
    slope = _points_per_logit(elements)
    made = []
    for place, exercise in enumerate(ratings.exercises):
        rows = ratings.e == place
        people = np.unique(ratings.p[rows]).size
        at = elements.at(place)
        fair, error = float(elements.fair_average[at]), float(elements.standard_errors[at]) * slope
        value = Measured(n=people, reasons=("no_finite_measure",))
        if isfinite(fair) and isfinite(error) and people >= minimums.PEOPLE_PER_GROUP.n:
            value = Measured(fair, fair - 1.96 * error, fair + 1.96 * error, people)
        made.append(Difficulty(exercise, people, float(ratings.score[rows].mean()), value))
    return tuple(made)


def _points_per_logit(elements: facets.Elements) -> float:
    known = np.isfinite(elements.measures) & np.isfinite(elements.fair_average)
    x, y = elements.measures[known], elements.fair_average[known]
    spread = float(((x - x.mean()) ** 2).sum()) if x.size else 0.0
    if spread < 1e-9:
        return USUAL_SLOPE
    return abs(float(((x - x.mean()) * (y - y.mean())).sum()) / spread)


# Languages (T5).


def _languages(
    ratings: _Ratings, keys: Sequence[KeyShare]
) -> tuple[tuple[InLanguage, ...], tuple[BetweenLanguages, ...]]:
    made: list[InLanguage] = []
    between: list[BetweenLanguages] = []
    for exercise, by_key, groups in _by_language(ratings, keys):
        for language, values in sorted(groups.items()):
            withheld = lacking(minimums.PEOPLE_IN_GROUP_REPORT, len(values))
            mean = Measured(n=len(values)) if withheld else _measured(agreement.clustered_mean(values))
            shown = len(values) if len(values) >= minimums.PEOPLE_PER_CELL.n else 0
            made.append(InLanguage(exercise, by_key, language, shown, mean, withheld))
        if len(groups) == 2:
            first, second = sorted(groups)
            few = _few_in_group(min(len(one) for one in groups.values()))
            found = (
                Measured()
                if few
                else _measured(
                    fairness.mean_difference(groups[second], groups[first], LEVEL), _difference_band
                )
            )
            between.append(BetweenLanguages(exercise, by_key, first, second, found, few))
    return tuple(made), tuple(between)


def _by_language(
    ratings: _Ratings, keys: Sequence[KeyShare]
) -> Iterable[tuple[str, bool, dict[str, list[float]]]]:
    """Each exercise as it was rated, and as keys scored it: the means of its participants by language."""
    rated: dict[str, dict[tuple[str, int], list[float]]] = {}
    for e, p, score, language in zip(
        ratings.e.tolist(), ratings.p.tolist(), ratings.score.tolist(), ratings.language, strict=True
    ):
        if language:
            rated.setdefault(ratings.exercises[e], {}).setdefault((language, p), []).append(score)
    keyed: dict[str, dict[tuple[str, Any], list[float]]] = {}
    for one in keys:
        if one.language:
            keyed.setdefault(one.exercise, {}).setdefault((one.language, one.participant), []).append(
                one.proportion
            )
    for by_key, found in ((False, rated), (True, keyed)):
        for exercise, people in sorted(found.items()):
            groups: dict[str, list[float]] = {}
            for (language, _person), scores in sorted(people.items(), key=lambda item: str(item[0])):
                groups.setdefault(language, []).append(sum(scores) / len(scores))
            yield exercise, by_key, groups


def _few_in_group(least: int) -> Withheld | None:
    """Why groups are not compared; of fewer than five not even how many they are, for everybody knows who that is."""
    few = lacking(minimums.PEOPLE_PER_GROUP, least)
    return replace(few, have=-1) if few and least < minimums.PEOPLE_PER_CELL.n else few


# Keys beside assessors.


def _keyed(ratings: _Ratings, keys: Sequence[KeyShare]) -> tuple[Keyed, ...]:
    people = {person: place for place, person in enumerate(ratings.people)}
    units, owners = _means(ratings)
    gaps: dict[tuple[str, str], list[float]] = {}
    for one in keys:
        if one.score is None or one.participant not in people:
            continue
        if one.exercise not in ratings.exercises or one.dimension not in ratings.dimensions:
            continue
        cell = (
            people[one.participant] * len(ratings.exercises) + ratings.exercises.index(one.exercise)
        ) * len(ratings.dimensions) + ratings.dimensions.index(one.dimension)
        at = int(np.searchsorted(owners, cell))
        if at < owners.size and owners[at] == cell:
            gaps.setdefault((one.exercise, one.dimension), []).append(one.score - float(units[at]))
    made = []
    for (exercise, dimension), found in sorted(gaps.items()):
        withheld = lacking(minimums.PEOPLE_PER_GROUP, len(found))
        value = Measured() if withheld else _measured(agreement.clustered_mean(found))
        made.append(Keyed(exercise, dimension, len(found), value, withheld))
    return tuple(made)


def _means(ratings: _Ratings) -> tuple[Floats, Ints]:
    cell = (ratings.p * max(1, len(ratings.exercises)) + ratings.e) * max(
        1, len(ratings.dimensions)
    ) + ratings.d
    cells, inside, counts = np.unique(cell, return_inverse=True, return_counts=True)
    return np.bincount(inside, weights=ratings.score, minlength=cells.size) / counts, cells


# Groups of participants (F1 to F5).


def _groups(ratings: _Ratings, backgrounds: Mapping[UUID, Mapping[str, str]]) -> tuple[Group, ...]:
    """Each group against the largest of its trait, on the mean of a participant's first-round ratings."""
    size = max(1, len(ratings.people))
    counts = np.bincount(ratings.p, minlength=size)
    means = np.bincount(ratings.p, weights=ratings.score, minlength=size) / np.maximum(counts, 1)
    traits: dict[str, dict[str, list[float]]] = {}
    for place, person in enumerate(ratings.people):
        for trait, group in backgrounds.get(person, {}).items():
            traits.setdefault(trait, {}).setdefault(group, []).append(float(means[place]))
    made: list[Group] = []
    for trait, groups in sorted(traits.items()):
        largest = max(sorted(groups), key=lambda name: len(groups[name]))
        for name, values in sorted(groups.items()):
            if name != largest:
                made.append(_group(trait, name, largest, values, groups[largest]))
    return tuple(made)


def _group(trait: str, name: str, largest: str, values: list[float], against: list[float]) -> Group:
    few = _few_in_group(min(len(values), len(against)))
    if few:
        shown = len(values) if len(values) >= minimums.PEOPLE_PER_CELL.n else None
        return Group(trait, name, largest, shown, withheld=few)
    found = fairness.mean_difference(values, against, LEVEL)
    return Group(trait, name, largest, len(values), _measured(found, _difference_band))


# Reactions.


def _reactions(material: Material) -> Reactions:
    withheld = lacking(minimums.RESPONDENTS, material.answered)
    if withheld:
        return Reactions(0, 0, (), withheld)
    return Reactions(
        material.answered,
        material.shown,
        tuple(_statement(name, values) for name, values in material.reactions.items()),
    )


def _statement(name: str, values: Sequence[int]) -> Statement:
    withheld = lacking(minimums.RESPONDENTS, len(values))
    if withheld:
        return Statement(name, 0, Measured(), Measured(), withheld)
    mean = _within(_measured(agreement.clustered_mean(values)), 1.0, 5.0)
    agree = calibration.proportion(sum(one >= 4 for one in values), len(values), LEVEL)
    return Statement(name, len(values), mean, _measured(agree))
