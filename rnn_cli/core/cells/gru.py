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

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rnn_cli.core.activations import sigmoid
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import (
    CellGradient,
    Contribution,
    Packed,
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
    state_buffer,
    weight_gradients,
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

    def forward(self, p: Packed, x: Array, h0: Array, c0: Array | None = None, mask: Array | None = None) -> Tape:
        """All steps of a batch: the input products of all steps at once, then the recurrence.

        x (T, B, I), h0 (B, H), mask (T, B, 1) -> tape with h (T+1, B, H), gates (T, B, 3H);
        extra (T, B, H) holds what the reset gate multiplies or, where it comes before, r_t * h_{t-1}.
        """
        a = x @ p["W_x"].T  # (T, B, 3H)
        a += p["b"]
        k = h0.shape[-1]
        h = state_buffer(h0, len(x))
        inner = np.empty((*a.shape[:2], k), dtype=h.dtype)
        W_rzT, W_hnT = p["W_h"][: 2 * k].T, p["W_h"][2 * k :].T
        for t in range(len(x)):
            gates = a[t]
            gates[:, : 2 * k] = sigmoid(gates[:, : 2 * k] + h[t] @ W_rzT)
            r, z, n = (gates[:, j * k : (j + 1) * k] for j in range(3))
            if self.reset_after:
                inner[t] = h[t] @ W_hnT + p["b_hn"]
                n += r * inner[t]
            else:
                inner[t] = r * h[t]
                n += inner[t] @ W_hnT
            np.tanh(n, out=n)
            h[t + 1] = (1 - z) * n + z * h[t]
            if mask is not None:
                h[t + 1] *= mask[t]
        return Tape(x, h, None, a, inner)

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
        k = tape.h.shape[-1]
        da = np.empty_like(tape.gates)
        da_hn = np.empty_like(tape.extra)  # the error of the candidate's recurrent product
        kept = np.empty_like(dh) if keep_dh else None
        W_rz, W_hn = p["W_h"][: 2 * k], p["W_h"][2 * k :]
        future = np.zeros_like(tape.h[0])
        for t in reversed(range(len(dh))):
            r, z, n = (tape.gates[t, :, j * k : (j + 1) * k] for j in range(3))
            da_r, da_z, da_n = (da[t, :, j * k : (j + 1) * k] for j in range(3))
            arrived = dh[t] + future
            if kept is not None:
                kept[t] = arrived
            np.multiply(arrived * (1 - z), 1 - n * n, out=da_n)
            np.multiply(arrived * (tape.h[t] - n), z * (1 - z), out=da_z)
            future = arrived * z
            if self.reset_after:
                np.multiply(da_n * tape.extra[t], r * (1 - r), out=da_r)
                np.multiply(da_n, r, out=da_hn[t])
                future += da_hn[t] @ W_hn
            else:
                da_hn[t] = da_n
                before = da_n @ W_hn
                np.multiply(before * tape.h[t], r * (1 - r), out=da_r)
                future += before * r
            future += da[t, :, : 2 * k] @ W_rz
        packed = weight_gradients(da, tape.x, tape.h[:-1])
        # The candidate's recurrent weights saw another vector than h_{t-1}, or another error than da_n.
        flat = da_hn.reshape(-1, k)
        right = tape.h[:-1] if self.reset_after else tape.extra
        packed["W_h"][2 * k :] = flat.T @ right.reshape(-1, k)
        if self.reset_after:
            packed["b_hn"] = flat.sum(axis=0)
        return CellGradient(packed, da @ p["W_x"], future, None, kept)
