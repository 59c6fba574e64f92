"""How the sizes of a network's layers are said: 64, or where its layers differ 128 -> 64."""

from collections.abc import Sequence

from rnn_cli.core.network import Architecture


def arrow(sizes: Sequence[int]) -> str:
    """Sizes of layers on each other, first to last."""
    return " -> ".join(map(str, sizes))


def said_sizes(architecture: Architecture) -> str:
    """The hidden units of its layers: one number where they are alike."""
    return arrow(architecture.layer_sizes or (architecture.hidden_size,))


def hidden_units(architecture: Architecture) -> str:
    """The same with its noun: 1 hidden unit, 128 -> 64 hidden units."""
    sizes = architecture.layer_sizes or (architecture.hidden_size,)
    return f"{' -> '.join(f'{size:,}' for size in sizes)} hidden unit{'' if sizes == (1,) else 's'}"
