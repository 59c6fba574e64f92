"""rnn.forward/1."""

from collections.abc import Iterable, Iterator
from typing import Any

from rnn_cli.core.many import SequenceRun
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model

Runs = Iterable[tuple[Sequence, SequenceRun]]


def forward_document(model: Model, runs: Runs) -> dict[str, Any]:
    """The document of many sequences, which are drawn from `runs` as they are written."""
    return {
        "schema": "rnn.forward/1",
        "model": model_document(model),
        "sequences": (sequence_document(model, *one) for one in runs),
    }


def forward_lines(model: Model, runs: Runs) -> Iterator[dict[str, Any]]:
    """One document for each sequence."""
    head = {"schema": "rnn.forward/1", "model": model_document(model)}
    for one in runs:
        yield {**head, "sequences": [sequence_document(model, *one)]}


def sequence_document(model: Model, sequence: Sequence, run: SequenceRun) -> dict[str, Any]:
    """Everything that was computed on one sequence, in time order in both directions."""
    return {
        "text": sequence.text,
        "tokens": sequence.tokens,
        "ids": sequence.ids,
        "known": sequence.known,
        "inputs": run.inputs,
        **({} if sequence.raw is None else {"raw_inputs": sequence.raw}),
        "layers": [
            {
                "layer": one.layer,
                "direction": one.direction,
                "h0": one.h0,
                "h": one.h,
                **({} if one.c is None else {"c0": one.c0, "c": one.c}),
                "gates": one.gates,
            }
            for one in run.states
        ],
        "output": run.output,
        **readout_document(model, run.logits, run.probabilities),
    }
