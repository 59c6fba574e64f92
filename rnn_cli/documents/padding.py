"""rnn.forward/1 of a batch with --explain-padding: the document of its sequences, and "padding"."""

from typing import Any

from rnn_cli.documents.forward import sequence_document
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.study.padding import Padded, PaddingResult


def padding_document(result: PaddingResult) -> dict[str, Any]:
    """The sequences as they are, the padded batch, and each sequence as it would be with its padding read as data."""
    model = result.model
    return {
        "schema": "rnn.forward/1",
        "model": model_document(model),
        "sequences": [sequence_document(model, one.sequence, one.run) for one in result.sequences],
        "padding": {
            "inputs": result.inputs,
            "mask": result.mask,
            "sequences": [_padded(result, one) for one in result.sequences],
        },
    }


def _padded(result: PaddingResult, one: Padded) -> dict[str, Any]:
    return {
        "length": one.length,
        "last_output": one.last_output,
        "final": [
            {
                "layer": ending.layer,
                "direction": ending.direction,
                "t": ending.t,
                "states": ending.final,
                "states_padding_read": ending.read,
                "off_by": ending.off_by,
            }
            for ending in one.endings
        ],
        "padding_read": {
            "output": one.read.output,
            **readout_document(result.model.after(one.sequence.raw), one.read.logits, one.read.probabilities),
        },
    }
