"""What is said of each mistake: a sentence without its subject, the equation as it should be, and a kind."""

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.network import MANY_TO_MANY, Architecture
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.kinds import KIND_OF, KINDS, kind_of
from rnn_cli.core.referee.mutants import ALIASES, BACK, FORWARD, LOSS, MUTANTS, all_mutants, line_of
from rnn_cli.core.referee.plan import Plan
from rnn_cli.models.load import random_model


def plan_of(cell: str) -> Plan:
    """Two layers and directions, and a batch whose sequences have one length: most mistakes have a place."""
    made = Architecture(cell, 3, 3, 2, True, task=MANY_TO_MANY, output_size=2)
    x = np.random.default_rng(0).normal(size=(3, 2, 3))
    return Plan(random_model(made, ("a", "b"), 0).network, x, np.full(2, 3), targets=np.ones((3, 2), dtype=int))


@pytest.mark.parametrize("cell", list(CELLS))
def test_every_mistake_says_what_it_does_and_how_it_should_be(cell: str) -> None:
    plan = plan_of(cell)
    seen = compute(plan)
    gates = tuple(make_cell(cell, {}).gates)
    for stage in (FORWARD, LOSS, BACK):
        for name, mutant in all_mutants(plan, seen, stage):
            first = mutant.says.split()[0]
            assert first.islower(), name
            assert first.endswith("s"), f"{name}: {mutant.says!r} begins with what the program does"
            assert mutant.says[-1] not in ".,;:", name
            assert len(mutant.fix) > 9, f"{name}: {mutant.says!r} has no line as it should be"
            for one in gates:
                if mutant.fix.startswith((f"{one}_t =", f"da_{one} =")) and mutant.where in gates:
                    read = f"{mutant.where}_t" in mutant.fix
                    assert mutant.where == one or read, f"{name}: {mutant.says!r} is mended in {mutant.fix!r}"


def test_an_equation_is_found_by_the_number_that_it_gives() -> None:
    lstm, gru = make_cell("lstm", {}), make_cell("gru", {})
    assert line_of(lstm, "g_t") == "g_t = tanh(W_xg x_t + W_hg h_{t-1} + b_g)"
    assert line_of(lstm, "da_f") == "da_f = dc_t * c_{t-1} * f_t (1 - f_t)"
    assert line_of(gru, "dW_hh", "dW_h") == "dW_h = sum of da ⊗ h_{t-1}"
    assert line_of(lstm, "dk_t") == ""


def test_every_mistake_has_a_kind() -> None:
    for name in MUTANTS:
        assert kind_of(ALIASES.get(name, name)) in KINDS
    assert {kind_of(name) for name in (*MUTANTS, *KIND_OF, "argument-changed")} == set(KINDS)
