"""The readable step: terms sum to the pre-activation, updates are the sums of their products, and the textbook's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.cells import cell_class, make_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.network import BACKWARD, Network
from rnn_cli.core.quantities import role
from rnn_cli.core.trace import trace
from tests.support.networks import KINDS, architecture_of, cell_of, networks, random_network, random_sequence, seeds


def terms_of(cell: Cell, gate: str) -> list[str]:
    """The terms that a gate's pre-activation must have, by its parameters."""
    names = [kind + gate for kind in ("W_x", "W_h", "p_", "b_")]
    return sorted(role(name) for name in names if name in cell.parameters)


@given(network=networks(), steps=st.integers(1, 5), seed=seeds)
def test_terms_sum_to_the_pre_activation(network: Network, steps: int, seed: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    for one in result.steps:
        for gate in one.step.gates:
            assert sorted(term.name for term in gate.terms) == terms_of(network.cell, gate.name)
            total = sum(term.value for term in gate.terms)
            np.testing.assert_allclose(total, gate.pre_activation, atol=1e-15, rtol=1e-15)
            f = ACTIVATIONS[gate.activation].function
            assert np.array_equal(gate.value, f(gate.pre_activation))


@given(network=networks(), steps=st.integers(1, 4), seed=seeds)
def test_a_term_is_scale_times_W_v_plus_bias(network: Network, steps: int, seed: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    for one in result.steps:
        for gate in one.step.gates:
            for term in gate.terms:
                value = np.zeros(one.step.state.h.shape)
                if term.W is not None:
                    value = value + term.W.value @ np.prod([factor.value for factor in term.v], axis=0)
                if term.bias is not None:
                    value = value + term.bias.value
                if term.W is None and term.bias is None:
                    value = value + 1
                for factor in term.scale:
                    value = value * factor.value
                np.testing.assert_allclose(term.value, value, atol=1e-14, rtol=0)


@given(network=networks(), steps=st.integers(1, 4), seed=seeds)
def test_updates_are_the_numbers_that_go_on(network: Network, steps: int, seed: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    for one in result.steps:
        for update in one.step.updates:
            assert update.value is one.step.value(update.name)
            assert update.name not in one.step.state or update.value is one.step.state[update.name]
        assert all(one.step.state[name] is one.step.value(name) for name in network.cell.states)


@given(network=networks(), steps=st.integers(1, 5), seed=seeds)
def test_states_are_handed_on_in_the_direction_of_the_layer(network: Network, steps: int, seed: int) -> None:
    architecture = network.architecture
    x = random_sequence(steps, architecture.input_size, seed)
    result = trace(network, x)
    for one in result.steps:
        before = one.t + 1 if one.direction == BACKWARD else one.t - 1
        if 1 <= before <= steps:
            previous = result.at(one.layer, one.direction, before)
            assert np.array_equal(one.step.before.joint(), previous.state.joint())
        else:
            assert not one.step.before.joint().any()
        reads = (
            x[one.t - 1]
            if one.layer == 0
            else np.concatenate(
                [result.at(one.layer - 1, direction, one.t).state.h for direction in architecture.directions]
            )
        )
        assert np.array_equal(one.step.x, reads)


def test_steps_stand_by_layer_then_direction_then_time() -> None:
    network = random_network(architecture_of("rnn tanh", num_layers=2, bidirectional=True))
    order = [(one.layer, one.direction, one.t) for one in trace(network, random_sequence(2, 3)).steps]
    assert order == [(l, d, t) for l in (0, 1) for d in ("forward", "backward") for t in (1, 2)]  # noqa: E741


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_gate_that_a_cell_lacks_is_a_key_error(kind: str) -> None:
    network = random_network(architecture_of(kind))
    step = trace(network, random_sequence(1, 3)).at(0, "forward", 1)
    with pytest.raises(KeyError):
        step.gate("none")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_cell_has_its_facts(kind: str) -> None:
    name, options = KINDS[kind]
    cell = cell_of(kind)
    assert cell.name == name
    assert cell.title
    assert cell.states[0] == "h"
    assert all(activation in ACTIVATIONS for activation in cell.gates.values())
    assert cell.candidate in cell.gates
    assert [getattr(cell, option) for option, _ in options] == [value for _, value in options]
    if cell.keeps is not None and cell.keeping_gate is not None:
        assert cell.keeping_gate[0] in cell.gates
        assert cell.keeps[1] in {*cell.states, *cell.coordinate_names}
    assert {one for names in cell.packing.values() for one in names} == set(cell.parameters)
    with pytest.raises(ValueError, match="has no colour red"):
        make_cell(name, {"colour": "red"})
    for option in cell_class(name).options:
        with pytest.raises(ValueError, match=f"has no {option} other"):
            make_cell(name, {option: "other"})


def test_a_cell_that_is_not_in_the_table_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        make_cell("transformer")


# The equations once more, written from the papers and not from the code: one step, plain loops over units.


def _sigmoid(a: float) -> float:
    return float(1 / (1 + np.exp(-a)))


def test_a_vanilla_step_by_plain_loops() -> None:
    network = random_network(architecture_of("rnn tanh", 3, 4))
    p, x = network.packed(0, "forward"), random_sequence(2, 3)
    h = [0.0] * 4
    for t in range(2):
        h = [
            float(
                np.tanh(
                    sum(p["W_x"][k, j] * x[t, j] for j in range(3))
                    + sum(p["W_h"][k, j] * h[j] for j in range(4))
                    + p["b"][k]
                )
            )
            for k in range(4)
        ]
    np.testing.assert_allclose(trace(network, x).at(0, "forward", 2).state.h, np.array(h), atol=1e-15)


def test_an_lstm_step_by_plain_loops() -> None:
    network = random_network(architecture_of("lstm", 3, 2))
    p, x = network.packed(0, "forward"), random_sequence(3, 3)
    h, c = [0.0] * 2, [0.0] * 2
    for t in range(3):
        a = [
            sum(p["W_x"][k, j] * x[t, j] for j in range(3)) + sum(p["W_h"][k, j] * h[j] for j in range(2)) + p["b"][k]
            for k in range(8)
        ]
        i, f, g, o = (a[2 * k : 2 * k + 2] for k in range(4))
        c = [_sigmoid(f[k]) * c[k] + _sigmoid(i[k]) * float(np.tanh(g[k])) for k in range(2)]
        h = [_sigmoid(o[k]) * float(np.tanh(c[k])) for k in range(2)]
    step = trace(network, x).at(0, "forward", 3)
    np.testing.assert_allclose(step.state.h, np.array(h), atol=1e-15)
    np.testing.assert_allclose(step.state.c, np.array(c), atol=1e-15)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("bidirectional", [False, True])
def test_where_a_number_first_leaves_the_finite_range(bidirectional: bool) -> None:
    network = random_network(architecture_of("rnn relu", 1, 2, 1, bidirectional, output_size=2), 0)
    for name, array in network.parameters.items():
        array[...] = 1.0 if "W_x" in name else 1e155 if "W_h" in name else 0.0
    inputs = np.array([[1e150], [1.0], [1.0], [1.0]])
    found = trace(network, inputs).departure
    assert found is not None
    assert (found.direction, found.t, found.quantity, found.number) == ("forward", 3, "W_hh h_{t-1}", 1)
    back = trace(network, np.array([[0.0], [0.0], [0.0], [1.0]])).departure
    assert (back and (back.direction, back.t)) == (("backward", 2) if bidirectional else None)
    assert trace(network, inputs[:1]).departure is None


def test_a_trace_knows_where_it_starts_and_ends() -> None:
    network = random_network(architecture_of("lstm", 2, 3, 2, True), 1)
    result = trace(network, random_sequence(4, 2))
    assert not any(state.joint().any() for state in result.initial.values())
    assert np.array_equal(result.ends[1, "forward"].h, result.at(1, "forward", 4).state.h)
    assert np.array_equal(result.ends[1, "backward"].h, result.at(1, "backward", 1).state.h)
    again = trace(network, random_sequence(4, 2), result.ends)
    assert np.array_equal(again.initial[0, "backward"].joint(), result.ends[0, "backward"].joint())
