"""Readouts of the last output, the mean and the max, and losses of the outputs themselves: PyTorch's gradients to 1e-12."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.bptt import Bptt, Target, bptt
from rnn_cli.core.network import FORWARD
from rnn_cli.core.trace import trace
from rnn_cli.front.reading import starting_at
from rnn_cli.inputs.sequence import from_numbers
from rnn_cli.models.foreign.choices import READS, Choices
from rnn_cli.models.load import load_model
from rnn_cli.study.targets import read_loss

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file: Any = pytest.importorskip("safetensors.torch").save_file

SIZE, H, C, T = 3, 4, 5, 4
MODULES = [("LSTM", 1, False), ("LSTM", 2, True), ("GRU", 1, True), ("RNN", 2, False), ("RNN", 1, True)]
READ_AS: dict[str, Callable[[Any, Any], Any]] = {
    "last-output": lambda output, h_n: output[-1],
    "final-state": lambda output, h_n: h_n.flatten(),
    "every-step": lambda output, h_n: output,
    "mean": lambda output, h_n: output.mean(dim=0),
    "max": lambda output, h_n: output.max(dim=0).values,
}


def module_of(kind: str, layers: int, both: bool) -> tuple[Any, Any]:
    torch.manual_seed(layers + both)
    module = getattr(torch.nn, kind)(SIZE, H, num_layers=layers, bidirectional=both).double()
    return module, torch.nn.Linear(H * (1 + both), C).double()


def ends_of(module: Any, h_n: Any) -> Any:
    """h_n of the last layer."""
    last = h_n[0] if isinstance(h_n, tuple) else h_n
    return last[-(2 if module.bidirectional else 1) :]


def same_gradients(back: Bptt, module: Any, x: Any) -> None:
    """The gradients of the weights, which are not summed as biases are, and of the inputs."""
    for layer in range(module.num_layers):
        for direction in back.trace.network.architecture.directions:
            suffix = f"_l{layer}" + "" * (direction == FORWARD) + "_reverse" * (direction != FORWARD)
            for ours, theirs in (("W_x", "weight_ih"), ("W_h", "weight_hh")):
                expected = getattr(module, theirs + suffix).grad.numpy()
                found = back.gradients[f"layers.{layer}.{direction}.{ours}"]
                np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(back.inputs, x.grad.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("reads", list(READS))
@pytest.mark.parametrize(("kind", "layers", "both"), MODULES)
def test_what_a_readout_reads(kind: str, layers: int, both: bool, reads: str, tmp_path: Path) -> None:
    module, linear = module_of(kind, layers, both)
    arrays = {f"rnn.{name}": tensor for name, tensor in module.state_dict().items()}
    arrays |= {f"fc.{name}": tensor for name, tensor in linear.state_dict().items()}
    save_file(arrays, tmp_path / "m.safetensors")
    loaded = load_model(str(tmp_path / "m.safetensors"), Choices(reads=reads))
    x = torch.randn(T, SIZE, dtype=torch.float64, requires_grad=True)
    output, h_n = module(x)
    logits = linear(READ_AS[reads](output, ends_of(module, h_n)))
    wanted = torch.arange(T) % C if reads == "every-step" else torch.tensor(2)
    torch.nn.functional.cross_entropy(logits, wanted, reduction="sum").backward()
    target = Target("cross-entropy", wanted.reshape(-1).numpy(), np.ones(wanted.numel()))
    result = bptt(trace(loaded.network, x.detach().numpy()), target)
    assert result.trace.logits is not None
    np.testing.assert_allclose(result.trace.logits, logits.detach().numpy(), rtol=0, atol=1e-12)
    same_gradients(result, module, x)
    np.testing.assert_allclose(result.gradients["readout.W_hy"], linear.weight.grad.numpy(), rtol=0, atol=1e-12)


F = torch.nn.functional
LOSSES: dict[str, tuple[Callable[[Any, Any, Any], Any], Callable[[Any, Any], dict[str, Any]]]] = {
    "sum": (lambda out, G, k: out.sum(), lambda G, k: {"loss": "sum"}),
    "mse, mean": (
        lambda out, G, k: F.mse_loss(out, G),
        lambda G, k: {"loss": "mse", "targets": G, "reduction": "mean"},
    ),
    "mse of the last": (
        lambda out, G, k: F.mse_loss(out[-1], G[-1]),
        lambda G, k: {"loss": "mse", "target": ",".join(map(repr, G[-1]))},
    ),
    "cross-entropy, mean": (
        lambda out, G, k: F.cross_entropy(out, k),
        lambda G, k: {"loss": "cross-entropy", "targets": [str(i) for i in k.tolist()], "reduction": "mean"},
    ),
    "cross-entropy of the last": (
        lambda out, G, k: F.cross_entropy(out[-1], k[-1]),
        lambda G, k: {"loss": "cross-entropy", "target": str(int(k[-1]))},
    ),
    "upstream": (lambda out, G, k: (out * G).sum(), lambda G, k: {"upstream": G}),
    "upstream of the last": (lambda out, G, k: (out[-1] * G[-1]).sum(), lambda G, k: {"upstream": G[-1]}),
}


@pytest.mark.parametrize("last", [False, True])
def test_a_projected_state_is_what_a_loss_of_the_outputs_reads(last: bool) -> None:
    torch.manual_seed(0)
    module = torch.nn.LSTM(SIZE, H, proj_size=2, bidirectional=True).double()
    x = torch.randn(T, SIZE, dtype=torch.float64, requires_grad=True)
    output, _ = module(x)
    G = torch.randn(*output.shape, dtype=torch.float64)
    ((output * G)[-1] if last else output * G).sum().backward()
    loaded = rnn.from_torch(module).loaded
    sequence = from_numbers(x.detach().numpy(), loaded, "x")
    model, target = read_loss(loaded, sequence, upstream=G[-1].tolist() if last else G.tolist())
    result = bptt(trace(model.network, sequence.inputs), target)
    np.testing.assert_allclose(result.inputs, x.grad.numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize(("kind", "layers", "both"), MODULES)
def test_losses_of_the_outputs(kind: str, layers: int, both: bool, loss: str) -> None:
    module, _ = module_of(kind, layers, both)
    x = torch.randn(T, SIZE, dtype=torch.float64, requires_grad=True)
    starts = {name: torch.randn(layers * (1 + both), H, dtype=torch.float64, requires_grad=True) for name in "hc"}
    output, _ = module(x, (starts["h"], starts["c"]) if kind == "LSTM" else starts["h"])
    G, k = torch.randn(T, H * (1 + both), dtype=torch.float64), torch.arange(T) % H
    theirs, ours = LOSSES[loss]
    expected = theirs(output, G, k)
    expected.backward()
    state = {name: array.detach().numpy() for name, array in starts.items() if name == "h" or kind == "LSTM"}
    loaded = rnn.from_torch(module).loaded
    sequence = starting_at(from_numbers(x.detach().numpy(), loaded, "x"), loaded, state)
    model, target = read_loss(loaded, sequence, **ours(G.tolist(), k))
    result = bptt(trace(model.network, sequence.inputs, sequence.initial), target)
    assert result.loss.total == pytest.approx(float(expected.detach()), rel=1e-12)
    same_gradients(result, module, x)
    for place, (where, error) in enumerate(
        sorted(result.initial.items(), key=lambda one: (one[0][0], one[0][1] != FORWARD))
    ):
        np.testing.assert_allclose(error.h, starts["h"].grad[place].numpy(), rtol=0, atol=1e-12, err_msg=str(where))
