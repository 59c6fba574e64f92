"""ŷ_{t+h} = y_{t+h-km}, with the smallest k that makes it known: the value of one season of m steps before comes again.

m is what --season says, or what the training part has (see rnn_cli/core/metrics/season.py).

Source: the seasonal naive method of Hyndman and Athanasopoulos, "Forecasting: principles and practice" (3rd edition),
section 5.2.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.season import season_of
from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.series import errors_of, first_known, forecast_of, runs_of, windows_of
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.forecast import Windows


def answer(parts: Parts) -> Baseline | None:
    """See rnn_cli.study.baselines. None without a season."""
    train, measured = windows_of(parts.train), windows_of(parts.measured)
    given = parts.prepared.options.season
    season = given or season_of([train.targets[run] for run in runs_of(train)])
    if season is None:
        return None
    errors = errors_of(measured, lambda rows: a_season_ago(measured, rows, season))
    source = "by --season" if given else "the season that the autocorrelation of the training part has"
    steps = "step" if season == 1 else "steps"
    how = f"seasonal naive: the value of {season:,} {steps} before, {source}"
    return forecast_of(how, "seasonal-naive", errors)


def a_season_ago(windows: Windows, rows: Array, season: int) -> Array:
    """What came one season before each step ahead; NaN where that is not known. -> (M, S, K)"""
    ahead = np.arange(windows.horizon)
    wanted = rows[:, None] + 1 + ahead - season * (1 + ahead // season)
    known = wanted >= first_known(windows, rows)[:, None]
    return np.where(known[..., None], windows.targets[np.where(known, wanted, 0)], np.nan)
