"""Labels as class ids, also those that training did not have: a network that cannot answer right is wrong, and is counted so."""

from collections.abc import Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.tasks.vocabulary import index_of


def class_ids(labels: Sequence[str], known: Sequence[str]) -> tuple[list[int], tuple[str, ...]]:
    """The id of each label, and the labels that are not known, in order: their ids go on behind the known ones."""
    unlearnt = tuple(sorted({*labels}.difference(known)))
    index = index_of((*known, *unlearnt))
    return [index[label] for label in labels], unlearnt


def within(truths: Array, known: int) -> tuple[Array, Array | None]:
    """Class ids as targets that a readout of `known` units takes, and as `truths` of a batch where some are beyond it."""
    if truths.max(initial=0) < known:
        return truths, None
    return np.where(truths < known, truths, 0), truths
