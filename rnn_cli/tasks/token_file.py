"""A long stream of ids on disk."""

from weakref import finalize

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.inputs.scratch import scratch_file


class TokenFile:
    """Ids in a scratch file, one, two or four bytes each: written once, then read anywhere.

    Reading, and not mapping into memory, keeps the memory of a run independent of the file: mapped pages count as
    memory of the process for as long as there is room.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self.dtype = np.min_scalar_type(max(0, vocabulary_size - 1))
        self.count = 0
        self._file = scratch_file()
        finalize(self, self._file.close)

    def __len__(self) -> int:
        return self.count

    def append(self, ids: Array) -> None:
        """Add ids (N,) at the end. OSError where the disk is full."""
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(ids, dtype=self.dtype).data)
        self.count += len(ids)

    def read(self, start: int, count: int) -> Array:
        """The ids from `start`, at most `count`, fewer at the end. -> (≤ count,) int32"""
        self._file.seek(start * self.dtype.itemsize)
        return np.frombuffer(self._file.read(count * self.dtype.itemsize), dtype=self.dtype).astype(np.int32)
