"""float32: the numbers were rounded to a shorter type on the way."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.mistakes import Named, Pair


def explanations(one: Pair) -> Iterator[tuple[str, Named]]:
    """All arrays rounded to float32, bfloat16 and float16, the longest type first."""
    for name, rounded in (("float32", _float32), ("float16", _float16), ("bfloat16", _bfloat16)):
        yield f"b is a rounded to {name}", {key: rounded(array) for key, array in one.a.items()}
        yield f"a is b rounded to {name}", _where_a_is(one, rounded)


def _where_a_is(one: Pair, rounded: object) -> Named:
    """The arrays of b whose rounding is what a has."""
    assert callable(rounded)
    return {name: b for name, b in one.b.items() if name in one.a and np.array_equal(rounded(b), one.a[name])}


def _float32(array: Array) -> Array:
    return array.astype(np.float32).astype(np.float64)


def _float16(array: Array) -> Array:
    with np.errstate(over="ignore"):
        return array.astype(np.float16).astype(np.float64)


def _bfloat16(array: Array) -> Array:
    """The upper half of a float32, rounded to the nearest, ties to even."""
    bits = array.astype(np.float32).view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
    return bits.astype(np.uint32).view(np.float32).astype(np.float64)
