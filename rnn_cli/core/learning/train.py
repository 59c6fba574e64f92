"""The training loop, as a generator of frozen events. Whoever iterates it shows, logs, saves or stops.

    for each batch:  loss and gradient -> are they finite? -> clip -> learning rate -> update

Every random number is a function of the seed and the step, so a run can resume exactly at any step.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from time import perf_counter
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.forward import Dropout
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.clipping import GLOBAL_NORM, scaled_to
from rnn_cli.core.learning.optimizers import SLOTS, Optimizer
from rnn_cli.core.learning.schedules import CONSTANT, learning_rate
from rnn_cli.core.norms import norm
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.base import System


@dataclass(frozen=True)
class Plan:
    """What stays the same during a run. The schedule runs over `schedule_steps`; None: over all steps. `frozen` are the
    names of the parameters that are not learnt."""

    seed: int
    total_steps: int
    learning_rate: float
    schedule: str = CONSTANT
    warmup: int = 0
    clip: tuple[str, float] | None = (GLOBAL_NORM, 1.0)
    dropout: float = 0.0
    dropout_embedding: float = 0.0
    dropout_state: float = 0.0
    teacher_forcing: float = 1.0
    watch: int = 0
    schedule_steps: int | None = None
    frozen: tuple[str, ...] = ()


@dataclass(eq=False)
class Progress:
    """What changes during a run: all that it needs, besides the parameters, to go on from here."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    tokens: int = 0
    clipped: int = 0
    state: InitialStates = field(default_factory=dict)
    best: float | None = None
    best_loss: float | None = None
    best_f1: float | None = None
    best_step: int = 0
    since_best: int = 0


@dataclass(frozen=True, eq=False)
class Reach:
    """How far back the gradient reaches: the norm of dL/ds_t, of all states, by the distance from a sequence's last step."""

    distances: Array
    norms: Array


@dataclass(frozen=True, eq=False)
class StepEvent:
    """One update. `seconds` is what it took; everything else is a function of the data and the seed."""

    step: int
    epoch: int
    loss: float
    grad_norm: float
    grad_norm_clipped: float
    clipped: bool
    learning_rate: float
    tokens: int
    seconds: float
    reach: Reach | None = None


class Diverged(Exception):
    """The loss or a gradient is not finite, and the parameters are those before the step; or, where `updated`, the
    update itself left the finite range.

    previous_norm   that of the last gradient that was finite; None where the run began, or was gone on with, at this step
    """

    def __init__(
        self,
        step: int,
        what: str,
        parameter: str | None,
        previous_norm: float | None,
        learning_rate: float,
        updated: bool = False,
    ) -> None:
        super().__init__(f"step {step}: {what}")
        self.step, self.what, self.parameter, self.updated = step, what, parameter, updated
        self.previous_norm, self.learning_rate = previous_norm, learning_rate


NextBatch = Callable[[Progress], tuple[Batch, bool]]
"""A function from a run's progress to its next batch, and whether that batch ends an epoch."""

OwnWords = Callable[[Batch, np.random.Generator, float], Batch]
"""Replaces the decoder's true inputs by its own words in a share of the sequences (free running)."""


def train_steps(
    system: System,
    optimizer: Optimizer,
    plan: Plan,
    progress: Progress,
    next_batch: NextBatch,
    own_words: OwnWords | None = None,
) -> Iterator[StepEvent]:
    """Train until plan.total_steps. At each event the parameters and `progress` stand after its step.

    Diverged where the loss or the gradient is not finite, before any parameter is touched, and where an update left
    the finite range, before anybody has seen it.
    """
    gradients = system.parameters.zeros()
    horizon = plan.schedule_steps or plan.total_steps
    previous = None
    while progress.step < plan.total_steps:
        started = perf_counter()
        batch, ends_epoch = next_batch(progress)
        step = progress.step + 1
        dropout: Dropout | None = None
        drops = bool(plan.dropout or plan.dropout_embedding or plan.dropout_state)
        if drops or plan.teacher_forcing < 1:
            generator = np.random.default_rng([plan.seed, crc32(b"step"), step])
            if own_words is not None and plan.teacher_forcing < 1:
                batch = own_words(batch, generator, plan.teacher_forcing)
            dropout = Dropout(plan.dropout, generator, plan.dropout_embedding, plan.dropout_state) if drops else None
        done = system.forward(batch, progress.state if batch.carries else None, dropout)
        gradients.flat[...] = 0
        watched = bool(plan.watch) and (step % plan.watch == 0 or step == 1)
        errors = system.backward(done, gradients, keep_dh=watched)
        kept = {name: system.parameters[name].copy() for name in plan.frozen if optimizer.weight_decay}
        for name in plan.frozen:
            gradients[name][...] = 0
        lr = learning_rate(plan.schedule, plan.learning_rate, step, horizon, plan.warmup)
        with np.errstate(over="ignore", invalid="ignore"):  # the loop finds and reports numbers that are not finite
            before = _checked_norm(step, done.loss.total, gradients, previous, lr)
            after, was_clipped = _clip(gradients.flat, before, plan.clip)
            _check_squares(step, optimizer, gradients.flat, after, before, lr)
            optimizer.update(system.parameters.flat, gradients.flat, lr)
            for name, array in kept.items():  # a gradient of 0 changes nothing, but weights that decay do
                system.parameters[name][...] = array
            _check_updated(step, system.parameters, before, lr)
        previous = before
        progress.step, progress.tokens = step, progress.tokens + batch.steps
        progress.clipped += was_clipped
        progress.state = done.state
        progress.epoch, progress.batch = (progress.epoch + 1, 0) if ends_epoch else (progress.epoch, progress.batch + 1)
        reach = None if errors is None else reach_of(errors, batch.lengths)
        yield StepEvent(
            step, progress.epoch, done.loss.total, before, after, was_clipped, lr, batch.steps,
            perf_counter() - started, reach,
        )  # fmt: skip


def _checked_norm(step: int, loss: float, gradients: Parameters, previous: float | None, lr: float) -> float:
    """The gradient's global norm. Diverged where it or the loss is not finite."""
    if not isfinite(loss):
        raise Diverged(step, "the loss left the finite range", None, previous, lr)
    size = _norm(gradients.flat)
    if not isfinite(size):
        for name, array in gradients.items():
            if not np.isfinite(array).all():
                raise Diverged(step, f"the gradient of {name} is not finite", name, previous, lr)
        raise Diverged(step, "the norm of the gradient left the finite range", None, previous, lr)
    return size


def _norm(gradient: Array) -> float:
    """The norm by one quick product; where its square overflows or underflows, the long way."""
    size, limits = float(np.sqrt(gradient.dot(gradient))), np.finfo(gradient.dtype)
    if isfinite(size) and size > float(limits.tiny / limits.eps) ** 0.5:
        return size
    return norm(gradient.astype(np.float64))


def _check_squares(
    step: int, optimizer: Optimizer, gradient: Array, size: float, norm_before: float, lr: float
) -> None:
    """Diverged where an optimiser keeps squares that its numbers cannot hold: the update would be 0 from then on."""
    if "square" in SLOTS[optimizer.kind] and size * size > np.finfo(gradient.dtype).max:
        what = f"the square of the gradient, which {optimizer.kind} keeps, left the finite range of {gradient.dtype}"
        raise Diverged(step, what, None, norm_before, lr)


def _check_updated(step: int, parameters: Parameters, norm_before: float, lr: float) -> None:
    """Diverged where an update was too large for the parameters' type: such weights must never be saved."""
    if isfinite(parameters.flat.dot(parameters.flat)):  # quick; finite only if all of them are
        return
    for name, array in parameters.items():
        if not np.isfinite(array).all():
            raise Diverged(step, f"the update of {name} is not finite", name, norm_before, lr, updated=True)


def _clip(gradient: Array, size: float, clip: tuple[str, float] | None) -> tuple[float, bool]:
    """Clip in place; the norm afterwards and whether anything changed."""
    if clip is None:
        return size, False
    kind, limit = clip
    if size <= limit:  # a norm within the limit means that no element exceeds it
        return size, False
    if kind == GLOBAL_NORM:
        gradient[...] = scaled_to(gradient, limit, size)
        return limit, True
    np.clip(gradient, -limit, limit, out=gradient)
    after = _norm(gradient)
    return after, after < size


def reach_of(errors: Array, lengths: Array) -> Reach:
    """The mean norm of dL/ds_t by distance T - t, over the sequences that are that long.

    errors (T, B), lengths (B,)
    """
    steps = len(errors)
    distance = lengths - 1 - np.arange(steps)[:, None]
    inside = distance >= 0
    total = np.bincount(distance[inside], weights=errors[inside], minlength=1)
    count = np.bincount(distance[inside], minlength=1)
    return Reach(np.arange(len(total)), total / np.maximum(count, 1))
