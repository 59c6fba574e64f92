"""The sLSTM against the equations without a stabiliser, in 60-digit arithmetic where floats would overflow."""

import mpmath
import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import make_cell
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.gradients.flow import Chain, flow
from rnn_cli.core.state import State

CELL = make_cell("slstm")


def parameters(seed: int, scale: float) -> dict[str, Array]:
    generator = np.random.default_rng(seed)
    return {name: scale * generator.standard_normal(shape) for name, shape in CELL.shapes(2, 3).items()}


def unstabilised(p: dict[str, Array], x: Array) -> list[list[mpmath.mpf]]:
    """h_t by equations 8 to 14 of Beck et al. (2024), which have no m: exponentials as they are."""
    H = p["W_h"].shape[1]
    h, c, n = ([mpmath.mpf(0)] * H for _ in range(3))
    states = []
    for x_t in x:
        net = [
            mpmath.fsum([mpmath.mpf(W) * v for W, v in zip(p["W_x"][k], x_t, strict=True)])
            + mpmath.fsum([mpmath.mpf(R) * v for R, v in zip(p["W_h"][k], h, strict=True)])
            + mpmath.mpf(p["b"][k])
            for k in range(4 * H)
        ]
        i = [mpmath.exp(a) for a in net[:H]]
        f = [1 / (1 + mpmath.exp(-a)) for a in net[H : 2 * H]]
        z = [mpmath.tanh(a) for a in net[2 * H : 3 * H]]
        o = [1 / (1 + mpmath.exp(-a)) for a in net[3 * H :]]
        c = [f[k] * c[k] + i[k] * z[k] for k in range(H)]
        n = [f[k] * n[k] + i[k] for k in range(H)]
        h = [o[k] * c[k] / n[k] for k in range(H)]
        states.append(h)
    return states


@pytest.mark.parametrize("scale", [0.5, 3.0, 400.0])
def test_the_stabiliser_changes_no_hidden_state(scale: float) -> None:
    p, x = parameters(1, 1.0), np.random.default_rng(2).standard_normal((6, 2))
    p["W_x"][:3] *= scale  # of the input gate: at 400 its exponential overflows a float
    tape = CELL.forward(p, Vectors(x[:, None]), State.zeros(CELL.states, (1, 3)))
    with mpmath.workdps(60):
        expected = np.array([[float(v) for v in h] for h in unstabilised(p, x)])
    np.testing.assert_allclose(tape.h[1:, 0], expected, rtol=1e-11, atol=1e-13)
    assert np.isfinite(tape.states["n"]).all()
    if scale == 400.0:
        with np.errstate(over="ignore"):
            assert np.isinf(np.exp(tape.gates[:, 0])).any(), "without m this would be infinite"


def chain(p: dict[str, Array], x: Array, state: State) -> Chain:
    tape = CELL.forward(p, Vectors(x[:, None]), state.batched())
    return Chain(CELL, p, x, {name: array[:, 0] for name, array in tape.states.items()})


def test_norms_and_the_direct_path_do_not_depend_on_the_scale_of_the_stabiliser() -> None:
    p, x = parameters(3, 1.0), np.random.default_rng(4).standard_normal((5, 2))
    generator = np.random.default_rng(5)
    start = State(h=generator.standard_normal(3), c=generator.standard_normal(3), n=np.ones(3) * 2, m=np.zeros(3))
    shift = np.array([5.0, -3.0, 40.0])  # the same true c and n, written with another m
    moved = State(h=start.h, c=start.c * np.exp(-shift), n=start.n * np.exp(-shift), m=shift)
    one, other = (flow(chain(p, x, state), down_to=0) for state in (start, moved))
    for a, b in zip(one.rows, other.rows, strict=True):
        np.testing.assert_allclose(a.log_singular_values, b.log_singular_values, rtol=1e-8, atol=1e-9)
        assert a.log_highway == pytest.approx(b.log_highway, abs=1e-9)
    assert set(one.final.log_blocks) == {"h", "c/n", "ln n + m"}


def test_the_jacobian_in_its_coordinates_is_what_differences_of_them_say() -> None:
    p = parameters(6, 1.0)
    generator = np.random.default_rng(7)
    x = generator.standard_normal(2)
    y = np.concatenate([generator.standard_normal(6), generator.standard_normal(3)])  # h, c/n, ln n + m

    def step(y: Array) -> Array:
        h, u, log_n = np.split(y, 3)
        after = CELL.trace_step(p, x, State(h=h, c=u * np.exp(log_n), n=np.exp(log_n), m=np.zeros(3))).state
        return np.concatenate([after.h, after.c / after.n, np.log(after.n) + after.m])

    h, u, log_n = np.split(y, 3)
    before = State(h=h, c=u * np.exp(log_n), n=np.exp(log_n), m=np.zeros(3))
    one = Chain(CELL, p, x[None], {name: array[None] for name, array in before.items()})
    J = one.jacobian(one.step(1))
    differences = np.stack([(step(y + e) - step(y - e)) / 2e-6 for e in 1e-6 * np.eye(9)], axis=1)
    np.testing.assert_allclose(J, differences, rtol=1e-6, atol=1e-8)


def test_the_share_that_is_kept_is_the_slope_of_the_ratio() -> None:
    p = parameters(8, 1.0)
    generator = np.random.default_rng(9)
    before = State(h=generator.standard_normal(3), c=generator.standard_normal(3), n=np.ones(3), m=np.zeros(3))
    step = CELL.trace_step(p, generator.standard_normal(2), before)
    share = CELL.kept(step)
    assert share is not None
    # c_t/n_t with the gates held fixed: e_t (c_{t-1} + d) + j_t z_t over the same n_t
    slope = step.value("e") * before.n / step.state.n
    np.testing.assert_allclose(share, slope, rtol=1e-13)
    assert ((share > 0) & (share < 1)).all()


@pytest.mark.parametrize(
    ("log_input", "said"),
    [
        (1.0, "float32 holds too"),
        (200.0, "overflows in float32 and not in float64"),
        (800.0, "overflows even in float64"),
    ],
)
def test_the_remark_says_what_the_stabiliser_saves(log_input: float, said: str) -> None:
    p = {name: np.zeros(shape) for name, shape in CELL.shapes(1, 1).items()}
    p["b"][0] = log_input
    tape = CELL.forward(p, Vectors(np.zeros((3, 1, 1))), State.zeros(CELL.states, (1, 1)))
    gates = {name: tape.gates[:, k, 0] for k, name in enumerate(CELL.gates)}
    ((title, text, unit),) = CELL.remarks(gates, {name: array[:, 0] for name, array in tape.states.items()}, [7])
    assert (title, unit) == ("Stabiliser", 7)
    assert "(unit 7, step 3 of the run)" in text
    assert said in text
    largest = (log_input + np.log(1 + 0.5 + 0.25)) / np.log(10)  # n_3 = e^i (1 + f + f^2), f = sigmoid(0)
    assert (f"10^{largest:.4g}" if abs(largest) >= 4 else f"{10**largest:.4g}") in text
