"""Optimisers: by hand over two steps, in place, of any size at once; that PyTorch's agree is in tests/oracle."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning import optimizers
from rnn_cli.core.learning.optimizers import OPTIMIZERS, SLOTS, Optimizer

KINDS = sorted(SLOTS)
theta, g1, g2, LR = 0.5, 0.2, -0.4, 0.1


def two_steps(optimizer: Optimizer) -> float:
    """One number after two updates with g1 and g2."""
    parameters = np.array([theta])
    optimizer.update(parameters, np.array([g1]), LR)
    optimizer.update(parameters, np.array([g2]), LR)
    return float(parameters[0])


def adam_by_hand(wd: float = 0.0, decoupled: bool = False) -> float:
    p, m, s = theta, 0.0, 0.0
    for t, g in ((1, g1), (2, g2)):
        if decoupled:
            p *= 1 - LR * wd
        else:
            g = g + wd * p
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        p -= LR * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return float(p)


def rmsprop_by_hand() -> float:
    p, s = theta, 0.0
    for g in (g1, g2):
        s = 0.99 * s + 0.01 * g * g
        p -= LR * g / (np.sqrt(s) + 1e-8)
    return float(p)


def test_by_hand() -> None:
    assert two_steps(Optimizer("sgd")) == pytest.approx(theta - LR * (g1 + g2), rel=1e-14)
    v = 0.7 * g1 + g2
    assert two_steps(Optimizer("momentum", momentum=0.7)) == pytest.approx(theta - LR * g1 - LR * v, rel=1e-14)
    assert two_steps(Optimizer("rmsprop")) == pytest.approx(rmsprop_by_hand(), rel=1e-14)
    assert two_steps(Optimizer("adam")) == pytest.approx(adam_by_hand(), rel=1e-14)
    assert two_steps(Optimizer("adam", 0.3)) == pytest.approx(adam_by_hand(0.3), rel=1e-14)
    assert two_steps(Optimizer("adamw", 0.3)) == pytest.approx(adam_by_hand(0.3, decoupled=True), rel=1e-14)


def test_sgd_with_weight_decay_by_hand() -> None:
    first = theta - LR * (g1 + 0.3 * theta)
    assert two_steps(Optimizer("sgd", 0.3)) == pytest.approx(first - LR * (g2 + 0.3 * first), rel=1e-14)


def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient() -> None:
    for scale in (1e-6, 1.0, 1e6):
        parameters = np.zeros(2)
        Optimizer("adam").update(parameters, np.array([scale, -scale]), LR)
        np.testing.assert_allclose(parameters, [-LR, LR], rtol=0.02)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_place_and_in_the_parameters_type(kind: str, dtype: type) -> None:
    generator = np.random.default_rng(0)
    parameters: Array = generator.standard_normal(7).astype(dtype)
    before, buffer = parameters.copy(), parameters
    optimizer = Optimizer(kind, 0.01)
    for _ in range(3):
        optimizer.update(parameters, generator.standard_normal(7).astype(dtype), LR)
    assert parameters is buffer
    assert parameters.dtype == dtype
    assert (parameters != before).all()
    assert optimizer.step == 3
    assert tuple(optimizer.slots) == SLOTS[kind]
    assert all(slot.dtype == dtype and slot.shape == (7,) for slot in optimizer.slots.values())


@pytest.mark.parametrize("kind", KINDS)
def test_each_number_goes_its_own_way(kind: str) -> None:
    generator = np.random.default_rng(1)
    start, gradients = generator.standard_normal(5), generator.standard_normal((4, 5))

    def after(part: slice) -> Array:
        parameters, optimizer = start[part].copy(), Optimizer(kind, 0.02)
        for gradient in gradients:
            optimizer.update(parameters, gradient[part].copy(), LR)
        return parameters

    alone = np.concatenate([after(slice(k, k + 1)) for k in range(5)])
    np.testing.assert_allclose(after(slice(None)), alone, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_parameters_are_no_different(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    start, gradients = generator.standard_normal(7), generator.standard_normal((3, 7))
    ends = []
    for length in (2, 3, 7):
        monkeypatch.setattr(optimizers, "BLOCK", length)
        parameters, optimizer = start.copy(), Optimizer(kind, 0.02)
        for gradient in gradients:
            optimizer.update(parameters, gradient.copy(), LR)
        ends.append(parameters.tobytes())
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_from_its_state(kind: str) -> None:
    generator = np.random.default_rng(2)
    start, gradients = generator.standard_normal(5), generator.standard_normal((6, 5))
    whole, one = start.copy(), Optimizer(kind, 0.02)
    for gradient in gradients:
        one.update(whole, gradient.copy(), LR)
    stepped, first = start.copy(), Optimizer(kind, 0.02)
    for gradient in gradients[:3]:
        first.update(stepped, gradient.copy(), LR)
    slots = {name: slot.copy() for name, slot in first.slots.items()}
    second = Optimizer(kind, 0.02, step=first.step, slots=slots)
    for gradient in gradients[3:]:
        second.update(stepped, gradient.copy(), LR)
    assert stepped.tobytes() == whole.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_it_finds_the_bottom_of_a_bowl(kind: str) -> None:
    parameters, optimizer = np.array([3.0, -2.0]), Optimizer(kind)
    for step in range(1500):
        optimizer.update(parameters, np.array([2.0, 0.6]) * parameters, 0.1 * 0.995**step)
    assert np.abs(parameters).max() < 1e-2


@pytest.mark.parametrize("kind", KINDS)
def test_no_gradient_no_change(kind: str) -> None:
    parameters = np.array([1.5, -2.0])
    Optimizer(kind).update(parameters, np.zeros(2), LR)
    assert parameters.tolist() == [1.5, -2.0]


def test_every_optimizer_says_what_it_keeps() -> None:
    assert OPTIMIZERS.keys() == SLOTS.keys()
    with pytest.raises(KeyError):
        Optimizer("lion").update(np.ones(1), np.ones(1), LR)
