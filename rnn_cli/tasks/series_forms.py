"""What a series asks for, by its training part alone: how many steps are read, and in which form each column is.

window   whole seasons, at least two and as near to WINDOW steps as they come; WINDOW steps without a season, or with one
         that is longer than LONGEST; at most a quarter of the longest stretch, whatever the season
form     level        where the mean errs less than the last value does: sum (y_t - y_{t-1})^2 >= sum (y_t - ȳ)^2
         growth       where the level wanders, all values are positive, and a linear autoregression forecasts the last fifth
                      better from growths than from differences, by a twentieth of the squared error or more
         difference   where the level wanders: the mean of the last fifth is more than a standard deviation of the
                      other rows, without their season, from their mean
         level        where it does not wander, and the value of a season before errs less than the last value does
         change       else: the level stays where it was, and the last value is a good guess
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import CHANGE, DIFFERENCE, GROWTH, LEVEL

WINDOW = 30
LONGEST = 30
BETTER = 0.95
MOST_LAGS = 24
MOST_ROWS = 20_000
"""So many of the last rows of a stretch decide: more would say the same."""


def window_for(season: int | None, longest: int) -> int:
    """The steps that are read, of a series with this season whose longest stretch has so many rows."""
    wanted = WINDOW
    if season is not None and 1 < season <= LONGEST:
        wanted = season * max(2, round(WINDOW / season))
    return max(1, min(wanted, longest // 4))


def form_for(runs: Sequence[Array], season: int | None = None) -> str:
    """The form of a column, from its stretches (N,) each and the season of the series."""
    runs = [run[-MOST_ROWS:] for run in runs if len(run) > 1]
    if not runs:
        return LEVEL
    values, changes = np.concatenate(runs), np.concatenate([np.diff(run) for run in runs])
    if (changes**2).mean() >= values.var():
        return LEVEL
    longest = max(runs, key=len)
    cut = len(longest) - len(longest) // 5
    early, late = longest[:cut], longest[cut:]
    # What is a season later says how far values lie from each other when the season is taken away.
    again = longest[season:] - longest[:-season] if season is not None and season < len(longest) else None
    spread = float(early.std())
    if again is not None and season is not None and len(longest) >= 3 * season:
        spread = min(spread, float(again.std()) / sqrt(2))
        whole = max(1, len(late) // season) * season  # parts of a season have means of their own
        late, early = longest[-whole:], longest[: len(longest) - whole]
        early = early[len(early) % season :]
    if not len(late) or abs(late.mean() - early.mean()) <= spread:
        return LEVEL if again is not None and (again**2).mean() < (changes**2).mean() else CHANGE
    return GROWTH if float(values.min()) > 0 and _grows(longest, cut) else DIFFERENCE


def _grows(run: Array, cut: int) -> bool:
    """Whether growths say more of what comes next than differences, in the units of the data."""
    steps = np.diff(run)
    errors = [_error(steps, np.ones(len(steps)), cut), _error(steps / run[:-1], run[:-1], cut)]
    return errors[1] < BETTER * errors[0]


def _error(steps: Array, units: Array, cut: int) -> float:
    """The squared error of a linear autoregression of steps that is learnt before the row `cut` and measured after it."""
    order = min(MOST_LAGS, cut // 4)
    if order < 1:
        return np.inf
    table = np.concatenate([np.ones((len(steps) - order, 1)), sliding_window_view(steps, order + 1)], axis=1)
    known = cut - 1 - order  # the step into row r is number r - 1, and the first `order` are only read
    spread = table[:known, 1:].std() or 1.0
    table[:, 1:] /= spread
    weights = np.linalg.lstsq(table[:known, :-1], table[:known, -1], rcond=None)[0]
    error = (table[known:, :-1] @ weights - table[known:, -1]) * spread * units[order + known :]
    return float((error**2).mean())
