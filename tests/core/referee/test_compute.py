"""The numbers of a plan without mistakes are those of the program's own kernels."""

import numpy as np
import pytest

from rnn_cli.core.backward import run_backward
from rnn_cli.core.forward import run_forward
from rnn_cli.core.learning.losses import loss_of
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key, Plan
from tests.support.networks import KINDS, architecture_of, random_network


@pytest.mark.parametrize("task", [MANY_TO_ONE, MANY_TO_MANY])
@pytest.mark.parametrize("ways", ["forward", "both", "backward"])
@pytest.mark.parametrize("kind", KINDS)
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
