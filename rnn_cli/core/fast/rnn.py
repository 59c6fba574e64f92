"""The tuned kernel of the vanilla RNN."""

from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import CellGradient, Step, Tape
from rnn_cli.core.cells.rnn import VanillaRNN
from rnn_cli.core.fast import register
from rnn_cli.core.fast.inputs import Inputs
from rnn_cli.core.fast.kernels import Blocks, backwards, giving_part, laid_out, reading_part, state_buffer
from rnn_cli.core.fast.memory import aligned, aligned_zeros
from rnn_cli.core.fast.products import multiplier
from rnn_cli.core.state import State

IN_PLACE: dict[str, Callable[[Array], object]] = {
    "tanh": lambda a: np.tanh(a, out=a),
    "relu": lambda a: np.maximum(a, 0, out=a),
}
"""Each activation that the cell can have, written over its argument."""


@register(VanillaRNN)
class RnnKernel:
    """One product and one activation a step, both written in place."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def forward(
        self, p: Packed, inputs: Inputs, initial: State, mask: Array | None = None, dropped: Array | None = None
    ) -> Tape:
        """All steps of a batch.

        inputs: T steps of B sequences, initial (B, H), mask (T, B, 1) -> tape with h (T+1, B, H)
        """
        f, h0 = IN_PLACE[self.cell.gates["h"]], initial.h
        h, recurrent = state_buffer(h0, inputs.steps), aligned(h0.shape, h0.dtype)
        W_h_times = reading_part(multiplier(laid_out(p["W_h"].T, len(h0)), len(h0)), dropped)
        next(inputs.products(p, None, h[1:, None]), None)  # those of a single gate are all written at once
        for t, (h_prev, h_t) in enumerate(pairwise(h)):
            h_t += W_h_times(h_prev, recurrent)
            f(h_t)
            if mask is not None:
                h_t *= mask[t]
        return Tape(inputs, {"h": h}, h[1:, None], dropped=dropped)

    def backward(self, p: Packed, tape: Tape, errors: Mapping[str, Array], keep_dh: bool = False) -> CellGradient:
        """All steps of a batch backwards: the recurrence, then the weight gradients of all steps at once.

        errors of h (T, B, H) -> gradients of W_x, W_h, b; dx (T, B, I); those of the initial state (B, H)
        """
        dh = errors["h"]
        kept = np.empty_like(dh) if keep_dh else None
        W_hT_times = giving_part(multiplier(laid_out(p["W_h"], dh.shape[1]), dh.shape[1]), tape.dropped)
        dh_t = aligned_zeros(dh.shape[1:], tape.h.dtype)
        blocks = Blocks(p, tape, 1)
        for first, stop, da in blocks:
            da[0] = ACTIVATIONS[self.cell.gates["h"]].derivative(tape.h[first + 1 : stop + 1])
            for t, dh_out, da_t in backwards(first, stop, dh[first:stop], da[0]):
                dh_t += dh_out
                if kept is not None:
                    kept[t] = dh_t
                da_t *= dh_t
                W_hT_times(da_t, dh_t)
            blocks.give_recurrent((da, tape.h[first:stop]))
            blocks.give_inputs(first, stop, da)
        return CellGradient(
            blocks.packed(), blocks.inputs.of_inputs(), State(h=dh_t), None if kept is None else State(h=kept)
        )

    def jacobian(self, p: Packed, step: Step) -> Array:
        """J_t = diag(f'(a_t)) W_hh, (H, H)."""
        slope = ACTIVATIONS[self.cell.gates["h"]].derivative(step.state.h)
        J: Array = slope[:, None] * p["W_h"]
        return J
