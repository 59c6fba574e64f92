"""The part of a network's run that a document holds: what --steps, --unit, --layer and --direction name, and else all."""

from collections.abc import Callable, Mapping
from collections.abc import Sequence as Series
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture, Network
from rnn_cli.core.trace import Trace
from rnn_cli.study.shown import Choice

Items = TypeVar("Items", bound="Array | Series[Any] | None")


@dataclass(frozen=True, eq=False)
class Part:
    """Steps and units count from 1, layers from 0; None where nothing is left out.

    units    by layer and direction
    network  which of two networks it is a part of, "" where there is one
    """

    steps: tuple[int, ...] | None = None
    layers: tuple[int, ...] | None = None
    directions: tuple[str, ...] | None = None
    units: Mapping[tuple[int, str], tuple[int, ...]] | None = None
    network: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return all(one is None for one in (self.steps, self.layers, self.directions, self.units))

    def has(self, layer: int, direction: str) -> bool:
        """Whether a layer and direction belongs to it."""
        return (self.layers is None or layer in self.layers) and (
            self.directions is None or direction in self.directions
        )

    def times(self, length: int) -> Series[int]:
        """The steps of a sequence of this length that belong to it."""
        return range(1, length + 1) if self.steps is None else self.steps

    def of_steps(self, items: Items) -> Items:
        """Those of a list or array that has an item for each step."""
        if self.steps is None or items is None:
            return items
        kept: Any = [t - 1 for t in self.steps]
        return items[kept] if isinstance(items, np.ndarray) else [items[k] for k in kept]  # type: ignore[return-value]

    def of_units(self, layer: int, direction: str, numbers: Array, axis: int = -1) -> Array:
        """Those of the numbers of hidden units, which lie along an axis."""
        if self.units is None:
            return numbers
        kept: Array = numbers.take([unit - 1 for unit in self.units[layer, direction]], axis)
        return kept

    def of_output(self, output: Array, architecture: Architecture) -> Array:
        """Of the last layer's h (T, D*H), its directions side by side: nothing where that layer is left out."""
        last = architecture.num_layers - 1
        halves = [
            self.of_units(last, direction, output[:, architecture.part_of(last, direction)])
            for direction in architecture.directions
            if self.has(last, direction)
        ]
        if self.layers is None and self.directions is None and self.units is None:
            return self.of_steps(output)
        return self.of_steps(np.concatenate(halves, axis=-1)) if halves else output[:0]


WHOLE = Part()

States = Callable[[int, str], tuple[Array, Array]]
"""The hidden states (T, H) of a layer and direction, and the one that it starts from."""


def part_of(choice: Choice, network: Network, length: int, states: States | None = None, role: str = "") -> Part:
    """What a person chose; a rule for units looks at the `states`. `role` is that of one of two networks."""
    a = network.architecture
    layers = choice.layers if choice.chose_layers and len(choice.layers) < a.num_layers else None
    directions = choice.directions if len(choice.directions) < len(a.directions) else None
    steps = choice.steps if choice.steps is not None and len(choice.steps) < length else None
    units = None
    places = [(layer, direction) for layer in layers or range(a.num_layers) for direction in choice.directions]
    if choice.rule is not None and states is not None:
        units = {where: tuple(sorted(choice.units_of(network, *where, *states(*where)).numbers)) for where in places}
    elif choice.units is not None:
        units = {where: choice.units_in(a.size_of(where[0])) for where in places}
    if units is not None and all(len(numbers) == a.size_of(layer) for (layer, _), numbers in units.items()):
        units = None
    return Part(steps, layers, directions, units, role)


def part_of_trace(choice: Choice, trace: Trace, role: str = "") -> Part:
    """What a person chose of a trace."""
    return part_of(
        choice,
        trace.network,
        len(trace.inputs),
        lambda *where: (trace.states(*where), trace.initial[where].h),
        role,
    )
