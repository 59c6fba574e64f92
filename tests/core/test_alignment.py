"""What read tokens gave to written ones, by slopes: against differences, and complete."""

import numpy as np
import pytest

from rnn_cli.core.activations import log_softmax
from rnn_cli.core.alignment import slopes_of
from rnn_cli.core.arrays import Array
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from tests.support.systems import ATTENTIVE, LABELS, blueprint_of, random_system

BEFORE, WRITTEN = np.array([0, 2, 1, 3]), np.array([2, 1, 3, 1])


def log_p(system: EncoderDecoder, x: Array) -> Array:
    """ln p of each written token, (U,)."""
    U, T = np.array([len(WRITTEN)]), np.array([len(x)])
    one = Batch(x[:, None], T, WRITTEN[:, None], np.ones((len(WRITTEN), 1)), BEFORE[:, None], U)
    found: Array = log_softmax(system.forward(one).logits[:, 0])[np.arange(len(WRITTEN)), WRITTEN]
    return found


@pytest.mark.parametrize("kind", ["encoder-decoder", *ATTENTIVE])
def test_slopes_and_their_integrals(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    system = random_system(blueprint_of(kind, "lstm", 3, 2, bidirectional=True), 2, scale=1.5)
    assert isinstance(system, EncoderDecoder)
    draw = np.random.default_rng(1)
    x, b = draw.standard_normal((5, 3)), draw.standard_normal(3)
    found = slopes_of(system, x, b, BEFORE, WRITTEN)
    np.testing.assert_allclose(found.value, log_p(system, x), atol=1e-12)
    np.testing.assert_allclose(found.empty, log_p(system, np.broadcast_to(b, x.shape)), atol=1e-12)
    slopes = np.zeros((len(WRITTEN), *x.shape))
    for t, i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[t, i] = 1e-6
        slopes[:, t, i] = (log_p(system, x + step) - log_p(system, x - step)) / 2e-6
    np.testing.assert_allclose(found.gradient, (slopes * x).sum(axis=-1), atol=1e-8)
    assert np.abs(found.residuals).max() < 1e-4 * np.abs(found.integrated).sum(axis=1).max()
    assert found.integrated.std() > 0.005
    monkeypatch.setattr("rnn_cli.core.alignment.MOST_LOGITS", 20 * LABELS * len(WRITTEN))  # twenty texts at a time
    parts = slopes_of(system, x, b, BEFORE, WRITTEN)
    np.testing.assert_allclose(parts.gradient, found.gradient, atol=1e-12)
    np.testing.assert_allclose(parts.integrated, found.integrated, atol=1e-12)
