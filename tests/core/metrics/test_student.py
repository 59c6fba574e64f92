"""Intervals of a mean over seeds: quantiles against a printed table and the integral of the density."""

from math import exp, inf, lgamma, log, pi

import numpy as np
import pytest

from rnn_cli.core.metrics.student import mean_interval, student_quantile

PRINTED = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 29: 2.045, 30: 2.042, 120: 1.980}
"""97.5% of Student's distribution lie below: Abramowitz and Stegun (1964), table 26.10."""


@pytest.mark.parametrize(("freedom", "t"), PRINTED.items())
def test_quantiles_are_those_of_a_printed_table(freedom: int, t: float) -> None:
    assert student_quantile(freedom) == pytest.approx(t, abs=5e-4)


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 8, 40])
def test_the_density_between_the_quantiles_holds_the_share(freedom: int) -> None:
    for covered in (0.5, 0.95, 0.99):
        t = student_quantile(freedom, covered)
        x = np.linspace(-t, t, 200_001)
        scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(freedom * pi) / 2)
        density = scale * (1 + x**2 / freedom) ** (-(freedom + 1) / 2)
        assert np.trapezoid(density, x) == pytest.approx(covered, abs=1e-6)


def test_an_interval_covers_the_mean_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(3, 2, size=(4000, 3))
    held = [low <= 3 <= high for low, high in (mean_interval(list(row))[1] or (inf, -inf) for row in draws)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_a_single_run_has_no_interval_and_equal_ones_a_point() -> None:
    assert mean_interval([0.25]) == (0.25, None)
    mean, interval = mean_interval([0.5, 0.5, 0.5])
    assert (mean, interval) == (0.5, (0.5, 0.5))
