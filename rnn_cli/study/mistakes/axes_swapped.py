"""axes-swapped: the numbers of a transposed matrix were put into its shape by reshape."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """Of the matrices of all gates one below the other, and of single ones: reshaped for transposed, either way round."""
    for letter in "xh":
        names = one.matrices(letter)
        if names:
            stacked = np.concatenate([one.a[name] for name in names])
            for made in _either(stacked):
                size = len(made) // len(names)
                parts = {name: made[k * size : (k + 1) * size] for k, name in enumerate(names)}
                yield f"W_{letter} of b is that of a, reshaped where it should be transposed", parts
    for name, array in one.a.items():
        if array.ndim == 2:
            for made in _either(array):
                yield f"{name} of b is that of a, reshaped where it should be transposed", {name: made}


def _either(array: Array) -> Iterator[Array]:
    yield array.T.reshape(array.shape)
    yield array.reshape(array.shape[::-1]).T
