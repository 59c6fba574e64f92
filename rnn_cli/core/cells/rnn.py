"""The vanilla (Elman) RNN.

    a_t = W_xh x_t + W_hh h_{t-1} + b_h
    h_t = f(a_t)                                     f = tanh or relu

Backwards, with dh_t = dL/dh_t the error from the output plus the error from the future:

    da_t     = dh_t * f'(a_t)                        f'(a) = 1 - h^2 for tanh
    dh_{t-1} = W_hh^T da_t        dx_t = W_xh^T da_t
    dW_xh    = sum_t da_t ⊗ x_t   dW_hh = sum_t da_t ⊗ h_{t-1}   db_h = sum_t da_t
    J_t      = dh_t/dh_{t-1} = diag(f'(a_t)) W_hh

Source: Elman, "Finding structure in time", Cognitive Science 14 (1990); the letters are those of
Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013), section 1.
PyTorch's torch.nn.RNN has the same equation with its bias split in two.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array, Packed, aligned, aligned_zeros
from rnn_cli.core.cells.base import (
    CellGradient,
    Contribution,
    Step,
    StepGradient,
    Tape,
    by_gate,
    constant,
    gate,
    linear,
    packed_shapes,
    product,
)
from rnn_cli.core.fast.inputs import Inputs
from rnn_cli.core.fast.kernels import Blocks, backwards, laid_out, state_buffer
from rnn_cli.core.fast.products import multiplier


@dataclass(frozen=True)
class VanillaRNN:
    """h_t = f(W_xh x_t + W_hh h_{t-1} + b_h)."""

    activation: str = "tanh"
    name: ClassVar[str] = "rnn"
    gates: ClassVar[tuple[str, ...]] = ("h",)
    has_cell_state: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """The cell's name in words."""
        return f"vanilla RNN, {self.activation}"

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of the one gate."""
        return (self.activation,)

    @property
    def equations(self) -> tuple[str, ...]:
        """The equation, in the letters of the code."""
        return (f"h_t = {self.activation}(W_xh x_t + W_hh h_{{t-1}} + b_h)",)

    @property
    def backward_equations(self) -> tuple[str, ...]:
        """The way back, in the letters of the code."""
        slope = ACTIVATIONS[self.activation].derivative_formula.replace("h^2", "h_t^2").replace("a >", "a_t >")
        return (
            f"da_t = dh_t * ({slope})",
            "dh_{t-1} = W_hh^T da_t + the error of its own output",
            "dW_hh = sum over t of da_t ⊗ h_{t-1}     dW_xh = sum of da_t ⊗ x_t     db_h = sum of da_t",
        )

    def shapes(self, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """W_x (H, I), W_h (H, H), b (H,)."""
        return packed_shapes(1, input_size, hidden_size)

    def step(self, p: Packed, x: Array, h_prev: Array, c_prev: Array | None = None) -> Step:
        """One step as the equations say it.

        x (I,), h_prev (H,) -> h (H,)
        """
        w = by_gate(self.gates, p)
        h = gate(
            "h",
            (
                linear("input", "W_xh x_t", w["W_xh"], x, "x_t"),
                linear("recurrent", "W_hh h_{t-1}", w["W_hh"], h_prev, "h_{t-1}"),
                constant("b_h", w["b_h"]),
            ),
            self.activation,
        )
        return Step(x, h_prev, None, (h,), (), h.value, None)

    def forward(self, p: Packed, x: Inputs, h0: Array, c0: Array | None = None, mask: Array | None = None) -> Tape:
        """All steps of a batch.

        x: T steps of B sequences, h0 (B, H), mask (T, B, 1) -> tape with h (T+1, B, H)
        """
        f = ACTIVATIONS[self.activation].in_place
        h, recurrent = state_buffer(h0, x.steps), aligned(h0.shape, h0.dtype)
        W_h_times = multiplier(laid_out(p["W_h"].T, len(h0)), len(h0))
        next(x.products(p, None, h[1:, None]), None)  # those of a single gate are all written at once
        for t, (h_prev, h_t) in enumerate(pairwise(h)):
            h_t += W_h_times(h_prev, recurrent)
            f(h_t)
            if mask is not None:
                h_t *= mask[t]
        return Tape(x, h, None, h[1:, None])

    def step_backward(self, p: Packed, step: Step, dh: Array, dc: Array | None = None) -> StepGradient:
        """One step backwards as the equations say it.

        dh (…, H) -> da (…, H), dh_prev (…, H), dx (…, I)
        """
        w = by_gate(self.gates, p)
        f = ACTIVATIONS[self.activation]
        slope = f.derivative(step.h)
        da = product("a_h", f"dh_t * ({f.derivative_formula})", (("dh_t", "dh", dh), ("f'(a_t)", "h", slope)))
        contributions = (
            Contribution("W_xh", "da_t ⊗ x_t", da.value, step.x),
            Contribution("W_hh", "da_t ⊗ h_{t-1}", da.value, step.h_prev),
            Contribution("b_h", "da_t", da.value),
        )
        dh_prev = da.value @ w["W_hh"]
        back = (("W_hh^T da_t", dh_prev),)
        return StepGradient(dh, None, (da,), {"h": da.value}, contributions, back, da.value @ w["W_xh"], dh_prev, None)

    def jacobian(self, p: Packed, step: Step) -> Array:
        """J_t = diag(f'(a_t)) W_hh, (H, H)."""
        slope = ACTIVATIONS[self.activation].derivative(step.h)
        J: Array = slope[:, None] * p["W_h"]
        return J

    def backward(
        self, p: Packed, tape: Tape, dh: Array, dc: Array | None = None, keep_dh: bool = False
    ) -> CellGradient:
        """All steps of a batch backwards: the recurrence, then the weight gradients of all steps at once.

        dh (T, B, H) -> gradients of W_x, W_h, b; dx (T, B, I); dh0 (B, H)
        """
        kept = np.empty_like(dh) if keep_dh else None
        W_hT_times = multiplier(laid_out(p["W_h"], dh.shape[1]), dh.shape[1])
        dh_t = aligned_zeros(dh.shape[1:], tape.h.dtype)
        blocks = Blocks(p, tape, 1)
        for first, stop, da in blocks:
            da[0] = ACTIVATIONS[self.activation].derivative(tape.h[first + 1 : stop + 1])
            for t, dh_out, da_t in backwards(first, stop, dh[first:stop], da[0]):
                dh_t += dh_out
                if kept is not None:
                    kept[t] = dh_t
                da_t *= dh_t
                W_hT_times(da_t, dh_t)
            blocks.give_recurrent((da, tape.h[first:stop]))
            blocks.give_inputs(first, stop, da)
        return CellGradient(blocks.packed(), blocks.inputs.of_inputs(), dh_t, None, kept)
