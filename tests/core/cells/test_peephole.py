"""The LSTM with peepholes, against a second writing of Gers and Schmidhuber's equations, and against the LSTM that it contains."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import make_cell
from rnn_cli.core.state import State

SIZE, H = 3, 4


def logistic(a: Array) -> Array:
    value: Array = 1 / (1 + np.exp(-a))
    return value


@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_the_equations_of_the_paper(seed: int) -> None:
    generator, cell = np.random.default_rng(seed), make_cell("peephole")
    p = {name: generator.standard_normal(shape) for name, shape in cell.shapes(SIZE, H).items()}
    x, h, c = generator.standard_normal(SIZE), generator.standard_normal(H), generator.standard_normal(H)
    step = cell.trace_step(p, x, State(h=h, c=c))
    W, R, b = p["W_x"].reshape(4, H, SIZE), p["W_h"].reshape(4, H, H), p["b"].reshape(4, H)
    net = np.einsum("khi,i->kh", W, x) + np.einsum("khj,j->kh", R, h) + b
    y_in = logistic(net[0] + np.diag(p["p_i"]) @ c)
    y_phi = logistic(net[1] + np.diag(p["p_f"]) @ c)
    s = y_phi * c + y_in * np.tanh(net[2])
    y_out = logistic(net[3] + np.diag(p["p_o"]) @ s)
    np.testing.assert_allclose(step.state.c, s, rtol=1e-14)
    np.testing.assert_allclose(step.state.h, y_out * np.tanh(s), rtol=1e-14)


def test_the_output_gate_sees_the_cell_state_of_its_own_step() -> None:
    step = make_cell("peephole").trace_step(
        {"W_x": np.zeros((4, 1)), "W_h": np.zeros((4, 1)), "b": np.array([50.0, -50.0, 50.0, 0.0]),
         "p_i": np.zeros(1), "p_f": np.zeros(1), "p_o": np.array([3.0])},
        np.zeros(1), State(h=np.zeros(1), c=np.array([-7.0])),
    )  # fmt: skip
    assert step.state.c == pytest.approx(1.0)  # the old -7 is forgotten, tanh(50) = 1 is taken in
    assert step.value("o") == pytest.approx(logistic(np.array([3.0])))


def test_without_peepholes_it_is_the_lstm() -> None:
    generator = np.random.default_rng(0)
    lstm, cell = make_cell("lstm"), make_cell("peephole")
    p = {name: generator.standard_normal(shape) for name, shape in lstm.shapes(SIZE, H).items()}
    state = State(h=generator.standard_normal(H), c=generator.standard_normal(H))
    x, zero = generator.standard_normal(SIZE), np.zeros(H)
    one = lstm.trace_step(p, x, state)
    other = cell.trace_step({**p, "p_i": zero, "p_f": zero, "p_o": zero}, x, state)
    for name in lstm.states:
        np.testing.assert_array_equal(one.state[name], other.state[name])


def test_the_peepholes_are_vectors_with_a_term_of_their_own() -> None:
    cell = make_cell("peephole")
    p = {name: np.ones(shape) for name, shape in cell.shapes(SIZE, H).items()}
    step = cell.trace_step(p, np.ones(SIZE), State.zeros(cell.states, (H,)))
    assert {name: p[name].shape for name in ("p_i", "p_f", "p_o")} == dict.fromkeys(("p_i", "p_f", "p_o"), (H,))
    assert [term.name for term in step.gate("o").terms] == ["input", "recurrent", "peephole", "bias"]
    assert [term.symbol for term in step.gate("o").terms if term.name == "peephole"] == ["p_o * c_t"]
    assert [term.name for term in step.gate("g").terms] == ["input", "recurrent", "bias"]
