"""Each cell's backward pass, said twice: the readable step and the kernels agree, and both with numbers of their own."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.fast import Derived, kernel_of
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.network import FORWARD, Network
from rnn_cli.core.quantities import Update
from rnn_cli.core.state import State
from tests.support.networks import (
    KINDS,
    architecture_of,
    kinds,
    random_errors,
    random_network,
    random_sequence,
    random_states,
    seeds,
)

CLOSE = 1e-12
TINY = 1e-30
CELLS = sorted(KINDS)


def one_cell(kind: str, seed: int, inputs: int = 3, hidden: int = 4) -> tuple[Network, dict[str, Array]]:
    network = random_network(architecture_of(kind, inputs, hidden), seed)
    return network, network.packed(0, FORWARD)


def step_of(kind: str, seed: int) -> tuple[Network, dict[str, Array], Step, State]:
    """A step in the middle of nowhere, with errors that arrive at its states."""
    network, p = one_cell(kind, seed)
    before = random_states(network, 1, seed)[0, FORWARD].sequence(0)
    step = network.cell.trace_step(p, random_sequence(1, 3, 7 * seed)[0], before)
    return network, p, step, random_errors(network.cell, (4,), seed)


def away_from_kinks(network: Network, step: Step) -> bool:
    """Whether small changes leave every activation on one side of its kink, where it has one."""
    return all(ACTIVATIONS[gate.activation].analytic or np.abs(gate.pre_activation).min() > 1e-3 for gate in step.gates)


@given(kind=kinds, steps=st.integers(1, 9), seed=seeds, tuned=st.booleans())
def test_the_kernel_is_the_sum_of_the_steps(kind: str, steps: int, seed: int, tuned: bool) -> None:
    network, p = one_cell(kind, seed)
    cell = network.cell
    kernel = kernel_of(cell) if tuned else Derived(cell)
    x, initial = random_sequence(steps, 3, seed), random_states(network, 1, seed)[0, FORWARD]
    errors = random_errors(cell, (steps, 4), seed)
    tape = kernel.forward(p, Vectors(x[:, None]), initial)
    found = kernel.backward(p, tape, {name: array[:, None] for name, array in errors.items()}, keep_dh=True)
    sums = {name: np.zeros_like(array) for name, array in p.items()}
    named = cell.named(sums)
    run: list[Step] = []
    state = initial.sequence(0)
    for t in range(steps):
        run.append(cell.trace_step(p, x[t], state))
        state = run[-1].state
        for name in cell.states:
            np.testing.assert_allclose(tape.states[name][t + 1, 0], state[name], atol=CLOSE, rtol=CLOSE)
        for k, gate in enumerate(cell.gates):
            np.testing.assert_allclose(tape.gates[t, k, 0], run[-1].value(gate), atol=CLOSE, rtol=CLOSE)
    future = state.zeros_like()
    assert found.errors is not None
    for t in reversed(range(steps)):
        one = cell.trace_step_backward(p, run[t], errors.rows(t).merge(future, np.add))
        for name, whole in one.error.items():
            np.testing.assert_allclose(found.errors[name][t, 0], whole, atol=CLOSE, rtol=CLOSE)
        np.testing.assert_allclose(found.dx[t, 0], one.dx, atol=CLOSE, rtol=CLOSE)
        for part in one.contributions:
            named[part.name][...] += part.value
        future = one.before
    for name in cell.states:
        np.testing.assert_allclose(found.initial[name][0], future[name], atol=CLOSE, rtol=CLOSE)
    assert found.packed.keys() == sums.keys()
    for name, total in sums.items():
        np.testing.assert_allclose(found.packed[name], total, atol=CLOSE * 10, rtol=CLOSE * 10)


def changed(network: Network, p: dict[str, Array], step: Step, name: str, change: Array, error: State) -> complex:
    """<dh, h_t> + <dc, c_t> + … with one quantity moved."""
    packed = {key: array.astype(change.dtype) for key, array in p.items()}
    before, x = step.before.map(lambda array: array.astype(change.dtype)), step.x.astype(change.dtype)
    moved = {"x": x, **{f"{state}_prev": array for state, array in before.items()}, **network.cell.named(packed)}
    moved[name][...] += change
    after = network.cell.trace_step(packed, x, before).state
    return complex(sum((error[state] * after[state]).sum() for state in after))


def given_by(gradient: StepGradient) -> dict[str, Array]:
    found = {one.name: one.value for one in gradient.contributions} | {"x": gradient.dx}
    return found | {f"{name}_prev": array for name, array in gradient.before.items()}


@given(kind=kinds, seed=seeds)
def test_each_gradient_of_a_step_is_what_changing_the_quantity_does(kind: str, seed: int) -> None:
    network, p, step, error = step_of(kind, seed)
    found = given_by(network.cell.trace_step_backward(p, step, error))
    assert set(network.cell.parameters) <= set(found)
    for k, (name, gradient) in enumerate(found.items()):
        v = np.random.default_rng([seed, k]).standard_normal(gradient.shape)
        slope = float((gradient * v).sum())
        if network.cell.analytic:
            exact = changed(network, p, step, name, 1j * TINY * v, error).imag / TINY
            assert slope == pytest.approx(exact, rel=1e-11, abs=1e-11), name
        e = 1e-6
        up, down = (changed(network, p, step, name, sign * e * v, error).real for sign in (1, -1))
        if away_from_kinks(network, step):
            assert slope == pytest.approx((up - down) / (2 * e), rel=1e-5, abs=1e-6), name


@given(seed=seeds)
def test_relus_jacobian_is_the_matrix_where_units_are_above_0(seed: int) -> None:
    network, p, step, _ = step_of("rnn relu", seed)
    slope = (step.state.h > 0).astype(float)
    for kernel in (kernel_of(network.cell), Derived(network.cell)):
        np.testing.assert_array_equal(kernel.jacobian(p, step), slope[:, None] * p["W_h"])


@given(kind=kinds, seed=seeds)
def test_the_jacobian_carries_the_error_back(kind: str, seed: int) -> None:
    """dL/d[h; c; …]_{t-1} = J^T dL/d[h; c; …]_t, whatever way step_backward takes."""
    network, p, step, error = step_of(kind, seed)
    back = network.cell.trace_step_backward(p, step, error)
    for kernel in (kernel_of(network.cell), Derived(network.cell)):
        J = kernel.jacobian(p, step)
        np.testing.assert_allclose(J.T @ error.joint(), back.before.joint(), atol=CLOSE, rtol=CLOSE)


def recomputed(update: Update) -> Array:
    """The number that an update is said to be, from the factors of its products."""
    products = [np.prod(np.broadcast_arrays(*(one.value for one in factors)), axis=0) for factors in update.products]
    if update.of == "max":
        return np.asarray(np.max(products, axis=0))
    total: Array = np.sum(products, axis=0)
    return {"": total, "exp": np.exp(total)}[update.of]


@given(kind=kinds, seed=seeds)
def test_the_record_of_a_step_recomputes(kind: str, seed: int) -> None:
    """Products multiply up to their updates, parts add up to what goes back, contributions are outer products."""
    network, p, step, error = step_of(kind, seed)
    cell = network.cell
    back = cell.trace_step_backward(p, step, error)
    for update in (*step.updates, *back.updates):
        np.testing.assert_allclose(update.value, recomputed(update), atol=1e-15, rtol=1e-14)
    assert set(back.back) == set(cell.states)
    for name, parts in back.back.items():
        np.testing.assert_allclose(back.before[name], sum(value for _, value in parts), atol=1e-15, rtol=1e-14)
    assert tuple(back.da) == tuple(cell.gates)
    shapes = {name: array.shape for name, array in cell.named(p).items()}
    assert {one.name: one.value.shape for one in back.contributions} == shapes
    seen = {"x_t": step.x} | {f"{name}_{{t-1}}": array for name, array in step.before.items()}
    for one in back.contributions:
        assert ("⊗" in one.symbol) == (one.right is not None)
        if one.right is not None:
            np.testing.assert_array_equal(one.value, np.outer(one.left, one.right))
            label = one.symbol.split("⊗")[1].strip()
            if label in seen:
                np.testing.assert_array_equal(one.right, seen[label])


@given(kind=kinds, seed=seeds)
def test_a_step_on_arrays_is_the_step_on_quantities_to_the_bit(kind: str, seed: int) -> None:
    network, p, traced, error = step_of(kind, seed)
    cell = network.cell
    step = cell.step(cell.weights(p), traced.x, traced.before)
    assert list(step.numbers) == list(traced.numbers)
    for name in step.numbers:
        assert np.array_equal(step.value(name), traced.value(name)), name
    for name in cell.states:
        assert np.array_equal(step.state[name], traced.state[name]), name
    before = {f"{name}_prev": array for name, array in step.before.items()}
    plain = cell.step_backward(cell.weights(p), SimpleNamespace(x=step.x, **before, **step.numbers), error)
    shown = cell.trace_step_backward(p, traced, error)
    assert np.array_equal(plain.dx, shown.dx)
    assert np.array_equal(plain.before.joint(), shown.before.joint())
    assert [one.name for one in plain.contributions] == [one.name for one in shown.contributions]
    for one, other in zip(plain.contributions, shown.contributions, strict=True):
        assert np.array_equal(one.value, other.value), one.name


@pytest.mark.parametrize("kind", CELLS)
def test_losses_side_by_side_are_losses_one_by_one(kind: str) -> None:
    """The leading axis of the errors, one loss after the other, goes through; their sum is the step of the sum."""
    network, p, step, _ = step_of(kind, 3)
    many = random_errors(network.cell, (5, 4), 8)
    together = network.cell.trace_step_backward(p, step, many)
    for k in range(5):
        alone = network.cell.trace_step_backward(p, step, many.sequence(k))
        np.testing.assert_allclose(together.dx[k], alone.dx, atol=1e-15)
        for name in network.cell.states:
            np.testing.assert_allclose(together.before[name][k], alone.before[name], atol=1e-15)
        for one, other in zip(together.contributions, alone.contributions, strict=True):
            np.testing.assert_allclose(one.left[k], other.left, atol=1e-15)


@pytest.mark.parametrize("kind", CELLS)
def test_the_summed_step_is_the_step_of_the_sum(kind: str) -> None:
    network, p, step, _ = step_of(kind, 4)
    many = random_errors(network.cell, (5, 4), 9)
    summed = network.cell.trace_step_backward(p, step, many).summed()
    whole = network.cell.trace_step_backward(p, step, many.map(lambda array: array.sum(axis=0)))
    close = partial(np.testing.assert_allclose, atol=1e-14, rtol=1e-12)
    close(summed.dx, whole.dx)
    for name in network.cell.states:
        close(summed.before[name], whole.before[name])
        close(summed.error[name], whole.error[name])
        assert [symbol for symbol, _ in summed.back[name]] == [symbol for symbol, _ in whole.back[name]]
        for (_, one), (_, other) in zip(summed.back[name], whole.back[name], strict=True):
            close(one, other)
    for gate in network.cell.gates:
        close(summed.da[gate], whole.da[gate])
    for part, theirs in zip(summed.contributions, whole.contributions, strict=True):
        assert (part.name, part.symbol) == (theirs.name, theirs.symbol)
        close(part.value, theirs.value)
    for update, right in zip(summed.updates, whole.updates, strict=True):
        assert update.equation == right.equation
        close(update.value, right.value)
        close(recomputed(update), update.value)


def test_the_vanilla_step_by_hand() -> None:
    """One unit, numbers that a head can follow: a = 0.5, h = tanh(0.5)."""
    network, p = one_cell("rnn tanh", 0, 1, 1)
    p["W_x"][...], p["W_h"][...], p["b"][...] = 0.3, 0.4, 0.0
    step = network.cell.trace_step(p, np.array([1.0]), State(h=np.array([0.5])))
    back = network.cell.trace_step_backward(p, step, State(h=np.array([2.0])))
    da = 2 * (1 - np.tanh(0.5) ** 2)
    assert back.da["h"] == pytest.approx(da)
    assert back.before.h == pytest.approx(0.4 * da)
    assert back.dx == pytest.approx(0.3 * da)
    values = {one.name: one.value.item() for one in back.contributions}
    assert values == pytest.approx({"W_xh": da, "W_hh": 0.5 * da, "b_h": da})
