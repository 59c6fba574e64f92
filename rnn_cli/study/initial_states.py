"""Where a network's memory starts, from files: an array for each state that is given; the others start as the network does."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates, State
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.models.sizes import said_sizes


def named_files(state: Sequence[str], h0: str | None = None, c0: str | None = None) -> dict[str, tuple[str, str]]:
    """State -> the option that gives it, and its file. InputError where a pair is none, or a state is given twice."""
    found: dict[str, tuple[str, str]] = {}
    pairs = [("--h0", "h", h0), ("--c0", "c", c0)]
    for pair in state:
        name, sign, file = pair.partition("=")
        if not (name and sign and file):
            raise InputError(f"--state {pair}: write NAME=FILE, as in --state h=start.json")
        pairs.append((f"--state {name}", name, file))
    for option, name, given in pairs:
        if given is None:
            continue
        if name in found:
            raise InputError(f"{option} and {found[name][0]} both say where {name} starts: give one of them")
        found[name] = option, given
    return found


def check_starts(model: Model, option: str) -> None:
    """InputError where a model does not start where a person says."""
    if model.has_decoder:
        raise InputError(f"{option}: {model.name} has states of its own where a text starts: leave it out")


def read_initial(files: Mapping[str, tuple[str, str]], network: Network) -> InitialStates:
    """The initial states of one sequence. InputError where the network has no such state, or an array does not fit."""
    from rnn_cli.inputs.numbers import read_numbers  # most sequences start from zeros

    arrays = {}
    for name, (option, file) in files.items():
        parts = read_numbers(file)
        arrays[name] = parts[0] if len(parts) == 1 else np.concatenate(parts)
        _check_name(network, name, option)
        arrays[name] = _fitted(arrays[name], network, file)
    return placed(arrays, network) if arrays else {}


def given_initial(arrays: Mapping[str, Any], network: Network) -> InitialStates:
    """The same from arrays. InputError likewise."""
    found = {}
    for name, array in arrays.items():
        _check_name(network, name, f"state {name}")
        found[name] = _fitted(np.asarray(array, dtype=np.float64), network, f"the state {name}")
    return placed(found, network) if found else {}


def placed(arrays: Mapping[str, Array], network: Network) -> InitialStates:
    """A state for each layer and direction from arrays (L*D, H), in PyTorch's order: a layer's directions together.

    Of layers that differ in size, their states stand one after the other in one vector.
    """
    a, cell = network.architecture, network.cell
    flat = {name: array.ravel() for name, array in arrays.items()}
    found, start = {}, 0
    for layer in range(a.num_layers):
        for direction in a.directions:
            size = a.size_of(layer)
            part, own = slice(start, start + size), network.start(layer, direction, None, np.float64)
            found[layer, direction] = State(
                **{name: flat[name][part] if name in flat else own[name] for name in cell.states}
            )
            start += size
    return found


def batched(initial: Iterable[InitialStates]) -> InitialStates:
    """The initial states of several sequences as those of a batch: (H,) each -> (B, H); {} where none is given."""
    every = list(initial)
    return {
        where: State(**{name: np.stack([one[where][name] for one in every]) for name in state})
        for where, state in every[0].items()
    }


def said_shape(array: Array) -> str:
    """A shape in words; a column is a list of so many numbers."""
    return "×".join(map(str, array.shape if array.shape[1:] != (1,) else array.shape[:1]))


def _check_name(network: Network, name: str, option: str) -> None:
    states = list(network.cell.states)
    if name not in states:
        raise InputError(f"{option}: {network.architecture.cell} has no state {name}; it has {' and '.join(states)}")


def _fitted(array: Array, network: Network, where: str) -> Array:
    """(L*D, H) from what a file holds: a row for each layer and direction, or one vector where there is one.

    Layers that differ in size take one vector, their states one after the other.
    """
    a = network.architecture
    rows, size = a.num_layers * len(a.directions), a.hidden_size
    if a.layer_sizes:
        count = len(a.directions) * sum(a.sizes)
        if array.size == count and count in array.shape:
            return array.reshape(count)
        each = " of each direction" * a.bidirectional
        raise InputError(
            f"{where}: {said_shape(array)} numbers, and an initial state here is a list of {count}: "
            f"the {said_sizes(a)} numbers of its layers{each} one after the other"
        )
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape == (rows, size):
        return array
    if rows == 1 and array.size == size and 1 in array.shape:
        return array.reshape(1, size)
    hint = ": it looks transposed; save it with .T" if array.shape == (size, rows) else ""
    raise InputError(
        f"{where}: {said_shape(array)} numbers, and an initial state here is {rows}×{size}, "
        f"a row of {size} for each layer and direction{hint}"
    )
