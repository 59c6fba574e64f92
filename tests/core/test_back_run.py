"""The backward pass as numbers, held against the one that keeps every record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.core.back_run import back_run
from rnn_cli.core.bptt import Target, Truncation, bptt
from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.network import MANY_TO_ONE, Network
from rnn_cli.core.trace import trace
from tests.support.networks import KINDS, architecture_of, networks, random_network, random_sequence

truncations = st.one_of(st.none(), st.builds(Truncation, st.one_of(st.none(), st.integers(1, 4)), st.integers(1, 4)))


@given(networks(max_size=3, readout=True), st.integers(1, 6), truncations)
def test_the_numbers_are_those_of_the_records(network: Network, T: int, truncation: Truncation | None) -> None:
    a = network.architecture
    inputs = random_sequence(T, a.input_size)
    losses = 1 if a.task == MANY_TO_ONE else T
    target = Target(MSE, np.linspace(-1, 1, losses * a.output_size).reshape(losses, -1), np.linspace(1, 0, losses))
    whole = bptt(trace(network, inputs), target, truncation)
    run = back_run(trace(network, inputs, keep_steps=False), target, truncation)
    np.testing.assert_allclose(run.gradients.flat, whole.gradients.flat, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(run.inputs, whole.inputs, rtol=1e-9, atol=1e-12)
    assert (run.loss.total, run.loss_steps) == (whole.loss.total, whole.loss_steps)
    for one in whole.steps:
        made = run.at(one.layer, one.direction, one.t)
        np.testing.assert_allclose(made.from_output.sum(axis=0), one.from_output.sum(axis=0), rtol=1e-9, atol=1e-12)
        for name, future in one.from_future.items():
            np.testing.assert_allclose(made.from_future[name][0], future.sum(axis=0), rtol=1e-9, atol=1e-12)
        for gate, da in one.gradient.da.items():
            np.testing.assert_allclose(made.gradient.da[gate], da, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_gradient_is_the_same_a_few_steps_at_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(architecture_of(kind, 2, 3, 2, True, MANY_TO_ONE, 2), 3)
    traced, target = trace(network, random_sequence(7, 2), keep_steps=False), Target(MSE, np.ones((1, 2)), np.ones(1))
    whole = back_run(traced, target).gradients
    monkeypatch.setattr("rnn_cli.core.back_run.AT_ONCE", 3)
    np.testing.assert_allclose(back_run(traced, target).gradients.flat, whole.flat, rtol=1e-12, atol=1e-15)


def test_what_is_cut_is_what_the_next_step_passed_back() -> None:
    from rnn_cli.models.load import load_model

    network = load_model("nlp").network
    inputs = random_sequence(4, network.architecture.input_size)
    traced, target = trace(network, inputs, keep_steps=False), Target("cross-entropy", np.array([1]), np.ones(1))
    whole, short = back_run(traced, target), back_run(traced, target, Truncation(None, 2))
    np.testing.assert_array_equal(short.cut(0, "forward", 3).h, np.zeros(3))
    np.testing.assert_allclose(short.cut(0, "forward", 2).h, whole.at(0, "forward", 2).from_future.h[0])
    assert np.abs(short.cut(0, "forward", 2).h).max() > 0
    for one in (whole, short):
        np.testing.assert_array_equal(one.cut(0, "forward", 4).h, np.zeros(3))
    np.testing.assert_array_equal(short.error(0, "forward", 2).h, np.zeros(3))
    with pytest.raises(ValueError, match="keep_steps=False"):
        back_run(trace(network, inputs), target)
