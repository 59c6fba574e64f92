"""The numbers that are given: weights, inputs and starting states. They are what an edit changes."""

import re
from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Network
from rnn_cli.core.state import State
from rnn_cli.errors import InputError
from rnn_cli.explore.world import World
from rnn_cli.views.clean import clean

NAME = re.compile(r"([A-Za-z]\w*?)(_0)?\[(\d+)\](?:\[(\d+)\])?(?:@(\d+)\.(forward|backward))?")
READOUT = ("W_hy", "b_y")
START = "a starting state was edited, which no model file holds: --state NAME=FILE starts a command from one"
INPUT = "the input was edited, and its numbers stand in no file"


@dataclass(frozen=True)
class Leaf:
    """A given number: of an array of weights, of the vector that step `t` reads, or of a starting state.

    kind    "weight", "input" or "start"; `name` is that of the array, x, or the state
    """

    key: str
    kind: str
    name: str
    index: tuple[int, ...]
    layer: int
    direction: str
    t: int = 0


def find_leaf(world: World, key: str) -> Leaf | None:
    """The given number of a key, as W_hh[1][2]@0.forward, x[2][1] or h_0[3]@1.backward; None where it is none."""
    found, a = NAME.fullmatch(key), world.model.network.architecture
    if found is None:
        return None
    name, first, second = found[1], int(found[3]), found[4]
    layer, direction = int(found[5] or 0), found[6] or a.directions[0]
    if layer >= a.num_layers or direction not in a.directions:
        return None
    if found[2]:
        inside = second is None and name in world.model.network.cell.states and 1 <= first <= a.size_of(layer)
        return Leaf(key, "start", name, (first - 1,), layer, direction) if inside else None
    if name == "x":
        inside = second is not None and 1 <= first <= world.length and 1 <= int(second) <= a.input_size
        return Leaf(key, "input", "x", (int(second or 1) - 1,), layer, direction, first) if inside else None
    index = (first - 1,) if second is None else (first - 1, int(second) - 1)
    array = weights(world.model.network, name, layer, direction)
    if array is None or array.ndim != len(index):
        return None
    inside = all(0 <= k < size for k, size in zip(index, array.shape, strict=True))
    return Leaf(key, "weight", name, index, layer, direction) if inside else None


def weights(network: Network, name: str, layer: int, direction: str) -> Array | None:
    """The array of a name in the equations, a view of the network's; None where there is none."""
    if name in READOUT:
        return network.parameters.get(f"readout.{name}")
    return network.named(layer, direction).get(name)


def value_of(world: World, leaf: Leaf) -> float:
    """The number."""
    if leaf.kind == "input":
        return float(world.sequence.inputs[leaf.t - 1][leaf.index])
    if leaf.kind == "start":
        return float(world.trace.initial[leaf.layer, leaf.direction][leaf.name][leaf.index])
    array = weights(world.model.network, leaf.name, leaf.layer, leaf.direction)
    assert array is not None
    return float(array[leaf.index])


def slope_of(world: World, leaf: Leaf) -> float | None:
    """dL/d of the number, of a word's at every step that reads it; of a starting state None, which nothing learns."""
    if leaf.kind == "start":
        return None
    if leaf.kind == "input":
        return float(sum(world.back.inputs[k][leaf.index] for k in alike(world, leaf.t)))
    array = weights(world.model.network.with_parameters(world.back.gradients), leaf.name, leaf.layer, leaf.direction)
    return None if array is None else float(array[leaf.index])


def alike(world: World, t: int) -> list[int]:
    """The steps, from 0, that read the same vector as step t: those of the same word, or row of the embedding."""
    tokens, rows = world.sequence.tokens, world.sequence.rows
    if tokens is None or rows is None:
        return [t - 1]
    token, row = tokens[t - 1], rows[t - 1]
    return [k for k, one in enumerate(tokens) if one == token or (row is not None and rows[k] == row)]


def said_place(world: World, leaf: Leaf) -> str:
    """The number, and of a vector that several steps read which word's it is and where it stands."""
    steps = tuple(k + 1 for k in alike(world, leaf.t)) if leaf.kind == "input" else ()
    if len(steps) < 2:
        return leaf.key
    from rnn_cli.explore.truncated import ranges

    return f"{leaf.key}, of the vector of {clean(world.sequence.names[leaf.t - 1])} ({ranges(steps)}),"


def with_number(world: World, leaf: Leaf, value: float) -> World:
    """The world in which the number is another. InputError where it cannot be."""
    if not np.isfinite(value):
        raise InputError(f"{leaf.key}: give a finite number")
    if leaf.kind == "weight":
        parameters = world.model.network.parameters.copy()
        network = world.model.network.with_parameters(parameters)
        array = weights(network, leaf.name, leaf.layer, leaf.direction)
        assert array is not None
        array[leaf.index] = value
        return replace(world, model=replace(world.model, network=network), edited=True)
    if leaf.kind == "start":
        where = leaf.layer, leaf.direction
        initial = dict(world.trace.initial)
        start = initial[where].map(np.copy)
        start[leaf.name][leaf.index] = value
        initial[where] = State(**start)
        return replace(world, sequence=replace(world.sequence, initial=initial), unsaid=START)
    return _with_input(world, leaf, value)


def _with_input(world: World, leaf: Leaf, value: float) -> World:
    """A word's vector is the same wherever it stands, and the row of the embedding where it has one: what its parts add stays."""
    model, sequence, t = world.model, world.sequence, leaf.t - 1
    if model.one_hot:
        raise InputError(f"{model.name} reads one-hot vectors, which have no numbers to edit: e edits the text")
    inputs, vectors = sequence.inputs.copy(), dict(world.vectors)
    row = None if sequence.rows is None else sequence.rows[t]
    if sequence.tokens is None or sequence.rows is None:
        inputs[t][leaf.index] = value
        return replace(world, sequence=replace(sequence, inputs=inputs, raw=None), unsaid=INPUT)
    if row is None:
        for k in alike(world, leaf.t):
            inputs[k][leaf.index] = value
        vectors[sequence.tokens[t]] = inputs[t]
    else:
        network = model.network.with_parameters(model.network.parameters.copy())
        own = network.parameters["embedding"][row]
        added = inputs[:, leaf.index[0]] - own[leaf.index]  # by the parts of each word, where words have parts
        own[leaf.index] = value - added[t]
        for k in alike(world, leaf.t):
            inputs[k][leaf.index] = value if sequence.parts is None else own[leaf.index] + added[k]
        model = replace(model, network=network)
    return replace(world, model=model, sequence=replace(sequence, inputs=inputs), vectors=vectors, edited=True)
