"""Bootstrap intervals: a function of the seed, as wide as theory says, blocks that are runs of neighbours."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.bootstrap import interval, resampled, spread


def mean_of(values: Array) -> Array:
    """The mean's interval with seed 0."""
    scores = resampled(
        lambda counts: np.array([counts @ values / counts.sum()]), len(values), 2000, np.random.default_rng(0)
    )
    return np.array(interval(scores))[:, 0]


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).standard_normal(50)
    np.testing.assert_array_equal(mean_of(values), mean_of(values))


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(2).standard_normal(400)
    low, high = mean_of(values)
    margin = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - margin, values.mean() + margin), abs=0.1 * margin)


def test_a_score_that_never_varies_has_a_point_and_one_that_is_never_known_none() -> None:
    scores = resampled(lambda counts: np.array([1.0, np.nan]), 5, 100, np.random.default_rng(0))
    low, high = interval(scores)
    assert (low[0], high[0]) == (1, 1)
    assert np.isnan([low[1], high[1]]).all()


def test_each_unit_is_drawn_as_often_as_any_other() -> None:
    counts = resampled(lambda counts: counts, 6, 3000, np.random.default_rng(3))
    assert (counts.sum(axis=1) == 6).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.07)


@pytest.mark.parametrize("block", [2, 3, 7])
def test_a_block_is_a_run_of_neighbours_round_the_end(block: int) -> None:
    for first in range(7):
        counts = np.zeros(7)
        counts[first] = 1
        inside = np.zeros(7)
        inside[(first + np.arange(block)) % 7] = 1
        np.testing.assert_array_equal(spread(counts, block), inside)


def test_blocks_widen_the_interval_of_a_series_that_wanders() -> None:
    walk = np.repeat(np.random.default_rng(4).standard_normal(40), 8)

    def width(block: int) -> float:
        scores = resampled(
            lambda counts: np.array([counts @ walk / counts.sum()]), len(walk), 500, np.random.default_rng(0), block
        )
        low, high = interval(scores)
        return float(high[0] - low[0])

    assert width(16) > 1.5 * width(1)
