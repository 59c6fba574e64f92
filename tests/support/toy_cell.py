"""A cell that resembles none of the program's: odd gate names, no keeping gate, an option, no equal in any framework."""

from collections.abc import Iterator
from contextlib import contextmanager

from rnn_cli.core.cells import CELLS, made_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.quantities import Value, tanh, tanh_slope


class Wobble(Cell):
    """A cell of no use.

        kappa_t = tanh(W_xkappa x_t + W_hkappa h_{t-1} + b_kappa)     mixer
        Q_t = sigmoid(W_xQ x_t + p_Q * v_{t-1} + b_Q)                 swing
        v_t = kappa_t * tanh(v_{t-1}) + Q_t                           wobble
        h_t = v_t * Q_t                                               hidden state; v_t alone where the tail is bare

    Backwards:

        dv_t = dv_t + dh_t * Q_t     dQ_t = dv_t + dh_t * v_t
        dv_{t-1} = dv_t * kappa_t * (1 - tanh(v_{t-1})^2) + p_Q * da_Q
        dh_{t-1} = W_hkappa^T da_kappa + the error of its own output

    Source: this test.
    """

    name, title = "wobble", "wobble cell"
    gates = {"kappa": "tanh", "Q": "sigmoid"}
    states = ("h", "v")
    options = {"tail": ("swung", "bare")}
    tail: str

    def step(self, w: Value, x: Value, state: Value) -> Step:
        """h_t and v_t."""
        kappa = self.gate("kappa", w.W_xkappa @ x + w.W_hkappa @ state.h + w.b_kappa)
        Q = self.gate("Q", w.W_xQ @ x + w.p_Q * state.v + w.b_Q)
        v = self.update("v", kappa * tanh(state.v) + Q)
        h = self.update("h", v * Q if self.tail == "swung" else v)
        return self.done(x, state, kappa=kappa, Q=Q, v=v, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        """dL/dh_t and dL/dv_t -> what comes before."""
        kappa, Q, v, v_prev, dh = step.kappa, step.Q, step.v, step.v_prev, error.h
        swung = self.tail == "swung"
        dv = self.error("v", error.v + (dh * Q if swung else dh))
        dQ = self.error("Q", dv + dh * v if swung else dv)
        da_kappa = self.error("a_kappa", dv * tanh(v_prev) * self.slope("kappa", kappa))
        da_Q = self.error("a_Q", dQ * self.slope("Q", Q))
        dv_prev = dv * kappa * tanh_slope(v_prev) + w.p_Q * da_Q
        return self.passed_back(
            w,
            step,
            {"h": dh, "v": dv},
            {"kappa": da_kappa, "Q": da_Q},
            {"p_Q": da_Q * v_prev},
            (dv, dQ, da_kappa, da_Q),
            h=w.W_hkappa.T @ da_kappa,
            v=dv_prev,
        )


@contextmanager
def registered() -> Iterator[str]:
    """Have the cell in the table while the block runs; -> its name."""
    CELLS[Wobble.name] = f"{__name__}:Wobble"
    try:
        yield Wobble.name
    finally:
        del CELLS[Wobble.name]
        made_cell.cache_clear()
