"""The leading singular values of long products: against the algorithm for all values, and against 150-digit arithmetic."""

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.forward import run_forward
from rnn_cli.core.gradients import leading_product, measures
from rnn_cli.core.gradients.flow import chain_of, flow
from rnn_cli.core.gradients.leading import SHOWN, Leading, leading_of
from rnn_cli.core.gradients.leading_product import LeadingProduct
from rnn_cli.core.gradients.long_products import identity, multiply
from rnn_cli.core.gradients.svd import graded_singular_values, log_singular_values
from rnn_cli.core.network import FORWARD
from tests.support.networks import architecture_of, random_network, random_sequence

PROMISED = 1e-6
SIZE = 20


def rotation(generator: np.random.Generator, n: int = SIZE) -> Array:
    return np.asarray(np.linalg.qr(generator.standard_normal((n, n)))[0])


def spread(generator: np.random.Generator, sizes: Array) -> Array:
    """A matrix with these singular values, in random directions."""
    return np.asarray(rotation(generator, len(sizes)) * sizes @ rotation(generator, len(sizes)))


def saturated(generator: np.random.Generator, sizes: Array) -> Array:
    return np.asarray(np.random.default_rng(1).permutation(sizes)[:, None] * generator.standard_normal((SIZE, SIZE)))


def dead(generator: np.random.Generator, sizes: Array) -> Array:
    alive = generator.uniform(size=(len(sizes), 1)) > 0.2
    return np.asarray(alive * generator.standard_normal((SIZE, SIZE)))


def check(found: Leading, exact: Array) -> None:
    """Every value that is shown is right, and no other is larger than the bound says."""
    shown = len(found.log_values)
    assert np.array_equal(np.isneginf(found.log_values), np.isneginf(exact[:shown]))
    finite = ~np.isneginf(exact[:shown])
    assert np.abs(np.expm1(found.log_values[finite] - exact[:shown][finite])).max(initial=0) < PROMISED
    assert found.log_rest is not None
    assert exact[shown] <= found.log_rest + 1e-9


def leading_rows(factors: Sequence[Array], ks: set[int]) -> dict[int, Leading]:
    product, rows = LeadingProduct(len(factors[0]), 1), {}
    for k, J in enumerate(reversed(factors), start=1):
        product.add(J)
        if k in ks:
            rows[k] = product.leading()
    return rows


@settings(max_examples=15)
@given(
    st.sampled_from([spread, saturated, dead]),
    st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    st.integers(0, SIZE),
    st.integers(2, 30),
    st.integers(0, 10**6),
)
def test_what_is_shown_is_right(
    make: Callable[[np.random.Generator, Array], Array], decades: float, large: int, steps: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    sizes = 10.0 ** (-decades * np.arange(SIZE))
    sizes[:large] = sizes[0]
    factors = [make(generator, sizes) for _ in range(steps)]
    whole, ks = identity(SIZE), {1, 2, 5, steps // 2, steps}
    rows = leading_rows(factors, ks)
    for k, J in enumerate(reversed(factors), start=1):
        whole = multiply(J.T, whole)
        if k in ks:
            check(rows[k], log_singular_values(whole.log_scale[None], whole.U[None])[0])
    if decades <= 0.05 and make is spread:
        assert {len(row.log_values) for row in rows.values()} == {SHOWN}


@pytest.mark.parametrize("decades", [0.0, 0.25, 12 / 9])
def test_against_150_digits(decades: float) -> None:
    """Per step the first value is as large as the ninth, 180 times, and 10^12 times as large."""
    generator, n, steps = np.random.default_rng(2), 12, 8
    factors = [spread(generator, 10.0 ** (-decades * np.arange(n))) for _ in range(steps)]
    rows = leading_rows(factors, {steps})
    with mpmath.workdps(150):
        whole = mpmath.eye(n)
        for J in factors:
            whole = mpmath.matrix(J.tolist()) * whole
        exact = np.array(
            [float(mpmath.log(one)) for one in sorted(mpmath.svd_r(whole, compute_uv=False), reverse=True)]
        )
    check(rows[steps], exact)
    assert len(rows[steps].log_values) >= (SHOWN if decades < 1 else 3)


def test_what_was_lost_and_counts_later_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten steps make the last directions small, ten more make them the largest: rounding and what was left out decide then."""
    Q = rotation(np.random.default_rng(3))
    small, large = (Q * 10.0 ** (sign * np.arange(SIZE)) @ Q.T for sign in (-0.6, 0.6))
    factors = [large] * 10 + [small] * 10  # the last are multiplied first
    rows = leading_rows(factors, {10, 20})
    assert (len(rows[10].log_values), len(rows[20].log_values)) == (SHOWN, 0)
    for estimate in ("ROUNDING", "NORM_FROM_PROBES"):
        monkeypatch.setattr(leading_product, estimate, 0.0)
    assert len(leading_rows(factors, {20})[20].log_values) == SHOWN  # it is the estimates that tell


def test_zeros_and_ranks() -> None:
    generator = np.random.default_rng(4)
    product = LeadingProduct(SIZE, 1)
    product.add(np.zeros((SIZE, SIZE)))
    assert np.isneginf(product.leading().log_values).all()
    three = leading_of(generator.standard_normal((SIZE, 3)) @ generator.standard_normal((3, SIZE)))
    assert len(three.log_values) == 3
    assert three.log_rest is not None
    assert three.log_rest < three.log_values[-1] - 20


def test_groups_far_apart_are_what_jacobi_finds() -> None:
    generator = np.random.default_rng(5)
    d = -np.sort(np.concatenate([generator.uniform(0, 1, 7), generator.uniform(40, 41, 8), [90.0, 200.0]]))
    d = np.sort(d)[::-1]
    U = generator.standard_normal((len(d), SIZE))
    U /= np.linalg.norm(U, axis=1, keepdims=True)
    square = np.zeros((SIZE, SIZE))
    square[: len(d)] = U
    padded = np.append(d, np.full(SIZE - len(d), -np.inf))
    jacobi = log_singular_values(padded[None], square[None])[0][: len(d)]
    assert np.allclose(graded_singular_values(d, U), jacobi, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["lstm", "gru reset after", "rnn tanh", "slstm"])
def test_the_flow_of_a_large_state_is_that_with_all_values(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "ALL_UP_TO", 4)
    monkeypatch.setattr("rnn_cli.core.gradients.flow.ALL_UP_TO", 4)
    network = random_network(architecture_of(kind, 3, 12), scale=2.0)
    run = run_forward(network, random_sequence(16, 3)[:, None])
    chain, told = chain_of(network, run, 0, FORWARD), []
    error = np.random.default_rng(6).standard_normal(12)
    few = flow(chain, error, watch=lambda done, of: told.append((done, of)))
    every = flow(chain, error, all_values=True)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    assert few.size == every.size == chain.size
    pairs: list[Any] = [*zip(few.rows, every.rows, strict=True), *zip(few.jacobians, every.jacobians, strict=True)]
    for one, other in pairs:
        shown = len(one.log_singular_values)
        assert 2 < shown <= SHOWN
        assert np.allclose(one.log_singular_values, other.log_singular_values[:shown], rtol=0, atol=1e-8)
        assert len(other.log_singular_values) == chain.size
        assert other.log_rest is None
        assert one.log_rest is not None
        assert other.log_singular_values[shown] <= one.log_rest + 1e-9 < one.log_singular_values[-1] + 1e-6
    for row, whole in zip(few.rows, every.rows, strict=True):
        assert row.log_blocks == pytest.approx(whole.log_blocks, abs=1e-8)
        assert row.log_errors == pytest.approx(whole.log_errors, abs=1e-9)
        assert row.log_factor == (None if whole.log_factor is None else pytest.approx(whole.log_factor, abs=1e-9))
    assert (few.by_product.under, few.by_product.stays_under) == (every.by_product.under, every.by_product.stays_under)
    assert few.by_product.every
    assert few.benettin == pytest.approx(every.benettin[:SHOWN], abs=0.1)


def test_the_norm_of_a_product_that_has_come_to_zero() -> None:
    product = LeadingProduct(SIZE, 1)
    product.add(2 * np.eye(SIZE))
    assert product.log_norm() == pytest.approx(np.log(2))
    product.add(np.zeros((SIZE, SIZE)))
    assert product.log_norm() == -np.inf
