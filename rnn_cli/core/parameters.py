"""All numbers that a network learns: one flat buffer, and named views into it.

Clipping, an optimiser's step and a checkpoint work on the flat buffer; the equations work on the views.
"""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.memory import aligned_zeros


class Parameters(Mapping[str, Array]):
    """A mapping from names to arrays that all lie in one flat buffer, in the order of the names.

    Changing an array's elements changes the buffer, and vice versa.
    """

    def __init__(
        self, shapes: Mapping[str, tuple[int, ...]], flat: Array | None = None, dtype: Any = np.float64
    ) -> None:
        """Lay the shapes out over `flat` (zeros where it is None). ValueError where the sizes disagree."""
        self.shapes = dict(shapes)
        size = sum(prod(shape) for shape in self.shapes.values())
        self.flat = aligned_zeros((size,), dtype) if flat is None else flat
        if self.flat.shape != (size,):
            raise ValueError(f"these shapes need {size} numbers, not {self.flat.shape}")
        self._views: dict[str, Array] = {}
        self._groups: dict[str, dict[str, Array]] = {}
        self._parts: dict[str, Parameters] = {}
        start = 0
        for name, shape in self.shapes.items():
            self._views[name] = self.flat[start : start + prod(shape)].reshape(shape)
            start += prod(shape)

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def group(self, prefix: str) -> dict[str, Array]:
        """The arrays whose names begin with `prefix.`, under the rest of their names."""
        if prefix not in self._groups:
            start = prefix + "."
            found = {name[len(start) :]: view for name, view in self._views.items() if name.startswith(start)}
            self._groups[prefix] = found
        return self._groups[prefix]

    def part(self, prefix: str) -> "Parameters":
        """The arrays whose names begin with `prefix.`, which stand together, as parameters over the same buffer."""
        if prefix not in self._parts:
            self._parts[prefix] = self._part(prefix)
        return self._parts[prefix]

    def _part(self, prefix: str) -> "Parameters":
        start = prefix + "."
        names = [name for name in self.shapes if name.startswith(start)]
        before = 0
        for name, shape in self.shapes.items():
            if name == names[0]:
                break
            before += prod(shape)
        shapes = {name[len(start) :]: self.shapes[name] for name in names}
        size = sum(prod(shape) for shape in shapes.values())
        return Parameters(shapes, self.flat[before : before + size])

    def zeros(self) -> "Parameters":
        """Zeros of the same layout and dtype."""
        return Parameters(self.shapes, aligned_zeros(self.flat.shape, self.flat.dtype))

    def copy(self) -> "Parameters":
        """The same numbers in a buffer of their own."""
        return Parameters(self.shapes, self.flat.copy())

    def astype(self, dtype: Any) -> "Parameters":
        """The same numbers in another dtype, in a buffer of their own."""
        return Parameters(self.shapes, self.flat.astype(dtype))
