"""What the network should have said: a label, a label per step, numbers, or the next word."""

from collections.abc import Sequence as Series
from dataclasses import replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Target
from rnn_cli.core.learning.losses import CROSS_ENTROPY, LOSSES, MSE, SUM
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.answers import is_language_model
from rnn_cli.models.model import Model
from rnn_cli.reading import whole_number
from rnn_cli.study.state_loss import gives_states, loss_of_states

REDUCTIONS = ("sum", "mean")
"""How the losses of the steps become one."""


def read_loss(
    model: Model,
    sequence: Sequence,
    target: str | None = None,
    targets: str | Series[str] | None = None,
    loss: str | None = None,
    upstream: "str | Array | None" = None,
    reduction: str | None = None,
) -> tuple[Model, Target]:
    """The model as its loss reads it, and the target: of the readout, or where there is none of the states themselves.

    InputError where something is missing or does not fit.
    """
    if gives_states(model):
        model, wanted = loss_of_states(model, sequence, target, targets, loss, upstream)
    else:
        if upstream is not None or loss == SUM:
            option = "--loss sum" if upstream is None else "--dL-dh"
            raise InputError(
                f"{option} is of the states of a network without a readout, and {model.name} has one: "
                + ("--readout none leaves it out" if model.from_pytorch else "its loss is that of its answers")
            )
        wanted = read_target(model, sequence, target, targets, loss)
    if upstream is not None and reduction is not None:
        raise InputError("--reduction has no meaning for --dL-dh, which is the error as it arrives: leave one out")
    return model, reduced(wanted, reduction)


def reduced(target: Target, reduction: str | None) -> Target:
    """The target whose losses become one in this way. InputError where there is no such way."""
    if reduction is not None and reduction not in REDUCTIONS:
        raise InputError(f"--reduction {reduction}: it can be {' or '.join(REDUCTIONS)}")
    return replace(target, weights=target.weights / target.weights.sum(), mean=True) if reduction == "mean" else target


def read_target(
    model: Model,
    sequence: Sequence,
    target: str | None,
    targets: str | Series[str] | None,
    loss: str | None = None,
) -> Target:
    """The target of a sequence, for the model's task. InputError where it is missing or does not fit.

    `targets` are text, as on the command line, or a text for each step.

    The loss is mse for a model that predicts numbers, whose targets are in the units of the data, and cross-entropy for
    the others, where none is given.
    """
    a = model.network.architecture
    if loss is not None and loss not in LOSSES:
        raise InputError(f"--loss {loss}: it can be {' or '.join(LOSSES)}")
    if loss == CROSS_ENTROPY and model.numeric:
        raise InputError(f"{model.name} predicts numbers, which have no cross-entropy: leave --loss out")
    loss = loss or (MSE if model.numeric else CROSS_ENTROPY)
    if target is not None and targets is not None:
        raise InputError("give --target (one output) or --targets (one per step), not both")
    T = len(sequence.inputs)
    if a.task == MANY_TO_ONE:
        if targets is not None:
            raise InputError(f"{model.name} has one output for the whole sequence: --target")
        if target is None:
            choice = _numbers_wanted(model) if loss == MSE else " or ".join(_labels(model)[:6])
            raise InputError(f"give the --target: {choice}")
        parts = [target]
    elif targets is None and target is None and is_language_model(model):
        return next_words(model, sequence)
    else:
        given = targets if targets is not None else target
        if given is None:
            raise InputError(f"{model.name} has an output at every step: give {T} --targets")
        if not isinstance(given, str):
            parts = list(given)
        elif loss != MSE and given in _labels(model):
            parts = [given]  # a name with spaces in it is one
        else:
            parts = given.split(";") if loss == MSE else given.split()
        if len(parts) == 1:
            parts = parts * T
        if len(parts) != T:
            raise InputError(f"--targets names {len(parts)}, but the sequence has {T} steps")
    weights = np.ones(len(parts))
    if loss == CROSS_ENTROPY:
        return Target(loss, np.array([_class(model, part) for part in parts]), weights)
    values = np.array([_numbers(part, a.output_size) for part in parts])
    return Target(loss, model.encoding.from_units(values) if model.numeric and model.encoding else values, weights)


def _numbers_wanted(model: Model) -> str:
    if model.numeric and model.encoding is not None:
        names = ",".join(model.encoding.outputs(model.network.architecture.output_size)[:6])
        return f"{names}, as numbers in the units of the data"
    return "numbers, one per output"


def next_words(model: Model, sequence: Sequence) -> Target:
    """Each step's target is the next word; the last step, and one before an unknown word, is not scored."""
    assert sequence.ids is not None
    following = [*sequence.ids[1:], None]
    known = [k if k is not None and 0 <= k < len(model.labels) else None for k in following]
    weights = np.array([float(k is not None) for k in known])
    if not weights.any():
        raise InputError("no step has a next word to predict: give at least two words of the vocabulary, or --targets")
    return Target(CROSS_ENTROPY, np.array([k or 0 for k in known]), weights)


def _labels(model: Model) -> tuple[str, ...]:
    """The names of all classes, those that a page shows where the model gives none."""
    return model.labels or tuple(model.label(k) for k in range(model.network.architecture.output_size))


def _class(model: Model, label: str) -> int:
    labels = _labels(model)
    if label in labels:
        return labels.index(label)
    number = None if model.labels else whole_number(label)  # classes without names are known by their numbers
    if number is not None and number < len(labels):
        return number
    names = ", ".join(labels[:12]) + (", …" if len(labels) > 12 else "")
    raise InputError(f"no class {label!r}; the model's are {names}")


def _numbers(text: str, size: int) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"{text!r}: expected {size} numbers with commas between them") from error
    if len(values) != size or not np.isfinite(values).all():
        raise InputError(f"{text!r}: expected {size} finite numbers with commas between them")
    return values
