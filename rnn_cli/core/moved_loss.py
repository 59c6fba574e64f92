"""The loss of a network where something that it depends on is moved, at many points at once.

The forward pass is the readable one, step by step; that of a long sequence is the kernels', one point at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.attention.look import Memory
from rnn_cli.core.bptt import Bptt
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import total_loss
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE, Architecture
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.quantities import Weights
from rnn_cli.core.reads import Reading
from rnn_cli.core.seq2seq import pass_on
from rnn_cli.core.state import InitialStates, State
from rnn_cli.core.trace import Initial, OneByOne

SHORT = 100
"""Up to so many steps the readable forward pass is differentiated; the kernels of a longer sequence."""
AT_ONCE = 1 << 21
"""So many parameters may stand in memory to compute losses at several points at once."""


@dataclass(frozen=True, eq=False)
class Point:
    """Where the loss is computed: parameters, inputs and by how much the initial states are moved."""

    parameters: Parameters
    x: Array
    attention: Parameters | None = None
    initial: dict[tuple[int, str], dict[str, Array]] = field(default_factory=dict)


Results = tuple[Bptt, ...]
"""The backward pass of the network that has the loss, and behind a decoder's that of its encoder."""

Move = Callable[[Point, Array], None]


@dataclass(frozen=True, eq=False)
class Quantity:
    """Something that the loss depends on: its name, its gradient (flat where it is all of them), and how to move it."""

    name: str
    gradient: Array
    move: Callable[[Sequence[Point], Array], None]


def analytic(results: Results) -> bool:
    """Whether the complex step applies to all activations."""
    return all(result.trace.network.cell.analytic for result in results)


def smooth(results: Results) -> bool:
    """Whether the loss has no kinks. A relu has one at 0, and a max over the steps where two of them are equal."""
    return analytic(results) and not results[0].trace.network.architecture.reads_max


class Line:
    """The loss along one direction v of a quantity: at step s it is moved by s v."""

    def __init__(self, results: Results, quantity: Quantity, v: Array) -> None:
        self.results, self.quantity, self.v = results, quantity, v
        self._known: dict[complex, tuple[complex, Array | None]] = {}

    def at(self, step: complex) -> tuple[complex, Array | None]:
        """The loss with the quantity moved; and which units are above 0, where a kink lies there."""
        if step not in self._known:
            self.learn([self], [step])
        return self._known[step]

    @staticmethod
    def learn(lines: Sequence["Line"], steps: Sequence[complex]) -> None:
        """Compute the losses at the same steps of lines through one point, as many of them at once as memory has room for."""
        places = [(line, step) for line in lines for step in steps]
        results = lines[0].results
        largest = max(result.gradients.flat.size for result in results)
        many = max(1, AT_ONCE // largest) if _is_short(results) else 1
        for start in range(0, len(places), many):
            some = places[start : start + many]
            found = _losses(results, [(line.quantity, step * line.v) for line, step in some])
            for (line, step), one in zip(some, found, strict=True):
                line._known[step] = one


def _is_short(results: Results) -> bool:
    return sum(len(result.trace.inputs) for result in results) <= SHORT


@dataclass(frozen=True, eq=False)
class _Points:
    """One network, and the attention of a decoder, at n points: x (n, T, I) of all; `ones` one by one, their x views of it."""

    result: Bptt
    x: Array
    ones: Sequence[Point]

    @classmethod
    def of(cls, result: Bptt, n: int, dtype: Any) -> "_Points":
        """n times where the network stands."""
        parameters, look = result.trace.network.parameters, result.trace.look
        attention = None if look is None else look.memory.attention.parameters
        x = np.repeat(result.trace.inputs.astype(dtype)[None], n, axis=0)
        ones = [
            Point(parameters.astype(dtype), own, None if attention is None else attention.astype(dtype)) for own in x
        ]
        return cls(result, x, ones)

    def starts(self, given: Initial) -> InitialStates:
        """The initial states, moved: of one point (H,), or of all (n, H), to (n, H)."""
        return {where: self._moved(where, state) for where, state in given.items()}

    def _moved(self, where: tuple[int, str], state: State) -> State:
        shape = (len(self.x), state.h.shape[-1])
        moved = state.map(lambda array: np.broadcast_to(array, shape).astype(self.x.dtype))
        for k, point in enumerate(self.ones):
            for name, change in point.initial.get(where, {}).items():
                moved[name][k] += change
        return moved

    def weights(self, layer: int, direction: str) -> Any:
        """What the steps of a cell compute with, at all points: matrices (n, H, I), vectors (n, H)."""
        network = self.result.trace.network
        packed = {key: self._stacked(f"layers.{layer}.{direction}.{key}") for key in network.packed(layer, direction)}
        w = network.cell.weights({key: np.moveaxis(array, 0, -1) for key, array in packed.items()})
        for name, one in vars(w).items():
            if isinstance(one, Weights):
                setattr(w, name, OneByOne(name, np.moveaxis(one.array, -1, 0), places=one.places))
            elif isinstance(one, np.ndarray):
                setattr(w, name, np.moveaxis(one, -1, 0))
        return w

    def _stacked(self, name: str) -> Array:
        """A parameter at all points, (n, …)."""
        return np.stack([one.parameters[name] for one in self.ones])

    def answers(self, outputs: Array, memories: Sequence[Memory] | None) -> Array:
        """What the loss is taken of, (steps, n, C), from the last layer's outputs (T, n, D*H)."""
        a = self.result.trace.network.architecture
        read = outputs
        if a.task == MANY_TO_ONE:
            lengths = np.full(len(self.x), len(outputs))
            read = Reading(a.reads, a.forward_width, lengths).see(outputs).read[None]
        if not a.output_size:
            return read
        if memories is not None:
            found = [memory.look(read[:, k : k + 1]).read for k, memory in enumerate(memories)]
            read = np.concatenate(found, axis=1)
        return OneByOne("W_hy", self._stacked("readout.W_hy")).times(read) + self._stacked("readout.b_y")

    def memories(self, outputs: Array) -> list[Memory]:
        """What a decoder with attention can look back at, point by point: what its encoder gave, (T, n, D)."""
        look = self.result.trace.look
        assert look is not None
        own = [look.memory.attention.with_parameters(one.attention) for one in self.ones if one.attention is not None]
        return [one.remember(outputs[:, k : k + 1]) for k, one in enumerate(own)]


def _losses(results: Results, moves: Sequence[tuple[Quantity, Array]]) -> list[tuple[complex, Array | None]]:
    """The loss with each of these changes alone; and which units are above 0, where a kink lies there."""
    dtype = np.result_type(*(change for _, change in moves))
    points = [_Points.of(result, len(moves), dtype) for result in results]
    for k, (quantity, change) in enumerate(moves):
        quantity.move([one.ones[k] for one in points], change)
    compute = _by_steps if _is_short(results) else _by_kernel
    initial: Initial = results[-1].trace.initial
    memories: list[Memory] | None = None
    answers, above = np.zeros(0), []
    for one in reversed(points):
        architecture = one.result.trace.network.architecture
        ran = compute(one, one.starts(initial))
        initial, answers = pass_on(ran.ends, architecture), one.answers(ran.outputs, memories)
        above += [] if smooth(results) else [*(h > 0 for h in ran.h), _largest(architecture, ran.outputs)[None]]
        memories = points[0].memories(ran.outputs) if results[0].trace.look is not None else None
    target = results[0].target
    shared = np.broadcast_to(target.targets[:, None], (len(answers), len(moves), *target.targets.shape[1:]))
    weights = None if target.weights is None else np.broadcast_to(target.weights[:, None], answers.shape[:-1])
    losses = total_loss(target.kind, answers, shared, weights, axis=0)
    kinks = [
        None if smooth(results) else np.concatenate([one[:, k].ravel() for one in above]) for k in range(len(moves))
    ]
    return [(complex(loss), sides) for loss, sides in zip(losses, kinks, strict=True)]


@dataclass(frozen=True, eq=False)
class _Ran:
    """A forward pass at n points: the last layer's outputs (T, n, D*H), every layer's h (T, n, H), the last states (n, H)."""

    outputs: Array
    h: Sequence[Array]
    ends: InitialStates


def _by_steps(points: _Points, initial: InitialStates) -> _Ran:
    """The readable forward pass, at all points at once."""
    network = points.result.trace.network
    outputs = points.x.swapaxes(0, 1)
    all_h: list[Array] = []
    ends: InitialStates = {}
    for layer in range(network.architecture.num_layers):
        of_layer = []
        for direction in network.architecture.directions:
            w = points.weights(layer, direction)
            state = network.start(layer, direction, initial, outputs.dtype, (len(points.x),))
            h = np.empty((len(outputs), *state.h.shape), state.h.dtype)
            for t in reversed(range(len(outputs))) if direction == BACKWARD else range(len(outputs)):
                state = network.cell.step(w, outputs[t], state).state
                h[t] = state.h
            ends[layer, direction] = state
            of_layer.append(h)
        all_h += of_layer
        outputs = np.concatenate(of_layer, axis=-1)
    return _Ran(outputs, all_h, ends)


def _by_kernel(points: _Points, initial: InitialStates) -> _Ran:
    """The kernels' forward pass, at one point."""
    network = points.result.trace.network.with_parameters(points.ones[0].parameters).without_readout()
    run = run_forward(network, points.x.swapaxes(0, 1), initial=initial)
    return _Ran(run.output, [one.tape.h[1:] for one in run.runs], run.final)


def _largest(architecture: Architecture, outputs: Array) -> Array:
    """For a readout that reads the max: which step is the largest in each unit, (n, D*H). outputs (T, n, D*H)"""
    return outputs.real.argmax(axis=0) if architecture.reads_max else np.zeros((outputs.shape[1], 0))
