"""Ranks, those of equal values averaged."""

import numpy as np

from scoring._checks import Floats


def average_ranks(values: Floats) -> Floats:
    """The rank of each value from 1 on; equal values share the mean of theirs. Shape: as `values`, one dimension."""
    _, inside, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inside], dtype=np.float64)
