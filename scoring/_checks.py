"""Checks of input that all modules share; each raises an error that names the parameter."""

from collections.abc import Collection, Hashable, Iterable, Sequence, Sized
from decimal import Decimal
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import NotANumber, OffScale, OutOfRange, UnknownName, WrongShape

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LARGEST = 1e12
"""Numbers farther from 0 are no ratings or scores, and their squares would lose what is to be told apart."""

Numbers = ArrayLike | Sequence[float | None]


def numbers(values: Numbers, name: str, ndim: int | None = None) -> Floats:
    """Return values as a new float array in which None has become NaN; infinity is refused."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        if "inhomogeneous" in str(error) or "sequence" in str(error):
            raise WrongShape(f"{name}: rows have different lengths") from None
        raise NotANumber(f"{name}: only numbers, and NaN or None for what is missing") from None
    if np.isinf(array).any():
        raise NotANumber(f"{name}: infinity is not a rating")
    if (np.abs(array) > LARGEST).any():
        raise OutOfRange(f"{name}: a number lies beyond {LARGEST:g}")
    if ndim is not None and array.ndim != ndim:
        raise WrongShape(f"{name}: needs {ndim} dimension(s), has {array.ndim}")
    return array


def complete(values: Numbers, name: str, ndim: int | None = None) -> Floats:
    """Return values as floats, none of them missing."""
    array = numbers(values, name, ndim)
    if np.isnan(array).any():
        raise NotANumber(f"{name}: no value may be missing here")
    return array


def categories(scale: ArrayLike, name: str = "scale") -> Floats:
    """Return the categories of a declared scale: at least two numbers, strictly rising."""
    array = complete(scale, name, 1)
    if array.size < 2 or not (np.diff(array) > 0).all():
        raise OutOfRange(f"{name}: needs at least two categories in rising order")
    return array


def codes(values: Floats, scale: Floats, name: str) -> Ints:
    """Return the position of each value on the scale, -1 where it is missing."""
    missing = np.isnan(values)
    filled = np.where(missing, scale[0], values)
    position = np.searchsorted(scale, filled)
    if (scale[np.minimum(position, scale.size - 1)] != filled).any():
        raise OffScale(f"{name}: a value is not one of the categories {scale.tolist()}")
    return np.where(missing, -1, position).astype(np.int64)


def number(value: float, name: str) -> float:
    """Return one finite number as a float."""
    found = _real(value, name)
    if not np.isfinite(found):
        raise NotANumber(f"{name}: {value} is not a finite number")
    if abs(found) > LARGEST:
        raise OutOfRange(f"{name}: {value:g} lies beyond {LARGEST:g}")
    return found


def is_missing(value: float | None) -> bool:
    """Whether a single value is None or NaN; what is no number at all is refused later."""
    return value is None or bool(isinstance(value, (float, np.floating)) and np.isnan(value))


def _real(value: float, name: str) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, (Real, Decimal, np.number)) or isinstance(value, (bool, np.bool_)):
        raise NotANumber(f"{name}: {value!r:.40} is not a number")
    try:
        return float(value)
    except OverflowError:
        return np.inf


def between(value: float, low: float, high: float, name: str) -> float:
    """Return value when low <= value <= high."""
    found = _real(value, name)
    if not low <= found <= high:  # also refuses NaN
        raise OutOfRange(f"{name}: {value} is not between {low} and {high}")
    return found


def above(value: float, low: float, name: str) -> float:
    """Return value when it is more than low and at most `LARGEST`."""
    found = _real(value, name)
    if not low < found <= LARGEST:
        raise OutOfRange(f"{name}: {value} is not above {low} (and at most {LARGEST:g})")
    return found


def sequence(value: Sized, name: str) -> Sized:
    """Return value when it is a list, tuple or array."""
    if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, (str, bytes)):
        return value
    raise WrongShape(f"{name}: needs a sequence")


def listed(names: Iterable[Hashable]) -> str:
    """Return names for a message, sorted as text."""
    return ", ".join(sorted(str(name) for name in names))


def whole(value: int, low: int, high: int, name: str) -> int:
    """Return value when it is a whole number from low to high."""
    found = between(value, low, high, name)
    if found != round(found):
        raise OutOfRange(f"{name}: {value} is not a whole number")
    return round(found)


def confidence(level: float) -> float:
    """Return a confidence level of at least .001 and at most .9999."""
    return between(level, 0.001, 0.9999, "level")


def one_of(value: str, allowed: Collection[str], name: str) -> str:
    """Return value when it is one of the allowed names."""
    if not isinstance(value, str) or value not in allowed:
        raise UnknownName(f"{name}: {value!r} is not one of {', '.join(sorted(allowed))}")
    return value


def sums(positions: Ints, weights: Floats, size: int) -> Floats:
    """Return the sum of the weights at each of `size` positions."""
    return np.asarray(np.bincount(positions, weights=weights, minlength=size), dtype=np.float64)
