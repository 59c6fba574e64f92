"""ŷ_{t+h} = y_t + h d, with d the mean change of a step: the last value, and from there as the training part went on average.

    d = sum over stretches (y_last - y_first) / sum over stretches (steps)

Source: the drift method of Hyndman and Athanasopoulos, "Forecasting: principles and practice" (3rd edition), section 5.2,
where d is that of the whole history; here it is that of the training part.
"""

import numpy as np

from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.series import errors_of, forecast_of, runs_of, windows_of
from rnn_cli.study.scores import Baseline


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    train, measured = windows_of(parts.train), windows_of(parts.measured)
    runs = [train.targets[run] for run in runs_of(train)]
    change = np.sum([run[-1] - run[0] for run in runs], axis=0) / sum(len(run) - 1 for run in runs)  # (K,)
    ahead = np.arange(1, measured.horizon + 1)[:, None] * change
    errors = errors_of(measured, lambda rows: measured.targets[rows][:, None] + ahead)
    return forecast_of(
        "drift: the last value, and from there the mean change of a step in the training part", "drift", errors
    )
