"""BPTT of a long sequence by the kernels alone: loss and gradient, and no record of single steps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Target
from rnn_cli.core.departure import COMPONENT, Departure, Numbers, first_departure, numbers_of_rows
from rnn_cli.core.fast.checkpointing import Answers, Checkpointed, checkpointed
from rnn_cli.core.learning.clipping import Clipped, clip
from rnn_cli.core.network import MANY_TO_ONE, Network
from rnn_cli.core.norms import norm, norms
from rnn_cli.core.state import InitialStates

MOST_RECORDED = 20_000
"""The largest number of steps recorded one by one; a longer sequence goes through the kernels."""

FULL, OTHER_SEGMENTS = "full BPTT", "other segments"

LIMIT = 1e-9
"""The tolerance for gradients that differ only in the order of their sums."""


@dataclass(frozen=True, eq=False)
class LongBpttReport:
    """What is known of a backward pass without its steps.

    norms     by parameter
    method    what the gradient was compared with, None without comparison; `error` is the largest relative difference,
              of each parameter against its own largest element, and `worst` the parameter where it is
    """

    target: Target
    result: Checkpointed
    norms: dict[str, float]
    norm: float
    clipped: Clipped | None
    method: str | None
    error: float | None
    worst: str | None

    @cached_property
    def departure(self) -> Departure | None:
        """The first number that left the finite range; None where all are finite."""
        return first_departure(self._numbers())

    def _numbers(self) -> Numbers:
        yield ("the loss",), self.result.total
        for name, size in self.norms.items():
            yield (f"the gradient of {name}",), self.result.parameters[name]
            yield (f"the norm of the gradient of {name}",), size
        yield ("the norm of the gradient",), self.norm
        for (layer, direction), errors in self.result.initial.items():
            for name, array in errors.items():
                yield (f"the error of {name}_0", None, layer, direction), array.ravel()
        yield from numbers_of_rows("dx", self.result.inputs[:, 0], COMPONENT)
        yield ("the norm of dx",), norms(self.result.inputs[:, 0])[None]
        if self.clipped is not None:
            yield ("the norm of the clipped gradient",), self.clipped.norm_after
            yield ("the angle to the clipped gradient",), self.clipped.cosine

    @property
    def finite(self) -> bool:
        """Whether the loss and its gradient stayed in the finite range."""
        return bool(np.isfinite(self.result.total) and np.isfinite(self.result.parameters.flat).all())

    @property
    def passed(self) -> bool | None:
        """Whether the comparison held; None where there was none. False where it could not be made."""
        return None if self.error is None else self.finite and self.error <= LIMIT

    @property
    def unknown(self) -> bool:
        """Whether a comparison could not be made: what the gradient was compared with left the finite range."""
        return self.error is not None and bool(np.isnan(self.error))


def long_bptt_report(
    network: Network,
    inputs: Array,
    target: Target,
    every: int | None,
    clipping: tuple[str, float] | None,
    compare: bool,
    initial: InitialStates | None = None,
) -> LongBpttReport:
    """Backpropagate one sequence (T, I) from its initial states, (1, H) each, with its states kept at every N-th step (None: about 4 √T).

    A sequence of at most MOST_RECORDED steps is also compared with full BPTT, a longer one, where `compare` says so,
    with itself in segments of twice the length.
    """
    one, T = network.architecture.task == MANY_TO_ONE, len(inputs)
    answers = Answers(
        target.kind,
        target.targets if one else target.targets[:, None],
        target.weights if one else target.weights[:, None],
    )
    x = inputs[:, None]
    result = checkpointed(network, x, answers, every, initial=initial)
    learnt = {name: array for name, array in result.parameters.items() if name not in ("embedding", "parts")}
    method, error, worst = None, None, None
    if result.segments > 1 and (compare or T <= MOST_RECORDED):
        short = T <= MOST_RECORDED
        method = FULL if short else OTHER_SEGMENTS
        other = checkpointed(network, x, answers, T if short else 2 * result.every, initial=initial).parameters
        errors = {name: _difference(array, other[name]) for name, array in learnt.items()}
        worst = max(errors, key=lambda name: np.inf if np.isnan(errors[name]) else errors[name])
        error = errors[worst]
    return LongBpttReport(
        target,
        result,
        {name: norm(array) for name, array in learnt.items()},
        norm(result.parameters.flat),
        None if clipping is None else clip(result.parameters.flat, *clipping),
        method,
        error,
        worst,
    )


def _difference(one: Array, other: Array) -> float:
    """The largest difference relative to the largest element; NaN where a number is not finite."""
    scale, own = float(np.abs(other).max()), float(np.abs(one).max())
    if not (np.isfinite(scale) and np.isfinite(own)):
        return float("nan")
    difference = float(np.abs(one - other).max())
    return difference if scale == 0 else difference / scale
