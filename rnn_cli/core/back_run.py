"""The backward pass of one sequence as numbers: what arrives at every state is kept, and a step's record is made when asked for.

It walks back with the cells' own steps, as bptt.py does, whose records of every product would have no room beside a long
sequence. Without truncation one error goes back, the sum over the losses; with it each loss has an error of its own, which
ends where its window does.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import (
    BackStep,
    Target,
    Truncation,
    allowed_steps,
    can_itemise,
    errors_at_outputs,
    errors_at_readout,
    readout_gradients,
)
from rnn_cli.core.kept import Kept
from rnn_cli.core.learning.losses import Loss, loss_of
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, walk_back
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import State
from rnn_cli.core.trace import Trace

AT_ONCE = 256
"""So many steps' shares of a gradient are computed and added up together."""


@dataclass(frozen=True, eq=False)
class Arriving:
    """What arrives at each state of a layer and direction, the sum over the losses: (T, H) from above, and from the future."""

    from_output: Array
    from_future: State


@dataclass(frozen=True, eq=False)
class BackRun:
    """The backward pass of a traced sequence.

    loss_steps  the time t of each loss; inputs (T, I), dL/dx_t
    arriving    (layer, direction) -> what arrives at its states
    """

    trace: Trace
    target: Target
    loss: Loss
    loss_steps: tuple[int, ...]
    truncation: Truncation | None
    inputs: Array
    arriving: dict[tuple[int, str], Arriving]
    _made: Kept[tuple[int, str, int], BackStep] = field(default_factory=Kept)

    @cached_property
    def gradients(self) -> Parameters:
        """Those of all parameters but the embedding: the way back once more, added up."""
        network = self.trace.network
        gradients = network.parameters.zeros()
        if network.architecture.output_size:
            gradients["readout.W_hy"][...], gradients["readout.b_y"][...] = readout_gradients(
                self.trace, self.loss.dlogits
            )
        for layer, direction in self.arriving:
            run, T = (self.trace.runs or {})[layer, direction], len(self.trace.inputs)
            w, named = network.cell.weights(run.p), network.gradients_by_name(gradients, layer, direction)
            for first in range(1, T + 1, AT_ONCE):
                times = range(first, min(first + AT_ONCE, T + 1))
                error = self.errors(layer, direction, times)
                for one in network.cell.step_backward(w, run.numbers_in(times), error).contributions:
                    named[one.name][...] += one.left.sum(axis=0) if one.right is None else one.left.T @ one.right
        return gradients

    def error(self, layer: int, direction: str, t: int) -> State:
        """What arrives at the states of a step, together."""
        return self.errors(layer, direction, range(t, t + 1)).map(lambda array: array[0])

    def errors(self, layer: int, direction: str, times: range) -> State:
        """The same of steps one after the other, (n, H) each."""
        here, part = self.arriving[layer, direction], slice(times[0] - 1, times[-1])
        future = here.from_future.map(lambda array: array[part])
        return State(**{**future, "h": here.from_output[part] + future.h})

    def at(self, layer: int, direction: str, t: int) -> BackStep:
        """The back step at time t (from 1) of a layer and direction, with every product."""
        return self._made.get((layer, direction, t), lambda: self._make(layer, direction, t))

    def _make(self, layer: int, direction: str, t: int) -> BackStep:
        network, here = self.trace.network, self.arriving[layer, direction]
        gradient = network.cell.trace_step_backward(
            network.packed(layer, direction), self.trace.at(layer, direction, t), self.error(layer, direction, t)
        )
        future = here.from_future.map(lambda array: array[t - 1 : t])
        return BackStep(t, layer, direction, here.from_output[t - 1 : t], future, gradient)

    def cut(self, layer: int, direction: str, t: int) -> State:
        """What truncation keeps from the states of a step: what the next step of the run passed back, less what arrived."""
        after = t - 1 if direction == BACKWARD else t + 1
        arrived = self.arriving[layer, direction].from_future.map(lambda array: array[t - 1])
        if self.truncation is None or not 1 <= after <= len(self.trace.inputs):
            return arrived.zeros_like()
        return self.at(layer, direction, after).gradient.before.merge(arrived, np.subtract)


def back_run(trace: Trace, target: Target, truncation: Truncation | None = None) -> BackRun:
    """Backpropagate the loss of a sequence whose trace keeps its numbers as runs.

    ValueError where a truncated sequence is too long to keep each loss's error apart.
    """
    if trace.runs is None:
        raise ValueError("a trace that keeps its steps has no runs to go back through: trace with keep_steps=False")
    if truncation is not None and not can_itemise(trace):
        raise ValueError(f"{len(trace.inputs)} steps are too many to keep each loss's error apart")
    a, T = trace.network.architecture, len(trace.inputs)
    one = a.task == MANY_TO_ONE
    loss = loss_of(target.kind, trace.answers[None] if one else trace.answers, target.targets, target.weights)
    entries = a.entries(T)
    rows = [0] * len(entries) if truncation is None else list(range(len(entries)))
    arriving: dict[tuple[int, str], Arriving] = {}

    def through(layer: int, direction: str, from_output: Array) -> Array:
        """One layer in one direction, against its run: (rows, T, H) -> (rows, T, size of what it reads)."""
        network, run = trace.network, (trace.runs or {})[layer, direction]
        cell, w = network.cell, network.cell.weights(run.p, errors_alone=True)
        allowed = allowed_steps(entries, T, truncation, direction, a.reads_ends)[: len(from_output), :, None]
        from_output = from_output if truncation is None else from_output * allowed
        future = State.zeros(cell.states, from_output[:, 0].shape)
        kept = {name: np.empty((T, a.size_of(layer))) for name in cell.states}
        below = np.empty((len(from_output), T, a.layer_input_size(layer)))
        for t in range(1, T + 1) if direction == BACKWARD else range(T, 0, -1):
            if truncation is not None:
                future = future.map(lambda array, t=t: array * allowed[:, t - 1])  # type: ignore[misc]
            for name, array in future.items():
                kept[name][t - 1] = array.sum(axis=0)
            error = State(**{**future, "h": from_output[:, t - 1] + future.h})
            back = cell.step_backward(w, run.numbers_at(t), error)
            below[:, t - 1], future = back.dx, back.before
        arriving[layer, direction] = Arriving(from_output.sum(axis=0), State(**kept))
        return below

    inputs = walk_back(a, errors_at_outputs(trace, errors_at_readout(trace, loss.dlogits), entries, rows), through)
    steps = (T,) if one else entries
    return BackRun(trace, target, loss, steps, truncation, inputs.sum(axis=0), arriving)
