"""Optimisers. Each works on one flat array of parameters and one of gradients, in place.

    sgd       v <- mu v + g             θ <- θ - lr v                      (mu = momentum, 0 by default)
    rmsprop   s <- a s + (1 - a) g^2    θ <- θ - lr g / (sqrt(s) + eps)
    adam      m <- b1 m + (1 - b1) g    s <- b2 s + (1 - b2) g^2
              θ <- θ - lr (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps)
    adamw     adam, with θ <- θ (1 - lr wd) before it; in the others weight decay adds wd θ to g

Sources: Polyak (1964); Tieleman and Hinton, lecture 6.5 (2012); Kingma and Ba, "Adam" (2015), algorithm 1; Loshchilov
and Hutter, "Decoupled weight decay regularization" (2019). The constants and the place of eps are PyTorch's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.memory import aligned_zeros

SLOTS = {
    "sgd": (),
    "momentum": ("velocity",),
    "rmsprop": ("square",),
    "adam": ("mean", "square"),
    "adamw": ("mean", "square"),
}


BLOCK = 1 << 15
"""The number of parameters updated at a time, so that they stay in the processor's cache from one pass to the next."""


@dataclass(eq=False)
class Optimizer:
    """One of OPTIMIZERS with its state: `slots` are arrays of the parameters' shape, `step` counts the updates.

    decayed   the places of the flat array that weight decay acts on: all of them unless told otherwise
    """

    kind: str
    weight_decay: float = 0.0
    momentum: float = 0.9
    decay: float = 0.99
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    step: int = 0
    slots: dict[str, Array] = field(default_factory=dict)
    decayed: tuple[slice, ...] = (slice(None),)

    def update(self, parameters: Array, gradient: Array, lr: float) -> None:
        """Change the parameters in place. The gradient's buffer may be used as scratch space."""
        if not self.slots:
            self.slots = {name: aligned_zeros(parameters.shape, parameters.dtype) for name in SLOTS[self.kind]}
        self.step += 1
        for part in self.decayed if self.weight_decay else ():
            if self.kind == "adamw":
                parameters[part] *= 1 - lr * self.weight_decay
            else:
                gradient[part] += self.weight_decay * parameters[part]
        for start in range(0, len(parameters), BLOCK):
            part = slice(start, start + BLOCK)
            slots = [self.slots[name][part] for name in SLOTS[self.kind]]
            OPTIMIZERS[self.kind](self, parameters[part], gradient[part], lr, *slots)


def _sgd(self: Optimizer, parameters: Array, gradient: Array, lr: float) -> None:
    gradient *= lr
    parameters -= gradient


def _momentum(self: Optimizer, parameters: Array, gradient: Array, lr: float, velocity: Array) -> None:
    velocity *= self.momentum
    velocity += gradient
    parameters -= lr * velocity


def _rmsprop(self: Optimizer, parameters: Array, gradient: Array, lr: float, square: Array) -> None:
    scratch = gradient * gradient
    scratch *= 1 - self.decay
    square *= self.decay
    square += scratch
    np.sqrt(square, out=scratch)
    scratch += self.eps
    gradient /= scratch
    gradient *= lr
    parameters -= gradient


def _adam(self: Optimizer, parameters: Array, gradient: Array, lr: float, mean: Array, square: Array) -> None:
    b1, b2 = self.betas
    scratch = gradient * (1 - b1)
    mean *= b1
    mean += scratch
    np.multiply(gradient, gradient, out=scratch)
    scratch *= 1 - b2
    square *= b2
    square += scratch
    np.sqrt(square, out=scratch)
    scratch /= np.sqrt(1 - b2**self.step)
    scratch += self.eps
    np.divide(mean, scratch, out=scratch)
    scratch *= lr / (1 - b1**self.step)
    parameters -= scratch


OPTIMIZERS: dict[str, Callable[..., None]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adam,
}
