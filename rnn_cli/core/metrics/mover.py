"""The interval of a mean from the intervals of its parts.

    low    m - sqrt(sum_ij r_ij (v_i - low_i) (v_j - low_j)) / C        m the mean of the C values v_i
    high   m + sqrt(sum_ij r_ij (high_i - v_i) (high_j - v_j)) / C      r_ij the correlation of values i and j

Source: Zou and Donner, "Construction of confidence limits about effect measures: a general approach" (2008), the method
of variance estimates recovery.
"""

import numpy as np

from rnn_cli.core.arrays import Array


def mean_interval(values: Array, low: Array, high: Array, resampled: Array) -> tuple[float, float]:
    """The interval of the mean of values (C,) whose intervals are low (C,) to high (C,).

    resampled (R, C) says how they move together; one that never moves there is taken to move with all others.
    """
    known = resampled[np.isfinite(resampled).all(axis=1)]
    together = np.ones((len(values), len(values)))
    moves = np.flatnonzero(known.std(axis=0) > 0) if len(known) > 1 else np.zeros(0, dtype=np.int64)
    if len(moves):
        together[np.ix_(moves, moves)] = np.corrcoef(known[:, moves], rowvar=False)
    mean = float(values.mean())
    below, above = (float(np.sqrt(max(d @ together @ d, 0.0))) / len(values) for d in (values - low, high - values))
    return max(mean - below, 0.0), min(mean + above, 1.0)
