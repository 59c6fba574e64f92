"""Losses and their derivatives."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.losses import CROSS_ENTROPY, LOSSES, MSE, loss_of, total_loss
from tests.support.networks import seeds

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=2).map(tuple)


def case(kind: str, shape: tuple[int, ...], classes: int, seed: int) -> tuple[Array, Array, Array]:
    generator = np.random.default_rng(seed)
    logits = 3 * generator.standard_normal((*shape, classes))
    targets = (
        generator.integers(0, classes, shape) if kind == CROSS_ENTROPY else generator.standard_normal(logits.shape)
    )
    return logits, targets, generator.uniform(0, 2, shape)


@given(kind=st.sampled_from(sorted(LOSSES)), shape=shapes, classes=st.integers(1, 5), seed=seeds, mean=st.booleans())
def test_the_derivative_is_that_of_the_loss(
    kind: str, shape: tuple[int, ...], classes: int, seed: int, mean: bool
) -> None:
    logits, targets, weights = case(kind, shape, classes, seed)
    found = loss_of(kind, logits, targets, weights, mean)
    scale = weights.sum() if mean else 1.0
    assert found.total == pytest.approx((found.each * weights).sum() / scale)
    assert found.total == pytest.approx(total_loss(kind, logits, targets, weights).real / scale)
    assert (found.kind, found.each.shape, found.dlogits.shape) == (kind, shape, logits.shape)
    v = np.random.default_rng(seed).standard_normal(logits.shape)
    exact = total_loss(kind, logits + 1e-30j * v, targets, weights).imag / 1e-30 / scale
    assert (found.dlogits * v).sum() == pytest.approx(exact, rel=1e-12, abs=1e-13)


@given(shape=shapes, classes=st.integers(1, 5), seed=seeds)
def test_cross_entropy_is_its_formula(shape: tuple[int, ...], classes: int, seed: int) -> None:
    logits, targets, weights = case(CROSS_ENTROPY, shape, classes, seed)
    found = loss_of(CROSS_ENTROPY, logits, targets, weights)
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    onehot = np.eye(classes)[targets]
    np.testing.assert_allclose(found.each, -np.log((p * onehot).sum(axis=-1)), atol=1e-13)
    np.testing.assert_allclose(found.dlogits, (p - onehot) * weights[..., None], atol=1e-14)
    np.testing.assert_allclose(found.dlogits.sum(axis=-1), 0, atol=1e-14)


def test_mse_is_the_mean_over_the_outputs() -> None:
    found = loss_of(MSE, np.array([[1.0, 3.0]]), np.array([[0.0, 1.0]]))
    assert found.total == 2.5
    np.testing.assert_array_equal(found.dlogits, [[1.0, 2.0]])


def test_weights_of_zero_leave_a_step_out() -> None:
    logits = np.array([[1.0, 2.0], [500.0, -500.0]])
    found = loss_of(CROSS_ENTROPY, logits, np.array([0, 1]), np.array([1.0, 0.0]))
    assert found.total == pytest.approx(np.log(1 + np.e))
    assert not found.dlogits[1].any()
    assert found.each[1] == 1000


def test_certainty_neither_overflows_nor_is_infinite() -> None:
    found = loss_of(CROSS_ENTROPY, np.array([[1e4, -1e4]]), np.array([1]))
    assert found.total == 2e4
    np.testing.assert_array_equal(found.dlogits, [[1.0, -1.0]])


def test_a_loss_that_does_not_count_may_be_infinite() -> None:
    logits = np.array([[1.0, 2.0], [1e308, -1e308]])
    with np.errstate(over="ignore", invalid="ignore"):
        found = loss_of(CROSS_ENTROPY, logits, np.array([0, 1]), np.array([1.0, 0.0]))
    assert found.each[1] == np.inf
    assert found.total == pytest.approx(np.log(1 + np.e))


def test_what_all_complex_logits_have_in_common_is_left_out() -> None:
    logits = np.array([[1e300 + 1e270j, 1e300 + 1e270j]])
    found = total_loss(CROSS_ENTROPY, logits, np.array([1]))
    assert found == pytest.approx(np.log(2))


def test_pytorchs_losses() -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
    for kind in LOSSES:
        logits, targets, _ = case(kind, (3, 4), 5, 1)
        x = torch.tensor(logits, requires_grad=True)
        if kind == MSE:
            loss = torch.nn.functional.mse_loss(x, torch.tensor(targets))
        else:
            loss = torch.nn.functional.cross_entropy(x.reshape(-1, 5), torch.tensor(targets.ravel()))
        loss.backward()
        found = loss_of(kind, logits, targets, mean=True)
        assert found.total == pytest.approx(loss.item(), rel=1e-13)
        np.testing.assert_allclose(found.dlogits, x.grad.numpy(), atol=1e-15)


def test_an_unknown_loss_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        loss_of("hinge", np.zeros((1, 2)), np.array([0]))


@given(seed=seeds, classes=st.integers(1, 4), scale=st.sampled_from((1.0, 8.0, 100.0)), single=st.booleans())
def test_a_cross_entropy_is_never_below_0_and_of_one_class_it_is_0(
    seed: int, classes: int, scale: float, single: bool
) -> None:
    generator = np.random.default_rng(seed)
    logits = (scale * generator.standard_normal((50, classes))).astype(np.float32 if single else np.float64)
    each = loss_of(CROSS_ENTROPY, logits, logits.argmax(axis=-1)).each
    assert each.min() >= 0
    assert classes > 1 or not each.any()
