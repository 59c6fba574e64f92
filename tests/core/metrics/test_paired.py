"""Tests of pairs, against sums over all cases."""

from itertools import product
from math import comb

import numpy as np
import pytest

from rnn_cli.core.metrics.paired import mcnemar, swapped


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (5, 1), (10, 30), (7, 7), (400, 460)])
def test_mcnemar_is_the_toss_of_a_coin(first: int, second: int) -> None:
    n = first + second
    tail = sum(comb(n, k) for k in range(min(first, second) + 1))
    assert mcnemar(first, second) == pytest.approx(min(1.0, 2 * tail / 2**n), rel=1e-9)
    assert mcnemar(first, second) == mcnemar(second, first)


def exact(differences: list[float]) -> float:
    """The share of all exchanges with a sum as large."""
    there = abs(sum(differences)) - 1e-12
    every = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    return sum(one >= there for one in every) / len(every)


@pytest.mark.parametrize("block", [1, 3])
def test_exchanges_at_random_come_near_all_of_them(block: int) -> None:
    draw = np.random.default_rng(5)
    for shift in (0.0, 0.4):
        differences = draw.normal(shift, 1, 11)
        blocks = [float(differences[k : k + block].sum()) for k in range(0, 11, block)]
        found = swapped(differences, 4000, np.random.default_rng(0), block)
        assert found == pytest.approx(exact(blocks), abs=0.03)


def test_models_that_are_alike_are_not_told_apart() -> None:
    assert swapped(np.zeros(9), 99, np.random.default_rng(0)) == 1.0
