"""The t interval against published quantiles, and against how often it holds the mean."""

import numpy as np
import pytest

from rnn_cli.core.metrics.interval import t_interval, t_quantile


@pytest.mark.parametrize(
    ("degrees", "level", "published"),
    [
        (1, 0.95, 12.706), (2, 0.95, 4.303), (3, 0.95, 3.182), (4, 0.95, 2.776), (5, 0.95, 2.571), (9, 0.95, 2.262),
        (29, 0.95, 2.045), (120, 0.95, 1.980), (1, 0.99, 63.657), (2, 0.9, 2.920), (7, 0.99, 3.499), (30, 0.8, 1.310),
    ],
)  # fmt: skip
def test_the_quantiles_are_those_of_the_tables(degrees: int, level: float, published: float) -> None:
    assert t_quantile(degrees, level) == pytest.approx(published, abs=6e-4)


def test_one_value_has_no_interval() -> None:
    assert t_interval([0.3]) is None
    assert t_interval([]) is None


def test_equal_values_have_a_width_of_nothing() -> None:
    assert t_interval([0.5, 0.5, 0.5]) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_share_that_holds_the_mean_is_the_level(n: int) -> None:
    draws = np.random.default_rng(n).normal(3, 2, (4000, n))
    intervals = [t_interval(list(row)) for row in draws]
    holds = np.mean([found is not None and found[1] <= 3 <= found[2] for found in intervals])
    assert abs(holds - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4000)
