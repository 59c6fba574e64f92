"""What is said of each mistake: a sentence without its subject, the equation as it should be, and a kind."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.core.referee.agreement import stage_of
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.kinds import KIND_OF, KINDS, kind_of
from rnn_cli.core.referee.mutants import ALIASES, BACK, FORWARD, LOSS, MUTANTS, all_mutants, line_of
from rnn_cli.core.referee.plan import MEAN, SUM, Key, Plan
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
            if "as in" in mutant.fix or any(words in mutant.says for words in ("every gate", "everywhere")):
                assert not mutant.where, f"{name}: {mutant.says!r} is of several gates"
            elif name in OF_GATES:
                where = mutant.where
                assert where and (f"{where}_t" in mutant.says or where == "c"), f"{name}: {mutant.says!r}"


OF_GATES = "pre-activation", "derivative-of-value", "wrong-activation", "wrong-derivative"
"""Mistakes that are made in one gate, or in all."""

WRONG: list[tuple[str, str, str, Callable[[SimpleNamespace], Array]]] = [
    ("lstm", "multiplies da_i with i_t for g_t", "da_i", lambda n: n.dc * n.i * n.i * (1 - n.i)),
    ("lstm", "takes dh_t for dc_t in da_i", "da_i", lambda n: n.dh * n.g * n.i * (1 - n.i)),
    ("lstm", "takes the slope of tanh in da_i", "da_i", lambda n: n.dc * n.g * (1 - n.i**2)),
    ("lstm", "takes 1 - i_t for the slope", "da_i", lambda n: n.dc * n.g * (1 - n.i)),
    ("lstm", "takes dh_t for dc_t in da_f", "da_f", lambda n: n.dh * n.c_prev * n.f * (1 - n.f)),
    ("lstm", "multiplies da_g with g_t for i_t", "da_g", lambda n: n.dc * n.g * (1 - n.g**2)),
    ("lstm", "multiplies da_g with 1 - f_t for i_t", "da_g", lambda n: n.dc * (1 - n.f) * (1 - n.g**2)),
    ("lstm", "takes dh_t for dc_t in da_g", "da_g", lambda n: n.dh * n.i * (1 - n.g**2)),
    ("lstm", "leaves out tanh(c_t) in da_o", "da_o", lambda n: n.dh * n.o * (1 - n.o)),
    ("lstm", "takes dc_t for dh_t in da_o", "da_o", lambda n: n.dc * np.tanh(n.c) * n.o * (1 - n.o)),
    ("lstm", "takes dc_t for dh_t * tanh(c_t) in da_o", "da_o", lambda n: n.dc * n.o * (1 - n.o)),
    ("lstm", "passes dc_t * i_t on to c_{t-1}", "dc_prev", lambda n: n.dc * n.i + n.through_h),
    ("lstm", "passes dc_t on to c_{t-1} without", "dc_prev", lambda n: n.dc + n.through_h),
    ("gru", "multiplies da_n with z_t for 1 - z_t", "da_n", lambda n: n.dh * n.z * (1 - n.n**2)),
    ("gru", "passes dh_t * (1 - z_t) on to h_{t-1}", "dh_prev",
     lambda n: n.dh * (1 - n.z) + n.da_z @ n.w["W_hz"] + n.da_r @ n.w["W_hr"] + (n.r * n.da_n) @ n.w["W_hn"]),
    ("gru", "does not pass dh_t * z_t on to h_{t-1}", "dh_prev",
     lambda n: n.da_z @ n.w["W_hz"] + n.da_r @ n.w["W_hr"] + (n.r * n.da_n) @ n.w["W_hn"]),
    ("gru", "forgets the reset gate in the error", "dh_prev",
     lambda n: n.dh * n.z + n.da_z @ n.w["W_hz"] + n.da_r @ n.w["W_hr"] + n.da_n @ n.w["W_hn"]),
    ("gru before", "forgets the reset gate in the error", "dh_prev",
     lambda n: n.dh * n.z + n.da_z @ n.w["W_hz"] + n.da_r @ n.w["W_hr"] + n.da_n @ n.w["W_hn"]),
]  # fmt: skip
"""The cell, how the mistake's sentence begins, the number that is wrong, and the wrong line with the numbers of the step."""


@pytest.mark.parametrize(("kind", "says", "wrong", "line"), WRONG)
def test_a_mistake_on_the_way_back_does_what_it_says(
    kind: str, says: str, wrong: str, line: Callable[[SimpleNamespace], Array]
) -> None:
    """The wrong line by hand, with the other numbers of the same step. The loss is at the end: what goes on to a state is its error."""
    cell, *before = kind.split()
    made = Architecture(cell, 3, 3, options=(("reset", "before"),) if before else (), output_size=2)
    network = random_model(made, ("a", "b"), 0).network
    plan = Plan(network, np.random.default_rng(0).normal(size=(3, 2, 3)), np.full(2, 3), targets=np.ones(2, dtype=int))
    (mutant, *_) = [one for _, one in all_mutants(plan, compute(plan), BACK) if one.says.startswith(says)]
    found = {key.name: array for key, array in compute(mutant.apply(plan)).items() if array.ndim == 3}
    step = SimpleNamespace(**{name: array[1] for name, array in found.items()}, w=network.named(0, "forward"))
    if "c" in found:
        step.c_prev = found["c"][0]
        step.through_h = found["dh"][0] * found["o"][0] * (1 - np.tanh(step.c_prev) ** 2)
    shown = found[wrong.replace("_prev", "")][0 if wrong.endswith("_prev") else 1]
    np.testing.assert_allclose(shown, line(step), rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "task", "targets", "reduction", "has"),
    [
        ("last-step-only", MANY_TO_MANY, np.ones((3, 2), dtype=int), SUM, 4),
        ("last-step-only", MANY_TO_ONE, np.ones(2, dtype=int), SUM, 0),
        ("wrong-axis", MANY_TO_MANY, None, SUM, 4),
        ("wrong-axis", MANY_TO_ONE, None, SUM, 2),
        ("sum-for-mean", MANY_TO_ONE, np.ones(2, dtype=int), MEAN, 2),
        ("sum-for-mean", MANY_TO_ONE, np.ones(2, dtype=int), SUM, 0),
    ],
)
def test_a_plan_has_the_mistakes_that_it_can_have(
    name: str, task: str, targets: Array | None, reduction: str, has: int
) -> None:
    network = random_model(Architecture("rnn", 3, 3, task=task, output_size=2), ("a", "b"), 0).network
    x = np.random.default_rng(0).normal(size=(3, 2, 3))
    plan = Plan(network, x, np.full(2, 3), targets=targets, reduction=reduction)
    right = compute(plan)
    offered = [one for stage in (FORWARD, LOSS, BACK) for _, one in all_mutants(plan, right, stage, {name})]
    assert len(offered) == has
    for one in offered:
        made = compute(one.apply(plan))
        assert any(not np.array_equal(made[key], right[key]) for key in right), one.says


@pytest.mark.parametrize(("task", "targets", "scored"), [(MANY_TO_MANY, (3, 2), 5), (MANY_TO_ONE, (2,), 2)])
def test_the_sum_for_the_mean_is_as_many_times_as_large_as_steps_are_scored(
    task: str, targets: tuple[int, ...], scored: int
) -> None:
    """Of sequences of three and two steps: all five, or the last of each."""
    network = random_model(Architecture("rnn", 3, 3, task=task, output_size=2), ("a", "b"), 0).network
    x = np.random.default_rng(0).normal(size=(3, 2, 3))
    plan = Plan(network, x, np.array([3, 2]), targets=np.ones(targets, dtype=int), reduction=MEAN)
    right, (of_loss, of_gradient) = compute(plan), all_mutants(plan, {}, LOSS, {"sum-for-mean"})
    for (_, mutant), loss, gradient in ((of_loss, scored, 1), (of_gradient, 1, scored)):
        made = compute(mutant.apply(plan))
        for key, array in right.items():
            times = loss if key.name == "loss" else gradient if stage_of(key) != FORWARD else 1
            np.testing.assert_allclose(made[key], times * array, rtol=1e-12, err_msg=f"{mutant.says}: {key.name}")


def test_a_transposed_gradient_is_the_outer_product_that_is_named() -> None:
    made = Architecture("rnn", 3, 3, task=MANY_TO_MANY, output_size=3)
    network = random_model(made, ("a", "b", "c"), 0).network
    plan = Plan(
        network, np.random.default_rng(0).normal(size=(3, 1, 3)), np.array([3]), targets=np.ones((3, 1), dtype=int)
    )
    n = {key.name: array.squeeze() for key, array in compute(plan).items()}
    vectors = {"x_t": plan.x[:, 0], "h_t": n["h"], "h_{t-1}": np.vstack([np.zeros((1, 3)), n["h"][:-1]])}
    errors = {"W_xh": n["da_h"], "W_hh": n["da_h"], "W_hy": n["dlogits"]}
    offered = {one.where: one for _, one in all_mutants(plan, {}, BACK, {"transposed"}) if "hands out" in one.says}
    assert set(offered) == set(errors)
    for where, mutant in offered.items():
        vector = vectors[mutant.says.split(": ")[1].split(" ⊗ ")[0]]
        found = {key.name: array for key, array in compute(mutant.apply(plan)).items()}
        np.testing.assert_allclose(found[f"d{where}"], vector.T @ errors[where], rtol=1e-10, err_msg=mutant.says)


def test_gradients_that_are_divided_are_as_many_times_smaller() -> None:
    """At the logits, which all others come from, or behind them."""
    plan = plan_of("rnn")
    right = compute(plan)
    says = "divides the gradients by the number of steps, and not the loss"
    offered = [one for _, one in all_mutants(plan, right, LOSS, {"mean-for-sum"}) if one.says == says]
    assert len(offered) == 2
    for mutant, logits in zip(offered, (3, 1), strict=True):
        made = compute(mutant.apply(plan))
        np.testing.assert_allclose(made[Key("dlogits")], right[Key("dlogits")] / logits, rtol=1e-12)
        for key in [key for key in right if key.name.startswith(("dW_", "db_"))]:
            np.testing.assert_allclose(made[key], right[key] / 3, rtol=1e-12, atol=1e-15, err_msg=key.name)


@pytest.mark.parametrize(("says", "changed"), [("all gradients of i_t", ("W_xi", "W_hi", "b_i")), ("dW_xi", ("W_xi",))])
def test_the_gradients_of_the_wrong_gate_are_those_that_are_named(says: str, changed: tuple[str, ...]) -> None:
    plan = plan_of("lstm")
    right = compute(plan)
    offered = all_mutants(plan, right, BACK, {"wrong-gate"})
    (mutant,) = [one for _, one in offered if one.says == f"computes {says} with da_f, where da_i belongs"]
    made = compute(mutant.apply(plan))
    assert {key.name for key in right if not np.array_equal(made[key], right[key])} == {f"d{one}" for one in changed}


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
