"""Sums by unit, gathered batch by batch, in memory that does not grow with a long text."""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.examples import Subject

MOST_UNITS = 1 << 16
"""Beyond this limit, two neighbours become one unit; the totals do not change."""


class UnitSums:
    """Rows (N, S), one for each unit: an example, or a piece of a long text."""

    def __init__(self, most: int = MOST_UNITS) -> None:
        self.most = most
        self.parts: list[Array] = []
        self.count = 0

    def add(self, rows: Array) -> None:
        """Add the units of a batch. Those that count for nothing are padding and left out."""
        rows = rows[rows[:, -1] > 0]
        self.parts.append(rows)
        self.count += len(rows)
        if self.count >= 2 * self.most:
            table = np.concatenate(self.parts)
            even = len(table) // 2 * 2
            self.parts = [table[:even].reshape(-1, 2, table.shape[1]).sum(axis=1), table[even:]]
            self.count = sum(map(len, self.parts))

    def table(self) -> Array:
        """All rows."""
        return np.concatenate(self.parts)


def unknown_tokens(subject: Subject) -> tuple[int, int]:
    """How many tokens the network reads, and how many of them <unk> replaces; (0, 0) where it reads no text."""
    vocabulary = subject.encoding.vocabulary
    if subject.encoding.unknown is None:
        return 0, 0
    index, tokens, unknown = vocabulary.index(subject.encoding.unknown), 0, 0
    for indices in subject.batches():
        batch = subject.examples.collate(indices)
        inside = np.arange(len(batch.inputs))[:, None] < batch.lengths
        tokens += int(inside.sum())
        unknown += int(((batch.inputs == index) & inside).sum())
    return tokens, unknown
