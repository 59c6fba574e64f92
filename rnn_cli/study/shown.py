"""What part of a network's run a page shows."""

from dataclasses import dataclass
from typing import TypedDict, Unpack

from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError
from rnn_cli.study.selection import Numbers, parse_direction, parse_numbers


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
    """Steps and units count from 1, layers from 0; None where the user did not choose."""

    steps: tuple[int, ...] | None
    units: tuple[int, ...] | None
    layers: tuple[int, ...]
    directions: tuple[str, ...]


def choose(architecture: Architecture, length: int, **shown: Unpack[Shown]) -> Choice:
    """What was chosen, checked against the network and the sequence. InputError where there is no such part."""
    layers = parse_numbers("--layer", shown.get("layer"), range(architecture.num_layers))
    if length < 1:
        raise InputError("the sequence is empty")
    return Choice(
        parse_numbers("--steps", shown.get("steps"), range(1, length + 1)),
        parse_numbers("--unit", shown.get("unit"), range(1, architecture.hidden_size + 1)),
        tuple(range(architecture.num_layers)) if layers is None else layers,
        parse_direction(shown.get("direction"), architecture.directions),
    )
