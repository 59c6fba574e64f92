"""Losses, with their derivatives with respect to the logits.

    cross-entropy     L = -log softmax(y)_k             dL/dy = softmax(y) - onehot(k)
    mse               L = mean over outputs of (y - v)^2    dL/dy = 2 (y - v) / C

    y    (C,), the logits: what the readout computes. C is the number of classes, or of outputs
    k    cross-entropy's target, the number of the right class. onehot(k) is 1 at k and 0 elsewhere
    v    (C,), mse's target: the values that the outputs should have had

And two of the states themselves, for a network without a readout, whose y is h:

    sum               L = sum over units of y               dL/dy = 1
    upstream error    L = sum over units of y v             dL/dy = v, an error that comes from elsewhere

Each prediction has a weight: 0 for padding and for steps that are not scored, a class's weight, or 1. The loss of
several predictions is their weighted sum, or that divided by the sum of the weights (PyTorch's mean).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnn_cli.core.activations import largest
from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.memory import aligned

CROSS_ENTROPY, MSE = "cross-entropy", "mse"
SUM, UPSTREAM = "sum", "dL-dh"


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss and its derivative.

    total    the loss: sum, or mean, of weight times each
    each     (…), the unweighted loss of each prediction
    dlogits  (…, C), the derivative of total
    """

    kind: str
    total: float
    each: Array
    dlogits: Array


def loss_of(kind: str, logits: Array, targets: Array, weights: Array | None = None, mean: bool = False) -> Loss:
    """The loss of predictions against targets.

    logits (…, C); targets (…) class numbers for cross-entropy, (…, C) values for mse; weights (…)
    KeyError where the loss is unknown.
    """
    weights = np.ones(logits.shape[:-1], dtype=logits.dtype) if weights is None else weights
    if mean:
        weights = weights / weights.sum()
    each, dlogits = ALL[kind](logits, targets, weights)
    total = float((each * weights).sum().real)
    if not np.isfinite(total):  # a loss that does not count does not count where it is infinite either: 0 * inf is NaN
        total = float(np.where(weights == 0, 0, each * weights).sum().real)
    return Loss(kind, total, each, dlogits)


def total_loss(kind: str, logits: Array, targets: Array, weights: Array | None = None, axis: int | None = None) -> Any:
    """The weighted sum alone, over all or over one axis, for real or complex logits: what the complex step differentiates."""
    each, _ = ALL[kind](logits, targets, np.ones(logits.shape[:-1]) if weights is None else weights)
    return (each if weights is None else each * weights).sum(axis=axis)


SAFE = 30.0
"""Logits no further from 0 can be exponentiated as they are, in float32 too: no row underflows, none overflows."""


def _cross_entropy(logits: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    """The losses of all predictions, and their derivative by the logits.

    `slope` is one array that is computed in place, to save memory: it holds e^y, or e^(y - max y) where that is safer, and at
    last dL/dy = weight * (softmax(y) - onehot(k)). `right` are the places of the right classes' logits.
    """
    flat = logits.reshape(-1, logits.shape[-1])
    right = np.arange(len(flat)), targets.ravel()
    real = flat.real
    slope = aligned(flat.shape, flat.dtype)
    alone = flat.shape[-1] == 1  # its probability is 1: y - max y gives a loss of exactly 0
    if not alone and real.min(initial=0.0) > -SAFE and real.max(initial=0.0) < SAFE and not _imaginary(flat):
        each = -flat[right]
        np.exp(flat, out=slope)
    else:
        np.subtract(flat, largest(flat), out=slope)
        each = -slope[right]
        np.exp(slope, out=slope)
    total = np.dot(slope, np.ones(flat.shape[-1], dtype=slope.dtype))
    each += np.log(total)
    if not np.iscomplexobj(each):
        np.maximum(each, 0, out=each)  # -log p is never negative: where p is 1, log and sum round past 0
    weights = (weights if weights.shape == targets.shape else np.broadcast_to(weights, targets.shape)).ravel()
    slope *= (weights / total)[:, None]
    slope[right] -= weights
    return each.reshape(targets.shape), slope.reshape(logits.shape)


def _imaginary(flat: Array) -> bool:
    """Whether an imaginary part is too large for its e^(iy) to mean anything."""
    return np.iscomplexobj(flat) and not np.abs(flat.imag).max(initial=0.0) < SAFE


def _mse(logits: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    error = logits - targets.astype(logits.dtype, copy=False)
    return (error * error).mean(axis=-1), (2 / logits.shape[-1]) * weights[..., None] * error


def _sum(logits: Array, _: Array, weights: Array) -> tuple[Array, Array]:
    return logits.sum(axis=-1), np.broadcast_to(weights[..., None], logits.shape).astype(logits.dtype)


def _upstream(logits: Array, targets: Array, weights: Array) -> tuple[Array, Array]:
    given = targets.astype(logits.dtype, copy=False)
    return (logits * given).sum(axis=-1), weights[..., None] * given


LOSSES = {CROSS_ENTROPY: _cross_entropy, MSE: _mse}
"""What a network can be trained on."""

ALL = {**LOSSES, SUM: _sum, UPSTREAM: _upstream}
