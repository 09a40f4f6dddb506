"""Severity in points of the scale, with errors that hold although an assessor's ratings of a performance share an impression."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from scoring import _laws
from scoring._checks import Floats, Ints, confidence, sums
from scoring._fit import Fit
from scoring._rasch import probabilities
from scoring.results import Estimate
from scoring.table import performances


@dataclass(frozen=True, kw_only=True)
class Severity(Estimate):
    """How much stricter than the average assessor of the subset somebody marks, in points; below 0 milder.

    `raw` is the mean rating given, `fair` what would have been given if all had rated the same performances.
    `deff` is the design effect that the error allows for, `subset` the number of the connected subset,
    `performances` how many were rated. `n` = ratings.
    """

    assessor: Hashable
    raw: float
    fair: float | None
    deff: float
    subset: int
    performances: int


@dataclass(frozen=True, kw_only=True)
class FairShift:
    """What average assessors would have given a participant more (below 0: less) than the own ones, in points.

    `points` is a mean over the participant's ratings, `n` of them.
    """

    participant: Hashable
    points: float
    n: int


def severities(fit: Fit, level: float = 0.95) -> tuple[Severity, ...]:
    """Severity of each assessor in points of the scale, against the mean of its connected subset.

    Ratings that one assessor gives one performance share an impression of it: the error allows for that by a
    design effect, one for all assessors. None without the facet assessor ("no_assessors"); an assessor
    without a finite measure, or alone in a subset, has no estimate ("no_finite_measure", "alone").

    Shape: `fit`, a fitted model; the result has one `Severity` per assessor, in the order of the labels.
    Unit: points of the scale; `deff` none.
    Formula: mean fair average of the subset - fair average; SE = slope SE_logit sqrt(max(1, deff)), the slope
        that of the expected rating at the centre of the objects, deff = sum r^2 / sum V (1 - V / I) over
        assessor x performance, r the summed residual, V its variance, I the information of the object.
    Missing: the table has dropped missing ratings.
    Raises: OutOfRange or NotANumber for an impossible level.
    Source: Linacre (1989), Many-facet Rasch Measurement (fair averages); the design effect is this house's
        own, after Kish (1965), Survey Sampling.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(150, assessors=6, planted={0: "harsh"}, seed=2)
    >>> found = severities(facets.fit(made.table))
    >>> max(found, key=lambda one: one.estimate).assessor
    'a001'
    """
    confidence(level)
    elements = fit.facets.get("assessor")
    if elements is None:
        return ()
    assessor, done = fit.table.facet("assessor"), performances(fit.table)
    size, width = len(elements.labels), len(done.levels)
    units = np.unique(assessor.codes * width + done.codes)
    counts = np.bincount(units // width, minlength=size)
    deff = max(1.0, _design_effect(fit))
    slope = _slope(fit)
    half = float(_laws.normal_quantile((1 + level) / 2))
    made = []
    for at, label in enumerate(elements.labels):
        beside = (elements.subset == elements.subset[at]) & np.isfinite(elements.fair_average)
        fair = float(elements.fair_average[at])
        error = float(elements.standard_errors[at]) * slope * float(np.sqrt(deff))
        alone = int((elements.subset == elements.subset[at]).sum()) < 2
        finite = bool(np.isfinite(fair) and np.isfinite(error))
        gap = float(elements.fair_average[beside].mean()) - fair if finite and not alone else None
        made.append(
            Severity(
                assessor=label,
                estimate=gap,
                standard_error=None if gap is None else error,
                interval=None if gap is None else (gap - half * error, gap + half * error),
                n=int(elements.n[at]),
                reasons=() if gap is not None else ("alone",) if alone else ("no_finite_measure",),
                raw=float(elements.observed_average[at]),
                fair=fair if np.isfinite(fair) else None,
                deff=deff,
                subset=int(elements.subset[at]),
                performances=int(counts[at]),
            )
        )
    return tuple(made)


def _design_effect(fit: Fit) -> float:
    work, assessor = fit.work, fit.table.facet("assessor")
    width = work.information.size
    _, inside = np.unique(assessor.codes * width + work.objects, return_inverse=True)
    count = int(inside.max(initial=-1)) + 1
    residual, variance = sums(inside, work.residual, count), sums(inside, work.variance, count)
    whole = np.zeros(count)
    whole[inside] = work.information[work.objects]
    free = variance * (1 - variance / np.maximum(whole, 1e-9))
    some = free > 1e-6 * variance
    return float((residual[some] ** 2).sum() / free[some].sum()) if some.any() else 1.0


def _slope(fit: Fit) -> float:
    """Return points per logit of the expected rating at the centre of the objects."""
    centre = fit.mu if fit.mu is not None else float(np.nanmean(fit.measured.measures))
    near = np.array([centre - 0.1, centre + 0.1])
    return float(
        np.mean(
            [probabilities(near, np.stack([cut, cut])) @ fit.work.value @ [-5, 5] for cut in fit.work.cut]
        )
    )


def fair_shifts(fit: Fit) -> tuple[FairShift, ...]:
    """What average assessors would have given each participant more or less than the own ones.

    A shift is shown beside a rating and never put in its place. Without the facet assessor all are 0.

    Shape: `fit`, a fitted model; the result has one `FairShift` per participant, in the order of the labels.
    Unit: points of the scale.
    Formula: mean over the participant's ratings of E(eta + s) - E(eta), s the severity of who rated against
        the mean of the connected subset.
    Missing: the table has dropped missing ratings; a rating by an assessor without a finite measure counts
        as 0.
    Raises: nothing of its own: a fit has been checked.
    Source: Linacre (1989), Many-facet Rasch Measurement (fair averages).

    >>> from scoring import facets, simulate
    >>> shifts = fair_shifts(facets.fit(simulate.centre(60, assessors=6, seed=1).table))
    >>> len(shifts), shifts[0].participant
    (60, 'p01')
    """
    who = fit.table.facet("participant")
    points = np.zeros(fit.table.n)
    elements = fit.facets.get("assessor")
    if elements is not None:
        own = _against_subset(elements.measures, elements.subset)[fit.table.facet("assessor").codes]
        cut = fit.work.cut[fit.work.group]
        points = (probabilities(fit.work.eta + own, cut) - probabilities(fit.work.eta, cut)) @ fit.work.value
    size = len(who.levels)
    n = np.bincount(who.codes, minlength=size)
    mean = sums(who.codes, points, size) / np.maximum(n, 1)
    return tuple(
        FairShift(participant=label, points=float(mean[at]), n=int(n[at]))
        for at, label in enumerate(who.levels)
    )


def _against_subset(measures: Floats, subset: Ints) -> Floats:
    result = np.array(measures, dtype=float)
    for one in np.unique(subset):
        own = subset == one
        known = own & np.isfinite(result)
        if known.any():
            result[own] -= result[known].mean()
    return np.asarray(np.nan_to_num(result))
