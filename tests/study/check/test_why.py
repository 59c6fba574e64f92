"""The first wrong number unfolded: every product is there, and they make the right number."""

from itertools import product

import numpy as np
import pytest

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.cells import CELLS
from rnn_cli.core.referee.agreement import from_end
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.why import Number
from rnn_cli.study.check.hints import CheckResult
from tests.support.checks import planned, unexplained
from tests.support.networks import slow_but


def made_of(number: Number) -> float:
    """What the products of a number make."""
    values = [term.value for term in number.terms]
    if number.formula == "max":
        return max(values)
    total = sum(values)
    known = ACTIVATIONS.get(number.formula)
    if known is not None:
        return float(known.function(np.array(total)))
    return float(getattr(np, number.formula)(total)) if number.formula else total


@pytest.mark.parametrize(
    ("cell", "large"),
    slow_but([(cell, cell == "gru") for cell in CELLS], product(CELLS, (False, True))),
)
def test_a_number_of_every_array_is_unfolded(cell: str, large: bool) -> None:
    model, plan = planned(cell, large, (3, 2) if large else (3,))
    right = compute(plan)
    generator = np.random.default_rng(1)
    order = generator.permutation(len(right))
    one_of_each = {key.name: key for key in (list(right)[k] for k in order)}  # of some layer and direction
    for key in one_of_each.values():
        array = right[key]
        seen = array.copy()
        at = tuple(int(generator.integers(n)) for n in array.shape)
        if array.ndim == 3:
            at = (min(at[0], int(plan.lengths[at[1]]) - 1), *at[1:])
        seen[at] += 0.5
        result = CheckResult(unexplained(model, plan, {key: seen}), why=True)
        first = result.compared[0].first
        assert first is not None, key
        assert first.index == at, key
        found = result.unfolded
        if key.name == "loss":
            assert found is None
            continue
        assert found is not None, key
        assert (found.yours, found.right) == (seen[at], array[at])
        if key.name != "probabilities":
            assert found.numbers[0].value == pytest.approx(array[at], abs=1e-12), key
        names = {one.name for one in found.numbers}
        for number in found.numbers:
            assert made_of(number) == pytest.approx(number.value, abs=1e-12), (key, number.name)
            told = [" · ".join(factor.name for factor in term.factors) for term in number.terms]
            assert len(set(told)) == len(told), f"{key}: two products of {number.name} have one name"
            assert {f.source for term in number.terms for f in term.factors} - {None} <= names
        of_all = key.name.startswith(("dW_", "db_", "dp_"))  # summed over the sequences
        assert (found.sequence is not None) == (large and not of_all), key


def test_the_first_wrong_number_is_the_first_that_is_computed() -> None:
    model, plan = planned("lstm", large=True, lengths=(4, 4))
    for key, array in compute(plan).items():
        if array.ndim < 3 or key.layer < 0:
            continue
        seen = array + np.array([0, 0.5, 0.5, 0])[:, None, None]
        (one,) = unexplained(model, plan, {key: seen}).compared
        assert one.first is not None
        assert one.first.t == (3 if from_end(key) else 2), key
        assert from_end(key) == (key.name.startswith("d") != (key.direction == "backward")), key
