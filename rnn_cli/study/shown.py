"""What part of a network's run a page shows."""

from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from rnn_cli.core.arrays import Array
from rnn_cli.core.departure import UNIT, Departure
from rnn_cli.core.network import Architecture, Network
from rnn_cli.errors import InputError
from rnn_cli.study.selection import Numbers, parse_direction, parse_numbers
from rnn_cli.study.units import RULES, Rule, ShownUnits, read_rule, units_to_show
from rnn_cli.study.wide import WIDE

MOST_RUNS, MOST_WIDE_RUNS = 4, 2
"""So many layers times directions are shown where none is chosen."""


class Shown(TypedDict, total=False):
    """The keyword arguments that choose a part: steps and units count from 1, layers from 0; None leaves it open."""

    steps: Numbers | None
    unit: Numbers | None
    layer: Numbers | None
    direction: str | None


def given_options(shown: Shown) -> list[str]:
    """The options that choose a part, by the names that they have on the command line."""
    order = ("steps", "unit", "layer", "direction")
    return [f"--{name}" for name in order if shown.get(name) is not None]


@dataclass(frozen=True)
class Choice:
    """Steps and units count from 1, layers from 0; None where the user did not choose.

    `rule` chooses units by what they do. Where no layer was chosen, `layers` are the last ones of a deep network.
    `is_part` says whether the user named steps, units, layers or a direction, and not all that there are.
    `named` are units, each with its layer and direction, that sentences of the page name: its tables show them too.
    """

    steps: tuple[int, ...] | None
    units: tuple[int, ...] | None
    layers: tuple[int, ...]
    directions: tuple[str, ...]
    rule: Rule | None = None
    is_part: bool = False
    chose_layers: bool = False
    named: tuple[tuple[int, str, int], ...] = ()

    @property
    def places(self) -> list[tuple[int, str]]:
        """The layers and directions whose tables the page has: a sentence names no unit of another."""
        return [(layer, direction) for layer in self.layers for direction in self.directions]

    def places_left_in(self, architecture: Architecture) -> list[tuple[int, str]]:
        """All layers and directions that the user did not leave out."""
        layers = self.layers if self.chose_layers else range(architecture.num_layers)
        return [(layer, direction) for layer in layers for direction in self.directions]

    def naming(self, layer: int, direction: str, unit: int | None) -> "Choice":
        """The same, where a sentence of the page names that unit."""
        return self if unit is None else replace(self, named=(*self.named, (layer, direction, unit)))

    def naming_departure(self, departure: Departure | None) -> "Choice":
        """The same, where a sentence says which number was the first to leave the finite range: its layer is shown too."""
        one = departure
        if one is None or one.layer is None or one.direction is None or one.part != UNIT:
            return self
        layers = self.layers if self.chose_layers else tuple(sorted({*self.layers, one.layer}))
        return replace(self, layers=layers).naming(one.layer, one.direction, one.number)

    def units_in(self, size: int) -> tuple[int, ...]:
        """The units of a layer of this size that were asked for by number; all where none were."""
        every = tuple(range(1, size + 1))
        return every if self.units is None else tuple(unit for unit in self.units if unit <= size)

    def units_of(self, network: Network, layer: int, direction: str, h: Array, start: Array) -> ShownUnits:
        """The units to show of one layer and direction; see `units_to_show`."""
        named = tuple(unit for *where, unit in self.named if where == [layer, direction])
        units = None if self.units is None else self.units_in(h.shape[1])
        return units_to_show(network, units, self.rule, layer, direction, h, start, named)

    def writes_out(self, asked: bool | None, much: bool) -> bool:
        """Whether a page writes products out: as asked, or else of a chosen part, and of all where that is not much."""
        return (self.is_part or not much) if asked is None else asked


def is_wide(architecture: Architecture) -> bool:
    """Whether a page shows a part of the units only."""
    return max(architecture.sizes) > WIDE


def is_large(architecture: Architecture) -> bool:
    """Whether there is more to write out than one page holds: many units, several layers or directions."""
    return is_wide(architecture) or architecture.num_layers * len(architecture.directions) > 1


def _last_layers(architecture: Architecture) -> tuple[int, ...]:
    """The last layers, all or as many as a page has room for."""
    most = MOST_WIDE_RUNS if is_wide(architecture) else MOST_RUNS
    shown = max(most // len(architecture.directions), 1)
    return tuple(range(architecture.num_layers))[-shown:]


def choose(architecture: Architecture, length: int, **shown: Unpack[Shown]) -> Choice:
    """What was chosen, checked against the network and the sequence. InputError where there is no such part."""
    layers = parse_numbers("--layer", shown.get("layer"), range(architecture.num_layers))
    if length < 1:
        raise InputError("the sequence is empty")
    steps = parse_numbers("--steps", shown.get("steps"), range(1, length + 1))
    asked, unit = layers or range(architecture.num_layers), shown.get("unit")
    size = max(map(architecture.size_of, asked))
    rule = read_rule(unit, architecture, size)
    units = None if rule else parse_numbers("--unit", unit, range(1, size + 1), RULES)
    if units is not None:  # a layer that has none of them is left out
        having = tuple(layer for layer in asked if architecture.size_of(layer) >= units[0])
        layers = layers if len(having) == len(asked) else having
    directions = parse_direction(shown.get("direction"), architecture.directions)
    counts = [
        (steps, length),
        (units, size),
        (layers, architecture.num_layers),
        (directions, len(architecture.directions)),
    ]
    is_part = any(chosen is not None and len(chosen) < whole for chosen, whole in counts)
    shown_layers = _last_layers(architecture) if layers is None else layers
    return Choice(steps, units, shown_layers, directions, rule, is_part, layers is not None)
