"""Products in pieces are the products: whatever the sizes, the type and the layout."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast import products

CLOSE = {"f": 1e-4, "d": 1e-12, "D": 1e-12}
sizes = st.sampled_from([1, 3, 8, 16, 32, 64, 65, 96])
types = st.sampled_from(["f", "d", "D"])


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """Small products that small matrices do not fit in."""
    with products.in_small_products(16_000):
        yield


def random(seed: int, dtype: str, *shape: int) -> Array:
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


@example(rows=32, n=64, k=8, gates=2, dtype="d", seed=0)
@example(rows=8, n=64, k=64, gates=2, dtype="d", seed=0)
@given(rows=sizes, n=sizes, k=sizes, gates=st.integers(1, 4), dtype=types, seed=st.integers(0, 9))
def test_in_pieces_as_in_one(rows: int, n: int, k: int, gates: int, dtype: str, seed: int) -> None:
    """The examples are cut: the first in all products but the sums, the second in these. Few that are drawn are."""
    close = CLOSE[dtype]
    v, W = random(seed, dtype, rows, n), random(seed, dtype, gates, n, k)
    out = np.empty((rows, k), dtype)
    assert products.times(v, W[0], out) is out
    np.testing.assert_allclose(out, v @ W[0], rtol=close, atol=10 * close)
    np.testing.assert_array_equal(products.multiplier(W[0], rows)(v, np.empty_like(out)), out)
    for left in (v, random(seed + 1, dtype, gates, rows, n)):
        whole = np.empty((gates, rows, k), dtype)
        assert products.gates_times(left, W, whole) is whole
        np.testing.assert_allclose(whole, left @ W, rtol=close, atol=10 * close)
    da, h = random(seed, dtype, gates, rows, n), random(seed + 2, dtype, rows, k)
    side_by_side = np.ascontiguousarray(da.transpose(1, 0, 2)).transpose(1, 0, 2)
    for errors in (da, side_by_side):
        np.testing.assert_allclose(
            products.outer_sums(errors, h), errors.transpose(0, 2, 1) @ h, rtol=close, atol=10 * close
        )
    chosen = random(seed, dtype, k, rows)
    np.testing.assert_allclose(products.chosen_times(chosen, da), chosen @ da, rtol=close, atol=10 * close)


@pytest.mark.parametrize(
    ("rows", "each", "count"), [(64, 256, 32), (60, 256, 60), (64, 10_000, 64), (7, 100, 7), (640, 250, 64)]
)
def test_rows_together(rows: int, each: int, count: int) -> None:
    """A divisor of the rows; all of them where it would leave too few."""
    assert products.together(rows, each) == count


@pytest.mark.parametrize(
    ("n", "k", "rows", "pair"), [(20, 20, 20, (20, 20)), (64, 64, 15, (32, 32)), (64, 65, 15, (64, 65))]
)
def test_tiles(n: int, k: int, rows: int, pair: tuple[int, int]) -> None:
    assert products.tile(n, k, rows) == pair


def test_nothing_is_cut_where_nobody_asks() -> None:
    with products.in_small_products(0):
        assert products.together(64, 10**9) == 64
        assert products.tile(4096, 4096, 4096) == (4096, 4096)
    assert products.together(64, 256) == 32
