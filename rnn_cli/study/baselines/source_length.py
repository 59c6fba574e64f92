"""ŷ_u = argmax_w c(T, u, w): at each place the token that stands there most often in the targets of sources as long, up to <eos>.

c(T, u, w) is how often w is token u of the target in the training part where the source has T tokens, <eos> among them; of a
length that the training part lacks, the counts of the nearest one. This is what a source tells without any of its words.

Source: the rule of commonest_target.py, for every length and place by itself.
"""

import numpy as np

from rnn_cli.models.encoding import Encoding
from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.texts import references_of, text_scores
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.pairs import Pairs


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    train, measured, encoding = parts.train.examples, parts.measured.examples, parts.encoding
    assert isinstance(train, Pairs)
    assert isinstance(measured, Pairs)
    lengths = np.unique(train.sources.lengths)
    nearest = [int(lengths[np.abs(lengths - length).argmin()]) for length in measured.sources.lengths]
    usual = {length: usual_target(train, length, encoding) for length in set(nearest)}
    scores = text_scores([usual[length] for length in nearest], [*references_of(measured, encoding)])
    return Baseline(
        "at each place the token that stands there most often in targets of sources as long, and nothing else",
        scores,
        "source-length",
    )


def usual_target(train: Pairs, length: int, encoding: Encoding) -> list[int]:
    """The commonest token at each place of the targets of sources of this length, without <eos>; never <unk>."""
    targets, mask = train.targets.padded(np.flatnonzero(train.sources.lengths == length))
    unknown = None if encoding.unknown_written is None else encoding.labels.index(encoding.unknown_written)
    usual = []
    for tokens, inside in zip(targets, mask, strict=True):
        counts = np.bincount(tokens[inside], minlength=len(encoding.labels))
        if unknown is not None:
            counts[unknown] = 0
        token = int(counts.argmax())
        if token == encoding.end:
            break
        usual.append(token)
    return usual
