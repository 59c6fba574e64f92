"""The readable step: terms sum to the pre-activation, updates are the sums of their products, and the textbook's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.network import BACKWARD, Network
from rnn_cli.core.trace import trace
from tests.support.networks import KINDS, architecture_of, networks, random_network, random_sequence, seeds


@given(network=networks(), steps=st.integers(1, 5), seed=seeds)
def test_terms_sum_to_the_pre_activation(network: Network, steps: int, seed: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    for one in result.steps:
        for gate in one.step.gates:
            assert [term.name for term in gate.terms] == ["input", "recurrent", "bias"]
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
                value = np.zeros(network.architecture.hidden_size)
                if term.W is not None and term.v is not None:
                    value = value + term.W @ term.v
                if term.bias is not None:
                    value = value + term.bias
                if term.scale is not None:
                    value = value * term.scale
                np.testing.assert_allclose(term.value, value, atol=1e-14, rtol=0)


@given(network=networks(), steps=st.integers(1, 4), seed=seeds)
def test_an_update_is_the_sum_of_its_products(network: Network, steps: int, seed: int) -> None:
    result = trace(network, random_sequence(steps, network.architecture.input_size, seed))
    for one in result.steps:
        for update in one.step.updates:
            total = sum(np.prod([value for _, _, value in factors], axis=0) for factors in update.products)
            np.testing.assert_allclose(update.value, total, atol=1e-14, rtol=0)
            assert update.value is (one.step.c if update.name == "c" else one.step.h)


@given(network=networks(), steps=st.integers(1, 5), seed=seeds)
def test_states_are_handed_on_in_the_direction_of_the_layer(network: Network, steps: int, seed: int) -> None:
    architecture = network.architecture
    x = random_sequence(steps, architecture.input_size, seed)
    result = trace(network, x)
    for one in result.steps:
        before = one.t + 1 if one.direction == BACKWARD else one.t - 1
        if 1 <= before <= steps:
            previous = result.at(one.layer, one.direction, before)
            assert np.array_equal(one.step.h_prev, previous.h)
            assert one.step.c_prev is None or np.array_equal(one.step.c_prev, np.asarray(previous.c))
        else:
            assert not one.step.h_prev.any()
        reads = (
            x[one.t - 1]
            if one.layer == 0
            else np.concatenate([result.at(one.layer - 1, way, one.t).h for way in architecture.directions])
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
        step.gate("q")


def test_cells_offer_what_the_protocol_says() -> None:
    for name in CELLS:
        cell = make_cell(name, activation="tanh", reset_after=False)
        assert cell.name == name
        assert cell.title
        assert len(cell.gates) == len(cell.activations)
        assert cell.equations
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
    np.testing.assert_allclose(trace(network, x).at(0, "forward", 2).h, h, atol=1e-15)


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
    np.testing.assert_allclose(step.h, h, atol=1e-15)
    np.testing.assert_allclose(np.asarray(step.c), c, atol=1e-15)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("bidirectional", [False, True])
def test_where_a_number_first_leaves_the_finite_range(bidirectional: bool) -> None:
    network = random_network(architecture_of("rnn relu", 1, 2, 1, bidirectional, output_size=2), 0)
    for name, array in network.parameters.items():
        array[...] = 1.0 if "W_x" in name else 1e155 if "W_h" in name else 0.0
    inputs = np.array([[1e150], [1.0], [1.0], [1.0]])
    found = trace(network, inputs).overflow
    assert found is not None
    assert (found.direction, found.t, found.quantity, found.unit) == ("forward", 3, "h", 1)
    back = trace(network, np.array([[0.0], [0.0], [0.0], [1.0]])).overflow
    assert (back and (back.direction, back.t)) == (("backward", 2) if bidirectional else None)
    assert trace(network, inputs[:1]).overflow is None


def test_a_trace_knows_where_it_starts_and_ends() -> None:
    network = random_network(architecture_of("lstm", 2, 3, 2, True), 1)
    result = trace(network, random_sequence(4, 2))
    assert not any(h.any() for h, _ in result.initial.values())
    assert np.array_equal(result.ends[1, "forward"][0], result.at(1, "forward", 4).h)
    assert np.array_equal(result.ends[1, "backward"][0], result.at(1, "backward", 1).h)
    again = trace(network, random_sequence(4, 2), result.ends)
    assert np.array_equal(again.initial[0, "backward"][0], result.ends[0, "backward"][0])
