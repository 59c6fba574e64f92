"""The forward pass of one sequence, one readable step at a time, with every term kept.

It runs the cells' steps, not their kernels: this is the specification that `rnn trace` shows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.records import Step
from rnn_cli.core.departure import (
    COMPONENT,
    Departure,
    Numbers,
    first_departure,
    numbers_of_readout,
    numbers_of_rows,
    numbers_of_step,
)
from rnn_cli.core.forward import LayerStates
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Network
from rnn_cli.core.reads import Reading
from rnn_cli.core.state import State

Initial = Mapping[tuple[int, str], State]
"""(layer, direction) -> the state of one sequence where a memory starts, (H,) each."""


@dataclass(frozen=True, eq=False)
class TracedStep:
    """One step of one layer in one direction. `t` counts from 1 in the order of the sentence, whatever the direction."""

    t: int
    layer: int
    direction: str
    step: Step


@dataclass(frozen=True, eq=False)
class Trace:
    """All steps of a sequence, by layer, then direction, then time; and the readout.

    inputs (T, I); outputs (T, D*H), the last layer's. readout_inputs are what W_hy multiplies, or would multiply: (D*H,) for
    many-to-one, (T, D*H) for many-to-many; logits and probabilities likewise with C, None without a readout. shares
    (T, D*H) are those of each step in what a many-to-one readout reads, else None.
    """

    network: Network
    inputs: Array
    steps: tuple[TracedStep, ...]
    readout_inputs: Array
    shares: Array | None
    outputs: Array
    logits: Array | None
    probabilities: Array | None

    @property
    def answers(self) -> Array:
        """What a loss is taken of: the logits, or without a readout what it would read."""
        return self.readout_inputs if self.logits is None else self.logits

    def at(self, layer: int, direction: str, t: int) -> Step:
        """The step at time t (from 1) of a layer and direction."""
        directions = self.network.architecture.directions
        return self.steps[(layer * len(directions) + directions.index(direction)) * len(self.inputs) + t - 1].step

    def states(self, layer: int, direction: str, quantity: str = "h") -> Array:
        """A state (h, c, …) or a gate of a layer and direction over time, (T, H). KeyError for unknown names."""
        steps = (self.at(layer, direction, t) for t in range(1, len(self.inputs) + 1))
        return np.stack([step.value(quantity) for step in steps])

    def layer_states(self, layer: int, direction: str) -> LayerStates:
        """What a layer holds in one direction, in time order."""
        cell = self.network.cell
        states = {name: self.states(layer, direction, name) for name in cell.states}
        gates = {name: self.states(layer, direction, name) for name in cell.gates}
        return LayerStates(layer, direction, self.initial[layer, direction], states, gates)

    @property
    def initial(self) -> Initial:
        """(layer, direction) -> the initial state: where each direction's memory starts."""
        return {where: step.before for where, step in self._edges(last=False)}

    @property
    def ends(self) -> Initial:
        """(layer, direction) -> the state after the whole sequence: at T, or at 1 in the backward direction."""
        return {where: step.state for where, step in self._edges(last=True)}

    def _edges(self, last: bool) -> Iterator[tuple[tuple[int, str], Step]]:
        a, T = self.network.architecture, len(self.inputs)
        for layer in range(a.num_layers):
            for direction in a.directions:
                t = 1 if (direction == BACKWARD) == last else T
                yield (layer, direction), self.at(layer, direction, t)

    @cached_property
    def departure(self) -> Departure | None:
        """The first number that left the finite range, in the order of computation; None where all are finite."""
        return first_departure(self._numbers())

    def _numbers(self) -> Numbers:
        yield from numbers_of_rows("x", self.inputs, COMPONENT)
        for one in self._as_computed():
            yield from numbers_of_step(one.step, one.t, one.layer, one.direction)
        yield from numbers_of_readout(self.logits, self.probabilities, len(self.inputs))

    def _as_computed(self) -> Iterator[TracedStep]:
        T = len(self.inputs)
        for k in range(0, len(self.steps), T):
            run = self.steps[k : k + T]
            yield from reversed(run) if run[0].direction == BACKWARD else run


def trace(network: Network, inputs: Array, initial: Initial | None = None, terms: bool = True) -> Trace:
    """Run one sequence through all layers, both directions where there are two, and the readout.

    inputs (T, I), T at least 1; `initial` maps (layer, direction) to a state (H,), zeros where it has no entry.
    Without `terms` the same steps compute on arrays, several times as fast, and keep the numbers alone.
    """
    architecture, cell = network.architecture, network.cell
    steps: list[TracedStep] = []
    layer_input = inputs
    for layer in range(architecture.num_layers):
        outputs = []
        for direction in architecture.directions:
            p = network.packed(layer, direction)
            take = partial(cell.trace_step, p) if terms else partial(cell.step, cell.weights(p))
            zeros = State.zeros(cell.states, (architecture.hidden_size,), inputs.dtype)
            state = (initial or {}).get((layer, direction), zeros)
            run: list[TracedStep] = []
            times = range(1, len(inputs) + 1)
            for t in reversed(times) if direction == BACKWARD else times:
                step = take(layer_input[t - 1], state)
                run.append(TracedStep(t, layer, direction, step))
                state = step.state
            if direction == BACKWARD:
                run.reverse()
            steps += run
            outputs.append(np.stack([one.step.state.h for one in run]))
        layer_input = np.concatenate(outputs, axis=-1)
    read, shares = layer_input, None
    if architecture.task == MANY_TO_ONE:
        reading = Reading(architecture.reads, architecture.hidden_size, np.array([len(inputs)])).see(
            layer_input[:, None]
        )
        read, shares = reading.read[0], reading.shares(0, len(inputs))[:, 0]
    if not architecture.output_size:
        return Trace(network, inputs, tuple(steps), read, shares, layer_input, None, None)
    logits = network.readout(read)
    return Trace(network, inputs, tuple(steps), read, shares, layer_input, logits, softmax(logits))
