"""Many sequences of different lengths through a network, a batch at a time, and each one cut out of its batch again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeVar

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.departure import (
    COMPONENT,
    Departure,
    first_departure,
    numbers_of_layer,
    numbers_of_readout,
    numbers_of_rows,
)
from rnn_cli.core.forward import LayerStates, layer_states, run_forward
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates

MOST_SEQUENCES = 64
MOST_STEPS = 1 << 14
"""A batch holds no more steps than this, padding included, so that a long sequence does not multiply by 64."""

Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class SequenceRun:
    """What a network computes on one sequence, in time order.

    inputs (T, I), output (T, D*H); `final` the last state of each layer and direction, (H,) each; logits and probabilities (C,) for many-to-one,
    (T, C) for many-to-many, None without a readout. `states` has one entry per layer and direction.
    """

    inputs: Array
    states: tuple[LayerStates, ...]
    output: Array
    final: InitialStates
    logits: Array | None
    probabilities: Array | None

    @cached_property
    def departure(self) -> Departure | None:
        """The first number that left the finite range, layer by layer as they run; None where all are finite."""
        layers = (one for states in self.states for one in numbers_of_layer(states))
        readout = numbers_of_readout(self.logits, self.probabilities, len(self.inputs))
        return first_departure(chain(numbers_of_rows("x", self.inputs, COMPONENT), layers, readout))


def batches(items: Iterable[Item], length: Callable[[Item], int], most: int = MOST_SEQUENCES) -> Iterator[list[Item]]:
    """Group items in their order. The first groups are small, 1, 2, 4, …, so that first results come at once."""
    group: list[Item] = []
    size, widest = 1, 0
    for item in items:
        widest = max(widest, length(item))
        if group and (len(group) + 1) * widest > MOST_STEPS:
            yield group
            group, widest = [], length(item)
        group.append(item)
        if len(group) >= size:
            yield group
            group, widest, size = [], 0, min(size * 2, most)
    if group:
        yield group


def run_batch(network: Network, inputs: Sequence[Array], initial: InitialStates | None = None) -> list[SequenceRun]:
    """Run sequences (T, I) of any lengths together; the result of each is the same as alone.

    `initial` are the states that they start from, (B, H) each. Numbers that leave the finite range stay in the result as
    they are: its readers say so.
    """
    dtype = network.parameters.flat.dtype
    lengths = np.array([len(one) for one in inputs])
    x = np.zeros((lengths.max(), len(inputs), network.architecture.input_size), dtype=dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for k, one in enumerate(inputs):
            x[: len(one), k] = one
        run = run_forward(network, x, lengths, initial)
        probabilities = None if run.logits is None else softmax(run.logits)

    def cut(array: Array | None, k: int) -> Array | None:
        """Sequence k of (B, C) or of (T, B, C)."""
        return None if array is None else array[k] if array.ndim == 2 else array[: lengths[k], k]

    return [
        SequenceRun(
            x[: lengths[k], k],
            layer_states(network, run, k),
            run.output[: lengths[k], k],
            {where: state.sequence(k) for where, state in run.final.items()},
            cut(run.logits, k),
            cut(probabilities, k),
        )
        for k in range(len(inputs))
    ]
