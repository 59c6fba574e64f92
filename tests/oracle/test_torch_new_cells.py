"""The cells that PyTorch has no module for, written once more on its tensors: values and gradients by its autograd."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.bptt import Target, bptt
from rnn_cli.core.learning.initialize import initial_parameters
from rnn_cli.core.network import FORWARD, MANY_TO_MANY, Architecture, Network
from rnn_cli.core.trace import trace

torch = pytest.importorskip("torch", reason="the tests against PyTorch need torch: pip install torch")

Step = Callable[[dict[str, Any], Any, dict[str, Any]], dict[str, Any]]


def peephole(w: dict[str, Any], x: Any, s: dict[str, Any]) -> dict[str, Any]:
    def net(k: str) -> Any:
        return w[f"W_x{k}"] @ x + w[f"W_h{k}"] @ s["h"] + w[f"b_{k}"]

    c = torch.sigmoid(net("f") + w["p_f"] * s["c"]) * s["c"] + torch.sigmoid(net("i") + w["p_i"] * s["c"]) * torch.tanh(
        net("g")
    )
    return {"h": torch.sigmoid(net("o") + w["p_o"] * c) * torch.tanh(c), "c": c}


def mingru(w: dict[str, Any], x: Any, s: dict[str, Any]) -> dict[str, Any]:
    z = torch.sigmoid(w["W_xz"] @ x + w["b_z"])
    return {"h": torch.lerp(s["h"], w["W_xn"] @ x + w["b_n"], z)}


def slstm(w: dict[str, Any], x: Any, s: dict[str, Any]) -> dict[str, Any]:
    """Without a stabiliser: c and n as the equations have them, which doubles hold for weights of this size."""

    def net(k: str) -> Any:
        return w[f"W_x{k}"] @ x + w[f"W_h{k}"] @ s["h"] + w[f"b_{k}"]

    i, f = torch.exp(net("i")), torch.sigmoid(net("f"))
    c, n = f * s["c"] + i * torch.tanh(net("z")), f * s["n"] + i
    return {"h": torch.sigmoid(net("o")) * c / n, "c": c, "n": n}


@pytest.mark.parametrize("step", [peephole, mingru, slstm], ids=lambda step: step.__name__)
@pytest.mark.parametrize("seed", range(6))
def test_values_and_gradients(step: Step, seed: int) -> None:
    generator = np.random.default_rng(seed)
    size, H, C, T = (int(n) for n in generator.integers(1, [5, 6, 4, 9]))
    architecture = Architecture(step.__name__, size, H, task=MANY_TO_MANY, output_size=C + 1)
    network = Network(architecture, initial_parameters(architecture, generator))
    x, targets = generator.standard_normal((T, size)), generator.integers(0, C + 1, T)
    ours = bptt(trace(network, x), Target("cross-entropy", targets, np.ones(T)))

    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in network.named(0, FORWARD).items()}
    readout = {
        name: torch.tensor(array, requires_grad=True) for name, array in network.parameters.group("readout").items()
    }
    inputs = torch.tensor(x, requires_grad=True)
    state = {name: torch.zeros(H, dtype=torch.float64) for name in network.cell.states}
    logits = []
    for t in range(T):
        state = step(leaves, inputs[t], state)
        np.testing.assert_allclose(
            ours.trace.states(0, FORWARD)[t], state["h"].detach().numpy(), rtol=1e-11, atol=1e-13
        )
        logits.append(readout["W_hy"] @ state["h"] + readout["b_y"])
    loss = torch.nn.functional.cross_entropy(torch.stack(logits), torch.tensor(targets), reduction="sum")
    loss.backward()
    assert ours.loss.total == pytest.approx(loss.item(), rel=1e-12)
    given = network.gradients_by_name(ours.gradients, 0, FORWARD) | dict(ours.gradients.group("readout"))
    for name, leaf in (leaves | readout).items():
        np.testing.assert_allclose(given[name], leaf.grad.numpy(), rtol=1e-10, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(ours.inputs, inputs.grad.numpy(), rtol=1e-10, atol=1e-12)
