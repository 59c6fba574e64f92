"""The LSTM.

    i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + b_i)     input gate
    f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + b_f)     forget gate
    g_t =    tanh(W_xg x_t + W_hg h_{t-1} + b_g)     candidate
    o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + b_o)     output gate
    c_t = f_t * c_{t-1} + i_t * g_t
    h_t = o_t * tanh(c_t)

Backwards, with dh_t and dc_t the errors from the output plus those from the future, and s' = s (1 - s) for a sigmoid:

    dc_t  += dh_t * o_t * (1 - tanh(c_t)^2)          c_t is also read by h_t
    da_i   = dc_t * g_t * i'         da_f = dc_t * c_{t-1} * f'
    da_g   = dc_t * i_t * (1 - g^2)  da_o = dh_t * tanh(c_t) * o'
    dh_{t-1} = sum over the gates of W_h^T da        dc_{t-1} = dc_t * f_t
    dW_x = sum_t da ⊗ x_t   dW_h = sum_t da ⊗ h_{t-1}   db = sum_t da        for each gate

Source: Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), with the forget gate of
Gers, Schmidhuber and Cummins, "Learning to forget" (2000). Gates stand in PyTorch's order, i f g o.
"""

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
    Update,
    by_gate,
    constant,
    gate,
    linear,
    packed_shapes,
    product,
)
from rnn_cli.core.fast.inputs import Inputs
from rnn_cli.core.fast.kernels import (
    Blocks,
    backwards,
    error_product,
    halved_sigmoids,
    recurrent_product,
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

    backward_equations: ClassVar[tuple[str, ...]] = (
        "dc_t = dc_t + dh_t * o_t * (1 - tanh(c_t)^2)     dc_{t-1} = dc_t * f_t",
        "da_i = dc_t * g_t * i_t (1 - i_t)     da_f = dc_t * c_{t-1} * f_t (1 - f_t)",
        "da_g = dc_t * i_t * (1 - g_t^2)       da_o = dh_t * tanh(c_t) * o_t (1 - o_t)",
        "dh_{t-1} = sum over the gates of W_h^T da + the error of its own output",
        "for each gate   dW_h = sum over t of da ⊗ h_{t-1}     dW_x = sum of da ⊗ x_t     db = sum of da",
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

    def forward(self, p: Packed, x: Inputs, h0: Array, c0: Array | None = None, mask: Array | None = None) -> Tape:
        """All steps of a batch, one tanh for all gates of a step.

        x: T steps of B sequences, h0 and c0 (B, H), mask (T, B, 1) -> tape with h and c (T+1, B, H), gates (T, 4, B, H);
        extra is tanh(c), (T, B, H)
        """
        assert c0 is not None
        half, halves = np.array(0.5, dtype=h0.dtype), halved_sigmoids(self.activations, h0.dtype)
        shape = x.steps, 4, *h0.shape
        gates, tanh_c = aligned(shape, h0.dtype), aligned((x.steps, *h0.shape), h0.dtype)
        h, c = state_buffer(h0, x.steps), state_buffer(c0, x.steps)
        W_h_times = recurrent_product(p["W_h"], halves, aligned(shape[1:], h0.dtype))
        written = aligned(h0.shape, h0.dtype)
        i, f, g, o = gates.transpose(1, 0, 2, 3)
        steps = zip(x.products(p, halves, gates), h, c, gates[:, :2], i, f, g, o, c[1:], tanh_c, h[1:], strict=False)
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
        return Tape(x, h, c, gates, tanh_c)

    def step_backward(self, p: Packed, step: Step, dh: Array, dc: Array | None = None) -> StepGradient:
        """One step backwards as the equations say it.

        dh, dc (…, H) -> da of each gate (…, H), dh_prev and dc_prev (…, H), dx (…, I)
        """
        assert step.c is not None
        assert step.c_prev is not None
        w = by_gate(self.gates, p)
        i, f, g, o = (gate.value for gate in step.gates)
        tanh_c = np.tanh(step.c)
        through_h = (("dh_t", "dh", dh), ("o_t", "o", o), ("(1 - tanh(c_t)^2)", "c", 1 - tanh_c * tanh_c))
        from_future = ((("dc_t from the future", "dc", dc),),) if dc is not None else ()
        total = product("c", "dc_t + dh_t * o_t * (1 - tanh(c_t)^2)", *from_future, through_h)
        dc_t = ("dc_t", "dc", total.value)
        updates = (
            product("a_i", "dc_t * g_t * i_t (1 - i_t)", (dc_t, ("g_t", "g", g), ("i'", "i", i * (1 - i)))),
            product(
                "a_f", "dc_t * c_{t-1} * f_t (1 - f_t)", (dc_t, ("c_{t-1}", "c", step.c_prev), ("f'", "f", f * (1 - f)))
            ),
            product("a_g", "dc_t * i_t * (1 - g_t^2)", (dc_t, ("i_t", "i", i), ("g'", "g", 1 - g * g))),
            product(
                "a_o",
                "dh_t * tanh(c_t) * o_t (1 - o_t)",
                (("dh_t", "dh", dh), ("tanh(c_t)", "c", tanh_c), ("o'", "o", o * (1 - o))),
            ),
        )
        da = {name: update.value for name, update in zip(self.gates, updates, strict=True)}
        contributions = tuple(
            one
            for name in self.gates
            for one in (
                Contribution(f"W_x{name}", f"da_{name} ⊗ x_t", da[name], step.x),
                Contribution(f"W_h{name}", f"da_{name} ⊗ h_{{t-1}}", da[name], step.h_prev),
                Contribution(f"b_{name}", f"da_{name}", da[name]),
            )
        )
        back = tuple((f"W_h{name}^T da_{name}", da[name] @ w[f"W_h{name}"]) for name in self.gates)
        dx = sum(da[name] @ w[f"W_x{name}"] for name in self.gates)
        dh_prev = sum(part for _, part in back)
        return StepGradient(
            dh,
            total.value,
            (total, *updates),
            da,
            contributions,
            back,
            np.asarray(dx),
            np.asarray(dh_prev),
            total.value * f,
        )

    def jacobian(self, p: Packed, step: Step) -> Array:
        """d[h_t; c_t] / d[h_{t-1}; c_{t-1}], (2H, 2H): four blocks, of which dc_t/dc_{t-1} = diag(f_t) is the highway."""
        assert step.c is not None
        assert step.c_prev is not None
        w = by_gate(self.gates, p)
        i, f, g, o = (gate.value for gate in step.gates)
        tanh_c = np.tanh(step.c)
        through = o * (1 - tanh_c * tanh_c)  # dh_t/dc_t
        c_by_h = (
            (g * i * (1 - i))[:, None] * w["W_hi"]
            + (step.c_prev * f * (1 - f))[:, None] * w["W_hf"]
            + (i * (1 - g * g))[:, None] * w["W_hg"]
        )
        h_by_h = (tanh_c * o * (1 - o))[:, None] * w["W_ho"] + through[:, None] * c_by_h
        return np.block([[h_by_h, np.diag(through * f)], [c_by_h, np.diag(f)]])

    def backward(
        self, p: Packed, tape: Tape, dh: Array, dc: Array | None = None, keep_dh: bool = False
    ) -> CellGradient:
        """All steps of a batch backwards: the recurrence, then the weight gradients of all steps at once.

        dh and dc (T, B, H) -> gradients of W_x, W_h, b; dx (T, B, I); dh0 and dc0 (B, H)
        """
        assert tape.c is not None
        kept = np.empty_like(dh) if keep_dh else None
        batch, size = dh.shape[1:]
        W_hT_times = error_product(p["W_h"], 4, batch)
        dh_t, dc_t, through = (aligned_zeros((batch, size), tape.h.dtype) for _ in range(3))
        blocks = Blocks(p, tape, 4)
        dh_dc = aligned(blocks.errors.shape[1:], tape.h.dtype)
        for first, stop, da in blocks:
            local, f, errors = dh_dc[: stop - first], tape.gates[first:stop, 1], da.transpose(1, 0, 2, 3)
            self._local_derivatives(tape, da, local, first, stop)
            steps = backwards(first, stop, dh[first:stop], local, f, errors, *da)
            for t, dh_out, dh_dc_t, f_t, da_t, da_i, da_f, da_g, da_o in steps:
                dh_t += dh_out
                if kept is not None:
                    kept[t] = dh_t
                dc_t += np.multiply(dh_t, dh_dc_t, out=through)
                if dc is not None:
                    dc_t += dc[t]
                da_i *= dc_t
                da_f *= dc_t
                da_g *= dc_t
                da_o *= dh_t
                W_hT_times(da_t, dh_t)
                dc_t *= f_t
            blocks.give_recurrent((da, tape.h[first:stop]))
            blocks.give_inputs(first, stop, da)
        return CellGradient(blocks.packed(), blocks.inputs.of_inputs(), dh_t, dc_t, kept)

    @staticmethod
    def _local_derivatives(tape: Tape, da: Array, dh_dc: Array, first: int, stop: int) -> None:
        """Fill da (4, n, B, H) with what the errors will be multiplied by, and dh_dc with dh_t/dc_t = o * (1 - tanh(c)^2).

        da_i: i g (1 - i)   da_f: f c_{t-1} (1 - f)   da_g: i (1 - g^2)   da_o: h (1 - o),   h = o tanh(c)
        """
        assert tape.c is not None
        assert tape.extra is not None
        i, f, g, o = (tape.gates[first:stop, k] for k in range(4))
        local_i, local_f, local_g, local_o = da
        h, tanh_c = tape.h[first + 1 : stop + 1], tape.extra[first:stop]
        product = np.multiply(i, g, out=dh_dc)
        np.subtract(product, np.multiply(product, i, out=local_i), out=local_i)
        np.subtract(i, np.multiply(product, g, out=local_g), out=local_g)
        np.multiply(f, tape.c[first:stop], out=product)
        np.subtract(product, np.multiply(product, f, out=local_f), out=local_f)
        np.subtract(h, np.multiply(h, o, out=local_o), out=local_o)
        np.subtract(o, np.multiply(h, tanh_c, out=dh_dc), out=dh_dc)
