"""Random networks and sequences for property tests: drawn from a seed, and hypothesis strategies that choose them."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS, cell_class
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.fast import Derived, kernel_of
from rnn_cli.core.forward import ForwardRun
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.state import InitialStates, State

Options = tuple[tuple[str, str], ...]


def every_cell() -> list[tuple[str, Options]]:
    """Every cell of the registry with every combination of its options, as (name, options)."""
    return [
        (name, options)
        for name in CELLS
        for options in product(
            *([(option, value) for value in values] for option, values in cell_class(name).options.items())
        )
    ]


def title_of(cell: str, options: Options) -> str:
    """ "rnn tanh", "gru reset after": an activation needs no word before it."""
    return " ".join([cell, *(value if name == "activation" else f"{name} {value}" for name, value in options)])


KINDS: dict[str, tuple[str, Options]] = {title_of(*one): one for one in every_cell()}
"""Every kind of cell by a name of its own: what every_cell says."""


def architecture_of(
    kind: str,
    input_size: int = 3,
    hidden_size: int | Sequence[int] = 4,
    num_layers: int = 1,
    bidirectional: bool = False,
    task: str = MANY_TO_ONE,
    output_size: int = 0,
    embedding_rows: int = 0,
    backward_only: bool = False,
) -> Architecture:
    """The architecture of one kind of cell (a key of KINDS). Several hidden sizes are those of its layers."""
    cell, options = KINDS[kind]
    chosen = tuple((name, value) for name, value in options if value != cell_class(cell).options[name][0])
    size = hidden_size if isinstance(hidden_size, int) else 0
    one = Architecture(cell, input_size, size, num_layers, bidirectional, task, output_size, embedding_rows, chosen)
    one = replace(one, backward_only=backward_only)
    return one if isinstance(hidden_size, int) else one.of_layers(hidden_size)


def cell_of(kind: str) -> Cell:
    """The cell of one kind (a key of KINDS)."""
    return architecture_of(kind).make_cell()


def random_network(architecture: Architecture, seed: int = 0, scale: float = 1.0) -> Network:
    """A network whose parameters are all different and none zero: normal, with variance scale^2 over the fan-in."""
    generator = np.random.default_rng([seed, 1])
    parameters = Parameters(architecture.shapes())
    for array in parameters.values():
        fan = array.shape[-1] if array.ndim > 1 else 4
        array[...] = scale * generator.standard_normal(array.shape) / np.sqrt(fan)
    return Network(architecture, parameters)


def random_sequence(steps: int, size: int, seed: int = 0) -> Array:
    """One sequence of vectors, standard normal.

    -> (T, I)
    """
    return np.random.default_rng([seed, 2]).standard_normal((steps, size))


def random_batch(lengths: Sequence[int], size: int, seed: int = 0, padding: float = 0.0) -> tuple[Array, Array]:
    """Sequences of these lengths, one after the other in the middle axis, and the lengths as an array.

    -> x (T, B, I) with `padding` where a sequence has ended, lengths (B,)
    """
    x = np.full((max(lengths), len(lengths), size), padding)
    for b, length in enumerate(lengths):
        x[:length, b] = random_sequence(length, size, seed * 1000 + b)
    return x, np.array(lengths)


def random_errors(cell: Cell, shape: tuple[int, ...], seed: int = 0) -> State:
    """Errors that arrive at a cell's states, standard normal: (…, H) each."""
    generator = np.random.default_rng([seed, 4])
    return State(**{name: generator.standard_normal(shape) for name in cell.states})


def random_states(network: Network, batch: int, seed: int = 0) -> InitialStates:
    """Initial states other than zero for every layer and direction, as `run_forward` takes them.

    h is standard normal. The others are those after a few steps: a cell may bind them to each other, as a sum of weights
    to what it is the sum for.
    """
    generator = np.random.default_rng([seed, 3])
    a, cell = network.architecture, network.cell
    states: InitialStates = {}
    for layer in range(a.num_layers):
        for direction in a.directions:
            w = cell.weights(network.packed(layer, direction))
            state = State.zeros(cell.states, (batch, a.size_of(layer)))
            for _ in range(3):
                x = 2 * generator.standard_normal((batch, a.layer_input_size(layer)))
                state = cell.step(w, x, state).state
            states[layer, direction] = State(**{**state, "h": generator.standard_normal(state.h.shape)})
    return states


def stacked(run: ForwardRun, name: str) -> Array:
    """The last states of all layers and directions, which are of one size: PyTorch's h_n and c_n, (L*D, B, H)."""
    return np.stack([state[name] for state in run.final.values()])


def tuned(kind: str) -> bool:
    """Whether a kind of cell has a tuned kernel."""
    return not isinstance(kernel_of(cell_of(kind)), Derived)


RECURRENT = sorted(kind for kind in KINDS if cell_of(kind).recurrent)
"""The kinds of cells that have recurrent matrices."""

seeds = st.integers(0, 2**20)
kinds = st.sampled_from(sorted(KINDS))
batch_lengths = st.lists(st.integers(1, 7), min_size=1, max_size=4)


@st.composite
def architectures(
    draw: st.DrawFn,
    max_size: int = 5,
    readout: bool | None = None,
    kind: str | None = None,
    alike: bool | None = None,
    layers: int = 3,
) -> Architecture:
    """Any kind of cell, 1 to 3 `layers` of one size or of several, either direction or both, small, with a readout or without.

    `readout` True or False, `kind`, and `alike` for what PyTorch's modules can be (layers of one size, no backward direction
    alone) fix what would be drawn.
    """
    with_readout = draw(st.booleans()) if readout is None else readout
    sizes = draw(st.lists(st.integers(1, max_size), min_size=1, max_size=layers))
    in_torch, alike = alike is True, draw(st.booleans()) if alike is None else alike
    ways = draw(st.sampled_from(("forward", "both") if in_torch else ("forward", "both", "both", "backward")))
    return architecture_of(
        draw(kinds) if kind is None else kind,
        input_size=draw(st.integers(1, max_size)),
        hidden_size=sizes[:1] * len(sizes) if alike else sizes,
        bidirectional=ways == "both",
        backward_only=ways == "backward",
        task=draw(st.sampled_from((MANY_TO_ONE, MANY_TO_MANY))),
        output_size=draw(st.integers(1, 4)) if with_readout else 0,
    )


@st.composite
def networks(draw: st.DrawFn, max_size: int = 5, readout: bool | None = None, kind: str | None = None) -> Network:
    """A network of any architecture, its parameters drawn from a seed."""
    return random_network(draw(architectures(max_size, readout, kind)), draw(seeds))


def slow_if(names: Iterable[Any], *slow: Any) -> list[Any]:
    """Names, or other values, as parameters of a test, these of them marked slow."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in slow else name for name in names]


def slow_but(ordinary: Container[Any], every: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Tuples as parameters of a test, all but the ordinary ones marked slow."""
    return [one if one in ordinary else pytest.param(*one, marks=pytest.mark.slow) for one in every]


def each_value_once(every: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Tuples as parameters of a test: as few ordinary ones as have each value of each place, all others marked slow."""
    every = list(every)
    left, chosen = {pair for one in every for pair in enumerate(one)}, list[tuple[Any, ...]]()
    while left:
        chosen.append(max(every, key=lambda one: len(left.intersection(enumerate(one)))))
        left.difference_update(enumerate(chosen[-1]))
    return slow_but(chosen, every)


def slow_where_derived() -> list[Any]:
    """Every kind as a parameter of a test. The kinds without a tuned kernel are marked slow: they take several times as long."""
    return [kind if tuned(kind) else pytest.param(kind, marks=pytest.mark.slow) for kind in sorted(KINDS)]
