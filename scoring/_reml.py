"""Restricted maximum likelihood for crossed and nested random effects, without a sparse Cholesky.

Effects that are nested in a block (participant, participant x exercise, ...) are absorbed block by block; the
few crossed ones (assessor, dimension, ...) are kept as one dense matrix (Schur complement of Henderson's mixed
model equations). Newton steps use the average information of Gilmour, Thompson & Cullis (1995), Biometrics
51, 1440-1450. Everything is computed from counts, so that the order of rows makes no difference.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import scipy

from scoring._checks import Bools, Floats, Ints

STEPS = 100
LEAST = 1e-10  # smallest ratio of a component to the variance of the data; there it is reported as 0
LEAST_RESIDUAL = 1e-7  # the same for the residual, without which nothing can be solved
CHUNK = 4_000_000


@dataclass(frozen=True)
class Term:
    """A random effect: its name, the level of each row, and the number of levels."""

    name: str
    codes: Ints
    size: int


@dataclass(frozen=True)
class Reml:
    """A fit: `variances` by name with "residual" last; `covariance` of those estimates (None at failure),
    rows and columns as `names`, 0 for components at zero; `criterion` = -2 restricted log-likelihood;
    `effects` the predicted effects of each term."""

    names: tuple[str, ...]
    variances: dict[str, float]
    covariance: Floats | None
    criterion: float
    intercept: float
    effects: dict[str, Floats]
    is_converged: bool
    iterations: int


def fit_reml(y: Floats, nested: Sequence[Term], crossed: Sequence[Term]) -> Reml:
    """Fit y = intercept + nested effects + crossed effects + residual.

    The first nested term defines the blocks; every other nested term's levels lie within one block.
    """
    design = _Design(y, nested, crossed)
    total = float(y.var()) or 1.0
    # Half of the variance to the residual, a quarter to the blocks, the rest to all others: usual proportions.
    variances = np.full(len(design.terms) + 1, total / (4 * max(1, len(design.terms) - 1)))
    variances[0], variances[-1] = total / 4, total / 2
    floor = np.full(variances.size, LEAST * total)
    floor[-1] = LEAST_RESIDUAL * total
    state = _solve(design, variances)
    converged, iterations = False, 0
    while iterations < STEPS:
        iterations += 1
        gradient, information = _derivatives(design, state)
        size = np.array([*(term.size for term in design.terms), design.n], dtype=float)
        # The first steps are rough: they may not take a component to 0, from where it returns slowly.
        lowest = np.maximum(floor, 0.1 * variances) if iterations <= 3 else floor
        step = _bounded_step(information, gradient, variances, lowest, variances**2 / size)
        gain = float(np.abs(step * gradient).sum())
        if gain < 1e-6:
            # One more step than can be told from the criterion, for the last digits.
            state = _solve(design, _trial(variances, step, floor))
            converged = True
            break
        better = _line_search(design, state, step, floor)
        if better is None:
            converged = gain < 1e-3
            break
        state, variances = better, better.variances
    at_zero = state.variances <= floor * 1.001
    names = (*(term.name for term in design.terms), "residual")
    return Reml(
        names=names,
        variances={
            name: 0.0 if zero else float(value)
            for name, value, zero in zip(names, state.variances, at_zero, strict=True)
        },
        covariance=_covariance(information, at_zero),
        criterion=state.criterion,
        intercept=float(state.fixed),
        effects=design.effects(state),
        is_converged=converged,
        iterations=iterations,
    )


def _newton(information: Floats, gradient: Floats, scale: Floats) -> Floats:
    """Return a Newton step, or one of the EM algorithm where the information is as good as singular."""
    if not gradient.size:
        return gradient
    root = np.sqrt(np.maximum(np.diag(information), 1e-300))
    if np.linalg.eigvalsh(information / np.outer(root, root))[0] < 1e-9:
        return np.asarray(2 * scale * gradient)
    return np.asarray(np.linalg.solve(information, gradient))


def _covariance(information: Floats, at_zero: Bools) -> Floats | None:
    """Return the inverse for the components that are not at zero; None where it is as good as singular."""
    free = np.ix_(~at_zero, ~at_zero)
    own = information[free]
    result = np.zeros_like(information)
    if not own.size:
        return result
    root = np.sqrt(np.maximum(np.diag(own), 1e-300))
    if np.linalg.eigvalsh(own / np.outer(root, root))[0] < 1e-9:
        return None
    result[free] = np.linalg.inv(own)
    return result


def _trial(variances: Floats, step: Floats, floor: Floats) -> Floats:
    """Return variances after a step; none grows more than tenfold from what can be told from 0."""
    return np.clip(variances + step, floor, 10 * variances + 1e9 * floor)


def _bounded_step(
    information: Floats, gradient: Floats, variances: Floats, floor: Floats, scale: Floats
) -> Floats:
    """Return a Newton step that keeps to the floor: components that would fall below it stop there."""
    stopped = (variances <= floor) & (gradient <= 0)
    step = np.where(stopped, floor - variances, 0.0)
    for _ in range(variances.size):
        free = ~stopped
        right = gradient[free] - information[np.ix_(free, stopped)] @ step[stopped]
        step[free] = _newton(information[np.ix_(free, free)], right, scale[free])
        below = free & (variances + step < floor)
        if not below.any():
            break
        stopped |= below
        step[below] = (floor - variances)[below]
    return step


def _line_search(design: "_Design", state: "_State", step: Floats, floor: Floats) -> "_State | None":
    for halving in range(12):
        trial = _trial(state.variances, step * 0.5**halving, floor)
        try:
            found = _solve(design, trial)
        except np.linalg.LinAlgError:  # too near to a model without residual
            continue
        if found.criterion < state.criterion:
            return found
    return None


# --- The design in counts -------------------------------------------------------------------------------


class _Design:
    """Rows of the data turned into counts per block: A = Z_n'Z_n, B = Z_n'[Z_c 1 y], and Z_c'Z_c."""

    def __init__(self, y: Floats, nested: Sequence[Term], crossed: Sequence[Term]) -> None:
        self.y, self.n = y, y.size
        self.terms = (*nested, *crossed)
        self.nested, self.crossed = tuple(nested), tuple(crossed)
        self.block, self.blocks = nested[0].codes, nested[0].size
        self._place_nested()
        self._place_crossed()
        self.a = self._count(self.local, self.width, self.local, self.width)
        self.patterns, self.pattern = self._alike()
        b = self._count(self.local, self.width, self.near, self.reach)
        self.b = np.concatenate([b, self.against(np.ones(self.n)), self.against(y)], axis=2)
        self.cc = self._crossproduct()
        self.c1, self.cy = self.across(np.ones(self.n)), self.across(y)

    def _place_nested(self) -> None:
        """Give each nested level a place within its block; `width` places, padded."""
        starts, places, width = [], [], 0
        self.owner: list[tuple[Ints, Ints]] = []
        for term in self.nested:
            block_of = np.zeros(term.size, dtype=np.int64)
            block_of[term.codes] = self.block
            order = np.argsort(block_of, kind="stable")
            first = np.searchsorted(block_of[order], np.arange(self.blocks))
            place = np.empty(term.size, dtype=np.int64)
            place[order] = np.arange(term.size) - first[block_of[order]]
            here = int(place.max(initial=0)) + 1
            starts.append(width)
            places.append(place[term.codes] + width)
            self.owner.append((block_of, place + width))
            width += here
        self.width = width
        self.local = places
        self.starts = [*starts, width]

    def _place_crossed(self) -> None:
        """Give each crossed level a column; and its place among the columns that a block touches."""
        self.offsets = np.concatenate([[0], np.cumsum([term.size for term in self.crossed])]).astype(np.int64)
        self.columns = int(self.offsets[-1])
        wide = self.columns + 1
        flat = [
            self.block * wide + term.codes + at for term, at in zip(self.crossed, self.offsets, strict=False)
        ]
        if not flat:
            self.near, self.reach = [], 0
            self.touched = np.zeros((self.blocks, 0), dtype=np.int64)
            return
        pairs, inverse = np.unique(np.concatenate(flat), return_inverse=True)
        block_of = pairs // wide
        first = np.searchsorted(block_of, np.arange(self.blocks))
        place = np.arange(pairs.size) - first[block_of]
        self.reach = int(place.max(initial=-1)) + 1
        self.touched = np.full((self.blocks, self.reach), self.columns, dtype=np.int64)
        self.touched[block_of, place] = pairs % wide
        self.near = list(place[inverse].reshape(len(flat), self.n))

    def _count(self, rows: list[Ints], height: int, columns: list[Ints], width: int) -> Floats:
        result = np.zeros(self.blocks * height * width)
        for row in rows:
            for column in columns:
                at = (self.block * height + row) * width + column
                result += np.bincount(at, minlength=result.size)
        return result.reshape(self.blocks, height, width)

    def _alike(self) -> tuple[Floats, Ints]:
        """Return the different matrices of `a`, and which of them each block has.

        Where all participants are rated in the same cells there is one, and what is computed from it is
        computed once instead of for each of them.
        """
        if self.width == 1:
            numbers, which = np.unique(self.a[:, 0, 0], return_inverse=True)
            return numbers.reshape(-1, 1, 1), which
        places: dict[bytes, int] = {}
        first: list[int] = []
        which = np.empty(self.blocks, dtype=np.int64)
        for block, own in enumerate(self.a):
            name = hashlib.blake2b(own.tobytes(), digest_size=16).digest()
            which[block] = place = places.setdefault(name, len(places))
            if place == len(first):
                first.append(block)
        return self.a[first], which

    def _crossproduct(self) -> Floats:
        wide = self.columns
        result = np.zeros(wide * wide)
        for one, start in zip(self.crossed, self.offsets, strict=False):
            for other, at in zip(self.crossed, self.offsets, strict=False):
                result += np.bincount((one.codes + start) * wide + other.codes + at, minlength=wide * wide)
        return result.reshape(wide, wide)

    def against(self, values: Floats) -> Floats:
        """Return Z_n' values, per block: (blocks, width, 1)."""
        result = np.zeros(self.blocks * self.width)
        for place in self.local:
            result += np.bincount(self.block * self.width + place, weights=values, minlength=result.size)
        return result.reshape(self.blocks, self.width, 1)

    def across(self, values: Floats) -> Floats:
        """Return Z_c' values: (columns,)."""
        parts = [np.bincount(term.codes, weights=values, minlength=term.size) for term in self.crossed]
        return np.concatenate([np.zeros(0), *parts])

    def scatter(self, values: Floats) -> Floats:
        """Add values (blocks, reach, vectors) at the columns that the blocks touch."""
        at, wide = self.touched.ravel(), self.columns + 1
        flat = values.reshape(at.size, values.shape[2])
        found = [np.bincount(at, weights=column, minlength=wide)[:-1] for column in flat.T]
        return np.stack(found, axis=1)

    def multiply(self, inside: Floats, outside: Floats) -> tuple[Floats, Floats, Floats]:
        """Return Z'Z times effects: nested (blocks, width, vectors), crossed (columns, vectors), and the sum."""
        b, reach = self.b[:, :, : self.reach], self.reach
        padded = np.concatenate([outside, np.zeros((1, outside.shape[1]))])
        near = self.a @ inside + b @ padded[self.touched]
        far = self.cc @ outside + self.scatter(np.swapaxes(b, 1, 2) @ inside)
        total = np.einsum("bw,bwk->k", self.b[:, :, reach], inside) + self.c1 @ outside
        return near, far, total

    def spread(self, variances: Floats) -> tuple[Floats, Floats]:
        """Return the variance of each nested place and each crossed column."""
        nested = len(self.nested)
        own = np.repeat(variances[:nested], np.diff(self.starts))
        return own, np.repeat(variances[nested:-1], np.diff(self.offsets))

    def fitted(self, fixed: float, inside: Floats, outside: Floats) -> list[Floats]:
        """Return the contribution of each term to each row."""
        parts = [inside[self.block, place] for place in self.local]
        parts += [outside[t.codes + at] for t, at in zip(self.crossed, self.offsets, strict=False)]
        return parts

    def effects(self, state: "_State") -> dict[str, Floats]:
        """Return the predicted effects of each term, by level."""
        found = {t.name: state.inside[owner] for t, owner in zip(self.nested, self.owner, strict=True)}
        for term, at in zip(self.crossed, self.offsets, strict=False):
            found[term.name] = state.outside[at : at + term.size]
        return found


# --- Mixed model equations ------------------------------------------------------------------------------


@dataclass
class _State:
    """The solution of the equations for given variances."""

    variances: Floats
    criterion: float
    fixed: float
    inside: Floats  # nested effects, (blocks, width)
    outside: Floats  # crossed effects, (columns,)
    inverse: Floats  # (Gamma_n^-1 + A)^-1, (blocks, width, width)
    factor: Floats  # Cholesky factor of the Schur complement, crossed columns and the intercept
    extra: dict[str, Floats] = field(default_factory=dict)


def _solve(design: _Design, variances: Floats) -> _State:
    residual = variances[-1]
    own, others = design.spread(variances / residual)
    system = design.patterns + np.diag(1 / own)
    inverse: Floats = np.asarray(np.linalg.inv(system), dtype=np.float64)[design.pattern]
    log_inside = float(np.linalg.slogdet(system)[1][design.pattern].sum())
    log_inside += design.blocks * float(np.log(own).sum())
    schur, right, top = _schur(design, inverse, others)
    factor: Floats = np.asarray(np.linalg.cholesky(schur), dtype=np.float64)
    solution = scipy.linalg.cho_solve((factor, True), right)
    squares = top - float(right @ solution)
    inside = _inside(design, inverse, solution, design.b[:, :, -1])
    log_all = log_inside + float(np.log(others).sum()) + 2 * float(np.log(np.diag(factor)).sum())
    free = design.n - 1
    criterion = free * float(np.log(2 * np.pi * residual)) + log_all + squares / residual
    return _State(variances, criterion, float(solution[-1]), inside, solution[:-1], inverse, factor)


def _schur(design: _Design, inverse: Floats, others: Floats) -> tuple[Floats, Floats, float]:
    """Return the left and right side for crossed effects and intercept, and y'R^-1 y."""
    wide = design.columns
    sums = np.zeros((wide + 1) * (wide + 1))
    ends = np.zeros((wide + 1, 2))
    corner = np.zeros((2, 2))
    reach = design.reach
    per = max(1, CHUNK // max(1, reach * reach))
    for start in range(0, design.blocks, per):
        part = slice(start, start + per)
        b = design.b[part]
        product = np.swapaxes(b, 1, 2) @ (inverse[part] @ b)
        at = design.touched[part]
        if reach:
            flat = (at[:, :, None] * (wide + 1) + at[:, None, :]).ravel()
            sums += np.bincount(flat, weights=product[:, :reach, :reach].ravel(), minlength=sums.size)
            for column in (0, 1):
                weights = product[:, :reach, reach + column].ravel()
                ends[:, column] += np.bincount(at.ravel(), weights=weights, minlength=wide + 1)
        corner += product[:, reach:, reach:].sum(axis=0)
    left = np.empty((wide + 1, wide + 1))
    left[:wide, :wide] = design.cc - sums.reshape(wide + 1, wide + 1)[:wide, :wide] + np.diag(1 / others)
    left[:wide, wide] = left[wide, :wide] = design.c1 - ends[:wide, 0]
    left[wide, wide] = design.n - corner[0, 0]
    right = np.append(design.cy - ends[:wide, 1], design.y.sum() - corner[0, 1])
    return left, right, float(design.y @ design.y) - float(corner[1, 1])


def _inside(design: _Design, inverse: Floats, solution: Floats, right: Floats) -> Floats:
    """Return nested effects, given crossed effects and intercept and Z_n' data (blocks, width)."""
    reach = design.reach
    padded = np.append(solution[:-1], 0.0)
    explained = (design.b[:, :, :reach] @ padded[design.touched][:, :, None])[:, :, 0]
    explained = explained + design.b[:, :, reach] * solution[-1]
    return np.asarray((inverse @ (right - explained)[:, :, None])[:, :, 0])


def _derivatives(design: _Design, state: _State) -> tuple[Floats, Floats]:
    """Return the gradient of the restricted log-likelihood and the average information."""
    variances, residual = state.variances, state.variances[-1]
    traces = _traces(design, state) * residual
    sizes = np.array([*(np.diff(design.starts) * design.blocks), *np.diff(design.offsets)], dtype=float)
    squares = np.array(
        [
            *(
                float((state.inside[:, low:high] ** 2).sum())
                for low, high in zip(design.starts, design.starts[1:], strict=False)
            ),
            *(
                float((state.outside[low:high] ** 2).sum())
                for low, high in zip(design.offsets, design.offsets[1:], strict=False)
            ),
        ]
    )
    own = variances[:-1]
    parts = design.fitted(state.fixed, state.inside, state.outside)
    left_over = design.y - state.fixed - sum(parts, np.zeros(design.n))
    gradient = np.empty_like(variances)
    gradient[:-1] = -0.5 * (sizes / own - traces / own**2 - squares / own**2)
    used = float((sizes - traces / own).sum())
    gradient[-1] = -0.5 * ((design.n - 1 - used) / residual - float(left_over @ left_over) / residual**2)

    return gradient, _average_information(design, state, float(left_over @ left_over))


def _average_information(design: _Design, state: _State, squares: float) -> Floats:
    """Return half f_k' P f_l for the working vectors f_k = Z_k u_k / variance (residual: e / variance).

    All in terms of counts: Z'f of a term is Z'Z times its effects, and Z'e / variance = effects / variance.
    """
    nested, crossed = len(design.nested), len(design.crossed)
    count = nested + crossed
    own, residual = state.variances[:-1], state.variances[-1]
    inside = np.zeros((design.blocks, design.width, count + 1))
    outside = np.zeros((design.columns, count + 1))
    for at, (low, high) in enumerate(pairwise(design.starts)):
        inside[:, low:high, at] = state.inside[:, low:high] / own[at]
    for at, (low, high) in enumerate(pairwise(design.offsets.tolist()), start=nested):
        outside[low:high, at] = state.outside[low:high] / own[at]
    near, far, sums_ = design.multiply(inside, outside)
    # The residual: its own working vector is no combination of effects.
    near[:, :, -1], far[:, -1], sums_[-1] = inside.sum(axis=2), outside.sum(axis=1), 0.0
    products = np.einsum("bwk,bwl->kl", inside, near) + outside.T @ far
    products[-1, :-1] = products[:-1, -1]
    products[-1, -1] = squares / residual**2
    solved_near, solved_far, solved_sum = _solved(design, state, near, far, sums_)
    explained = np.einsum("bwk,bwl->kl", near, solved_near) + far.T @ solved_far + np.outer(sums_, solved_sum)
    information = 0.5 * (products - explained) / residual
    return np.asarray((information + information.T) / 2)


def _solved(
    design: _Design, state: _State, near: Floats, far: Floats, total: Floats
) -> tuple[Floats, Floats, Floats]:
    """Solve the mixed model equations for several right sides at once."""
    reach, wide, count = design.reach, design.columns, total.size
    product = np.swapaxes(design.b[:, :, :-1], 1, 2) @ (state.inverse @ near)
    right = np.empty((wide + 1, count))
    right[:wide] = far - design.scatter(product[:, :reach])
    right[wide] = total - product[:, reach].sum(axis=0)
    solution = scipy.linalg.cho_solve((state.factor, True), right)
    padded = np.concatenate([solution[:-1], np.zeros((1, count))])
    explained = design.b[:, :, :reach] @ padded[design.touched]
    explained += design.b[:, :, reach, None] * solution[-1]
    return np.asarray(state.inverse @ (near - explained)), solution[:-1], solution[-1]


def _traces(design: _Design, state: _State) -> Floats:
    """Return, per term, the trace of its part of the inverse of the mixed model equations."""
    whole = scipy.linalg.cho_solve((state.factor, True), np.eye(design.columns + 1))
    reach, wide = design.reach, design.columns
    padded = np.zeros((wide + 2, wide + 2))
    padded[:wide, :wide] = whole[:wide, :wide]
    padded[wide + 1, :wide], padded[:wide, wide + 1] = whole[wide, :wide], whole[:wide, wide]
    padded[wide + 1, wide + 1] = whole[wide, wide]
    diagonal = np.einsum("bii->i", state.inverse).copy()
    per = max(1, CHUNK // max(1, (reach + 1) ** 2))
    for start in range(0, design.blocks, per):
        part = slice(start, start + per)
        at = np.concatenate([design.touched[part], np.full((len(design.touched[part]), 1), wide + 1)], axis=1)
        near = padded[at[:, :, None], at[:, None, :]]
        lifted = state.inverse[part] @ design.b[part][:, :, : reach + 1]
        diagonal += ((lifted @ near) * lifted).sum(axis=(0, 2))
    inside = [
        float(diagonal[low:high].sum()) for low, high in zip(design.starts, design.starts[1:], strict=False)
    ]
    outer = np.diag(whole)
    outside = [
        float(outer[low:high].sum()) for low, high in zip(design.offsets, design.offsets[1:], strict=False)
    ]
    return np.array([*inside, *outside])
