"""Numbers that are equal but for rounding count as equal, and all others stay apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.metrics.spearman import spearman
from rnn_cli.core.metrics.ties import settled

SUM = 0.1 + 0.2  # 0.30000000000000004


def test_sums_in_another_order_are_equal() -> None:
    assert settled(np.array([SUM, -1.0, 0.3, 0.3 + 1e-8])).tolist() == [0.3, -1.0, 0.3, 0.3 + 1e-8]
    assert settled(np.array([1e-17, 2.0, -3e-17])).tolist() == [-3e-17, 2.0, -3e-17]  # what rounding leaves of 2
    assert settled(np.array([1e-17, -3e-17])).tolist() == [
        1e-17,
        -3e-17,
    ]  # there is nothing larger that it could be left of


def test_what_is_not_finite_stays() -> None:
    np.testing.assert_array_equal(settled(np.array([np.nan, 0.3, SUM, np.inf])), [np.nan, 0.3, 0.3, np.inf])
    np.testing.assert_array_equal(settled(np.array([np.nan])), [np.nan])
    assert settled(np.zeros(0)).tolist() == []


def test_rounding_has_no_order() -> None:
    assert np.isnan(spearman(np.array([0.3, SUM, 0.3]), np.array([1.0, 2.0, 3.0])))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_the_order_stays_and_no_value_moves_far(values: list[float]) -> None:
    made, given_ = settled(np.array(values)), np.array(values)
    assert (np.diff(made[np.argsort(given_, kind="stable")]) >= 0).all()
    np.testing.assert_allclose(made, given_, rtol=1e-7, atol=1e-12 * max(abs(given_).max(), 1e-300))
