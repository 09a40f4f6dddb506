"""The long table that everything with several facets reads: one row per rating."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from scoring._checks import Bools, Floats, Ints, Numbers, categories, codes, numbers
from scoring.errors import OutOfRange, UnknownName, WrongShape

FACETS = ("participant", "exercise", "dimension", "assessor", "window", "group")
"""Names of the columns that say what a rating is about; the last two may be left out."""


@dataclass(frozen=True, eq=False)
class Facet:
    """The column `name` as positions: `levels` are its different labels in order, `codes` (rows,) point into
    them.

    A missing label (None or NaN) has the code -1.
    """

    name: str
    levels: tuple[Hashable, ...]
    codes: Ints

    def of(self, label: Hashable) -> int:
        """Position of a label.

        Shape: one label; the result is a position from 0.
        Unit: none.
        Formula: none, a look-up.
        Missing: None and NaN are no labels.
        Raises: UnknownName when there is none.
        Source: definition.

        >>> RatingTable(["p1"], None, None, ["a"], [3], None).facet("assessor").of("a")
        0
        """
        try:
            return self.levels.index(label)
        except ValueError:
            raise UnknownName(f"{self.name}: {label!r} is not one of its labels") from None


class RatingTable:
    """Ratings in long form, checked once.

    The order of rows and the labels themselves make no difference to any result: levels are sorted. `n`
    counts the rows kept, `n_missing` those dropped; `facet(name)` gives a column as positions.

    Shape: `participant`, `exercise`, `dimension`, `assessor`, `window` (of time) and `group` (of the
        participant) one label per rating, text or numbers; `exercise` or `dimension` may be None when there
        is only one, `window` and `group` when there are none. `score` (rows,), one rating per row. `scale`
        (categories,), all that are declared in rising order, for instance range(1, 6), of which each score
        must be one; None for scores that are not categories (means): then the many-facet model cannot be
        fitted.
    Unit: `score` and `scale` in points of the scale.
    Formula: none; nothing is computed.
    Missing: a score of NaN or None is "no evidence": the row is dropped. A label of a window or group may be
        missing: such rows count, but not where the window or group is asked for.
    Raises: WrongShape for columns of different lengths; OffScale; NotANumber for a score that is text or
        infinity; OutOfRange for a missing label of the first four, a scale that does not rise or numbers
        beyond 1e12.
    Source: definition.

    >>> table = RatingTable(["p1", "p1", "p2"], None, None, ["a", "b", "a"], [3, 4, None], range(1, 6))
    >>> table.n, table.n_missing, table.facet("assessor").levels
    (2, 1, ('a', 'b'))
    """

    def __init__(
        self,
        participant: Iterable[Hashable],
        exercise: Iterable[Hashable] | None,
        dimension: Iterable[Hashable] | None,
        assessor: Iterable[Hashable],
        score: Numbers,
        scale: ArrayLike | Sequence[float] | range | None,
        window: Iterable[Hashable] | None = None,
        group: Iterable[Hashable] | None = None,
    ) -> None:
        values = numbers(score, "score", 1)
        self.scale: Floats | None = None if scale is None else categories(scale)
        if self.scale is not None:
            codes(values, self.scale, "score")
        kept = ~np.isnan(values)
        self.score: Floats = values[kept]
        self.score.flags.writeable = False
        self.n = int(kept.sum())
        self.n_missing = int(values.size - self.n)
        self._facets: dict[str, Facet] = {}
        columns = (participant, exercise, dimension, assessor, window, group)
        for name, column in zip(FACETS, columns, strict=True):
            if column is not None:
                self._facets[name] = _facet(name, column, kept)

    def has(self, name: str) -> bool:
        """Whether the table has this column.

        Shape: one name of `FACETS`.
        Unit: none.
        Formula: none, a look-up.
        Missing: a column that was given as None is not there.
        Raises: nothing.
        Source: definition.

        >>> RatingTable(["p1"], None, None, ["a"], [3], None).has("window")
        False
        """
        return name in self._facets

    def facet(self, name: str) -> Facet:
        """A column as positions.

        Shape: one name of `FACETS`; codes of the result (rows,).
        Unit: none; labels.
        Formula: levels are the different labels, sorted.
        Missing: a missing label has the code -1.
        Raises: UnknownName when the table has no column of that name.
        Source: definition.

        >>> RatingTable(["p1"], None, None, ["a"], [3], None).facet("assessor").levels
        ('a',)
        """
        if name not in self._facets:
            raise UnknownName(f"facet: the table has no column {name!r}")
        return self._facets[name]

    def categories(self) -> Ints:
        """Position of each score on the scale, from 0.

        Shape: the result (rows,).
        Unit: categories.
        Formula: the number of declared categories below the score.
        Missing: the table has dropped missing scores.
        Raises: OutOfRange for a table without categories.
        Source: definition.

        >>> RatingTable(["p1", "p2"], None, None, ["a", "a"], [3, 5], range(1, 6)).categories().tolist()
        [2, 4]
        """
        if self.scale is None:
            raise OutOfRange("scale: the ratings were given without categories")
        return codes(self.score, self.scale, "score")

    def where(self, **labels: Hashable) -> "RatingTable":
        """The rows with these labels, as a table.

        Shape: one label per named column.
        Unit: that of the table.
        Formula: none, a selection; with several columns the rows that have all the labels.
        Missing: a row whose label is missing is not chosen.
        Raises: UnknownName for a column or label that the table lacks.
        Source: definition.

        >>> RatingTable("pp", None, ["L1", "L2"], "aa", [3, 4], None).where(dimension="L1").score.tolist()
        [3.0]
        """
        rows = np.ones(self.n, dtype=bool)
        for name, label in labels.items():
            column = self.facet(name)
            rows &= column.codes == column.of(label)
        return self.take(rows)

    def take(self, rows: ArrayLike) -> "RatingTable":
        """The rows of a mask (one truth per row) or of positions from 0 (which may repeat), as a table.

        Shape: `rows` (rows,) truths, or any number of positions.
        Unit: that of the table.
        Formula: none, a selection.
        Missing: labels that are missing stay so; `n_missing` of the result is 0.
        Raises: WrongShape for another mask or what is neither; OutOfRange for a position that does not exist.
        Source: definition.

        >>> RatingTable("pq", None, None, "aa", [3, 4], None).take([1, 1]).score.tolist()
        [4.0, 4.0]
        """
        chosen = _rows(rows, self.n)
        columns: dict[str, Any] = {}
        for name in FACETS:
            column = self._facets.get(name)
            if column is None:
                columns[name] = None
                continue
            labels = np.empty(len(column.levels) + 1, dtype=object)
            labels[:-1] = column.levels
            labels[-1] = None
            columns[name] = labels[column.codes[chosen]]
        return RatingTable(score=self.score[chosen], scale=self.scale, **columns)


def performances(table: RatingTable) -> Facet:
    """Participant x exercise as one facet: the performances that were rated.

    Without a column `exercise` these are the participants.

    Shape: `table`, one row per rating; levels are pairs (participant, exercise).
    Unit: none; labels.
    Formula: the pairs that occur, sorted.
    Missing: a performance without a rating is not there.
    Raises: nothing of its own: a table has been checked.
    Source: definition.

    >>> performances(RatingTable(["p1", "p1"], ["E1", "E5"], None, ["a", "a"], [3, 4], range(1, 6))).levels
    (('p1', 'E1'), ('p1', 'E5'))
    """
    if not table.has("exercise"):
        return table.facet("participant")
    return cross(table.facet("participant"), table.facet("exercise"))


def cross(first: Facet, second: Facet) -> Facet:
    """Combinations of two facets that occur, as one facet.

    Shape: `first` and `second`, columns of one table; levels are pairs, codes (rows,).
    Unit: none; labels.
    Formula: the pairs that occur, in the order of the first and then the second facet.
    Missing: a row whose label is missing in either facet is missing (code -1).
    Raises: WrongShape for columns of different lengths.
    Source: definition.

    >>> table = RatingTable(["p1", "p1", "p2"], None, None, ["a", "b", "a"], [3, 4, 2], None, window=["w1", None, "w2"])
    >>> both = cross(table.facet("participant"), table.facet("window"))
    >>> both.levels, both.codes.tolist()
    ((('p1', 'w1'), ('p2', 'w2')), [0, -1, 1])
    """
    if first.codes.size != second.codes.size:
        raise WrongShape("first and second: need to be columns of one table")
    width = max(1, len(second.levels))
    both = np.where((first.codes < 0) | (second.codes < 0), -1, first.codes * width + second.codes)
    found, positions = np.unique(both, return_inverse=True)
    shift = int(found.size > 0 and found[0] < 0)
    pairs = tuple((first.levels[one // width], second.levels[one % width]) for one in found[shift:].tolist())
    return Facet(f"{first.name} x {second.name}", pairs, positions.astype(np.int64) - shift)


def _rows(rows: ArrayLike, n: int) -> Bools | Ints:
    try:
        chosen = np.asarray(rows)
    except (TypeError, ValueError, OverflowError):
        raise WrongShape("rows: needs a mask or positions") from None
    if chosen.size == 0:
        chosen = chosen.astype(np.int64)
    is_mask = chosen.dtype.kind == "b"
    if chosen.ndim != 1 or chosen.dtype.kind not in "bui" or (is_mask and chosen.size != n):
        raise WrongShape("rows: needs a mask with one truth per row, or whole numbers")
    if not is_mask and chosen.size and not 0 <= int(chosen.min()) <= int(chosen.max()) < n:
        raise OutOfRange(f"rows: a position is not from 0 to {n - 1}")
    return chosen


def _facet(name: str, column: Iterable[Hashable], kept: Bools) -> Facet:
    labels = column if isinstance(column, np.ndarray) else list(column)
    if len(labels) != kept.size:
        raise WrongShape(f"{name}: has {len(labels)} labels for {kept.size} scores")
    if isinstance(labels, np.ndarray) and labels.dtype.kind in "iuU":
        found, positions = np.unique(labels[kept], return_inverse=True)
        return Facet(name, tuple(found.tolist()), positions.astype(np.int64))
    chosen = [label for label, keep in zip(labels, kept.tolist(), strict=True) if keep]
    # NaN is the one value that differs from itself.
    different = {label for label in chosen if label is not None and label == label}
    levels = tuple(sorted(different, key=_order))
    place: dict[Hashable, int] = {label: position for position, label in enumerate(levels)}
    codes_ = np.fromiter((place.get(label, -1) for label in chosen), dtype=np.int64, count=len(chosen))
    if name in FACETS[:4] and (codes_ < 0).any():
        raise OutOfRange(f"{name}: a label is missing")
    return Facet(name, levels, codes_)


def _order(label: Hashable) -> tuple[str, Any]:
    """Sort numbers among numbers, and other labels by kind."""
    return ("" if isinstance(label, Real) else type(label).__name__, label)
