"""Pairs of sequences: something is read, then something is written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.models.fit import WRITTEN
from rnn_cli.models.model import BOS, EOS
from rnn_cli.tasks.order import bucketed
from rnn_cli.tasks.ragged import Ragged

BOS_ID, EOS_ID = WRITTEN.index(BOS), WRITTEN.index(EOS)


@dataclass(frozen=True, eq=False)
class Pairs:
    """sources (N) of ids that are read; targets (N) of ids that are written, each ending with <eos>; begin: the id of <bos>."""

    sources: Ragged
    targets: Ragged
    begin: int = BOS_ID

    def __len__(self) -> int:
        return len(self.sources)

    def batches(self, epoch: int, seed: int, batch_size: int, shuffle: bool = True) -> list[Array]:
        """See Examples."""
        return bucketed([self.sources.lengths, self.targets.lengths], epoch, seed, batch_size, shuffle)

    def collate(self, indices: Array) -> Batch:
        """See Examples. The decoder reads <bos> and then the targets, each one step later than it should write it."""
        inputs, _ = self.sources.padded(indices)
        targets, mask = self.targets.padded(indices)
        begin = np.full((1, len(indices)), self.begin, dtype=targets.dtype)
        decoder_inputs = np.where(mask, np.concatenate([begin, targets[:-1]]), 0)
        return Batch(
            inputs,
            self.sources.lengths[indices],
            targets,
            mask.astype(np.float64),
            decoder_inputs,
            self.targets.lengths[indices],
        )


def written(tokens: Sequence[int], end: int = EOS_ID) -> list[int]:
    """What the decoder should write: the tokens, then <eos>."""
    return [*tokens, end]
