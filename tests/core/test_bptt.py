"""The itemised backward pass: its parts add up to the kernels' gradient, in whatever order they are added."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core import bptt as module
from rnn_cli.core.arrays import Array
from rnn_cli.core.backward import run_backward
from rnn_cli.core.bptt import Bptt, Target, Truncation, allowed_steps, bptt, can_itemise, enters_at
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.clipping import GLOBAL_NORM, VALUE
from rnn_cli.core.learning.losses import CROSS_ENTROPY, MSE, loss_of
from rnn_cli.core.network import BACKWARD, FORWARD, MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.parameters import Parameters
from rnn_cli.study.bptt_report import backward_report, descend
from tests.support.backward import traced
from tests.support.networks import KINDS, architecture_of, each_value_once, networks, random_network, seeds

CLOSE = 1e-12
steps = st.integers(1, 7)
losses = st.sampled_from((CROSS_ENTROPY, MSE))


def single(target: Target, k: int) -> Target:
    """The loss of one step alone."""
    weights = np.zeros_like(target.weights)
    weights[k] = target.weights[k]
    return Target(target.kind, target.targets, weights)


def near(found: Parameters, expected: Parameters) -> None:
    scale = max(1.0, float(np.abs(expected.flat).max()))
    np.testing.assert_allclose(found.flat, expected.flat, atol=CLOSE * scale, rtol=0)


@given(network=networks(readout=True), T=steps, seed=seeds, kind=losses)
def test_the_gradient_is_the_kernels(network: Network, T: int, seed: int, kind: str) -> None:
    result, target = traced(network, T, kind, seed)
    found = bptt(result, target)
    run = run_forward(network, result.inputs[:, None])
    assert run.logits is not None
    one = network.architecture.task == MANY_TO_ONE
    loss = loss_of(
        kind,
        run.logits,
        target.targets if one else target.targets[:, None],
        target.weights if one else target.weights[:, None],
    )
    kernel = run_backward(network, run, loss.dlogits, keep_dh=True)
    assert found.loss.total == pytest.approx(loss.total, rel=1e-13)
    near(found.gradients, kernel.parameters)
    np.testing.assert_allclose(found.inputs, kernel.inputs[:, 0], atol=CLOSE, rtol=CLOSE)
    for where, error in kernel.initial.items():
        assert list(found.initial[where]) == list(error) == list(network.cell.states)
        for name, array in error.items():
            np.testing.assert_allclose(found.initial[where][name], array[0], atol=CLOSE, rtol=CLOSE)
    for (layer, direction), dh in kernel.dh.items():
        for t in range(1, T + 1):
            arrived = found.at(layer, direction, t).gradient.error.h
            np.testing.assert_allclose(arrived, dh[t - 1, 0], atol=CLOSE, rtol=CLOSE)


@given(network=networks(readout=True), T=steps, seed=seeds, kind=losses)
def test_the_contributions_of_all_steps_sum_to_the_gradient(network: Network, T: int, seed: int, kind: str) -> None:
    found = bptt(*traced(network, T, kind, seed))
    sums = network.parameters.zeros()
    for step in found.steps:
        named = network.gradients_by_name(sums, step.layer, step.direction)
        for one in step.gradient.contributions:
            named[one.name][...] += one.value
    for name in sums:
        if name.startswith("layers."):
            np.testing.assert_allclose(sums[name], found.gradients[name], atol=CLOSE, rtol=CLOSE)


@given(network=networks(readout=True), T=steps, seed=seeds)
def test_what_arrives_is_the_output_and_the_future(network: Network, T: int, seed: int) -> None:
    found = bptt(*traced(network, T, seed=seed))
    for step in found.steps:
        whole = step.from_output.sum(axis=0) + step.from_future.h.sum(axis=0)
        np.testing.assert_allclose(whole, step.gradient.error.h, atol=CLOSE, rtol=CLOSE)
        after = step.t + (1 if step.direction == FORWARD else -1)
        if 1 <= after <= T:
            passed = found.at(step.layer, step.direction, after).gradient.before
            for name, array in step.from_future.items():
                np.testing.assert_allclose(array.sum(axis=0), passed[name], atol=CLOSE, rtol=CLOSE)
        else:
            assert not step.from_future.joint().any()


def recurrent_norm(found: Bptt, t: int | None = None, every: bool = False) -> float:
    """The norm of what went to the recurrent weights (or all weights of the cells), through step t or all steps.

    A cell without recurrent matrices counts all its weights.
    """
    every = every or not any(name.startswith("W_h") for name in found.trace.network.cell.parameters)
    sums: dict[tuple[int, str, str], Array] = {}
    for step in found.steps:
        if t is not None and step.t != t:
            continue
        for one in step.gradient.contributions:
            if every or (one.name.startswith("W_h") and one.right is not None):
                key = (step.layer, step.direction, one.name)
                sums[key] = sums.get(key, 0) + one.value
    return float(np.sqrt(sum((value**2).sum() for value in sums.values())))


@given(network=networks(readout=True), T=steps, seed=seeds, kind=losses)
def test_itemised_norms_are_those_of_each_loss_alone(network: Network, T: int, seed: int, kind: str) -> None:
    result, target = traced(network, T, kind, seed)
    found = bptt(result, target)
    assert found.items is not None
    assert found.items.norms.shape == (len(found.loss_steps), T)
    total = network.parameters.zeros()
    for k in range(len(found.loss_steps)):
        alone = bptt(result, single(target, k))
        total.flat[...] += alone.gradients.flat
        for t in range(1, T + 1):
            assert found.items.norms[k, t - 1] == pytest.approx(recurrent_norm(alone, t), rel=1e-10, abs=1e-14)
            assert found.items.cell_norms[k, t - 1] == pytest.approx(
                recurrent_norm(alone, t, True), rel=1e-10, abs=1e-14
            )
        assert found.items.totals[k] == pytest.approx(recurrent_norm(alone), rel=1e-10, abs=1e-14)
        if network.architecture.task == MANY_TO_MANY:
            at = found.items.norms[k, found.loss_steps[k] - 1]
            assert found.items.immediate[k] == pytest.approx(at, rel=1e-12)
    near(total, found.gradients)


@given(network=networks(readout=True), T=steps, seed=seeds)
def test_immediate_and_memory_parts_add_up(network: Network, T: int, seed: int) -> None:
    """A truncation to one step leaves the immediate parts; full minus those is what memory carried."""
    result, target = traced(network, T, seed=seed)
    full, immediate = bptt(result, target), bptt(result, target, Truncation(None, 1))
    assert full.items is not None
    assert immediate.items is not None
    a = network.architecture
    if a.num_layers == 1 or not a.bidirectional:  # else an error reaches step k of a lower layer by another path too
        np.testing.assert_allclose(immediate.items.totals, full.items.immediate, rtol=1e-10, atol=1e-14)
    if T == 1:
        near(immediate.gradients, full.gradients)
    if a.num_layers == 1 and not a.bidirectional:
        memory = network.parameters.zeros()
        for k, at in enumerate(full.loss_steps):
            alone = bptt(result, single(target, k))
            for step in alone.steps:
                if step.t != enters_at(a, step.direction, at):
                    named = network.gradients_by_name(memory, 0, step.direction)
                    for one in step.gradient.contributions:
                        named[one.name][...] += one.value
        for name in memory:
            if name.startswith("layers."):
                np.testing.assert_allclose(
                    immediate.gradients[name] + memory[name], full.gradients[name], atol=CLOSE, rtol=1e-10
                )


def test_the_immediate_part_of_a_backward_direction_lies_where_its_error_enters() -> None:
    """One loss at the end: the backward direction was read at step 1, so there is no memory in what it gives there."""
    network = random_network(architecture_of("rnn tanh", bidirectional=True, output_size=2))
    found = bptt(*traced(network, 4))
    assert found.items is not None
    parts = [
        next(one for one in found.at(0, direction, t).gradient.contributions if one.name == "W_hh").value
        for direction, t in ((FORWARD, 4), (BACKWARD, 1))
    ]
    assert found.items.immediate[0] == pytest.approx(np.sqrt(sum((part**2).sum() for part in parts)))


def test_no_item_comes_from_the_future() -> None:
    network = random_network(architecture_of("gru reset after", num_layers=2, task=MANY_TO_MANY, output_size=3))
    items = bptt(*traced(network, 6)).items
    assert items is not None
    assert not np.triu(items.norms, 1).any()
    assert (np.tril(items.norms)[:, 1:] > 0).sum() == 6 * 5 / 2  # step 1 saw h_0 = 0 and gives W_h nothing
    assert not items.norms[:, 0].any()


def test_unscored_steps_send_nothing() -> None:
    network = random_network(architecture_of("lstm", task=MANY_TO_MANY, output_size=3))
    result, target = traced(network, 5)
    found = bptt(result, single(target, 2))
    assert found.items is not None
    assert not np.delete(found.items.totals, 2).any()
    assert all(not step.gradient.error.h.any() for step in found.steps if step.t > 3)


@pytest.mark.parametrize(("kind", "task"), each_value_once(product(sorted(KINDS), (MANY_TO_ONE, MANY_TO_MANY))))
def test_a_long_sequence_keeps_the_sums_alone(kind: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(architecture_of(kind, num_layers=2, bidirectional=True, task=task, output_size=2))
    result, target = traced(network, 6)
    apart = bptt(result, target)
    monkeypatch.setattr(module, "MOST_ITEMS", 0)
    together = bptt(result, target)
    assert not can_itemise(result)
    assert together.items is None
    near(together.gradients, apart.gradients)
    np.testing.assert_allclose(together.inputs, apart.inputs, atol=CLOSE)
    with pytest.raises(ValueError, match="too many"):
        bptt(result, target, Truncation(None, 2))


def allowed(T: int, k1: int | None, k2: int, direction: str, at_end: bool) -> list[str]:
    loss_steps = (T,) if at_end else tuple(range(1, T + 1))
    rows = allowed_steps(loss_steps, T, Truncation(k1, k2), direction, at_end)
    return ["".join(".x"[int(x)] for x in row) for row in rows]


def test_where_errors_may_go_as_pictures() -> None:
    """Rows are losses, columns steps; x may be reached. What a loss never sends an error to is open too."""
    assert allowed(4, None, 2, FORWARD, False) == ["xxxx", "xxxx", ".xxx", "..xx"]
    assert allowed(4, None, 1, FORWARD, False) == ["xxxx", ".xxx", "..xx", "...x"]
    assert allowed(4, None, 2, BACKWARD, False) == ["xx..", "xxx.", "xxxx", "xxxx"]
    assert allowed(4, None, 2, FORWARD, True) == ["..xx"]
    assert allowed(4, None, 2, BACKWARD, True) == ["xx.."]
    assert allowed(6, 2, 3, FORWARD, False) == ["xxxxxx", "xxxxxx", ".xxxxx", ".xxxxx", "...xxx", "...xxx"]
    assert allowed(5, 2, 2, FORWARD, False) == ["xxxxx", "xxxxx", "..xxx", "..xxx", "...xx"]
    assert allowed(5, 2, 2, BACKWARD, False) == ["xx...", "xxx..", "xxx..", "xxxxx", "xxxxx"]
    assert allowed(5, 3, 3, FORWARD, True) == ["..xxx"]


@pytest.mark.parametrize("direction", [FORWARD, BACKWARD])
@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("k2", [5, 6, 10**30])
def test_as_many_steps_as_there_are_cut_nothing(direction: str, at_end: bool, k2: int) -> None:
    for k1 in (None, 1, 5, 10**30):
        assert set("".join(allowed(5, k1, k2, direction, at_end))) == {"x"}


@given(network=networks(readout=True), T=steps, seed=seeds, kind=losses)
def test_a_tiny_step_of_descent_keeps_its_promise(network: Network, T: int, seed: int, kind: str) -> None:
    result, target = traced(network, T, kind, seed)
    full = bptt(result, target)
    lr = 1e-7 / max(1.0, float(full.gradients.flat @ full.gradients.flat))
    down = descend(full, full.gradients, lr)
    assert down.loss_before == full.loss.total
    assert down.loss_promised == pytest.approx(down.loss_before - lr * float(full.gradients.flat @ full.gradients.flat))
    promised, kept = down.loss_before - down.loss_promised, down.loss_before - down.loss_after
    assert kept == pytest.approx(promised, rel=1e-3, abs=1e-12)


def test_the_report_clips_what_it_descends_by_and_checks_the_full_gradient() -> None:
    network = random_network(architecture_of("lstm", task=MANY_TO_MANY, output_size=2))
    result, target = traced(network, 5)
    plain = backward_report(result, target, None, False, None, 0.1, 0)
    assert (plain.truncation, plain.sweep, plain.clipped) == (None, None, None)
    assert plain.check.passed
    cut = backward_report(result, target, Truncation(None, 2), True, (GLOBAL_NORM, 0.01), 0.1, 0)
    assert cut.check.passed
    assert cut.sweep is not None
    assert [one.truncation.k2 for one in cut.sweep] == [1, 2, 3, 4, 5]
    assert cut.clipped is not None
    np.testing.assert_allclose(cut.clipped.gradient, cut.result.gradients.flat * cut.clipped.scale)
    slope = float(cut.full.gradients.flat @ cut.clipped.gradient)
    assert cut.descent.loss_promised == pytest.approx(cut.descent.loss_before - 0.1 * slope)
    by_value = backward_report(result, target, None, False, (VALUE, 0.01), 0.1, 0)
    assert by_value.clipped is not None
    assert np.abs(by_value.clipped.gradient).max() == 0.01
