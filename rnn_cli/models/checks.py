"""Checks that every model file goes through: a network is built only from finite numbers of the right shapes."""

from collections.abc import Mapping
from reprlib import repr as shortened
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.errors import ModelFileError

MAX_SIZE = 100_000
"""The largest size that a network may have: a wrong or hostile file must not ask for terabytes."""

MAX_ROWS = 10_000_000
"""The largest size of a vocabulary."""


def checked_architecture(source: str, architecture: Architecture) -> Architecture:
    """ModelFileError where a size is not a whole number of a sensible size, or a choice is unknown."""
    least = {"input_size": 1, "hidden_size": 1, "num_layers": 1, "output_size": 0, "embedding_rows": 0}
    for name, low in least.items():
        size = getattr(architecture, name)
        high = MAX_SIZE if low else MAX_ROWS
        if isinstance(size, bool) or not isinstance(size, int) or not low <= size <= high:
            raise ModelFileError(f"{source}: {name} must be a whole number from {low} to {high}, not {shortened(size)}")
    if not isinstance(architecture.bidirectional, bool):
        raise ModelFileError(f"{source}: bidirectional must be true or false")
    return architecture


def filled_network(source: str, architecture: Architecture, arrays: Mapping[str, Array]) -> Network:
    """A float64 network holding `arrays`. ModelFileError where one is missing, left over, misshapen or not finite."""
    shapes = checked_architecture(source, architecture).shapes()
    return Network(architecture, filled_parameters(source, shapes, arrays))


def filled_parameters(
    source: str, shapes: Mapping[str, tuple[int, ...]], arrays: Mapping[str, Array], dtype: Any = np.float64
) -> Parameters:
    """Parameters of these shapes holding `arrays`. ModelFileError where one is missing, left over, misshapen or not finite."""
    for name in arrays:
        if name not in shapes:
            raise ModelFileError(f"{source}: unexpected parameter {name}; this network has {_named(shapes)}")
    for name, shape in shapes.items():
        if name not in arrays:
            raise ModelFileError(f"{source}: parameter {name} is missing")
        if arrays[name].shape != shape:
            raise ModelFileError(f"{source}: {name} has shape {_shape(arrays[name].shape)}, expected {_shape(shape)}")
        if arrays[name].dtype.kind not in "iuf":
            raise ModelFileError(f"{source}: {name} holds {arrays[name].dtype} values, not numbers")
        if not np.isfinite(arrays[name]).all():
            raise ModelFileError(f"{source}: {name} holds a number that is not finite")
    parameters = Parameters(shapes, dtype=dtype)
    for name in shapes:
        parameters[name][...] = arrays[name]
    return parameters


def _named(names: Mapping[str, object]) -> str:
    return ", ".join(list(names)[:20]) + (f", … ({len(names)} in all)" if len(names) > 20 else "")


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"
