"""A worksheet's rows of the error at a state: their products add up to it, whatever the readout reads."""

from dataclasses import replace

import numpy as np
import pytest

from rnn_cli.core.bptt import Target, bptt
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.reads import READS
from rnn_cli.core.trace import trace
from rnn_cli.study.back_rows import BackRows
from rnn_cli.study.quiz import computed
from tests.support.networks import architecture_of, random_network, random_sequence


@pytest.mark.parametrize("reads", READS)
def test_the_error_of_a_state_is_the_sum_of_its_row(reads: str) -> None:
    network = random_network(replace(architecture_of("lstm", 2, (4, 3), 2, True, MANY_TO_ONE, 2), reads=reads))
    result = bptt(trace(network, random_sequence(3, 2)), Target(CROSS_ENTROPY, np.array([1]), np.ones(1)))
    rows, asked = BackRows(result, given_end=False), 0
    for step in result.steps:
        equation, errors = next(rows.step_rows(step.layer, step.direction, step.t, (1, 2, 3)))
        assert ("nothing else arrives" in equation) == (not step.from_output.any())
        for row in errors:
            asked += 1
            assert sum(one.value for one in row.products) == pytest.approx(row.value, abs=1e-14)
    assert asked >= 3 * 3 * 2


@pytest.mark.parametrize("right", [0, 1, 2])
def test_a_target_is_taken_away_and_stands_with_its_own_value(right: int) -> None:
    network = random_network(architecture_of("lstm", 2, 3, 1, False, MANY_TO_ONE, 3))
    result = bptt(trace(network, random_sequence(1, 2)), Target(CROSS_ENTROPY, np.array([right]), np.ones(1)))
    rows = BackRows(result, given_end=False)
    for unit in range(3):
        row = rows.row(f"dlogits[{unit + 1}]")
        assert row is not None
        assert computed(row) == pytest.approx(row.value)
        less = row.products[1].factors[0]
        assert (less.name, less.function, less.inner, less.value) == ("-target", "-{}", unit == right, -(unit == right))
