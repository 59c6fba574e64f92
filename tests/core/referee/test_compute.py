"""The numbers of a plan without mistakes are those of the program's own kernels."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rnn_cli.core.backward import run_backward
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.referee.back import way_of
from rnn_cli.core.referee.compute import compute, forward_of
from rnn_cli.core.referee.mutants import BACK, LOSS, all_mutants
from rnn_cli.core.referee.plan import FIRST, LAST, MEAN, Change, Key, Plan
from tests.support.checks import mutants_of, planned
from tests.support.networks import KINDS, architecture_of, each_value_once, random_network


@pytest.mark.parametrize(
    ("kind", "ways", "task"),
    each_value_once(product(KINDS, ("forward", "both", "backward"), (MANY_TO_ONE, MANY_TO_MANY))),
)
def test_a_plan_without_mistakes_is_the_network(kind: str, ways: str, task: str) -> None:
    rng = np.random.default_rng(0)
    a = architecture_of(kind, 3, (4, 5), 0, ways == "both", task, output_size=3, backward_only=ways == "backward")
    network, T, lengths = random_network(a), 5, np.array([5, 3, 4])
    x = rng.standard_normal((T, len(lengths), 3))
    many = task == MANY_TO_MANY
    targets = rng.integers(0, 3, (T, len(lengths)) if many else len(lengths))
    inside = np.arange(T)[:, None] < lengths

    found = compute(Plan(network, x, lengths, targets=targets))

    run = run_forward(network, x, lengths)
    assert run.logits is not None
    loss = loss_of("cross-entropy", run.logits, targets, inside.astype(float) if many else np.ones(len(lengths)))
    back = run_backward(network, run, loss.dlogits, keep_dh=True)
    np.testing.assert_allclose(found[Key("loss")], loss.total)
    for layer in range(a.num_layers):
        for direction in a.directions:
            for name, gradient in network.gradients_by_name(back.parameters, layer, direction).items():
                np.testing.assert_allclose(found[Key(f"d{name}", layer, direction)], gradient, atol=1e-12)
            dh = back.errors[layer, direction].h * inside[..., None]
            np.testing.assert_allclose(found[Key("dh", layer, direction)], dh, atol=1e-12)
    np.testing.assert_allclose(found[Key("dW_hy")], back.parameters["readout.W_hy"], atol=1e-12)
    np.testing.assert_allclose(found[Key("dx")], back.inputs, atol=1e-12)


def test_what_is_kept_of_the_plan_without_a_mistake_serves_where_it_is_the_same(request: pytest.FixtureRequest) -> None:
    """The first form of each mistake, and every fifth of the others; all of them with --run-slow."""
    fifth = 1 if request.config.getoption("--run-slow") else 5
    _, plan = planned("gru", lengths=(3, 2))
    forward = forward_of(plan)
    way, right = way_of(forward), compute(plan)
    assert plan.targets is not None
    guarded = plan.changed(Change(loop={"likelihood": lambda p: p + 0.5}))
    others = [replace(plan, targets=1 - plan.targets), replace(plan, reduction=MEAN), guarded]
    offered = [mutant for stage in (LOSS, BACK) for _, mutant in all_mutants(plan, right, stage)][::fifth]
    with np.errstate(all="ignore"):
        for changed in [*others, *(one.apply(plan) for one in [*mutants_of(plan).values(), *offered])]:
            helped = compute(changed, forward=forward, way=way)
            for key, array in compute(changed).items():
                np.testing.assert_array_equal(helped[key], array, str(key))


def test_what_one_step_gives_and_how_far_an_error_goes() -> None:
    _, large = planned("rnn", large=True, lengths=(4, 4))
    network = random_network(architecture_of("rnn tanh", 2, 3, task=MANY_TO_MANY, output_size=2))
    plan = replace(large, network=network)
    right = compute(plan)
    da, h = (right[Key(name, 0, "forward")] for name in ("da_h", "h"))
    before = {0: np.zeros_like(h[0]), -1: h[-2]}
    for kept, t in ((LAST, 0), (FIRST, -1)):
        found = compute(plan.changed(Change(back={"summed": dict.fromkeys(("W_hh", "W_xh"), kept)})))
        np.testing.assert_allclose(found[Key("dW_hh", 0, "forward")], da[t].T @ before[t], atol=1e-12)
        np.testing.assert_allclose(found[Key("dW_xh", 0, "forward")], da[t].T @ plan.x[t], atol=1e-12)

    found = compute(plan.changed(Change(back={"window": 1})))
    np.testing.assert_allclose(
        found[Key("dh", 0, "forward")], right[Key("dlogits")] @ network.parameters["readout.W_hy"]
    )


def test_an_error_that_is_moved_behind_the_end_of_a_sequence_ends_there() -> None:
    """Each output is read a step late, that of the first step by the last: in the shorter sequence that is padding."""
    _, plan = planned("rnn", large=True, lengths=(4, 2))
    found = compute(plan.changed(Change(loop={"late": 1, "round": True})))
    for layer in range(2):
        da, h, dW_hh, db = (found[Key(name, layer, "forward")] for name in ("da_h", "h", "dW_hh", "db_h"))
        assert da[0].all()
        np.testing.assert_allclose(dW_hh, np.einsum("tbh,tbk->hk", da[1:], h[:-1]), atol=1e-15)
        np.testing.assert_allclose(db, da.sum(axis=(0, 1)), atol=1e-15)
