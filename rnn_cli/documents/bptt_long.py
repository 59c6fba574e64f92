"""rnn.bptt/1 of a backward pass by the kernels alone: its steps are left out, and `omitted` says so."""

from typing import Any

import numpy as np

from rnn_cli.core.bptt import Target
from rnn_cli.core.embedding import embedding_gradient
from rnn_cli.core.fast.bptt_long import LongBpttReport
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.documents.bptt import MOST_NUMBERS, clipping_document
from rnn_cli.documents.model import model_document
from rnn_cli.documents.word_parts import gradients_of_parts
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.bptt import LongBpttResult


def long_bptt_document(of: LongBpttResult) -> dict[str, Any]:
    """The document. The inputs' gradient of more than five million numbers is left out too."""
    model, sequence, report = of.model, of.sequence, of.report
    result, T = report.result, len(sequence.inputs)
    one = model.network.architecture.task == MANY_TO_ONE
    inputs: Any = result.inputs[:, 0] if result.inputs.size <= MOST_NUMBERS else []
    each = result.each if one else result.each[:, 0]
    return {
        "schema": "rnn.bptt/1",
        "model": model_document(model),
        "text": sequence.text,
        "tokens": sequence.tokens,
        "target": _target(model, report.target, one),
        "loss": {
            "kind": report.target.kind,
            "reduction": report.target.reduction,
            "total": result.total,
            "steps": [
                {"t": t, "loss": loss, "weight": weight}
                for t, loss, weight in zip(
                    (T,) if one else range(1, T + 1), each.tolist(), report.target.weights.tolist(), strict=True
                )
            ],
        },
        "gradients": {
            "layers": [
                {
                    "layer": layer,
                    "direction": direction,
                    **model.network.gradients_by_name(result.parameters, layer, direction),
                    **{f"{name}0": error[0] for name, error in errors.items()},
                }
                for (layer, direction), errors in sorted(
                    result.initial.items(), key=lambda item: (item[0][0], item[0][1] != "forward")
                )
            ],
            "readout": result.parameters.group("readout"),
            "inputs": inputs,
            "embedding": _embedding(model, sequence, report),
            **gradients_of_parts(model, sequence, report.result.inputs),
        },
        "norms": {**report.norms, "all": report.norm},
        "steps": [],
        "itemised": None,
        "truncation": None,
        "clipping": None if report.clipped is None else clipping_document(report.clipped),
        "descent": None,
        "checkpointing": {"every": result.every, "segments": result.segments, "kept_bytes": result.kept_bytes},
        "check": {
            "methods": [] if report.method is None else [report.method],
            "max_relative_error": report.error,
            "sum_residual": None,
            "worst": {}
            if report.method is None
            else {report.method: {"quantity": report.worst, "error": report.error}},
            "first_wrong": None if report.passed is not False else report.worst,
            "wrong_at": None,
            "finite": report.finite,
            "passed": report.passed,
        },
        "omitted": ["steps", "itemised", "descent", *(["gradients.inputs"] if len(inputs) != T else [])],
    }


def _target(model: Model, target: Target, one: bool) -> Any:
    if target.kind != CROSS_ENTROPY:
        return target.targets[0] if one else target.targets
    names = [model.label(int(k)) if weight else None for k, weight in zip(target.targets, target.weights, strict=True)]
    return names[0] if one else names


def _embedding(model: Model, sequence: Sequence, report: LongBpttReport) -> dict[str, Any]:
    """The gradient of each row that was read, by its word."""
    if sequence.rows is None or not model.rows:
        return {}
    read = np.array([-1 if row is None else row for row in sequence.rows])
    size = max(model.rows.values()) + 1
    gradient = embedding_gradient(read[:, None], report.result.inputs, size)
    names = model.names_of_rows
    return {names[row]: gradient[row] for row in dict.fromkeys(read.tolist()) if row >= 0}
