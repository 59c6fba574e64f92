"""When a length counts as held: the whole interval, on the better side."""

import numpy as np
import pytest

from rnn_cli.race.scores import Scores

T_2 = 4.302652729749464
"""97.5% of Student's distribution with two degrees of freedom lie below it."""


def test_the_interval_is_students() -> None:
    values = (0.9, 1.0, 0.8)
    low, high = Scores(values, (1, 1, 1), True).interval or (0, 0)
    margin = T_2 * np.std(values, ddof=1) / np.sqrt(3)
    assert (low, high) == pytest.approx((0.9 - margin, 0.9 + margin))


@pytest.mark.parametrize("more", [True, False])
def test_one_bad_seed_breaks_what_the_mean_would_hold(more: bool) -> None:
    def scores(*values: float) -> Scores:
        return Scores(values if more else tuple(1 - one for one in values), (1,) * len(values), more)

    assert scores(0.9, 0.91, 0.9).holds(0.75 if more else 0.25)
    assert not scores(1.0, 1.0, 0.5).holds(0.75 if more else 0.25)
    assert scores(0.8).holds(0.75 if more else 0.25)
    assert not scores(0.7).holds(0.75 if more else 0.25)


def test_a_run_that_failed_breaks_its_length() -> None:
    scores = Scores((1.0, None, 1.0), (1, 1, 1), True)
    assert not scores.holds(0.1)
    assert (scores.mean, scores.interval) == (None, None)
