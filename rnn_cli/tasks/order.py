"""The order in which examples are seen: batches of similar lengths, in an order that each epoch draws anew."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from rnn_cli.core.arrays import Array

POOL = 50
"""Batches whose examples are sorted together. Larger pools pad less; smaller pools mix lengths more from epoch to epoch."""


def bucketed(keys: Sequence[Array], epoch: int, seed: int, batch_size: int, shuffle: bool) -> list[Array]:
    """The batches of an epoch as index arrays, a pure function of the arguments; each index is in exactly one.

    keys are the lengths of each example, (N,) each, the most important first. With `shuffle` all examples are
    permuted, sorted by length within pools of 50 batches, cut into batches, and the batches are permuted: little
    padding, and still another order in each epoch. Without it the examples come in the order of the file.
    """
    count = len(keys[0])
    if not shuffle:
        return [np.arange(start, min(start + batch_size, count)) for start in range(0, count, batch_size)]
    generator = np.random.default_rng([seed, crc32(b"order"), epoch])
    order = generator.permutation(count)
    batches: list[Array] = []
    for start in range(0, count, POOL * batch_size):
        pool = order[start : start + POOL * batch_size]
        pool = pool[np.lexsort([key[pool] for key in reversed(keys)])]
        batches += [pool[at : at + batch_size] for at in range(0, len(pool), batch_size)]
    return [batches[k] for k in generator.permutation(len(batches))]
