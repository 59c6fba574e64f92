"""Which wrong arrays wait for others: those that are computed from what is wrong."""

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.referee.agreement import WAITS, WRONG, stage_of
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key, Plan
from rnn_cli.core.referee.waiting import waiting
from tests.support.networks import architecture_of, random_network

KNOWN_KINDS = {"rnn": "rnn tanh", "gru": "gru reset after"}


def plan_of(cell: str, layers: int = 1, both: bool = False) -> Plan:
    a = architecture_of(KNOWN_KINDS.get(cell, cell), 3, 3, layers, both, MANY_TO_MANY, output_size=3)
    rng = np.random.default_rng(3)
    x = rng.standard_normal((4, 2, 3))
    return Plan(random_network(a, 3), x, np.array([4, 4]), targets=rng.integers(0, 3, (4, 2)))


def verdicts(plan: Plan, spoilt: dict[Key, int | None]) -> dict[Key, str]:
    """What is said where these arrays are wrong: from one step on, as they run, or in all steps."""
    right = compute(plan)
    wrong = {key: np.arange(4) >= (step or 0) if right[key].ndim == 3 else None for key, step in spoilt.items()}
    waits = waiting(plan, wrong, {key: stage_of(key) for key in spoilt})
    return {key: WAITS if key in waits else WRONG for key in spoilt}


@pytest.mark.parametrize("cell", list(CELLS))
def test_no_gradient_of_a_parameter_waits_for_another(cell: str) -> None:
    plan = plan_of(cell)
    keys = [Key(f"d{name}", 0, "forward") for name in plan.network.cell.parameters]
    assert set(verdicts(plan, dict.fromkeys([*keys, Key("dW_hy"), Key("db_y")])).values()) == {WRONG}


@pytest.mark.parametrize("cell", list(CELLS))
def test_what_is_computed_from_wrong_states_waits(cell: str) -> None:
    plan = plan_of(cell, layers=2)
    keys = [Key("h", 0, "forward"), Key("h", 1, "forward"), Key("logits"), Key("loss"), Key("dh", 0, "forward")]
    assert list(verdicts(plan, dict.fromkeys(keys)).values()) == [WRONG, WAITS, WAITS, WAITS, WAITS]


def test_gates_of_one_step_do_not_wait_for_each_other() -> None:
    i, f, c = (Key(name, 0, "forward") for name in "ifc")
    assert verdicts(plan_of("lstm"), {i: None, f: None, c: None}) == {i: WRONG, f: WRONG, c: WAITS}
    r, n = Key("r", 0, "forward"), Key("n", 0, "forward")
    assert verdicts(plan_of("gru"), {r: None, n: None}) == {r: WRONG, n: WAITS}


def test_a_step_before_the_wrong_one_does_not_wait() -> None:
    i, f = Key("i", 0, "forward"), Key("f", 0, "forward")
    assert verdicts(plan_of("lstm"), {i: 2, f: 1}) == {i: WAITS, f: WRONG}


def test_directions_wait_only_for_the_layer_below() -> None:
    below, above = (Key("h", layer, "backward") for layer in (0, 1))
    beside = Key("h", 0, "forward")
    plan = plan_of("rnn", 2, both=True)
    # The forward half is wrong at the last step alone, which the backward direction above reads first.
    assert verdicts(plan, {beside: 3, below: 3, above: 0}) == {beside: WRONG, below: WRONG, above: WAITS}
    assert verdicts(plan, {below: 3, above: 0}) == {below: WRONG, above: WRONG}


def test_errors_wait_from_the_last_step_back() -> None:
    dh, dc, db = Key("dh", 0, "forward"), Key("dc", 0, "forward"), Key("db_f", 0, "forward")
    assert verdicts(plan_of("lstm"), {dh: None, dc: None, db: None}) == {dh: WRONG, dc: WAITS, db: WAITS}


def test_no_gradient_waits_for_the_number_of_the_loss() -> None:
    loss, dlogits, dw = Key("loss"), Key("dlogits"), Key("dW_hy")
    assert verdicts(plan_of("rnn"), {loss: None, dw: None}) == {loss: WRONG, dw: WRONG}
    assert verdicts(plan_of("rnn"), {loss: None, dlogits: None, dw: None})[dw] == WAITS
