"""Checks that every model file goes through: a network is built only from finite numbers of the right shapes."""

from collections.abc import Mapping

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.errors import ModelFileError

MAX_SIZE = 100_000
"""No size of a network may be larger: a wrong or hostile file must not ask for terabytes."""


def checked_architecture(source: str, architecture: Architecture) -> Architecture:
    """ModelFileError where a size is not a positive whole number of a sensible size."""
    for name in ("input_size", "hidden_size", "num_layers"):
        size = getattr(architecture, name)
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_SIZE:
            raise ModelFileError(f"{source}: {name} must be a whole number from 1 to {MAX_SIZE}, not {size!r}")
    return architecture


def filled_network(source: str, architecture: Architecture, arrays: Mapping[str, Array]) -> Network:
    """A float64 network holding `arrays`. ModelFileError where one is missing, left over, misshapen or not finite."""
    shapes = checked_architecture(source, architecture).shapes()
    for name in arrays:
        if name not in shapes:
            raise ModelFileError(f"{source}: unexpected parameter {name}; this network has {', '.join(shapes)}")
    for name, shape in shapes.items():
        if name not in arrays:
            raise ModelFileError(f"{source}: parameter {name} is missing")
        if arrays[name].shape != shape:
            raise ModelFileError(f"{source}: {name} has shape {_shape(arrays[name].shape)}, expected {_shape(shape)}")
        if not np.isfinite(arrays[name]).all():
            raise ModelFileError(f"{source}: {name} holds a number that is not finite")
    parameters = Parameters(shapes)
    for name in shapes:
        parameters[name][...] = arrays[name]
    return Network(architecture, parameters)


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"
