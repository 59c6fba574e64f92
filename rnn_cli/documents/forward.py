"""rnn.forward/1."""

from collections.abc import Iterable, Iterator
from typing import Any

from rnn_cli.core.fast.batches import SequenceRun
from rnn_cli.core.forward import LayerStates
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.documents.seq2seq import context_document, written_document
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.seq2seq import Writing, computed

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


def writing_forward_document(model: Model, writings: Iterable[Writing]) -> dict[str, Any]:
    """The document of texts that a model writes, each with what was read for it."""
    return {
        "schema": "rnn.forward/1",
        "model": model_document(model),
        "sequences": (writing_document(writing) for writing in writings),
    }


def writing_document(writing: Writing) -> dict[str, Any]:
    """One text: the network that reads, the context that it hands over, the one that writes."""
    halves = [half for half in (writing.reader, writing.writer) if half is not None]
    documents = [sequence_document(half.model, half.sequence, computed(half)) for half in halves]
    document = {**documents[0], "text": writing.given.text, "context": context_document(writing)}
    if len(halves) == 1:
        return {**document, **written_document(writing)}
    own = {"model": model_document(writing.writer.model), **documents[1]}
    del own["text"]
    return {**document, "decoder": {**own, **written_document(writing)}}


def remarks_document(model: Model, states: LayerStates) -> dict[str, Any]:
    """What the cell has to say of a run; no key where it has nothing to say."""
    said = [{"about": title, "says": sentence} for title, sentence in states.remarks(model.network.cell)]
    return {"remarks": said} if said else {}


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
                **{
                    key: value
                    for name in one.states
                    for key, value in ((f"{name}0", one.initial[name]), (name, one.states[name]))
                },
                "gates": one.gates,
                **remarks_document(model, one),
            }
            for one in run.states
        ],
        "output": run.output,
        **readout_document(model, run.logits, run.probabilities),
    }
