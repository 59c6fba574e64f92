"""What a simple answer learns from, and what it is measured on."""

from dataclasses import dataclass
from math import log

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.verdict import exp_or_inf
from rnn_cli.core.metrics.confusion import per_class
from rnn_cli.core.metrics.spans import NAMES, span_scores, span_tags
from rnn_cli.inputs.tokens import CHARACTER
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.tally import Tally, wide
from rnn_cli.tasks import task_class
from rnn_cli.tasks.base import Prepared
from rnn_cli.tasks.tag import Tags


@dataclass(frozen=True, eq=False)
class Parts:
    """The training part, and the part that is measured."""

    prepared: Prepared
    train: Tally
    measured: Tally

    @property
    def encoding(self) -> Encoding:
        """What both are encoded with."""
        return self.prepared.encoding

    @property
    def counts(self) -> Array:
        """How often each label was the answer in the training part, (C,)."""
        return wide(self.train.answers, len(self.encoding.labels))

    @property
    def there(self) -> Array:
        """The same in the measured part; labels that training did not have come after the others, (>= C,)."""
        return wide(self.measured.answers, len(self.encoding.labels))


def scores_of_spans(parts: Parts, predicted: Array) -> dict[str, float]:
    """Where tags mark spans, what of them is found by predicted (N,), one sentence after the other."""
    measured = parts.measured.examples
    assert isinstance(measured, Tags)
    tags = span_tags((*parts.encoding.labels, *measured.unlearnt))
    if tags is None:
        return {}
    sentence = np.repeat(np.arange(len(measured)), measured.tags.lengths)
    scores = span_scores(tags.counts(measured.tags.values, predicted, sentence).sum(axis=(0, 1)))
    return dict(zip(NAMES, scores.tolist(), strict=True))


def scores_of_tokens(parts: Parts, loss: float, accuracy: float) -> dict[str, float]:
    """Of the mean loss of a token; where a text is cut into characters, with the bits of one."""
    has_bits = task_class(parts.prepared.task).running and parts.encoding.level == CHARACTER
    bits = {"bits_per_token": loss / log(2)} if has_bits else {}
    return {"accuracy": accuracy, "perplexity": exp_or_inf(loss), "loss": loss, **bits}


def scores_of(true: Array, predicted: Array, classes: int) -> dict[str, float]:
    """Accuracy and macro F1 of answers; true and predicted (N,)."""
    each = per_class(true, predicted, classes)
    return {"accuracy": float((true == predicted).mean()), "macro_f1": each.macro_f1}
