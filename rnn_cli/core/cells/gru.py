"""The GRU, in its two forms.

    r_t = sigmoid(W_xr x_t + W_hr h_{t-1} + b_r)                       reset gate
    z_t = sigmoid(W_xz x_t + W_hz h_{t-1} + b_z)                       update gate
    n_t = tanh(W_xn x_t + b_n + r_t * (W_hn h_{t-1} + b_hn))           candidate, reset after the product
    n_t = tanh(W_xn x_t + b_n + W_hn (r_t * h_{t-1}))                  candidate, reset before the product
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}

Backwards, with dh_t the error from the output plus that from the future, and s' = s (1 - s) for a sigmoid:

    da_n = dh_t * (1 - z_t) * (1 - n^2)
    da_z = dh_t * (h_{t-1} - n_t) * z'
    da_r = da_n * (W_hn h_{t-1} + b_hn) * r'         reset after
    da_r = (W_hn^T da_n) * h_{t-1} * r'              reset before
    dh_{t-1} = dh_t * z_t + W_hr^T da_r + W_hz^T da_z + W_hn^T (r_t * da_n)      reset after
    dh_{t-1} = dh_t * z_t + W_hr^T da_r + W_hz^T da_z + r_t * (W_hn^T da_n)      reset before

Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), section 2.3, resets before the
product and lets z keep the old state, as here. PyTorch and cuDNN reset after it, which allows one bulk product for
all gates; they need the second bias b_hn. Gates stand in PyTorch's order, r z n.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rnn_cli.core.arrays import Array, Packed, aligned, aligned_zeros
from rnn_cli.core.cells.base import (
    CellGradient,
    Contribution,
    Step,
    StepGradient,
    Tape,
    Term,
    Update,
    by_gate,
    constant,
    gate,
    linear,
    packed_shapes,
    product,
)
from rnn_cli.core.fast.inputs import Inputs, columns
from rnn_cli.core.fast.kernels import (
    Blocks,
    backwards,
    error_product,
    halved_sigmoids,
    recurrent_product,
    state_buffer,
)


@dataclass(frozen=True)
class GRU:
    """h_t = (1 - z_t) * n_t + z_t * h_{t-1}."""

    reset_after: bool = True
    name: ClassVar[str] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "z", "n")
    activations: ClassVar[tuple[str, ...]] = ("sigmoid", "sigmoid", "tanh")
    has_cell_state: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """The cell's name in words."""
        return f"GRU, reset {'after' if self.reset_after else 'before'} the product"

    @property
    def equations(self) -> tuple[str, ...]:
        """The equations, in the letters of the code."""
        candidate = (
            "n_t = tanh(W_xn x_t + b_n + r_t * (W_hn h_{t-1} + b_hn))   candidate"
            if self.reset_after
            else "n_t = tanh(W_xn x_t + b_n + W_hn (r_t * h_{t-1}))          candidate"
        )
        return (
            "r_t = sigmoid(W_xr x_t + W_hr h_{t-1} + b_r)               reset gate",
            "z_t = sigmoid(W_xz x_t + W_hz h_{t-1} + b_z)               update gate",
            candidate,
            "h_t = (1 - z_t) * n_t + z_t * h_{t-1}                      hidden state",
        )

    @property
    def backward_equations(self) -> tuple[str, ...]:
        """The way back, in the letters of the code."""
        reset = (
            ("da_r = da_n * (W_hn h_{t-1} + b_hn) * r_t (1 - r_t)", "W_hn^T (r_t * da_n)", "(r_t * da_n) ⊗ h_{t-1}")
            if self.reset_after
            else ("da_r = (W_hn^T da_n) * h_{t-1} * r_t (1 - r_t)", "r_t * (W_hn^T da_n)", "da_n ⊗ (r_t * h_{t-1})")
        )
        return (
            "da_n = dh_t * (1 - z_t) * (1 - n_t^2)     da_z = dh_t * (h_{t-1} - n_t) * z_t (1 - z_t)",
            reset[0],
            f"dh_{{t-1}} = dh_t * z_t + W_hr^T da_r + W_hz^T da_z + {reset[1]} + the error of its own output",
            f"dW_hn = sum over t of {reset[2]}     of the other gates: dW_h = sum of da ⊗ h_{{t-1}}",
        )

    def shapes(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """W_x (3H, I), W_h (3H, H), b (3H,), gates r z n one below the other; b_hn (H,) where the reset comes after."""
        shapes = packed_shapes(3, input_size, hidden_size)
        if self.reset_after:
            shapes["b_hn"] = (hidden_size,)
        return shapes

    def step(self, p: Packed, x: Array, h_prev: Array, c_prev: Array | None = None) -> Step:
        """One step as the equations say it.

        x (I,), h_prev (H,) -> h (H,)
        """
        w = by_gate(self.gates, p)
        r, z = (
            gate(
                name,
                (
                    linear("input", f"W_x{name} x_t", w[f"W_x{name}"], x, "x_t"),
                    linear("recurrent", f"W_h{name} h_{{t-1}}", w[f"W_h{name}"], h_prev, "h_{t-1}"),
                    constant(f"b_{name}", w[f"b_{name}"]),
                ),
                "sigmoid",
            )
            for name in ("r", "z")
        )
        recurrent = (
            self._reset_after(w, r.value, h_prev) if self.reset_after else self._reset_before(w, r.value, h_prev)
        )
        n = gate(
            "n",
            (linear("input", "W_xn x_t", w["W_xn"], x, "x_t"), recurrent, constant("b_n", w["b_n"])),
            "tanh",
        )
        one_minus_z = 1 - z.value
        h = one_minus_z * n.value + z.value * h_prev
        update = Update(
            "h",
            "(1 - z_t) * n_t + z_t * h_{t-1}",
            h,
            (
                (("(1 - z_t)", "z", one_minus_z), ("n_t", "n", n.value)),
                (("z_t", "z", z.value), ("h_{t-1}", "h_prev", h_prev)),
            ),
        )
        return Step(x, h_prev, None, (r, z, n), (update,), h, None)

    @staticmethod
    def _reset_after(w: Packed, r: Array, h_prev: Array) -> Term:
        inner = w["W_hn"] @ h_prev + w["b_hn"]
        return Term(
            "recurrent",
            "r_t * (W_hn h_{t-1} + b_hn)",
            value=r * inner,
            W=w["W_hn"],
            v=h_prev,
            v_name="h_{t-1}",
            bias=w["b_hn"],
            bias_name="b_hn",
            scale=r,
            scale_name="r_t",
        )

    @staticmethod
    def _reset_before(w: Packed, r: Array, h_prev: Array) -> Term:
        return linear("recurrent", "W_hn (r_t * h_{t-1})", w["W_hn"], r * h_prev, "(r_t * h_{t-1})")

    def forward(self, p: Packed, x: Inputs, h0: Array, c0: Array | None = None, mask: Array | None = None) -> Tape:
        """All steps of a batch, one tanh for the gates of a step and one for the candidate.

        x: T steps of B sequences, h0 (B, H), mask (T, B, 1) -> tape with h (T+1, B, H), gates (T, 3, B, H);
        extra (T, B, H) holds what the reset gate multiplies or, where it comes before, r_t * h_{t-1}.
        """
        halves = halved_sigmoids(self.activations, h0.dtype)
        gates = aligned((x.steps, 3, *h0.shape), h0.dtype)
        h = state_buffer(h0, x.steps)
        inner = aligned((x.steps, *h0.shape), h0.dtype)
        loop = self._forward_after if self.reset_after else self._forward_before
        loop(p, x.products(p, halves, gates), halves, gates, h, inner, mask)
        return Tape(x, h, None, gates, inner)

    @staticmethod
    def _forward_after(
        p: Packed, read: Iterator[Array], halves: Array, gates: Array, h: Array, inner: Array, mask: Array | None
    ) -> None:
        """The recurrence with the reset after the product: one product for all gates."""
        half, recurrent = np.array(0.5, dtype=gates.dtype), aligned(gates.shape[1:], gates.dtype)
        W_h_times = recurrent_product(p["W_h"], halves, recurrent)
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
        p: Packed, read: Iterator[Array], halves: Array, gates: Array, h: Array, inner: Array, mask: Array | None
    ) -> None:
        """The recurrence with the reset before the product, which waits for the reset gate."""
        size = h.shape[-1]
        half, recurrent = np.array(0.5, dtype=gates.dtype), aligned((2, *gates.shape[2:]), gates.dtype)
        W_h_times = recurrent_product(p["W_h"][: 2 * size], halves[:2], recurrent)
        W_hnT = columns(p["W_h"][2 * size :], halves[2:])
        r, z, n = gates.transpose(1, 0, 2, 3)
        steps = zip(read, h, gates[:, :2], r, z, n, inner, h[1:], strict=False)
        for t, (_, h_prev, rz_t, r_t, z_t, n_t, inner_t, h_t) in enumerate(steps):
            rz_t += W_h_times(h_prev)
            np.tanh(rz_t, out=rz_t)
            rz_t *= half  # sigmoid(a) = tanh(a / 2) / 2 + 1 / 2
            rz_t += half
            np.multiply(r_t, h_prev, out=inner_t)
            n_t += np.dot(inner_t, W_hnT, out=h_t)
            np.tanh(n_t, out=n_t)
            np.subtract(h_prev, n_t, out=h_t)
            h_t *= z_t
            h_t += n_t
            if mask is not None:
                h_t *= mask[t]

    def step_backward(self, p: Packed, step: Step, dh: Array, dc: Array | None = None) -> StepGradient:
        """One step backwards as the equations say it.

        dh (…, H) -> da of each gate (…, H), dh_prev (…, H), dx (…, I)
        """
        w = by_gate(self.gates, p)
        r, z, n = (gate.value for gate in step.gates)
        h_prev = step.h_prev
        dh_t = ("dh_t", "dh", dh)
        a_n = product(
            "a_n", "dh_t * (1 - z_t) * (1 - n_t^2)", (dh_t, ("(1 - z_t)", "z", 1 - z), ("n'", "n", 1 - n * n))
        )
        a_z = product(
            "a_z",
            "dh_t * (h_{t-1} - n_t) * z_t (1 - z_t)",
            (dh_t, ("(h_{t-1} - n_t)", "n", h_prev - n), ("z'", "z", z * (1 - z))),
        )
        da_n, slope = a_n.value, ("r'", "r", r * (1 - r))
        if self.reset_after:
            inner = w["W_hn"] @ h_prev + w["b_hn"]
            a_r = product(
                "a_r",
                "da_n * (W_hn h_{t-1} + b_hn) * r_t (1 - r_t)",
                (("da_n", "a_n", da_n), ("(W_hn h_{t-1} + b_hn)", "h", inner), slope),
            )
            through_n = ("W_hn^T (r_t * da_n)", (r * da_n) @ w["W_hn"])
            recurrent_n: tuple[Contribution, ...] = (
                Contribution("W_hn", "(r_t * da_n) ⊗ h_{t-1}", r * da_n, h_prev),
                Contribution("b_n", "da_n", da_n),
                Contribution("b_hn", "r_t * da_n", r * da_n),
            )
        else:
            before = da_n @ w["W_hn"]
            a_r = product(
                "a_r",
                "(W_hn^T da_n) * h_{t-1} * r_t (1 - r_t)",
                (("W_hn^T da_n", "a_n", before), ("h_{t-1}", "h", h_prev), slope),
            )
            through_n = ("r_t * (W_hn^T da_n)", r * before)
            recurrent_n = (
                Contribution("W_hn", "da_n ⊗ (r_t * h_{t-1})", da_n, r * h_prev),
                Contribution("b_n", "da_n", da_n),
            )
        da = {"r": a_r.value, "z": a_z.value, "n": da_n}
        contributions = (
            *(
                one
                for name in ("r", "z")
                for one in (
                    Contribution(f"W_x{name}", f"da_{name} ⊗ x_t", da[name], step.x),
                    Contribution(f"W_h{name}", f"da_{name} ⊗ h_{{t-1}}", da[name], h_prev),
                    Contribution(f"b_{name}", f"da_{name}", da[name]),
                )
            ),
            Contribution("W_xn", "da_n ⊗ x_t", da_n, step.x),
            *recurrent_n,
        )
        back = (
            ("dh_t * z_t", dh * z),
            *((f"W_h{name}^T da_{name}", da[name] @ w[f"W_h{name}"]) for name in ("r", "z")),
            through_n,
        )
        dx = sum(da[name] @ w[f"W_x{name}"] for name in self.gates)
        dh_prev = sum(part for _, part in back)
        return StepGradient(
            dh, None, (a_n, a_z, a_r), da, contributions, back, np.asarray(dx), np.asarray(dh_prev), None
        )

    def jacobian(self, p: Packed, step: Step) -> Array:
        """dh_t/dh_{t-1} = diag(z_t) + diag((1 - z_t) (1 - n^2)) dn + diag((h_{t-1} - n_t) z') W_hz, (H, H).

        dn, the derivative of the candidate's recurrent term, is diag(r) W_hn + diag((W_hn h_{t-1} + b_hn) r') W_hr with
        the reset after the product, and W_hn (diag(r) + diag(h_{t-1} r') W_hr) with the reset before it.
        """
        w = by_gate(self.gates, p)
        r, z, n = (gate.value for gate in step.gates)
        h_prev, slope = step.h_prev, r * (1 - r)
        if self.reset_after:
            inner = w["W_hn"] @ h_prev + w["b_hn"]
            dn = r[:, None] * w["W_hn"] + (inner * slope)[:, None] * w["W_hr"]
        else:
            dn = w["W_hn"] @ (np.diag(r) + (h_prev * slope)[:, None] * w["W_hr"])
        J: Array = (
            np.diag(z) + ((1 - z) * (1 - n * n))[:, None] * dn + ((h_prev - n) * z * (1 - z))[:, None] * w["W_hz"]
        )
        return J

    def backward(
        self, p: Packed, tape: Tape, dh: Array, dc: Array | None = None, keep_dh: bool = False
    ) -> CellGradient:
        """All steps of a batch backwards: the recurrence, then the weight gradients of all steps at once.

        dh (T, B, H) -> gradients of W_x, W_h, b (and b_hn); dx (T, B, I); dh0 (B, H)
        """
        assert tape.extra is not None
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
        return CellGradient(packed, blocks.inputs.of_inputs(), dh0, None, kept)

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
        """Some steps backwards, reset after the product; dh_t is the error that comes from the future, and leaves as it."""
        assert tape.extra is not None
        W_hT_times, back = error_product(W_h, 3, len(dh_t)), aligned(dh_t.shape, dh_t.dtype)
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
            error_product(W, k, len(dh_t)) for W, k in ((W_h[: 2 * size], 2), (W_h[2 * size :], 1))
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
