"""The order in which examples are seen."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.arrays import Array
from rnn_cli.tasks.order import bucketed

LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=300)


@given(LENGTHS, st.integers(0, 3), st.integers(0, 3), st.integers(1, 40), st.booleans())
def test_each_example_is_in_exactly_one_batch(
    lengths: list[int], epoch: int, seed: int, batch_size: int, shuffle: bool
) -> None:
    batches = bucketed([np.array(lengths)], epoch, seed, batch_size, shuffle)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    sizes = sorted((len(batch) for batch in batches), reverse=True)
    assert all(size == batch_size for size in sizes[:-1])
    assert 0 < sizes[-1] <= batch_size
    again = bucketed([np.array(lengths)], epoch, seed, batch_size, shuffle)
    assert all(np.array_equal(one, other) for one, other in zip(batches, again, strict=True))


def order(epoch: int, seed: int, shuffle: bool = True) -> list[int]:
    lengths = np.random.default_rng(5).integers(1, 40, 2000)
    return list(np.concatenate(bucketed([lengths], epoch, seed, 16, shuffle)).tolist())


def test_epochs_and_seeds_differ() -> None:
    orders = [order(epoch, seed) for epoch in range(3) for seed in range(3)]
    assert len({tuple(one) for one in orders}) == 9


def test_without_shuffling_the_order_is_that_of_the_file() -> None:
    assert order(0, 0, False) == order(7, 3, False) == list(range(2000))


def test_buckets_pad_less() -> None:
    lengths = np.random.default_rng(5).integers(1, 40, 2000)

    def padded(batches: list[Array]) -> int:
        return int(sum(lengths[batch].max() * len(batch) for batch in batches))

    bucketed_steps = padded(bucketed([lengths], 0, 0, 16, True))
    assert bucketed_steps < 1.1 * lengths.sum() < padded(bucketed([lengths], 0, 0, 16, False))


def test_the_second_length_orders_within_the_first() -> None:
    first, second = np.repeat([3, 5], 32), np.tile([9, 2, 4, 7], 16)
    for batch in bucketed([first, second], 0, 0, 8, True):
        assert len({(int(first[k]), int(second[k])) for k in batch}) == 1
