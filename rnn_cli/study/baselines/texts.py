"""The scores of texts that are written, held against the references: as rnn evaluate scores those of the network."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnn_cli.core.metrics.bleu import bleu, counts_of
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks.pairs import Pairs

NOTHING = -1
"""A reference's token that the vocabulary lacks: it matches nothing."""


def references_of(pairs: Pairs, encoding: Encoding) -> Iterator[list[int]]:
    """The targets without their ends."""
    unknown = None if encoding.unknown_written is None else encoding.labels.index(encoding.unknown_written)
    for k in range(len(pairs)):
        yield [NOTHING if token == unknown else token for token in pairs.targets[k][:-1].tolist()]


def text_scores(written: Sequence[Sequence[int]], references: Sequence[list[int]]) -> dict[str, float]:
    """Exact matches and BLEU."""
    counts = [counts_of(one, other) for one, other in zip(written, references, strict=True)]
    exact = sum([*one] == other for one, other in zip(written, references, strict=True))
    return {"exact_match": exact / len(references), "bleu": bleu(np.sum(counts, axis=0)).score}
