"""What a readout that answers once reads: each of the ways against NumPy's own words for it, and its error at every step."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.bptt import Target, Truncation, bptt
from rnn_cli.core.fast.checkpointing import Answers, checkpointed
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import CROSS_ENTROPY, UPSTREAM, loss_of, total_loss
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT, MAX, MEAN, READS, Reading
from rnn_cli.core.trace import trace
from rnn_cli.core.verification import check_gradient
from rnn_cli.core.why import Quantity, unfold
from tests.support.networks import architecture_of, random_network, random_sequence

KINDS = ["lstm", "gru reset after", "rnn relu", "mingru"]


@st.composite
def reading_networks(draw: st.DrawFn, output_size: int = 3) -> Network:
    """A network with a readout that answers once, whatever it reads."""
    kind, layers, both = draw(st.sampled_from(KINDS)), draw(st.integers(1, 2)), draw(st.booleans())
    a = architecture_of(kind, 2, 3, layers, both, MANY_TO_ONE, output_size)
    return random_network(replace(a, reads=draw(st.sampled_from(READS))), draw(st.integers(0, 1000)))


def said(reads: str, output: Array, size: int) -> Array:
    """What is read, in NumPy's words."""
    if reads == FINAL_STATE:
        return np.concatenate([output[-1, :size], output[0, size:]])
    read: Array = {LAST_OUTPUT: output[-1], MEAN: output.mean(axis=0), MAX: output.max(axis=0)}[reads]
    return read


def target_of(k: int) -> Target:
    return Target(CROSS_ENTROPY, np.array([k]), np.ones(1))


@settings(max_examples=12)
@given(network=reading_networks(), seed=st.integers(0, 1000))
def test_sequences_of_a_padded_batch_are_read_within_their_lengths(network: Network, seed: int) -> None:
    lengths, a = np.array([2, 5, 4]), network.architecture
    sequences = [random_sequence(int(T), 2, seed + k) for k, T in enumerate(lengths)]
    x = np.full((5, 3, 2), 1e300)
    for k, one in enumerate(sequences):
        x[: len(one), k] = one
    run = run_forward(network, x, lengths)
    assert run.logits is not None
    loss = loss_of(CROSS_ENTROPY, run.logits, np.array([0, 1, 2]))
    back = run_backward(network, run, loss.dlogits)
    total = network.parameters.zeros()
    for k, one in enumerate(sequences):
        traced = trace(network, one)
        read = said(a.reads, traced.outputs, a.hidden_size)
        np.testing.assert_allclose(traced.readout_inputs, read, rtol=0, atol=1e-14)
        np.testing.assert_allclose(run.logits[k], network.readout(read), rtol=0, atol=1e-12)
        alone = bptt(traced, target_of(k))
        total.flat[...] += alone.gradients.flat
        np.testing.assert_allclose(back.inputs[: len(one), k], alone.inputs, rtol=0, atol=1e-12)
    np.testing.assert_allclose(back.parameters.flat, total.flat, rtol=0, atol=1e-12)
    answers = Answers(CROSS_ENTROPY, np.array([0, 1, 2]), np.ones(3))
    little = checkpointed(network, x, answers, 2, lengths)
    np.testing.assert_allclose(little.parameters.flat, total.flat, rtol=0, atol=1e-12)


@settings(max_examples=12)
@given(network=reading_networks(), T=st.integers(1, 5), seed=st.integers(0, 1000), cut=st.integers(1, 3))
def test_rows_are_the_steps_that_are_read(network: Network, T: int, seed: int, cut: int) -> None:
    """The same errors as an upstream error of the outputs: all of them, each row alone, and cut off at any distance."""
    a = network.architecture
    traced = trace(network, random_sequence(T, 2, seed))
    found = bptt(traced, target_of(1))
    assert traced.shares is not None
    assert found.items is not None
    G = traced.shares * (found.loss.dlogits @ network.parameters["readout.W_hy"])
    silent = trace(Network(replace(a, output_size=0, task=MANY_TO_MANY), network.parameters), traced.inputs)
    cells = [name for name in found.gradients if name.startswith("layers.")]
    given_error = Target(UPSTREAM, G, np.ones(T))
    for truncation in (None, Truncation(None, cut)):
        ours, theirs = bptt(traced, target_of(1), truncation), bptt(silent, given_error, truncation)
        if a.reads_ends and a.bidirectional and truncation is not None:
            continue  # there an error enters each direction at an end of its own
        for name in cells:
            np.testing.assert_allclose(ours.gradients[name], theirs.gradients[name], rtol=0, atol=1e-13)
        if len(ours.entries) == T:
            assert ours.items is not None
            assert theirs.items is not None
            np.testing.assert_allclose(ours.items.norms, theirs.items.norms, rtol=1e-10, atol=1e-14)
            np.testing.assert_allclose(ours.items.immediate, theirs.items.immediate, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("reads", READS)
def test_the_gradient_is_the_complex_step(reads: str, both: bool) -> None:
    network = random_network(replace(architecture_of("lstm", 2, 3, 2, both, MANY_TO_ONE, 3), reads=reads), 5)
    x, v = random_sequence(4, 2, 5), np.random.default_rng(0).standard_normal(network.parameters.flat.shape)
    moved = network.parameters.astype(complex)
    moved.flat[...] += 1e-30j * v
    answers = trace(network.with_parameters(moved), x.astype(complex)).answers
    slope = total_loss(CROSS_ENTROPY, answers[None], np.array([1])).imag / 1e-30
    assert bptt(trace(network, x), target_of(1)).gradients.flat @ v == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("reads", [MEAN, MAX])
def test_the_check_holds_where_a_max_or_a_relu_has_kinks(reads: str) -> None:
    network = random_network(replace(architecture_of("rnn relu", 2, 3, 1, False, MANY_TO_ONE, 3), reads=reads), 3)
    assert check_gradient(bptt(trace(network, random_sequence(4, 2, 3)), target_of(0)), np.random.default_rng(0)).passed


def test_of_equal_outputs_the_first_is_the_max() -> None:
    a = replace(architecture_of("rnn tanh", 2, 3, 1, True, MANY_TO_ONE, 2), reads=MAX)
    network = random_network(a)
    for name, array in network.parameters.items():
        if name.endswith(("W_h", "W_x")):
            array[...] = 0
    traced = trace(network, random_sequence(4, 2))
    assert traced.shares is not None
    assert traced.shares.tolist() == [[1.0] * 6, [0.0] * 6, [0.0] * 6, [0.0] * 6]
    assert not np.any([step.from_output for step in bptt(traced, target_of(0)).steps if step.t > 1])


@pytest.mark.parametrize("reads", READS)
def test_a_logit_unfolds_to_the_steps_that_are_read(reads: str) -> None:
    network = random_network(replace(architecture_of("rnn tanh", 2, 2, 1, True, MANY_TO_ONE, 2), reads=reads))
    traced = trace(network, random_sequence(3, 2))
    number = unfold(traced, Quantity("logits", 0, "forward", None, 1)).numbers["logits[1]"]
    assert sum(term.value for term in number.terms) == pytest.approx(number.value, abs=1e-14)
    assert len(number.terms) == 1 + (4 * 3 if reads == MEAN else 4)


@pytest.mark.parametrize("reads", [FINAL_STATE, LAST_OUTPUT])
def test_a_number_that_left_the_range_at_another_step_does_not_reach_an_end(reads: str) -> None:
    output = np.array([[[1.0, 2.0]], [[np.inf, np.nan]], [[3.0, 4.0]]])
    read = Reading(reads, 1, np.array([3])).see(output).read[0]
    assert read.tolist() == [3.0, 2.0 if reads == FINAL_STATE else 4.0]


def test_the_max_over_segments_is_that_of_the_whole() -> None:
    output = np.random.default_rng(0).standard_normal((7, 3, 2))
    lengths = np.array([7, 2, 5])
    whole, parts = Reading(MAX, 1, lengths).see(output), Reading(MAX, 1, lengths)
    for start in (0, 3, 6):
        parts.see(output[start : start + 3], start)
    assert np.array_equal(parts.read, whole.read)
    assert np.array_equal(parts.shares(0, 7), whole.shares(0, 7))
    assert np.array_equal(whole.read, [output[:n, b].max(axis=0) for b, n in enumerate(lengths)])
