"""The many-facet Rasch model: ln [P(k) / P(k-1)] = theta - (sum of facets) - tau_k, and its two estimators.

Thresholds are kept as cumulative sums T_k, with T at the lowest and highest observed category 0 (so that the
thresholds sum to 0). A category that was never observed has probability 0. Facets sum to 0 each; positive is
harsher. Rows are sorted by object before anything is computed, so that their order makes no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from scoring._checks import Bools, Floats, Ints, sums

NODES = 9  # adaptive quadrature; nine reproduce a grid of 321 to 1e-6 in the deviance per object
ROUGH = 6  # nodes of the first steps, while the likelihood per object still rises by more than `NEAR`
NEAR = 0.01
STEPS = 60
CHUNK = 6_000  # ratings at a time, so that all of it stays in the cache
REACH = 30.0  # logits beyond which nothing is told apart


@dataclass(frozen=True)
class Columns:
    """Where the parameters of facets and thresholds stand in one vector.

    `starts[i]` is the first column of facet i, `steps` the first threshold column; `step_column` (groups,
    categories) has the column of each free T, -1 where T is fixed at 0 or the category is not observed;
    `observed` (groups, categories).
    """

    starts: tuple[int, ...]
    steps: int
    size: int
    step_column: Ints
    observed: Bools


@dataclass(frozen=True)
class Rows:
    """The ratings: object, category from 0, one column of `levels` per facet, and the threshold group."""

    objects: Ints
    category: Ints
    levels: tuple[Ints, ...]
    group: Ints
    n_objects: int
    sizes: tuple[int, ...]
    n_groups: int
    n_categories: int

    def take(self, rows: Bools | Ints) -> "Rows":
        """Return some of the rows, with the same numbering."""
        return Rows(
            self.objects[rows],
            self.category[rows],
            tuple(level[rows] for level in self.levels),
            self.group[rows],
            self.n_objects,
            self.sizes,
            self.n_groups,
            self.n_categories,
        )


def columns_of(rows: Rows) -> Columns:
    """Lay out the parameters."""
    starts = tuple(int(one) for one in np.concatenate([[0], np.cumsum(rows.sizes)])[:-1])
    steps = int(sum(rows.sizes))
    counts = np.bincount(
        rows.group * rows.n_categories + rows.category, minlength=rows.n_groups * rows.n_categories
    ).reshape(rows.n_groups, rows.n_categories)
    observed = counts > 0
    column = np.full(observed.shape, -1, dtype=np.int64)
    at = steps
    for group in range(rows.n_groups):
        for category in np.flatnonzero(observed[group])[1:-1]:
            column[group, category] = at
            at += 1
    return Columns(starts, steps, at, column, observed)


def cumulative(columns: Columns, parameters: Floats) -> Floats:
    """Return T (groups, categories); infinite where a category is not observed."""
    padded = np.append(parameters, 0.0)
    return np.where(columns.observed, padded[columns.step_column], np.inf)


def offsets(rows: Rows, columns: Columns, parameters: Floats) -> Floats:
    """Return the sum of facets of each row."""
    total = np.zeros(rows.objects.size)
    for level, start in zip(rows.levels, columns.starts, strict=True):
        total += parameters[start + level]
    return total


def probabilities(eta: Floats, cut: Floats) -> Floats:
    """Return P (..., categories) at eta (...), with T of each (..., categories)."""
    logits = np.arange(cut.shape[-1]) * np.clip(eta, -REACH, REACH)[..., None] - cut
    logits -= logits.max(axis=-1, keepdims=True)
    p = np.exp(logits)
    p /= p.sum(axis=-1, keepdims=True)
    return np.asarray(p)


def curves(eta: Floats, cut: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, variance and third central moment of the category, by sums of powers."""
    odds = np.exp(np.clip(eta, -REACH, REACH))
    weight = np.exp(-cut)
    power = odds
    z = weight[:, 0].copy()
    first, second, third = np.zeros_like(odds), np.zeros_like(odds), np.zeros_like(odds)
    for k in range(1, cut.shape[1]):
        term = power * weight[:, k]
        z += term
        first += k * term
        second += k**2 * term
        third += k**3 * term
        power = power * odds
    first, second, third = first / z, second / z, third / z
    variance = np.maximum(second - first**2, 1e-300)
    return first, variance, third - 3 * first * second + 2 * first**3


# --- Starting values ------------------------------------------------------------------------------------


def start(rows: Rows, columns: Columns) -> Floats:
    """Return rough parameters: facets from mean ratings, thresholds from the use of the categories."""
    parameters = np.zeros(columns.size)
    mean, variance = float(rows.category.mean()), max(0.3, float(rows.category.var()))
    for level, begin, size in zip(rows.levels, columns.starts, rows.sizes, strict=True):
        n = np.bincount(level, minlength=size)
        own = np.bincount(level, weights=rows.category, minlength=size) / np.maximum(n, 1)
        slope = 1.2 / variance
        parameters[begin : begin + size] = np.where(n > 0, -(own - mean) * slope, 0.0)
        parameters[begin : begin + size] -= parameters[begin : begin + size].mean()
    for group in range(rows.n_groups):
        used = rows.category[rows.group == group]
        counts = np.bincount(used, minlength=rows.n_categories)
        seen = np.flatnonzero(counts)
        if seen.size < 3:
            continue
        level = -np.log(counts[seen])
        line = level[0] + (level[-1] - level[0]) * (seen - seen[0]) / (seen[-1] - seen[0])
        parameters[columns.step_column[group, seen[1:-1]]] = 1.3 * (level - line)[1:-1]
    return parameters


def _constraint(rows: Rows, columns: Columns, size: int, blocks: Sequence[Ints] = ()) -> Floats:
    """Return one row per facet that must sum to 0 (`blocks`: further sets of columns that must)."""
    sets = [start + np.arange(n) for start, n in zip(columns.starts, rows.sizes, strict=True)]
    result = np.zeros((len(sets) + len(blocks), size))
    for at, one in enumerate([*sets, *blocks]):
        result[at, one] = 1.0
    return result


# --- Joint maximum likelihood ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Joint:
    """Objects and parameters where observed = expected for every element and step."""

    parameters: Floats
    theta: Floats
    covariance: Floats  # of the parameters, objects eliminated
    log_likelihood: float
    iterations: int
    is_converged: bool
    is_identified: bool


def joint(rows: Rows, columns: Columns, blocks: Sequence[Ints] = ()) -> Joint:
    """Fit by Newton steps; objects are eliminated by their Schur complement. No element may be extreme."""
    parameters = start(rows, columns)
    n, size = rows.n_objects, columns.size
    counts = np.bincount(rows.objects, minlength=n)
    score = np.bincount(rows.objects, weights=rows.category, minlength=n)
    present = counts > 0
    top = rows.n_categories - 1
    share = np.clip(score / np.maximum(1, counts * top), 0.02, 0.98)
    theta = np.where(present, np.log(share / (1 - share)) * 1.5, 0.0)
    lay = _Layout(rows, columns)
    constraint = _constraint(rows, columns, size, blocks)
    penalty = constraint.T @ constraint
    likelihood, converged, iterations = -np.inf, False, 0
    covariance = np.zeros((size, size))
    while iterations < STEPS and not converged:
        iterations += 1
        gradient, theta_gradient, information, cross, diagonal, now = lay.joint_terms(theta, parameters)
        diagonal = np.where(present, np.maximum(diagonal, 1e-9), 1.0)
        inner = scipy.sparse.diags_array(1 / diagonal) @ cross
        schur = information - np.asarray((cross.T @ inner).todense()) + penalty
        factor = _factor(schur)
        right = gradient - cross.T @ (theta_gradient / diagonal)
        step = scipy.linalg.cho_solve(factor, right)
        theta_step = (theta_gradient - cross @ step) / diagonal
        covariance = scipy.linalg.cho_solve(factor, np.eye(size))
        # Half a logit per step far away; full Newton steps near the solution.
        largest = max(float(np.abs(step).max(initial=0)), float(np.abs(theta_step).max(initial=0)))
        damping = min(1.0, 2.0 / largest) if largest > 0 else 1.0
        parameters = parameters + damping * step
        theta = theta + damping * theta_step
        converged = largest < 1e-9
        likelihood = now
    covariance = covariance - covariance @ penalty @ covariance
    return Joint(parameters, theta, covariance, likelihood, iterations, converged, _is_regular(schur))


def _factor(matrix: Floats) -> tuple[Floats, bool]:
    """Return a Cholesky factor; of a matrix that is singular, that of the nearest one that is not."""
    try:
        return scipy.linalg.cho_factor(matrix)  # type: ignore[no-any-return]
    except scipy.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(matrix)
        lifted = np.maximum(values, 1e-9 * values[-1])
        return scipy.linalg.cho_factor((vectors * lifted) @ vectors.T)  # type: ignore[no-any-return]


def _is_regular(matrix: Floats) -> bool:
    """Whether every direction of the parameters is told by the data."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    return bool(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] > 1e-7)


class _Layout:
    """Places of the nonzero parts of object x parameter, computed once."""

    def __init__(self, rows: Rows, columns: Columns) -> None:
        self.rows, self.columns = rows, columns
        self.k = np.arange(rows.n_categories)
        size = columns.size
        facet_pairs = [
            rows.objects * size + begin + level
            for level, begin in zip(rows.levels, columns.starts, strict=True)
        ]
        self.free = [int(k) for k in range(rows.n_categories) if (columns.step_column[:, k] >= 0).any()]
        step_pairs = []
        for k in self.free:
            column = columns.step_column[rows.group, k]
            step_pairs.append(np.where(column >= 0, rows.objects * size + column, -1))
        self.pairs, inverse = np.unique(np.concatenate([*facet_pairs, *step_pairs]), return_inverse=True)
        n = rows.objects.size
        self.places = inverse.reshape(-1, n)
        self.crossings = [
            (i, j, (columns.starts[i] + rows.levels[i]) * size + columns.starts[j] + rows.levels[j])
            for i in range(len(rows.levels))
            for j in range(i, len(rows.levels))
        ]

    def joint_terms(
        self, theta: Floats, parameters: Floats
    ) -> tuple[Floats, Floats, Floats, "scipy.sparse.csr_array", Floats, float]:
        """Return gradient, object gradient, information, object x parameter part, object part, likelihood."""
        rows, columns = self.rows, self.columns
        size = columns.size
        cut = cumulative(columns, parameters)[rows.group]
        p = probabilities(theta[rows.objects] - offsets(rows, columns, parameters), cut)
        mean = p @ self.k
        variance = p @ (self.k**2) - mean**2
        chosen = np.take_along_axis(p, rows.category[:, None], axis=1)[:, 0]
        likelihood = float(np.log(np.maximum(chosen, 1e-300)).sum())
        residual = rows.category - mean
        gradient = np.zeros(size)
        for level, begin, count in zip(rows.levels, columns.starts, rows.sizes, strict=True):
            gradient[begin : begin + count] = -sums(level, residual, count)
        theta_gradient = sums(rows.objects, residual, rows.n_objects)
        diagonal = sums(rows.objects, variance, rows.n_objects)
        spread = [p[:, k] * (k - mean) for k in self.free]  # Cov(X, I_k)
        values = np.zeros(self.pairs.size)
        for place in self.places[: len(rows.levels)]:
            values -= np.bincount(place, weights=variance, minlength=values.size)
        for place, part in zip(self.places[len(rows.levels) :], spread, strict=True):
            values -= np.bincount(place, weights=part, minlength=values.size)
        kept = self.pairs >= 0
        at = self.pairs[kept]
        cross = scipy.sparse.csr_array((values[kept], (at // size, at % size)), shape=(rows.n_objects, size))
        flat_sums = np.zeros(size * size)
        for _, _, flat in self.crossings:
            flat_sums += np.bincount(flat, weights=variance, minlength=size * size)
        square = flat_sums.reshape(size, size)
        information = np.triu(square) + np.triu(square, 1).T
        self._steps(gradient, information, p, spread)
        return gradient, theta_gradient, information, cross, diagonal, likelihood

    def _steps(self, gradient: Floats, information: Floats, p: Floats, spread: list[Floats]) -> None:
        """Add what concerns the thresholds."""
        rows, columns = self.rows, self.columns
        hit = np.bincount(
            rows.group * rows.n_categories + rows.category, minlength=rows.n_groups * rows.n_categories
        ).reshape(rows.n_groups, -1)
        for place, k in enumerate(self.free):
            column = columns.step_column[:, k]
            there = column >= 0
            expected = np.bincount(rows.group, weights=p[:, k], minlength=rows.n_groups)
            gradient[column[there]] = -(hit[:, k] - expected)[there]
            for level, begin, count in zip(rows.levels, columns.starts, rows.sizes, strict=True):
                flat = np.bincount(
                    rows.group * count + level, weights=spread[place], minlength=rows.n_groups * count
                ).reshape(rows.n_groups, count)
                information[column[there], begin : begin + count] = flat[there]
                information[begin : begin + count, column[there]] = flat[there].T
            for other in self.free:
                both = there & (columns.step_column[:, other] >= 0)
                part = p[:, k] * ((k == other) - p[:, other])
                total = np.bincount(rows.group, weights=part, minlength=rows.n_groups)
                information[column[both], columns.step_column[both, other]] = total[both]


# --- Marginal maximum likelihood ------------------------------------------------------------------------


@dataclass(frozen=True)
class Marginal:
    """Parameters under theta ~ N(mu, sigma^2); the last two columns of `covariance` are mu and log sigma."""

    parameters: Floats
    mu: float
    sigma: float
    covariance: Floats
    mean: Floats  # posterior mean and standard deviation of the objects
    deviation: Floats
    log_likelihood: float
    iterations: int
    is_converged: bool
    is_identified: bool


def marginal(rows: Rows, columns: Columns, nodes: int = NODES) -> Marginal:
    """Fit by Newton steps on the marginal likelihood, with adaptive Gauss-Hermite quadrature.

    The gradient is that of Fisher's identity, the information that of Louis (1982): complete information
    less the posterior variance of the complete score.
    """
    order = np.argsort(rows.objects, kind="stable")
    rows = rows.take(order)
    engine = _Quadrature(rows, columns, min(nodes, ROUGH))
    size = columns.size
    vector = np.concatenate([start(rows, columns), [0.0, 0.0]])
    vector[size] = _start_mean(rows)
    constraint = np.pad(_constraint(rows, columns, size), ((0, 0), (0, 2)))
    penalty = constraint.T @ constraint * rows.objects.size / max(1, columns.size)
    state = engine.at(vector)
    converged, iterations = False, 0
    while iterations < STEPS and not converged:
        iterations += 1
        step, decrement = _step(state, penalty)
        # Rough and fine quadrature differ a little, which must not make a step fail where one follows the other.
        slack = NEAR * engine.present.size if engine.refine(decrement, nodes) else 0.0
        for halving in range(12):
            damping = 0.5**halving * min(1.0, 2.0 / max(1e-300, float(np.abs(step).max())))
            trial = vector + damping * step
            trial[-1] = np.clip(trial[-1], -6, 4)
            found = engine.at(trial)
            if decrement < 1e-6 or found.likelihood > state.likelihood - slack:
                break
        vector, state = _centre(rows, columns, trial), found
        converged = decrement < 1e-7 and engine.z.size == nodes
    information = state.information + penalty
    covariance = scipy.linalg.cho_solve(_factor(information), np.eye(len(information)))
    covariance = covariance - covariance @ penalty @ covariance
    mean = np.zeros(rows.n_objects)
    deviation = np.full(rows.n_objects, np.exp(vector[-1]))
    mean += vector[-2]
    mean[engine.present], deviation[engine.present] = engine.mean, engine.deviation
    return Marginal(
        vector[:size], float(vector[-2]), float(np.exp(vector[-1])), covariance, mean, deviation,
        state.likelihood, iterations, converged, _is_regular(information),
    )  # fmt: skip


def _centre(rows: Rows, columns: Columns, vector: Floats) -> Floats:
    """Move what facets do not sum to 0 by into mu: the same model, up to the error of the quadrature."""
    centred = vector.copy()
    for begin, count in zip(columns.starts, rows.sizes, strict=True):
        shift = centred[begin : begin + count].mean()
        centred[begin : begin + count] -= shift
        centred[-2] -= shift
    return centred


def _start_mean(rows: Rows) -> float:
    share = float(np.clip(rows.category.mean() / (rows.n_categories - 1), 0.05, 0.95))
    return float(np.log(share / (1 - share)))


def _step(state: "_Point", penalty: Floats) -> tuple[Floats, float]:
    """Return a Newton step; where the observed information is not positive, one with the complete."""
    try:
        factor = scipy.linalg.cho_factor(state.information + penalty)
    except scipy.linalg.LinAlgError:
        factor = _factor(state.complete + penalty)
    step = scipy.linalg.cho_solve(factor, state.gradient)
    return step, float(step @ state.gradient)


@dataclass
class _Point:
    likelihood: float
    gradient: Floats
    information: Floats
    complete: Floats


class _Quadrature:
    """Likelihood, gradient and information at a vector of parameters; remembers the objects' posteriors."""

    def __init__(self, rows: Rows, columns: Columns, nodes: int) -> None:
        self.rows, self.columns = rows, columns
        self.present, self.inside = np.unique(rows.objects, return_inverse=True)
        self.begins = np.searchsorted(self.inside, np.arange(self.present.size + 1))
        self._place(nodes)
        self.mean: Floats | None = None
        self.deviation: Floats = np.zeros(0)
        self.score = np.bincount(self.inside, weights=rows.category).astype(float)
        self.free = [int(k) for k in range(rows.n_categories) if (columns.step_column[:, k] >= 0).any()]
        self._touch()

    def _place(self, nodes: int) -> None:
        """Take this many nodes of the standard normal from now on."""
        z, weight = np.polynomial.hermite_e.hermegauss(nodes)
        self.z = z
        self.log_weight = np.log(weight) + z**2 / 2

    def refine(self, decrement: float, nodes: int) -> bool:
        """Take all nodes from now on if a step promises little; return whether that is a change."""
        if self.z.size == nodes or decrement > NEAR * self.present.size:
            return False
        self._place(nodes)
        return True

    def _touch(self) -> None:
        """Find, per object, the facet columns that its ratings touch; steps, mu and sigma come last."""
        rows, columns = self.rows, self.columns
        size = columns.size
        flat = [
            self.inside * size + begin + level
            for level, begin in zip(rows.levels, columns.starts, strict=True)
        ]
        if not flat:  # nothing but thresholds
            self.reach = 0
            self.touched = np.zeros((self.present.size, 0), dtype=np.int64)
            self.places = np.zeros((0, rows.objects.size), dtype=np.int64)
            return
        pairs, inverse = np.unique(np.concatenate(flat), return_inverse=True)
        owner = pairs // size
        first = np.searchsorted(owner, np.arange(self.present.size))
        place = np.arange(pairs.size) - first[owner]
        self.reach = int(place.max()) + 1
        self.touched = np.full((self.present.size, self.reach), size + 2, dtype=np.int64)
        self.touched[owner, place] = pairs % size
        self.places = place[inverse].reshape(len(flat), -1)

    def _locate(self, mu: float, sigma: float, offset: Floats, cut: Floats) -> None:
        """Find posterior modes by a few Newton steps, once, before the first evaluation."""
        mode = np.full(self.present.size, mu)
        for _ in range(5):
            mean, variance, _ = curves(mode[self.inside] - offset, cut)
            slope = self.score - np.bincount(self.inside, weights=mean) - (mode - mu) / sigma**2
            curve = np.bincount(self.inside, weights=variance) + 1 / sigma**2
            mode = mode + np.clip(slope / curve, -1.5, 1.5)
        self.mean, self.deviation = mode, 1 / np.sqrt(curve)

    def at(self, vector: Floats) -> _Point:
        """Evaluate; adapts the nodes to the posteriors found, so that calls near each other get sharper."""
        rows, columns = self.rows, self.columns
        size = columns.size
        parameters, mu, sigma = vector[:size], float(vector[-2]), float(np.exp(vector[-1]))
        offset = offsets(rows, columns, parameters)
        cut = cumulative(columns, parameters)
        if self.mean is None:
            self._locate(mu, sigma, offset, cut[rows.group])
        total = _Sums(size)
        mean, deviation = np.empty(self.present.size), np.empty(self.present.size)
        at = 0
        while at < self.present.size:
            upto = int(np.searchsorted(self.begins, self.begins[at] + CHUNK, side="right")) - 1
            upto = min(max(upto, at + 1), self.present.size)
            part = self._chunk(at, upto, offset, np.exp(-cut), mu, sigma, parameters, total)
            mean[at:upto], deviation[at:upto] = part
            at = upto
        self.mean, self.deviation = mean, deviation
        return total.point(rows, columns, parameters)

    def _chunk(
        self, low: int, high: int, offset: Floats, weight: Floats, mu: float, sigma: float,
        parameters: Floats, total: "_Sums",
    ) -> tuple[Floats, Floats]:  # fmt: skip
        rows = self.rows
        assert self.mean is not None  # set by `at`
        begin, end = int(self.begins[low]), int(self.begins[high])
        here = slice(begin, end)
        inside = self.inside[here] - low
        starts = self.begins[low:high] - begin
        centre, scale = self.mean[low:high], self.deviation[low:high]
        theta = centre[:, None] + scale[:, None] * self.z
        group = rows.group[here]
        # exp(theta - offset) is a product: no exponential per rating and node.
        odds = (
            np.exp(np.clip(theta, -REACH, REACH))[inside]
            * np.exp(-np.clip(offset[here], -REACH, REACH))[:, None]
        )
        terms = weight[group] if rows.n_groups > 1 else weight
        powers, z, mean, square = _polynomial(odds, terms)
        log_z = np.log(z)
        scores = rows.category[here].astype(float)
        fixed = scores * offset[here] - np.log(np.take_along_axis(
            weight[group] if rows.n_groups > 1 else np.broadcast_to(weight[0], (end - begin, weight.shape[1])),
            rows.category[here][:, None], axis=1)[:, 0])  # fmt: skip
        inner = theta * self.score[low:high, None] - np.add.reduceat(log_z, starts, axis=0)
        gap = (theta - mu) / sigma
        inner += (
            -0.5 * gap**2 - np.log(sigma) - 0.5 * np.log(2 * np.pi) + self.log_weight + np.log(scale)[:, None]
        )
        top = inner.max(axis=1, keepdims=True)
        posterior = np.exp(inner - top)
        norm = posterior.sum(axis=1, keepdims=True)
        posterior /= norm
        total.likelihood += float((top + np.log(norm)).sum()) - float(fixed.sum())

        p = [powers[k] / z for k in self.free]
        own = posterior[inside]
        self._score(total, low, high, here, inside, mean, p, posterior, gap, sigma, starts)
        self._complete(total, here, group, mean, square - mean**2, p, own)
        new = (posterior * theta).sum(axis=1)
        spread = np.sqrt(np.maximum((posterior * (theta - new[:, None]) ** 2).sum(axis=1), 1e-12))
        return new, spread

    def _score(
        self, total: "_Sums", low: int, high: int, here: slice, inside: Ints, mean: Floats,
        p: list[Floats], posterior: Floats, gap: Floats, sigma: float, starts: Ints,
    ) -> None:  # fmt: skip
        """Add the gradient and the posterior variance of the complete score."""
        rows, columns = self.rows, self.columns
        objects, nodes, size = high - low, posterior.shape[1], columns.size
        n_steps = size - columns.steps
        width = self.reach + n_steps + 2
        local = np.zeros((objects, width, nodes))
        residual = mean - rows.category[here][:, None]
        flat = local.reshape(objects * width, nodes)
        count = residual.shape[0]
        for place in self.places[:, here]:
            pick = scipy.sparse.csr_array(
                (np.ones(count), (inside * width + place, np.arange(count))), shape=(objects * width, count)
            )
            flat += pick @ residual
        if rows.n_groups == 1:
            for part, k in zip(p, self.free, strict=True):
                column = self.reach + int(columns.step_column[0, k]) - columns.steps
                hit = (rows.category[here] == k).astype(float)
                local[:, column] = np.add.reduceat(part, starts, axis=0)
                local[:, column] -= np.add.reduceat(hit, starts)[:, None]
        else:
            for part, k in zip(p, self.free, strict=True):
                column = columns.step_column[rows.group[here], k]
                there = np.flatnonzero(column >= 0)
                place = self.reach + column[there] - columns.steps
                values = part[there] - (rows.category[here][there] == k)[:, None]
                pick = scipy.sparse.csr_array(
                    (np.ones(there.size), (inside[there] * width + place, np.arange(there.size))),
                    shape=(objects * width, there.size),
                )
                flat += pick @ values
        local[:, -2] = gap / sigma
        local[:, -1] = gap**2 - 1
        mean_score = np.einsum("owq,oq->ow", local, posterior)
        local -= mean_score[:, :, None]
        spread = (local * posterior[:, None, :]) @ np.swapaxes(local, 1, 2)
        tail = np.concatenate([np.arange(columns.steps, size), [size, size + 1]])
        touched = np.concatenate(
            [self.touched[low:high], np.broadcast_to(tail, (objects, tail.size))], axis=1
        )
        total.add(touched, mean_score, spread)
        total.second += float((posterior * (2 * gap**2)).sum())
        total.mixed += float((posterior * (2 * gap / sigma)).sum())
        total.objects += objects / sigma**2

    def _complete(
        self,
        total: "_Sums",
        here: slice,
        group: Ints,
        mean: Floats,
        variance: Floats,
        p: list[Floats],
        own: Floats,
    ) -> None:
        """Add the expected complete information, as weights per rating."""
        # einsum, since a reduction over a short axis is slow, and BLAS would start threads for it.
        weighted = [own * part for part in p]
        shares = [np.einsum("rq->r", part) for part in weighted]
        total.variance.append(np.einsum("rq,rq->r", own, variance))
        total.covariance.append(
            [
                k * share - np.einsum("rq,rq->r", part, mean)
                for part, share, k in zip(weighted, shares, self.free, strict=True)
            ]
        )
        n_groups = self.rows.n_groups
        for at, part in enumerate(weighted):
            for further, other in enumerate(p[at:], start=at):
                if n_groups == 1:
                    found = np.array([-float(np.einsum("rq,rq->", part, other))])
                else:
                    found = -sums(group, np.einsum("rq,rq->r", part, other), n_groups)
                if further == at:
                    found += sums(group, shares[at], n_groups)
                key = (self.free[at], self.free[further])
                total.products[key] = total.products.get(key, 0.0) + found
        total.free = self.free


def _polynomial(odds: Floats, weight: Floats) -> tuple[list[Floats], Floats, Floats, Floats]:
    """Return the terms w_k odds^k, their sum Z, and the first two moments of k."""
    top = weight.shape[1] - 1
    one = weight[:, 0, None] if len(weight) > 1 else weight[0, 0]
    powers = [np.broadcast_to(np.asarray(one), odds.shape)]
    power = odds
    z = powers[0] + 0.0
    first, second, scaled = np.zeros_like(odds), np.zeros_like(odds), np.empty_like(odds)
    for k in range(1, top + 1):
        factor = weight[:, k, None] if len(weight) > 1 else weight[0, k]
        term = power * factor
        powers.append(term)
        z += term
        np.multiply(term, k, out=scaled)
        first += scaled
        scaled *= k
        second += scaled
        if k < top:
            power = power * odds
    first /= z
    second /= z
    return powers, z, first, second


class _Sums:
    """Sums over chunks of objects."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.wide = size + 3  # mu, log sigma, and a column for padding
        self.likelihood = 0.0
        self.gradient = np.zeros(self.wide)
        self.missing = np.zeros(self.wide * self.wide)
        self.second = self.mixed = self.objects = 0.0
        self.variance: list[Floats] = []
        self.covariance: list[list[Floats]] = []
        self.products: dict[tuple[int, int], Floats] = {}
        self.free: list[int] = []

    def add(self, touched: Ints, score: Floats, spread: Floats) -> None:
        """Add scores and their posterior variances at the columns they belong to."""
        self.gradient += np.bincount(touched.ravel(), weights=score.ravel(), minlength=self.wide)
        flat = touched[:, :, None] * self.wide + touched[:, None, :]
        self.missing += np.bincount(flat.ravel(), weights=spread.ravel(), minlength=self.wide**2)

    def point(self, rows: Rows, columns: Columns, parameters: Floats) -> _Point:
        """Put the parts together."""
        size = self.size
        variance = np.concatenate(self.variance)
        spread = [np.concatenate(parts) for parts in zip(*self.covariance, strict=True)]
        complete = np.zeros((size + 2, size + 2))
        square = size * size
        info = np.zeros(square)
        for i, (first, begin) in enumerate(zip(rows.levels, columns.starts, strict=True)):
            for second, other in list(zip(rows.levels, columns.starts, strict=True))[i:]:
                info += np.bincount(
                    (begin + first) * size + other + second, weights=variance, minlength=square
                )
        inner = info.reshape(size, size)
        complete[:size, :size] = np.triu(inner) + np.triu(inner, 1).T
        for at, k in enumerate(self.free):
            column = columns.step_column[:, k]
            there = column >= 0
            for level, begin, count in zip(rows.levels, columns.starts, rows.sizes, strict=True):
                flat = np.bincount(
                    rows.group * count + level, weights=spread[at], minlength=rows.n_groups * count
                ).reshape(rows.n_groups, count)
                complete[column[there], begin : begin + count] = flat[there]
                complete[begin : begin + count, column[there]] = flat[there].T
            for other in self.free[at:]:
                both = there & (columns.step_column[:, other] >= 0)
                found = self.products[k, other][both]
                complete[column[both], columns.step_column[both, other]] = found
                complete[columns.step_column[both, other], column[both]] = found
        complete[size, size] = self.objects
        complete[size, size + 1] = complete[size + 1, size] = self.mixed
        complete[size + 1, size + 1] = self.second
        keep = size + 2
        missing = self.missing.reshape(self.wide, self.wide)[:keep, :keep]
        return _Point(self.likelihood, self.gradient[:keep], complete - missing, complete)
