"""The keys that say what a network's readout gives: logits, probabilities, prediction."""

from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.models.model import Model


def readout_document(model: Model, logits: Array | None, probabilities: Array | None) -> dict[str, Any]:
    """Empty without a readout. `prediction` is a label for many-to-one, one label a step for many-to-many."""
    if logits is None or probabilities is None:
        return {}
    best = probabilities.argmax(axis=-1)
    prediction = model.label(int(best)) if best.ndim == 0 else [model.label(int(k)) for k in best]
    return {"logits": logits, "probabilities": probabilities, "prediction": prediction}
