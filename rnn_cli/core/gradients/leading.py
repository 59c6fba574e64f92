"""The leading singular values of a matrix, as many as can be answered for, and a bound for the rest.

The matrix is diag(e^d) U, its rows of length 1 in U, as products of many Jacobians are kept (see long_products.py). Small rows
change nothing in the leading values and are left out of the computation:

    [A; B]      sigma_i(A)^2 <= sigma_i^2 <= sigma_i(A)^2 + ||B||^2

Of what is left LAPACK finds the values where they are not too far apart, and graded_singular_values() where they are.

How far off a value may be: no further than the norm of the matrix's own error (Weyl), and where each row has a small relative
error, no more than that over the smallest singular value of U (Demmel and Veselić, "Jacobi's method is more accurate than QR",
1992). A value counts where all that adds up to less than TOLERANCE.
"""

from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.svd import graded_singular_values
from rnn_cli.core.norms import norms

SHOWN = 8
"""So many values are asked for. One more is computed: it bounds the rest."""

TOLERANCE = 2e-7
"""The largest relative error of a value that is shown, by estimates; what is promised is 1e-6."""

UNSURE = float(np.log(10.0))
"""Where an error is as large as its value, the estimate of the error is taken so many times."""

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)
ROUNDING = 4 * EPS

SMALL_TAIL, SMALL_ENOUGH = float(np.log(1e5)), float(np.log(1e4))
"""Rows that are this much smaller together than the last value of interest are left out: first by a guess at that value."""

BY_GRAM, BY_LAPACK = float(np.log(1e3)), float(np.log(1e6))
"""Up to such a ratio of the largest to the last value of interest a Gram matrix, and LAPACK's SVD, have eight digits of it."""


@dataclass(frozen=True, eq=False)
class Leading:
    """The logarithms of the leading singular values, largest first, of `total` that there are.

    log_rest   the logarithm of a bound for each of the others; None where all are here
    """

    log_values: Array
    log_rest: float | None
    total: int

    def of_rank(self, rank: int) -> "Leading":
        """The same where it is known that no more than `rank` values are beyond 0."""
        if rank >= len(self.log_values):
            return self
        values = self.log_values.copy()
        values[rank:] = -np.inf
        return replace(self, log_values=values, log_rest=None if self.log_rest is None else -np.inf)


def leading_of(M: Array, error: float = 0.0, log_scale: float = 0.0) -> Leading:
    """Those of e^log_scale M, for a matrix M (n, n) that is off by a matrix of norm `error`."""
    largest = max(float(M.max()), -float(M.min()))
    if largest == 0 and error == 0:
        return Leading(np.full(min(SHOWN, len(M)), -np.inf), -np.inf, len(M))
    U = M / (largest or 1.0)
    last, log_size = min(SHOWN, len(M) - 1), log_scale + float(np.log(largest or 1.0))
    log_error = float(np.log(error)) + log_scale if error else -np.inf
    by_gram = _of_gram(U, last)
    if by_gram is not None:
        values, errors = log_size + by_gram[0][: last + 1], by_gram[1]
        return _answered(values, errors[: last + 1] + np.exp(log_error - values), log_error, len(M))
    lengths = norms(U)
    with np.errstate(divide="ignore"):
        d = np.log(lengths) + log_size
    order = np.argsort(-d, kind="stable")
    U = (U / np.where(lengths > 0, lengths, 1)[:, None])[order]
    return leading_values(d[order], U, np.full(len(d), EPS), log_error)


def leading_values(d: Array, U: Array, noise: Array, log_error: float) -> Leading:
    """Those of diag(e^d) U + E, U (m, n), d sorted; `noise` (m,) is the relative error of each row, e^log_error bounds ||E||."""
    total, alive = U.shape[1], int((d > -np.inf).sum())
    values, errors = np.full(SHOWN + 1, -np.inf), np.full(SHOWN + 1, 0.0 if np.isneginf(log_error) else np.inf)
    unknown = log_error
    if alive:
        found, off, unknown = _with_errors(d[:alive], U[:alive], noise[:alive], log_error)
        values[: len(found)], errors[: len(found)] = found[: SHOWN + 1], off[: SHOWN + 1]
    return _answered(values, errors, unknown, total)


def _answered(values: Array, errors: Array, log_error: float, total: int) -> Leading:
    """The values with small relative errors, and the bound that the first of the others, no further off than e^log_error, gives."""
    wrong = ~(errors[: min(SHOWN, total)] <= TOLERANCE)  # what is no number is wrong too
    shown = int(wrong.argmax()) if wrong.any() else len(wrong)
    off = log_error + UNSURE if not errors[shown] < 1 else values[shown] + float(np.log(max(errors[shown], EPS)))
    return Leading(values[:shown], float(np.logaddexp(values[shown], off)), total)


def _with_errors(d: Array, U: Array, noise: Array, log_error: float) -> tuple[Array, Array, float]:
    """The leading values, their relative errors, and the logarithm of an error that none exceeds."""
    tails = np.append(0.5 * np.logaddexp.accumulate(2 * d[::-1])[::-1], -np.inf)
    last, reach = min(SHOWN, len(d) - 1), SMALL_TAIL
    while True:
        rows = max(int((tails > d[last] - reach).sum()), last + 1)
        rows = min(rows, len(d))
        values, solver = _values(d[:rows], U[:rows], last)
        short = tails[rows] - (values[last] - SMALL_ENOUGH)
        if rows == len(d) or short <= 0:
            break
        reach += float(min(short, 1e3)) + 1
    values, solver = values[: last + 1], solver[: last + 1]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        # By how much the rows from each one on may change a value: the first of the list is of all rows.
        rests = np.append(0.5 * np.logaddexp.accumulate(2 * (np.log(noise) + d)[::-1])[::-1], -np.inf)
        by_rows = np.exp(rests[0] - values)
        if by_rows.max() > TOLERANCE / 4:
            for p in {*range(1, min(rows, 2 * SHOWN) + 1), rows}:
                smallest = float(np.linalg.svd(U[:p], compute_uv=False)[-1])
                relative = float(np.linalg.norm(noise[:p])) / smallest if smallest else np.inf
                by_rows = np.minimum(by_rows, relative + np.exp(rests[p] - values))
        errors = solver + by_rows + np.exp(log_error - values) + 0.5 * np.exp(2 * (tails[rows] - values))
    return values, np.where(np.isneginf(values), np.inf, errors), float(np.logaddexp(rests[0], log_error))


def _values(d: Array, U: Array, last: int) -> tuple[Array, Array]:
    """All singular values of diag(e^d) U as logarithms, and the relative errors that the way to find them has."""
    top = d[0]
    scaled = np.exp(d - top)[:, None] * U
    with np.errstate(divide="ignore", over="ignore"):
        if top - d[last] < BY_GRAM:
            by_gram = _of_gram(scaled, last)
            if by_gram is not None:
                return top + by_gram[0], by_gram[1]
        if top - d[last] < BY_LAPACK:
            values = top + np.log(np.linalg.svd(scaled, compute_uv=False))
            if values[0] - values[last] < BY_LAPACK:
                return values, 20 * EPS * np.exp(values[0] - values)
    values = graded_singular_values(d, U)
    return values, np.full(len(values), 1e-12)


def _of_gram(M: Array, last: int) -> tuple[Array, Array] | None:
    """ln of the singular values of M (m, n) by the eigenvalues of M M^T, and their relative errors; None where too many digits are lost."""
    values = np.linalg.eigvalsh(M @ M.T)[::-1]
    if values[last] <= values[0] * np.exp(-2 * BY_GRAM):
        return None
    return 0.5 * np.log(np.maximum(values, TINY)), 20 * EPS * values[0] / np.maximum(values, TINY)
