"""The type of every array of the core, and how lists become arrays."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:  # numpy.typing is slow to import and only checkers read it
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[Any]
else:
    Array = np.ndarray

Packed: TypeAlias = Mapping[str, Array]
"""The parameters of one cell: W_x, W_h, b."""


def from_lists(data: Any) -> Array:
    """A float64 array from numbers in nested lists. ValueError or TypeError where one is no number or rows differ.

    NumPy alone would take "1", True and None for numbers.
    """
    if isinstance(data, list) and not all(map(_is_number, _leaves(data))):
        raise TypeError("not a number")
    return np.array(data, dtype=np.float64)


def _leaves(data: list[Any]) -> Iterator[Any]:
    for item in data:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
