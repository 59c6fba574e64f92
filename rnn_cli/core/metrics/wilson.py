"""The interval of a share, also where hardly any or nearly all answers are right.

    centre   (p + z^2 / 2n) / (1 + z^2 / n)
    margin   z / (1 + z^2 / n) * sqrt(p (1 - p) / n + z^2 / 4n^2)

p is the share found among n answers that are right or wrong independently of each other, and z the normal quantile of
the 95%. At p = 1 it still has a width, where resampling finds a point.

Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927). Where answers hang
together, n is the number of independent ones that would vary as much: Korn and Graubard, "Confidence intervals for
proportions with small expected number of positive counts estimated from survey data" (1998).
"""

from math import sqrt

import numpy as np

from rnn_cli.core.arrays import Array

Z = 1.959963984540054
"""97.5% of a normal distribution lie below it."""


def wilson(share: float, answers: float) -> tuple[float, float]:
    """The 95% interval of a share of so many independent answers."""
    square = Z * Z / answers
    centre = (share + square / 2) / (1 + square)
    margin = Z / (1 + square) * sqrt(share * (1 - share) / answers + square / (4 * answers))
    low, high = centre - margin, centre + margin
    return (low if share > 0 else 0.0), (high if share < 1 else 1.0)


def independent(share: float, resampled: Array, units: float, answers: float) -> float:
    """How many independent answers vary as a share does when `units` whole units are resampled; at most `answers`.

    Where no resample differs there is nothing to go by: then a unit counts as one answer.
    """
    known = resampled[np.isfinite(resampled)]
    variance = float(known.var()) * units / max(units - 1, 1) if len(known) else 0.0
    if not 0 < share < 1 or variance <= 0:
        return max(1.0, min(units, answers))
    return max(1.0, min(share * (1 - share) / variance, answers))
