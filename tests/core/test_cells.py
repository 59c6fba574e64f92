"""What every cell is derived to be from its two steps: equations, parameters, kernels, and places that can be replaced."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Cell, Place, indented_blocks
from rnn_cli.core.cells.gru import GRUResetBefore
from rnn_cli.core.cells.records import Step, StepGradient
from rnn_cli.core.cells.rnn import VanillaRNN
from rnn_cli.core.fast import Derived, kernel_of
from rnn_cli.core.fast.inputs import Vectors
from rnn_cli.core.network import FORWARD, Network
from rnn_cli.core.quantities import Value
from rnn_cli.core.state import State
from tests.support.networks import (
    KINDS,
    architecture_of,
    cell_of,
    random_errors,
    random_network,
    random_sequence,
    random_states,
    tuned,
)

EVERY = sorted(KINDS)


# Equations.


def test_blocks_are_cut_from_a_docstring() -> None:
    doc = """A cell.

        h = x
        y = h

    Backwards:

        dx = dh
          indented further

    The end.
    """
    assert list(indented_blocks(doc)) == [("h = x", "y = h"), ("dx = dh", "  indented further")]
    assert list(indented_blocks("Nothing indented.")) == []


@pytest.mark.parametrize("kind", EVERY)
def test_equations_name_what_the_step_computes_and_what_the_way_back_gives(kind: str) -> None:
    cell = cell_of(kind)
    for name in (*cell.gates, *cell.states):
        assert any(line.startswith(f"{name}_t =") for line in cell.equations), name
    forward, backward = "\n".join(cell.equations), "\n".join(cell.backward_equations)
    for parameter in cell.parameters:
        assert parameter in forward, parameter
    for state in cell.states:
        assert f"d{state}_{{t-1}} = " in backward, state
    assert cell.jacobian_equation.startswith("J_t = ")


def test_the_vanilla_equations_have_the_activation() -> None:
    assert cell_of("rnn relu").equations == ("h_t = relu(W_xh x_t + W_hh h_{t-1} + b_h)",)
    assert cell_of("rnn tanh").backward_equations[0] == "da_t = dh_t * (1 - h_t^2)"


def test_each_gru_has_its_own_equations() -> None:
    after, before = cell_of("gru reset after"), cell_of("gru reset before")
    assert "r_t * (W_hn h_{t-1} + b_hn)" in after.equations[2]
    assert "W_hn (r_t * h_{t-1})" in before.equations[2]
    assert isinstance(before, GRUResetBefore)
    assert after.gate_title("z") == before.gate_title("z") == "update gate"
    assert (after.path_symbol, after.jacobian_symbol) == ("z_t", "h")


# Parameters.


@pytest.mark.parametrize("kind", EVERY)
def test_packed_parameters_are_views_under_their_names(kind: str) -> None:
    network = random_network(architecture_of(kind, 3, 4))
    p, named = network.packed(0, FORWARD), network.named(0, FORWARD)
    assert set(named) == set(network.cell.parameters)
    shapes = {"W_x": (4, 3), "W_h": (4, 4)}
    for name, array in named.items():
        assert array.shape == shapes.get(name[:3], (4,)), name
        assert any(np.shares_memory(array, packed) for packed in p.values())
    assert sum(array.size for array in named.values()) == sum(array.size for array in p.values())
    for key, names in network.cell.packing.items():
        assert np.array_equal(np.concatenate([named[name] for name in names]), p[key])


# Places.


class Example:
    """A cell with its parameters, and a step of it from a state that is not zero."""

    def __init__(self, kind: str = "lstm", seed: int = 0) -> None:
        self.network = random_network(architecture_of(kind, 3, 4), seed)
        self.p = self.network.packed(0, FORWARD)
        self.x = random_sequence(1, 3, seed)[0]
        self.before = random_states(self.network, 1, seed)[0, FORWARD].sequence(0)
        self.error = random_errors(self.network.cell, (4,), seed)

    def step(self, places: dict[str, Place] | None = None, p: dict[str, Array] | None = None) -> Step:
        """The traced step, with places replaced."""
        return self.network.cell.replaced(places or {}).trace_step(p or self.p, self.x, self.before)

    def changed(self, name: str, value: Array | float) -> dict[str, Array]:
        """The parameters with one of them set."""
        p = {key: array.copy() for key, array in self.p.items()}
        self.network.cell.named(p)[name][...] = value
        return p


def same(one: Step, other: Step) -> None:
    """The same numbers, bit for bit."""
    assert list(one.numbers) == list(other.numbers)
    for name in one.numbers:
        np.testing.assert_array_equal(one.value(name), other.value(name), err_msg=name)


def test_a_bias_that_is_left_out_is_a_bias_of_0() -> None:
    example = Example()
    same(example.step({"b_f": lambda b: 0 * b}), example.step(p=example.changed("b_f", 0)))


def test_a_product_that_is_doubled_is_a_matrix_that_is() -> None:
    example = Example()
    twice = 2 * example.network.named(0, FORWARD)["W_hf"]
    place = {"W_hf": lambda W, v: type(W)(W.name, 2 * W.array).product(v)}
    same(example.step(place), example.step(p=example.changed("W_hf", twice)))


def test_an_activation_that_is_another() -> None:
    example = Example()
    right, wrong = example.step(), example.step({"g": lambda a: np.maximum(a, 0)})
    before = right.gate("g").pre_activation
    np.testing.assert_array_equal(wrong.gate("g").pre_activation, before)
    np.testing.assert_array_equal(wrong.value("g"), np.maximum(before, 0))
    expected = right.value("f") * example.before.c + right.value("i") * np.maximum(before, 0)
    np.testing.assert_array_equal(wrong.state.c, expected)


def test_an_update_that_is_another() -> None:
    example = Example()
    wrong = example.step({"c": lambda c: c.addends[0]})
    np.testing.assert_array_equal(wrong.state.c, wrong.value("f") * example.before.c)
    np.testing.assert_array_equal(wrong.state.h, wrong.value("o") * np.tanh(wrong.state.c))
    assert [one.equation for one in wrong.updates] == ["f_t * c_{t-1}", "o_t * tanh(c_t)"]


@pytest.mark.parametrize("name", ["dc", "da_f"])
def test_an_error_that_is_another(name: str) -> None:
    example = Example()
    cell, step = example.network.cell, example.step()
    right = cell.trace_step_backward(example.p, step, example.error)
    wrong = cell.replaced({name: lambda error: error + error}).trace_step_backward(example.p, step, example.error)
    np.testing.assert_array_equal(wrong.da["f"], 2 * right.da["f"])
    np.testing.assert_array_equal(wrong.da["o"], right.da["o"])
    changed = {one.name for one, other in zip(wrong.contributions, right.contributions, strict=True)
               if not np.array_equal(one.value, other.value)}  # fmt: skip
    gates = "ifg" if name == "dc" else "f"
    assert changed == {kind + gate for gate in gates for kind in ("W_x", "W_h", "b_")}


def test_an_error_before_the_step_that_is_another() -> None:
    example = Example()
    cell, step = example.network.cell, example.step()
    right = cell.trace_step_backward(example.p, step, example.error)
    wrong = cell.replaced({"dc_prev": lambda dc: dc + dc}).trace_step_backward(example.p, step, example.error)
    np.testing.assert_array_equal(wrong.before.c, 2 * right.before.c)
    np.testing.assert_array_equal(wrong.before.h, right.before.h)


def test_a_product_on_the_way_back_that_is_another() -> None:
    """W where W^T belongs: the matrix is square, so nothing else complains."""
    example = Example()
    cell, step, named = example.network.cell, example.step(), example.network.named(0, FORWARD)
    right = cell.trace_step_backward(example.p, step, example.error)
    forgot = {"W_hf.T": lambda W, da: W.T.product(da)}
    wrong = cell.replaced(forgot).trace_step_backward(example.p, step, example.error)
    W, da = named["W_hf"], right.da["f"]
    np.testing.assert_allclose(wrong.before.h, right.before.h - W.T @ da + W @ da, rtol=1e-12, atol=1e-14)
    same(cell.replaced(forgot).trace_step(example.p, example.x, example.before), step)


def test_the_cell_itself_stays_as_it_was_and_places_add_up() -> None:
    example = Example()
    cell = example.network.cell
    one = cell.replaced({"b_f": lambda b: 0 * b})
    two = one.replaced({"b_i": lambda b: 0 * b})
    assert (dict(cell.places), set(one.places), set(two.places)) == ({}, {"b_f"}, {"b_f", "b_i"})
    assert (one.parameters, one.packing) == (cell.parameters, cell.packing)


@pytest.mark.parametrize("kind", EVERY)
def test_a_cell_with_places_never_uses_a_tuned_kernel(kind: str) -> None:
    """Its loops compute what its changed steps say: forwards, backwards and as a Jacobian."""
    example = Example(kind)
    bias = next(name for name in example.network.cell.parameters if name.startswith("b_"))
    cell = example.network.cell.replaced({bias: lambda b: b + 1})
    kernel = kernel_of(cell)
    assert isinstance(kernel, Derived)
    moved = example.changed(bias, example.network.named(0, FORWARD)[bias] + 1)
    x, errors = random_sequence(6, 3, 1)[:, None], random_errors(cell, (6, 1, 4), 2)
    plain = kernel_of(example.network.cell)
    tapes = [k.forward(p, Vectors(x), example.before.batched()) for k, p in ((kernel, example.p), (plain, moved))]
    np.testing.assert_allclose(tapes[0].h, tapes[1].h, rtol=1e-12, atol=1e-14)
    backs = [k.backward(p, tape, errors) for k, p, tape in zip((kernel, plain), (example.p, moved), tapes, strict=True)]
    for name in backs[0].packed:
        np.testing.assert_allclose(backs[0].packed[name], backs[1].packed[name], rtol=1e-11, atol=1e-12)
    steps = cell.trace_step(example.p, example.x, example.before), example.step(p=moved)
    jacobians = kernel.jacobian(example.p, steps[0]), plain.jacobian(moved, steps[1])
    np.testing.assert_allclose(*jacobians, rtol=1e-11, atol=1e-13)


def test_a_network_hands_its_places_to_its_cell() -> None:
    network = Example().network
    changed = Network(network.architecture, network.parameters, {"b_f": lambda b: 0 * b})
    assert set(changed.cell.places) == {"b_f"}
    assert network.cell.places == {}


# Kernels.


def test_the_cells_of_the_first_version_have_tuned_kernels() -> None:
    assert {"rnn tanh", "rnn relu", "lstm", "gru reset after", "gru reset before"} <= {k for k in KINDS if tuned(k)}


class Leaky(Cell):
    """A cell of this test: no recurrent matrix, one extra vector.

        h_t = tanh(W_xh x_t + p_h * h_{t-1} + b_h)

    Backwards:

        da_t = dh_t * (1 - h_t^2)
        dh_{t-1} = p_h * da_t
    """

    name, title = "leaky", "leaky"
    gates: Mapping[str, str] = MappingProxyType({"h": "tanh"})
    candidate = "h"

    def step(self, w: Value, x: Value, state: Value) -> Step:
        h = self.gate("h", w.W_xh @ x + w.p_h * state.h + w.b_h)
        return self.done(x, state, h=h)

    def step_backward(self, w: Value, step: Value, error: Value) -> StepGradient:
        da = self.error("a_h", error.h * self.slope("h", step.h))
        return self.passed_back(w, step, {"h": error.h}, {"h": da}, {"p_h": da * step.h_prev}, h=w.p_h * da)


def test_a_cell_of_two_steps_has_everything_else() -> None:
    cell = Leaky()
    assert cell.parameters == ("W_xh", "b_h", "p_h")
    assert cell.shapes(3, 4) == {"W_x": (4, 3), "b": (4,), "p_h": (4,)}
    assert (cell.recurrent, cell.keeping_gate, cell.analytic) == ((), None, True)
    assert isinstance(kernel_of(cell), Derived)
    generator = np.random.default_rng(0)
    p = {name: generator.standard_normal(shape) for name, shape in cell.shapes(3, 4).items()}
    x, errors = generator.standard_normal((5, 2, 3)), generator.standard_normal((5, 2, 4))
    initial = State(h=generator.standard_normal((2, 4)))
    kernel = kernel_of(cell)
    tape = kernel.forward(p, Vectors(x), initial)
    found = kernel.backward(p, tape, {"h": errors})

    def loss(p: dict[str, Array]) -> complex:
        return complex((kernel.forward(p, Vectors(x.astype(complex)), initial.astype(complex)).h[1:] * errors).sum())

    for name, gradient in found.packed.items():
        v = generator.standard_normal(gradient.shape)
        moved = p | {name: p[name] + 1e-30j * v}
        assert loss(moved).imag / 1e-30 == pytest.approx(float((gradient * v).sum()), rel=1e-12)
    step = cell.trace_step(p, x[0, 0], initial.sequence(0))
    assert [term.name for term in step.gate("h").terms] == ["input", "peephole", "bias"]
    np.testing.assert_allclose(kernel.jacobian(p, step), np.diag((1 - step.state.h**2) * p["p_h"]), rtol=1e-14)


def test_a_subclass_of_a_cell_does_not_get_its_kernel() -> None:
    class Other(VanillaRNN):
        """Another cell by inheritance: its own step may differ."""

    assert isinstance(kernel_of(Other()), Derived)
