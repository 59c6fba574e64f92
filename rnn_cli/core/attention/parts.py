"""One pair of words, number by number: what is shown of an attention, and what its batches are held against.

A part is one vector of the equations: a function of a sum, whose addends are vectors or a matrix times a vector. The last
part of a score function is e_ut, a vector of one number.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array


@dataclass(frozen=True, eq=False)
class Addend:
    """matrix times vector; the vector alone where the matrix is None. Both have their names in the equations."""

    vector_name: str
    vector: Array
    matrix_name: str = ""
    matrix: Array | None = None

    @property
    def symbol(self) -> str:
        """W_c s_u."""
        return f"{self.matrix_name} {self.vector_name}".strip()

    @property
    def value(self) -> Array:
        """What it adds."""
        return self.vector if self.matrix is None else np.asarray(self.matrix @ self.vector)

    def products(self, k: int) -> Iterable[tuple[float, ...]]:
        """The factors of the products of which number k of it is the sum."""
        if self.matrix is None:
            return [(float(self.vector[k]),)]
        return zip(self.matrix[k].tolist(), self.vector.tolist(), strict=True)


@dataclass(frozen=True, eq=False)
class Part:
    """name = function(sum of the addends). `of` says whose it is: of the word written "u", the word read "t", or both "ut"."""

    name: str
    of: str
    addends: tuple[Addend, ...]
    function: str = ""

    @property
    def before(self) -> Array:
        """The sum."""
        return np.asarray(sum(one.value for one in self.addends))

    @property
    def value(self) -> Array:
        """The function of it."""
        f: Callable[[Array], Array] = ACTIVATIONS[self.function].function if self.function else lambda a: a
        return f(self.before)
