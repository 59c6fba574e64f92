"""Initial weights.

    pytorch      cells and readouts uniform in ±1/sqrt(fan), embeddings N(0, 1), parts of words 0
    orthogonal   each gate's recurrent matrix a random rotation (Saxe, McClelland and Ganguli 2014), the rest as pytorch
    identity     each gate's recurrent matrix the identity and the biases 0 (Le, Jaitly and Hinton 2015, for relu)

The first bias of the gate that keeps the state (Cell.keeps: f of the LSTM, z of the GRU) can be set apart: at 1 the cell
remembers from the start (Gers et al. 2000; Jozefowicz et al. 2015), at b for about e^b steps (Tallec and Ollivier 2018).
So can the standard deviation of embeddings: a rare token keeps most of the noise that it begins with.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import Architecture
from rnn_cli.core.parameters import Parameters


def initial_parameters(
    architecture: Architecture, generator: "np.random.Generator", dtype: Any = np.float64
) -> Parameters:
    """Parameters with PyTorch's default initialisation.

    Source: the reset_parameters methods of torch.nn.RNNBase, Linear and Embedding.
    """
    parameters = Parameters(architecture.shapes(), dtype=dtype)
    initialize(parameters, architecture, generator)
    return parameters


def initialize(
    parameters: Parameters,
    architecture: Architecture,
    generator: "np.random.Generator",
    scheme: str = "pytorch",
    forget_bias: float | None = None,
    embedding_scale: float = 1.0,
) -> None:
    """Fill a network's parameters. KeyError where the scheme is unknown."""
    for name, array in parameters.items():
        if name == "embedding":
            array[...] = embedding_scale * generator.standard_normal(array.shape)
            continue
        if name == "parts":  # a word begins as what its own row says
            array[...] = 0
            continue
        layer = int(name.split(".")[1]) if name.startswith("layers.") else None
        fan = architecture.output_width if layer is None else architecture.size_of(layer)
        array[...] = generator.uniform(-1, 1, array.shape) / np.sqrt(fan)
        short = name.rpartition(".")[2]
        if short == "W_h":
            for block in np.split(array, len(array) // array.shape[1]):
                SCHEMES[scheme](block, generator)
        elif scheme == "identity" and name.startswith("layers.") and short.startswith("b"):
            array[...] = 0
        if short == "b" and forget_bias is not None:
            open_path(architecture.make_cell(), array, forget_bias)


def open_path(cell: Cell, b: Array, bias: float) -> None:
    """Set the bias of the gate that keeps the state in the packed biases b (G*H,), so that a large `bias` keeps it.

    A cell without such a gate, or whose gate has no bias, is left as it is.
    """
    if cell.keeping_gate is None or f"b_{cell.keeping_gate[0]}" not in cell.packing.get("b", ()):
        return
    gate, sign = cell.keeping_gate
    names = cell.packing["b"]
    size, at = len(b) // len(names), names.index(f"b_{gate}")
    b[at * size : (at + 1) * size] = sign * bias


def orthogonal(block: Array, generator: "np.random.Generator") -> None:
    """Fill a square matrix with a random rotation, uniform over all of them (QR of a Gaussian matrix, signs fixed)."""
    q, r = np.linalg.qr(generator.standard_normal(block.shape))
    block[...] = q * np.sign(np.diag(r))


def _identity(block: Array, generator: "np.random.Generator") -> None:
    block[...] = np.eye(len(block))


def _keep(block: Array, generator: "np.random.Generator") -> None:
    """The block already holds the uniform draw."""


SCHEMES: "dict[str, Callable[[Array, np.random.Generator], None]]" = {
    "pytorch": _keep,
    "orthogonal": orthogonal,
    "identity": _identity,
}
