"""The tuned kernel of the LSTM."""

from collections.abc import Mapping

import numpy as np

from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.lstm import LSTM
from rnn_cli.core.cells.records import CellGradient, Step, Tape
from rnn_cli.core.fast import register
from rnn_cli.core.fast.inputs import Inputs
from rnn_cli.core.fast.kernels import (
    Blocks,
    backwards,
    error_product,
    giving_part,
    reading_part,
    recurrent_product,
    state_buffer,
    tanh_scales,
)
from rnn_cli.core.fast.memory import aligned, aligned_zeros
from rnn_cli.core.state import State


@register(LSTM)
class LstmKernel:
    """One product and one tanh for all gates of a step."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def forward(
        self, p: Packed, inputs: Inputs, initial: State, mask: Array | None = None, dropped: Array | None = None
    ) -> Tape:
        """All steps of a batch, one tanh for all gates of a step.

        inputs: T steps of B sequences, initial (B, H), mask (T, B, 1) -> h and c (T+1, B, H), gates (T, 4, B, H);
        extra is tanh(c), (T, B, H)
        """
        h0, steps_count = initial.h, inputs.steps
        half, scales = np.array(0.5, dtype=h0.dtype), tanh_scales(self.cell.gates.values(), h0.dtype)
        shape = steps_count, 4, *h0.shape
        gates, tanh_c = aligned(shape, h0.dtype), aligned((steps_count, *h0.shape), h0.dtype)
        h, c = state_buffer(h0, steps_count), state_buffer(initial.c, steps_count)
        W_h_times = reading_part(recurrent_product(p["W_h"], scales, aligned(shape[1:], h0.dtype)), dropped)
        written = aligned(h0.shape, h0.dtype)
        i, f, g, o = gates.transpose(1, 0, 2, 3)
        steps = zip(
            inputs.products(p, scales, gates), h, c, gates[:, :2], i, f, g, o, c[1:], tanh_c, h[1:], strict=False
        )
        for t, (now, h_prev, c_prev, if_t, i_t, f_t, g_t, o_t, c_t, tanh_c_t, h_t) in enumerate(steps):
            now += W_h_times(h_prev)
            np.tanh(now, out=now)
            if_t *= half  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2
            if_t += half
            o_t *= half
            o_t += half
            np.multiply(f_t, c_prev, out=c_t)
            c_t += np.multiply(i_t, g_t, out=written)
            if mask is not None:
                c_t *= mask[t]
            np.multiply(o_t, np.tanh(c_t, out=tanh_c_t), out=h_t)
        return Tape(inputs, {"h": h, "c": c}, gates, tanh_c, dropped)

    def backward(self, p: Packed, tape: Tape, errors: Mapping[str, Array], keep_dh: bool = False) -> CellGradient:
        """All steps of a batch backwards: the recurrence, then the weight gradients of all steps at once.

        errors of h and c (T, B, H) -> gradients of W_x, W_h, b; dx (T, B, I); those of the initial state (B, H)
        """
        dh, dc = errors["h"], errors.get("c")
        kept = State(h=np.empty_like(dh), c=np.empty_like(dh)) if keep_dh else None
        batch, size = dh.shape[1:]
        W_hT_times = giving_part(error_product(p["W_h"], 4, batch), tape.dropped)
        dh_t, dc_t, through = (aligned_zeros((batch, size), tape.h.dtype) for _ in range(3))
        blocks = Blocks(p, tape, 4)
        dh_dc = aligned(blocks.errors.shape[1:], tape.h.dtype)
        for first, stop, da in blocks:
            local, f, of_step = dh_dc[: stop - first], tape.gates[first:stop, 1], da.transpose(1, 0, 2, 3)
            self._local_derivatives(tape, da, local, first, stop)
            steps = backwards(first, stop, dh[first:stop], local, f, of_step, *da)
            for t, dh_out, dh_dc_t, f_t, da_t, da_i, da_f, da_g, da_o in steps:
                dh_t += dh_out
                dc_t += np.multiply(dh_t, dh_dc_t, out=through)
                if dc is not None:
                    dc_t += dc[t]
                if kept is not None:
                    kept.h[t], kept.c[t] = dh_t, dc_t
                da_i *= dc_t
                da_f *= dc_t
                da_g *= dc_t
                da_o *= dh_t
                W_hT_times(da_t, dh_t)
                dc_t *= f_t
            blocks.give_recurrent((da, tape.h[first:stop]))
            blocks.give_inputs(first, stop, da)
        return CellGradient(blocks.packed(), blocks.inputs.of_inputs(), State(h=dh_t, c=dc_t), kept)

    @staticmethod
    def _local_derivatives(tape: Tape, da: Array, dh_dc: Array, first: int, stop: int) -> None:
        """Fill da (4, n, B, H) with what the errors will be multiplied by, and dh_dc with dh_t/dc_t = o * (1 - tanh(c)^2).

        da_i: i g (1 - i)   da_f: f c_{t-1} (1 - f)   da_g: i (1 - g^2)   da_o: h (1 - o),   h = o tanh(c)
        """
        i, f, g, o = (tape.gates[first:stop, k] for k in range(4))
        local_i, local_f, local_g, local_o = da
        h, tanh_c = tape.h[first + 1 : stop + 1], tape.extra[first:stop]
        product = np.multiply(i, g, out=dh_dc)
        np.subtract(product, np.multiply(product, i, out=local_i), out=local_i)
        np.subtract(i, np.multiply(product, g, out=local_g), out=local_g)
        np.multiply(f, tape.states["c"][first:stop], out=product)
        np.subtract(product, np.multiply(product, f, out=local_f), out=local_f)
        np.subtract(h, np.multiply(h, o, out=local_o), out=local_o)
        np.subtract(o, np.multiply(h, tanh_c, out=dh_dc), out=dh_dc)

    def jacobian(self, p: Packed, step: Step) -> Array:
        """d[h_t; c_t] / d[h_{t-1}; c_{t-1}], (2H, 2H): four blocks, of which dc_t/dc_{t-1} = diag(f_t) is the highway."""
        w = self.cell.named(p)
        i, f, g, o = (step.value(name) for name in self.cell.gates)
        c_prev, tanh_c = step.before.c, np.tanh(step.state.c)
        through = o * (1 - tanh_c * tanh_c)  # dh_t/dc_t
        H = len(c_prev)
        J = np.zeros((2 * H, 2 * H), dtype=c_prev.dtype)
        h_by_h, c_by_h, one = J[:H, :H], J[H:, :H], np.empty((H, H), dtype=c_prev.dtype)
        np.multiply((g * i * (1 - i))[:, None], w["W_hi"], out=c_by_h)
        c_by_h += np.multiply((c_prev * f * (1 - f))[:, None], w["W_hf"], out=one)
        c_by_h += np.multiply((i * (1 - g * g))[:, None], w["W_hg"], out=one)
        np.multiply(through[:, None], c_by_h, out=h_by_h)
        h_by_h += np.multiply((tanh_c * o * (1 - o))[:, None], w["W_ho"], out=one)
        np.fill_diagonal(J[:H, H:], through * f)
        np.fill_diagonal(J[H:, H:], f)
        return J
