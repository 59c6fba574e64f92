"""What is counted of one part of a data set."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.learning.losses import MSE
from rnn_cli.models.model import EOS, UNKNOWN
from rnn_cli.tasks.base import ONE_TO_MANY, Examples, Prepared
from rnn_cli.tasks.lm import Text

BATCH = 256
PIECE = 1 << 20


@dataclass(frozen=True)
class Lengths:
    """Of the training part, in tokens or steps."""

    shortest: int
    median: float
    longest: int


@dataclass(eq=False)
class Tally:
    """What is counted of one part; empty without one."""

    prepared: Prepared
    examples: Examples | None
    lengths: list[Array] = field(default_factory=list)
    target_lengths: list[Array] = field(default_factory=list)
    read: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    answers: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if isinstance(self.examples, Text):
            # A long text has millions of chunks: its tokens are counted as they lie in their file.
            tokens = self.examples.tokens
            for start in range(1, len(tokens), PIECE):
                self.answers = _added(self.answers, tokens.read(start, PIECE))
            self.read = self.answers
        elif self.examples is not None:
            for indices in self.examples.batches(0, 0, BATCH):
                self._count(self.examples.collate(indices))

    def _count(self, batch: Batch) -> None:
        self.lengths.append(batch.lengths)
        if self.prepared.loss == MSE:
            return
        asked = batch.weights > 0
        truths = batch.targets if batch.truths is None else batch.truths
        self.answers = _added(self.answers, truths[asked])
        if batch.decoder_lengths is not None:
            self.target_lengths.append(batch.decoder_lengths - 1)  # its end is no token of the text
        if batch.inputs.ndim != 2:
            return
        inside = np.arange(len(batch.inputs))[:, None] < batch.lengths
        self.read = _added(self.read, batch.inputs[inside])

    @property
    def unknown(self) -> float | None:
        """The share of the tokens that are read as <unk>."""
        return _share(self.read, self.prepared.encoding.vocabulary)

    @property
    def target_unknown(self) -> float | None:
        """The share of the tokens to be written that are <unk>; <eos> is none."""
        if not self.prepared.has_decoder:
            return None
        tokens = np.where(np.array(self.prepared.encoding.labels) == EOS, 0, wide(self.answers, self.size))
        return _share(tokens, self.prepared.encoding.labels)

    @property
    def size(self) -> int:
        """How many labels the readout has, or how many more the data have."""
        return max(len(self.answers), len(self.prepared.encoding.labels))

    def read_lengths(self) -> Lengths | None:
        """See Lengths; None of a text that is read as one, and of a condition."""
        return None if self.prepared.shape == ONE_TO_MANY else _lengths(self.lengths)

    def written_lengths(self) -> Lengths | None:
        """Of the texts that are written."""
        return _lengths(self.target_lengths)


def _added(counts: Array, ids: Array) -> Array:
    more = np.bincount(ids)
    size = max(len(counts), len(more))
    return wide(counts, size) + wide(more, size)


def wide(counts: Array, size: int) -> Array:
    """The counts with zeros behind them, so that there are so many."""
    return np.pad(counts, (0, max(0, size - len(counts))))


def _share(counts: Array, vocabulary: Sequence[str]) -> float | None:
    if UNKNOWN not in vocabulary or not counts.sum():
        return None
    return float(wide(counts, len(vocabulary))[vocabulary.index(UNKNOWN)] / counts.sum())


def _lengths(parts: list[Array]) -> Lengths | None:
    if not parts:
        return None
    every = np.concatenate(parts)
    return Lengths(int(every.min()), float(np.median(every)), int(every.max()))
