"""What the arrays of a network hold: sizes, ranges, norms, and for recurrent matrices their eigenvalues' reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.spectra import eigenvalue_sizes
from rnn_cli.core.network import Network
from rnn_cli.core.norms import norm, spectral_norm

LARGEST = 1024
"""Eigenvalues of larger matrices take minutes: they are left out."""


@dataclass(frozen=True, eq=False)
class ArrayStatistics:
    """One array under its name in the equations; `layer` and `direction` are None for the embedding, the parts of words and the readout.

    norm                Frobenius norm
    spectral_radius     largest |eigenvalue|, of recurrent matrices up to LARGEST
    spectral_norm       largest singular value, likewise
    """

    name: str
    layer: int | None
    direction: str | None
    shape: tuple[int, ...]
    count: int
    minimum: float
    maximum: float
    norm: float
    spectral_radius: float | None = None
    spectral_norm: float | None = None


def array_statistics(network: Network) -> tuple[ArrayStatistics, ...]:
    """Every array of the network: the embedding, then each layer and direction gate by gate, then the readout."""
    with np.errstate(over="ignore"):  # a norm may be larger than any of its numbers
        return tuple(_entries(network))


def statistics_of(parameters: Mapping[str, Array]) -> tuple[ArrayStatistics, ...]:
    """Arrays that belong to no layer, under their names."""
    with np.errstate(over="ignore"):
        return tuple(_entry(name, array) for name, array in parameters.items())


def _entries(network: Network) -> Iterator[ArrayStatistics]:
    parameters, architecture = network.parameters, network.architecture
    for name in ("embedding", "parts"):
        if name in parameters:
            yield _entry(name, parameters[name])
    for layer in range(architecture.num_layers):
        for direction in architecture.directions:
            for name, array in network.named(layer, direction).items():
                yield _entry(name, array, layer, direction)
    for name in ("W_hy", "b_y"):
        if f"readout.{name}" in parameters:
            yield _entry(name, parameters[f"readout.{name}"])


def _entry(name: str, array: Array, layer: int | None = None, direction: str | None = None) -> ArrayStatistics:
    radius = largest = None
    if name.startswith("W_h") and layer is not None and len(array) <= LARGEST:
        radius, largest = float(eigenvalue_sizes(array).max()), spectral_norm(array)
    return ArrayStatistics(
        name,
        layer,
        direction,
        array.shape,
        array.size,
        float(array.min()),
        float(array.max()),
        norm(array),
        radius,
        largest,
    )
