"""Several steps ahead: a forecast is read as if it had come, and the next one made; how far such forecasts were from what came.

The errors are those of the validation part, from which no weight was learnt: from every row after which it has an answer
the model forecasts as many steps, and each step ahead has errors of its own, as many as there are answers. Neighbouring
errors are alike, so that they say less than as many independent ones would.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forms import GROWTH
from rnn_cli.core.forward import run_forward
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import InputError, NumberError
from rnn_cli.models.model import Model
from rnn_cli.study.initial_states import batched
from rnn_cli.study.kind import forecasts
from rnn_cli.study.range import LEFT
from rnn_cli.study.training_part import training_part
from rnn_cli.tasks.defaults import LAST
from rnn_cli.tasks.forecast import Windows

COVERED = 0.8
"""The share of the past errors that an interval holds."""

LEAST = 10
"""So few past errors have no interval."""

MOST_STEPS = 10_000
MOST_ORIGINS = 1000
"""So many of the last rows of the validation part are forecast from."""


@dataclass(frozen=True, eq=False)
class Past:
    """How far past forecasts were from what came, by steps ahead (S,) and column (S, K).

    counts   the errors that each rests on
    chosen   whether the step whose weights are kept was chosen by the same part, so that the errors are a little too small
    within   the least distance within which COVERED of them lay, in the units of the data, or as a share of the last value
             where a column is predicted as it grows; NaN where there are fewer than LEAST
    """

    counts: Array
    within: Array
    chosen: bool

    def reach(self, model: Model, last: Array) -> Array:
        """Half the widths (S, K) of the intervals after these last values (K,), in the units of the data."""
        reach: Array = self.within * _units(model, last)
        return reach


@dataclass(frozen=True, eq=False)
class Ahead:
    """A forecast of several steps, (S, K) in the units of the data.

    reach    half the widths of the intervals around them; NaN where there is none. Ends of an interval around a large
             number have lost it
    past     the errors that the intervals rest on, or why none are known
    grows    (K,) whether the errors of a column are shares of the last value
    known    the rows (T, K) that came before, the last of them at the end; NaN of a column that is not read
    before   the same forecast as it would have been so many steps earlier, beside which stands what came; None where
             the series is too short
    """

    numbers: Array
    reach: Array
    past: Past | str
    grows: Array
    known: Array
    before: Array | None

    @property
    def low(self) -> Array:
        """The lower ends of the intervals."""
        return self.numbers - self.reach

    @property
    def high(self) -> Array:
        """The upper ends of the intervals."""
        return self.numbers + self.reach


@dataclass(frozen=True, eq=False)
class LookAhead:
    """What forecasts of so many steps ahead need, whatever series they go on from."""

    steps: int
    past: Past | str
    initial: InitialStates

    def after(self, model: Model, values: Array, window: int) -> Ahead:
        """The forecast after the last of the rows (T, I) of a series, of which the model reads so many."""
        encoding = model.encoding
        assert encoding is not None
        numbers = roll_out(model, values[-window:, None], self.steps, self.initial)[0]
        known = encoding.targets_among(values)
        before = None
        if len(values) >= window + self.steps:
            earlier = values[-window - self.steps : -self.steps, None]
            before = roll_out(model, earlier, self.steps, self.initial)[0]
        reach = np.full(numbers.shape, np.nan)
        if isinstance(self.past, Past):
            reach = self.past.reach(model, known[-1])
        grows = np.array([form == GROWTH for form in encoding.target_forms])
        return Ahead(numbers, reach, self.past, grows, known, before)


def look_ahead(model: Model, steps: int, initial: InitialStates) -> LookAhead:
    """What it takes to forecast so many steps. InputError where the model cannot."""
    check_rolls_out(model, steps)
    start = batched([initial]) if initial else None
    return LookAhead(steps, past_of(model, steps) if not initial else OTHER_START, start or {})


OTHER_START = "the memory starts elsewhere than in training"


def check_rolls_out(model: Model, steps: int) -> None:
    """InputError where a model cannot read its own forecasts."""
    encoding = model.encoding
    if not forecasts(model) or encoding is None:
        raise InputError(f"--steps: {model.name} was not trained to forecast")
    if not 1 <= steps <= MOST_STEPS:
        raise InputError(f"--steps {steps}: from 1 to {MOST_STEPS:,}")
    unsaid = [name for name in encoding.columns if name not in encoding.target_columns]
    if unsaid and steps > model.network.architecture.output_size // len(encoding.target_columns):
        raise InputError(
            f"--steps {steps}: the model reads {', '.join(unsaid[:6])} and does not predict it, so nothing says what comes of it;\n"
            "train with --targets that are the columns, or with --horizon for so many steps at once"
        )


def roll_out(model: Model, rows: Array, steps: int, initial: InitialStates | None = None) -> Array:
    """The forecasts after windows (T, B, I), in the units of the data: (B, S, K)."""
    encoding = model.encoding
    assert encoding is not None
    size, window = len(encoding.target_columns), len(rows)
    feed = [encoding.target_columns.index(name) for name in encoding.columns if name in encoding.target_columns]
    made: list[Array] = []
    with np.errstate(over="ignore", invalid="ignore"):
        while sum(len(one) for one in made) < steps:
            logits = run_forward(model.network, encoding.scaled(rows), None, initial).logits
            assert logits is not None
            logits = logits if logits.ndim == 2 else logits[-1]
            means, scales = encoding.moments_after(encoding.targets_among(rows[-1]))
            said = (logits.reshape(len(logits), -1, size) * scales[:, None] + means[:, None]).swapaxes(0, 1)
            if not np.isfinite(said).all() or any(
                form == GROWTH and said[..., k].min() <= 0 for k, form in enumerate(encoding.target_forms)
            ):
                raise NumberError(f"the forecast {LEFT}, or what grows fell to 0, after {len(made)} of {steps} steps")
            made.append(said)
            if len(feed) == len(encoding.columns):
                rows = np.concatenate([rows, said[..., feed]])[-window:]
    return np.concatenate(made)[:steps].swapaxes(0, 1)


def past_of(model: Model, steps: int) -> Past | str:
    """The errors of the past, or why none are known."""
    prepared = training_part(model)
    if prepared is None:
        return "the files of its training are not where it read them, or have changed"
    held = prepared.validation
    if held is None:
        return prepared.why_unheld
    assert isinstance(held, Windows)
    origins, ends = _origins(held)
    starts = origins - held.window + 1
    future = origins[:, None] + 1 + np.arange(steps)
    known = future < ends[:, None]
    counts = known.sum(axis=0)
    within = np.full((steps, held.targets.shape[1]), np.nan)
    reached = int((counts >= LEAST).sum())  # later steps have fewer errors
    if reached:
        said = roll_out(model, held.inputs[starts + np.arange(held.window)[:, None]], reached)  # (B, S, K)
        truth = held.targets[np.where(known, future, 0)[:, :reached]]
        error = np.abs(said - truth) / _units(model, held.targets[origins])[:, None]
        for s in range(reached):
            within[s] = np.sort(error[known[:, s], s], axis=0)[ceil(COVERED * counts[s]) - 1]
    config = model.run.get("config", {})
    return Past(counts, within, config.get("patience") is not None or config.get("keep", LAST) != LAST)


def _origins(held: Windows) -> tuple[Array, Array]:
    """The last rows that are forecast from, and for each the row before which its part ends, in its stretch without a gap.

    A row is one where the part has the answer of one step, though it may lack those of further steps.
    """
    found = [(np.arange(max(begin + held.window, first) - 1, last - 1), last) for begin, first, last in held.spans]
    origins = np.concatenate([rows for rows, _ in found])
    ends = np.concatenate([np.full(len(rows), last) for rows, last in found])
    return origins[-MOST_ORIGINS:], ends[-MOST_ORIGINS:]


def _units(model: Model, last: Array) -> Array:
    """What an error is counted in, (…, K): the last value where a column is predicted as it grows."""
    assert model.encoding is not None
    units: Array = np.where([form == GROWTH for form in model.encoding.target_forms], last, 1.0)
    return units
