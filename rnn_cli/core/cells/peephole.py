"""The LSTM with peepholes: its gates also see the cell state."""

from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.quantities import Value, tanh, tanh_slope


class Peephole(Cell):
    """The LSTM with peephole weights: vectors p, so that each unit's gates see that unit's cell state.

        i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + p_i * c_{t-1} + b_i)   input gate
        f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + p_f * c_{t-1} + b_f)   forget gate
        g_t =    tanh(W_xg x_t + W_hg h_{t-1} + b_g)                   candidate
        c_t = f_t * c_{t-1} + i_t * g_t                                cell state
        o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + p_o * c_t + b_o)       output gate
        h_t = o_t * tanh(c_t)                                          hidden state

    Backwards, with dh_t and dc_t the errors from the output plus those from the future:

        da_o = dh_t * tanh(c_t) * o_t (1 - o_t)
        dc_t = dc_t + dh_t * o_t * (1 - tanh(c_t)^2) + p_o * da_o
        da_i = dc_t * g_t * i_t (1 - i_t)     da_f = dc_t * c_{t-1} * f_t (1 - f_t)     da_g = dc_t * i_t * (1 - g_t^2)
        dc_{t-1} = dc_t * f_t + p_i * da_i + p_f * da_f     dp_i = sum over t of da_i * c_{t-1}     dp_o = sum of da_o * c_t
        dh_{t-1} = sum over the gates of W_h^T da + the error of its own output
        for each gate   dW_h = sum over t of da ⊗ h_{t-1}     dW_x = sum of da ⊗ x_t     db = sum of da

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
        h = self.update("h", o * tanh(c))
        return self.done(x, state, i=i, f=f, g=g, c=c, o=o, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t and dL/dc_t (…, H) -> dL/da of each gate, and what goes on to h_{t-1}, c_{t-1}, x_t and the weights."""
        i, f, g, o, c, c_prev, dh = step.i, step.f, step.g, step.o, step.c, step.c_prev, error.h
        da_o = self.error("a_o", dh * tanh(c) * self.slope("o", o))
        dc = self.error("c", error.c + dh * o * tanh_slope(c) + w.p_o * da_o)
        da_i = self.error("a_i", dc * g * self.slope("i", i))
        da_f = self.error("a_f", dc * c_prev * self.slope("f", f))
        da_g = self.error("a_g", dc * i * self.slope("g", g))
        dh_prev = w.W_hi.T @ da_i + w.W_hf.T @ da_f + w.W_hg.T @ da_g + w.W_ho.T @ da_o
        dc_prev = dc * f + w.p_i * da_i + w.p_f * da_f
        gives = {"p_i": da_i * c_prev, "p_f": da_f * c_prev, "p_o": da_o * c}
        da = {"o": da_o, "i": da_i, "f": da_f, "g": da_g}
        updates = (da_o, dc, da_i, da_f, da_g)
        return self.passed_back(w, step, {"h": dh, "c": dc}, da, gives, updates, h=dh_prev, c=dc_prev)
