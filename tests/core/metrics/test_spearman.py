"""Spearman's rank correlation, against the sum of squared differences and ties by hand."""

import numpy as np
import pytest

from rnn_cli.core.metrics.spearman import ranks, spearman


def test_without_ties_it_is_the_formula_of_squared_differences() -> None:
    draw = np.random.default_rng(3)
    for n in (2, 5, 17):
        one, other = draw.standard_normal(n), draw.standard_normal(n)
        places = [[sorted(values).index(value) for value in values] for values in (one, other)]
        squares = sum((a - b) ** 2 for a, b in zip(*places, strict=True))
        assert spearman(one, other) == pytest.approx(1 - 6 * squares / (n * (n * n - 1)))


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert ranks(np.array([3.0, 1.0, 3.0, 3.0, 2.0])).tolist() == [4, 1, 4, 4, 2]
    # ranks 1 2.5 2.5 4 against 1 2 3 4: covariance 4.5, variances 4.5 and 5
    assert spearman(np.array([0.0, 1, 1, 2]), np.array([0.0, 1, 2, 3])) == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_what_is_all_equal_has_no_order() -> None:
    assert np.isnan(spearman(np.ones(4), np.arange(4.0)))
    assert np.isnan(spearman(np.ones(1), np.ones(1)))
    assert np.isnan(spearman(np.zeros(0), np.zeros(0)))
