"""The type of every array of the core, the way from lists to arrays, and the way to make an array read-only."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:  # numpy.typing is slow to import and only checkers read it
    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[Any]
else:
    Array = np.ndarray

Packed: TypeAlias = Mapping[str, Array]
"""The parameters of one cell: W_x, W_h, b."""


LINE = 64
"""Bytes of a line of the processor's cache."""

WORTH_ALIGNING = 1 << 13
"""Bytes from which an array is worth what it costs to align it."""


def aligned(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array not yet filled that begins with a line of cache, as NumPy's own do not: small products and sums read
    whole lines, and are up to a quarter faster."""
    dtype, size = np.dtype(dtype), prod(shape)
    if size * dtype.itemsize < WORTH_ALIGNING:
        return np.empty(shape, dtype=dtype)
    memory = np.empty(size + LINE // dtype.itemsize, dtype=dtype)
    start = -memory.ctypes.data % LINE // dtype.itemsize
    whole: Array = memory[start : start + size].reshape(shape)
    return whole


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    """The same, filled with zeros."""
    zeros = aligned(shape, dtype)
    zeros[...] = 0
    return zeros


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
