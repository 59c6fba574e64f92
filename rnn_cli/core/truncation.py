"""What truncated BPTT leaves out, measured against the full gradient.

    norm share   ‖g_cut‖ / ‖g_full‖            cosine   <g_cut, g_full> / (‖g_cut‖ ‖g_full‖)

over the parameters of the cells; the readout's gradient never goes back through time.

With k1 and k2 the backward pass starts at every k1-th step and at T, and covers the last k2 steps up to there. Where k2
is less than k1, some steps are not covered, and the errors of their losses never enter the cells: with k1 = 3 and k2 = 1,
of the losses at steps 1, 2 and 3 only that at step 3 enters. All that the others give is lost, their immediate part
included. With `--truncate K` every loss enters.
"""

from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import Bptt, Target, Truncation, bptt
from rnn_cli.core.norms import cosine, norm
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.trace import Trace


@dataclass(frozen=True, eq=False)
class LostLink:
    """A link that is lost: of one direction's cells, the error that enters at `loss_step` gives their weights nothing through
    `step` any more."""

    loss_step: int
    step: int
    direction: str
    norm: float


@dataclass(frozen=True, eq=False)
class TruncationReport:
    """A truncated gradient beside the full one.

    sign_disagreements counts parameters whose gradient has the opposite sign, of the `compared` parameters whose full gradient is not 0.
    lost are the links that are cut and carried something, of all directions, the largest first.
    """

    truncation: Truncation
    norm_share: float
    cosine: float
    sign_disagreements: int
    compared: int
    lost: tuple[LostLink, ...]


def measure(full: Bptt, cut: Bptt) -> TruncationReport:
    """Compare a truncated backward pass with the full one of the same sequence."""
    assert cut.truncation is not None
    a, b = cell_gradients(full.gradients), cell_gradients(cut.gradients)
    signs = np.sign(a) * np.sign(b)
    largest = max(float(np.abs(a).max()), np.finfo(a.dtype).tiny)
    size = norm(a / largest)  # of both by the same: a ratio of norms that a float cannot hold is a number all the same
    lost = []
    if full.items is not None and cut.items is not None:
        for direction, carried in full.items.directions.items():
            gone = (carried > 0) & (cut.items.directions[direction] == 0)
            lost += [
                LostLink(full.entries[k], int(t) + 1, direction, float(carried[k, t])) for k, t in np.argwhere(gone)
            ]
    lost.sort(key=lambda one: -one.norm)
    share = norm(b / largest) / size if size else 1.0
    return TruncationReport(
        cut.truncation, share, cosine(a, b), int((signs < 0).sum()), int((a != 0).sum()), tuple(lost)
    )


def sweep(trace: Trace, target: Target, full: Bptt, most: int = 64) -> list[TruncationReport]:
    """The report for every K from 1 to T; for a long sequence a sample of at most `most` of them, ends included."""
    T = len(trace.inputs)
    lengths = range(1, T + 1) if most >= T else sorted({round(k) for k in np.geomspace(1, T, most)})
    return [measure(full, bptt(trace, target, Truncation(None, int(K)))) for K in lengths]


def cell_gradients(gradients: Parameters) -> Array:
    """The gradients of the cells' parameters, flat."""
    return np.concatenate([array.ravel() for name, array in gradients.items() if name.startswith("layers.")])
