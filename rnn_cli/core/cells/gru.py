"""The GRU, in its two forms: the reset gate is applied after the recurrent product, or before it."""

from collections.abc import Mapping
from typing import ClassVar

from rnn_cli.core.cells.base import Cell, Module
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.quantities import Value


class GRU(Cell):
    """The GRU that resets after the product, as PyTorch and cuDNN do.

        r_t = sigmoid(W_xr x_t + W_hr h_{t-1} + b_r)               reset gate
        z_t = sigmoid(W_xz x_t + W_hz h_{t-1} + b_z)               update gate
        n_t = tanh(W_xn x_t + b_n + r_t * (W_hn h_{t-1} + b_hn))   candidate
        h_t = (1 - z_t) * n_t + z_t * h_{t-1}                      hidden state

    A gate's pre-activation has the gate's letter: z_t = sigmoid(a_z), n_t = tanh(a_n). Backwards, dh_t = dL/dh_t is the error
    from the output plus that from the future, and u ⊗ v = u v^T is the outer product:

        da_n = dh_t * (1 - z_t) * (1 - n_t^2)     da_z = dh_t * (h_{t-1} - n_t) * z_t (1 - z_t)
        da_r = da_n * (W_hn h_{t-1} + b_hn) * r_t (1 - r_t)
        dx_t = W_xr^T da_r + W_xz^T da_z + W_xn^T da_n
        dh_{t-1} = dh_t * z_t + W_hr^T da_r + W_hz^T da_z + W_hn^T (r_t * da_n) + the error of its own output
        dW_hn = sum over t of (r_t * da_n) ⊗ h_{t-1}     of the other gates: dW_h = sum of da ⊗ h_{t-1}
        for each gate   dW_x = sum over t of da ⊗ x_t     db = sum of da     db_hn = sum of r_t * da_n

    `step_backward` gives one step's terms of the sums over t, and dh_{t-1} without the error of its own output, which bptt.py
    adds; rnn.py says why the gradients are sums over t.

    The Jacobian:

        J_t = ∂h_t/∂h_{t-1} = diag(z_t) + what goes through the gates

    The reset after the product allows one product for all gates, and needs the second bias b_hn.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), section 2.3, with the reset of
    cuDNN. Gates stand in PyTorch's order.
    """

    name = "gru"
    title = "GRU, reset after the product"
    gates = {"r": "sigmoid", "z": "sigmoid", "n": "tanh"}
    keeps = "z", "h"
    candidate = "n"
    options = {"reset": ("after", "before")}
    frameworks: ClassVar[Mapping[str, Module]] = {
        "PyTorch": Module("GRU", ("r", "z", "n"), apart=("n",)),
        "Keras": Module("GRU", ("z", "r", "n"), apart=("n",), settings={"reset_after": True}),
    }
    reset: str

    @classmethod
    def make(cls, chosen: Mapping[str, str]) -> Cell:
        """The form that was chosen."""
        return (GRUResetBefore if chosen.get("reset") == "before" else GRU)(**chosen)

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t from x_t (…, I) and h_{t-1} (…, H)."""
        h = state.h
        r = self.gate("r", w.W_xr @ x + w.W_hr @ h + w.b_r)
        z = self.gate("z", w.W_xz @ x + w.W_hz @ h + w.b_z)
        n = self.gate("n", w.W_xn @ x + r * (w.W_hn @ h + w.b_hn) + w.b_n)
        h = self.update("h", (1 - z) * n + z * h)
        return self.done(x, state, r=r, z=z, n=n, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t (…, H) -> dL/da of each gate, and what goes on to h_{t-1}, x_t and the weights."""
        r, z, n, h_prev, dh = step.r, step.z, step.n, step.h_prev, error.h
        da_n = self.error("a_n", dh * (1 - z) * self.slope("n", n))
        da_z = self.error("a_z", dh * (h_prev - n) * self.slope("z", z))
        da_r = self.error("a_r", da_n * (w.W_hn @ h_prev + w.b_hn) * self.slope("r", r))
        dh_prev = dh * z + w.W_hr.T @ da_r + w.W_hz.T @ da_z + w.W_hn.T @ (r * da_n)
        gives = {"W_hn": (r * da_n, h_prev), "b_hn": r * da_n}
        return self.passed_back(w, step, {"h": dh}, {"n": da_n, "z": da_z, "r": da_r}, gives, h=dh_prev)


class GRUResetBefore(GRU):
    """The GRU that resets before the product, as in the paper of 2014.

        r_t = sigmoid(W_xr x_t + W_hr h_{t-1} + b_r)               reset gate
        z_t = sigmoid(W_xz x_t + W_hz h_{t-1} + b_z)               update gate
        n_t = tanh(W_xn x_t + b_n + W_hn (r_t * h_{t-1}))          candidate
        h_t = (1 - z_t) * n_t + z_t * h_{t-1}                      hidden state

    A gate's pre-activation has the gate's letter: z_t = sigmoid(a_z), n_t = tanh(a_n). Backwards, dh_t = dL/dh_t is the error
    from the output plus that from the future, and u ⊗ v = u v^T is the outer product:

        da_n = dh_t * (1 - z_t) * (1 - n_t^2)     da_z = dh_t * (h_{t-1} - n_t) * z_t (1 - z_t)
        da_r = (W_hn^T da_n) * h_{t-1} * r_t (1 - r_t)
        dx_t = W_xr^T da_r + W_xz^T da_z + W_xn^T da_n
        dh_{t-1} = dh_t * z_t + W_hr^T da_r + W_hz^T da_z + r_t * (W_hn^T da_n) + the error of its own output
        dW_hn = sum over t of da_n ⊗ (r_t * h_{t-1})     of the other gates: dW_h = sum of da ⊗ h_{t-1}
        for each gate   dW_x = sum over t of da ⊗ x_t     db = sum of da

    `step_backward` gives one step's terms of the sums over t, and dh_{t-1} without the error of its own output, which bptt.py
    adds; rnn.py says why the gradients are sums over t.

    The Jacobian:

        J_t = ∂h_t/∂h_{t-1} = diag(z_t) + what goes through the gates

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder" (2014), section 2.3. PyTorch has no such
    module.
    """

    title = "GRU, reset before the product"
    frameworks: ClassVar[Mapping[str, Module]] = {
        "Keras": Module("GRU", ("z", "r", "n"), settings={"reset_after": False})
    }

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t from x_t (…, I) and h_{t-1} (…, H)."""
        h = state.h
        r = self.gate("r", w.W_xr @ x + w.W_hr @ h + w.b_r)
        z = self.gate("z", w.W_xz @ x + w.W_hz @ h + w.b_z)
        n = self.gate("n", w.W_xn @ x + w.W_hn @ (r * h) + w.b_n)
        h = self.update("h", (1 - z) * n + z * h)
        return self.done(x, state, r=r, z=z, n=n, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t (…, H) -> dL/da of each gate, and what goes on to h_{t-1}, x_t and the weights."""
        r, z, n, h_prev, dh = step.r, step.z, step.n, step.h_prev, error.h
        da_n = self.error("a_n", dh * (1 - z) * self.slope("n", n))
        da_z = self.error("a_z", dh * (h_prev - n) * self.slope("z", z))
        da_r = self.error("a_r", (w.W_hn.T @ da_n) * h_prev * self.slope("r", r))
        dh_prev = dh * z + w.W_hr.T @ da_r + w.W_hz.T @ da_z + r * (w.W_hn.T @ da_n)
        gives = {"W_hn": (da_n, r * h_prev)}
        return self.passed_back(w, step, {"h": dh}, {"n": da_n, "z": da_z, "r": da_r}, gives, h=dh_prev)
