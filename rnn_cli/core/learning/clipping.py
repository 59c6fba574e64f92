"""Gradient clipping, by global norm or by value.

    by global norm c    g <- g * c / max(‖g‖, c)                 keeps the direction
    by value v          g_i <- min(max(g_i, -v), v)              changes the direction

Source: Pascanu, Mikolov and Bengio (2013), section 3.2 (norm). PyTorch's clip_grad_norm_ divides by ‖g‖ + 1e-6; here
the clipped norm is the limit itself.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.norms import cosine, norm

GLOBAL_NORM, VALUE = "global norm", "value"

SMALLEST_SCALE = 1e-30
"""A factor that is no smaller keeps all its digits in float32 too."""


@dataclass(frozen=True, eq=False)
class Clipped:
    """A clipped gradient: `scale` is the factor of the whole (by norm), or None; `cosine` is the angle's cosine."""

    kind: str
    limit: float
    gradient: Array
    norm_before: float
    norm_after: float
    scale: float | None
    cosine: float
    changed: int


def clip(gradient: Array, kind: str, limit: float) -> Clipped:
    """Clip a flat gradient (N,)."""
    before = norm(gradient)
    if kind == GLOBAL_NORM:
        scale = limit / before if before > limit else 1.0
        clipped = scaled_to(gradient, limit, before) if before > limit else gradient * 1.0
        return Clipped(kind, limit, clipped, before, norm(clipped), scale, 1.0, gradient.size if scale < 1 else 0)
    clipped = np.clip(gradient, -limit, limit)
    return Clipped(
        kind, limit, clipped, before, norm(clipped), None, cosine(gradient, clipped), int((clipped != gradient).sum())
    )


def scaled_to(gradient: Array, limit: float, size: float) -> Array:
    """The gradient, whose norm is `size`, brought to the norm `limit`."""
    scale = limit / size
    if scale > SMALLEST_SCALE:
        return gradient * scale
    largest = np.abs(gradient).max()  # the norm or its inverse would leave the range of floats, the direction does not
    direction = gradient / largest
    scaled: Array = direction * (limit / norm(direction))
    return scaled
