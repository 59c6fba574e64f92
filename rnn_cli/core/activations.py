"""Activations, their derivatives, and softmax. Everything takes real arrays; what is analytic takes complex ones too.

    sigmoid(a) = 1 / (1 + e^-a) = (1 + tanh(a/2)) / 2          never overflows in the second form
    softmax(y)_k = e^(y_k - max y) / sum_j e^(y_j - max y)

An activation's derivative is written with its value y = f(a): that is all that a backward pass keeps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array


@dataclass(frozen=True)
class Activation:
    """An elementwise function with its derivative.

    `derivative(y)` is f'(a) as a function of y = f(a). `analytic` says whether the complex step applies. `in_place`
    writes f(a) over a real a.
    """

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    derivative_formula: str
    analytic: bool
    in_place: Callable[[Array], object]


def sigmoid(a: Array) -> Array:
    """1 / (1 + e^-a), in the form that cannot overflow."""
    half: Array = 0.5 * np.tanh(0.5 * a) + 0.5
    return half


def relu(a: Array) -> Array:
    """max(a, 0)."""
    positive: Array = np.maximum(a, 0)
    return positive


def _sigmoid_in_place(a: Array) -> None:
    a *= 0.5
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5


TANH = Activation("tanh", np.tanh, lambda y: 1 - y * y, "1 - h^2", analytic=True, in_place=lambda a: np.tanh(a, out=a))
SIGMOID = Activation("sigmoid", sigmoid, lambda y: y * (1 - y), "s (1 - s)", analytic=True, in_place=_sigmoid_in_place)
RELU = Activation(
    "relu",
    relu,
    lambda y: (y > 0).astype(y.dtype),
    "1 where a > 0, else 0",
    analytic=False,
    in_place=lambda a: np.maximum(a, 0, out=a),
)

ACTIVATIONS = {activation.name: activation for activation in (TANH, SIGMOID, RELU)}


def softmax(logits: Array) -> Array:
    """Softmax over the last axis.

    logits (..., C) -> probabilities (..., C)
    """
    e = np.exp(logits - logits.real.max(axis=-1, keepdims=True))
    probabilities: Array = e / e.sum(axis=-1, keepdims=True)
    return probabilities


def log_softmax(logits: Array) -> Array:
    """log softmax(logits) over the last axis, without taking the logarithm of a number that underflowed.

    logits (..., C) -> (..., C)
    """
    shifted = logits - logits.real.max(axis=-1, keepdims=True)
    log_probabilities: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probabilities
