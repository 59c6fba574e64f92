"""The keys that say what a network's readout gives: logits, probabilities, prediction."""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.models.model import Model
from rnn_cli.study.part import WHOLE, Part


def readout_document(
    model: Model, logits: Array | None, probabilities: Array | None, part: Part = WHOLE
) -> dict[str, Any]:
    """Empty without a readout. `prediction` is a label for many-to-one, one label a step for many-to-many.

    It is None where the numbers left the finite range: no class is the likeliest then. Of a model that predicts numbers
    it is those numbers, in the units of the data, and there are no probabilities.
    """
    if logits is None or probabilities is None:
        return {}
    if logits.ndim == 2:
        logits, probabilities = part.of_steps(logits), part.of_steps(probabilities)
    if model.numeric and model.encoding is not None:
        return {"logits": logits, "prediction": model.encoding.in_units(logits)}
    best = probabilities.argmax(axis=-1)
    finite = np.isfinite(probabilities).all(axis=-1)
    names = [model.label(int(k)) if known else None for k, known in zip(best.flat, finite.flat, strict=True)]
    prediction = names[0] if best.ndim == 0 else names
    return {"logits": logits, "probabilities": probabilities, "prediction": prediction}
