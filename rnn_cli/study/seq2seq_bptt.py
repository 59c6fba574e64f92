"""Two networks in a row: one reads and hands its last states over, the other writes from there.

One-to-many has no network that reads: the first states are what was learnt for the condition. The error goes the same
way back: what arrives at the writer's first states is the error of the reader's last ones.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Bptt, Target, bptt, bptt_from_end
from rnn_cli.core.decode import greedy
from rnn_cli.core.learning.clipping import Clipped, clip
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.seq2seq import pass_on, taken_back
from rnn_cli.core.trace import Initial, Trace, trace
from rnn_cli.core.verification import Check, check_gradient
from rnn_cli.study.bptt import Descent


def write_greedily(writer: Network, first: Initial, bos: int, eos: int, most: int) -> list[int]:
    """The likeliest token after each one, from these first states of one sequence; without <eos>."""
    state = {where: one.batched() for where, one in first.items()}
    return greedy(writer, state, 1, bos, eos, most)[0]


@dataclass(frozen=True, eq=False)
class WritingReport:
    """The backward pass of what was written, and of what was read for it; `read` is None where nothing was.

    The clipping and the descent are of the parameters of both together; embeddings are left alone.
    """

    written: Bptt
    read: Bptt | None
    clipped: Clipped | None
    descent: Descent
    check: Check

    @property
    def halves(self) -> tuple[Bptt, ...]:
        """In the order of the way back."""
        return (self.written,) if self.read is None else (self.written, self.read)


def writing_report(
    read: Trace | None, written: Trace, target: Target, clipping: tuple[str, float] | None, lr: float, seed: int
) -> WritingReport:
    """Backpropagate through the writer, over the context, through the reader; clip, step and check."""
    back = bptt(written, target)
    reading = None
    if read is not None:
        reading = bptt_from_end(read, back, taken_back(back.initial_each, read.network.architecture))
    halves = (back,) if reading is None else (back, reading)
    gradient = np.concatenate([half.gradients.flat for half in halves])
    clipped = None if clipping is None else clip(gradient, *clipping)
    step = gradient if clipped is None else clipped.gradient
    promised = back.loss.total - lr * float(gradient @ step)
    descent = Descent(lr, back.loss.total, promised, _loss_after(halves, lr * step))
    check = check_gradient(back, np.random.default_rng(seed), reading)
    return WritingReport(back, reading, clipped, descent, check)


def _loss_after(halves: tuple[Bptt, ...], change: Array) -> float:
    """The loss with the parameters of both networks changed by minus `change`."""
    first: Initial = halves[-1].trace.initial
    networks = []
    for half, part in zip(halves, np.split(change, [halves[0].gradients.flat.size]), strict=False):
        parameters = half.trace.network.parameters
        networks.append(half.trace.network.with_parameters(Parameters(parameters.shapes, parameters.flat - part)))
    if len(halves) > 1:
        first = pass_on(trace(networks[1], halves[1].trace.inputs).ends, networks[1].architecture)
    logits = trace(networks[0], halves[0].trace.inputs, first).logits
    assert logits is not None
    target = halves[0].target
    return loss_of(target.kind, logits, target.targets, target.weights).total
