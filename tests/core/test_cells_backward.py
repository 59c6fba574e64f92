"""Each cell's backward pass, said twice: the readable step and the kernel agree, and both with numbers of their own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Step, StepGradient, by_gate
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.network import FORWARD, Network
from tests.support.networks import KINDS, architecture_of, kinds, random_network, random_sequence, seeds

CLOSE = 1e-12
TINY = 1e-30


def one_cell(kind: str, seed: int, inputs: int = 3, hidden: int = 4) -> tuple[Network, dict[str, Array]]:
    network = random_network(architecture_of(kind, inputs, hidden), seed)
    return network, network.packed(0, FORWARD)


def step_of(kind: str, seed: int) -> tuple[Network, dict[str, Array], Step, Array, Array | None]:
    """A step in the middle of nowhere, with errors dh and dc that arrive at its states."""
    network, p = one_cell(kind, seed)
    x, h, c, dh, dc = (random_sequence(1, size, 7 * seed + k)[0] for k, size in enumerate((3, 4, 4, 4, 4)))
    has_c = network.cell.has_cell_state
    return network, p, network.cell.step(p, x, h, c if has_c else None), dh, dc if has_c else None


def analytic(network: Network) -> bool:
    return all(ACTIVATIONS[name].analytic for name in network.cell.activations)


@given(kind=kinds, steps=st.integers(1, 9), seed=seeds)
def test_the_kernel_is_the_sum_of_the_steps(kind: str, steps: int, seed: int) -> None:
    network, p = one_cell(kind, seed)
    cell = network.cell
    x, dh, dc = (random_sequence(steps, size, seed + k) for k, size in enumerate((3, 4, 4)))
    h0, c0 = random_sequence(2, 4, seed + 9)
    has_c = cell.has_cell_state
    tape = cell.forward(p, Vectors(x[:, None]), h0[None], c0[None] if has_c else None)
    kernel = cell.backward(p, tape, dh[:, None], dc[:, None] if has_c else None, keep_dh=True)
    sums = {name: np.zeros_like(array) for name, array in p.items()}
    named = by_gate(cell.gates, sums)
    run: list[Step] = []
    h, c = h0, c0 if has_c else None
    for t in range(steps):
        run.append(cell.step(p, x[t], h, c))
        h, c = run[-1].h, run[-1].c
    h_future, c_future = np.zeros(4), np.zeros(4)
    assert kernel.dh is not None
    for t in reversed(range(steps)):
        one = cell.step_backward(p, run[t], dh[t] + h_future, dc[t] + c_future if has_c else None)
        np.testing.assert_allclose(kernel.dh[t, 0], one.dh, atol=CLOSE, rtol=CLOSE)
        np.testing.assert_allclose(kernel.dx[t, 0], one.dx, atol=CLOSE, rtol=CLOSE)
        for part in one.contributions:
            named[part.name][...] += part.value
        h_future = one.dh_prev
        c_future = one.dc_prev if one.dc_prev is not None else c_future
    np.testing.assert_allclose(kernel.dh0[0], h_future, atol=CLOSE, rtol=CLOSE)
    if kernel.dc0 is not None:
        np.testing.assert_allclose(kernel.dc0[0], c_future, atol=CLOSE, rtol=CLOSE)
    assert kernel.packed.keys() == sums.keys()
    for name, total in sums.items():
        np.testing.assert_allclose(kernel.packed[name], total, atol=CLOSE * 10, rtol=CLOSE * 10)


def changed(
    network: Network, p: dict[str, Array], step: Step, name: str, change: Array, dh: Array, dc: Array | None
) -> complex:
    """<dh, h_t> + <dc, c_t> with one quantity moved."""
    packed = {key: array.astype(change.dtype) for key, array in p.items()}
    states = {"x": step.x.astype(change.dtype), "h_prev": step.h_prev.astype(change.dtype)}
    if step.c_prev is not None:
        states["c_prev"] = step.c_prev.astype(change.dtype)
    target = states[name] if name in states else by_gate(network.cell.gates, packed)[name]
    target[...] += change
    out = network.cell.step(packed, states["x"], states["h_prev"], states.get("c_prev"))
    through_c = 0 if dc is None or out.c is None else (dc * out.c).sum()
    return complex((dh * out.h).sum() + through_c)


def given_by(gradient: StepGradient) -> dict[str, Array]:
    found = {one.name: one.value for one in gradient.contributions}
    found |= {"x": gradient.dx, "h_prev": gradient.dh_prev}
    return found if gradient.dc_prev is None else {**found, "c_prev": gradient.dc_prev}


@given(kind=kinds, seed=seeds)
def test_each_gradient_of_a_step_is_what_changing_the_quantity_does(kind: str, seed: int) -> None:
    network, p, step, dh, dc = step_of(kind, seed)
    found = given_by(network.cell.step_backward(p, step, dh, dc))
    assert set(by_gate(network.cell.gates, p)) <= set(found)
    for k, (name, gradient) in enumerate(found.items()):
        v = np.random.default_rng([seed, k]).standard_normal(gradient.shape)
        slope = float((gradient * v).sum())
        if analytic(network):
            exact = changed(network, p, step, name, 1j * TINY * v, dh, dc).imag / TINY
            assert slope == pytest.approx(exact, rel=1e-11, abs=1e-11), name
        e = 1e-6
        up, down = (changed(network, p, step, name, sign * e * v, dh, dc).real for sign in (1, -1))
        if analytic(network) or np.abs(step.gate("h").pre_activation).min() > 1e-3:  # away from relu's kinks
            assert slope == pytest.approx((up - down) / (2 * e), rel=1e-5, abs=1e-6), name


@given(kind=kinds, seed=seeds)
def test_the_jacobian_is_the_derivative_of_the_state(kind: str, seed: int) -> None:
    network, p, step, _, _ = step_of(kind, seed)
    if not analytic(network):
        slope = (step.h > 0).astype(float)
        np.testing.assert_array_equal(network.cell.jacobian(p, step), slope[:, None] * p["W_h"])
        return
    columns = []
    for k in range(8 if step.c_prev is not None else 4):
        h = step.h_prev.astype(complex)
        c = None if step.c_prev is None else step.c_prev.astype(complex)
        state = h if k < 4 else c
        assert state is not None
        state[k % 4] += 1j * TINY
        out = network.cell.step(p, step.x, h, c)
        columns.append(np.concatenate([out.h] if out.c is None else [out.h, out.c]).imag / TINY)
    np.testing.assert_allclose(network.cell.jacobian(p, step), np.stack(columns, axis=1), atol=CLOSE, rtol=CLOSE)


@given(kind=kinds, seed=seeds)
def test_the_jacobian_carries_the_error_back(kind: str, seed: int) -> None:
    """dL/d[h; c]_{t-1} = J^T dL/d[h; c]_t, whatever way step_backward takes."""
    network, p, step, dh, dc = step_of(kind, seed)
    back = network.cell.step_backward(p, step, dh, dc)
    J = network.cell.jacobian(p, step)
    arriving = dh if dc is None else np.concatenate([dh, dc])
    leaving = back.dh_prev if back.dc_prev is None else np.concatenate([back.dh_prev, back.dc_prev])
    np.testing.assert_allclose(J.T @ arriving, leaving, atol=CLOSE, rtol=CLOSE)


@given(kind=kinds, seed=seeds)
def test_the_record_of_a_step_recomputes(kind: str, seed: int) -> None:
    """Products multiply up to their updates, parts add up to what goes back, contributions are outer products."""
    network, p, step, dh, dc = step_of(kind, seed)
    back = network.cell.step_backward(p, step, dh, dc)
    for update in back.updates:
        total = sum(np.prod([value for _, _, value in factors], axis=0) for factors in update.products)
        np.testing.assert_allclose(update.value, total, atol=1e-15, rtol=1e-14)
    np.testing.assert_allclose(back.dh_prev, sum(value for _, value in back.back), atol=1e-15, rtol=1e-14)
    assert tuple(back.da) == network.cell.gates
    shapes = {name: array.shape for name, array in by_gate(network.cell.gates, p).items()}
    assert {one.name: one.value.shape for one in back.contributions} == shapes
    for one in back.contributions:
        assert ("⊗" in one.symbol) == (one.right is not None)
        if one.right is not None:
            np.testing.assert_array_equal(one.value, np.outer(one.left, one.right))
            label = one.symbol.split("⊗")[1]
            seen = step.x if "x_t" in label else step.h_prev
            if label.strip() in ("x_t", "h_{t-1}"):
                np.testing.assert_array_equal(one.right, seen)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_losses_side_by_side_are_losses_one_by_one(kind: str) -> None:
    """The leading axis of dh and dc, one loss after the other, goes through."""
    network, p, step, _, dc = step_of(kind, 3)
    many = random_sequence(5, 4, 8)
    cells = random_sequence(5, 4, 9) if dc is not None else None
    together = network.cell.step_backward(p, step, many, cells)
    for k in range(5):
        alone = network.cell.step_backward(p, step, many[k], None if cells is None else cells[k])
        np.testing.assert_allclose(together.dh_prev[k], alone.dh_prev, atol=1e-15)
        np.testing.assert_allclose(together.dx[k], alone.dx, atol=1e-15)
        if together.dc_prev is not None and alone.dc_prev is not None:
            np.testing.assert_allclose(together.dc_prev[k], alone.dc_prev, atol=1e-15)
        for one, other in zip(together.contributions, alone.contributions, strict=True):
            np.testing.assert_allclose(one.left[k], other.left, atol=1e-15)


def test_the_vanilla_step_by_hand() -> None:
    """One unit, numbers that a head can follow: a = 0.5, h = tanh(0.5)."""
    network, p = one_cell("rnn tanh", 0, 1, 1)
    p["W_x"][...], p["W_h"][...], p["b"][...] = 0.3, 0.4, 0.0
    step = network.cell.step(p, np.array([1.0]), np.array([0.5]))
    back = network.cell.step_backward(p, step, np.array([2.0]))
    da = 2 * (1 - np.tanh(0.5) ** 2)
    assert back.da["h"] == pytest.approx(da)
    assert back.dh_prev == pytest.approx(0.4 * da)
    assert back.dx == pytest.approx(0.3 * da)
    values = {one.name: one.value.item() for one in back.contributions}
    assert values == pytest.approx({"W_xh": da, "W_hh": 0.5 * da, "b_h": da})
