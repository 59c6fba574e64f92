"""Many sequences of different lengths in one flat array."""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from rnn_cli.core.arrays import Array


class Ragged:
    """Sequences of ids, one after the other in one array: a million sentences cost what their ids cost.

    lengths (N,); the i-th sequence is values[offsets[i] : offsets[i] + lengths[i]].
    """

    def __init__(self, sequences: Iterable[Sequence[int]]) -> None:
        """ValueError where a sequence is empty: a network needs a step to read."""
        kept = list(sequences)
        self.lengths: Array = np.fromiter((len(one) for one in kept), dtype=np.int64, count=len(kept))
        if kept and not self.lengths.min():
            raise ValueError("a sequence is empty")
        self.offsets: Array = np.concatenate([[0], np.cumsum(self.lengths)])[:-1].astype(np.int64)
        self.values: Array = np.fromiter(chain.from_iterable(kept), dtype=np.int32, count=int(self.lengths.sum()))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int) -> Array:
        """One sequence, (T,)."""
        start = self.offsets[index]
        one: Array = self.values[start : start + self.lengths[index]]
        return one

    def padded(self, indices: Array) -> tuple[Array, Array]:
        """Some sequences side by side, 0 after their ends, and where they have not ended.

        indices (B,) -> ids (T, B), mask (T, B) of bool; T is the length of the longest sequence.
        """
        lengths = self.lengths[indices]
        t = np.arange(lengths.max())[:, None]
        mask = t < lengths
        ids: Array = np.where(mask, self.values[np.where(mask, self.offsets[indices] + t, 0)], 0)
        return ids, mask
