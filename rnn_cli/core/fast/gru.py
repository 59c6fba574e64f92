"""The tuned kernels of the GRU: with the reset after the product, one product serves all gates; before it, n waits for r."""

from collections.abc import Iterator, Mapping

import numpy as np

from rnn_cli.core.arrays import Array, Packed
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.gru import GRU, GRUResetBefore
from rnn_cli.core.cells.records import CellGradient, Step, Tape
from rnn_cli.core.fast import register
from rnn_cli.core.fast.inputs import Inputs, columns
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


@register(GRU)
@register(GRUResetBefore)
class GruKernel:
    """One tanh for the gates of a step and one for the candidate."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.reset_after = not isinstance(cell, GRUResetBefore)

    def forward(
        self, p: Packed, inputs: Inputs, initial: State, mask: Array | None = None, dropped: Array | None = None
    ) -> Tape:
        """All steps of a batch, one tanh for the gates of a step and one for the candidate.

        inputs: T steps of B sequences, initial (B, H), mask (T, B, 1) -> tape with h (T+1, B, H), gates (T, 3, B, H);
        extra (T, B, H) holds what the reset gate multiplies or, where it comes before, r_t * h_{t-1}.
        """
        h0 = initial.h
        scales = tanh_scales(self.cell.gates.values(), h0.dtype)
        gates = aligned((inputs.steps, 3, *h0.shape), h0.dtype)
        h = state_buffer(h0, inputs.steps)
        inner = aligned((inputs.steps, *h0.shape), h0.dtype)
        loop = self._forward_after if self.reset_after else self._forward_before
        loop(p, inputs.products(p, scales, gates), scales, gates, h, inner, mask, dropped)
        return Tape(inputs, {"h": h}, gates, inner, dropped)

    @staticmethod
    def _forward_after(
        p: Packed,
        read: Iterator[Array],
        scales: Array,
        gates: Array,
        h: Array,
        inner: Array,
        mask: Array | None,
        dropped: Array | None,
    ) -> None:
        """The recurrence with the reset after the product: one product for all gates."""
        half, recurrent = np.array(0.5, dtype=gates.dtype), aligned(gates.shape[1:], gates.dtype)
        W_h_times = reading_part(recurrent_product(p["W_h"], scales, recurrent), dropped)
        r, z, n = gates.transpose(1, 0, 2, 3)
        steps = zip(read, h, gates[:, :2], r, z, n, inner, h[1:], strict=False)
        for t, (_, h_prev, rz_t, r_t, z_t, n_t, inner_t, h_t) in enumerate(steps):
            W_h_times(h_prev)
            rz_t += recurrent[:2]
            np.tanh(rz_t, out=rz_t)
            rz_t *= half  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2
            rz_t += half
            np.add(recurrent[2], p["b_hn"], out=inner_t)
            n_t += np.multiply(r_t, inner_t, out=h_t)
            np.tanh(n_t, out=n_t)
            np.subtract(h_prev, n_t, out=h_t)  # h = n + z (h_{t-1} - n)
            h_t *= z_t
            h_t += n_t
            if mask is not None:
                h_t *= mask[t]

    @staticmethod
    def _forward_before(
        p: Packed,
        read: Iterator[Array],
        scales: Array,
        gates: Array,
        h: Array,
        inner: Array,
        mask: Array | None,
        dropped: Array | None,
    ) -> None:
        """The recurrence with the reset before the product, which waits for the reset gate."""
        size = h.shape[-1]
        half, recurrent = np.array(0.5, dtype=gates.dtype), aligned((2, *gates.shape[2:]), gates.dtype)
        W_h_times = reading_part(recurrent_product(p["W_h"][: 2 * size], scales[:2], recurrent), dropped)
        W_hnT = columns(p["W_h"][2 * size :], scales[2:])
        W_hn_times = reading_part(lambda v, out: np.dot(v, W_hnT, out=out), dropped)
        r, z, n = gates.transpose(1, 0, 2, 3)
        steps = zip(read, h, gates[:, :2], r, z, n, inner, h[1:], strict=False)
        for t, (_, h_prev, rz_t, r_t, z_t, n_t, inner_t, h_t) in enumerate(steps):
            rz_t += W_h_times(h_prev)
            np.tanh(rz_t, out=rz_t)
            rz_t *= half  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2
            rz_t += half
            np.multiply(r_t, h_prev, out=inner_t)
            n_t += W_hn_times(inner_t, h_t)
            np.tanh(n_t, out=n_t)
            np.subtract(h_prev, n_t, out=h_t)
            h_t *= z_t
            h_t += n_t
            if mask is not None:
                h_t *= mask[t]

    def jacobian(self, p: Packed, step: Step) -> Array:
        """dh_t/dh_{t-1} = diag(z_t) + diag((1 - z_t) (1 - n^2)) dn + diag((h_{t-1} - n_t) z') W_hz, (H, H).

        dn, the derivative of the candidate's recurrent term, is diag(r) W_hn + diag((W_hn h_{t-1} + b_hn) r') W_hr with
        the reset after the product, and W_hn (diag(r) + diag(h_{t-1} r') W_hr) with the reset before it.
        """
        w = self.cell.named(p)
        r, z, n = (step.value(name) for name in self.cell.gates)
        h_prev, slope = step.before.h, r * (1 - r)
        if self.reset_after:
            inner = w["W_hn"] @ h_prev + w["b_hn"]
            dn = r[:, None] * w["W_hn"] + (inner * slope)[:, None] * w["W_hr"]
        else:
            dn = w["W_hn"] @ (np.diag(r) + (h_prev * slope)[:, None] * w["W_hr"])
        J: Array = (
            np.diag(z) + ((1 - z) * (1 - n * n))[:, None] * dn + ((h_prev - n) * z * (1 - z))[:, None] * w["W_hz"]
        )
        return J

    def backward(self, p: Packed, tape: Tape, errors: Mapping[str, Array], keep_dh: bool = False) -> CellGradient:
        """All steps of a batch backwards: the recurrence, then the weight gradients of all steps at once.

        errors of h (T, B, H) -> gradients of W_x, W_h, b (and b_hn); dx (T, B, I); those of the initial state (B, H)
        """
        dh = errors["h"]
        kept = np.empty_like(dh) if keep_dh else None
        loop = self._backward_after if self.reset_after else self._backward_before
        dh0 = aligned_zeros(tape.h[0].shape, tape.h.dtype)
        db_hn = np.zeros(dh0.shape[1], dtype=dh0.dtype)
        # The errors of r and z, of the candidate's recurrent product, and of the candidate.
        blocks = Blocks(p, tape, 4)
        for first, stop, da in blocks:
            self._local_derivatives(tape, da, first, stop)
            loop(p["W_h"], tape, dh, da, dh0, kept, first, stop)
            if self.reset_after:
                db_hn += np.add.reduce(da[2], axis=(0, 1))
                blocks.give_recurrent((da[:3], tape.h[first:stop]))
            else:
                blocks.give_recurrent((da[:2], tape.h[first:stop]), (da[3:], tape.extra[first:stop]))
            da[2] = da[3]
            blocks.give_inputs(first, stop, da[:3])
        packed = blocks.packed()
        if self.reset_after:
            packed["b_hn"] = db_hn
        return CellGradient(packed, blocks.inputs.of_inputs(), State(h=dh0), None if kept is None else State(h=kept))

    @staticmethod
    def _local_derivatives(tape: Tape, da: Array, first: int, stop: int) -> None:
        """Fill da (4, n, B, H) with what dh_t, or for r the candidate's error, will be multiplied by.

        da_n: (1 - z) (1 - n^2)   da_z: (h_{t-1} - n) z (1 - z)   da_r: r (1 - r)
        """
        r, z, n = (tape.gates[first:stop, k] for k in range(3))
        local_r, local_z, _, local_n = da
        np.subtract(1, np.multiply(n, n, out=local_n), out=local_n)
        np.subtract(1, z, out=local_z)
        local_n *= local_z
        local_z *= z
        local_z *= np.subtract(tape.h[first:stop], n, out=local_r)
        np.subtract(1, r, out=local_r)
        local_r *= r

    @staticmethod
    def _backward_after(
        W_h: Array, tape: Tape, dh: Array, da: Array, dh_t: Array, kept: Array | None, first: int, stop: int
    ) -> None:
        """Some steps backwards, reset after the product; dh_t holds the error from the future, on entry and on return."""
        W_hT_times = giving_part(error_product(W_h, 3, len(dh_t)), tape.dropped)
        back = aligned(dh_t.shape, dh_t.dtype)
        da[0] *= tape.extra[first:stop]
        r, z = tape.gates[first:stop, :2].transpose(1, 0, 2, 3)
        steps = backwards(first, stop, dh[first:stop], r, z, da[:3].transpose(1, 0, 2, 3), *da)
        for t, dh_out, r_t, z_t, da_t, da_r, da_z, da_hn, da_n in steps:
            dh_t += dh_out
            if kept is not None:
                kept[t] = dh_t
            da_z *= dh_t
            da_n *= dh_t
            da_r *= da_n
            np.multiply(da_n, r_t, out=da_hn)
            dh_t *= z_t
            dh_t += W_hT_times(da_t, back)

    @staticmethod
    def _backward_before(
        W_h: Array, tape: Tape, dh: Array, da: Array, dh_t: Array, kept: Array | None, first: int, stop: int
    ) -> None:
        """The same with the reset before the product."""
        size = dh_t.shape[1]
        W_hT_times, W_hnT_times = (
            giving_part(error_product(W, k, len(dh_t)), tape.dropped)
            for W, k in ((W_h[: 2 * size], 2), (W_h[2 * size :], 1))
        )
        before, back = (aligned(dh_t.shape, dh_t.dtype) for _ in range(2))
        da[0] *= tape.h[first:stop]
        r, z = tape.gates[first:stop, :2].transpose(1, 0, 2, 3)
        steps = backwards(first, stop, dh[first:stop], r, z, da[:2].transpose(1, 0, 2, 3), da[0], da[1], da[3])
        for t, dh_out, r_t, z_t, da_t, da_r, da_z, da_n in steps:
            dh_t += dh_out
            if kept is not None:
                kept[t] = dh_t
            da_z *= dh_t
            da_n *= dh_t
            da_r *= W_hnT_times(da_n[None], before)
            dh_t *= z_t
            before *= r_t
            dh_t += before
            dh_t += W_hT_times(da_t, back)
