"""Which parameters weight decay draws towards 0.

    all        every parameter, as the optimisers of PyTorch take it
    weights    all but the biases
    matrices   the weights but for the rows that are looked up: of tokens, parts of words, conditions

A bias has no input that it could overfit, and a state that is kept by its bias forgets where that is drawn to 0. A row that
is looked up begins as noise, N(0, 1) a number: of a token that is seen a few times the noise stays, unless it decays.
"""

from collections.abc import Callable, Mapping
from math import prod

ALL, WEIGHTS, MATRICES = "all", "weights", "matrices"

LOOKED_UP = "embedding", "parts", "condition"
"""The last parts of the names of tables of rows."""

DECAYS: dict[str, Callable[[str, tuple[int, ...]], bool]] = {
    ALL: lambda name, shape: True,
    WEIGHTS: lambda name, shape: len(shape) > 1,
    MATRICES: lambda name, shape: len(shape) > 1 and name.rpartition(".")[2] not in LOOKED_UP,
}
"""For each name that --decays takes: whether a parameter of this name and shape decays."""


def decayed(shapes: Mapping[str, tuple[int, ...]], which: str) -> tuple[slice, ...]:
    """The places of the flat buffer that decay. KeyError where `which` is unknown."""
    places: list[slice] = []
    stop = 0
    for name, shape in shapes.items():
        start, stop = stop, stop + prod(shape)
        if DECAYS[which](name, shape):
            first = places.pop().start if places and places[-1].stop == start else start
            places.append(slice(first, stop))
    return tuple(places)
