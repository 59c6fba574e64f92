"""The gradient of an embedding: a row gets the sum of dL/dx over all steps that read it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array

SUM = "sum"
FORWARD, BACKWARD, BY_SEQUENCE, BY_STEP = "forward", "backward", "by sequence", "by step"
MEAN = "mean"
"""How steps that read one row come together: added up; the last alone of a loop over time in either direction, or over the
sequences; of each step the last sequence alone; their mean."""


@dataclass(frozen=True, eq=False)
class Words:
    """Which row each step reads: rows (T, B), -1 where it reads none, of `count` rows."""

    rows: Array
    count: int

    @property
    def repeated(self) -> bool:
        """Whether a row is read more than once."""
        read = self.rows[self.rows >= 0]
        return len(np.unique(read)) < read.size


def embedding_gradient(words: Words, dx: Array, how: str) -> Array:
    """dL/dx (T, B, I) -> dL/dE (V, I)."""
    gradient = np.zeros((words.count, dx.shape[-1]))
    shares = _shares(words, how)
    read = words.rows >= 0
    np.add.at(gradient, words.rows[read], (dx * shares[..., None])[read])
    return gradient


def _shares(words: Words, how: str) -> Array:
    """What each step counts in its row. (T, B)"""
    rows = words.rows
    if how == SUM:
        return np.ones(rows.shape)
    if how == MEAN:
        often = np.bincount(rows[rows >= 0], minlength=words.count)
        return np.where(rows >= 0, 1 / np.maximum(often[rows], 1), 0)
    last = {(int(rows[t, b]), t if how == BY_STEP else -1): (t, b) for t, b in _order(how, *rows.shape)}
    shares = np.zeros(rows.shape)
    for at in last.values():
        shares[at] = 1
    return shares


def _order(how: str, T: int, B: int) -> Iterator[tuple[int, int]]:
    """The order in which a program assigns: what comes later stays."""
    if how == BY_SEQUENCE:
        return ((t, b) for b in range(B) for t in range(T))
    steps = range(T - 1, -1, -1) if how == BACKWARD else range(T)
    return ((t, b) for t in steps for b in range(B))
