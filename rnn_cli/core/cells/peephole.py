"""The LSTM with peepholes: its gates also see the cell state."""

from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.quantities import Value


class Peephole(Cell):
    """The LSTM with peephole weights: vectors p, so that each unit's gates see that unit's cell state.

        i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + p_i * c_{t-1} + b_i)   input gate
        f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + p_f * c_{t-1} + b_f)   forget gate
        g_t =    tanh(W_xg x_t + W_hg h_{t-1} + b_g)                   candidate
        c_t = f_t * c_{t-1} + i_t * g_t                                cell state
        o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + p_o * c_t + b_o)       output gate
        h_t = o_t * tanh(c_t)                                          hidden state

    A gate's pre-activation has the gate's letter: i_t = sigmoid(a_i), g_t = tanh(a_g). Backwards, dh_t = dL/dh_t is the error
    from the output plus that from the future. dc_t is the whole error at c_t: what comes from the future, from the step that
    read c_t as its c_{t-1}, and what comes through h_t and o_t. u ⊗ v = u v^T is the outer product:

        da_o = dh_t * tanh(c_t) * o_t (1 - o_t)
        dc_t = (dc_t from the future) + dh_t * o_t * (1 - tanh(c_t)^2) + p_o * da_o
        da_i = dc_t * g_t * i_t (1 - i_t)     da_f = dc_t * c_{t-1} * f_t (1 - f_t)     da_g = dc_t * i_t * (1 - g_t^2)
        dc_{t-1} = dc_t * f_t + p_i * da_i + p_f * da_f
        dx_t = W_xi^T da_i + W_xf^T da_f + W_xg^T da_g + W_xo^T da_o
        dh_{t-1} = W_hi^T da_i + W_hf^T da_f + W_hg^T da_g + W_ho^T da_o + the error of its own output
        dp_i = sum over t of da_i * c_{t-1}     dp_f = sum of da_f * c_{t-1}     dp_o = sum of da_o * c_t
        for each gate   dW_h = sum over t of da ⊗ h_{t-1}     dW_x = sum of da ⊗ x_t     db = sum of da

    What step t+1 gives as its dc_{t-1} is the (dc_t from the future) of step t, which `step_backward` takes as error.c.
    `step_backward` gives one step's terms of the sums over t, and dh_{t-1} without the error of its own output, which bptt.py
    adds; rnn.py says why the gradients are sums over t.

    The Jacobian of all that is carried:

        J_t = ∂s_t/∂s_{t-1}, s_t = [h_t; c_t]; its block ∂c_t/∂c_{t-1} is diag(f_t) + what goes through the peepholes

    Source: Gers and Schmidhuber, "Recurrent nets that time and count" (2000), section 3; Gers, Schraudolph and Schmidhuber,
    "Learning precise timing with LSTM recurrent networks", JMLR 3 (2002). The output gate sees the cell state of its own step.
    """

    name, title = "peephole", "LSTM with peepholes"
    gates = {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"}
    states = ("h", "c")
    keeps = "f", "c"
    candidate = "g"

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t and c_t from x_t (…, I), h_{t-1} and c_{t-1} (…, H)."""
        h, c = state.h, state.c
        i = self.gate("i", w.W_xi @ x + w.W_hi @ h + w.p_i * c + w.b_i)
        f = self.gate("f", w.W_xf @ x + w.W_hf @ h + w.p_f * c + w.b_f)
        g = self.gate("g", w.W_xg @ x + w.W_hg @ h + w.b_g)
        c = self.update("c", f * c + i * g)
        o = self.gate("o", w.W_xo @ x + w.W_ho @ h + w.p_o * c + w.b_o)
        h = self.update("h", o * self.squashed("c", c))
        return self.done(x, state, i=i, f=f, g=g, c=c, o=o, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t and dL/dc_t (…, H) -> dL/da of each gate, and what goes on to h_{t-1}, c_{t-1}, x_t and the weights."""
        i, f, g, o, c, c_prev, dh = step.i, step.f, step.g, step.o, step.c, step.c_prev, error.h
        da_o = self.error("a_o", dh * self.squashed("c", c) * self.slope("o", o))
        dc = self.error("c", error.c + dh * o * self.squashed_slope("c", c) + w.p_o * da_o)
        da_i = self.error("a_i", dc * g * self.slope("i", i))
        da_f = self.error("a_f", dc * c_prev * self.slope("f", f))
        da_g = self.error("a_g", dc * i * self.slope("g", g))
        dh_prev = w.W_hi.T @ da_i + w.W_hf.T @ da_f + w.W_hg.T @ da_g + w.W_ho.T @ da_o
        dc_prev = dc * f + w.p_i * da_i + w.p_f * da_f
        gives = {"p_i": da_i * c_prev, "p_f": da_f * c_prev, "p_o": da_o * c}
        da = {"o": da_o, "i": da_i, "f": da_f, "g": da_g}
        updates = (da_o, dc, da_i, da_f, da_g)
        return self.passed_back(w, step, {"h": dh, "c": dc}, da, gives, updates, h=dh_prev, c=dc_prev)
