"""The loss of a network without a readout: of its outputs themselves, or the error that arrives at them from elsewhere."""

from collections.abc import Sequence as Series
from dataclasses import replace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Target
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE, SUM, UPSTREAM
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.reads import LAST_OUTPUT
from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.reading import parsing, whole_number
from rnn_cli.study.initial_states import said_shape

KINDS = (MSE, SUM, CROSS_ENTROPY)
WAYS = "--loss sum, --loss mse --target FILE, --loss cross-entropy --target 0, or --dL-dh FILE"


def gives_states(model: Model) -> bool:
    """Whether what a network gives are its states: without a readout, or where h is a projection that stands in for one."""
    projected = bool(model.read.get("projected")) and model.read.get("readout") is None
    return projected or not model.network.architecture.output_size


def loss_of_states(
    model: Model,
    sequence: Sequence,
    target: str | None,
    targets: str | Series[str] | None,
    loss: str | None,
    upstream: "str | Array | None",
) -> tuple[Model, Target]:
    """The model as its loss reads it, at the last step or at every one, and the target.

    One row of numbers, or one index, is that of the last step, output[-1]; T of them are those of every step.
    InputError where something is missing, too much, or does not fit.
    """
    if loss is None and upstream is None:
        raise InputError(f"{model.name} has no readout, so it has no loss of its own: give {WAYS}")
    if loss is not None and loss not in KINDS:
        raise InputError(f"--loss {loss}: of a network without a readout it can be {', '.join(KINDS)}")
    given = target if target is not None else targets
    a = model.network.architecture
    T, width = len(sequence.inputs), a.output_size or a.output_width
    if upstream is not None or loss == SUM:
        option = "--dL-dh" if upstream is not None else "--loss sum"
        extra = [("--loss", upstream is not None and loss), ("--target", target), ("--targets", targets)]
        for name, value in extra:
            if value:
                raise InputError(f"{option} needs no {name}: leave one of them out")
        values = np.ones((T, width)) if upstream is None else _rows_of(upstream, T, width, "--dL-dh")
        return _placed(model, SUM if upstream is None else UPSTREAM, values, T)
    if given is None:
        what = f"{width} numbers, or FILE of {T}×{width}" if loss == MSE else f"a number from 0 to {width - 1}"
        raise InputError(f"--loss {loss} compares the states with a --target: {what}")
    if target is not None and targets is not None:
        raise InputError("give --target (one output) or --targets (one per step), not both")
    if loss == MSE:
        return _placed(model, MSE, _rows_of(given, T, width, "--target"), T)
    return _placed(model, CROSS_ENTROPY, _indices(given, T, width), T)


def _placed(model: Model, kind: str, values: Array, T: int) -> tuple[Model, Target]:
    """The model with its loss at every step, or where there is one row at the last."""
    a = model.network.architecture
    every = len(values) == T > 1 or kind == SUM
    a = replace(a, task=MANY_TO_MANY) if every else replace(a, task=MANY_TO_ONE, reads=LAST_OUTPUT)
    return replace(model, network=replace(model.network, architecture=a)), Target(kind, values, np.ones(len(values)))


def _indices(given: str | Series[str], T: int, width: int) -> Array:
    parts = given.split() if isinstance(given, str) else list(given)
    found = [whole_number(part) for part in parts]
    for part, index in zip(parts, found, strict=True):
        if index is None or index >= width:
            raise InputError(f"--target {part}: the outputs have {width} numbers, so an index is 0 to {width - 1}")
    if len(found) not in (1, T):
        raise InputError(f"--targets names {len(found)}, but the sequence has {T} steps")
    return np.array(found)


def _rows_of(given: "str | Series[str] | Array", T: int, width: int, option: str) -> Array:
    """(1, D*H) or (T, D*H) numbers: typed, with ; between the steps, of a file, or as they are."""
    where = option
    if not isinstance(given, str):
        with parsing(option, "not a matrix of numbers, a row a step"):
            rows = np.array([_typed(one) if isinstance(one, str) else one for one in given], dtype=np.float64)
    else:
        typed = None if option == "--dL-dh" else [_typed(part) for part in given.split(";")]
        if typed is not None and None not in typed:
            if len({len(row) for row in typed if row is not None}) != 1:
                raise InputError(f"{option} {given}: the steps have rows of different lengths")
            rows = np.array(typed)
        else:
            from rnn_cli.inputs.numbers import read_numbers

            parts, where = read_numbers(given), given
            if len(parts) != 1:
                raise InputError(f"{given}: holds {len(parts)} sequences, and there is one here: T×D*H, {T}×{width}")
            rows = parts[0]
    rows = rows[None] if rows.ndim == 1 else rows[:, 0] if rows.ndim == 3 and rows.shape[1] == 1 else rows
    if rows.shape == (width, 1):  # a list in a file; where width is 1 it is a row too
        rows = rows.T
    if rows.shape in ((T, width), (1, width)):
        return rows
    hint = ": it looks transposed; save it with .T" if rows.shape == (width, T) else ""
    raise InputError(
        f"{where}: {said_shape(rows)} numbers, and the outputs are {T}×{width} (steps × units): "
        f"give as many, or one row of {width} for the last step{hint}"
    )


def _typed(text: str) -> list[float] | None:
    """Numbers with commas between them; None where they are none."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    if not np.isfinite(values).all():
        raise InputError(f"{text!r}: expected finite numbers with commas between them")
    return values
