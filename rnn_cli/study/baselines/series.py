"""What simple forecasts have in common: the rows after which they are made, what of a series was learnt from, and their errors.

A row t is an origin: y_t and all before it in its stretch without a gap are known, and y_{t+1} … y_{t+S} are asked for.
"""

from collections.abc import Callable

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.scores import Baseline
from rnn_cli.study.tally import Tally
from rnn_cli.tasks.forecast import Windows


def windows_of(part: Tally) -> Windows:
    """The windows of a part."""
    assert isinstance(part.examples, Windows)
    return part.examples


def forecast_of(how: str, name: str, errors: Array) -> Baseline:
    """A forecast with its errors, as errors_of returns them."""
    return Baseline(how, {"mae": float(errors[0].mean())}, name, errors)


def errors_of(windows: Windows, forecast: Callable[[Array], Array]) -> Array:
    """The means of |error| and error^2 in the units of the data, by steps ahead and column. -> (2, S, K)

    `forecast` takes origins (M,) and returns values (M, S or 1, K), NaN where it knows none: there the last value
    stays.
    """
    read = np.arange(windows.window)[:, None] + windows.starts
    rows, times = np.unique(read if windows.every_step else read[-1], return_counts=True)
    said, last = forecast(rows), windows.targets[rows][:, None]
    future = windows.targets[rows[:, None] + 1 + np.arange(windows.horizon)]  # (M, S, K)
    error = np.where(np.isnan(said), last, said) - future
    both = np.stack([np.abs(error), error * error])
    means: Array = np.einsum("m,jmsk->jsk", times / times.sum(), both)
    return means


def first_known(windows: Windows, rows: Array) -> Array:
    """The first row of the stretch that each row is in."""
    begins = np.asarray(windows.begins)
    first: Array = begins[np.searchsorted(begins, rows, side="right") - 1]
    return first


def runs_of(windows: Windows) -> list[slice]:
    """The rows that are in some window, in runs without a gap."""
    depth = np.zeros(len(windows.targets) + 1, dtype=np.int64)
    np.add.at(depth, windows.starts, 1)
    np.add.at(depth, windows.starts + windows.window + windows.horizon, -1)
    rows = np.flatnonzero(np.cumsum(depth) > 0)
    first = first_known(windows, rows)
    cuts = np.flatnonzero((np.diff(rows) > 1) | (np.diff(first) > 0)) + 1
    return [slice(int(run[0]), int(run[-1]) + 1) for run in np.split(rows, cuts)]
