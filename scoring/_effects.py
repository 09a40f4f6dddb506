"""What single assessors do differently: severity, bias, drift, spread, halo, erratic ratings.

All tests eliminate the objects' measures, which take up part of every effect: the variance of a sum of
residuals is that of the efficient score, sum V - sum_n (sum V of the object's share)^2 / I_n. They are scaled
by the dispersion of all ratings, so that luck of participants in dimensions does not look like an effect.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from scoring import _laws
from scoring._checks import Bools, Floats, Ints, between, sums
from scoring._fit import Fit
from scoring._rasch import curves, probabilities
from scoring.errors import OutOfRange, UnknownName
from scoring.table import FACETS, Facet, cross, performances

SEVERE_POINTS = 0.25
"""Distance from the average assessor, in points of a fair score, that is a finding when it is exceeded."""

SEVERE_LEVEL = 0.95
"""Level of the interval of a severity whose near end must lie beyond `SEVERE_POINTS`."""

ALPHA = 0.007
"""Level of each kind of effect in `screen`, held for one assessor over the cells of a table by Holm's method."""


# --- Bias and drift -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One combination of an element with another.

    `bias` in logits, positive is harsher, solves sum (x - E(eta - bias)) = 0 with everything else held;
    `standard_error` = 1 / sqrt(sum V) there, `t` = bias / standard error (as FACETS reports it). `points`:
    observed - expected average rating, in categories. `effect` is the bias against the same element's other
    cells with the measures of objects and of the element eliminated, `effect_error` its standard error, `z`
    its test and `p` the two-sided p-value after Holm over the element's cells. None without ratings or when
    there is nothing to compare. `n` counts the ratings.
    """

    element: Hashable
    other: Hashable
    n: int
    points: float | None
    bias: float | None
    standard_error: float | None
    t: float | None
    effect: float | None
    effect_error: float | None
    z: float | None
    p: float | None


@dataclass(frozen=True, kw_only=True)
class BiasTable:
    """Cells of two facets. `chi_square` = sum t^2 over `df` cells tests that there is no bias at all.

    `n` = ratings; `reasons`: "unlabelled" when ratings lack the label of a window or group.
    """

    cells: tuple[Cell, ...]
    chi_square: float
    df: int
    n: int
    reasons: tuple[str, ...] = ()

    def of(self, element: Hashable) -> tuple[Cell, ...]:
        """Cells of one element.

        Shape: one label; the result has one `Cell` per other label.
        Unit: that of `Cell`.
        Formula: none, a selection.
        Missing: a label without cells gives none of them.
        Raises: nothing.
        Source: definition.

        >>> BiasTable(cells=(), chi_square=0.0, df=0, n=0).of("a001")
        ()
        """
        return tuple(cell for cell in self.cells if cell.element == element)


def bias(fit: Fit, facets: Sequence[str] = ("assessor", "dimension")) -> BiasTable:
    """Look for interactions of two facets in a fit: does an assessor mark one dimension, exercise or group
    harder?

    `effect` and its test `z` and `p` compare a cell with the same element's other cells; the fields are those
    of `Cell`.

    Shape: `fit`, a fitted model; `facets` two of participant, exercise, dimension, assessor, window, group;
        the first is the element that is compared with itself.
    Unit: `bias` and `effect` in logits, positive is harsher; `points` in categories.
    Formula: bias b solves sum (x - E(eta - b)) = 0 over the cell with everything else held, SE = 1 / sqrt(sum
        V); effect is the efficient score of the cell over its information, with the measures of objects and
        of the element eliminated, scaled by the dispersion of all ratings; p two-sided after Holm over the
        element's cells.
    Missing: ratings without a label of the window or group are left out ("unlabelled"); a cell of only lowest
        or only highest ratings has no bias (None).
    Raises: UnknownName for another facet or one that the table lacks; OutOfRange when they are not two
        different ones.
    Source: Linacre (1989), Many-facet Rasch Measurement; Myford & Wolfe (2003, 2004), Journal of Applied
        Measurement 4, 386-422 and 5, 189-227.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(150, assessors=6, planted={0: "biased_dimension"}, seed=3)
    >>> table = bias(facets.fit(made.table))
    >>> worst = min(table.cells, key=lambda cell: cell.p)
    >>> worst.element, worst.other
    ('a001', 'D1')
    """
    if len(facets) != 2 or facets[0] == facets[1]:
        raise OutOfRange("facets: needs two different ones")
    for name in facets:
        if name not in FACETS:
            raise UnknownName(f"facets: {name!r} is not one of {', '.join(FACETS)}")
    first, second = (fit.table.facet(name) for name in facets)
    return _cells(fit, first, second)


def _cells(fit: Fit, first: Facet, second: Facet) -> BiasTable:
    work, both = fit.work, cross(first, second)
    there = both.codes >= 0
    cells, size = both.codes[there], len(both.levels)
    if not size:
        return BiasTable(cells=(), chi_square=0.0, df=0, n=0, reasons=("unlabelled",))
    variance, residual = work.variance[there], work.residual[there]
    information = sums(cells, variance, size)
    score = -sums(cells, residual, size)
    counts = np.bincount(cells, minlength=size)
    points = -score / np.maximum(counts, 1)
    logits, errors = _solve_bias(fit, there, cells, size)
    owner = np.zeros(size, dtype=np.int64)
    owner[cells] = first.codes[there]
    partner = np.zeros(size, dtype=np.int64)
    partner[cells] = second.codes[there]
    effect, effect_error, z = _against_own(
        cells, work.objects[there], variance, score, work.information, owner, _dispersion(fit)
    )
    p = np.full(size, np.nan)
    for one in np.unique(owner):
        own = np.flatnonzero((owner == one) & np.isfinite(z))
        p[own] = holm(2 * _laws.normal_above(np.abs(z[own])))
    with_bias = np.isfinite(logits) & (information > 1e-9)
    t = np.where(with_bias, logits / np.where(with_bias, errors, 1.0), np.nan)
    found = tuple(
        Cell(
            element=first.levels[owner[at]],
            other=second.levels[partner[at]],
            n=int(counts[at]),
            points=float(points[at]),
            bias=_or_none(logits[at]),
            standard_error=_or_none(errors[at]),
            t=_or_none(t[at]),
            effect=_or_none(effect[at]),
            effect_error=_or_none(effect_error[at]),
            z=_or_none(z[at]),
            p=_or_none(p[at]),
        )
        for at in range(size)
    )
    return BiasTable(
        cells=found,
        chi_square=float(np.nansum(t**2)),
        df=int(np.isfinite(t).sum()),
        n=int(there.sum()),
        reasons=() if there.all() else ("unlabelled",),
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _solve_bias(fit: Fit, there: Bools, cells: Ints, size: int) -> tuple[Floats, Floats]:
    """Solve sum (x - E(eta - b)) = 0 for each cell, everything else held."""
    work = fit.work
    eta, cut, x = work.eta[there], work.cut[work.group[there]], work.category[there]
    value = np.zeros(size)
    information = np.ones(size)
    for _ in range(25):
        mean, variance, _ = curves(eta - value[cells], cut)
        information = np.maximum(sums(cells, variance, size), 1e-9)
        step = np.clip(sums(cells, mean - x, size) / information, -1.0, 1.0)
        value = value + step
        if float(np.abs(step).max()) < 1e-9:
            break
    # Only lowest or only highest ratings: no finite bias solves the equation.
    lost = np.abs(value) > 10
    return np.where(lost, np.nan, value), np.where(lost, np.nan, 1 / np.sqrt(information))


def _against_own(
    cells: Ints,
    objects: Ints,
    variance: Floats,
    score: Floats,
    of_object: Floats,
    owner: Ints,
    dispersion: float,
) -> tuple[Floats, Floats, Floats]:
    """Effect, error and z of each cell against the other cells of its owner; measures eliminated."""
    size = score.size
    shares = scipy.sparse.coo_array((variance, (cells, objects)), shape=(size, of_object.size)).tocsr()
    taken = shares @ scipy.sparse.diags_array(1 / np.maximum(of_object, 1e-9)) @ shares.T
    matrix = (scipy.sparse.diags_array(np.asarray(shares.sum(axis=1)).ravel()) - taken).tocsr()
    effect, error, z = (np.full(size, np.nan) for _ in range(3))
    order = np.argsort(owner, kind="stable")
    begins = np.flatnonzero(np.diff(owner[order], prepend=-1))
    for own in np.split(order, begins[1:]):
        block = matrix[own][:, own].toarray()
        row = block.sum(axis=1)
        total = float(row.sum())
        if own.size < 2 or total <= 1e-9:
            continue
        rest = score[own] - row * float(score[own].sum()) / total
        free = np.diag(block) - row**2 / total
        good = free > 1e-6 * np.maximum(np.diag(block), 1e-9)
        safe = np.where(good, free, 1.0)
        effect[own] = np.where(good, rest / safe, np.nan)
        error[own] = np.where(good, np.sqrt(dispersion / safe), np.nan)
        z[own] = np.where(good, rest / np.sqrt(dispersion * safe), np.nan)
    return effect, error, z


def _dispersion(fit: Fit) -> float:
    """Mean squared residual over what it would be, given that each object took up one degree of freedom."""
    work = fit.work
    alive = work.variance > 1e-6
    standard = work.residual[alive] ** 2 / work.variance[alive]
    n, objects = int(alive.sum()), np.unique(work.objects[alive]).size
    # A few wild ratings must not hide the rest: the mean is that of residuals up to five.
    return max(1.0, float(np.minimum(standard, 25).sum()) / max(1.0, n - objects))


def holm(p: Floats) -> Floats:
    """Return p-values adjusted by Holm's method (1979), Scandinavian Journal of Statistics 6, 65-70.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    raised = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(raised, 1.0)
    return result


def drift(fit: Fit) -> BiasTable:
    """Look for assessors whose severity in a window of time differs from their other windows.

    The same as `bias(fit, ("assessor", "window"))`. Windows are linked by all other assessors: a drift of
    everybody cannot be seen without benchmarks.

    Shape: `fit`, a fitted model of a table with windows.
    Unit: `effect`, the severity of the window against the assessor's other windows, in logits.
    Formula: that of `bias`.
    Missing: ratings without a window are left out ("unlabelled").
    Raises: UnknownName for a table without windows.
    Source: Wolfe, Moulder & Myford (2001), Journal of Applied Measurement 2, 256-280; Myford & Wolfe (2009),
        Journal of Educational Measurement 46, 371-389.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(150, assessors=6, planted={1: "drifting"}, seed=5)
    >>> worst = min(drift(facets.fit(made.table)).cells, key=lambda cell: cell.p)
    >>> worst.element, worst.other
    ('a002', 'w3')
    """
    return bias(fit, ("assessor", "window"))


# --- Spread, halo, erratic ratings ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Score:
    """A test of one assessor: `z` (None when it does not exist), `ratio` to what is expected, `n` ratings."""

    assessor: Hashable
    z: float | None
    ratio: float | None
    n: int


def spread(fit: Fit) -> tuple[Score, ...]:
    """Test each assessor for central (z strongly negative) or extreme (positive) use of the scale.

    It is a score test for thresholds that are all wider or narrower for this assessor.

    Shape: `fit`, a fitted model; the result has one `Score` per assessor, in the order of the labels.
    Unit: `z` in standard errors; `ratio` none, 0 when as expected.
    Formula: s = sum (T(x) - E T(x)) with T the cumulative thresholds, the assessor's severity and the
        objects' measures partialled out and the median of all assessors taken off, over its standard error;
        ratio s / sum Var T.
    Missing: the table has dropped missing ratings; z is None where too little is left after partialling out.
    Raises: nothing of its own: a fit has been checked.
    Source: Rao's score test (1948), Proceedings of the Cambridge Philosophical Society 44, 50-57, for a scale
        factor of the thresholds of the model of Andrich (1978), Psychometrika 43, 561-573.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(150, assessors=6, planted={2: "central"}, seed=5)
    >>> min(spread(facets.fit(made.table)), key=lambda one: one.z).assessor
    'a003'
    """
    work = fit.work
    cut = np.where(np.isfinite(work.cut), work.cut, 0.0)[work.group]
    k = np.arange(cut.shape[1])
    # Thresholds that are wider have a higher T at the ends: turned, so that extreme is positive.
    mean_t = (work.p * cut).sum(axis=1)
    chosen = np.take_along_axis(cut, work.category[:, None], axis=1)[:, 0]
    var_t = (work.p * cut**2).sum(axis=1) - mean_t**2
    with_x = (work.p * cut * k).sum(axis=1) - mean_t * work.expected
    return _score_test(fit, chosen - mean_t, var_t, with_x)


def _score_test(fit: Fit, residual: Floats, variance: Floats, with_x: Floats) -> tuple[Score, ...]:
    """Score test per assessor; severity and objects' measures partialled out."""
    work, assessor = fit.work, fit.table.facet("assessor")
    size = len(assessor.levels)
    width = work.information.size
    units, inside = np.unique(assessor.codes * width + work.objects, return_inverse=True)
    who, what = units // width, units % width
    info = np.maximum(work.information[what], 1e-9)
    c, v = sums(inside, with_x, units.size), sums(inside, work.variance, units.size)
    free_s = sums(who, sums(inside, variance, units.size) - c**2 / info, size)
    free_c = sums(who, c - c * v / info, size)
    free_v = sums(who, v - v**2 / info, size)
    s, r = sums(assessor.codes, residual, size), sums(assessor.codes, work.residual, size)
    some = free_v > 1e-6
    slope = np.where(some, free_c / np.where(some, free_v, 1.0), 0.0)
    left, rest = s - slope * r, free_s - slope * free_c
    good = some & (rest > 1e-6)
    if good.any():
        # Estimated measures shift all assessors alike, in proportion to the information: compare with peers.
        left = left - rest * float(np.median(left[good] / rest[good]))
    z = np.where(good, left / np.sqrt(_dispersion(fit) * np.where(good, rest, 1.0)), np.nan)
    total = sums(assessor.codes, variance, size)
    ratio = np.where(total > 0, left / np.where(total > 0, total, 1.0), np.nan)
    n = np.bincount(assessor.codes, minlength=size)
    return tuple(
        Score(assessor=label, z=_or_none(z[at]), ratio=_or_none(ratio[at]), n=int(n[at]))
        for at, label in enumerate(assessor.levels)
    )


def halo(fit: Fit) -> tuple[Score, ...]:
    """Test each assessor for halo: too little difference within a performance, too much between performances.

    Strongly negative is halo. It is a prompt to look, no measure of accuracy.

    Shape: `fit`, a fitted model; the result has one `Score` per assessor, in the order of the labels.
    Unit: `z` in standard errors; `ratio` none, 1 for the median assessor.
    Formula: of the standardised residuals of an assessor's performance, W is the variance within (n - 1) and
        B = n mean^2; ratio = (mean W / mean B) over the median of all assessors, z its logarithm over the
        error from the variation over performances.
    Missing: the table has dropped missing ratings; assessors with fewer than five performances of two or more
        ratings have no z and no ratio (None).
    Raises: nothing of its own: a fit has been checked.
    Source: this house's own test; on what halo is and is not Murphy & Balzer (1989), Journal of Applied
        Psychology 74, 619-624, and Fisicaro & Lance (1990), Applied Psychological Measurement 14, 419-429.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(150, assessors=6, planted={3: "halo"}, seed=5)
    >>> min(halo(facets.fit(made.table)), key=lambda one: one.z).assessor
    'a004'
    """
    work, assessor = fit.work, fit.table.facet("assessor")
    size = len(assessor.levels)
    done = performances(fit.table)
    width = len(done.levels)
    units, inside = np.unique(assessor.codes * width + done.codes, return_inverse=True)
    who = units // width
    standard = np.clip(work.residual / np.sqrt(np.maximum(work.variance, 0.02)), -6, 6)
    n = np.bincount(inside).astype(float)
    mean = sums(inside, standard, units.size) / n
    within = sums(inside, (standard - mean[inside]) ** 2, units.size) / np.maximum(n - 1, 1)
    several = n >= 2
    w, w_error, counts = _mean_error(who[several], within[several], size)
    b, b_error, _ = _mean_error(who[several], (n * mean**2)[several], size)
    good = (counts >= 5) & (w > 0) & (b > 0)
    log = np.where(good, np.log(np.where(good, w, 1.0)) - np.log(np.where(good, b, 1.0)), np.nan)
    middle = float(np.nanmedian(log)) if good.any() else 0.0
    error = np.sqrt((w_error / np.where(good, w, 1.0)) ** 2 + (b_error / np.where(good, b, 1.0)) ** 2)
    ratings = np.bincount(assessor.codes, minlength=size)
    return tuple(
        Score(
            assessor=label,
            z=_or_none((log[at] - middle) / error[at]) if good[at] and error[at] > 0 else None,
            ratio=_or_none(np.exp(log[at] - middle)),
            n=int(ratings[at]),
        )
        for at, label in enumerate(assessor.levels)
    )


def _mean_error(codes: Ints, values: Floats, size: int) -> tuple[Floats, Floats, Ints]:
    n = np.bincount(codes, minlength=size)
    mean = sums(codes, values, size) / np.maximum(n, 1)
    squares = sums(codes, (values - mean[codes]) ** 2, size)
    return mean, np.sqrt(squares / np.maximum(n * (n - 1), 1)), n


def erratic(fit: Fit) -> tuple[Score, ...]:
    """Test each assessor for more noise than the peers; positive is noisy, negative muted.

    Shape: `fit`, a fitted model; the result has one `Score` per assessor, in the order of the labels.
    Unit: `z` in standard errors; `ratio` none, 1 for the median assessor.
    Formula: ratio = infit over the median infit m of all assessors; z = mean of (sum r^2 - m sum V) per
        performance over its error from the variation over the assessor's performances, r the residuals and V
        their variances.
    Missing: the table has dropped missing ratings; assessors with fewer than five performances have no z
        (None).
    Raises: nothing of its own: a fit has been checked.
    Source: infit of Wright & Masters (1982), Rating Scale Analysis; the error is this house's own.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(150, assessors=6, planted={4: "erratic"}, seed=5)
    >>> max(erratic(facets.fit(made.table)), key=lambda one: one.z).assessor
    'a005'
    """
    work, assessor = fit.work, fit.table.facet("assessor")
    size = len(assessor.levels)
    done = performances(fit.table)
    square = sums(assessor.codes, work.residual**2, size)
    total = sums(assessor.codes, work.variance, size)
    infit = np.where(total > 0, square / np.where(total > 0, total, 1.0), np.nan)
    middle = float(np.nanmedian(infit))
    width = len(done.levels)
    units, inside = np.unique(assessor.codes * width + done.codes, return_inverse=True)
    excess = sums(inside, work.residual**2 - middle * work.variance, units.size)
    mean, error, counts = _mean_error(units // width, excess, size)
    n = np.bincount(assessor.codes, minlength=size)
    return tuple(
        Score(
            assessor=label,
            z=_or_none(mean[at] / error[at]) if counts[at] >= 5 and error[at] > 0 else None,
            ratio=_or_none(infit[at] / middle) if middle > 0 else None,
            n=int(n[at]),
        )
        for at, label in enumerate(assessor.levels)
    )


def _discrimination(fit: Fit) -> tuple[Score, ...]:
    """Score test for a steeper (positive) or flatter (negative) answer to the objects' measures."""
    work = fit.work
    level = work.eta - work.eta.mean()
    return _score_test(fit, level * work.residual, level**2 * work.variance, level * work.variance)


# --- All together ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A finding about one assessor: a prompt to look and talk, never a reason to change a mark.

    `effect`: lenient, harsh, central, extreme, erratic, halo, drifting, biased_dimension, biased_group.
    `where`: the window, dimension or group. `z` of the test; `size` in logits (severity, bias, drift), or
    the ratio of the test.
    """

    assessor: Hashable
    effect: str
    where: Hashable | None
    z: float
    size: float


def screen(fit: Fit, alpha: float = ALPHA, severe_points: float = SEVERE_POINTS) -> tuple[Flag, ...]:
    """Name the assessors who do something differently, and what.

    - lenient, harsh: the severity is more than `severe_points` (at the centre of the participants, where a
      logit is worth most points) from that of an average assessor, judged by the near end of its 95 %
      interval (`SEVERE_LEVEL`);
    - drifting, biased_dimension, biased_group: a cell of `drift` or `bias` with p < `alpha` (after Holm)
      and an effect of at least .3 logits; the largest is named;
    - central, extreme, halo, erratic: the tests of `spread`, `halo` and `erratic` at two-sided `alpha`;
      halo and erratic also need a ratio beyond .8 and 1.15. Noise with a flat answer is erratic, noise with
      a steep one belongs to extreme; who is central is called halo only when that is the clearer of the
      two.

    Nothing is looked for where there is one assessor, one window, one dimension or one group. Measured power
    and false alarms: `python -m benchmarks.scoring.effects`.

    Shape: `fit`, a fitted model; `alpha` and `severe_points` single numbers. The result is in the order of
        the assessors.
    Unit: `severe_points` in points of the scale, `alpha` a probability; `size` of a flag in logits or a
        ratio.
    Formula: severity x slope of the expected rating at the centre -+ 1.96 SE against `severe_points`; the
        tests above.
    Missing: ratings without a window or group do not count there; a test that an assessor has not gives no
        flag.
    Raises: OutOfRange for an alpha outside 0 to 1 or severe points below 0; NotANumber for None or text.
    Source: Myford & Wolfe (2003, 2004), Journal of Applied Measurement 4, 386-422 and 5, 189-227, for the
        effects; the limits are this house's own.

    >>> from scoring import facets, simulate
    >>> made = simulate.centre(200, assessors=8, severity_spread=0.2, planted={0: "lenient", 1: "central"}, seed=5)
    >>> [(flag.assessor, flag.effect) for flag in screen(facets.fit(made.table))]
    [('a001', 'lenient'), ('a002', 'central')]
    """
    between(alpha, 0, 1, "alpha")
    between(severe_points, 0, 1e6, "severe_points")
    if "assessor" not in fit.facets:
        return ()
    limit = float(-_laws.normal_quantile(alpha / 2))
    flags = [*_severe(fit, severe_points), *_shape(fit, limit)]
    for effect, other in (
        ("drifting", "window"),
        ("biased_dimension", "dimension"),
        ("biased_group", "group"),
    ):
        if fit.table.has(other) and len(fit.table.facet(other).levels) > 1:
            flags += _worst_cells(bias(fit, ("assessor", other)), effect, alpha)
    place = {label: at for at, label in enumerate(fit.facets["assessor"].labels)}
    return tuple(sorted(flags, key=lambda flag: (place[flag.assessor], flag.effect)))


def _severe(fit: Fit, severe_points: float) -> list[Flag]:
    elements = fit.facets["assessor"]
    centre = fit.mu if fit.mu is not None else float(fit.measured.measures.mean())
    k = fit.work.value
    near = np.array([centre - 0.1, centre + 0.1])
    slope = float(np.mean([probabilities(near, np.stack([one, one])) @ k @ [-5, 5] for one in fit.work.cut]))
    half = float(_laws.normal_quantile((1 + SEVERE_LEVEL) / 2))
    flags = []
    for at, label in enumerate(elements.labels):
        # Points by the slope at the centre, not by fair averages: these shrink towards the ends of the scale,
        # so that the lenient among able participants would be harder to find than the harsh.
        severity = float(elements.measures[at])
        gap, error = severity * slope, float(elements.standard_errors[at]) * slope
        if np.isfinite(gap) and error > 0 and abs(gap) - half * error > severe_points:
            effect = "lenient" if gap < 0 else "harsh"
            flags.append(Flag(assessor=label, effect=effect, where=None, z=-gap / error, size=severity))
    return flags


def _shape(fit: Fit, limit: float) -> list[Flag]:
    flags = []
    for of_spread, of_halo, of_noise, of_slope in zip(
        spread(fit), halo(fit), erratic(fit), _discrimination(fit), strict=True
    ):
        label = of_spread.assessor
        wide = of_spread.z or 0.0
        noise, slope = of_noise.z or 0.0, of_slope.z or 0.0
        is_noisy = noise > limit and (of_noise.ratio or 1.0) > 1.15
        if is_noisy and slope < 0:
            flags.append(
                Flag(assessor=label, effect="erratic", where=None, z=noise, size=of_noise.ratio or 1.0)
            )
        elif abs(wide) > limit:
            effect = "extreme" if wide > 0 else "central"
            flags.append(Flag(assessor=label, effect=effect, where=None, z=wide, size=of_spread.ratio or 0.0))
        is_halo = of_halo.z is not None and of_halo.z < -limit and (of_halo.ratio or 1.0) < 0.8
        if is_halo and of_halo.z is not None and not (wide < -limit and abs(wide) > abs(of_halo.z)):
            flags.append(
                Flag(assessor=label, effect="halo", where=None, z=of_halo.z, size=of_halo.ratio or 1.0)
            )
    return flags


def _worst_cells(table: BiasTable, effect: str, alpha: float) -> list[Flag]:
    worst: dict[Hashable, Cell] = {}
    for cell in table.cells:
        if cell.p is None or cell.effect is None or cell.p >= alpha or abs(cell.effect) < 0.3:
            continue
        best = worst.get(cell.element)
        if best is None or abs(cell.z or 0.0) > abs(best.z or 0.0):
            worst[cell.element] = cell
    return [
        Flag(assessor=label, effect=effect, where=cell.other, z=cell.z or 0.0, size=cell.effect or 0.0)
        for label, cell in worst.items()
    ]
