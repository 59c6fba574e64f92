"""Reliability by bins, counted once more answer by answer."""

import numpy as np
import pytest

from rnn_cli.core.metrics.calibration import BINS, Calibration


def test_the_error_is_the_mean_distance_of_what_is_said_and_what_is_right() -> None:
    draw = np.random.default_rng(1)
    sure, right = draw.uniform(0, 1, 300), draw.random(300) < 0.6
    sure[:2] = 1.0, 0.0
    found = Calibration()
    for part in np.array_split(np.arange(300), 7):  # batch by batch
        found.add(sure[part], right[part])
    total, beyond = 0.0, 0.0
    for k in range(BINS):
        here = [i for i in range(300) if k / BINS <= sure[i] < (k + 1) / BINS or (k == BINS - 1 and sure[i] == 1)]
        assert found.answers[k] == len(here)
        total += abs(sum(float(right[i]) - sure[i] for i in here))
    beyond = float(np.mean(sure) - np.mean(right))
    assert found.error == pytest.approx(total / 300)
    assert found.beyond == pytest.approx(beyond)


def test_one_who_is_right_as_often_as_it_says_has_no_error() -> None:
    found = Calibration().add(np.full(4, 0.75), np.array([1, 1, 1, 0]))
    assert (found.error, found.beyond) == (0, 0)
