"""Checks that every network goes through before it takes memory: its sizes, and from files its numbers."""

from collections.abc import Callable, Mapping
from reprlib import repr as shortened
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.reads import FINAL_STATE, READS
from rnn_cli.errors import InputError, ModelFileError

MAX_SIZE = 100_000
"""The largest size that a network may have: a wrong or hostile file must not ask for terabytes."""

MAX_LAYERS = 1_000

MAX_ROWS = 10_000_000
"""The largest size of a vocabulary."""

MAX_BUILT, MAX_TRAINED = 50_000_000, 200_000_000
"""The most weights of a network that is built to be looked at, and of one that is trained: with their gradient and the two
moments of Adam, 200 million weights take 3.2 GB in float32."""

SIZES = {
    "input_size": (1, MAX_SIZE),
    "hidden_size": (1, MAX_SIZE),
    "num_layers": (1, MAX_LAYERS),
    "output_size": (0, MAX_ROWS),
    "embedding_rows": (0, MAX_ROWS),
    "part_rows": (0, MAX_ROWS),
}
"""The least and the largest of each size of an architecture."""

HUGE = 10**15


def in_range(value: object, low: int, high: int) -> bool:
    """Whether a value is a whole number of the range; true and 1.0 are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def check_flag(name: str, value: object, low: int, high: int) -> None:
    """InputError where the value of a flag is not a whole number of the range."""
    if not in_range(value, low, high):
        raise InputError(f"--{name.replace('_', '-')} {shortened(value)}: a whole number from {low} to {high:,}")


def check_weights(count: int, most: int, refusal: Callable[[str], Exception] = InputError) -> None:
    """Refuse a network of more than `most` weights, before any memory is taken for one."""
    if count > most:
        said = f"{count:,}" if count < HUGE else f"more than {HUGE:,}"
        raise refusal(f"this network would have {said} weights; at most {most:,} are possible here")


def checked_architecture(source: str, architecture: Architecture) -> Architecture:
    """ModelFileError where a size is not a whole number of a sensible size, or a choice is unknown."""
    for name, (low, high) in SIZES.items():
        size = getattr(architecture, name)
        if not in_range(size, low, high):
            raise ModelFileError(f"{source}: {name} must be a whole number from {low} to {high}, not {shortened(size)}")
    low, high = SIZES["hidden_size"]
    sizes = architecture.layer_sizes
    fits = not sizes or (len(sizes) == architecture.num_layers and sizes[-1] == architecture.hidden_size)
    if not fits or len(set(sizes)) == 1 or not all(in_range(size, low, high) for size in sizes):
        raise ModelFileError(
            f"{source}: layer_sizes is {shortened(list(sizes))}: where layers differ, the {architecture.num_layers} sizes of all, "
            f"the last of them {architecture.hidden_size}"
        )
    for name in ("bidirectional", "backward_only"):
        if not isinstance(getattr(architecture, name), bool):
            raise ModelFileError(f"{source}: {name} must be true or false")
    if architecture.bidirectional and architecture.backward_only:
        raise ModelFileError(f"{source}: bidirectional and backward_only are both true")
    if architecture.task not in (MANY_TO_ONE, MANY_TO_MANY):
        raise ModelFileError(f"{source}: task is {shortened(architecture.task)}: {MANY_TO_ONE} or {MANY_TO_MANY}")
    if architecture.reads not in READS:
        raise ModelFileError(f"{source}: reads is {shortened(architecture.reads)}: {', '.join(READS)}")
    if architecture.reads != FINAL_STATE and architecture.task != MANY_TO_ONE:
        raise ModelFileError(
            f"{source}: reads {architecture.reads} is for {MANY_TO_ONE}; {MANY_TO_MANY} reads every step"
        )
    return architecture


def filled_network(source: str, architecture: Architecture, arrays: Mapping[str, Array]) -> Network:
    """A float64 network holding `arrays`. ModelFileError where one is missing, left over, misshapen or not finite."""
    check_weights(
        checked_architecture(source, architecture).parameter_count,
        MAX_TRAINED,
        lambda said: ModelFileError(f"{source}: {said}"),
    )
    return Network(architecture, filled_parameters(source, architecture.shapes(), arrays))


def filled_parameters(
    source: str, shapes: Mapping[str, tuple[int, ...]], arrays: Mapping[str, Array], dtype: Any = np.float64
) -> Parameters:
    """Parameters of these shapes holding `arrays`. ModelFileError where one is missing, left over, misshapen or not finite."""
    for name in arrays:
        if name not in shapes:
            raise ModelFileError(f"{source}: unexpected parameter {name}; this network has {_named(shapes)}")
    for name, shape in shapes.items():
        if name not in arrays:
            raise ModelFileError(f"{source}: parameter {name} is missing")
        if arrays[name].shape != shape:
            raise ModelFileError(f"{source}: {name} has shape {_shape(arrays[name].shape)}, expected {_shape(shape)}")
        if arrays[name].dtype.kind not in "iuf":
            raise ModelFileError(f"{source}: {name} holds {arrays[name].dtype} values, not numbers")
        if not np.isfinite(arrays[name]).all():
            raise ModelFileError(f"{source}: {name} holds a number that is not finite")
    parameters = Parameters(shapes, dtype=dtype)
    for name in shapes:
        parameters[name][...] = arrays[name]
    return parameters


def _named(names: Mapping[str, object]) -> str:
    return ", ".join(list(names)[:20]) + (f", … ({len(names)} in all)" if len(names) > 20 else "")


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"
