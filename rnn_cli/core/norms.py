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
    return largest * _spectral(M / largest)


def log_norm(v: Array) -> float:
    """ln of the length of a vector, or of the spectral norm of a matrix; -inf for 0."""
    largest = float(np.abs(v).max())
    return -np.inf if largest == 0 else float(np.log(largest) + np.log(_spectral(v / largest)))


MANY, TURNS, CLOSE = 64, 80, 1e-10
"""From so many rows on Lanczos finds a spectral norm: in so many turns to this accuracy, or else an SVD does."""

NOTHING_NEW = 1e-12
"""What is left of a vector when the former ones are taken out: less is rounding, and may point along one of them again."""


def _spectral(M: Array) -> float:
    if M.ndim < 2 or min(M.shape) < MANY:
        return float(np.linalg.norm(M, 2))
    found = _by_lanczos(M)
    return float(np.linalg.norm(M, 2)) if found is None else found


def _by_lanczos(M: Array) -> float | None:
    """The largest singular value, by Golub and Kahan's bidiagonalisation, with the v_k orthogonalised again; None where it is slow.

    The largest value theta of the small matrix B = U^T M V is below that of M. The rest beta of the next vector bounds the error:
    some singular value of M lies within beta |y_k| of theta, y the small matrix's left vector, and the square of that over the
    distance to the next value is the error of theta.
    """
    m, n = M.shape
    V, u, B = np.zeros((TURNS + 1, n)), np.zeros(m), np.zeros((TURNS, TURNS + 1))
    V[0] = np.random.default_rng(0).standard_normal(n)
    V[0] /= np.linalg.norm(V[0])
    for k in range(TURNS):
        u = M @ V[k] - (B[k - 1, k] if k else 0.0) * u
        B[k, k] = np.linalg.norm(u)
        if B[k, k] == 0:
            return float(np.linalg.norm(B[:k, : k + 1], 2)) if k else None
        u /= B[k, k]
        v = u @ M
        whole = float(np.linalg.norm(v))
        for _ in range(2):
            v -= (V[: k + 1] @ v) @ V[: k + 1]
        B[k, k + 1] = beta = float(np.linalg.norm(v))
        if beta <= NOTHING_NEW * whole or k % 8 == 7:
            y, theta, _ = np.linalg.svd(B[: k + 1, : k + 1])
            off, apart = beta * abs(float(y[-1, 0])) / theta[0], 1 - theta[1] / theta[0] if k else 1.0
            if off < CLOSE or off * off < CLOSE / 10 * apart:
                return float(theta[0])
        V[k + 1] = v / beta
    return None


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
