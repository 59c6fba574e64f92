"""What a backward pass of one network says, computed once: truncated, clipped, stepped along and checked."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnn_cli.core.bptt import Bptt, Target, Truncation, bptt, can_itemise
from rnn_cli.core.departure import Departure, Numbers, first_departure
from rnn_cli.core.learning.clipping import Clipped, clip
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.left_out import LeftOut, leave_out
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.trace import Trace, trace
from rnn_cli.core.truncation import TruncationReport, measure, sweep
from rnn_cli.core.verification import Check, check_gradient


@dataclass(frozen=True)
class Descent:
    """A gradient-descent step: θ - lr * g, the loss that its slope promises, and the loss that it gives."""

    lr: float
    loss_before: float
    loss_promised: float
    loss_after: float


@dataclass(frozen=True, eq=False)
class BackwardReport:
    """The backward pass that was asked for (`result`: truncated where so), the full one, and what they say.

    left_out    what each step is worth to the loss; None for a long sequence
    """

    result: Bptt
    full: Bptt
    truncation: TruncationReport | None
    sweep: tuple[TruncationReport, ...] | None
    clipped: Clipped | None
    descent: Descent
    check: Check
    left_out: LeftOut | None

    @cached_property
    def departure(self) -> Departure | None:
        """The first number that left the finite range; None where all are finite."""
        return self.full.departure or self.result.departure or first_departure(self._numbers())

    def _numbers(self) -> Numbers:
        reports = [*([] if self.truncation is None else [self.truncation]), *(self.sweep or ())]
        for one in reports:
            yield ("the norm kept by the truncated gradient",), one.norm_share
            yield ("the angle to the truncated gradient",), one.cosine
        yield from numbers_of_verdicts(self.clipped, self.descent)
        if self.left_out is not None:
            for t, (loss, slope) in enumerate(zip(self.left_out.losses, self.left_out.slopes, strict=True), start=1):
                yield ("the loss without step", t), loss
                yield ("dL/dx · x", t), slope


def backward_report(
    result: Trace,
    target: Target,
    truncation: Truncation | None,
    with_sweep: bool,
    clipping: tuple[str, float] | None,
    lr: float,
    seed: int,
) -> BackwardReport:
    """Backpropagate, truncate, clip, step and check. The check is of the full gradient.

    ValueError where a truncated sequence is too long to keep each loss step's error apart.
    """
    full = bptt(result, target)
    cut = full if truncation is None else bptt(result, target, truncation)
    clipped = None if clipping is None else clip(cut.gradients.flat, *clipping)
    gradient = cut.gradients if clipped is None else Parameters(cut.gradients.shapes, clipped.gradient)
    reports = tuple(sweep(result, target, full)) if with_sweep and can_itemise(result) else None
    return BackwardReport(
        cut,
        full,
        None if truncation is None else measure(full, cut),
        reports,
        clipped,
        descend(full, gradient, lr),
        check_gradient(full, np.random.default_rng(seed)),
        leave_out(full),
    )


def numbers_of_verdicts(clipped: Clipped | None, descent: Descent) -> Numbers:
    """What is computed from the whole gradient."""
    if clipped is not None:
        yield ("the norm of the gradient",), clipped.norm_before
        yield ("the norm of the clipped gradient",), clipped.norm_after
        yield ("the angle to the clipped gradient",), clipped.cosine
    yield ("the loss that the slope promises",), descent.loss_promised
    yield ("the loss after the step of gradient descent",), descent.loss_after
    yield ("the change of the loss",), descent.loss_after - descent.loss_before


def descend(result: Bptt, gradient: Parameters, lr: float) -> Descent:
    """What a step against `gradient` does to the loss of this sequence; the embedding stays."""
    network = result.trace.network
    stepped = network.parameters.copy()
    stepped.flat[...] -= lr * gradient.flat
    answers = trace(network.with_parameters(stepped), result.trace.inputs, result.trace.initial).answers
    answers = answers[None] if network.architecture.task == MANY_TO_ONE else answers
    after = loss_of(result.target.kind, answers, result.target.targets, result.target.weights).total
    promised = result.loss.total - lr * float(result.gradients.flat @ gradient.flat)
    return Descent(lr, result.loss.total, promised, after)
