"""Mix-ups of whole layers, directions and units, which no one place shows."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, FORWARD, Architecture
from rnn_cli.study.mistakes import Named, permuted

Place = tuple[int, str] | None
"""A layer and direction; None for what stands before and after the layers."""

Weights = Mapping[Place, Named]
"""All arrays of a network by place."""

UNITS_PERMUTED = "units-permuted"
"""The one that leaves what a network computes as it is."""


def explanations(a: Weights, b: Weights, architecture: Architecture) -> Iterator[tuple[str, str, Weights]]:
    """(mistake, in words, what a would be)."""
    if architecture.bidirectional:
        turned = {_other(place): arrays for place, arrays in a.items()}
        yield "directions-swapped", "the forward and the backward run are exchanged in b", turned
        yield "directions-swapped", "the runs are exchanged in b, and what reads them reads them so", _read_so(turned)
        yield "halves-swapped", "what reads both runs reads the backward one first in b", _read_so(a)
    for one, other in combinations(range(architecture.num_layers), 2):
        order = {one: other, other: one}
        swapped = {place and (order.get(place[0], place[0]), place[1]): arrays for place, arrays in a.items()}
        yield "layers-swapped", f"layers {one} and {other} are exchanged in b", swapped
    renumbered = _renumbered(a, b, architecture)
    if renumbered is not None:
        yield UNITS_PERMUTED, "the hidden units are numbered in another order in b", renumbered


def _other(place: Place) -> Place:
    return place and (place[0], BACKWARD if place[1] == FORWARD else FORWARD)


def _read_so(a: Weights) -> Weights:
    """The weights that read [forward; backward], with their halves exchanged."""
    made = {}
    for place, arrays in a.items():
        above = place is None or place[0] > 0
        names = [name for name in arrays if name == "W_hy" or name.startswith("W_x")] if above else []
        made[place] = {**arrays, **{name: np.roll(arrays[name], arrays[name].shape[1] // 2, 1) for name in names}}
    return made


def _renumbered(a: Weights, b: Weights, architecture: Architecture) -> Weights | None:
    """The weights of a with its units in the order of b's; None where they are not the same units."""
    orders: dict[tuple[int, str], Array] = {}
    made: dict[Place, Named] = {}
    for place, arrays in a.items():
        if place is None:
            continue
        read = _columns(arrays, _beneath(architecture, orders, place[0]), "W_x")
        order = permuted(_signature(read), _signature(b[place]))
        if order is None:
            return None
        orders[place] = np.array(order)
        rows = {name: array[list(order)] for name, array in read.items()}
        made[place] = _columns(rows, orders[place], "W_h")
    above = _beneath(architecture, orders, architecture.num_layers)
    made[None] = _columns(a.get(None, {}), above, "W_hy")
    return made


def _beneath(architecture: Architecture, orders: Mapping[tuple[int, str], Array], layer: int) -> Array | None:
    """The order of what a layer reads; None of the input, which has one order."""
    if layer == 0:
        return None
    size = architecture.size_of(layer - 1)
    return np.concatenate([orders[layer - 1, one] + k * size for k, one in enumerate(architecture.directions)])


def _columns(arrays: Named, order: Array | None, kind: str) -> dict[str, Array]:
    if order is None:
        return dict(arrays)
    return {name: array[:, order] if name.startswith(kind) else array for name, array in arrays.items()}


def _signature(arrays: Named) -> Array:
    """What tells the units of a layer apart whatever their order: the row of each in W_x and the biases."""
    own = [array.reshape(len(array), -1) for name, array in arrays.items() if not name.startswith("W_h")]
    return np.concatenate(own, axis=1)
