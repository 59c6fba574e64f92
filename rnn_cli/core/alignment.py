"""What each token that was read gave to each token that was written, by the slopes of ln p of the written one.

    F_u = ln p(y_u | y_1 … y_{u-1}, x),    the tokens before it as they were written

    gradient · input    x_t · dF_u/dx_t
    integrated          (x_t - b_t) · (integral over a from 0 to 1 of dF_u/dx_t at b + a (x - b))

See attribution.py: here are U numbers F in place of one, and one way from b to x for all of them.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attribution import POINTS, integrated_gradients
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder

MOST_LOGITS = 1 << 22
"""So many logits are computed at once."""

EXACT, MOST_PARTS = 1e-4, 32
"""How exact the integrals are, and into how many parts the way is cut at most."""

MOST_RUN = 100_000
"""So many steps of both networks are run for an integral: each point of the way is run once for each of the U numbers."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """gradient and integrated (U, T); value and empty (U,), F of x and of b; from an integral with so many `points`."""

    gradient: Array
    integrated: Array
    value: Array
    empty: Array
    points: int

    @property
    def residuals(self) -> Array:
        """The sum of each row of integrated gradients, less F(x) - F(b), (U,)."""
        found: Array = self.integrated.sum(axis=1) - (self.value - self.empty)
        return found


def parts_within(read: int, written: int) -> int:
    """Into how many parts the way may be cut: fewer than attribution.PARTS where a text is too long for any integral."""
    return min(MOST_PARTS, MOST_RUN // (POINTS * written * (read + written)))


def slopes_of(system: EncoderDecoder, x: Array, baseline: Array, before: Array, written: Array) -> Slopes:
    """What each of the vectors x (T, I) gave to each of the tokens `written` (U,), which followed those `before` them.

    baseline (I,), what a step holds that says nothing.
    """
    runner = _Runner(system, before, written)
    (value,), (empty,) = runner.values(x[None]), runner.values(np.broadcast_to(baseline, x.shape)[None])
    gradient = (runner.slopes(x[:, None])[0] * x).sum(axis=-1)
    parts = parts_within(len(x), len(written))
    each, points = integrated_gradients(x, baseline, runner.values, runner.slopes, EXACT, parts)
    return Slopes(gradient, each.sum(axis=-1), value, empty, points)


class _Runner:
    """Runs both networks on vectors in the place of what was read."""

    def __init__(self, system: EncoderDecoder, before: Array, written: Array) -> None:
        self.system, self.before, self.written = system, before, written

    @property
    def _at_once(self) -> int:
        """How many texts are run together."""
        return max(1, MOST_LOGITS // (len(self.written) * self.system.decoder.architecture.output_size))

    def values(self, some: Array) -> Array:
        """F of texts (N, T, I) -> (N, U)."""
        parts = np.array_split(some, -(-len(some) // self._at_once))
        passes = (self.system.forward(self._batch(one.transpose(1, 0, 2))) for one in parts)
        return np.concatenate([-done.loss.each.T for done in passes])

    def slopes(self, some: Array) -> Array:
        """dF/dx of texts side by side (T, N, I) -> (N, U, T, I): each text once for each of the U."""
        T, N, size = some.shape
        U = len(self.written)
        found = np.empty((N * U, T, size))
        every = np.arange(N * U)
        for columns in np.array_split(every, -(-len(every) // self._at_once)):
            text, u = np.divmod(columns, U)
            batch = self._batch(some[:, text], (np.arange(U)[:, None] == u).astype(np.float64))
            done = self.system.forward(batch)
            back = self.system.back_through(done, self.system.parameters.zeros())
            found[columns] = -len(columns) * back.inputs.transpose(1, 0, 2)  # the loss is the mean of the columns'
        return found.reshape(N, U, T, size)

    def _batch(self, x: Array, weights: Array | None = None) -> Batch:
        T, B, _ = x.shape
        U = len(self.written)
        targets, before = (np.repeat(one[:, None], B, axis=1) for one in (self.written, self.before))
        weights = np.ones((U, B)) if weights is None else weights
        return Batch(np.ascontiguousarray(x), np.full(B, T), targets, weights, before, np.full(B, U))
