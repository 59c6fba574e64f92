"""Which mistakes explain that two networks have other weights: taken only where every array comes out as b has it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import Architecture, Network
from rnn_cli.study.mistakes import MISTAKES, Explanation, Named, Pair, all_explanations, whole
from rnn_cli.study.mistakes.whole import Place, Weights

Close = Callable[[Array, Array], bool]
OF_A_PLACE = {"gate-order", "transposed", "swapped-weights", "no-bias", "double-bias", "float32"}
"""Mistakes of all arrays of a kind, which others come on top of."""

TOO_FREE = {"wrong-gate", "scaled", "negated"}
"""Mistakes that could make one array of almost any other: they are named where they explain it alone."""

ORDER = ("first", "then")
"""What is said before each of two mistakes: neither of them alone makes b of a."""

MOST_PAIRED = 300_000
"""Explanations of two mistakes at once are looked for in places of up to so many numbers."""


@dataclass(frozen=True)
class Found:
    """A mistake that explains arrays, with the arrays by place."""

    mistake: str
    says: str
    arrays: tuple[tuple[Place, str], ...]


@dataclass
class Explained:
    """What was found, and the arrays that no mistake explains."""

    found: list[Found] = field(default_factory=list)
    open: list[tuple[Place, str]] = field(default_factory=list)


def weights_of(network: Network) -> dict[Place, dict[str, Array]]:
    """The arrays of a network by place, under their names in the equations."""
    a = network.architecture
    weights: dict[Place, dict[str, Array]] = {
        (layer, direction): network.named(layer, direction)
        for layer in range(a.num_layers)
        for direction in a.directions
    }
    heads = {"embedding": "embedding", "parts": "parts", "readout.W_hy": "W_hy", "readout.b_y": "b_y"}
    weights[None] = {short: network.parameters[name] for name, short in heads.items() if name in network.parameters}
    return weights


def unequal(a: Weights, b: Weights, close: Close) -> list[tuple[Place, str]]:
    """The arrays that differ, or that only one of the two has."""
    places = dict.fromkeys([*a, *b])
    names = [(place, name) for place in places for name in dict.fromkeys([*a.get(place, {}), *b.get(place, {})])]
    return [(place, name) for place, name in names if not _equal(a, b, place, name, close)]


def _equal(a: Weights, b: Weights, place: Place, name: str, close: Close) -> bool:
    one, other = a.get(place, {}).get(name), b.get(place, {}).get(name)
    return one is not None and other is not None and one.shape == other.shape and close(one, other)


def explain(a: Weights, b: Weights, architecture: Architecture, close: Close) -> Explained:
    """The mistakes that turn a into b, of one network shape; those of whole layers first, then place by place."""
    result = Explained()
    before = unequal(a, b, close)
    if not before:
        return result
    for mistake, says, made in whole.explanations(a, b, architecture):
        if not unequal(made, b, close):
            return Explained([Found(mistake, says, tuple(before))])
    cell = architecture.make_cell()
    said: dict[tuple[str, str], list[tuple[Place, str]]] = {}
    for place in a:
        pair = Pair(a[place], b[place], None if place is None else cell, close)
        left = [name for at, name in before if at == place]
        for one in _of_place(pair, left):
            fixed = [name for name in left if name in one.makes]
            said.setdefault((one.mistake, one.says), []).extend((place, name) for name in fixed)
        explained = {name for arrays in said.values() for at, name in arrays if at == place}
        result.open += [(place, name) for name in left if name not in explained]
    result.found = [Found(mistake, says, tuple(dict.fromkeys(arrays))) for (mistake, says), arrays in said.items()]
    return result


def _of_place(pair: Pair, left: list[str]) -> list[Explanation]:
    """The fewest explanations that make the arrays of a place those of b: one or two that explain all, else as many as fit,
    that which explains most first.
    """
    if not left:
        return []
    singles = [one for one in all_explanations(pair) if _fits(one.makes, pair)]
    whole = next((one for one in singles if set(left) <= one.makes.keys()), None)
    if whole is not None:
        return [whole]
    both = next(_two(pair, set(left)), None)
    if both is not None:
        return [replace(one, says=f"{when}: {_alone(one.says)}") for when, one in zip(ORDER, both, strict=True)]
    taken: list[Explanation] = []
    open_ = set(left)
    while open_ and singles:
        best = max(singles, key=lambda one: len(one.makes.keys() & open_))
        if not best.makes.keys() & open_:
            break
        taken.append(best)
        open_ -= best.makes.keys()
    return taken


def _alone(says: str) -> str:
    """What a mistake does, without the claim that this is b."""
    return says.removeprefix("b is a with ").removesuffix(" in b").replace(" in b, ", ", ")


def _two(pair: Pair, left: set[str]) -> Iterator[tuple[Explanation, Explanation]]:
    """Two explanations, one after the other, that explain all of a place: the second is one of the whole place."""
    if sum(array.size for array in pair.a.values()) > MOST_PAIRED:
        return
    for first in all_explanations(pair, without=TOO_FREE):
        if not first.makes.keys() & left or not _shaped(first.makes, pair.b):
            continue
        after = Pair({**pair.a, **first.makes}, pair.b, pair.cell, pair.close)
        for second in all_explanations(after, without=set(MISTAKES) - OF_A_PLACE):
            both = {**first.makes, **second.makes}
            if second.mistake != first.mistake and left <= both.keys() and _fits(both, pair):
                yield first, second


def _fits(makes: Named, pair: Pair) -> bool:
    """Whether all arrays are those of b; the small ones are looked at first."""
    if not _shaped(makes, pair.b):
        return False
    return all(pair.close(makes[name], pair.b[name]) for name in sorted(makes, key=lambda name: makes[name].size))


def _shaped(makes: Named, b: Named) -> bool:
    return all(name in b and np.shape(array) == b[name].shape for name, array in makes.items())


def totals(weights: Weights, cell: Cell) -> dict[Place, Mapping[str, Array]]:
    """The arrays with each gate's biases summed, so that cells with and without a second one can be compared."""
    made: dict[Place, Mapping[str, Array]] = {}
    for place, arrays in weights.items():
        second = {f"b_{gate}": f"b_h{gate}" for gate in cell.gates if f"b_h{gate}" in arrays}
        summed = {name: arrays[name] + arrays[other] for name, other in second.items()}
        made[place] = {name: summed.get(name, array) for name, array in arrays.items() if name not in second.values()}
    return made
