"""Singular values of long products, against 250-digit arithmetic: right down to the smallest."""

from collections.abc import Sequence

import mpmath
import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.long_products import LongProduct, identity, multiply
from rnn_cli.core.gradients.svd import log_singular_values

SIZE = 10


def product(factors: Sequence[Array]) -> LongProduct:
    """The last factor times … times the first, kept transposed, as the backward pass multiplies."""
    long = identity(len(factors[0]))
    for J in reversed(factors):
        long = multiply(J.T, long)
    return long


def ours(factors: Sequence[Array]) -> Array:
    long = product(factors)
    values: Array = log_singular_values(long.log_scale[None], long.U[None])[0]
    return values


def exact(factors: Sequence[Array], digits: int) -> Array:
    """The logarithms in `digits`-digit arithmetic; -inf where a value is no more than that arithmetic's rounding."""
    with mpmath.workdps(digits):
        whole = mpmath.eye(len(factors[0]))
        for J in factors:
            whole = mpmath.matrix(J.tolist()) * whole
        values = sorted(mpmath.svd_r(whole, compute_uv=False), reverse=True)
        floor = mpmath.mpf(10) ** (-digits + 60)
        return np.array([float(mpmath.log(value)) if value > floor else -np.inf for value in values])


def relative_errors(factors: Sequence[Array], digits: int = 250) -> Array:
    a, b = ours(factors), exact(factors, digits)
    assert np.array_equal(np.isneginf(a), np.isneginf(b))
    finite = ~np.isneginf(b)
    errors: Array = np.abs(np.expm1(a[finite] - b[finite]))
    return errors


def vanilla_jacobians(steps: int, gain: float, seed: int) -> list[Array]:
    """diag(1 - h^2) W_hh along a random run of a tanh RNN."""
    generator = np.random.default_rng(seed)
    W = gain * generator.standard_normal((SIZE, SIZE)) / np.sqrt(SIZE)
    h, factors = np.zeros(SIZE), []
    for _ in range(steps):
        h = np.tanh(W @ h + generator.standard_normal(SIZE))
        factors.append((1 - h * h)[:, None] * W)
    return factors


@pytest.mark.parametrize("gain", [0.5, 1.0, 1.5, 3.0])
def test_a_vanilla_rnns_product_of_50_is_right_down_to_the_smallest(gain: float) -> None:
    factors = vanilla_jacobians(50, gain, seed=int(10 * gain))
    errors = relative_errors(factors, 200 if gain <= 1 else 320)
    assert errors.max() < 1e-8
    assert len(errors) == SIZE


def random_matrix(seed: int) -> Array:
    return np.random.default_rng(seed).standard_normal((SIZE, SIZE))


def rotation(seed: int) -> Array:
    return np.asarray(np.linalg.qr(random_matrix(seed))[0])


def saturated(seed: int, decades: float) -> Array:
    slopes = 10 ** (-decades * np.random.default_rng(seed).uniform(0, 1, (SIZE, 1)))
    return np.asarray(slopes * random_matrix(0))


ILL_CONDITIONED = {
    "one saturated factor": ([saturated(1, 20)], 120),
    "saturated by up to 9 decades": ([saturated(k, 9) for k in range(30)], 420),
    "saturated by up to 20 decades": ([saturated(k, 20) for k in range(20)], 600),
    "condition 1e7 in all directions": ([rotation(k) * 10.0 ** -np.linspace(0, 7.5, SIZE) @ rotation(99) for k in range(20)], 300),
    "rotations": ([0.9 * rotation(k) for k in range(50)], 120),
    "a symmetric matrix": ([random_matrix(3) + random_matrix(3).T] * 40, 250),
}  # fmt: skip


@pytest.mark.parametrize("name", list(ILL_CONDITIONED))
def test_ill_conditioned_products(name: str) -> None:
    factors, digits = ILL_CONDITIONED[name]
    assert relative_errors(factors, digits).max() < 1e-8


def test_dead_units_give_exact_zeros() -> None:
    generator = np.random.default_rng(4)
    factors = [(generator.uniform(size=(SIZE, 1)) > 0.1) * random_matrix(5) for _ in range(12)]
    values = ours(factors)
    assert np.isneginf(values).any()
    assert relative_errors(factors, 400).max() < 1e-8


def test_zero_is_zero_and_one_unit_works() -> None:
    assert np.isneginf(ours([np.zeros((3, 3)), np.eye(3)])).all()
    assert ours([np.array([[-0.5]])] * 2000)[0] == pytest.approx(2000 * np.log(0.5), rel=1e-13)


def test_neither_overflow_nor_underflow_touches_them() -> None:
    Q = rotation(1)
    assert np.allclose(ours([1e200 * Q] * 100), 100 * 200 * np.log(10), rtol=1e-12)
    assert np.allclose(ours([1e-200 * Q] * 100), -100 * 200 * np.log(10), rtol=1e-12)


def test_a_stack_equals_its_matrices_one_by_one() -> None:
    products = [product(vanilla_jacobians(k, 1.0, seed=k)) for k in range(1, 30, 4)]
    stack = log_singular_values(np.stack([g.log_scale for g in products]), np.stack([g.U for g in products]))
    for values, one in zip(stack, products, strict=True):
        assert np.allclose(values, log_singular_values(one.log_scale[None], one.U[None])[0], rtol=1e-12, atol=1e-10)


def test_the_determinant_is_the_sum_of_the_exponents() -> None:
    factors = vanilla_jacobians(50, 1.0, seed=8)
    logs = sum(float(np.linalg.slogdet(J)[1]) for J in factors)
    assert ours(factors).sum() == pytest.approx(logs, rel=1e-10)
    assert product(factors).log_growth.sum() == pytest.approx(logs, rel=1e-10)
