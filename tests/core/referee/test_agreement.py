"""How closely numbers agree, where some of them are not finite or too large to be subtracted."""

import numpy as np
import pytest

from rnn_cli.core.referee.agreement import Measure, changed_by_far, first_of_wrong, relative_error
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key
from tests.support.checks import planned

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


@pytest.mark.parametrize(("name", "layer", "step"), [("h", 0, 1), ("dh", 1, 3)])
def test_the_first_that_is_wrong_is_the_first_that_is_computed(name: str, layer: int, step: int) -> None:
    _, plan = planned("rnn", large=True, lengths=(4, 4))
    right = compute(plan)
    own = [key for key in right if key.name == name and key.direction == "forward"]
    seen = {key: right[key] + (np.arange(4) == step)[:, None, None] for key in own}
    assert {key.layer for key in own} == {0, 1}
    measure = Measure.of(plan, right, seen, 1e-9)
    assert first_of_wrong(right, seen, own, measure) == Key(name, layer, "forward")


def test_what_is_below_the_least_size_is_measured_by_it() -> None:
    assert relative_error(np.array([1e-20]), np.array([3e-20]), least=1.0) == pytest.approx(2e-20)


@pytest.mark.parametrize(
    ("off", "least", "count"), [(0.0095, 0.0, 0), (0.0105, 0.0, 1), (0.0105, 0.11, 0), (0.0105, 0.09, 1)]
)
def test_wrong_by_far_is_ten_times_the_tolerance(off: float, least: float, count: int) -> None:
    """Of the largest number, or of ten times the least size."""
    assert changed_by_far(np.array([1.0, 0.5]), np.array([1.0, 0.5 + off]), 1e-3, least) == count
