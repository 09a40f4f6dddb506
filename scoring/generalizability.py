"""Generalizability theory: where the differences between ratings come from, and what more of what would bring.

Facets are single letters: p participant, e exercise, d dimension, r assessor (rater), or others in designs of
one's own. An effect is the letters it varies over: "pe" is participant x exercise. The effect with the most
letters is mixed with random error.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise, product

import numpy as np
from numpy.typing import ArrayLike

from scoring import _laws
from scoring._checks import Floats, between, complete, confidence, listed, number, numbers, whole
from scoring._reml import Term, fit_reml
from scoring.errors import UnknownName, WrongShape
from scoring.results import Estimate
from scoring.table import RatingTable, cross

LETTERS = {"p": "participant", "e": "exercise", "d": "dimension", "r": "assessor"}
"""What the letters mean in a rating table."""


@dataclass(frozen=True, kw_only=True)
class GStudy:
    """Variance components by effect, in squared points of the scale.

    `components`: effect -> Estimate. A negative component is given as it was estimated, with the reason
    "negative"; `variances` has it at 0, which is what a D-study uses. `n` of a component: its degrees of
    freedom (analysis of variance) or its levels (REML). `sizes`: levels of each letter. `grand_mean` in
    points. `mean_squares` are
    None for REML, `criterion` (-2 restricted log-likelihood) is None for the analysis of variance.
    `effects`: predicted effects of the participants, in the order of the table's sorted labels (REML only).
    `covariance` of the components, in their order, 0 for those at zero; None where it is as good as singular
    (REML only).
    `n` = ratings. `reasons` say why components are missing.
    """

    components: Mapping[str, Estimate]
    sizes: Mapping[str, int]
    grand_mean: float | None
    n: int
    mean_squares: Mapping[str, float] | None = None
    criterion: float | None = None
    effects: tuple[float, ...] = ()
    covariance: tuple[tuple[float, ...], ...] | None = None
    reasons: tuple[str, ...] = ()

    @property
    def variances(self) -> dict[str, float]:
        """Components with negative ones at 0; those that could not be estimated are left out."""
        found = {name: one.estimate for name, one in self.components.items()}
        return {name: max(0.0, value) for name, value in found.items() if value is not None}


# --- Balanced designs: analysis of variance -------------------------------------------------------------


def g_study(data: ArrayLike | RatingTable, design: str = "p x r", level: float = 0.95) -> GStudy:
    """Estimate variance components of a balanced design from mean squares.

    `design` is letters joined by x; "r:t" means r nested in t. For instance "p x r", "p x e x d", "p x (r:t)"
    with an array of shape (p, r, t). `level` is that of the intervals, estimate -+ z * standard error. With a
    single level of a letter, or fewer than two participants, nothing is estimated ("one_level");
    "no_variation" when all ratings are equal.

    Shape: `data` an array with one axis per letter, in the order of the letters in `design`; or a RatingTable
        for designs of the letters p, e, d, r with exactly one rating in each cell.
    Unit: squared points of the scale.
    Formula: every effect's component solves EMS(effect) = sum over the effects that contain it of the
        component times the sizes of the letters it lacks; standard errors sqrt(sum c^2 2 MS^2 / (df + 2)), c
        the weights of the mean squares.
    Missing: a participant (first axis) with a missing value (NaN or None) is left out ("incomplete").
    Raises: UnknownName for a design that cannot be read or a letter that the table lacks; WrongShape for
        other axes or unbalanced tables (use `g_study_sparse`); NotANumber for text or infinity; OutOfRange
        for an impossible level or numbers beyond 1e12.
    Source: Cronbach, Gleser, Nanda & Rajaratnam (1972), The Dependability of Behavioral Measurements; Brennan
        (2001), Generalizability Theory; Searle (1971), Linear Models (standard errors).

    The table of Shrout & Fleiss (1979): six targets, four assessors.

    >>> study = g_study([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> {name: round(one.estimate, 4) for name, one in study.components.items()}
    {'p': 2.5556, 'r': 5.2444, 'pr': 1.0194}
    """
    confidence(level)
    letters, parents = _read(design)
    array = _array(data, letters) if isinstance(data, RatingTable) else numbers(data, "data")
    if array.ndim != len(letters):
        raise WrongShape(f"data: design {design!r} needs {len(letters)} axes, has {array.ndim}")
    whole = ~np.isnan(array).any(axis=tuple(range(1, array.ndim)))
    reasons = () if whole.all() else ("incomplete",)
    array = array[whole]
    sizes = dict(zip(letters, array.shape, strict=True))
    if min(array.shape) < 2:
        return GStudy(
            components={}, sizes=sizes, grand_mean=None, n=array.size, reasons=(*reasons, "one_level")
        )
    effects = _effects(letters, parents)
    degrees = np.array([_degrees(one, sizes, parents) for one in effects], dtype=float)
    squares = np.array([_square(array, letters, one, parents) for one in effects]) / degrees
    expected = np.array(
        [
            [_times(sizes, set(letters) - set(other)) if set(one) <= set(other) else 0.0 for other in effects]
            for one in effects
        ]
    )
    inverse = np.linalg.inv(expected)
    values = inverse @ squares
    errors = np.sqrt((inverse**2) @ (2 * squares**2 / (degrees + 2)))
    half = float(_laws.normal_quantile((1 + level) / 2))
    return GStudy(
        components={
            name: Estimate(
                estimate=float(value),
                standard_error=float(error),
                interval=(float(value - half * error), float(value + half * error)),
                n=int(free),
                reasons=("negative",) if value < 0 else (),
            )
            for name, value, error, free in zip(effects, values, errors, degrees, strict=True)
        },
        sizes=sizes,
        grand_mean=float(array.mean()),
        n=array.size,
        mean_squares=dict(zip(effects, squares.tolist(), strict=True)),
        reasons=(*reasons, "no_variation") if np.ptp(array) == 0 else reasons,
    )


def _read(design: str) -> tuple[list[str], dict[str, str]]:
    """Return the letters in order, and for each nested letter the one it is nested in."""
    if not isinstance(design, str):
        raise UnknownName("design: needs text such as 'p x r'")
    letters: list[str] = []
    parents: dict[str, str] = {}
    for part in design.replace(" ", "").split("x"):
        chain_ = part.strip("()").split(":")
        letters += chain_
        parents |= dict(pairwise(chain_))
    if (
        len(set(letters)) != len(letters)
        or len(letters) < 2
        or not all(len(x) == 1 and x.isalpha() for x in letters)
    ):
        raise UnknownName(f"design: cannot read {design!r}; write for instance 'p x e x d' or 'p x (r:t)'")
    return letters, parents


def _effects(letters: Sequence[str], parents: Mapping[str, str]) -> list[str]:
    subsets = chain.from_iterable(combinations(letters, size) for size in range(1, len(letters) + 1))
    return ["".join(one) for one in subsets if all(parents.get(x, x) in one for x in one)]


def _primary(effect: str, parents: Mapping[str, str]) -> set[str]:
    """Letters of an effect in which no other of its letters is nested."""
    return set(effect) - {parents[letter] for letter in effect if letter in parents}


def _degrees(effect: str, sizes: Mapping[str, int], parents: Mapping[str, str]) -> int:
    primary = _primary(effect, parents)
    return int(np.prod([sizes[x] - 1 if x in primary else sizes[x] for x in effect]))


def _times(sizes: Mapping[str, int], letters: Collection[str]) -> float:
    return float(np.prod([sizes[x] for x in letters])) if letters else 1.0


def _square(array: Floats, letters: Sequence[str], effect: str, parents: Mapping[str, str]) -> float:
    """Sum of squares: average over letters not in the effect, centre over its primary letters."""
    part, primary = array, _primary(effect, parents)
    for axis, letter in enumerate(letters):
        mean = part.mean(axis=axis, keepdims=True)
        if letter not in effect:
            part = mean
        elif letter in primary:
            part = part - mean
    return float((part**2).sum()) * array.size / part.size


def _array(table: RatingTable, letters: Sequence[str]) -> Floats:
    unknown = set(letters) - set(LETTERS)
    if unknown:
        raise UnknownName(f"design: a table has no letter {', '.join(sorted(unknown))}")
    facets = [table.facet(LETTERS[letter]) for letter in letters]
    shape = tuple(len(facet.levels) for facet in facets)
    at = (
        np.ravel_multi_index([facet.codes for facet in facets], shape)
        if table.n
        else np.zeros(0, dtype=np.int64)
    )
    if table.n != np.prod(shape) or np.unique(at).size != table.n:
        raise WrongShape("data: not exactly one rating in each cell; use g_study_sparse")
    result = np.empty(shape)
    result.ravel()[at] = table.score
    return result


# --- Sparse designs: REML -------------------------------------------------------------------------------

SPARSE_EFFECTS = ("p", "pe", "pd", "r", "e", "d", "rd")


def g_study_sparse(table: RatingTable, effects: Sequence[str] | None = None, level: float = 0.95) -> GStudy:
    """Estimate variance components of any design, balanced or not, by restricted maximum likelihood (REML).

    `effects` are words of the letters p, e, d, r. None: p, pe, pd, r, e, d, rd, and ped when at least half of
    the cells participant x exercise x dimension have two ratings, so that a D-study does not divide it by the
    number of assessors. p is always there. Effects with letters that the table lacks or that have a single
    level, and effects as fine as the ratings themselves, are left out. The residual is named by all letters
    of the table, for instance "pedr": it holds the interactions that are not in `effects` and random error.
    `level` is that of the intervals, estimate -+ z * standard error (average information; none at 0).

    Components are at least 0; one at 0 has the reason "at_zero". Reasons of the whole:
    "too_few_participants", "no_variation", "one_rating_each" (nothing to tell participants from error by),
    "not_converged". Effects within a participant are absorbed, the others solved as one dense matrix; cost
    grows with the number of participants.

    Shape: `table`, one row per rating.
    Unit: squared points of the scale.
    Formula: score = mean + one random effect for each of `effects` + residual.
    Missing: the table has dropped missing ratings; any pattern can be fitted.
    Raises: UnknownName for other letters; OutOfRange or NotANumber for an impossible level.
    Source: Patterson & Thompson (1971), Biometrika 58, 545-554.

    >>> participant, exercise, assessor = zip(*[(p, e, a) for p in "abc" for e in "xy" for a in "AB"])
    >>> table = RatingTable(participant, exercise, None, assessor, [1, 2, 2, 2, 3, 3, 4, 3, 5, 5, 4, 5], range(1, 6))
    >>> study = g_study_sparse(table)
    >>> sorted(study.components), study.n
    (['e', 'p', 'pe', 'per', 'r'], 12)
    """
    confidence(level)
    if any(not isinstance(one, str) or set(one) - set(LETTERS) or not one for one in effects or ()):
        raise UnknownName(f"effects: only the letters {', '.join(LETTERS)}")
    sizes = {letter: len(table.facet(name).levels) for letter, name in LETTERS.items() if table.has(name)}
    residual = "".join(letter for letter in LETTERS if sizes.get(letter, 0) > 1 or letter == "p")
    if residual == "p":
        residual = "pr"  # ratings that differ in nothing that the table names
    reason = (
        "too_few_participants" if sizes["p"] < 2 else "no_variation" if np.ptp(table.score) == 0 else None
    )
    if reason:
        return GStudy(components={}, sizes=sizes, grand_mean=None, n=table.n, reasons=(reason,))
    terms: dict[str, Term] = {}
    chosen = (
        (*SPARSE_EFFECTS, *(("ped",) if _is_replicated(table, sizes) else ())) if effects is None else effects
    )
    for effect in dict.fromkeys(("p", *chosen)):
        if all(sizes.get(letter, 0) > 1 for letter in effect) and effect != residual:
            term = _term(table, effect)
            if term.size < table.n:
                terms[effect] = term
    if "p" not in terms:
        return GStudy(components={}, sizes=sizes, grand_mean=None, n=table.n, reasons=("one_rating_each",))
    nested = [terms[name] for name in terms if "p" in name]
    fitted = fit_reml(table.score, nested, [terms[name] for name in terms if "p" not in name])
    half = float(_laws.normal_quantile((1 + level) / 2))
    components = {}
    for place, name in enumerate(fitted.names):
        value = fitted.variances[name]
        variance = 0.0 if fitted.covariance is None else float(fitted.covariance[place, place])
        error = float(np.sqrt(variance)) if variance > 0 else None
        levels = table.n if name == "residual" else terms[name].size
        components[residual if name == "residual" else name] = Estimate(
            estimate=value,
            standard_error=error,
            interval=None if error is None else (value - half * error, value + half * error),
            n=levels,
            reasons=("at_zero",) if value == 0 else (),
        )
    return GStudy(
        components=components,
        sizes=sizes,
        grand_mean=fitted.intercept,
        n=table.n,
        criterion=fitted.criterion,
        effects=tuple(fitted.effects["p"].tolist()),
        covariance=None if fitted.covariance is None else tuple(map(tuple, fitted.covariance.tolist())),
        reasons=() if fitted.is_converged else ("not_converged",),
    )


def _is_replicated(table: RatingTable, sizes: Mapping[str, int]) -> bool:
    if not all(sizes.get(letter, 0) > 1 for letter in "edr"):
        return False
    term = _term(table, "ped")
    return bool((np.bincount(term.codes) > 1).mean() >= 0.5)


def _term(table: RatingTable, effect: str) -> Term:
    facet = table.facet(LETTERS[effect[0]])
    for letter in effect[1:]:
        facet = cross(facet, table.facet(LETTERS[letter]))
    return Term(effect, facet.codes, len(facet.levels))


# --- D-study --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DStudy(Estimate):
    """What a procedure of given sizes would bring.

    `estimate` = E rho^2 = tau / (tau + relative error), for comparing participants; `phi` = tau / (tau +
    absolute error), for comparing with a standard. `universe` is tau, `relative_error` and `absolute_error`
    are variances in squared points; their roots are standard errors of measurement. `sizes` as given.
    """

    phi: float | None
    universe: float
    relative_error: float
    absolute_error: float
    sizes: Mapping[str, int]

    def phi_of_cut(self, mean: float, cut: float) -> float | None:
        """Dependability of decisions at a cut, by how far the mean of the participants lies from it.

        None when nothing varies.

        Shape: two numbers.
        Unit: `mean` and `cut` in points of the scale; the result none.
        Formula: [tau + (mean - cut)^2] / [tau + (mean - cut)^2 + absolute error].
        Missing: not allowed.
        Raises: NotANumber for NaN, None, text or infinity; OutOfRange beyond 1e12.
        Source: Brennan & Kane (1977), Journal of Educational Measurement 14, 277-289.

        >>> d_study({"p": 0.5, "pr": 0.5}, {"r": 1}).phi_of_cut(mean=4.0, cut=3.0)
        0.75
        """
        gap = number(mean, "mean") - number(cut, "cut")
        signal = self.universe + gap**2
        total = signal + self.absolute_error
        return signal / total if total > 0 else None


def d_study(
    components: GStudy | Mapping[str, float],
    sizes: Mapping[str, int],
    fixed: Collection[str] = (),
    differ: Collection[str] = (),
    nested: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> DStudy:
    """Work out the error and reliability of a procedure from variance components.

    `fixed` letters are what the scores are about and not sampled from, such as "d" for a mean over this
    centre's dimensions (with `sizes` d = 1: one dimension); their interaction with p is universe-score
    variance. Of `differ` letters participants have different levels, such as "r" when assessors rotate: their
    other effects then belong to the relative error too. `nested` is letter -> letter in which each has levels
    of its own, such as {"r": "e"} when every exercise has other assessors; `sizes` of r is then the number
    per exercise. `profile` is a fixed letter; the scores are then the *differences* between its levels within
    a participant (a profile of dimensions), each level by itself. Undefined ("no_variation") when tau and
    error are both 0.

    Shape: `components` a GStudy, or effect -> variance; `sizes` letter -> how many the procedure has, for
        each letter of the components but p.
    Unit: `universe` and the errors in squared points of the scale; the coefficients none.
    Formula: E rho^2 = tau / (tau + relative error), phi = tau / (tau + absolute error). tau = the effects of
        p with fixed letters only, each divided by its sizes; relative error: effects with p and some letter
        that is not fixed; absolute error: also the effects of such letters without p.
    Missing: a component that a GStudy could not estimate is left out; a negative one counts as 0
        ("negative").
    Raises: OutOfRange for sizes that are not whole or below 1; UnknownName for a letter without size;
        NotANumber for a missing component, text or infinity; WrongShape for components that are no numbers.
    Source: Brennan (2001), Generalizability Theory, chapters 4 to 6.

    Three exercises with two assessors each, six dimensions, assessors that rotate: mean over dimensions.

    >>> typical = {"p": .30, "pe": .25, "pd": .05, "ped": .20, "r": .06, "rd": .02, "pedr": .20}
    >>> study = d_study(typical, {"e": 3, "r": 2, "d": 6}, fixed="d", differ="r", nested={"r": "e"})
    >>> round(study.estimate, 2)
    0.74
    """
    raw = (
        {name: one.estimate for name, one in components.components.items() if one.estimate is not None}
        if isinstance(components, GStudy)
        else dict(components)
    )
    if not all(isinstance(name, str) for name in raw):
        raise UnknownName("components: effects are named by letters")
    values = dict(zip(raw, complete(list(raw.values()), "components", 1).tolist(), strict=True))
    _check_sizes(values, sizes, nested or {})
    reasons = ("negative",) if any(value < 0 for value in values.values()) else ()
    stays = set(fixed) | ({profile} if profile else set())
    within = nested or {}
    tau = relative = absolute = 0.0
    for effect, raw_value in values.items():
        letters = set(effect)
        if profile and profile not in letters:
            continue
        drawn = letters - {"p"} - stays
        owners = {within[letter] for letter in letters if letter in within}
        divisor = _times(sizes, (letters | owners) - {"p"} - ({profile} if profile else set()))
        part = max(0.0, raw_value) / divisor
        if not drawn:
            tau += part if "p" in letters else 0.0
            continue
        absolute += part
        if "p" in letters or letters & set(differ):
            relative += part
    if tau + absolute <= 0:
        return DStudy(
            estimate=None, phi=None, universe=tau, relative_error=relative, absolute_error=absolute,
            sizes=dict(sizes), reasons=(*reasons, "no_variation"),
        )  # fmt: skip
    return DStudy(
        estimate=tau / (tau + relative) if tau + relative > 0 else None,
        phi=tau / (tau + absolute),
        universe=tau,
        relative_error=relative,
        absolute_error=absolute,
        sizes=dict(sizes),
        reasons=reasons,
    )


def _check_sizes(values: Mapping[str, float], sizes: Mapping[str, int], nested: Mapping[str, str]) -> None:
    if not all(isinstance(one, str) and len(one) == 1 for pair in nested.items() for one in pair):
        raise UnknownName("nested: letter -> letter")
    missing = set("".join(values)) | {owner for letter, owner in nested.items() if letter in "".join(values)}
    missing -= {"p", *sizes}
    if missing:
        raise UnknownName(f"sizes: none for {listed(missing)}")
    for letter, size in sizes.items():
        whole(size, 1, 1_000_000, f"size of {letter}")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many of what for a wanted reliability.

    `studies`: a D-study for each combination that was tried; `now` that of the sizes given; `smallest` the
    one with the fewest ratings that reaches the wanted reliability (None: none does); `more_exercises` and
    `more_assessors` the same when only that number changes. `sentence` says it in plain English.
    """

    wanted: float
    now: DStudy
    studies: tuple[DStudy, ...]
    smallest: DStudy | None
    more_exercises: DStudy | None
    more_assessors: DStudy | None
    sentence: str


def plan(
    components: GStudy | Mapping[str, float],
    sizes: Mapping[str, int],
    wanted: float = 0.80,
    exercises: Iterable[int] = range(1, 13),
    assessors: Iterable[int] = range(1, 5),
    fixed: Collection[str] = ("d",),
    differ: Collection[str] = ("r",),
    nested: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> Plan:
    """Say how many exercises (e) and assessors per exercise (r) a wanted reliability (E rho^2) takes.

    `exercises` and `assessors` are the numbers that are tried. `components`, `fixed`, `differ`, `nested` and
    `profile` are those of `d_study`; by default dimensions are fixed, assessors rotate and every exercise has
    its own (`nested` None means {"r": "e"}).

    Shape: `sizes` letter -> number, the procedure as it is now, with e and r; `wanted` one number from 0 to
        1.
    Unit: reliabilities; numbers of exercises and assessors.
    Formula: that of `d_study` for each combination; the smallest is the one with the fewest exercises x
        assessors.
    Missing: as in `d_study`.
    Raises: OutOfRange for a wanted reliability outside 0 to 1 or numbers below 1; UnknownName for a letter
        without size; NotANumber for a missing number, text or infinity; WrongShape for numbers to try that
        are no sequence.
    Source: Brennan (2001), Generalizability Theory; arithmetic.

    >>> typical = {"p": .30, "pe": .25, "pd": .05, "ped": .20, "r": .06, "rd": .02, "pedr": .20}
    >>> plan(typical, {"e": 3, "r": 2, "d": 6}).sentence
    'With 3 exercises and 2 assessors per exercise the reliability is 0.74; for 0.80 it takes 5 exercises, while more assessors alone would not be enough.'
    """
    between(wanted, 0, 1, "wanted")
    inside = {"r": "e"} if nested is None else nested

    def study(e: int, r: int) -> DStudy:
        return d_study(components, {**sizes, "e": e, "r": r}, fixed, differ, inside, profile)

    counts, raters = (
        sorted({whole(one, 1, 1_000_000, name) for one in complete(_list(tried), name, 1).tolist()})
        for name, tried in (("exercises", exercises), ("assessors", assessors))
    )
    _check_sizes({"e": 0.0, "r": 0.0}, sizes, {})
    now = study(sizes["e"], sizes["r"])
    studies = tuple(study(e, r) for e, r in product(counts, raters))
    smallest = _first(
        sorted(studies, key=lambda one: (one.sizes["e"] * one.sizes["r"], one.sizes["e"])), wanted
    )
    by_exercises = _first([study(e, sizes["r"]) for e in counts], wanted)
    by_assessors = _first([study(sizes["e"], r) for r in raters], wanted)
    return Plan(
        wanted=wanted,
        now=now,
        studies=studies,
        smallest=smallest,
        more_exercises=by_exercises,
        more_assessors=by_assessors,
        sentence=_sentence(now, wanted, by_exercises, by_assessors),
    )


def _list(tried: Iterable[int]) -> list[int]:
    if not isinstance(tried, Iterable):
        raise WrongShape("exercises and assessors: need several numbers to try")
    return list(tried)


def _first(studies: Iterable[DStudy], wanted: float) -> DStudy | None:
    return next((one for one in studies if one.estimate is not None and one.estimate >= wanted), None)


def _sentence(now: DStudy, wanted: float, by_exercises: DStudy | None, by_assessors: DStudy | None) -> str:
    here = f"With {_many(now.sizes['e'], 'exercise')} and {_many(now.sizes['r'], 'assessor')} per exercise"
    if now.estimate is None:
        return f"{here} nothing differs between participants, so there is no reliability."
    start = f"{here} the reliability is {now.estimate:.2f}"
    if now.estimate >= wanted:
        return f"{start}, which is enough for {wanted:.2f}."
    more = by_exercises and _many(by_exercises.sizes["e"], "exercise")
    raters = by_assessors and f"{_many(by_assessors.sizes['r'], 'assessor')} per exercise"
    if more and raters:
        return f"{start}; for {wanted:.2f} it takes {more}, or {raters}."
    if more:
        return f"{start}; for {wanted:.2f} it takes {more}, while more assessors alone would not be enough."
    if raters:
        return f"{start}; for {wanted:.2f} it takes {raters}, while more exercises alone would not be enough."
    return f"{start}; neither more exercises nor more assessors within the numbers tried bring it to {wanted:.2f}."


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
