"""Large matrix products as several small ones, where those are faster.

OpenBLAS, which NumPy's wheels bring, packs copies of the matrices before it multiplies them; of at most 100^3
multiplications its kernels for AVX-512 make none and read them where they lie. In float32, small products were measured
at 145 to 170 thousand million operations a second, the same work in one product at 105 to 135; float64 gains less. Other
kernels pack always, and lose by pieces: nothing is cut until a caller that knows the kernels says so
(`in_small_products`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np

from rnn_cli.core.arrays import Array

SMALL = 0
"""Multiplications of a product that is small; 0: no product is cut. One for the process, set by `in_small_products`."""

FEWEST = 8
"""The fewest rows that a product may have: products with fewer rows are slower again."""

TILES = ((64, 64), (64, 32), (32, 64), (32, 32))
"""Rows and columns of the results that a sum of outer products is cut into."""


@contextmanager
def in_small_products(most: int) -> Iterator[None]:
    """Cut products into pieces of at most this many multiplications while the block runs."""
    before = SMALL
    _cut_at(most)
    try:
        yield
    finally:
        _cut_at(before)


def _cut_at(most: int) -> None:
    global SMALL
    SMALL = most
    together.cache_clear()
    tile.cache_clear()


@cache
def together(rows: int, each: int) -> int:
    """How many rows to multiply at a time: a divisor of `rows`, so many that their product is small, or all.

    each: multiplications of one row.
    """
    if rows * each <= SMALL or not SMALL:
        return rows
    divisors = (count for count in range(SMALL // each, FEWEST - 1, -1) if rows % count == 0)
    return next(divisors, rows)


def times(v: Array, W: Array, out: Array) -> Array:
    """v W, written into out, which lies in one piece: (rows, n) (n, k) -> (rows, k)."""
    m = together(len(v), W.size)
    if m == len(v):
        v.dot(W, out=out)
    else:
        assert out.flags.c_contiguous, "what is written to a copy is lost"
        np.matmul(v.reshape(-1, m, v.shape[1]), W, out=out.reshape(-1, m, W.shape[1]))
    return out


def multiplier(W: Array, rows: int) -> Callable[[Array, Array], Array]:
    """A function that writes v W into out for many v of `rows` rows: like `times`, but it chooses once."""
    if together(rows, W.size) == rows:
        return lambda v, out: v.dot(W, out=out)
    return lambda v, out: times(v, W, out)


def gates_times(v: Array, W: Array, out: Array) -> Array:
    """v W of each gate, written into out, which lies in one piece: v (rows, n) for all gates, or (G, rows, n);
    W (G, n, k) -> (G, rows, k)."""
    rows, n = v.shape[-2:]
    m = together(rows, W[0].size)
    if m == rows:
        np.matmul(v, W, out=out)
    else:
        assert out.flags.c_contiguous, "what is written to a copy is lost"
        np.matmul(v.reshape(*v.shape[:-2], -1, m, n), W[:, None], out=out.reshape(len(W), -1, m, W.shape[2]))
    return out


def outer_sums(left: Array, right: Array) -> Array:
    """The sum over rows of left ⊗ right, for each gate: left (G, rows, n), right (rows, k) -> (G, n, k)."""
    gates, rows, n = left.shape
    k = right.shape[1]
    a, b = tile(n, k, rows)
    if (a, b) == (n, k):
        whole: Array = np.matmul(left.transpose(0, 2, 1), right)
        return whole
    sums = np.empty((gates, n, k), dtype=np.result_type(left, right))
    np.matmul(
        left.reshape(gates, rows, n // a, a).transpose(0, 2, 3, 1)[:, :, None],
        right.reshape(rows, k // b, b).transpose(1, 0, 2),
        out=sums.reshape(gates, n // a, a, k // b, b).transpose(0, 1, 3, 2, 4),
    )
    return sums


def chosen_times(left: Array, right: Array) -> Array:
    """left right of each gate, left being a choice of rows: (n, rows) (G, rows, k) -> (G, n, k)."""
    gates, rows, k = right.shape
    n = len(left)
    cut = n * rows * k > SMALL
    b = next((b for b in (64, 32) if cut and not k % b and n * rows * b <= SMALL), k)
    if b == k:
        whole: Array = np.matmul(left, right)
        return whole
    out = np.empty((gates, n, k), dtype=np.result_type(left, right))
    parts = right.reshape(gates, rows, k // b, b).transpose(0, 2, 1, 3)
    np.matmul(left, parts, out=out.reshape(gates, n, k // b, b).transpose(0, 2, 1, 3))
    return out


@cache
def tile(n: int, k: int, rows: int) -> tuple[int, int]:
    """The tiles that an n by k sum over the rows is cut into: the largest that are small products, or none."""
    if n * k * rows <= SMALL or not SMALL:
        return n, k
    fitting = ((a, b) for a, b in TILES if not n % a and not k % b and a * b * rows <= SMALL)
    return next(fitting, (n, k))
