"""Gradient times input and integrated gradients against PyTorch's autograd, on modules of its own in double precision."""

from typing import Any

import numpy as np
import pytest

from rnn_cli.core.alignment import slopes_of
from rnn_cli.core.arrays import Array
from rnn_cli.core.attribution import LOG_ODDS, Asked, attribute
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.front.opening import from_torch
from tests.oracle.torch_training import TorchSystem
from tests.support.systems import blueprint_of, random_system

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")

torch.set_num_threads(1)
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


@pytest.mark.parametrize("kind", ["encoder-decoder", "encoder-decoder, additive", "encoder-decoder, dot"])
def test_what_a_written_token_owes_to_a_read_one_is_that_of_autograd(kind: str) -> None:
    """Every word is read once, so that the gradient of its row is that of its step."""
    blueprint = blueprint_of(kind, "gru reset after", 3, 1, bidirectional=True)
    system = random_system(blueprint, 5)
    assert isinstance(system, EncoderDecoder)
    ids, before, written = np.array([4, 0, 6, 2]), np.array([0, 3, 1]), np.array([3, 1, 2])
    rows = system.encoder.parameters["embedding"]
    x, b = rows[ids].copy(), np.array([0.3, -0.2, 0.5])
    found = slopes_of(system, x, b, before, written)
    places, weights = np.polynomial.legendre.leggauss(24)
    for u in range(len(written)):
        weight = (np.arange(len(written)) == u).astype(np.float64)[:, None]
        one = Batch(
            ids[:, None], np.array([len(ids)]), written[:, None], weight, before[:, None], np.array([len(written)])
        )

        def slope(read: Array, batch: Batch = one) -> Array:
            rows[ids] = read
            theirs = TorchSystem(torch, system)
            theirs.loss(batch).backward()
            grad: Array = -theirs.networks[0].leaf["embedding"].grad.numpy()[ids]
            return grad

        np.testing.assert_allclose(found.gradient[u], (slope(x) * x).sum(axis=1), atol=1e-10)
        along = sum(w / 2 * slope(b + (place + 1) / 2 * (x - b)) for place, w in zip(places, weights, strict=True))
        np.testing.assert_allclose(found.integrated[u], (along * (x - b)).sum(axis=1), atol=1e-5)
