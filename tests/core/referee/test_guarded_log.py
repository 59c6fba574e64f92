"""A logarithm that is kept from 0 is a convention, and a loss that is wrong by itself is named on every network."""

from collections.abc import Callable

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.agreement import stage_of
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.core.referee.search import judge
from tests.support.checks import planned

LOSS, SHARES = Key("loss"), Key("probabilities")


def _with_loss(plan: Plan, guard: Callable[[Array], Array], divided: float = 1.0) -> Numbers:
    """Right numbers but for the loss, a sum written once more; all from the loss on divided by a count."""
    seen = compute(plan)
    assert plan.targets is not None
    inside = np.arange(len(plan.x))[:, None] < plan.lengths
    picked = [seen[SHARES][t, b, plan.targets[t, b]] for t, b in zip(*np.nonzero(inside), strict=True)]
    seen[LOSS] = np.array(-sum(np.log(guard(np.array(p))) for p in picked))
    return {key: array / (1 if stage_of(key) == "forward" else divided) for key, array in seen.items()}


@pytest.mark.parametrize("size", [1e-6, 1e-8, 1e-9])
@pytest.mark.parametrize("divided", [1.0, 2.0])
def test_a_small_number_in_the_logarithm_is_told_and_no_mistake(size: float, divided: float) -> None:
    _, plan = planned("rnn", large=True, lengths=(4, 3))
    judgement = judge(plan, _with_loss(plan, lambda p: p + size, divided), 1e-9)
    assert judgement.passed
    assert not judgement.findings
    assert f"takes the logarithm of p + {size:.3g}" in judgement.conventions[0].mutant.says


def test_a_clipped_probability_is_told_where_the_answer_is_far_from_sure() -> None:
    model, plan = planned("rnn", large=True)
    model.network.parameters["readout.b_y"][...] = 30.0, -10.0
    judgement = judge(plan, _with_loss(plan, lambda p: np.clip(p, 1e-7, 1 - 1e-7)), 1e-9)
    assert judgement.passed
    assert "between 1e-07 and 1 - 1e-07" in judgement.conventions[0].mutant.says


@pytest.mark.parametrize("guard", [lambda p: p * 1.0000001, lambda p: p**2 + 1e-8])
def test_another_loss_stays_wrong(guard: Callable[[Array], Array]) -> None:
    _, plan = planned("rnn", large=True)
    judgement = judge(plan, _with_loss(plan, guard), 1e-9)
    assert not judgement.passed
    assert not judgement.findings


def test_a_suspect_that_explains_the_loss_alone_is_found_again() -> None:
    _, plan = planned("rnn", large=True)
    seen = _with_loss(plan, lambda p: p)
    seen[LOSS] = seen[LOSS] / len(plan.x)
    first = judge(plan, seen, 1e-9)
    assert [one.mistake for one in first.findings] == ["mean-for-sum"]
    suspects = [[(one.mistake, one.mutant.says) for one in first.findings]]
    again = judge(plan, seen, 1e-9, suspects=suspects)
    assert [one.mistake for one in again.findings] == ["mean-for-sum"]
    assert again.explained
