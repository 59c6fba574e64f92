"""Singular values of graded matrices diag(e^d) U, each to high relative accuracy, as logarithms.

One-sided Jacobi turns pairs of rows until all are orthogonal; their lengths are then the singular values. For rows
p and q of scale e^d, with rho = e^(d_q - d_p) <= 1, alpha = u_p·u_p, beta = rho^2 u_q·u_q, gamma = u_p·u_q:

    tau  = 2 gamma / (alpha - beta + sign(alpha - beta) sqrt((alpha - beta)^2 + 4 rho^2 gamma^2))
    u_p' = c (u_p + rho^2 tau u_q)          c = 1 / sqrt(1 + rho^2 tau^2)
    u_q' = c (u_q - tau u_p)

The rotation's sine is rho tau c. Written with tau, nothing in it underflows: as rho goes to 0 it becomes the step of
Gram and Schmidt that takes u_p out of u_q. All pairs of a round are disjoint and are turned at once, for a whole stack
of matrices.

Two QR decompositions beforehand bring the rows close to orthogonal, so that few sweeps are left.

Source: Demmel and Veselić, "Jacobi's method is more accurate than QR" (1992); Drmač and Veselić, "New fast and
accurate Jacobi SVD algorithm" (2008), the decompositions beforehand.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.norms import norms

ORTHOGONAL = 1e-13
"""Rows whose cosine is no larger count as orthogonal; the singular values are right to about as many digits."""

WELL_CONDITIONED = np.log(1e5)
"""Below this ratio of the singular values (as a logarithm) LAPACK's are right to 1e-10, and far sooner there."""

DECOMPOSITIONS, MOST_SWEEPS = 2, 40

SEPARATE = 1e-7
"""Groups of rows whose cosines with one another are no larger are taken one by one: the values change by its square."""


def log_singular_values(log_scale: Array, U: Array) -> Array:
    """The logarithms of the singular values, largest first; -inf for an exact 0.

    log_scale (N, n), U (N, n, n), a stack of matrices diag(e^log_scale) U -> (N, n)
    """
    d, U = _normal(log_scale, U)
    values, settled = _well_conditioned(d, U)
    rest = np.flatnonzero(~settled)
    if len(rest):
        values[rest] = _by_jacobi(d[rest], U[rest])
    return values


def graded_singular_values(log_scale: Array, U: Array) -> Array:
    """The same for one matrix with fewer rows than columns, (m,) and (m, n) -> (m,).

    Groups of rows that the decompositions beforehand have separated from all others are taken one by one, most by LAPACK.
    """
    d, L = _normal(log_scale[None], _square(U)[None])
    for _ in range(DECOMPOSITIONS):
        d, L = _decomposed(*_sorted(d, L))
    (d,), (L,) = _sorted(d, L)
    cosines = np.abs(L @ L.T)
    across = np.maximum.accumulate(np.maximum.accumulate(cosines[:, ::-1], axis=1)[:, ::-1], axis=0)
    cuts = 1 + np.flatnonzero(
        np.diagonal(across, 1) <= SEPARATE
    )  # across[p - 1, p]: the largest cosine over the cut at p
    groups = np.split(np.arange(len(d)), cuts)
    values = [log_singular_values(d[None, rows], _square(L[rows])[None])[0] for rows in groups]
    return -np.sort(-np.concatenate(values))


def _square(U: Array) -> Array:
    """Rows of the same lengths and angles, in as many dimensions as there are of them."""
    R: Array = np.asarray(np.linalg.qr(U.T, mode="r"))
    return R.T


def _well_conditioned(d: Array, U: Array) -> tuple[Array, Array]:
    """LAPACK's values, and for which matrices they are as good: LAPACK loses as many digits as the condition has."""
    top = d.max(axis=-1, keepdims=True)
    values, settled = np.full(d.shape, -np.inf), np.isneginf(top[:, 0])
    narrow = np.flatnonzero(~settled & (d.min(axis=-1) > top[:, 0] - WELL_CONDITIONED))
    if len(narrow):
        plain = np.linalg.svd(np.exp(d[narrow] - top[narrow])[..., None] * U[narrow], compute_uv=False)
        good = plain[:, -1] > plain[:, 0] * np.exp(-WELL_CONDITIONED)
        values[narrow[good]] = top[narrow[good]] + np.log(plain[good])
        settled[narrow[good]] = True
    return values, settled


def _by_jacobi(d: Array, U: Array) -> Array:
    n = U.shape[-1]
    for _ in range(DECOMPOSITIONS):
        d, U = _decomposed(*_sorted(d, U))
    rounds = _rounds(n)
    for _ in range(MOST_SWEEPS):
        alive = ~np.isneginf(d)
        oblique = np.abs(U @ np.swapaxes(U, -1, -2)) > ORTHOGONAL
        oblique &= alive[:, None, :] & alive[:, :, None] & ~np.eye(n, dtype=bool)
        if not oblique.any():
            break
        for p, q in rounds:
            matrix, pair = np.nonzero(oblique[:, p, q])
            if len(matrix):
                _turn(d, U, matrix, p[pair], q[pair])
    return -np.sort(-d, axis=-1)


def _normal(d: Array, U: Array) -> tuple[Array, Array]:
    """Rows of length 1, their lengths moved into d."""
    largest = np.abs(U).max(axis=-1)
    U = U / np.where(largest > 0, largest, 1)[..., None]
    lengths = norms(U)
    with np.errstate(divide="ignore"):
        d = d + np.log(largest) + np.log(lengths)
    return d, U / np.where(lengths > 0, lengths, 1)[..., None]


def _sorted(d: Array, U: Array) -> tuple[Array, Array]:
    order = np.argsort(-d, axis=-1, kind="stable")
    return np.take_along_axis(d, order, -1), np.take_along_axis(U, order[..., None], -2)


def _decomposed(d: Array, U: Array) -> tuple[Array, Array]:
    """The same singular values, rows closer to orthogonal: U = L Q, then diag(e^d) L = Q' R, the rows of R rescaled."""
    L = np.swapaxes(np.linalg.qr(np.swapaxes(U, -1, -2))[1], -1, -2)
    column, C = _split_columns(d, L)
    R = np.linalg.qr(C)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(R)) + column[:, None, :]
        top = logs.max(axis=-1)
        rows = np.where(np.isneginf(logs), 0, np.sign(R) * np.exp(logs - top[..., None]))
    return _normal(top, rows)


def _split_columns(d: Array, L: Array) -> tuple[Array, Array]:
    """diag(e^d) L = C diag(e^column), columns of C with a largest entry of 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(L)) + d[..., None]
        column = logs.max(axis=-2)
        C = np.where(np.isneginf(logs), 0, np.sign(L) * np.exp(logs - column[:, None, :]))
    return column, C


def _turn(d: Array, U: Array, matrix: Array, p: Array, q: Array) -> None:
    """Turn rows p and q of U[matrix] in place, for disjoint pairs (S,)."""
    swap = d[matrix, q] > d[matrix, p]
    p, q = np.where(swap, q, p), np.where(swap, p, q)
    up, uq = U[matrix, p], U[matrix, q]
    gamma = np.einsum("ij,ij->i", up, uq)
    rho = np.exp(d[matrix, q] - d[matrix, p])
    gap = 1 - rho * rho  # alpha - beta, for rows of length 1
    root = gap + np.sqrt(gap * gap + (2 * rho * gamma) ** 2)
    tau = 2 * gamma / np.where(root > 0, root, 1)
    c = 1 / np.sqrt(1 + (rho * tau) ** 2)
    for row, new in ((p, up + (rho * rho * tau)[:, None] * uq), (q, uq - tau[:, None] * up)):
        lengths = c * np.sqrt(np.einsum("ij,ij->i", new, new))
        with np.errstate(divide="ignore"):
            d[matrix, row] += np.log(lengths)
        U[matrix, row] = new * (c / np.where(lengths > 0, lengths, 1))[:, None]


def _rounds(n: int) -> list[tuple[Array, Array]]:
    """Every pair of rows once, in rounds of disjoint pairs: a round-robin tournament."""
    players = list(range(n)) + ([-1] if n % 2 else [])
    half = len(players) // 2
    rounds = []
    for _ in range(len(players) - 1):
        pairs = [pair for pair in zip(players[:half], reversed(players[half:]), strict=True) if -1 not in pair]
        rounds.append((np.array([p for p, _ in pairs]), np.array([q for _, q in pairs])))
        players = [players[0], players[-1], *players[1:-1]]
    return rounds
