"""The interval of a mean over a few runs: how far it would move if other seeds had been drawn.

    mean ± t sqrt(variance / N)        the variance with N - 1, t the quantile of Student's distribution with N - 1 degrees of freedom

For whole degrees of freedom nu the share A of the distribution between -t and t is a finite sum in theta = atan(t / sqrt(nu)):

    nu odd     2/pi (theta + sin theta (cos theta + 2/3 cos^3 theta + 2·4/(3·5) cos^5 theta + … up to cos^(nu-2) theta))
    nu even    sin theta (1 + 1/2 cos^2 theta + 1·3/(2·4) cos^4 theta + … up to cos^(nu-2) theta)

Source: Student, "The probable error of a mean" (1908); the sums are 26.7.3 and 26.7.4 in Abramowitz and Stegun (1964).
"""

from collections.abc import Sequence
from functools import cache
from math import cos, fsum, pi, sin, sqrt, tan

from rnn_cli.core.metrics.bootstrap import COVERED


def mean_interval(scores: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """The mean of one score a run, and its interval; None of a single run, which says nothing of how others would vary."""
    count = len(scores)
    mean = fsum(scores) / count
    if count < 2:
        return mean, None
    variance = fsum((score - mean) ** 2 for score in scores) / (count - 1)
    margin = student_quantile(count - 1) * sqrt(variance / count)
    return mean, (mean - margin, mean + margin)


@cache
def student_quantile(freedom: int, covered: float = COVERED) -> float:
    """The t between whose negative and which a share of Student's distribution lies."""
    low, high = 0.0, pi / 2
    while True:
        theta = (low + high) / 2
        if theta in (low, high):
            return sqrt(freedom) * tan(theta)
        low, high = (theta, high) if _share(theta, freedom) < covered else (low, theta)


def _share(theta: float, freedom: int) -> float:
    odd = freedom % 2
    term = cos(theta) if odd else 1.0
    terms = []
    for power in range(odd, freedom - 1, 2):
        terms.append(term)
        term *= (power + 1) / (power + 2) * cos(theta) ** 2
    total = sin(theta) * fsum(terms)
    return 2 / pi * (theta + total) if odd else total
