"""Which assessors can be compared: connected subsets, and plans that connect them or make severity precise."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from scoring._checks import Ints, number, whole
from scoring.errors import OutOfRange
from scoring.table import Facet, RatingTable, performances

INFORMATION = 0.55
"""Information of one rating on a five-point scale about a severity, in logits^-2 (measured in simulation)."""


@dataclass(frozen=True)
class Subset:
    """`assessors` and `performances` (participant, exercise) that are linked by ratings, sorted."""

    assessors: tuple[Hashable, ...]
    performances: tuple[Hashable, ...]


def connected_subsets(table: RatingTable) -> tuple[Subset, ...]:
    """Sets of assessors that shared performances link, directly or through others.

    Two assessors are linked when both rated the same performance (the same participant in the same exercise).
    Severities can be compared within a subset only. The first subset holds the first assessor.

    Shape: `table`, one row per rating.
    Unit: none; labels.
    Formula: connected components of the graph of assessors and performances, an edge per rating.
    Missing: the table has dropped missing ratings; they link nothing.
    Raises: nothing of its own: a table has been checked.
    Source: Linacre (1989), Many-facet Rasch Measurement; definition of connected components.

    >>> table = RatingTable("aabbcc", "EEEEEE", None, "xyyzuv", [3, 4, 2, 2, 5, 4], range(1, 6))
    >>> [subset.assessors for subset in connected_subsets(table)]
    [('u', 'v'), ('x', 'y', 'z')]
    """
    assessor, done = table.facet("assessor"), performances(table)
    of_assessor, of_performance = _components(assessor, done)
    order = list(dict.fromkeys(of_assessor.tolist()))
    return tuple(
        Subset(
            tuple(label for label, own in zip(assessor.levels, of_assessor, strict=True) if own == one),
            tuple(label for label, own in zip(done.levels, of_performance, strict=True) if own == one),
        )
        for one in sorted(order, key=lambda one: int(np.flatnonzero(of_assessor == one)[0]))
    )


def _components(first: Facet, second: Facet) -> tuple[Ints, Ints]:
    n, m = len(first.levels), len(second.levels)
    edges = scipy.sparse.coo_array(
        (np.ones(first.codes.size), (first.codes, n + second.codes)), shape=(n + m, n + m)
    )
    found = scipy.sparse.csgraph.connected_components(edges, directed=False)[1].astype(np.int64)
    return found[:n], found[n:]


@dataclass(frozen=True, kw_only=True)
class LinkPlan:
    """How to connect disconnected subsets.

    `links` is the fewest double ratings that connect all (one per missing link); `double_ratings` how many
    performances must be rated by an assessor of either side, per missing link, for the wanted standard error
    of the difference between the sides; `benchmarks` how many performances must be rated by one assessor of
    *each* subset for the same. `pairs` names, per missing link, the assessors with the fewest performances.
    `sentence` says it in plain English.
    """

    subsets: tuple[Subset, ...]
    links: int
    double_ratings: int
    benchmarks: int
    pairs: tuple[tuple[Hashable, Hashable], ...]
    sentence: str


def plan_links(
    table: RatingTable, wanted_error: float = 0.2, deff: float = 1.0, information: float = INFORMATION
) -> LinkPlan:
    """Plan the double ratings or shared benchmarks that connect the subsets of a table.

    `wanted_error` is that of the difference between two sides; `deff` the design effect of severity (1 with
    performances as objects); `information` that of one rating.

    Shape: `table`, one row per rating; the rest single numbers.
    Unit: `wanted_error` in logits, `information` in logits^-2; the plan in performances.
    Formula: a performance rated by two assessors on D dimensions tells their difference with variance 2 deff
        / (information D); m of them divide it by m. D is the mean number of ratings that an assessor gives a
        performance.
    Missing: the table has dropped missing ratings; they link nothing.
    Raises: OutOfRange for numbers below .0001 or above 1e9; NotANumber for NaN, None, text or infinity.
    Source: arithmetic from Rasch information; .55 per rating was measured in simulation.

    >>> table = RatingTable("aabb", "EEEE", None, "xyuv", [3, 4, 2, 2], range(1, 6))
    >>> plan = plan_links(table, wanted_error=0.5)
    >>> plan.links, plan.double_ratings, plan.pairs
    (1, 15, (('u', 'x'),))
    """
    _positive(wanted_error, deff, information)
    subsets = connected_subsets(table)
    assessor, done = table.facet("assessor"), performances(table)
    units = np.unique(done.codes * max(1, len(assessor.levels)) + assessor.codes)
    per_unit = table.n / units.size if units.size else 1.0
    needed = int(np.ceil(2 * deff / (information * per_unit * wanted_error**2) - 1e-9))
    load = np.bincount(units % max(1, len(assessor.levels)), minlength=len(assessor.levels))
    fewest = [min(one.assessors, key=lambda label: (load[assessor.of(label)], str(label))) for one in subsets]
    links = max(0, len(subsets) - 1)
    pairs = tuple((fewest[0], other) for other in fewest[1:])
    sentence = (
        "All assessors are connected: their severities can be compared."
        if not links
        else f"The assessors form {len(subsets)} groups without a shared performance. Let {needed} performances "
        f"be rated by assessors of both sides of each of {links} missing links, or let {needed} shared "
        f"benchmarks be rated by one assessor of every group."
    )
    return LinkPlan(
        subsets=subsets,
        links=links,
        double_ratings=needed if links else 0,
        benchmarks=needed if links else 0,
        pairs=pairs,
        sentence=sentence,
    )


@dataclass(frozen=True, kw_only=True)
class PrecisionPlan:
    """How many `ratings` and `performances` one assessor needs for a standard error of severity, in logits.

    `wanted_error` is the one asked for; `sentence` says it in plain English.
    """

    wanted_error: float
    ratings: int
    performances: int
    sentence: str


def plan_precision(
    wanted_error: float, dimensions: int, deff: float = 1.0, information: float = INFORMATION
) -> PrecisionPlan:
    """Say how many ratings and performances an assessor needs for a wanted standard error of severity.

    Shape: single numbers; `dimensions` whole, the ratings per performance, from 1 to 1000.
    Unit: `wanted_error` in logits (one is about .55 points of a five-point scale in its middle),
        `information` in logits^-2.
    Formula: ratings = deff / (information wanted_error^2), performances = ratings / dimensions, both rounded
        upwards.
    Missing: not allowed.
    Raises: OutOfRange for numbers below .0001 or above 1e9 or impossible dimensions; NotANumber for NaN,
        None, text or infinity.
    Source: arithmetic from Rasch information; .55 per rating was measured in simulation.

    >>> plan_precision(0.11, 6).performances
    26
    """
    _positive(wanted_error, deff, information)
    dimensions = whole(dimensions, 1, 1000, "dimensions")
    ratings = int(np.ceil(deff / (information * wanted_error**2) - 1e-9))
    done = int(np.ceil(ratings / dimensions))
    return PrecisionPlan(
        wanted_error=float(wanted_error),
        ratings=ratings,
        performances=done,
        sentence=f"For a standard error of {wanted_error:.2f} logits an assessor needs {ratings} ratings: "
        f"{done} performances on {dimensions} dimensions each.",
    )


def severity_error(ratings: int, deff: float = 1.0, information: float = INFORMATION) -> float:
    """Standard error of severity that so many ratings of one assessor give.

    Shape: single numbers.
    Unit: logits; `information` in logits^-2.
    Formula: sqrt(deff / (information ratings)).
    Missing: not allowed.
    Raises: OutOfRange for numbers below .0001 or above 1e9; NotANumber for NaN, None, text or infinity.
    Source: arithmetic from Rasch information; .55 per rating was measured in simulation.

    >>> round(severity_error(150), 2)
    0.11
    """
    _positive(ratings, deff, information)
    return float(np.sqrt(deff / (information * ratings)))


def _positive(*values: float) -> None:
    # Far beyond anything that a centre can have, and near enough for counts to stay whole numbers.
    if not all(
        1e-4 <= number(value, "wanted_error, deff, information and ratings") <= 1e9 for value in values
    ):
        raise OutOfRange("wanted_error, deff, information and ratings: each from .0001 to 1e9")


__all__: Sequence[str] = (
    "INFORMATION",
    "LinkPlan",
    "PrecisionPlan",
    "Subset",
    "connected_subsets",
    "plan_links",
    "plan_precision",
    "severity_error",
)
