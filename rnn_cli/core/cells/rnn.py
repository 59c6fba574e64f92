"""The vanilla (Elman) RNN: the simplest cell, and a good first one to read."""

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.cells.base import Cell, Module
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.quantities import Value


class VanillaRNN(Cell):
    """The vanilla RNN, with f = tanh or relu.

        h_t = f(W_xh x_t + W_hh h_{t-1} + b_h)

    Backwards, with dh_t = dL/dh_t the error from the output plus the error from the future, a_t what f is applied to, and
    f'(a_t) = (1 - h_t^2) for tanh:

        da_t = dh_t * f'(a_t)
        dh_{t-1} = W_hh^T da_t + the error of its own output
        dW_hh = sum over t of da_t ⊗ h_{t-1}     dW_xh = sum of da_t ⊗ x_t     db_h = sum of da_t

    The Jacobian:

        J_t = ∂h_t/∂h_{t-1} = diag(f'(a_t)) W_hh

    Source: Elman, "Finding structure in time", Cognitive Science 14 (1990); the letters are those of Pascanu, Mikolov and
    Bengio, "On the difficulty of training recurrent neural networks" (2013), section 1. PyTorch's torch.nn.RNN has the same
    equation with its bias split in two.
    """

    name = "rnn"
    candidate = "h"
    options = {"activation": ("tanh", "relu")}
    frameworks = {"PyTorch": Module("RNN", ("h",), argument={"activation": "nonlinearity"})}
    activation: str

    @property
    def title(self) -> str:  # type: ignore[override]
        """The cell's name in words."""
        return f"vanilla RNN, {self.activation}"

    @property
    def gates(self) -> dict[str, str]:  # type: ignore[override]
        """One gate, h, with the activation that was chosen."""
        return {"h": self.activation}

    @property
    def equations(self) -> tuple[str, ...]:
        """The equation with the activation for f."""
        return tuple(line.replace("f(", f"{self.activation}(") for line in super().equations)

    @property
    def backward_equations(self) -> tuple[str, ...]:
        """The way back with the activation's slope for f'."""
        slope = ACTIVATIONS[self.activation].slope.replace("{y}", "h_t")
        return tuple(line.replace("f'(a_t)", slope) for line in super().backward_equations)

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t from x_t (…, I) and h_{t-1} (…, H)."""
        h = self.gate("h", w.W_xh @ x + w.W_hh @ state.h + w.b_h)
        return self.done(x, state, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t (…, H) -> dL/da_t, and what h_{t-1}, x_t and the weights get."""
        da = self.error("a_h", error.h * self.slope("h", step.h))
        return self.passed_back(w, step, {"h": error.h}, {"h": da}, h=w.W_hh.T @ da)
