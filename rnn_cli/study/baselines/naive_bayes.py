"""argmax_c  ln p(c) + sum over the tokens w of the text  ln p(w|c): multinomial naive Bayes.

    p(c) = n_c / N          p(w|c) = (c(w, c) + 1) / (sum_w c(w, c) + V)

with n_c of N training texts in class c, c(w, c) the count of w in them, and V tokens in the vocabulary. A token that the
vocabulary lacks says nothing.

Source: Manning, Raghavan and Schütze, "Introduction to information retrieval" (2008), section 13.2.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.baselines.parts import Parts, scores_of
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.classify import Labels

WORDS = ("word", "whitespace")


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    train, measured = parts.train.examples, parts.measured.examples
    assert isinstance(train, Labels)
    assert isinstance(measured, Labels)
    predicted = classify(train, measured, parts.encoding)
    what = "words" if parts.encoding.level in WORDS else "tokens"
    return Baseline(
        f"naive Bayes on the {what} of the training part, one added to every count",
        scores_of(measured.labels, predicted, len(parts.there)),
        "naive-bayes",
    )


def classify(train: Labels, measured: Labels, encoding: Encoding) -> Array:
    """What each measured text is called, (N,). Where no word is known, how often each class comes decides alone."""
    size = len(encoding.vocabulary)
    known = np.ones(size)
    if encoding.unknown is not None:
        known[encoding.vocabulary.index(encoding.unknown)] = 0
    of_token = np.repeat(train.labels, train.texts.lengths)
    texts = np.bincount(train.labels, minlength=train.known)
    best, called = np.full(len(measured), -np.inf), np.zeros(len(measured), dtype=np.int64)
    for c in np.flatnonzero(texts):
        counts = (np.bincount(train.texts.values[of_token == c], minlength=size) + 1) * known
        logs = np.log(counts / max(counts.sum(), 1), out=np.zeros(size), where=counts > 0)
        score = np.log(texts[c] / len(train)) + np.add.reduceat(logs[measured.texts.values], measured.texts.offsets)
        called[score > best] = c
        best = np.maximum(score, best)
    return called
