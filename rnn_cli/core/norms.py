"""Norms and cosines whose squares neither overflow nor underflow: numbers are scaled by the largest of them first.

‖v‖ = m sqrt(sum of (v_i / m)^2),  m = max |v_i|        so only a norm that is itself too large for a float is inf
"""

import numpy as np

from rnn_cli.core.arrays import Array


def norm(values: Array) -> float:
    """The Euclidean norm of all numbers."""
    largest = float(np.abs(values).max()) if values.size else 0.0
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm((values / largest).ravel()))


def norms(values: Array) -> Array:
    """The Euclidean norms over the last axis: (…, n) -> (…,)."""
    largest = np.abs(values).max(axis=-1, initial=0.0)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1)
    scaled = values / scale[..., None]
    found: Array = scale * np.sqrt((scaled * scaled).sum(axis=-1))
    return found


def spectral_norm(M: Array) -> float:
    """The largest singular value of a matrix; NaN where a number is not finite."""
    largest = float(np.abs(M).max())
    if largest == 0 or not np.isfinite(largest):
        return 0.0 if largest == 0 else float("nan")
    return largest * float(np.linalg.norm(M / largest, 2))


def cosine(a: Array, b: Array) -> float:
    """The cosine of the angle between two gradients; 1 where both are zero, 0 where one is, NaN where one is not finite."""
    one, other = (float(np.abs(array).max()) if array.size else 0.0 for array in (a, b))
    if not (np.isfinite(one) and np.isfinite(other)):
        return float("nan")
    if one == 0 or other == 0:
        return float(one == other)
    a, b = a / one, b / other
    value = float((a / norm(a)).ravel() @ (b / norm(b)).ravel())
    return max(-1.0, min(1.0, value))
