"""What a network should have said of each sequence, as class numbers: for the loss and the way back of a check."""

from collections.abc import Sequence as Series

from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.targets import read_target

Wanted = str | Series[str] | None
"""A label, or a label for each step."""


def class_numbers(model: Model, sequences: Series[Sequence], wanted: Series[Wanted]) -> list[Array] | None:
    """The class numbers of each sequence, (1,) or (T,); None where nothing is wanted. InputError where one does not fit."""
    if all(one is None for one in wanted):
        return None
    if len(wanted) != len(sequences):
        raise InputError(f"{len(sequences)} sequences have {len(wanted)} targets: give one for each")
    if model.numeric:
        raise InputError(f"{model.name} predicts numbers, and a check has no loss of numbers: leave the target out")
    if not model.network.architecture.output_size:
        raise InputError(f"{model.name} has no readout, so that no label is its target: leave the target out")
    found = []
    for sequence, one in zip(sequences, wanted, strict=True):
        if one is None:
            raise InputError("every sequence needs its target, where one has one")
        one_label, labels = (one, None) if isinstance(one, str) else (None, one)
        found.append(read_target(model, sequence, one_label, labels, CROSS_ENTROPY).targets)
    return found
