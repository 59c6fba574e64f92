"""Products of many matrices, kept in a form that neither overflows nor underflows.

    A = Q diag(e^d) U        Q orthogonal, d the logarithms of the scales, largest first, rows of U of length 1

The scales of a product of hundreds of Jacobians lie hundreds of orders of magnitude apart. Multiplied out, the small
ones drown in the rounding errors of the large ones; here each lives in its own entry of d, as a logarithm.

Multiplying M from the left takes a QR decomposition of M Q, its columns sorted by the scales that they carry:

    M A = (M Q P) diag(e^Pd) P^T U = Q' R diag(e^Pd) P^T U = Q' diag(e^d') U'

Rows of zeros and rows of very different length in M^T (units that are dead or saturated) would lose their small part in
that sum of columns. Their lengths s are split off first, M = N diag(s), and diag(s) A is decomposed with its rows
sorted by length, which keeps the error of each row relative to that row.

Sources: Loh and Gubernatis, "Stable numerical simulations of models of interacting electrons" (1992), the UDT form;
Cox and Higham, "Stability of Householder QR factorization for weighted least squares problems" (1998), row sorting;
Benettin et al., "Lyapunov characteristic exponents for smooth dynamical systems" (1980), the QR that grows d.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.norms import norms

SMALLEST, LARGEST = 1e-250, 300.0
"""Rows with a smaller largest entry, and scales (as logarithms) further out of order, are rescaled with more care."""

SPREAD = 1e-3
"""Columns of M whose lengths lie further apart than this are split off as a diagonal factor."""


@dataclass(frozen=True, eq=False)
class LongProduct:
    """A product A = Q diag(e^log_scale) U; Q (n, n), log_scale (n,) with -inf for an exact zero, U (n, n).

    log_growth (n,) sums up ln |R_ii| over all decompositions so far: Benettin's numbers.
    """

    Q: Array
    log_scale: Array
    U: Array
    log_growth: Array


def identity(n: int) -> LongProduct:
    """The empty product."""
    return LongProduct(np.eye(n), np.zeros(n), np.eye(n), np.zeros(n))


def multiply(M: Array, A: LongProduct) -> LongProduct:
    """M A for a finite square matrix M (n, n)."""
    size = np.abs(M).max()
    if size == 0:
        nothing = np.full(len(M), -np.inf)
        return LongProduct(A.Q, nothing, A.U, nothing)
    M = M / size  # squares of its entries cannot overflow now
    lengths = norms(M.T)
    if lengths.min() < SPREAD * lengths.max():
        order = np.argsort(-lengths, kind="stable")
        sorted_lengths = lengths[order]
        A = _decomposed((lengths[:, None] * A.Q)[order], A)
        M = M[:, order] / np.where(sorted_lengths > 0, sorted_lengths, 1)
    product = _decomposed(M @ A.Q, A)
    log_size = np.log(size)
    return LongProduct(product.Q, product.log_scale + log_size, product.U, product.log_growth + log_size)


def _decomposed(B: Array, A: LongProduct) -> LongProduct:
    """B diag(e^d) U in the same form; the columns of B belong to A's scales."""
    with np.errstate(divide="ignore"):
        carried = A.log_scale + 0.5 * np.log(np.einsum("ij,ij->j", B, B))
    order = np.argsort(-carried, kind="stable")
    Q, R = np.linalg.qr(B[:, order])
    d, U = rescaled(R, A.log_scale[order], A.U[order])
    with np.errstate(divide="ignore"):
        growth = A.log_growth[order] + np.log(np.abs(np.diagonal(R)))
    return LongProduct(Q, d, U, growth)


def rescaled(R: Array, d: Array, U: Array) -> tuple[Array, Array]:
    """R diag(e^d) U = diag(e^d') U' for an upper triangular R, whose columns are nearly in the order of d."""
    if d.min() > -np.inf and (np.maximum.accumulate(d[::-1])[::-1] - d).max() < LARGEST:
        rows = R * np.exp(np.minimum(d - d[:, None], LARGEST))  # row i over e^d_i; below the diagonal R is 0
        top = np.abs(rows).max(axis=1)
        if top.min() > SMALLEST:
            U = (rows / top[:, None]) @ U
            lengths = np.sqrt(np.einsum("ij,ij->i", U, U))
            return d + np.log(top) + np.log(lengths), U / lengths[:, None]
    return _rescaled_in_logarithms(R, d, U)


def _rescaled_in_logarithms(R: Array, d: Array, U: Array) -> tuple[Array, Array]:
    """The same for rows that are 0 or next to it, without leaving the logarithms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(R)) + d  # of the entries of R diag(e^d), -inf where they are 0
        top = logs.max(axis=1)
        rows = np.sign(R) * np.exp(logs - top[:, None])
        rows[np.isneginf(top)] = 0
        U = rows @ U
        lengths = np.sqrt(np.einsum("ij,ij->i", U, U))
        d = top + np.log(lengths)
    return d, U / np.where(lengths > 0, lengths, 1)[:, None]
