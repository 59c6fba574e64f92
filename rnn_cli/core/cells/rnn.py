"""The vanilla (Elman) RNN: the simplest cell, and a good first one to read."""

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.cells.base import Cell, Module
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.quantities import Value


class VanillaRNN(Cell):
    """The vanilla RNN, with f = tanh or relu.

        h_t = f(W_xh x_t + W_hh h_{t-1} + b_h)

    The pre-activation a_t is what f is applied to: a_t = W_xh x_t + W_hh h_{t-1} + b_h. Backwards, dh_t = dL/dh_t is the error
    from the output plus the error from the future, and f'(a_t) = (1 - h_t^2) for tanh. A product u * v is taken element by
    element, and u ⊗ v = u v^T is the outer product, the matrix of all u_i v_j:

        da_t = dh_t * f'(a_t)
        dx_t = W_xh^T da_t
        dh_{t-1} = W_hh^T da_t + the error of its own output
        dW_hh = sum over t of da_t ⊗ h_{t-1}     dW_xh = sum of da_t ⊗ x_t     db_h = sum of da_t

    A gradient of a weight sums over t: every step uses the same weight, and what the weight changes through each step adds
    up. `step_backward` gives one term of the sum. Of dh_{t-1} it gives W_hh^T da_t, what comes from the future; bptt.py adds
    the error of h_{t-1}'s own output.

    The Jacobian:

        J_t = ∂h_t/∂h_{t-1} = diag(f'(a_t)) W_hh

    Source: Elman, "Finding structure in time", Cognitive Science 14 (1990); the letters are those of Pascanu, Mikolov and
    Bengio, "On the difficulty of training recurrent neural networks" (2013), section 1. PyTorch's torch.nn.RNN has the same
    equation with its bias split in two.
    """

    name = "rnn"
    candidate = "h"
    options = {"activation": ("tanh", "relu")}
    frameworks = {
        "PyTorch": Module("RNN", ("h",), argument={"activation": "nonlinearity"}),
        "Keras": Module("SimpleRNN", ("h",), argument={"activation": "activation"}),
    }
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
        """The equations of the backward pass with the activation's slope for f'."""
        slope = ACTIVATIONS[self.activation].slope.replace("{y}", "h_t")
        return tuple(line.replace("f'(a_t)", slope) for line in super().backward_equations)

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t from x_t (…, I) and h_{t-1} (…, H). The dots stand for leading axes, as of a batch, or for none."""
        h = self.gate("h", w.W_xh @ x + w.W_hh @ state.h + w.b_h)
        return self.done(x, state, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t (…, H) -> dL/da_t, and what h_{t-1}, x_t and the weights get."""
        da = self.error("a_h", error.h * self.slope("h", step.h))
        return self.passed_back(w, step, {"h": error.h}, {"h": da}, h=w.W_hh.T @ da)
