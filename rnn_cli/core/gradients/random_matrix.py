"""Recurrent matrices drawn to have a given spectral radius, and networks that hold nothing else of interest.

    gaussian      independent normal numbers, then scaled to the radius: not normal, so its norm exceeds its radius
    orthogonal    Q of a random matrix, times the radius: every singular value is the radius
    identity      the identity, times the radius

Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
networks" (2013), orthogonal; Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear
units" (2015), identity.
"""

from collections.abc import Callable

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.initialize import open_path, orthogonal
from rnn_cli.core.network import FORWARD, Architecture, Network
from rnn_cli.core.parameters import Parameters

DRIVES = ("noise", "zeros")


def recurrent_matrix(init: str, size: int, radius: float, generator: np.random.Generator) -> Array:
    """A square matrix of this spectral radius, (size, size). KeyError where the init is unknown."""
    W = np.empty((size, size))
    INITS[init](W, generator)
    if init == "gaussian":
        W /= np.abs(np.linalg.eigvals(W)).max()
    W *= radius
    return W


def _gaussian(block: Array, generator: np.random.Generator) -> None:
    block[...] = generator.standard_normal(block.shape)


def _identity(block: Array, generator: np.random.Generator) -> None:
    block[...] = np.eye(len(block))


INITS: dict[str, Callable[[Array, np.random.Generator], None]] = {
    "gaussian": _gaussian,
    "orthogonal": orthogonal,
    "identity": _identity,
}


def random_recurrent(
    architecture: Architecture, radius: float, init: str, keep_bias: float, generator: np.random.Generator
) -> Network:
    """A one-layer network whose every recurrent matrix has this radius.

    Input weights are uniform in ±1/sqrt(H), the bias of the gate that keeps the state is set, and all else is 0.
    """
    cell, H = architecture.make_cell(), architecture.hidden_size
    network = Network(architecture, Parameters(architecture.shapes()))
    p = network.packed(0, FORWARD)
    p["W_x"][...] = generator.uniform(-1, 1, p["W_x"].shape) / np.sqrt(H)
    for name in cell.recurrent:
        network.named(0, FORWARD)[name][...] = recurrent_matrix(init, H, radius, generator)
    if "b" in p:
        open_path(cell, p["b"], keep_bias)
    return network


def driving_input(drive: str, steps: int, size: int, generator: np.random.Generator) -> Array:
    """Standard normal noise, or zeros, (steps, size)."""
    return generator.standard_normal((steps, size)) if drive == "noise" else np.zeros((steps, size))
