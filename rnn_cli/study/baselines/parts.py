"""What a simple answer learns from, and what it is measured on."""

from dataclasses import dataclass

from rnn_cli.core.arrays import Array
from rnn_cli.core.metrics.confusion import per_class
from rnn_cli.models.encoding import Encoding
from rnn_cli.study.tally import Tally, wide
from rnn_cli.tasks.base import Prepared


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


def scores_of(true: Array, predicted: Array, classes: int) -> dict[str, float]:
    """Accuracy and macro F1 of answers; true and predicted (N,)."""
    each = per_class(true, predicted, classes)
    return {"accuracy": float((true == predicted).mean()), "macro_f1": each.macro_f1}
