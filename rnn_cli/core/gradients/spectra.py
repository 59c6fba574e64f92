"""What a recurrent matrix alone promises of its powers, and what that promise leaves out.

    spectral radius   max |lambda_i|: the rate of ||W^k|| as k goes to infinity
    spectral norm     ||W||: the most that one step can do
    departure         sqrt(||W||_F^2 - sum |lambda_i|^2) / ||W||_F, 0 for a normal matrix, towards 1 for one that is far from it

For a normal matrix ||W^k|| = radius^k. For the others the norm can grow for a while though the radius is below 1.

Source: Henrici, "Bounds for iterates, inverses, spectral variation and fields of values of non-normal matrices" (1962);
Trefethen and Embree, "Spectra and Pseudospectra" (2005), chapters 14 to 16.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.norms import spectral_norm


@dataclass(frozen=True)
class Spectrum:
    """The numbers of one matrix, named as in the equations (W_hh, W_hn, …)."""

    symbol: str
    radius: float
    norm: float
    departure: float


def spectrum_of(symbol: str, W: Array) -> Spectrum:
    """Eigenvalues against singular values of a square matrix (n, n)."""
    largest = max(float(np.abs(W).max()), np.finfo(W.dtype).tiny)
    scaled = W / largest  # no square of its numbers overflows
    sizes = eigenvalue_sizes(scaled)
    square = float((scaled * scaled).sum())
    departure = np.sqrt(max(square - float((sizes * sizes).sum()), 0.0) / square) if square else 0.0
    return Spectrum(symbol, largest * float(sizes.max()), spectral_norm(W), float(departure))


def eigenvalue_sizes(W: Array) -> Array:
    """|lambda_i| of a square matrix (n, n) -> (n,), computed from W / max |W_ij|.

    Where a power of W is 0 all eigenvalues are; computed, those of such a matrix are as large as eps^(1/n).
    """
    largest = max(float(np.abs(W).max()), np.finfo(W.dtype).tiny)
    if _nilpotent(W / largest):
        return np.zeros(len(W))
    sizes: Array = largest * np.abs(np.linalg.eigvals(W / largest))
    return sizes


FAR = 100
"""Powers that lie further apart are reached by squaring."""


def log_power_norms(W: Array, powers: Iterable[int]) -> dict[int, float]:
    """k -> ln ||W^k||, for ascending powers k >= 0; -inf where the power is 0."""
    squares = [_normalized(W, 0.0)]  # W, W^2, W^4, …, each with the logarithm of its scale
    power, at = (np.eye(len(W)), 0.0), 0
    logs: dict[int, float] = {}
    none_from = len(W) if _nilpotent(squares[0][0]) else None
    for k in powers:
        if none_from is not None and k >= none_from:
            logs[k] = -np.inf
            continue
        gap = k - at
        while gap > FAR and len(squares) < gap.bit_length():
            squares.append(_times(squares[-1], squares[-1]))
        while gap:
            j = gap.bit_length() - 1 if gap > FAR else 0
            power, gap = _times(power, squares[j]), gap - (1 << j)
        at = k
        rest, log_scale = power
        logs[k] = float(log_scale + np.log(np.linalg.norm(rest, 2))) if np.isfinite(log_scale) else -np.inf
    return logs


def rank_to_rounding(W: Array) -> int:
    """The rank of a matrix whose rows and columns may differ in scale: what its rounding errors could be counts as 0."""
    A = W.astype(np.float64)
    for axis in (1, 0, 1):
        largest = np.abs(A).max(axis=axis, keepdims=True)
        A = A / np.where(largest > 0, largest, 1)
    sizes = np.linalg.svd(A, compute_uv=False)
    return int((sizes > 4 * len(W) * np.finfo(np.float64).eps * sizes[0]).sum())


def _nilpotent(W: Array) -> bool:
    """Whether W^n is 0 to rounding; the trace of such a matrix is."""
    n, diagonal = len(W), np.diagonal(W)
    if abs(float(diagonal.sum())) > n * np.finfo(np.float64).eps * float(np.abs(diagonal).sum()):
        return False
    power = (W, 0.0)
    for _ in range(max(n - 1, 1).bit_length()):
        power = _times(power, power)
        if np.isneginf(power[1]):
            return True
    return not W.any()


def _times(A: tuple[Array, float], B: tuple[Array, float]) -> tuple[Array, float]:
    """The product of two matrices with their scales. Sums that could be rounding errors alone are 0."""
    product = A[0] @ B[0]
    bound = 4 * len(product) * np.finfo(product.dtype).eps * (np.abs(A[0]) @ np.abs(B[0]))
    return _normalized(np.where(np.abs(product) <= bound, 0.0, product), A[1] + B[1])


def _normalized(M: Array, log_scale: float) -> tuple[Array, float]:
    """e^log_scale M with M's largest entry brought to 1."""
    size = float(np.abs(M).max())
    return (M, -np.inf) if size == 0 else (M / size, log_scale + float(np.log(size)))
