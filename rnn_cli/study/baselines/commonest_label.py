"""argmax_c n_c: always the label, or the tag, that is the commonest in the training part (n_c how often it occurs there).

Source: the rule without any attribute, "0-R", of Holte, "Very simple classification rules perform well on most commonly
used datasets" (1993).
"""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.study.baselines.parts import Parts, scores_of_spans
from rnn_cli.study.scores import Baseline


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    commonest, there = int(parts.counts.argmax()), parts.there
    label = parts.encoding.labels[commonest]
    what = "tag" if parts.prepared.task == "tag" else "label"
    scores = always(commonest, there)
    if what == "tag":
        scores |= scores_of_spans(parts, np.full(int(there.sum()), commonest))
    return Baseline(
        f"always {named(label)}, the commonest {what} of the training part",
        scores,
        f"commonest-{what}",
    )


def named(label: str) -> str:
    """A label of blanks in quotes."""
    return label if label.strip() else repr(label)


def always(label: int, there: Array) -> dict[str, float]:
    """The scores of one who always gives this label, where each occurs so often; F1 is 0 for every other that occurs."""
    share = float(there[label] / there.sum())
    return {"accuracy": share, "macro_f1": 2 * share / (1 + share) / int((there > 0).sum())}
