"""Bootstrap intervals: how far a score would move if other examples had been drawn.

    draw N of the N units with replacement, score them, many times; the interval runs from one percentile to another

Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapter 13, the percentile interval. A unit is
what is independent of the others: a text, a sentence, a block of neighbouring steps of one long series (Politis and
Romano, "A circular block-resampling procedure", 1992).
"""

from collections.abc import Callable

import numpy as np

from rnn_cli.core.arrays import Array

COVERED = 0.95
"""The share of the resampled scores that lies inside an interval."""

Score = Callable[[Array], Array]
"""A function from how often each unit was drawn, (N,), to scores (K,)."""


def resampled(score: Score, units: int, resamples: int, generator: np.random.Generator, block: int = 1) -> Array:
    """The scores of resampled units, (resamples, K). With `block`, runs of that many neighbours are drawn together,
    the last unit's neighbour being the first.
    """
    draws = -(-units // block)
    scores = []
    for _ in range(resamples):
        counts = np.bincount(generator.integers(units, size=draws), minlength=units).astype(np.float64)
        if block > 1:
            counts = spread(counts, block)
        scores.append(score(counts))
    return np.array(scores)


def spread(counts: Array, block: int) -> Array:
    """How often each unit is in a block, from how often each was drawn as a block's first; block at most N."""
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([counts[-(block - 1) :], counts]))])
    inside: Array = sums[block:] - sums[:-block]
    return inside


def interval(scores: Array) -> tuple[Array, Array]:
    """The percentile interval of each column of scores (R, K): low (K,), high (K,); nan where none is a number."""
    tail = 50 * (1 - COVERED)
    low, high = np.full(scores.shape[1], np.nan), np.full(scores.shape[1], np.nan)
    for k, column in enumerate(scores.T):
        known = column[np.isfinite(column)]  # a resample that lacks a class has no F1 for that class
        if len(known):
            low[k], high[k] = np.percentile(known, [tail, 100 - tail])
    return low, high
