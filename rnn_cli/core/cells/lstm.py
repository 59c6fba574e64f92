"""The LSTM.

    i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + b_i)     input gate
    f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + b_f)     forget gate
    g_t =    tanh(W_xg x_t + W_hg h_{t-1} + b_g)     candidate
    o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + b_o)     output gate
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)

Source: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), with the forget gate of
Gers, Schmidhuber and Cummins, "Learning to forget" (2000). Gates stand in PyTorch's order, i f g o.
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
    Update,
    by_gate,
    constant,
    gate,
    linear,
    packed_shapes,
    state_buffer,
)


@dataclass(frozen=True)
class LSTM:
    """c_t = f_t * c_{t-1} + i_t * g_t, h_t = o_t * tanh(c_t)."""

    name: ClassVar[str] = "lstm"
    title: ClassVar[str] = "LSTM"
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    activations: ClassVar[tuple[str, ...]] = ("sigmoid", "sigmoid", "tanh", "sigmoid")
    has_cell_state: ClassVar[bool] = True
    equations: ClassVar[tuple[str, ...]] = (
        "i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + b_i)     input gate",
        "f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + b_f)     forget gate",
        "g_t =    tanh(W_xg x_t + W_hg h_{t-1} + b_g)     candidate",
        "o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + b_o)     output gate",
        "c_t = f_t * c_{t-1} + i_t * g_t                  cell state",
        "h_t = o_t * tanh(c_t)                            hidden state",
    )

    def shapes(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """W_x (4H, I), W_h (4H, H), b (4H,), gates i f g o one below the other."""
        return packed_shapes(4, input_size, hidden_size)

    def step(self, p: Packed, x: Array, h_prev: Array, c_prev: Array | None = None) -> Step:
        """One step as the equations say it.

        x (I,), h_prev (H,), c_prev (H,) -> h (H,), c (H,)
        """
        assert c_prev is not None
        w = by_gate(self.gates, p)
        i, f, g, o = (
            gate(
                name,
                (
                    linear("input", f"W_x{name} x_t", w[f"W_x{name}"], x, "x_t"),
                    linear("recurrent", f"W_h{name} h_{{t-1}}", w[f"W_h{name}"], h_prev, "h_{t-1}"),
                    constant(f"b_{name}", w[f"b_{name}"]),
                ),
                activation,
            )
            for name, activation in zip(self.gates, self.activations, strict=True)
        )
        c = f.value * c_prev + i.value * g.value
        tanh_c = np.tanh(c)
        h = o.value * tanh_c
        updates = (
            Update(
                "c",
                "f_t * c_{t-1} + i_t * g_t",
                c,
                (
                    (("f_t", "f", f.value), ("c_{t-1}", "c_prev", c_prev)),
                    (("i_t", "i", i.value), ("g_t", "g", g.value)),
                ),
            ),
            Update("h", "o_t * tanh(c_t)", h, ((("o_t", "o", o.value), ("tanh(c_t)", "c", tanh_c)),)),
        )
        return Step(x, h_prev, c_prev, (i, f, g, o), updates, h, c)

    def forward(self, p: Packed, x: Array, h0: Array, c0: Array | None = None, mask: Array | None = None) -> Tape:
        """All steps of a batch: the input products of all steps at once, then the recurrence.

        x (T, B, I), h0 and c0 (B, H), mask (T, B, 1) -> tape with h and c (T+1, B, H), gates (T, B, 4H)
        """
        assert c0 is not None
        a = x @ p["W_x"].T  # (T, B, 4H)
        a += p["b"]
        n = h0.shape[-1]
        h, c = state_buffer(h0, len(x)), state_buffer(c0, len(x))
        W_hT = p["W_h"].T
        for t in range(len(x)):
            gates = a[t]
            gates += h[t] @ W_hT
            gates[:, : 2 * n] = sigmoid(gates[:, : 2 * n])
            gates[:, 2 * n : 3 * n] = np.tanh(gates[:, 2 * n : 3 * n])
            gates[:, 3 * n :] = sigmoid(gates[:, 3 * n :])
            i, f, g, o = (gates[:, k * n : (k + 1) * n] for k in range(4))
            c[t + 1] = f * c[t] + i * g
            h[t + 1] = o * np.tanh(c[t + 1])
            if mask is not None:
                h[t + 1] *= mask[t]
                c[t + 1] *= mask[t]
        return Tape(x, h, c, a)
