"""A mean over few runs, and the interval in which the mean over all runs lies.

    mean ± t s / sqrt(n)        s² = Σ (x - mean)² / (n - 1)

t is the quantile of Student's distribution with n - 1 degrees of freedom. It is larger than the normal one because s is
a guess from the same n numbers: 12.7 for n = 2, 4.30 for 3, 2.78 for 5.

Source: Student, "The probable error of a mean" (1908); the distribution function in finite terms: Abramowitz and Stegun,
Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
"""

from collections.abc import Sequence
from functools import cache
from math import cos, fsum, pi, sin, sqrt

LEVEL = 0.95
"""Of so many intervals, the share that holds the mean over all runs."""


def t_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float, float] | None:
    """The mean and the two ends; None for fewer than two values, which say nothing of how far others may lie."""
    n = len(values)
    if n < 2:
        return None
    mean = fsum(values) / n
    spread = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1))
    reach = t_quantile(n - 1, level) * spread / sqrt(n)
    return mean, mean - reach, mean + reach


@cache
def t_quantile(degrees: int, level: float = LEVEL) -> float:
    """The t between whose negative and itself the share `level` of the distribution lies."""
    low, high = 0.0, pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if _share(middle, degrees) < level else (low, middle)
    return sqrt(degrees) * sin(high) / cos(high)


def _share(angle: float, degrees: int) -> float:
    """P(|T| < t), where t = sqrt(degrees) tan(angle)."""
    square = cos(angle) ** 2
    odd = degrees % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for k in range(degrees // 2):
        total += term
        term *= square * (2 * k + 2) / (2 * k + 3) if odd else square * (2 * k + 1) / (2 * k + 2)
    if odd:
        return 2 / pi * (angle + sin(angle) * total)
    return sin(angle) * total
