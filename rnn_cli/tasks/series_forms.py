"""What a series asks for, by its training part alone: how many steps are read, and in which form each column is.

window   whole seasons, at least two and as near to WINDOW steps as they come; WINDOW steps without a season, or with one
         that is longer than LONGEST; at most a quarter of the longest stretch, whatever the season
form     level        where the mean errs less than the last value does: sum (y_t - y_{t-1})^2 >= sum (y_t - ȳ)^2
         growth       where the level wanders, all values are positive, and a linear autoregression forecasts the last fifth
                      better from growths than from differences, by a twentieth of the squared error or more
         difference   where the level wanders: the mean of the last fifth is more than one and a half standard deviations
                      of the other rows, without their season, from their mean
         difference   where changes say more of what comes next: a linear autoregression forecasts each tenth of the
                      second half, from the rows before it, better by differences than by levels, by a tenth of the
                      squared error or more
         level        else, where the value of a season before errs less than the last value does
         change       else: the level stays where it was, and the last value is a good guess
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import CHANGE, DIFFERENCE, GROWTH, LEVEL

WINDOW = 30
LONGEST = 30
FAR = 1.5
"""So many standard deviations from an earlier mean the level has left it, whatever an autoregression says. A line has 2.2."""
BETTER, CLEARLY = 0.95, 0.9
"""Below these shares of another's squared error a form is better. The second is of forms that see different things."""
MOST_LAGS = 24
SHRINKS = 10.0
"""As if so many rows more said that no lag has a weight: without it short stretches learn their noise, levels before all."""
MOST_ROWS = 20_000
"""So many of the last rows of a stretch decide: more would say the same."""


def window_for(season: int | None, longest: int) -> int:
    """The steps that are read, of a series with this season whose longest stretch has so many rows."""
    wanted = WINDOW
    if season is not None and 1 < season <= LONGEST:
        wanted = season * max(2, round(WINDOW / season))
    return max(1, min(wanted, longest // 4))


class Found(NamedTuple):
    """The form of a column, and why it is that one, to be said after "as"; "" where there is nothing to say."""

    form: str
    why: str = ""


MOVED = "the level has moved away"
SAYS_MORE = "changes say more than levels of what comes next"
GROWS = "the level wanders, and growths say more than differences of what comes next"
STAYS = "the level stays where it was, and the last value is a good guess"


def form_for(runs: Sequence[Array], season: int | None = None) -> Found:
    """The form of a column, from its stretches (N,) each and the season of the series."""
    runs = [run[-MOST_ROWS:] for run in runs if len(run) > 1]
    if not runs:
        return Found(LEVEL)
    values, changes = np.concatenate(runs), np.concatenate([np.diff(run) for run in runs])
    if (changes**2).mean() >= values.var():
        return Found(LEVEL)
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
    if len(late) and abs(late.mean() - early.mean()) > FAR * spread:
        grows = float(values.min()) > 0 and _grows(longest, cut)
        return Found(GROWTH, GROWS) if grows else Found(DIFFERENCE, MOVED)
    if _changes_say_more(longest):
        return Found(DIFFERENCE, SAYS_MORE)
    seasonal = again is not None and (again**2).mean() < (changes**2).mean()
    return Found(LEVEL) if seasonal else Found(CHANGE, STAYS)


def _changes_say_more(run: Array) -> bool:
    """Whether differences say clearly more of what comes next than levels: where it goes, and nothing of where it was."""
    steps = np.diff(run)
    return _rolling_error(steps[:-1], steps[1:], len(run)) < CLEARLY * _rolling_error(run[:-1], steps, len(run))


def _rolling_error(read: Array, answers: Array, rows: int) -> float:
    """The squared error of a linear autoregression of each answer on the last numbers that are read: of each tenth of the
    second half of so many rows, learnt from the rows before it."""
    behind = rows - len(answers)
    squares = [np.empty(0)]
    for tenth in range(5, 10):
        cut, end = rows * tenth // 10, rows * (tenth + 1) // 10
        order = min(MOST_LAGS, cut // 4)
        if order < 1:
            return np.inf
        lags, following = sliding_window_view(read, order), answers[order - 1 :]
        known = slice(cut - behind - order + 1)
        later = slice(known.stop, end - behind - order + 1)
        mean, spread = lags[known].mean(axis=0), lags[known].std() or 1.0
        table, middle = (lags - mean) / spread, following[known].mean()
        products = table[known].T @ table[known] + SHRINKS * np.eye(order)
        weights = np.linalg.solve(products, table[known].T @ (following[known] - middle))
        squares.append((table[later] @ weights + middle - following[later]) ** 2)
    return float(np.concatenate(squares).mean())


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
