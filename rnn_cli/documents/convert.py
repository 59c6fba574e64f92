"""rnn.convert/1."""

from math import isfinite
from typing import Any

from rnn_cli.documents.model import model_document
from rnn_cli.study.convert import ConvertResult


def convert_document(result: ConvertResult) -> dict[str, Any]:
    """What was done to each array, and the proof."""
    proof = result.proof
    return {
        "schema": "rnn.convert/1",
        "model": model_document(result.model),
        "source": result.source,
        "target": result.target,
        "to": result.format.name,
        "dtype": result.dtype,
        "arrays": [
            {"name": one.name, "from": list(one.sources), "how": list(one.how), "shape": list(one.shape)}
            for one in result.arrays
        ],
        "left_behind": list(result.left_behind),
        "flags": dict(result.flags),
        "proof": {
            "method": proof.method,
            "sequences": proof.sequences,
            "numbers": proof.compared,
            "max_difference": proof.max_difference if isfinite(proof.max_difference) else None,
            "tolerance": proof.tolerance,
            "passed": proof.passed,
        },
    }
