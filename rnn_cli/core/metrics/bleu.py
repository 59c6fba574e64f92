"""BLEU-4: how many runs of 1 to 4 tokens a translation shares with the reference.

    p_n    clipped matches of n-grams / n-grams written, over the whole set
    BP     1 where more is written than the references hold, else e^(1 - r/c)
    BLEU   BP * (p_1 p_2 p_3 p_4)^(1/4)

Source: Papineni et al., "BLEU: a method for automatic evaluation of machine translation" (2002). There is no
smoothing: one p_n of 0 makes the score 0. Where no reference has a run of n tokens there is no p_n, and the mean is that
of the others: BLEU-2 where the longest reference has two tokens.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array

ORDERS = 4


@dataclass(frozen=True, eq=False)
class Bleu:
    """score in 0 … 1, of runs of 1 to `orders` tokens; precisions p_1 … p_4, nan for the longer ones; lengths in tokens."""

    score: float
    precisions: Array
    brevity_penalty: float
    written: int
    references: int
    orders: int = ORDERS


def ngrams(tokens: Sequence[int], n: int) -> Counter[tuple[int, ...]]:
    """How often each run of n tokens occurs."""
    return Counter(zip(*(tokens[k:] for k in range(n)), strict=False))


def counts_of(written: Sequence[int], reference: Sequence[int]) -> list[int]:
    """What BLEU needs of one pair: matches, n-grams written and n-grams of the reference for each order; lengths."""
    matches: list[int] = []
    while len(matches) < ORDERS and (not matches or matches[-1]):  # a longer run holds two shorter ones
        one, other = (ngrams(tokens, len(matches) + 1) for tokens in (written, reference))
        matches.append(sum(min(count, other[run]) for run, count in one.items() if run in other))
    matches += [0] * (ORDERS - len(matches))
    tried, there = ([max(len(tokens) - n, 0) for n in range(ORDERS)] for tokens in (written, reference))
    return [*matches, *tried, *there, len(written), len(reference)]


def bleu(sums: Array, orders: int | None = None) -> Bleu:
    """BLEU of a set from the sums of its pairs' counts, (3 * ORDERS + 2,); None: of as long runs as the references have."""
    matches, tried, there = (sums[k * ORDERS : (k + 1) * ORDERS] for k in range(3))
    written, references = float(sums[-2]), float(sums[-1])
    orders = int((there > 0).sum()) if orders is None else orders
    used = np.arange(ORDERS) < orders
    precisions = np.where(used, 0.0, np.nan)
    np.divide(matches, tried, out=precisions, where=used & (tried > 0))
    penalty = 1.0 if written >= references else float(np.exp(1 - references / written)) if written else 0.0
    some = precisions[used]
    score = penalty * float(np.exp(np.log(some).mean())) if len(some) and (some > 0).all() else 0.0
    return Bleu(score, precisions, penalty, int(written), int(references), orders)
