"""Whether two lists of numbers put the same things in the same order.

    r    Pearson's correlation of the ranks; values that are equal, but for rounding, share the mean of their ranks

Source: Spearman, "The proof and measurement of association between two things" (1904).
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.ties import settled


def ranks(values: Array) -> Array:
    """The rank of each of the values (N,), from 1; equal ones have the mean of theirs."""
    order, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    found: Array = (last - (times - 1) / 2)[place]
    return found if len(order) else np.zeros(0)


def spearman(one: Array, other: Array) -> float:
    """The rank correlation of two lists (N,); nan where one of them has no order, all of it being equal."""
    a, b = (ranks(settled(values)) - (len(values) + 1) / 2 for values in (one, other))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else float("nan")
