"""Batches are drawn lazily, keep their order, bound their padding, and change no result."""

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.activations import softmax
from rnn_cli.core.fast.batches import MOST_STEPS, batches, run_batch
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import Network
from tests.support.networks import batch_lengths, networks, random_sequence, seeds


@given(st.lists(st.integers(1, 3 * MOST_STEPS), max_size=200), st.integers(1, 64))
def test_batches_keep_every_item_in_order_and_bound_the_padding(lengths: list[int], most: int) -> None:
    groups = list(batches(lengths, lambda length: length, most))
    assert [length for group in groups for length in group] == lengths
    for group in groups:
        assert 1 <= len(group) <= most
        assert len(group) == 1 or len(group) * max(group) <= MOST_STEPS


def test_the_first_batch_needs_one_item_and_no_batch_reads_ahead() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for k in range(1000):
            drawn.append(k)
            yield 1

    groups = batches(items(), lambda length: length)
    sizes = []
    for group in groups:
        sizes.append(len(group))
        assert len(drawn) == sum(sizes)
        if len(sizes) == 9:
            break
    assert sizes == [1, 2, 4, 8, 16, 32, 64, 64, 64]


@given(networks(), batch_lengths, seeds)
def test_each_sequence_of_a_batch_is_what_it_is_alone(network: Network, lengths: list[int], seed: int) -> None:
    inputs = [random_sequence(n, network.architecture.input_size, seed + k) for k, n in enumerate(lengths)]
    for x, together in zip(inputs, run_batch(network, inputs), strict=True):
        alone = run_forward(network, x[:, None])
        np.testing.assert_array_equal(together.inputs, x)
        np.testing.assert_allclose(together.output, alone.output[:, 0], rtol=0, atol=1e-12)
        assert list(together.final) == list(alone.final)
        for where, state in together.final.items():
            for name in network.cell.states:
                np.testing.assert_allclose(state[name], alone.final[where][name][0], rtol=0, atol=1e-12)
        assert (together.logits is None) == (alone.logits is None)
        if alone.logits is not None and together.logits is not None and together.probabilities is not None:
            logits = alone.logits[0] if alone.logits.ndim == 2 else alone.logits[:, 0]
            np.testing.assert_allclose(together.logits, logits, rtol=0, atol=1e-12)
            np.testing.assert_allclose(together.probabilities, softmax(logits), rtol=0, atol=1e-12)
