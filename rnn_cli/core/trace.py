"""The forward pass of one sequence, one readable step at a time, with every term kept.

It runs the cells' steps, not their kernels: this is the specification that `rnn trace` shows. Of a long sequence the
numbers are kept, and each step is made again, to the same bits, when somebody asks for it: a million records of steps
have no room in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import overload

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.attention.look import Look, Memory
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step
from rnn_cli.core.departure import (
    COMPONENT,
    SAFE,
    Departure,
    Numbers,
    first_departure,
    numbers_of_readout,
    numbers_of_rows,
    numbers_of_step,
)
from rnn_cli.core.forward import LayerStates
from rnn_cli.core.kept import Kept
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Network
from rnn_cli.core.quantities import Quantity, Weights
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


class OneByOne(Weights):
    """A matrix that multiplies each of many vectors on its own, to the same bits as one alone."""

    def times(self, v: Array) -> Array:
        """See Weights; v (n, I)."""
        product: Array = np.matmul(self.array, v[..., None])[..., 0]
        return product


@dataclass(frozen=True, eq=False)
class Run:
    """One layer in one direction of a long sequence: its numbers, in time order, and its steps where they are asked for.

    x (T, I); initial (H,) each; numbers (T, H) by name, gates and states among them.
    """

    cell: Cell
    p: Packed
    direction: str
    x: Array
    initial: State
    numbers: dict[str, Array]

    @classmethod
    def of(cls, cell: Cell, p: Packed, direction: str, x: Array, initial: State, like: "Run | None" = None) -> "Run":
        """Compute all steps and keep what they compute; those with which a run `like` it by the same weights begins are kept."""
        w, state, back = cell.weights(p), initial, direction == BACKWARD
        numbers: dict[str, Array] = {}
        T, known = len(x), 0 if like is None else like.begins_as(x, initial)
        if like is not None and known:
            kept, made = (slice(-known, None), slice(T - known, T)) if back else (slice(known), slice(known))
            numbers = {name: np.empty((T, *array.shape[1:])) for name, array in like.numbers.items()}
            for name, array in numbers.items():
                array[made] = like.numbers[name][kept]
            last = T - known if back else known - 1
            state = State(**{name: numbers[name][last] for name in cell.states})
        for t in reversed(range(T - known)) if back else range(known, T):
            step = cell.step(w, x[t], state)
            state = step.state
            numbers = numbers or {name: np.empty((T, *np.shape(step.value(name)))) for name in step.numbers}
            for name, array in numbers.items():
                array[t] = step.value(name)
        return cls(cell, p, direction, x, initial, numbers)

    def begins_as(self, x: Array, initial: State) -> int:
        """How many steps are computed from the same numbers, from where a run begins, as those of another input."""
        if any(not np.array_equal(array, initial[name]) for name, array in self.initial.items()):
            return 0
        order = -1 if self.direction == BACKWARD else 1
        most = min(len(x), len(self.x))
        other = (x[::order][:most] != self.x[::order][:most]).any(axis=1)
        return int(other.argmax()) if other.any() else most

    def step(self, t: int) -> Step:
        """The step at time t, from 1."""
        return self.cell.trace_step(self.p, self.x[t - 1], self.before(t))

    def numbers_at(self, t: int) -> SimpleNamespace:
        """The numbers of the step at time t as arrays, as a cell's backward step takes them."""
        before = {f"{name}_prev": array for name, array in self.before(t).items()}
        return SimpleNamespace(x=self.x[t - 1], **before, **{name: one[t - 1] for name, one in self.numbers.items()})

    def numbers_in(self, times: range) -> SimpleNamespace:
        """The same of steps one after the other, (n, …) each."""
        part = slice(times[0] - 1, times[-1])
        before = {f"{name}_prev": rows for name, rows in self._read_by(times).items()}
        return SimpleNamespace(x=self.x[part], **before, **{name: array[part] for name, array in self.numbers.items()})

    def before(self, t: int) -> State:
        """The state that the step at time t reads."""
        k = t if self.direction == BACKWARD else t - 2
        if not 0 <= k < len(self.x):
            return self.initial
        return State(**{name: self.numbers[name][k] for name in self.cell.states})

    def _read_by(self, times: Sequence[int]) -> State:
        """The states that several steps read, (n, H) each."""
        earlier = np.array(times) - (0 if self.direction == BACKWARD else 2)
        first = (earlier < 0) | (earlier == len(self.x))
        rows = {name: self.numbers[name][np.where(first, 0, earlier)] for name in self.cell.states}
        for name, array in rows.items():
            array[first] = self.initial[name]
        return State(**rows)

    def steps(self, times: Sequence[int]) -> Step:
        """Several steps as one, whose vectors (n, H) have a row for each."""
        before = {
            name: Quantity(f"{name}_{{t-1}}", f"{name}_prev", rows) for name, rows in self._read_by(times).items()
        }
        w = self.cell.weights(self.p, traced=True)
        for name, one in vars(w).items():
            if isinstance(one, Weights):
                setattr(w, name, OneByOne(one.name, one.array, places=one.places))
        return self.cell.step(w, Quantity("x_t", "x", self.x[np.array(times) - 1]), SimpleNamespace(**before))

    @property
    def is_safe(self) -> bool:
        """Whether no number is so large that a product of two could leave the finite range."""
        arrays = (self.x, *self.p.values(), *self.initial.values(), *self.numbers.values())
        return all(max(array.max(initial=0.0), -array.min(initial=0.0)) < SAFE for array in arrays)


Runs = Mapping[tuple[int, str], Run]
"""(layer, direction) -> the run, in the order in which they are computed."""


class MadeSteps(Sequence["TracedStep"]):
    """The steps of runs, each made when it is asked for."""

    def __init__(self, runs: Runs) -> None:
        self.runs = list(runs.items())
        self.length = len(self.runs[0][1].x)
        self._made: Kept[int, TracedStep] = Kept()

    def __len__(self) -> int:
        return len(self.runs) * self.length

    @overload
    def __getitem__(self, index: int) -> TracedStep: ...
    @overload
    def __getitem__(self, index: slice) -> list[TracedStep]: ...
    def __getitem__(self, index: int | slice) -> TracedStep | list[TracedStep]:
        if isinstance(index, slice):
            return [self[k] for k in range(len(self))[index]]
        place = range(len(self))[index]
        return self._made.get(place, lambda: self._make(place))

    def _make(self, place: int) -> TracedStep:
        k, t = divmod(place, self.length)
        (layer, direction), run = self.runs[k]
        return TracedStep(t + 1, layer, direction, run.step(t + 1))


@dataclass(frozen=True, eq=False)
class Trace:
    """All steps of a sequence, by layer, then direction, then time; and the readout.

    inputs (T, I); outputs (T, D*H), the last layer's. readout_inputs are what W_hy multiplies, or would multiply: (D*H,) for
    many-to-one, (T, D*H) for many-to-many; logits and probabilities likewise with C, None without a readout. shares
    (T, D*H) are those of each step in what a many-to-one readout reads, else None. `look` is what a decoder with attention found
    in the states that its encoder read, at every step: then readout_inputs are what it made of it. `runs` has the numbers of a long
    sequence, whose steps are made when they are asked for; None where all are kept.
    """

    network: Network
    inputs: Array
    steps: Sequence[TracedStep]
    readout_inputs: Array
    shares: Array | None
    outputs: Array
    logits: Array | None
    probabilities: Array | None
    runs: Runs | None = None
    look: Look | None = None

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
        if self.runs is not None:
            return self.runs[layer, direction].numbers[quantity]
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
        if self.runs is None or not all(run.is_safe for run in self.runs.values()):
            yield from numbers_of_rows("x", self.inputs, COMPONENT)
            for one in self._as_computed():
                yield from numbers_of_step(one.step, one.t, one.layer, one.direction)
        if self.look is not None:
            for u in range(len(self.inputs)):
                for name, row in self.look.numbers_at(u):
                    yield (name, u + 1, None, None, COMPONENT), row
        yield from numbers_of_readout(self.logits, self.probabilities, len(self.inputs))

    def _as_computed(self) -> Iterator[TracedStep]:
        a, T = self.network.architecture, len(self.inputs)
        for k in range(a.num_layers * len(a.directions)):
            back = a.directions[k % len(a.directions)] == BACKWARD
            yield from (self.steps[k * T + t] for t in (reversed(range(T)) if back else range(T)))


def trace(
    network: Network,
    inputs: Array,
    initial: Initial | None = None,
    keep_steps: bool = True,
    memory: Memory | None = None,
    like: Trace | None = None,
) -> Trace:
    """Run one sequence through all layers, both directions where there are two, and the readout.

    inputs (T, I), T at least 1; `initial` maps (layer, direction) to a state (H,), `Network.start` where it has no entry.
    Without `keep_steps` the same steps compute on arrays, several times as fast, and keep the numbers alone: a step with its
    terms is made when it is asked for, and the numbers with which the runs of a trace `like` it begin are taken from there where
    it is of the same network. `memory` is what a decoder with attention can look back at.
    """
    architecture, cell = network.architecture, network.cell
    steps: list[TracedStep] = []
    runs: dict[tuple[int, str], Run] = {}
    others = like.runs or {} if like is not None and like.network is network else {}
    layer_input = inputs
    for layer in range(architecture.num_layers):
        outputs = []
        for direction in architecture.directions:
            p = network.packed(layer, direction)
            state = network.start(layer, direction, initial, inputs.dtype)
            if not keep_steps:
                other = others.get((layer, direction))
                made = runs[layer, direction] = Run.of(cell, p, direction, layer_input, state, other)
                outputs.append(made.numbers["h"])
                continue
            run: list[TracedStep] = []
            times = range(1, len(inputs) + 1)
            for t in reversed(times) if direction == BACKWARD else times:
                step = cell.trace_step(p, layer_input[t - 1], state)
                run.append(TracedStep(t, layer, direction, step))
                state = step.state
            if direction == BACKWARD:
                run.reverse()
            steps += run
            outputs.append(np.stack([one.step.state.h for one in run]))
        layer_input = np.concatenate(outputs, axis=-1)
    kept: Sequence[TracedStep] = tuple(steps) if keep_steps else MadeSteps(runs)
    read, shares = layer_input, None
    if architecture.task == MANY_TO_ONE:
        reading = Reading(architecture.reads, architecture.forward_width, np.array([len(inputs)])).see(
            layer_input[:, None]
        )
        read, shares = reading.read[0], reading.shares(0, len(inputs))[:, 0]
    if not architecture.output_size:
        return Trace(network, inputs, kept, read, shares, layer_input, None, None, runs or None)
    look = None if memory is None else memory.look(read[:, None])
    read = read if look is None else look.read[:, 0]
    logits = network.readout(read)
    return Trace(network, inputs, kept, read, shares, layer_input, logits, softmax(logits), runs or None, look)
