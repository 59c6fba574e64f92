"""The GRU, in its two forms.

    r_t = sigmoid(W_xr x_t + W_hr h_{t-1} + b_r)                       reset gate
    z_t = sigmoid(W_xz x_t + W_hz h_{t-1} + b_z)                       update gate
    n_t = tanh(W_xn x_t + b_n + r_t * (W_hn h_{t-1} + b_hn))           candidate, reset after the product
    n_t = tanh(W_xn x_t + b_n + W_hn (r_t * h_{t-1}))                  candidate, reset before the product
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}

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
    Packed,
    Step,
    Tape,
    Term,
    Update,
    by_gate,
    constant,
    gate,
    linear,
    packed_shapes,
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
