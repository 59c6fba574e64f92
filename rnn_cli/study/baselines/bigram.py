"""p(w|v) = (c(v, w) + t(v) p(w)) / (c(v) + t(v)): how often each token comes after each other one, interpolated.

c(v, w) is how often w comes after v in the training part, c(v) = sum_w c(v, w), t(v) how many different tokens come after
v, and p(w) the unigram (see unigram.py). After a token that never went before another one, p(w|v) = p(w).

Source: Witten and Bell, "The zero-frequency problem" (1991), method C, as Chen and Goodman, "An empirical study of smoothing
techniques for language modeling" (1998), section 2.6, interpolate it.
"""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.baselines.parts import Parts, scores_of_tokens
from rnn_cli.study.scores import Baseline
from rnn_cli.study.tally import PIECE
from rnn_cli.tasks.lm import Text

MOST_TOKENS = 1 << 23
"""So many tokens of the training part are counted: counting the pairs of more would take longer than a person waits."""


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    train, measured = parts.train.examples, parts.measured.examples
    assert isinstance(train, Text)
    assert isinstance(measured, Text)
    size = len(parts.encoding.labels)
    unigram = (parts.counts + 1) / (parts.counts.sum() + size)
    after = _After(*_pairs(train, size, MOST_TOKENS), unigram)
    loss = right = total = 0.0
    for pairs, times in _counted(measured, size, len(measured)):
        first, second = np.divmod(pairs, size)
        loss -= float(times @ np.log(after.likely(first, second)))
        right += float(times[after.likeliest[first] == second].sum())
        total += float(times.sum())
    part = f"the first {MOST_TOKENS:,} tokens of the training part" if len(train) > MOST_TOKENS else "the training part"
    return Baseline(
        f"bigrams: how often each token comes after each other one in {part}, interpolated with how often it comes at all",
        scores_of_tokens(parts, loss / total, right / total),
        "bigram",
    )


class _After:
    """What comes after each token: pairs (P,) sorted, each v * V + w, with their counts; unigram (V,)."""

    def __init__(self, pairs: Array, counts: Array, unigram: Array) -> None:
        self.pairs, self.counts, self.unigram = pairs, counts, unigram
        size = len(unigram)
        first, second = np.divmod(pairs, size)
        self.count = np.bincount(first, weights=counts, minlength=size)
        self.kinds = np.bincount(first, minlength=size)
        # The likeliest is one that came after v, or else the commonest of all.
        self.likeliest: Array = np.full(size, int(unigram.argmax()))
        weight = counts + self.kinds[first] * unigram[second]
        order = np.lexsort([-second, weight, first])
        last = order[np.append(np.diff(first[order]) > 0, len(order) > 0)]
        better = weight[last] >= self.kinds[first[last]] * unigram.max()
        self.likeliest[first[last][better]] = second[last][better]

    def likely(self, first: Array, second: Array) -> Array:
        """p(second|first), (P,) each."""
        pairs = first * len(self.unigram) + second
        at = np.minimum(np.searchsorted(self.pairs, pairs), len(self.pairs) - 1)
        came = np.where(self.pairs[at] == pairs, self.counts[at], 0)
        kinds, p = self.kinds[first], self.unigram[second]
        part: Array = np.where(kinds > 0, (came + kinds * p) / np.maximum(self.count[first] + kinds, 1), p)
        return part


def _pairs(text: Text, size: int, most: int) -> tuple[Array, Array]:
    """All different pairs, sorted, and how often each occurs."""
    pairs, counts = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    for some, times in _counted(text, size, min(most, len(text))):
        both, place = np.unique(np.concatenate([pairs, some]), return_inverse=True)
        pairs, counts = both, np.bincount(place, weights=np.concatenate([counts, times])).astype(np.int64)
    return pairs, counts


def _counted(text: Text, size: int, most: int) -> Iterator[tuple[Array, Array]]:
    """The different pairs of each piece of a text, and how often each occurs."""
    for start in range(0, most, PIECE):
        ids = text.tokens.read(start, min(PIECE, most - start) + 1).astype(np.int64)
        pairs, times = np.unique(ids[:-1] * size + ids[1:], return_counts=True)
        yield pairs, times
