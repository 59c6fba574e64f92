"""Activations, their derivatives, and softmax. Everything takes real arrays; what is analytic takes complex ones too.

    sigmoid(a) = 1 / (1 + e^-a) = (1 + tanh(a/2)) / 2          never overflows in the second form
    softmax(y)_k = e^(y_k - max y) / sum_j e^(y_j - max y)

An activation's derivative is written with its value y = f(a): a backward pass keeps nothing else. For tanh,
f'(a) = 1 - tanh(a)^2 = 1 - y^2. So an activation fits here only if y alone determines its slope.

A function is analytic where it is differentiable for complex a as well. Then one value gives its derivative,
without a difference of two nearly equal ones:

    f(a + i eps) = f(a) + i eps f'(a) + …     so that f'(a) = Im f(a + i eps) / eps, right to the last digits for tiny eps

This is the complex step, and verification.py checks gradients with it. relu is not analytic: it compares a with 0, and
complex numbers have no order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array


@dataclass(frozen=True)
class Activation:
    """An elementwise function with its derivative.

    derivative   f'(a) as a function of y = f(a)
    slope        the formula of the derivative as text, with {y} for y
    steepest     the largest slope that it has anywhere
    analytic     whether the complex step applies
    flat_ends    whether the slope goes to 0 at both ends, for large a and for large -a: then y stays within bounds
    """

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    slope: str
    steepest: float = 1.0
    analytic: bool = True
    flat_ends: bool = True


def sigmoid(a: Array) -> Array:
    """1 / (1 + e^-a), in the form that cannot overflow."""
    y: Array = 0.5 * np.tanh(0.5 * a) + 0.5
    return y


def log_sigmoid(a: Array) -> Array:
    """ln sigmoid(a) = min(a, 0) - ln(1 + e^-|a|), which neither overflows nor loses a small sigmoid."""
    positive = a.real > 0
    low: Array = np.where(positive, 0, a) - np.log1p(np.exp(np.where(positive, -a, a)))
    return low


def relu(a: Array) -> Array:
    """max(a, 0)."""
    positive: Array = np.maximum(a, 0)
    return positive


TANH = Activation("tanh", np.tanh, lambda y: 1 - y * y, "(1 - {y}^2)")
SIGMOID = Activation("sigmoid", sigmoid, lambda y: y * (1 - y), "{y} (1 - {y})", steepest=0.25)
RELU = Activation(
    "relu", relu, lambda y: (y > 0).astype(y.dtype), "(1 where a_t > 0, else 0)", analytic=False, flat_ends=False
)
IDENTITY = Activation("identity", lambda a: a, np.ones_like, "1", flat_ends=False)
LOG_SIGMOID = Activation("log_sigmoid", log_sigmoid, lambda y: 1 - np.exp(y), "(1 - e^{y})", flat_ends=False)

ACTIVATIONS = {one.name: one for one in (TANH, SIGMOID, RELU, IDENTITY, LOG_SIGMOID)}


def largest(logits: Array) -> Array:
    """The logit with the largest real part of each row, (..., C) -> (..., 1).

    A complex one is taken whole: what all logits have in common goes, and the imaginary parts of large logits with it.
    """
    if not np.iscomplexobj(logits):
        most: Array = logits.max(axis=-1, keepdims=True)
        return most
    chosen: Array = np.take_along_axis(logits, logits.real.argmax(axis=-1)[..., None], -1)
    return chosen


def softmax(logits: Array) -> Array:
    """Softmax over the last axis.

    logits (..., C) -> probabilities (..., C)
    """
    e = np.exp(logits - largest(logits))
    probabilities: Array = e / e.sum(axis=-1, keepdims=True)
    return probabilities


def log_softmax(logits: Array) -> Array:
    """log softmax(logits) over the last axis, without taking the logarithm of a number that underflowed.

    logits (..., C) -> (..., C)
    """
    shifted = logits - largest(logits)
    log_probabilities: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probabilities
