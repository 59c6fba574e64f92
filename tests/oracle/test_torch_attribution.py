"""Gradient times input and integrated gradients against PyTorch's autograd, on modules of its own in double precision."""

from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.attribution import LOG_ODDS, Asked, attribute
from rnn_cli.front.opening import from_torch

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

SIZE, H, C, T = 3, 4, 3, 5
POINTS = 4000


class Classifier(torch.nn.Module):
    """A recurrent module and a readout of its last state."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.rnn = getattr(torch.nn, kind)(SIZE, H)
        self.readout = torch.nn.Linear(H, C)

    def forward(self, x: Any) -> Any:
        """The logits after the last step: x (T, B, SIZE) -> (B, C)."""
        return self.readout(self.rnn(x)[0][-1])


def log_odds(logits: Any, unit: int) -> Any:
    """ln p/(1-p) of a class."""
    others = torch.cat([logits[..., :unit], logits[..., unit + 1 :]], dim=-1)
    return logits[..., unit] - torch.logsumexp(others, dim=-1)


def slopes(module: Any, x: Array, unit: int) -> Array:
    """dF/dx of a batch (T, B, SIZE)."""
    leaf = torch.tensor(x, requires_grad=True)
    log_odds(module(leaf), unit).sum().backward()
    found: Array = leaf.grad.numpy()
    return found


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_slopes_and_their_integral_are_those_of_autograd(kind: str) -> None:
    torch.manual_seed(3)
    module = Classifier(kind).double()
    network = from_torch(module, readout_reads="final-state").loaded.network
    draw = np.random.default_rng(4)
    x, b = draw.standard_normal((T, SIZE)), draw.standard_normal(SIZE)
    found = attribute(network, x, Asked(LOG_ODDS, 1), b, {})
    with torch.no_grad():
        value = float(log_odds(module(torch.tensor(x[:, None])), 1))
    assert found.value == pytest.approx(value, abs=1e-12)
    np.testing.assert_allclose(
        found.gradient, (slopes(module, x[:, None], 1)[:, 0] * x).sum(axis=1), rtol=0, atol=1e-10
    )
    places = (np.arange(POINTS) + 0.5) / POINTS  # the middle of as many parts
    along = slopes(module, b + places[:, None] * (x - b)[:, None], 1)
    np.testing.assert_allclose(found.integrated, (along.mean(axis=1) * (x - b)).sum(axis=1), rtol=0, atol=1e-6)
