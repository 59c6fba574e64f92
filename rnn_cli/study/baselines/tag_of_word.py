"""argmax_c c(w, c): each word gets the tag that it most often has in the training part, a word without one the commonest tag.

c(w, c) is how often the word w has the tag c. The words are those that the network reads: <unk> is one of them where rare words
of the training part are read so.

Source: the most frequent class baseline of Jurafsky and Martin, "Speech and language processing" (3rd edition), section 8.2.
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.baselines.parts import Parts, scores_of, scores_of_spans
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.tag import Tags


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    measured = parts.measured.examples
    assert isinstance(measured, Tags)
    tags = called(parts)
    return Baseline(
        "for each word its commonest tag in the training part",
        scores_of(measured.tags.values, tags, len(parts.there)) | scores_of_spans(parts, tags),
        "tag-of-word",
    )


def called(parts: Parts) -> Array:
    """The tag of each measured word, one sentence after the other."""
    train, measured = parts.train.examples, parts.measured.examples
    assert isinstance(train, Tags)
    assert isinstance(measured, Tags)
    pairs, counts = np.unique(np.stack([train.words.values, train.tags.values]), axis=1, return_counts=True)
    order = np.lexsort([-pairs[1], counts])  # of two tags that are as common the first one is written last, and stays
    tags = np.full(len(parts.encoding.vocabulary), int(parts.counts.argmax()))
    tags[pairs[0][order]] = pairs[1][order]
    return tags[measured.words.values]
