"""What each step is worth to the loss: the loss once more without it, beside what its gradient promises.

    slope       -dL/dx_t · x_t        what the loss would change by if x_t shrank to zeros and the loss were a straight line
    change      L without step t - L

The size of the error at a step, ||dL/dh_t||, says neither: it asks what a change of the state would do, not what the word did.

Where one loss is read at the end, step t is left out of the sequence, and the others move up. Where every step has a loss of
its own, or there is one step alone, leaving it out would leave out a loss: there x_t is set to zeros.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Bptt
from rnn_cli.core.forward import answers_of, run_forward
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import MANY_TO_ONE

MOST_NUMBERS = 1_000_000
"""How many numbers of hidden states the runs without a step may have together."""


@dataclass(frozen=True, eq=False)
class LeftOut:
    """What each step is worth. `removed` says whether steps were left out; if not, their vectors were set to zeros.

    losses (T,), the loss without each step; slopes (T,), -dL/dx_t · x_t
    """

    removed: bool
    losses: Array
    slopes: Array


def leave_out(full: Bptt) -> LeftOut | None:
    """What each step is worth to the loss of a full backward pass. None where the sequence is too long to run it T times."""
    network, x, a = full.trace.network, full.trace.inputs, full.trace.network.architecture
    T = len(x)
    if T * T * len(a.directions) * sum(a.sizes) > MOST_NUMBERS:
        return None
    one = a.task == MANY_TO_ONE
    removed = one and T > 1
    kept = ~np.eye(T, dtype=bool)  # row t: all steps but t
    runs = np.stack([x[row] for row in kept]) if removed else kept[..., None] * x
    initial = {
        where: state.map(lambda array: np.repeat(array[None], T, axis=0)) for where, state in full.trace.initial.items()
    }
    run = run_forward(network, np.ascontiguousarray(runs.transpose(1, 0, 2)), initial=initial)
    answers = answers_of(network, run)
    each = answers[:, None] if one else answers.transpose(1, 0, 2)
    target = full.target
    losses = [loss_of(target.kind, said, target.targets, target.weights).total for said in each]
    return LeftOut(removed, np.array(losses), -(full.inputs * x).sum(axis=-1))
