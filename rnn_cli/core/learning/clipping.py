"""Gradient clipping, by global norm or by value.

    by global norm c    g <- g * c / max(‖g‖, c)                 keeps the direction
    by value v          g_i <- min(max(g_i, -v), v)              changes the direction

Source: Pascanu, Mikolov and Bengio (2013), section 3.2 (norm). PyTorch's clip_grad_norm_ divides by ‖g‖ + 1e-6; here
the clipped norm is the limit itself.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array

GLOBAL_NORM, VALUE = "global norm", "value"


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
        clipped = gradient * scale
        return Clipped(kind, limit, clipped, before, norm(clipped), scale, 1.0, gradient.size if scale < 1 else 0)
    clipped = np.clip(gradient, -limit, limit)
    return Clipped(
        kind, limit, clipped, before, norm(clipped), None, cosine(gradient, clipped), int((clipped != gradient).sum())
    )


def norm(values: Array) -> float:
    """The Euclidean norm, without intermediate overflow or underflow."""
    largest = float(np.abs(values).max()) if values.size else 0.0
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm((values / largest).ravel()))


def cosine(a: Array, b: Array) -> float:
    """The cosine of the angle between two gradients; 1 where both are zero, 0 where one is, NaN where one is not finite."""
    size_a, size_b = norm(a), norm(b)
    if not (np.isfinite(size_a) and np.isfinite(size_b)):
        return float("nan")
    if size_a == 0 or size_b == 0:
        return float(size_a == size_b)
    value = float((a / size_a).ravel() @ (b / size_b).ravel())
    return max(-1.0, min(1.0, value))
