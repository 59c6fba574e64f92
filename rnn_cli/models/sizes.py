"""How the sizes of a network's layers are said: 64, or where its layers differ 128 -> 64."""

from collections.abc import Sequence

from rnn_cli.core.network import Architecture


def arrow(sizes: Sequence[int]) -> str:
    """The sizes of layers on each other, first to last; one number where all are alike."""
    return " -> ".join(f"{size:,}" for size in (sizes if len(set(sizes)) > 1 else sizes[:1]))


def said_sizes(architecture: Architecture) -> str:
    """The hidden units of a network's layers."""
    return arrow(architecture.sizes)


def hidden_units(architecture: Architecture) -> str:
    """The same with its noun: 1 hidden unit, 128 -> 64 hidden units."""
    said = said_sizes(architecture)
    return f"{said} hidden unit{'' if said == '1' else 's'}"
