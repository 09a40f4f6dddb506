"""A fitted many-facet Rasch model: measures, errors, fit, separation, fair averages, subsets."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scoring import _laws
from scoring._checks import Bools, Floats, Ints, confidence, one_of, sums
from scoring._links import Subset, connected_subsets
from scoring._rasch import (
    Columns,
    Rows,
    columns_of,
    cumulative,
    curves,
    joint,
    marginal,
    offsets,
    probabilities,
)
from scoring.errors import NotConnected, NotEstimable, UnknownName
from scoring.results import Estimate
from scoring.table import Facet, RatingTable, performances

Method = Literal["mml", "jml"]
Model = Literal["rating_scale", "partial_credit"]
Objects = Literal["performances", "participants"]

FACETS = ("dimension", "exercise", "assessor")
FARTHEST = 15.0
"""Measures farther out, in logits, are not given: nothing on a rating scale is told apart there."""

INWARDS = 0.3
"""A raw score of only lowest or only highest ratings is moved inwards by this before it is measured."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far elements lie apart, beyond their errors: true variance = variance - mean squared error.

    `sd` is that of the measures, `rmse` the root of their mean squared error, `true_sd` the root of the true
    variance. `separation` = true SD / root mean squared error, `strata` = (4 G + 1) / 3, `reliability` = true
    / observed variance. For assessors a *high* reliability says that they differ.
    """

    sd: float
    rmse: float
    true_sd: float
    separation: float
    strata: float
    reliability: float


@dataclass(frozen=True, kw_only=True)
class Separation:
    """Separation with the variance over n (`population`) and over n - 1 (`sample`), and the fixed chi-square.

    `chi_square` = sum w x^2 - (sum w x)^2 / sum w with w = 1 / SE^2 on `df` degrees of freedom tests that all
    elements are equal, with `p_value`.
    """

    population: Spread
    sample: Spread
    chi_square: float
    df: int
    p_value: float


def separation(measures: Floats, errors: Floats) -> Separation | None:
    """Return the separation of measures with their standard errors; None with fewer than two."""
    there = np.isfinite(measures) & np.isfinite(errors) & (errors > 0)
    x, error = measures[there], errors[there]
    if x.size < 2:
        return None
    rmse = float(np.sqrt((error**2).mean()))

    def spread(ddof: int) -> Spread:
        variance = float(x.var(ddof=ddof))
        true = max(0.0, variance - rmse**2)
        ratio = float(np.sqrt(true)) / rmse
        return Spread(
            sd=float(np.sqrt(variance)),
            rmse=rmse,
            true_sd=float(np.sqrt(true)),
            separation=ratio,
            strata=(4 * ratio + 1) / 3,
            reliability=true / variance if variance > 0 else 0.0,
        )

    w = 1 / error**2
    centred = x - float((w * x).sum() / w.sum())
    chi_square = float((w * centred**2).sum())
    return Separation(
        population=spread(0),
        sample=spread(1),
        chi_square=chi_square,
        df=x.size - 1,
        p_value=float(_laws.chi_square_above(chi_square, x.size - 1)),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Elements:
    """The elements of one facet, or the objects; arrays have one value per label, in the order of `labels`.

    `name` is that of the facet. `measures` in logits (facets: positive is harsher or harder, sum 0; objects:
    positive is better); NaN where nothing could be estimated. `standard_errors` from the information of the
    whole model, `model_errors` 1 / sqrt(information of the element alone). `n` ratings; `observed_average`
    and `fair_average` in points of the scale: the mean rating, and the expected rating at this measure with
    everything else average. `infit`, `outfit` mean squares (1 expected), `infit_z`, `outfit_z` their
    standardised forms. `is_extreme`: only lowest or only highest ratings. `subset`: number of the connected
    subset (assessors; 0 for all else). `separation` of all elements, and `separation_without_extremes` (None
    with fewer than two).
    """

    name: str
    labels: tuple[Hashable, ...]
    measures: Floats
    standard_errors: Floats
    model_errors: Floats
    n: Ints
    observed_average: Floats
    fair_average: Floats
    infit: Floats
    outfit: Floats
    infit_z: Floats
    outfit_z: Floats
    is_extreme: Bools
    subset: Ints
    separation: Separation | None
    separation_without_extremes: Separation | None

    def at(self, label: Hashable) -> int:
        """Place of a label in the arrays.

        Shape: one label; the result is a position from 0.
        Unit: none.
        Formula: none, a look-up.
        Missing: None and NaN are no labels.
        Raises: UnknownName when there is none.
        Source: definition.

        >>> from scoring import simulate
        >>> fit(simulate.centre(60, assessors=6, seed=1).table).facets["assessor"].at("a002")
        1
        """
        try:
            return self.labels.index(label)
        except ValueError:
            raise UnknownName(f"{self.name}: {label!r} was not fitted") from None


@dataclass(frozen=True, kw_only=True, eq=False)
class Participants(Elements):
    """Participants, with errors that hold although each exercise has its own luck.

    `robust_errors` = standard_errors * sqrt(max(1, deff)): use these. `deff` is the design effect of the
    clusters participant x exercise, `reliability` = 1 - mean(SE^2) / variance of the measures by the model's
    errors, `robust_reliability` the same with robust errors (None for fewer than two). `fair_interval` (n,
    2): the fair average -+ z robust error, in points of the scale.
    """

    robust_errors: Floats
    deff: float
    reliability: float | None
    robust_reliability: float | None
    fair_interval: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """A fitted many-facet Rasch model: of `table`, by `method`, `model` and kind of `objects`; see `fit`.

    `facets`: name -> Elements of "dimension", "exercise", "assessor" (those in the model); `measured`: the
    objects; `participants`. `thresholds` (groups, steps): tau of each step between neighbouring categories,
    NaN where a category was not observed, with `threshold_errors`; `threshold_groups`: their dimensions
    (rating scale: one group). `observed` (groups, categories). `mu`, `sigma` of the objects (MML) with
    `mu_error`, `sigma_error`; `posterior_mean` and `posterior_deviation` of the objects (MML: EAP).
    `log_likelihood`, `deviance` = -2 times it, after so many `iterations`; `is_converged` says whether these
    were enough. `work` is what diagnostics need. `subsets`: connected subsets of assessors. `n` = ratings
    used. `reasons`: "disconnected", "unused_category", "extreme_objects", "extreme_elements",
    "not_identified", "not_converged", "no_finite_measure" (measures that run away because the ratings
    separate perfectly: NaN), "exercise_left_out" (joint estimation of performances cannot tell exercises from
    performances).
    """

    table: RatingTable
    method: Method
    model: Model
    objects: Objects
    facets: Mapping[str, Elements]
    measured: Elements
    participants: Participants
    thresholds: Floats
    threshold_errors: Floats
    threshold_groups: tuple[Hashable, ...]
    observed: Bools
    mu: float | None
    sigma: float | None
    mu_error: float | None
    sigma_error: float | None
    posterior_mean: Floats | None
    posterior_deviation: Floats | None
    log_likelihood: float
    deviance: float
    iterations: int
    is_converged: bool
    subsets: tuple[Subset, ...]
    n: int
    reasons: tuple[str, ...]
    work: "Work"

    def compare(self, facet: str, first: Hashable, second: Hashable, level: float = 0.95) -> Estimate:
        """Difference of two elements of a facet, first - second, with its error and interval.

        `n` counts the ratings of both. None with "extreme_elements" or "no_finite_measure" when either was
        not estimated with the others.

        Shape: two labels of one facet of the model.
        Unit: logits.
        Formula: a - b, variance V_aa + V_bb - 2 V_ab from the covariance of the estimates; -+ z SE.
        Missing: the table has dropped missing ratings.
        Raises: NotConnected for assessors of different connected subsets: nothing links their severities;
            UnknownName for a facet that is not in the model or another label; OutOfRange or NotANumber for an
            impossible level.
        Source: arithmetic: the variance of a difference.

        >>> from scoring import simulate
        >>> fitted = fit(simulate.centre(60, assessors=6, seed=1).table)
        >>> gap, severity = fitted.compare("assessor", "a001", "a002").estimate, fitted.facets["assessor"].measures
        >>> bool(gap == severity[0] - severity[1])
        True
        """
        confidence(level)
        elements = self.facets.get(facet)
        if elements is None:
            raise UnknownName(f"facet: {facet!r} is not in the model")
        a, b = elements.at(first), elements.at(second)
        if elements.subset[a] != elements.subset[b]:
            raise NotConnected(f"{first!r} and {second!r} share no performance, directly or through others")
        gap = float(elements.measures[a] - elements.measures[b])
        n = int(elements.n[a] + elements.n[b])
        place = self.work.places.get(facet)
        if place is None or elements.is_extreme[[a, b]].any() or not np.isfinite(gap):
            reason = "no_finite_measure" if not np.isfinite(gap) else "extreme_elements"
            return Estimate(estimate=None, n=n, reasons=(reason,))
        c = self.work.covariance
        variance = float(c[place + a, place + a] + c[place + b, place + b] - 2 * c[place + a, place + b])
        error = float(np.sqrt(max(0.0, variance)))
        half = float(_laws.normal_quantile((1 + level) / 2)) * error
        return Estimate(estimate=gap, standard_error=error, interval=(gap - half, gap + half), n=n)


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """What diagnostics need of a fit, per rating in the table's order: the model at the objects' measures.

    `eta` = measure - facets, `expected`, `variance`, `residual` in categories; `p` (ratings, categories);
    `objects` per rating; `cut` (groups, categories) and `group` per rating; `value` of each category in
    points; `covariance` of the parameters and `places` of the facets in it; `information` of each object.
    """

    eta: Floats
    p: Floats
    expected: Floats
    variance: Floats
    residual: Floats
    fourth: Floats
    objects: Ints
    category: Ints
    group: Ints
    cut: Floats
    value: Floats
    covariance: Floats
    places: Mapping[str, int]
    information: Floats


def fit(
    table: RatingTable,
    method: Method = "mml",
    model: Model = "rating_scale",
    objects: Objects = "performances",
    facets: Collection[str] = FACETS,
    level: float = 0.95,
) -> Fit:
    """Fit the many-facet Rasch model.

    `method` "mml" (default) takes the objects as N(mu, sigma^2), with adaptive quadrature and standard errors
    from the observed information; "jml" is joint maximum likelihood as FACETS does it, which over-spreads
    with few ratings per object and is meant for comparison with that program. `model` is "rating_scale" (one
    set of thresholds) or "partial_credit" (one per dimension). `objects` "performances" (participant x
    exercise, the default) are what is measured, so that what a participant does differently from exercise to
    exercise does not shrink the severities; or "participants". With JML and performances the facet exercise
    cannot be told apart and is left out, with the reason "exercise_left_out". `facets` says which of
    dimension, exercise, assessor are in the model; those with one level are left out. `level` is that of the
    participants' intervals.

    Participants are measured by weighted likelihood on all their ratings with the facets held (JML with
    participants: by the joint estimates); their robust errors allow for dependence within an exercise.
    Extreme objects are measured from a raw score moved .3 inwards (JML) or by weighted likelihood (MML);
    extreme elements of a facet are taken out, measured so and flagged. A category that nobody used has
    probability 0 and no threshold.

    Shape: `table`, one row per rating on a declared scale, with at least two objects.
    Unit: logits; averages in points of the scale. Facets: positive is harsher or harder, sum 0.
    Formula: ln [P(k) / P(k-1)] = theta - dimension - exercise - assessor - tau_k, tau with sum 0. Weighted
        likelihood: sum (x - E) + J / (2 I) = 0. Robust error: SE sqrt(max(1, deff)), deff = sum_n sum_e
        r_ne^2 E / (E - 1) / sum_n I_n, r_ne the summed residuals of a participant in an exercise, E the
        participant's exercises.
    Missing: the table has dropped missing ratings; any pattern can be fitted, and assessors that nothing
        links are said ("disconnected").
    Raises: NotEstimable with a `reason`: "no_ratings", "one_category", "one_object" or "no_facets";
        OutOfRange for a table without categories or an impossible level; NotANumber for a level that is no
        number; UnknownName for another method, model, kind of objects or facet.
    Source: Linacre (1989), Many-facet Rasch Measurement; Andrich (1978), Psychometrika 43, 561-573; Masters
        (1982), Psychometrika 47, 149-174; Warm (1989), Psychometrika 54, 427-450; Wright & Masters (1982),
        Rating Scale Analysis (fit); Louis (1982), JRSS B 44, 226-233 (information). The design effect is this
        house's own.

    >>> from scoring import simulate
    >>> fitted = fit(simulate.centre(60, assessors=6, seed=1).table)
    >>> fitted.is_converged, len(fitted.facets["assessor"].labels), fitted.reasons
    (True, 6, ())
    """
    one_of(method, ("mml", "jml"), "method")
    one_of(model, ("rating_scale", "partial_credit"), "model")
    one_of(objects, ("performances", "participants"), "objects")
    for name in facets:
        one_of(name, FACETS, "facets")
    confidence(level)
    return _Fitting(table, method, model, objects, facets, level).result()


class _Fitting:
    """The steps of a fit, one after the other."""

    def __init__(
        self,
        table: RatingTable,
        method: Method,
        model: Model,
        objects: Objects,
        facets: Collection[str],
        level: float,
    ) -> None:
        self.table, self.method, self.model, self.objects, self.level = table, method, model, objects, level
        if not table.n:
            raise NotEstimable("no_ratings", "there are no ratings")
        self.category = table.categories()
        if np.ptp(self.category) == 0:
            raise NotEstimable("one_category", "all ratings are equal")
        self.object = performances(table) if objects == "performances" else table.facet("participant")
        if len(self.object.levels) < 2:
            raise NotEstimable("one_object", "one object alone cannot be measured")
        self.names = [
            name
            for name in FACETS
            if name in facets and table.has(name) and len(table.facet(name).levels) > 1
        ]
        self.reasons: list[str] = []
        if method == "jml" and objects == "performances" and "exercise" in self.names:
            self.names.remove("exercise")  # each performance is in one exercise only
            self.reasons.append("exercise_left_out")
        by_dimension = model == "partial_credit" and table.has("dimension")
        self.group = table.facet("dimension") if by_dimension else None
        self.rows = self._rows()
        self.subsets = connected_subsets(table)
        if len(self.subsets) > 1:
            self.reasons.append("disconnected")

    def _rows(self) -> Rows:
        found = [self.table.facet(name) for name in self.names]
        assert self.table.scale is not None  # asked by categories()
        return Rows(
            objects=self.object.codes,
            category=self.category,
            levels=tuple(one.codes for one in found),
            group=np.zeros(self.table.n, dtype=np.int64) if self.group is None else self.group.codes,
            n_objects=len(self.object.levels),
            sizes=tuple(len(one.levels) for one in found),
            n_groups=1 if self.group is None else len(self.group.levels),
            n_categories=self.table.scale.size,
        )

    # --- Extremes ---------------------------------------------------------------------------------------

    def _trim(self) -> Bools:
        """Return the rows that inform: without extreme elements, and for JML without extreme objects."""
        rows = self.rows
        columns = columns_of(rows)
        low = columns.observed.argmax(axis=1)[rows.group]
        high = (rows.n_categories - 1 - columns.observed[:, ::-1].argmax(axis=1))[rows.group]
        at_low, at_high = rows.category == low, rows.category == high
        kept = np.ones(rows.category.size, dtype=bool)
        self.extreme = {
            name: np.zeros(size, dtype=bool) for name, size in zip(self.names, rows.sizes, strict=True)
        }
        self.extreme_object = _all_of(rows.objects, rows.n_objects, at_low, kept) | _all_of(
            rows.objects, rows.n_objects, at_high, kept
        )
        sets = list(zip(self.names, rows.levels, rows.sizes, strict=True))
        changed = True
        while changed:
            before = int(kept.sum())
            if self.method == "jml":
                gone = _all_of(rows.objects, rows.n_objects, at_low, kept) | _all_of(
                    rows.objects, rows.n_objects, at_high, kept
                )
                self.extreme_object |= gone
                kept &= ~gone[rows.objects]
            for name, level, size in sets:
                gone = _all_of(level, size, at_low, kept) | _all_of(level, size, at_high, kept)
                self.extreme[name] |= gone
                kept &= ~gone[level]
            changed = int(kept.sum()) < before
        if self.extreme_object.any():
            self.reasons.append("extreme_objects")
        if any(one.any() for one in self.extreme.values()):
            self.reasons.append("extreme_elements")
        if not kept.any() or np.ptp(rows.category[kept]) == 0:
            raise NotEstimable("one_category", "without extreme objects and elements nothing varies")
        return kept

    # --- Estimation -------------------------------------------------------------------------------------

    def result(self) -> Fit:
        """Estimate, measure and describe."""
        kept = self._trim()
        self.used, self.numbers = _renumber(self.rows, kept)
        self.columns = columns_of(self.used)
        if not self.columns.observed.all():
            self.reasons.append("unused_category")
        if self.method == "mml":
            self._marginal()
        else:
            self._joint(kept)
        if not self.is_converged:
            self.reasons.append("not_converged")
        self._expand()
        self._measure()
        return self._describe(int(kept.sum()))

    def _marginal(self) -> None:
        found = marginal(self.used, self.columns)
        self.parameters, self.covariance = found.parameters, found.covariance
        self.mu, self.sigma = found.mu, found.sigma
        errors = np.sqrt(np.maximum(np.diag(found.covariance)[-2:], 0.0))
        self.mu_error: float | None = float(errors[0])
        self.sigma_error: float | None = float(errors[1]) * found.sigma
        self.posterior: tuple[Floats, Floats] | None = (found.mean, found.deviation)
        self.likelihood, self.iterations = found.log_likelihood, found.iterations
        self.is_converged, self.is_identified = found.is_converged, found.is_identified
        self._identify()

    def _joint(self, kept: Bools) -> None:
        blocks = []
        if "assessor" in self.names and len(self.subsets) > 1:
            at = self.names.index("assessor")
            facet = self.table.facet("assessor")
            place = {old: new for new, old in enumerate(self.numbers[at].tolist())}
            for subset in self.subsets[1:]:
                inside = [place[facet.of(label)] for label in subset.assessors if facet.of(label) in place]
                if inside:
                    blocks.append(self.columns.starts[at] + np.array(inside, dtype=np.int64))
        if not self.columns.size:
            raise NotEstimable("no_facets", "there is no facet and no threshold to estimate")
        found = joint(self.used, self.columns, blocks)
        self.parameters, self.covariance = found.parameters, found.covariance
        self.joint_theta = found.theta
        self.mu = self.sigma = None  # type: ignore[assignment]
        self.mu_error = self.sigma_error = None
        self.posterior = None
        self.likelihood, self.iterations = found.log_likelihood, found.iterations
        self.is_converged, self.is_identified = found.is_converged, found.is_identified
        self._identify()

    def _identify(self) -> None:
        if not self.is_identified:
            self.reasons.append("not_identified")

    def _expand(self) -> None:
        """Put the parameters of the rows used back into the numbering of the whole table."""
        full = columns_of(self.rows)
        parameters = np.zeros(full.size)
        place = np.zeros(self.columns.size, dtype=np.int64)
        for at, (start, old) in enumerate(zip(self.columns.starts, self.numbers[:-1], strict=True)):
            place[start : start + old.size] = full.starts[at] + old
        # Thresholds: only categories observed among the rows used have one.
        full = Columns(full.starts, full.steps, full.steps + self.columns.size - self.columns.steps,
                       np.where(self.columns.step_column >= 0, self.columns.step_column - self.columns.steps
                                + full.steps, -1), self.columns.observed)  # fmt: skip
        parameters = np.zeros(full.size)
        place[self.columns.steps :] = full.steps + np.arange(self.columns.size - self.columns.steps)
        parameters[place] = self.parameters
        covariance = np.zeros((full.size, full.size))
        size = self.columns.size
        covariance[np.ix_(place, place)] = self.covariance[:size, :size]
        self.full, self.parameters, self.covariance = full, parameters, covariance
        self.cut = cumulative(full, parameters)
        # A dimension without informative ratings has no thresholds of its own: equal steps where others have any.
        silent = ~full.observed.any(axis=1)
        self.cut[silent] = np.where(full.observed.any(axis=0), 0.0, np.inf)

    # --- Measures of objects and participants -----------------------------------------------------------

    def _measure(self) -> None:
        rows = self.rows
        self._extreme_elements()
        offset = offsets(rows, self.full, self.parameters)
        self.offset = offset
        cut = self.cut
        if self.method == "jml":
            self.theta = np.full(rows.n_objects, np.nan)
            self.theta[self.present] = self.joint_theta
            lost = self.extreme_object | np.isnan(self.theta)
            if lost.any():
                inside = lost[rows.objects]
                found = _inward(rows.take(inside), offset[inside], cut)
                self.theta[lost] = found[lost]
        else:
            self.theta = warm(rows.objects, rows.n_objects, rows.category, offset, rows.group, cut)

    def _extreme_elements(self) -> None:
        """Measure extreme elements of a facet, with everything else held, from a score moved inwards."""
        if not any(one.any() for one in self.extreme.values()):
            return
        rows = self.rows
        offset = offsets(rows, self.full, self.parameters)
        theta = warm(rows.objects, rows.n_objects, rows.category, offset, rows.group, self.cut)
        for at, name in enumerate(self.names):
            gone = self.extreme[name]
            inside = gone[rows.levels[at]]
            if not inside.any():
                continue
            own = offset[inside] - theta[rows.objects[inside]]
            turned = Rows(rows.levels[at][inside], rows.category[inside], (), rows.group[inside], gone.size, (),
                          rows.n_groups, rows.n_categories)  # fmt: skip
            found = _inward(turned, own, self.cut)
            start = self.full.starts[at]
            self.parameters[start : start + gone.size][gone] = -found[gone]

    @property
    def present(self) -> Ints:
        """Objects that have rows in the estimation."""
        return self.numbers[-1]

    # --- Description ------------------------------------------------------------------------------------

    def _describe(self, n: int) -> Fit:
        rows, table = self.rows, self.table
        assert table.scale is not None  # asked by categories()
        value = table.scale
        eta = self.theta[rows.objects] - self.offset
        p = probabilities(eta, self.cut[rows.group])
        k = np.arange(rows.n_categories)
        expected = p @ k
        gap = k - expected[:, None]
        variance, fourth = (p * gap**2).sum(1), (p * gap**4).sum(1)
        information = sums(rows.objects, variance, rows.n_objects)
        work = Work(
            eta=eta,
            p=p,
            expected=expected,
            variance=variance,
            residual=rows.category - expected,
            fourth=fourth,
            objects=rows.objects,
            category=rows.category,
            group=rows.group,
            cut=self.cut,
            value=value,
            covariance=self.covariance,
            places=dict(zip(self.names, self.full.starts, strict=True)),
            information=information,
        )
        informs = ~self.extreme_object[rows.objects]
        centre = self._centre()
        facets = {}
        for at, name in enumerate(self.names):
            start, size = self.full.starts[at], rows.sizes[at]
            facets[name] = self._elements(
                name, table.facet(name), self.parameters[start : start + size], self.extreme[name], work,
                informs, centre, np.sqrt(np.maximum(np.diag(self.covariance)[start : start + size], 0.0)), -1.0,
            )  # fmt: skip
        errors = 1 / np.sqrt(np.maximum(information, 1e-12))
        measured = self._elements(
            self.objects, self.object, self.theta, self.extreme_object, work, informs, 0.0, errors, 1.0
        )
        thresholds, threshold_errors = self._thresholds()
        return Fit(
            table=table,
            method=self.method,
            model=self.model,
            objects=self.objects,
            facets=facets,
            measured=measured,
            participants=self._participants(measured, work),
            thresholds=thresholds,
            threshold_errors=threshold_errors,
            threshold_groups=("all",) if self.group is None else self.group.levels,
            observed=self.full.observed,
            mu=self.mu,
            sigma=self.sigma,
            mu_error=self.mu_error,
            sigma_error=self.sigma_error,
            posterior_mean=None if self.posterior is None else self._whole(self.posterior[0]),
            posterior_deviation=None if self.posterior is None else self._whole(self.posterior[1]),
            log_likelihood=self.likelihood,
            deviance=-2 * self.likelihood,
            iterations=self.iterations,
            is_converged=self.is_converged,
            subsets=self.subsets,
            n=n,
            reasons=tuple(dict.fromkeys(self.reasons)),
            work=work,
        )

    def _whole(self, values: Floats) -> Floats:
        result = np.full(self.rows.n_objects, np.nan)
        result[self.present] = values
        return result

    def _centre(self) -> float:
        if self.mu is not None:
            return self.mu
        return float(self.theta.mean())

    def _elements(
        self, name: str, facet: Facet, measures: Floats, extreme: Bools, work: Work, informs: Bools,
        centre: float, errors: Floats, sign: float,
    ) -> Elements:  # fmt: skip
        size = len(facet.levels)
        n = np.bincount(facet.codes, minlength=size)
        scores = np.bincount(facet.codes, weights=self.table.score, minlength=size)
        own = sums(facet.codes[informs], work.variance[informs], size)
        if sign > 0:
            own = work.information if facet is self.object else own
        model_errors = np.where(own > 0, 1 / np.sqrt(np.where(own > 0, own, 1.0)), np.nan)
        if self.method == "mml" and sign < 0:
            informs = np.ones(facet.codes.size, dtype=bool)
        infit, outfit, infit_z, outfit_z = mean_squares(facet.codes, size, work, informs)
        # Ratings that separate perfectly drive measures away: such a number would mean nothing.
        lost = np.abs(measures) > FARTHEST
        if lost.any():
            self.reasons.append("no_finite_measure")
            measures = np.where(lost, np.nan, measures)
            errors, model_errors = np.where(lost, np.nan, errors), np.where(lost, np.nan, model_errors)
        errors = np.where(extreme & (sign < 0), model_errors, errors)
        subset = np.zeros(size, dtype=np.int64)
        if name == "assessor":
            number = {label: at for at, one in enumerate(self.subsets) for label in one.assessors}
            subset = np.array([number[label] for label in facet.levels], dtype=np.int64)
        for silent in (infit, outfit, infit_z, outfit_z):
            silent[extreme] = np.nan
        return Elements(
            name=name,
            labels=facet.levels,
            measures=measures.copy(),
            standard_errors=errors,
            model_errors=model_errors,
            n=n,
            observed_average=scores / np.maximum(n, 1),
            fair_average=self._fair(centre + sign * measures),
            infit=infit,
            outfit=outfit,
            infit_z=infit_z,
            outfit_z=outfit_z,
            is_extreme=extreme.copy(),
            subset=subset,
            separation=separation(measures, model_errors if sign < 0 else errors),
            separation_without_extremes=separation(
                measures[~extreme], (model_errors if sign < 0 else errors)[~extreme]
            ),
        )

    def _fair(self, eta: Floats) -> Floats:
        """Return the expected rating in points; with several threshold groups their mean."""
        assert self.table.scale is not None  # asked by categories()
        per_group = [
            probabilities(eta, np.broadcast_to(cut, (eta.size, cut.size))) @ self.table.scale
            for cut in self.cut
        ]
        return np.asarray(np.mean(per_group, axis=0))

    def _thresholds(self) -> tuple[Floats, Floats]:
        groups, count = self.full.observed.shape
        values = np.full((groups, count - 1), np.nan)
        errors = np.full((groups, count - 1), np.nan)
        for group in range(groups):
            for step in range(count - 1):
                if self.full.observed[group, step : step + 2].all():
                    values[group, step] = self.cut[group, step + 1] - self.cut[group, step]
                    slope = np.zeros(self.full.size)
                    for column, sign in zip(
                        self.full.step_column[group, step : step + 2], (-1.0, 1.0), strict=True
                    ):
                        if column >= 0:
                            slope[column] = sign
                    errors[group, step] = np.sqrt(max(0.0, float(slope @ self.covariance @ slope)))
        return values, errors

    def _participants(self, measured: Elements, work: Work) -> Participants:
        rows, facet = self.rows, self.table.facet("participant")
        size = len(facet.levels)
        if self.objects == "participants":
            base, theta, own = measured, self.theta, work
        else:
            theta = warm(facet.codes, size, rows.category, self.offset, rows.group, self.cut)
            eta = theta[facet.codes] - self.offset
            p = probabilities(eta, self.cut[rows.group])
            k = np.arange(rows.n_categories)
            expected = p @ k
            gap = k - expected[:, None]
            variance = (p * gap**2).sum(1)
            own = Work(
                eta=eta, p=p, expected=expected, variance=variance, residual=rows.category - expected,
                fourth=(p * gap**4).sum(1), objects=facet.codes, category=rows.category, group=rows.group,
                cut=self.cut, value=work.value, covariance=self.covariance, places=work.places,
                information=sums(facet.codes, variance, size),
            )  # fmt: skip
            low, high = rows.category == 0, rows.category == rows.n_categories - 1
            every = np.ones(rows.category.size, dtype=bool)
            extreme = _all_of(facet.codes, size, low, every) | _all_of(facet.codes, size, high, every)
            kept_object, self.object = self.object, facet
            base = self._elements(
                "participant", facet, theta, extreme, own, ~extreme[facet.codes], 0.0,
                1 / np.sqrt(np.maximum(own.information, 1e-12)), 1.0,
            )  # fmt: skip
            self.object = kept_object
        deff = self._design_effect(own, facet)
        robust = base.standard_errors * np.sqrt(max(1.0, deff))
        half = float(_laws.normal_quantile((1 + self.level) / 2))
        limits = np.stack([self._fair(theta - half * robust), self._fair(theta + half * robust)], axis=1)
        known = np.isfinite(base.measures)
        spread = float(theta[known].var(ddof=1)) if known.sum() > 1 else 0.0
        fields = {name: getattr(base, name) for name in Elements.__dataclass_fields__}
        return Participants(
            **{**fields, "name": "participant"},
            robust_errors=robust,
            deff=deff,
            reliability=1 - float((base.standard_errors[known] ** 2).mean()) / spread if spread > 0 else None,
            robust_reliability=1 - float((robust[known] ** 2).mean()) / spread if spread > 0 else None,
            fair_interval=limits,
        )

    def _design_effect(self, own: Work, facet: Facet) -> float:
        """deff = sum_n sum_e r_ne^2 E / (E - 1) / sum_n I_n over participants with several exercises."""
        done = performances(self.table)
        if len(done.levels) == len(facet.levels):
            return 1.0
        residual = np.bincount(done.codes, weights=own.residual, minlength=len(done.levels))
        owner = np.zeros(len(done.levels), dtype=np.int64)
        owner[done.codes] = facet.codes
        exercises = np.bincount(owner, minlength=len(facet.levels))
        several = exercises > 1
        factor = np.where(several, exercises / np.maximum(exercises - 1, 1), 0.0)
        above = float((residual**2 * factor[owner]).sum())
        below = float(own.information[several].sum())
        return above / below if below > 0 else 1.0


def _all_of(codes: Ints, size: int, hit: Bools, kept: Bools) -> Bools:
    """Whether all kept ratings of an element are hits (false for those without any)."""
    n = np.bincount(codes[kept], minlength=size)
    return np.asarray((np.bincount(codes[kept & hit], minlength=size) == n) & (n > 0))


def _renumber(rows: Rows, kept: Bools) -> tuple[Rows, list[Ints]]:
    """Return the kept rows numbered without gaps, and the old numbers of facets and (last) objects."""
    chosen = rows.take(kept)
    numbers, levels = [], []
    for level in chosen.levels:
        old, new = np.unique(level, return_inverse=True)
        numbers.append(old.astype(np.int64))
        levels.append(new.astype(np.int64))
    objects, inside = np.unique(chosen.objects, return_inverse=True)
    result = Rows(inside.astype(np.int64), chosen.category, tuple(levels), chosen.group, objects.size,
                  tuple(old.size for old in numbers), rows.n_groups, rows.n_categories)  # fmt: skip
    return result, [*numbers, objects.astype(np.int64)]


def warm(codes: Ints, size: int, category: Ints, offset: Floats, group: Ints, cut: Floats) -> Floats:
    """Weighted likelihood estimates (Warm 1989): sum (x - E) + J / (2 I) = 0 for each object."""
    score = np.bincount(codes, weights=category, minlength=size)
    n = np.bincount(codes, minlength=size)
    top = cut.shape[1] - 1
    share = np.clip((score + 0.3) / np.maximum(n * top + 0.6, 1), 0.02, 0.98)
    level = np.bincount(codes, weights=offset, minlength=size) / np.maximum(n, 1)
    theta = np.log(share / (1 - share)) * 1.3 + level
    own_cut = cut[group]
    for _ in range(50):
        mean, variance, third = curves(theta[codes] - offset, own_cut)
        information = np.bincount(codes, weights=variance, minlength=size)
        skew = np.bincount(codes, weights=third, minlength=size)
        slope = score - np.bincount(codes, weights=mean, minlength=size)
        safe = np.maximum(information, 1e-9)
        step = np.clip((slope + skew / (2 * safe)) / safe, -1.0, 1.0)
        theta = theta + step
        if float(np.abs(step).max(initial=0.0)) < 1e-9:
            break
    return np.asarray(theta)


def _inward(rows: Rows, offset: Floats, cut: Floats) -> Floats:
    """Measure objects by maximum likelihood from a raw score moved .3 inwards."""
    size = rows.n_objects
    score = np.bincount(rows.objects, weights=rows.category, minlength=size)
    lowest = np.isfinite(cut).argmax(axis=1)[rows.group]
    highest = (cut.shape[1] - 1 - np.isfinite(cut)[:, ::-1].argmax(axis=1))[rows.group]
    low = np.bincount(rows.objects, weights=lowest, minlength=size)
    high = np.bincount(rows.objects, weights=highest, minlength=size)
    wanted = np.clip(score, low + INWARDS, high - INWARDS)
    theta = np.zeros(size)
    for _ in range(100):
        mean, variance, _ = curves(theta[rows.objects] - offset, cut[rows.group])
        slope = wanted - np.bincount(rows.objects, weights=mean, minlength=size)
        information = np.bincount(rows.objects, weights=variance, minlength=size)
        step = np.where(information > 0, np.clip(slope / np.maximum(information, 1e-6), -1.0, 1.0), 0.0)
        theta = theta + step
        if float(np.abs(step).max(initial=0.0)) < 1e-10:
            break
    return theta


def mean_squares(codes: Ints, size: int, work: Work, informs: Bools) -> tuple[Floats, Floats, Floats, Floats]:
    """Return infit, outfit and their standardised forms by Wilson and Hilferty (Wright & Masters 1982)."""
    codes, v = codes[informs], np.maximum(work.variance[informs], 1e-12)
    square, c = work.residual[informs] ** 2, work.fourth[informs]

    def total(weights: Floats) -> Floats:
        return sums(codes, weights, size)

    n, sum_v = np.bincount(codes, minlength=size), total(v)
    some = n > 0
    n_safe, v_safe = np.where(some, n, 1), np.where(some, sum_v, 1.0)
    infit = np.where(some, total(square) / v_safe, np.nan)
    outfit = np.where(some, total(square / v) / n_safe, np.nan)
    q_in = np.sqrt(np.maximum(total(c - v**2), 0.0)) / v_safe
    q_out = np.sqrt(np.maximum(total(c / v**2) / n_safe**2 - 1 / n_safe, 0.0))
    return infit, outfit, _standardised(infit, q_in), _standardised(outfit, q_out)


def _standardised(square: Floats, q: Floats) -> Floats:
    safe = np.where(q > 1e-9, q, 1.0)
    return np.where(q > 1e-9, (np.cbrt(square) - 1) * (3 / safe) + safe / 3, np.nan)
