"""How closely numbers agree, where some of them are not finite or too large to be subtracted."""

import numpy as np
import pytest

from rnn_cli.core.referee.agreement import relative_error

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("right", "found", "error"),
    [
        ([2.0, 4.0], [2.0, 3.0], 0.25),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([INF, 4.0], [INF, 3.0], 0.25),
        ([NAN, 4.0], [NAN, 4.0], 0.0),
        ([INF, 4.0], [-INF, 4.0], INF),
        ([INF, 4.0], [1.0, 4.0], INF),
        ([1.0, 4.0], [NAN, 4.0], INF),
        ([1.5e308, 1.0], [-1.5e308, 1.0], INF),
        ([], [], 0.0),
    ],
)
def test_the_error_is_that_of_the_numbers_that_are_finite_in_both(
    right: list[float], found: list[float], error: float
) -> None:
    assert relative_error(np.array(right), np.array(found)) == error


def test_another_shape_is_no_agreement() -> None:
    assert relative_error(np.zeros(2), np.zeros(3)) == INF


def test_what_is_below_the_least_size_is_measured_by_it() -> None:
    assert relative_error(np.array([1e-20]), np.array([3e-20]), least=1.0) == pytest.approx(2e-20)
