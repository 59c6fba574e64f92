"""The minGRU against its closed form, and its parallel scan against the loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.cells import make_cell
from rnn_cli.core.cells.mingru import parallel_scan
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.state import State


@pytest.mark.parametrize("T", [1, 2, 7])
def test_the_last_state_is_a_weighted_sum_of_all_candidates(T: int) -> None:
    generator, cell = np.random.default_rng(T), make_cell("mingru")
    p = {name: generator.standard_normal(shape) for name, shape in cell.shapes(2, 3).items()}
    x, h0 = generator.standard_normal((T, 2)), generator.standard_normal(3)
    z = 1 / (1 + np.exp(-(x @ p["W_x"][:3].T + p["b"][:3])))
    n = x @ p["W_x"][3:].T + p["b"][3:]
    # h_T = prod (1 - z) h_0 + sum over t of z_t n_t times the product of the (1 - z) after t
    expected = np.prod(1 - z, axis=0) * h0 + sum(z[t] * n[t] * np.prod(1 - z[t + 1 :], axis=0) for t in range(T))
    tape = cell.forward(p, Vectors(x[:, None]), State(h=h0[None]))
    np.testing.assert_allclose(tape.h[-1, 0], expected, rtol=1e-12, atol=1e-14)


@given(st.integers(1, 70), st.integers(0, 10**6))
def test_the_scan_is_the_loop(T: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    a, b, h = generator.uniform(0, 1, (T, 2)), generator.standard_normal((T, 2)), generator.standard_normal(2)
    scanned = parallel_scan(a, b, h)
    for t in range(T):
        h = a[t] * h + b[t]
        np.testing.assert_allclose(scanned[t], h, rtol=1e-10, atol=1e-13)


def test_it_has_no_recurrent_matrix() -> None:
    cell = make_cell("mingru")
    assert cell.recurrent == ()
    assert set(cell.shapes(2, 3)) == {"W_x", "b"}
    p = {name: np.ones(shape) for name, shape in cell.shapes(2, 3).items()}
    step = cell.trace_step(p, np.ones(2), State(h=np.ones(3)))
    assert [term.name for term in step.gate("z").terms] == ["input", "bias"]
    J = cell.jacobian(p, step)
    np.testing.assert_array_equal(J, np.diag(np.diag(J)), "units do not hear of each other")


def test_the_remark_tells_the_largest_difference() -> None:
    cell, z, n = make_cell("mingru"), np.full((5, 1), 0.5), np.ones((5, 1))
    h = np.array([[0.0], [0.5], [0.75], [0.875], [0.9375], [0.96875]])
    ((title, said, unit),) = cell.remarks({"z": z, "n": n}, {"h": h}, [1])
    assert (title, unit) == ("Parallel scan", None)
    assert "a parallel scan computes all 5 steps in 3 rounds" in said
    assert "0.0e+00" in said
    h[3] += 0.25
    assert "2.5e-01" in cell.remarks({"z": z, "n": n}, {"h": h}, [1])[0].says
