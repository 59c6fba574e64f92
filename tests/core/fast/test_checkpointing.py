"""Checkpointed BPTT against full BPTT: the same loss and gradient for every network, length and segment."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.fast.checkpointing import Answers, Checkpointed, automatic, checkpointed
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE, loss_of
from rnn_cli.core.network import MANY_TO_MANY, Network
from tests.core.test_backward import targets_for
from tests.support.networks import (
    KINDS,
    architecture_of,
    batch_lengths,
    each_value_once,
    networks,
    random_batch,
    random_network,
    random_sequence,
    random_states,
    seeds,
    slow_if,
)

CLOSE = 1e-12


def both(network: Network, x: Array, lengths: Array, kind: str, seed: int, every: int | None) -> None:
    """Compare a checkpointed gradient with the full one, from states that are not zero."""
    initial = random_states(network, x.shape[1], seed)
    targets, weights = targets_for(network, lengths, kind, seed)
    run = run_forward(network, x, lengths, initial)
    assert run.logits is not None
    loss = loss_of(kind, run.logits, targets, weights)
    full = run_backward(network, run, loss.dlogits)
    got = checkpointed(network, x, Answers(kind, targets, weights), every, lengths, initial)
    assert got.total == pytest.approx(loss.total, rel=CLOSE)
    same(got.each, loss.each, "losses")
    for name, array in full.parameters.items():
        same(got.parameters[name], array, name)
    same(got.inputs, full.inputs, "inputs")
    for where, error in full.initial.items():
        for state, array in error.items():
            same(got.initial[where][state], array, f"{state}_0 of {where}")


def same(one: Array, other: Array, what: str) -> None:
    scale = max(float(np.abs(other).max()), 1e-30)
    assert np.abs(one - other).max() <= CLOSE * scale, what


@given(
    network=networks(readout=True),
    lengths=batch_lengths,
    seed=seeds,
    kind=st.sampled_from((CROSS_ENTROPY, MSE)),
    every=st.none() | st.integers(1, 12),
)
def test_the_gradient_is_that_of_full_bptt(
    network: Network, lengths: list[int], seed: int, kind: str, every: int | None
) -> None:
    both(network, *random_batch(lengths, network.architecture.input_size, seed), kind, seed, every)


@pytest.mark.parametrize(("kind", "bidirectional"), each_value_once(product(sorted(KINDS), (False, True))))
def test_two_layers_over_many_segments(kind: str, bidirectional: bool) -> None:
    architecture = architecture_of(kind, 3, 5, 2, bidirectional, MANY_TO_MANY, 3)
    x, lengths = random_batch([41, 7, 40, 1], 3)
    both(random_network(architecture), x, lengths, CROSS_ENTROPY, 0, 6)


def run_once(kind: str, steps: int, every: int | None, layers: int = 1) -> Checkpointed:
    network = random_network(architecture_of(kind, 4, 8, layers, task=MANY_TO_MANY, output_size=2), scale=0.5)
    x = random_sequence(steps, 4)[:, None]
    answers = Answers(CROSS_ENTROPY, np.zeros((steps, 1), dtype=int), np.full((steps, 1), 1 / steps))
    return checkpointed(network, x, answers, every)


def test_one_segment_is_full_bptt_to_the_last_bit() -> None:
    network = random_network(architecture_of("lstm", 4, 8, 2, task=MANY_TO_MANY, output_size=2))
    x, targets = random_sequence(50, 4)[:, None], np.ones((50, 1), dtype=int)
    run = run_forward(network, x)
    assert run.logits is not None
    full = run_backward(network, run, loss_of(CROSS_ENTROPY, run.logits, targets).dlogits)
    got = checkpointed(network, x, Answers(CROSS_ENTROPY, targets, np.ones((50, 1))), 50)
    assert np.array_equal(got.parameters.flat, full.parameters.flat)
    assert np.array_equal(got.inputs, full.inputs)


def test_the_same_call_gives_the_same_bits() -> None:
    first, second = run_once("gru reset after", 200, None, 2), run_once("gru reset after", 200, None, 2)
    assert np.array_equal(first.parameters.flat, second.parameters.flat)


@pytest.mark.parametrize(("steps", "every"), [(1, 1), (16, 16), (100, 40), (101, 44), (10_000, 400)])
def test_automatic_is_four_roots_of_the_length(steps: int, every: int) -> None:
    assert automatic(steps) == every


@pytest.mark.parametrize("kind", slow_if(sorted(KINDS), *(one for one in KINDS if one not in ("rnn tanh", "lstm"))))
def test_memory_beyond_the_inputs_grows_with_the_root(kind: str) -> None:
    def beyond(steps: int) -> float:
        tracemalloc.start()
        result = run_once(kind, steps, None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # The inputs and their gradient, (T, 4) each, the targets, the weights and the losses: 11 numbers a step.
        assert result.segments == -(-steps // result.every)
        return most - 11 * 8 * steps

    beyond(100)
    short, long = beyond(250), beyond(2_250)  # 9 times as long: 3 times the memory
    assert long < 4.5 * short
