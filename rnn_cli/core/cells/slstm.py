"""The sLSTM: exponential gates, a normaliser that keeps their ratio, and a stabiliser that keeps them within a float."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Remark, Step, StepGradient
from rnn_cli.core.quantities import Value, exp, larger_of, maximum
from rnn_cli.core.state import State


class SLSTM(Cell):
    """The sLSTM of xLSTM. The input gate e^i_t and the forget gate e^f_t are kept as their logarithms i_t and f_t.

        i_t = W_xi x_t + W_hi h_{t-1} + b_i                 input gate, its logarithm
        f_t = log_sigmoid(W_xf x_t + W_hf h_{t-1} + b_f)    forget gate, its logarithm
        z_t = tanh(W_xz x_t + W_hz h_{t-1} + b_z)           cell input
        o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + b_o)        output gate
        k_t = f_t + m_{t-1}                                 what is kept, its logarithm
        m_t = max(k_t, i_t)                                 stabiliser
        e_t = exp(k_t - m_t)                                scaled forget gate
        j_t = exp(i_t - m_t)                                scaled input gate
        c_t = e_t * c_{t-1} + j_t * z_t                     cell state
        n_t = e_t * n_{t-1} + j_t                           normaliser
        h_t = o_t * c_t / n_t                               hidden state

    A gate's pre-activation has the gate's letter: i_t = a_i, f_t = log_sigmoid(a_f). Backwards, dh_t = dL/dh_t is the error from
    the output plus that from the future. dc_t, dn_t and dm_t are the whole errors at c_t, n_t and m_t: what comes from the
    future, from the step that read them, and what comes through the numbers of step t. dk_t and dj_t are the errors at
    k_t - m_t and i_t - m_t, and m_t passes its error on to the larger of k_t and i_t. u ⊗ v = u v^T is the outer product:

        dc_t = (dc_t from the future) + dh_t * o_t / n_t
        dn_t = (dn_t from the future) - dh_t * o_t * c_t / n_t / n_t
        dk_t = (dc_t * c_{t-1} + dn_t * n_{t-1}) * e_t     dj_t = (dc_t * z_t + dn_t) * j_t
        dm_t = (dm_t from the future) - dk_t - dj_t
        da_i = dj_t + dm_t where i_t is larger     da_f = (dk_t + dm_t where k_t is larger) * (1 - e^f_t)
        da_z = dc_t * j_t * (1 - z_t^2)     da_o = dh_t * c_t / n_t * o_t (1 - o_t)
        dc_{t-1} = dc_t * e_t     dn_{t-1} = dn_t * e_t     dm_{t-1} = dk_t + dm_t where k_t is larger
        dx_t = W_xi^T da_i + W_xf^T da_f + W_xz^T da_z + W_xo^T da_o
        dh_{t-1} = W_hi^T da_i + W_hf^T da_f + W_hz^T da_z + W_ho^T da_o + the error of its own output
        for each gate   dW_h = sum over t of da ⊗ h_{t-1}     dW_x = sum of da ⊗ x_t     db = sum of da

    What step t+1 gives as its dc_{t-1} is the (dc_t from the future) of step t, which `step_backward` takes as error.c; n and
    m go the same way.
    `step_backward` gives one step's terms of the sums over t, and dh_{t-1} without the error of its own output, which bptt.py
    adds; rnn.py says why the gradients are sums over t.

    The Jacobian:

        J_t = ∂s_t/∂s_{t-1}, s_t = [h_t; c_t/n_t; ln n_t + m_t]: what does not depend on the stabiliser's choice of scale

    c_t and n_t are the true cell state and normaliser times e^-m_t, and only c_t/n_t and ln n_t + m_t are free of that scale:
    norms and verdicts are of them. The direct path is that of c_t/n_t, which step t keeps to the share e_t n_{t-1} / n_t.

    Source: Beck et al., "xLSTM: Extended long short-term memory" (2024), section 2.2, equations 8 to 17, with the sigmoid
    forget gate and one head; it writes i' and f' for j and e.
    """

    name, title = "slstm", "sLSTM"
    gates = {"i": "identity", "f": "log_sigmoid", "z": "tanh", "o": "sigmoid"}
    states = ("h", "c", "n", "m")
    keeps = "f", "c/n"
    candidate = "z"
    coordinate_names: ClassVar[tuple[str, ...]] = ("h", "c/n", "ln n + m")
    path_symbol = "e_t n_{t-1} / n_t"

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t, c_t, n_t, m_t from x_t (…, I) and the state before (…, H)."""
        h, c, n, m = state.h, state.c, state.n, state.m
        i = self.gate("i", w.W_xi @ x + w.W_hi @ h + w.b_i)
        f = self.gate("f", w.W_xf @ x + w.W_hf @ h + w.b_f)
        z = self.gate("z", w.W_xz @ x + w.W_hz @ h + w.b_z)
        o = self.gate("o", w.W_xo @ x + w.W_ho @ h + w.b_o)
        k = self.update("k", f + m)
        m = self.update("m", maximum(k, i))
        e = self.update("e", exp(k - m))
        j = self.update("j", exp(i - m))
        c = self.update("c", e * c + j * z)
        n = self.update("n", e * n + j)
        h = self.update("h", o * c / n)
        return self.done(x, state, i=i, f=f, z=z, o=o, k=k, m=m, e=e, j=j, c=c, n=n, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """The errors of h_t, c_t, n_t and m_t (…, H) -> dL/da of each gate, and what goes on."""
        z, o, e, j, c, n, dh = step.z, step.o, step.e, step.j, step.c, step.n, error.h
        dc = self.error("c", error.c + dh * o / n)
        dn = self.error("n", error.n - dh * o * c / n / n)
        dk = self.error("k", (dc * step.c_prev + dn * step.n_prev) * e)
        dj = self.error("j", (dc * z + dn) * j)
        dm = self.error("m", error.m - dk - dj)
        kept, taken = larger_of(step.k, step.i)
        dm_prev = dk + dm * kept
        da_i = self.error("a_i", dj + dm * taken)
        da_f = self.error("a_f", dm_prev * self.slope("f", step.f))
        da_z = self.error("a_z", dc * j * self.slope("z", z))
        da_o = self.error("a_o", dh * c / n * self.slope("o", o))
        dh_prev = w.W_hi.T @ da_i + w.W_hf.T @ da_f + w.W_hz.T @ da_z + w.W_ho.T @ da_o
        da = {"i": da_i, "f": da_f, "z": da_z, "o": da_o}
        errors = {"h": dh, "c": dc, "n": dn, "m": dm}
        updates = (dc, dn, dk, dj, dm, *da.values())
        return self.passed_back(w, step, errors, da, updates=updates, h=dh_prev, c=dc * e, n=dn * e, m=dm_prev)

    def coordinates(self, state: State) -> tuple[Array, Array]:
        """The way between s = [h; c; n; m] and y = [h; c/n; ln n + m]: ∂y/∂s (3H, 4H), and ∂s/∂y (4H, 3H) with m held.

        Where n is 0 nothing was written yet: c/n is taken for 0, and no change of it or of ln n moves c or n.
        """
        H, n = len(state.h), state.n
        one, zero = np.eye(H), np.zeros((H, H))
        over = np.where(n == 0, 0, 1 / np.where(n == 0, 1, n))
        u = state.c * over
        to_y = np.block(
            [
                [one, zero, zero, zero],
                [zero, np.diag(over), np.diag(-u * over), zero],
                [zero, zero, np.diag(over), one],
            ]
        )
        to_s = np.block(
            [[one, zero, zero], [zero, np.diag(n), np.diag(state.c)], [zero, zero, np.diag(n)], [zero, zero, zero]]
        )
        return to_y, to_s

    def in_coordinates(self, state: State, error: State) -> tuple[Array, ...]:
        """dL/dh, dL/d(c/n) and dL/d(ln n + m): `error` times ∂s/∂y, with m held."""
        return error.h, error.c * state.n, error.c * state.c + error.n * state.n

    def keep_share(self, gates: Mapping[str, Array], states: Mapping[str, Array]) -> Array:
        """What step t keeps of c/n: e_t n_{t-1} / n_t, between 0 and 1. (T, H)"""
        n, m = states["n"], states["m"]
        share: Array = np.exp(gates["f"] + m[:-1] - m[1:]) * n[:-1] / n[1:]
        return share

    def remarks(
        self, gates: Mapping[str, Array], states: Mapping[str, Array], units: Sequence[int]
    ) -> tuple[Remark, ...]:
        """How large the normaliser would be without the stabiliser, and whether a float would hold it."""
        if not (states["n"][1:] > 0).all():
            return ()
        logs = np.log(states["n"][1:]) + states["m"][1:]
        t, unit = (int(one) for one in np.unravel_index(int(logs.argmax()), logs.shape))
        size = float(logs[t, unit]) / np.log(10)
        fits = "which overflows in float32 and not in float64"
        if size > np.log10(np.finfo(np.float64).max):
            fits = "which overflows even in float64"
        elif size < np.log10(np.finfo(np.float32).max):
            fits = "which float32 holds too"
            if float(logs.min()) / np.log(10) < np.log10(np.finfo(np.float32).tiny):
                fits += ", though its smallest value would underflow there"
        grown = f"{10**size:.4g}" if abs(size) < 4 else f"10^{size:.4g}"
        said = (
            f"without m_t the normaliser would reach {grown} (unit {units[unit]}, step {t + 1} of the run), {fits}. With it "
            f"n_t is at most {float(states['n'].max()):.4g}."
        )
        return (Remark("Stabiliser", said, units[unit]),)
