"""argmax_c n_c: always the label that is the commonest in the training part (n_c how often it occurs there).

Source: the rule without any attribute, "0-R", of Holte, "Very simple classification rules perform well on most commonly
used datasets" (1993).
"""

import numpy as np
from numpy.typing import ArrayLike

from rnn_cli.core.arrays import Array
from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.scores import Baseline


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    return commonest(parts, "label")


def commonest(parts: Parts, what: str) -> Baseline:
    """The answer, where a label is called `what`."""
    k = int(parts.counts.argmax())
    return Baseline(
        f"always {named(parts.encoding.labels[k])}, {commonest_of(what, parts.counts)} of the training part",
        always(k, parts.there),
        f"commonest-{what}",
    )


def commonest_of(what: str, counts: ArrayLike) -> str:
    """What the most frequent one is called, of so many each: where others are as frequent, one of several."""
    times = np.asarray(counts)
    return f"the commonest {what}" if (times == times.max()).sum() == 1 else f"one of the commonest {what}s"


def named(label: str) -> str:
    """A label of blanks in quotes."""
    return label if label.strip() else repr(label)


def always(label: int, there: Array) -> dict[str, float]:
    """The scores of one who always gives this label, where each occurs so often; F1 is 0 for every other that occurs."""
    share = float(there[label] / there.sum())
    return {"accuracy": share, "macro_f1": 2 * share / (1 + share) / int((there > 0).sum())}
