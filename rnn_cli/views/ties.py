"""Those that give as much as the one that a sentence names."""

from collections.abc import Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.ties import settled
from rnn_cli.views.numbers import some

MOST_NAMED = 6


def ties(values: Array, at: int) -> list[int]:
    """The other places where a number is the same, as that of two equal words side by side, but for rounding."""
    made = settled(values)
    return [k for k in np.flatnonzero(made == made[at]).tolist() if k != at]


def as_much(names: Sequence[str]) -> str:
    """Which others gave as much as the one that was named."""
    return f", and {some(names, MOST_NAMED)} as much" if names else ""
