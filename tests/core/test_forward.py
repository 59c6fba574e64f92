"""The kernels against the specification (core.trace), batches against single sequences, padding against nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import softmax
from rnn_cli.core.forward import layer_states, reversal, run_forward, run_states, turn
from rnn_cli.core.network import BACKWARD, MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.trace import trace
from tests.support.networks import (
    KINDS,
    architecture_of,
    batch_lengths,
    networks,
    random_batch,
    random_network,
    random_sequence,
    random_states,
    seeds,
)

CLOSE = 1e-12


@given(network=networks(), steps=st.integers(1, 8), seed=seeds)
def test_the_kernels_equal_the_steps(network: Network, steps: int, seed: int) -> None:
    architecture = network.architecture
    x = random_sequence(steps, architecture.input_size, seed)
    spec, run = trace(network, x), run_forward(network, x[:, None])
    for states in layer_states(network, run, 0):
        traced = [spec.at(states.layer, states.direction, t) for t in range(1, steps + 1)]
        for name, values in states.states.items():
            np.testing.assert_allclose(values, [step.state[name] for step in traced], atol=CLOSE, rtol=0)
        for name, values in states.gates.items():
            np.testing.assert_allclose(values, [step.gate(name).value for step in traced], atol=CLOSE, rtol=0)
    assert (run.logits is None) == (spec.logits is None) == (architecture.output_size == 0)
    if run.logits is not None and spec.logits is not None and spec.probabilities is not None:
        logits = run.logits[0] if architecture.task == MANY_TO_ONE else run.logits[:, 0]
        assert logits.shape == spec.logits.shape
        np.testing.assert_allclose(logits, spec.logits, atol=CLOSE, rtol=0)
        np.testing.assert_allclose(spec.probabilities, softmax(spec.logits), atol=CLOSE, rtol=0)


@given(network=networks(), lengths=batch_lengths, seed=seeds, padding=st.sampled_from([0.0, -3.5, 1e300, -1e300]))
def test_a_batch_of_unequal_lengths_equals_its_sequences_one_by_one(
    network: Network, lengths: list[int], seed: int, padding: float
) -> None:
    x, sizes = random_batch(lengths, network.architecture.input_size, seed, padding)
    initial = random_states(network, len(lengths), seed)
    together = run_forward(network, x, sizes, initial)
    for b, length in enumerate(lengths):
        own = {place: state.rows([b]) for place, state in initial.items()}
        alone = run_forward(network, x[:length, b : b + 1], initial=own)
        np.testing.assert_allclose(together.output[:length, b], alone.output[:, 0], atol=CLOSE, rtol=0)
        for where, state in together.final.items():
            for name in network.cell.states:
                np.testing.assert_allclose(state[name][b], alone.final[where][name][0], atol=CLOSE, rtol=0)
        if together.logits is not None and alone.logits is not None:
            many = network.architecture.task == MANY_TO_MANY
            np.testing.assert_allclose(
                together.logits[:length, b] if many else together.logits[b],
                alone.logits[:, 0] if many else alone.logits[0],
                atol=CLOSE,
                rtol=0,
            )
        for mine, theirs in zip(layer_states(network, together, b), layer_states(network, alone, 0), strict=True):
            assert (mine.layer, mine.direction) == (theirs.layer, theirs.direction)
            for name in mine.states:
                np.testing.assert_allclose(mine.states[name], theirs.states[name], atol=CLOSE, rtol=0)
            for name in mine.gates:
                np.testing.assert_allclose(mine.gates[name], theirs.gates[name], atol=CLOSE, rtol=0)


@given(network=networks(), lengths=batch_lengths, seed=seeds)
def test_what_stands_in_the_padding_changes_no_bit(network: Network, lengths: list[int], seed: int) -> None:
    size = network.architecture.input_size
    clean, sizes = random_batch(lengths, size, seed)
    dirty, _ = random_batch(lengths, size, seed, padding=np.finfo(float).max)
    noise = np.random.default_rng(seed).standard_normal(dirty.shape) > 0
    dirty = np.where((dirty == np.finfo(float).max) & noise, -np.finfo(float).max, dirty)
    a, b = run_forward(network, clean, sizes), run_forward(network, dirty, sizes)
    assert np.array_equal(a.output, b.output)
    for where, state in a.final.items():
        assert all(np.array_equal(state[name], b.final[where][name]) for name in network.cell.states)
    if a.logits is not None and b.logits is not None and network.architecture.task == MANY_TO_ONE:
        assert np.array_equal(a.logits, b.logits)


@given(network=networks(readout=False), lengths=batch_lengths, seed=seeds)
def test_output_is_zero_where_a_sequence_has_ended(network: Network, lengths: list[int], seed: int) -> None:
    x, sizes = random_batch(lengths, network.architecture.input_size, seed, padding=9.0)
    output = run_forward(network, x, sizes).output
    for b, length in enumerate(lengths):
        assert not output[length:, b].any()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_h_n_is_the_last_state_of_each_direction(kind: str) -> None:
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True))
    x, sizes = random_batch([4, 2], 3)
    run = run_forward(network, x, sizes)
    H = network.architecture.hidden_size
    for b, length in enumerate([4, 2]):
        assert np.array_equal(run.final[1, "forward"].h[b], run.output[length - 1, b, :H])
        assert np.array_equal(run.final[1, "backward"].h[b], run.output[0, b, H:])


def test_many_to_one_reads_forward_h_T_and_backward_h_1() -> None:
    network = random_network(architecture_of("rnn tanh", bidirectional=True, output_size=2))
    x = random_sequence(5, 3)
    result = trace(network, x)
    read = np.concatenate([result.at(0, "forward", 5).state.h, result.at(0, BACKWARD, 1).state.h])
    assert result.readout_inputs is not None
    assert result.logits is not None
    assert np.array_equal(result.readout_inputs, read)
    W, b = network.parameters["readout.W_hy"], network.parameters["readout.b_y"]
    np.testing.assert_allclose(result.logits, W @ read + b, atol=1e-15)


def test_reversal_turns_each_sequence_within_its_length_and_twice_is_nothing() -> None:
    order = reversal(np.array([3, 1, 4]), 4)
    assert order[:, 0].tolist() == [2, 1, 0, 3]
    assert order[:, 1].tolist() == [0, 1, 2, 3]
    assert order[:, 2].tolist() == [3, 2, 1, 0]
    x = np.random.default_rng(0).standard_normal((4, 3, 2))
    assert np.array_equal(turn(turn(x, order), order), x)
    assert np.array_equal(turn(x, None), x[::-1])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_float32_stays_float32(kind: str) -> None:
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True, output_size=2))
    single = network.with_parameters(network.parameters.astype(np.float32))
    x, sizes = random_batch([3, 5], 3)
    run = run_forward(single, x.astype(np.float32), sizes)
    double = run_forward(network, x, sizes)
    assert run.output.dtype == np.float32
    assert run.logits is not None
    assert run.logits.dtype == np.float32
    np.testing.assert_allclose(run.output, double.output, atol=1e-5)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_inputs_and_parameters_are_left_as_they_were(kind: str) -> None:
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True, output_size=2))
    x, sizes = random_batch([3, 5], 3)
    initial = random_states(network, 2)
    before = (x.copy(), network.parameters.flat.copy(), {k: state.joint() for k, state in initial.items()})
    run_forward(network, x, sizes, initial)
    trace(network, x[:3, 0])
    assert np.array_equal(x, before[0])
    assert np.array_equal(network.parameters.flat, before[1])
    assert all(np.array_equal(state.joint(), before[2][k]) for k, state in initial.items())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_states_in_segments_are_those_of_one_run(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_cli.core.forward.SEGMENT", 7)
    network = random_network(architecture_of(kind, 3, 4, 2, output_size=2))
    x, initial = random_sequence(30, 3)[:, None], random_states(network, 1)
    whole, parts = run_forward(network, x, initial=initial), run_states(network, x, initial)
    assert whole.logits is not None
    assert parts.logits is not None
    assert np.allclose(parts.logits, whole.logits, rtol=1e-12)
    for one, other in zip(parts.runs, whole.runs, strict=True):
        for name in network.cell.states:
            assert np.allclose(one.tape.states[name], other.tape.states[name], rtol=1e-12, atol=1e-14)
        assert np.allclose(one.tape.x, other.tape.x, rtol=1e-12, atol=1e-14)


def test_the_backward_direction_ran_from_the_last_step_to_the_first() -> None:
    network = random_network(architecture_of("lstm", 2, 3, bidirectional=True))
    run = run_forward(network, np.random.default_rng(0).standard_normal((4, 1, 2)))
    for one, states in zip(run.runs, layer_states(network, run, 0), strict=True):
        gates, own = states.in_run_order()
        np.testing.assert_array_equal(own["c"], one.tape.states["c"][:, 0])
        np.testing.assert_array_equal(np.stack(list(gates.values()), axis=1), one.tape.gates[:, :, 0])
