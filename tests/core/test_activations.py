"""Activations against mpmath, at sizes where careless forms overflow or lose their digits."""

import mpmath
import numpy as np
import pytest

from rnn_cli.core.activations import ACTIVATIONS, log_softmax, relu, sigmoid, softmax

POINTS = [-1e300, -800.0, -37.0, -5.0, -1e-3, -1e-12, 0.0, 1e-12, 0.5, 1.0, 20.0, 37.0, 800.0, 1e300]


@pytest.mark.parametrize("a", POINTS)
def test_sigmoid_is_that_of_arbitrary_precision(a: float) -> None:
    with mpmath.workdps(400):
        exact = float(1 / (1 + mpmath.exp(-mpmath.mpf(a)))) if abs(a) < 1e5 else float(a > 0)
    assert float(sigmoid(np.array(a))) == pytest.approx(exact, abs=1e-16, rel=4e-16)


def test_relu() -> None:
    assert relu(np.array([-2.0, -0.0, 0.0, 3.0])).tolist() == [0, 0, 0, 3]


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@pytest.mark.parametrize("a", [-3.0, -0.4, 0.0, 0.1, 2.5])
def test_derivative_is_the_complex_step(name: str, a: float) -> None:
    activation = ACTIVATIONS[name]
    assert activation.analytic
    step = 1e-30
    exact = activation.function(np.array(a + 1j * step)).imag / step
    assert float(activation.derivative(activation.function(np.array(a)))) == pytest.approx(float(exact), rel=1e-14)


def test_relus_derivative() -> None:
    activation = ACTIVATIONS["relu"]
    assert not activation.analytic
    assert activation.derivative(activation.function(np.array([-1.0, 0.0, 2.0]))).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "logits", [[0.0, 0.0], [1.0, 2.0, 3.0], [-1e3, 0.0, 1e3], [1e300, -1e300], [700.0, 710.0], [-745.0, -750.0]]
)
def test_softmax_is_that_of_arbitrary_precision(logits: list[float]) -> None:
    with mpmath.workdps(60):
        most = max(logits)
        e = [mpmath.exp(mpmath.mpf(value) - most) if value - most > -1e6 else mpmath.mpf(0) for value in logits]
        exact = [float(one / sum(e)) for one in e]
        logs = [float(mpmath.mpf(value) - most - mpmath.log(sum(e))) for value in logits]
    assert softmax(np.array(logits)) == pytest.approx(exact, rel=1e-14)
    assert log_softmax(np.array(logits)) == pytest.approx(logs, rel=1e-14)


def test_softmax_works_on_the_last_axis() -> None:
    logits = np.random.default_rng(0).standard_normal((3, 4, 5))
    together = softmax(logits)
    assert together.sum(axis=-1) == pytest.approx(np.ones((3, 4)), abs=1e-15)
    assert np.array_equal(together[1, 2], softmax(logits[1, 2]))
    assert np.exp(log_softmax(logits)) == pytest.approx(together, rel=1e-13)
