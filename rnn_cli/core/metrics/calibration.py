"""Whether a network is as often right as it says it will be.

    said_b     the mean probability of the answers in bin b: those to which the network gives a probability in its range
    right_b    the share of them that is right
    error      sum over bins of n_b / N |right_b - said_b|, the expected calibration error

The bins are BINS of equal width from 0 to 1. Fewer or more bins give another error: it is said with its bins.

Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017), section 2.
"""

from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array

BINS = 10


@dataclass(eq=False)
class Calibration:
    """Counts (BINS,) of answers, of right ones, and the sum of their probabilities; filled batch by batch."""

    answers: Array = field(default_factory=lambda: np.zeros(BINS))
    right: Array = field(default_factory=lambda: np.zeros(BINS))
    sums: Array = field(default_factory=lambda: np.zeros(BINS))

    def add(self, sure: Array, right: Array) -> "Calibration":
        """Count answers (N,) with their probability and whether they are right; a probability of 1 is in the last bin."""
        which = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
        self.answers += np.bincount(which, minlength=BINS)
        self.right += np.bincount(which, weights=right, minlength=BINS)
        self.sums += np.bincount(which, weights=sure, minlength=BINS)
        return self

    @property
    def error(self) -> float:
        """The expected calibration error."""
        return float(np.abs(self.right - self.sums).sum() / self.answers.sum())

    @property
    def beyond(self) -> float:
        """The mean probability less the share that is right: positive where the network is surer than it should be."""
        return float((self.sums - self.right).sum() / self.answers.sum())
