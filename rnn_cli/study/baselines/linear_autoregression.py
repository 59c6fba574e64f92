"""ŷ_{t+h} = b_h + sum_{j=1}^{p} a_{hj} y_{t+1-j}: each column from its own last p values, by least squares.

    min over a, b of sum_t (y_{t+h} - ŷ_{t+h})^2 over the training part, for each step ahead h by itself

p is the window, but at most 100 and a third of the rows. The rows are brought to a triangle piece by piece (QR), so that memory
does not grow with them, and nothing is squared as in the normal equations.

Source: Brockwell and Davis, "Introduction to time series and forecasting", section 5.1; Golub and Van Loan, "Matrix
computations", section 5.3, for least squares by QR.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnn_cli.core.arrays import Array
from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.series import errors_of, first_known, forecast_of, runs_of, windows_of
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.forecast import Windows

MOST_VALUES = 100
PIECE = 4096


def answer(parts: Parts) -> Baseline | None:
    """See rnn_cli.study.baselines. None where the training part has too few rows."""
    train, measured = windows_of(parts.train), windows_of(parts.measured)
    runs = [train.targets[run] for run in runs_of(train)]
    known = np.concatenate(runs)
    middle, spread = known.mean(axis=0), known.std(axis=0)
    spread[spread == 0] = 1.0  # least squares are the same in other units, and more exact where no column is far from 0
    runs = [(run - middle) / spread for run in runs]
    order = min(train.window, MOST_VALUES, max(map(len, runs)) // 3)
    horizon = measured.horizon
    if order < 1 or not any(len(run) >= order + horizon for run in runs):
        return None
    weights = np.stack(
        [fit([run[:, k] for run in runs], order, horizon) for k in range(train.targets.shape[1])], axis=-1
    )
    scaled = replace(measured, targets=(measured.targets - middle) / spread)
    errors = errors_of(measured, lambda rows: predict(scaled, rows, weights) * spread + middle)
    values = f"{order} values" if order > 1 else "value"
    how = f"linear autoregression: each column from its last {values}, by least squares on the training part"
    return forecast_of(how, "linear-autoregression", errors)


def fit(runs: Sequence[Array], order: int, horizon: int) -> Array:
    """The weights of the constant and of the last values, the oldest first; runs (N,) each. -> (1 + order, S)"""
    triangle: Array = np.zeros((0, 1 + order + horizon))
    for run in runs:
        if len(run) < order + horizon:
            continue
        rows = sliding_window_view(run, order + horizon)
        for start in range(0, len(rows), PIECE):
            piece = rows[start : start + PIECE]
            table = np.concatenate([np.ones((len(piece), 1)), piece], axis=1)
            triangle = np.asarray(np.linalg.qr(np.concatenate([triangle, table]), mode="r"))
    weights: Array = np.linalg.lstsq(triangle[:, : 1 + order], triangle[:, 1 + order :], rcond=None)[0]
    return weights


def predict(windows: Windows, rows: Array, weights: Array) -> Array:
    """Weights (1 + order, S, K) at origins (M,); NaN where fewer values are known. -> (M, S, K)"""
    order = len(weights) - 1
    said = np.full((len(rows), *weights.shape[1:]), np.nan)
    known = np.flatnonzero(rows - order + 1 >= first_known(windows, rows))
    for start in range(0, len(known), PIECE):
        at = known[start : start + PIECE]
        values = windows.targets[rows[at, None] + 1 - order + np.arange(order)]  # (M, order, K)
        said[at] = weights[0] + np.einsum("mjk,jsk->msk", values, weights[1:])
    return said
