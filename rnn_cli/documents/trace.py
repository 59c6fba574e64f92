"""rnn.trace/1."""

from typing import TYPE_CHECKING, Any

from rnn_cli.core.trace import Trace
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model

if TYPE_CHECKING:
    from rnn_cli.core.why import Reason
    from rnn_cli.study.seq2seq import Half, Writing


def trace_document(model: Model, sequence: Sequence, trace: Trace, reason: "Reason | None" = None) -> dict[str, Any]:
    """The document of a trace; with `reason`, also the number that was unfolded."""
    cell = model.network.cell
    own = [name for name in cell.states if name not in ("h", "c")]
    between = [update.name for update in trace.steps[0].step.updates if update.name not in cell.states]
    document: dict[str, Any] = {
        "schema": "rnn.trace/1",
        "model": model_document(model),
        "text": sequence.text,
        "tokens": sequence.tokens,
        "ids": sequence.ids,
        "known": sequence.known,
        "inputs": sequence.inputs,
        **({} if sequence.raw is None else {"raw_inputs": sequence.raw}),
        "steps": [
            {
                "t": one.t,
                "token": None if sequence.tokens is None else sequence.tokens[one.t - 1],
                "layer": one.layer,
                "direction": one.direction,
                "x": one.step.x,
                "h_prev": one.step.before.h,
                "c_prev": one.step.before.get("c"),
                **{f"{name}_prev": one.step.before[name] for name in own},
                "gates": [
                    {
                        "name": gate.name,
                        "terms": {term.name: term.value for term in gate.terms},
                        "symbols": {term.name: term.symbol for term in gate.terms},
                        "pre_activation": gate.pre_activation,
                        "activation": gate.activation,
                        "value": gate.value,
                    }
                    for gate in one.step.gates
                ],
                **{name: one.step.value(name) for name in between if name in one.step.numbers},
                **{name: one.step.state[name] for name in own},
                "c": one.step.state.get("c"),
                "h": one.step.state.h,
            }
            for one in trace.steps
        ],
        **readout_document(model, trace.logits, trace.probabilities),
    }
    if reason is not None:
        document["why"] = _why(reason)
    return document


def writing_trace_document(
    writing: "Writing", chosen: "Half | None" = None, reason: "Reason | None" = None
) -> dict[str, Any]:
    """The document of what a network writes: the network that reads, the context that it hands over, the one that writes.

    `reason` is of a number of the `chosen` half. A network that starts from a condition is the only one there is.
    """
    from rnn_cli.documents.seq2seq import context_document, written_document

    halves = [half for half in (writing.reader, writing.writer) if half is not None]
    documents = [
        trace_document(half.model, half.sequence, half.trace, reason if half is chosen else None) for half in halves
    ]
    document = {**documents[0], "text": writing.given.text, "context": context_document(writing)}
    if len(halves) == 1:
        return {**document, **written_document(writing)}
    own = {key: value for key, value in documents[1].items() if key not in ("schema", "text")}
    return {**document, "decoder": {**own, **written_document(writing)}}


def _why(reason: "Reason") -> dict[str, Any]:
    return {
        "of": reason.root,
        "value": reason.numbers[reason.root].value,
        "numbers": [
            {
                "name": number.name,
                "value": number.value,
                "formula": number.formula,
                "terms": [
                    {"value": term.value, "factors": [{"name": f.name, "value": f.value} for f in term.factors]}
                    for term in number.terms
                ],
            }
            for number in reason.numbers.values()
        ],
    }
