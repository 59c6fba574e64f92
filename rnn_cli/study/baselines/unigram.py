"""p(w) = (c(w) + 1) / (N + V), with c(w) the count of w among the N tokens of the training part, V tokens in the vocabulary.

One is added to every count, so that no token is impossible (Jurafsky and Martin, "Speech and language processing",
3rd edition, section 3.6: Laplace smoothing).
"""

import numpy as np

from rnn_cli.study.baselines.parts import Parts, scores_of_tokens
from rnn_cli.study.scores import Baseline


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    counts, there = parts.counts, parts.there
    likely = (counts + 1) / (counts.sum() + len(counts))
    loss = float(-(there * np.log(likely)).sum() / there.sum())
    right = float(there[int(counts.argmax())] / there.sum())
    return Baseline(
        "how often each token comes in the training part, and nothing else",
        scores_of_tokens(parts, loss, right),
        "unigram",
    )
