"""argmax_y n_y: always the text that is written most often in the training part (n_y how often).

Source: the same rule as commonest_label.py, with whole texts for labels.
"""

from collections import Counter

from rnn_cli.inputs.cut import joined
from rnn_cli.study.baselines.commonest_label import commonest_of
from rnn_cli.study.baselines.parts import Parts
from rnn_cli.study.baselines.texts import references_of, text_scores
from rnn_cli.study.scores import Baseline
from rnn_cli.tasks.pairs import Pairs

LONGEST = 40
"""So many characters of a text are shown."""


def answer(parts: Parts) -> Baseline:
    """See rnn_cli.study.baselines."""
    train, measured, encoding = parts.train.examples, parts.measured.examples, parts.encoding
    assert isinstance(train, Pairs)
    assert isinstance(measured, Pairs)
    counts = Counter(train.targets[k][:-1].tobytes() for k in range(len(train)))
    text, times = counts.most_common(1)[0]
    commonest = next(one.tolist() for k in range(len(train)) if (one := train.targets[k][:-1]).tobytes() == text)
    shown = joined((encoding.labels[k] for k in commonest), encoding.target)
    shown = f"{shown[:LONGEST]}…" if len(shown) > LONGEST else shown
    scores = text_scores([commonest] * len(measured), [*references_of(measured, encoding)])
    often = f"{times:,} of {len(train):,}"
    return Baseline(
        f"always {shown!r}, {commonest_of('target', [*counts.values()])} of the training part ({often})",
        scores,
        "commonest-target",
    )
