"""Truncated BPTT against an independent one with detached states, and what its measures say."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.bptt import Truncation, bptt, enters_at
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.core.norms import norm
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.truncation import cell_gradients, measure, sweep
from tests.oracle.torch_backward import WRITTEN_OUT
from tests.support.backward import chunks, detached_gradients, held_loss, traced, window
from tests.support.networks import KINDS, architecture_of, each_value_once, networks, random_network, seeds

CLOSE = 1e-10
T = 6


def against_torch(network: Network, truncation: Truncation, live: Any, seed: int = 0) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    result, target = traced(network, T, seed=seed)
    expected = detached_gradients(torch, result, target, live)
    found = bptt(result, target, truncation).gradients
    for name in found:
        np.testing.assert_allclose(found[name], expected[name], atol=CLOSE, rtol=0, err_msg=name)


def against_held_states(network: Network, truncation: Truncation, live: Any, seed: int = 0) -> None:
    """The slope along a random direction of the loss whose states outside of each loss's steps stay as they are."""
    result, target = traced(network, T, seed=seed)
    found, at = bptt(result, target, truncation).gradients.flat, network.parameters
    v = np.random.default_rng(seed).standard_normal(at.flat.shape)

    def moved(scale: complex) -> complex:
        flat = at.flat + scale * v
        return held_loss(result, target, Parameters(at.shapes, flat), live)

    if network.cell.analytic:
        assert float(found @ v) == pytest.approx(moved(1e-30j).imag / 1e-30, rel=1e-11, abs=1e-12)
    else:  # the smallest of three steps' errors: a kink may lie within one of them
        errors = [abs((moved(e) - moved(-e)).real / (2 * e) - float(found @ v)) for e in (1e-5, 1e-6, 1e-7)]
        assert min(errors) <= 1e-5 * max(1.0, abs(float(found @ v)))


@pytest.mark.parametrize(("kind", "task"), each_value_once(product(sorted(KINDS), (MANY_TO_MANY, MANY_TO_ONE))))
def test_truncated_gradients_are_those_of_a_loss_with_held_states(kind: str, task: str) -> None:
    for K, layers, both in ((1, 1, True), (2, 2, False), (3, 2, True)):
        network = random_network(architecture_of(kind, 2, 3, layers, both, task, 2), seed=K)
        against_held_states(network, Truncation(None, K), window(K, T, task == MANY_TO_ONE), seed=K)
    if task == MANY_TO_MANY:
        for k1, k2 in ((1, 2), (2, 4), (4, 5)):
            network = random_network(architecture_of(kind, 2, 3, 2, False, task, 2), seed=k1)
            against_held_states(network, Truncation(k1, k2), chunks(k1, k2, T), seed=k2)


@pytest.mark.parametrize(("kind", "task"), each_value_once(product(WRITTEN_OUT, (MANY_TO_MANY, MANY_TO_ONE))))
def test_each_loss_goes_back_k_steps_as_with_detached_states(kind: str, task: str) -> None:
    for K, layers, both in ((1, 1, True), (2, 2, False), (3, 1, False), (3, 2, True), (6, 2, True)):
        network = random_network(architecture_of(kind, 2, 3, layers, both, task, 2), seed=K)
        against_torch(network, Truncation(None, K), window(K, T, task == MANY_TO_ONE), seed=K)


@pytest.mark.parametrize("kind", WRITTEN_OUT)
def test_chunks_go_back_as_with_detached_states(kind: str) -> None:
    for k1, k2 in ((1, 2), (2, 2), (2, 4), (3, 3), (4, 5), (6, 6)):
        network = random_network(architecture_of(kind, 2, 3, 1 + k1 % 2, False, MANY_TO_MANY, 2), seed=k1)
        against_torch(network, Truncation(k1, k2), chunks(k1, k2, T), seed=k2)


def test_pytorchs_own_loop_over_chunks_gives_the_same() -> None:
    """k1 = k2 as it is usually trained: backward at each chunk's end, then detach and go on.

    Six steps in chunks of three: a last chunk that is shorter goes back through k2 steps here, into the one before.
    """
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
    network = random_network(architecture_of("lstm", 3, 4, 1, False, MANY_TO_MANY, 2), seed=3)
    result, target = traced(network, 6)
    p = network.packed(0, "forward")
    module, readout = torch.nn.LSTM(3, 4).double(), torch.nn.Linear(4, 2).double()
    with torch.no_grad():
        for parameter, value in (
            (module.weight_ih_l0, p["W_x"]),
            (module.weight_hh_l0, p["W_h"]),
            (module.bias_ih_l0, p["b"]),
            (readout.weight, network.parameters["readout.W_hy"]),
            (readout.bias, network.parameters["readout.b_y"]),
        ):
            parameter.copy_(torch.tensor(value))
        module.bias_hh_l0.zero_()
    state = None
    for start in range(0, 6, 3):
        part = slice(start, start + 3)
        output, state = module(torch.tensor(result.inputs[part])[:, None], state)
        each = torch.nn.functional.cross_entropy(
            readout(output[:, 0]), torch.tensor(target.targets[part]), reduction="none"
        )
        (each * torch.tensor(target.weights[part])).sum().backward()
        state = tuple(one.detach() for one in state)
    found = bptt(result, target, Truncation(3, 3)).gradients
    for name, parameter in (
        ("layers.0.forward.W_x", module.weight_ih_l0),
        ("layers.0.forward.W_h", module.weight_hh_l0),
        ("layers.0.forward.b", module.bias_ih_l0),
        ("readout.W_hy", readout.weight),
        ("readout.b_y", readout.bias),
    ):
        np.testing.assert_allclose(found[name], parameter.grad.numpy(), atol=CLOSE, rtol=0)


@given(
    network=networks(readout=True),
    steps=st.integers(1, 6),
    more=st.integers(0, 3),
    k1=st.sampled_from((None, 1, 2)),
    seed=seeds,
)
def test_as_many_steps_as_there_are_is_the_full_gradient(
    network: Network, steps: int, more: int, k1: int | None, seed: int
) -> None:
    result, target = traced(network, steps, seed=seed)
    full = bptt(result, target)
    cut = bptt(result, target, Truncation(k1, steps + more))
    np.testing.assert_array_equal(cut.gradients.flat, full.gradients.flat)
    measured = measure(full, cut)
    assert measured.norm_share == 1
    assert measured.cosine == pytest.approx(1)
    assert (measured.sign_disagreements, measured.lost) == (0, ())


@given(network=networks(readout=True), steps=st.integers(1, 6), K=st.integers(1, 6), seed=seeds)
def test_a_loss_gives_nothing_beyond_the_cut_and_all_of_it_before(
    network: Network, steps: int, K: int, seed: int
) -> None:
    result, target = traced(network, steps, seed=seed)
    full, cut = bptt(result, target), bptt(result, target, Truncation(None, K))
    assert full.items is not None
    assert cut.items is not None
    if network.architecture.bidirectional:
        return
    back = network.architecture.backward_only
    enters = {at: enters_at(network.architecture, network.architecture.directions[0], at) for at in full.loss_steps}
    away = {at: (np.arange(1, steps + 1) - one) * (1 if back else -1) for at, one in enters.items()}
    for k, at in enumerate(full.loss_steps):
        kept = away[at] < K
        np.testing.assert_allclose(cut.items.cell_norms[k, kept], full.items.cell_norms[k, kept], rtol=1e-12)
        assert not cut.items.cell_norms[k, ~kept].any()
    lost = {(one.loss_step, one.step): one.norm for one in measure(full, cut).lost}
    beyond = {
        (at, t): full.items.cell_norms[k, t - 1]
        for k, at in enumerate(full.loss_steps)
        for t in range(1, steps + 1)
        if away[at][t - 1] >= K
        if full.items.cell_norms[k, t - 1] > 0
    }
    assert lost == pytest.approx(beyond)
    assert list(lost.values()) == sorted(lost.values(), reverse=True)


@given(network=networks(readout=True), steps=st.integers(2, 6), K=st.integers(1, 5), seed=seeds)
def test_the_measures_are_what_their_words_say(network: Network, steps: int, K: int, seed: int) -> None:
    result, target = traced(network, steps, seed=seed)
    full, cut = bptt(result, target), bptt(result, target, Truncation(None, K))
    a, b = cell_gradients(full.gradients), cell_gradients(cut.gradients)
    found = measure(full, cut)
    if norm(a) > 0 and norm(b) > 0:
        assert found.norm_share == pytest.approx(np.linalg.norm(b) / np.linalg.norm(a))
        assert found.cosine == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert found.sign_disagreements == int((a * b < 0).sum())
    assert found.compared == int((a != 0).sum())
    assert len(a) == sum(v.size for name, v in network.parameters.items() if name.startswith("layers."))


def test_the_sweep_has_every_k_and_a_sample_of_many() -> None:
    network = random_network(architecture_of("rnn tanh", task=MANY_TO_MANY, output_size=2))
    result, target = traced(network, 9)
    full = bptt(result, target)
    reports = sweep(result, target, full)
    assert [one.truncation for one in reports] == [Truncation(None, K) for K in range(1, 10)]
    assert reports[-1].norm_share == 1
    assert [len(one.lost) for one in reports] == [(9 - K) * (10 - K) // 2 for K in range(1, 10)]
    some = [one.truncation.k2 for one in sweep(result, target, full, most=4)]
    assert (some[0], some[-1]) == (1, 9)
    assert len(some) <= 4


def test_the_readouts_gradient_is_never_cut() -> None:
    for kind, task in product(sorted(KINDS), (MANY_TO_ONE, MANY_TO_MANY)):
        network = random_network(architecture_of(kind, task=task, output_size=2))
        result, target = traced(network, 5)
        full, cut = bptt(result, target), bptt(result, target, Truncation(None, 1))
        for name in ("readout.W_hy", "readout.b_y"):
            np.testing.assert_array_equal(full.gradients[name], cut.gradients[name])


@pytest.mark.parametrize("layers", [1, 2])
def test_a_link_that_one_direction_loses_is_lost_though_the_other_keeps_its_own(layers: int) -> None:
    """One loss at the end enters the forward direction at T and the backward one at 1: with K = 1 nothing goes further."""
    network = random_network(architecture_of("rnn tanh", num_layers=layers, bidirectional=True, output_size=2))
    result, target = traced(network, 3)
    full = bptt(result, target)
    found = measure(full, bptt(result, target, Truncation(None, 1)))
    lost = {(one.step, one.direction): one.norm for one in found.lost}
    assert set(lost) == {(1, "forward"), (2, "forward"), (2, "backward"), (3, "backward")}
    for (t, direction), size in lost.items():
        given = [full.at(layer, direction, t).gradient.contributions for layer in range(layers)]
        whole = norm(np.concatenate([one.value.ravel() for parts in given for one in parts]))
        assert size == pytest.approx(whole, rel=1e-12)
