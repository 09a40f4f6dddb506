"""Quantiles and tails of the normal, t, chi-square and F laws, from `scipy.special` alone.

They are the functions behind `scipy.stats`, to the last bit, without the half second and the 40 MiB that bringing in
that part costs a process which asks for nothing but an interval.
"""

from typing import Any

import numpy as np
import scipy


def normal_quantile(p: Any) -> Any:
    """The value below which a standard normal lies with probability `p`."""
    return scipy.special.ndtri(p)


def normal_below(x: Any) -> Any:
    """The probability that a standard normal lies below `x`."""
    return scipy.special.ndtr(x)


def normal_above(x: Any) -> Any:
    """The probability that a standard normal lies above `x`."""
    return scipy.special.ndtr(-x)


def t_quantile(p: Any, free: Any) -> Any:
    """The value below which Student's t with so many degrees of freedom lies with probability `p`."""
    return scipy.special.stdtrit(free, p)


def t_above(x: Any, free: Any) -> Any:
    """The probability that Student's t lies above `x`."""
    return scipy.special.stdtr(free, -x)


def chi_square_quantile(p: Any, free: int) -> Any:
    """The value below which chi-square lies with probability `p`."""
    return 2 * scipy.special.gammaincinv(free / 2, np.asarray(p))


def chi_square_above(x: Any, free: Any) -> Any:
    """The probability that chi-square lies above `x`; for at least one degree of freedom."""
    return scipy.special.chdtrc(free, np.maximum(x, 0.0))


def f_quantile(p: Any, above: Any, below: Any) -> Any:
    """The value below which F lies with probability `p`; degrees of freedom of numerator and denominator."""
    return scipy.special.fdtri(above, below, p)


def f_above(x: Any, above: Any, below: Any) -> Any:
    """The probability that F lies above `x`."""
    return scipy.special.fdtrc(above, below, np.maximum(x, 0.0))
