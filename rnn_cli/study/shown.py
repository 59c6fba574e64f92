"""What part of a network's run a page shows."""

from dataclasses import dataclass

from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError
from rnn_cli.study.selection import parse_direction, parse_numbers


@dataclass(frozen=True)
class Choice:
    """Steps and units count from 1, layers from 0; None where the user did not choose."""

    steps: tuple[int, ...] | None
    units: tuple[int, ...] | None
    layers: tuple[int, ...]
    directions: tuple[str, ...]


def choose(
    architecture: Architecture,
    length: int,
    steps: str | None,
    unit: str | None,
    layer: str | None,
    direction: str | None,
) -> Choice:
    """The options' choice, checked against the network and the sequence. InputError where there is no such part."""
    layers = parse_numbers("--layer", layer, range(architecture.num_layers))
    if length < 1:
        raise InputError("the sequence is empty")
    return Choice(
        parse_numbers("--steps", steps, range(1, length + 1)),
        parse_numbers("--unit", unit, range(1, architecture.hidden_size + 1)),
        tuple(range(architecture.num_layers)) if layers is None else layers,
        parse_direction(direction, architecture.directions),
    )
