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

MOST_SWEEPS = 40


def log_singular_values(log_scale: Array, U: Array) -> Array:
    """The logarithms of the singular values, largest first; -inf for an exact 0.

    log_scale (N, n), U (N, n, n), a stack of matrices diag(e^log_scale) U -> (N, n)
    """
    d, U = _sorted(*_normal(log_scale, U))
    n = U.shape[-1]
    if n > 1:
        d, U = _preconditioned(d, U)
        rounds = _rounds(n)
        active = np.arange(len(d))
        for _ in range(MOST_SWEEPS):
            turned = np.zeros(len(active), dtype=bool)
            part_d, part_U = d[active], U[active]
            for p, q in rounds:
                turned |= _turn(part_d, part_U, p, q)
            d[active], U[active] = part_d, part_U
            active = active[turned]
            if not len(active):
                break
    return -np.sort(-d, axis=-1)


def _normal(d: Array, U: Array) -> tuple[Array, Array]:
    """Rows of length 1, their lengths moved into d."""
    lengths = np.sqrt(np.einsum("kij,kij->ki", U, U))
    with np.errstate(divide="ignore"):
        d = d + np.log(lengths)
    return d, U / np.where(lengths > 0, lengths, 1)[..., None]


def _sorted(d: Array, U: Array) -> tuple[Array, Array]:
    order = np.argsort(-d, axis=-1, kind="stable")
    return np.take_along_axis(d, order, -1), np.take_along_axis(U, order[..., None], -2)


def _preconditioned(d: Array, U: Array) -> tuple[Array, Array]:
    """The same singular values, rows nearly orthogonal: U = L Q, then diag(e^d) L = Q' R, R with its rows rescaled."""
    L = np.swapaxes(np.linalg.qr(np.swapaxes(U, -1, -2))[1], -1, -2)
    column, C = _split_columns(d, L)
    R = np.linalg.qr(C)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(R)) + column[:, None, :]
        top = logs.max(axis=-1)
        rows = np.where(np.isneginf(logs), 0, np.sign(R) * np.exp(logs - top[..., None]))
    return _sorted(*_normal(top, rows))


def _split_columns(d: Array, L: Array) -> tuple[Array, Array]:
    """diag(e^d) L = C diag(e^column), columns of C with a largest entry of 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(L)) + d[..., None]
        column = logs.max(axis=-2)
        C = np.where(np.isneginf(logs), 0, np.sign(L) * np.exp(logs - column[:, None, :]))
    return column, C


def _turn(d: Array, U: Array, p: Array, q: Array) -> Array:
    """Turn the disjoint row pairs (p, q) of every matrix in place; whether any pair of a matrix was not orthogonal yet."""
    swap = d[:, q] > d[:, p]
    big, small = np.where(swap, q, p), np.where(swap, p, q)
    dp, dq = np.take_along_axis(d, big, 1), np.take_along_axis(d, small, 1)
    up = np.take_along_axis(U, big[..., None], 1)
    uq = np.take_along_axis(U, small[..., None], 1)
    gamma = np.einsum("kij,kij->ki", up, uq)
    oblique = (np.abs(gamma) > 4 * np.finfo(float).eps * U.shape[-1] ** 0.5) & ~np.isneginf(dq)
    if not oblique.any():
        return oblique.any(axis=1)
    rho = np.exp(np.where(oblique, dq - dp, 0))
    gap = 1 - rho * rho  # alpha - beta, for rows of length 1
    tau = np.where(oblique, 2 * gamma / (gap + np.sqrt(gap * gap + (2 * rho * gamma) ** 2) + ~oblique), 0)
    c = 1 / np.sqrt(1 + (rho * tau) ** 2)
    new_p = c[..., None] * (up + (rho * rho * tau)[..., None] * uq)
    new_q = c[..., None] * (uq - tau[..., None] * up)
    for rows, where, scale in ((new_p, big, dp), (new_q, small, dq)):
        lengths = np.sqrt(np.einsum("kij,kij->ki", rows, rows))
        with np.errstate(divide="ignore"):
            np.put_along_axis(d, where, scale + np.log(lengths), 1)
        np.put_along_axis(U, where[..., None], rows / np.where(lengths > 0, lengths, 1)[..., None], 1)
    return oblique.any(axis=1)


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
