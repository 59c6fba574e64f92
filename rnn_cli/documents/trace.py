"""rnn.trace/1."""

from typing import TYPE_CHECKING, Any

from rnn_cli.core.trace import Trace
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model

if TYPE_CHECKING:
    from rnn_cli.core.why import Reason
    from rnn_cli.study.seq2seq import Decoded
    from rnn_cli.study.trace import AnswersResult, Seq2SeqTraceResult, TraceResult, WhyResult, WorksheetResult


def trace_document(result: "TraceResult", reason: "Reason | None" = None) -> dict[str, Any]:
    """The document of a trace, or of both where two networks ran. With `reason`, also the number that was unfolded."""
    if result.decoded is not None:
        return _seq2seq(result.decoded, result.trace, reason)
    return _network(result.model, result.sequence, result.trace, reason)


def why_document(result: "WhyResult") -> dict[str, Any]:
    """The document of the trace, with the number that was unfolded."""
    return trace_document(result.traced, result.reason)


def worksheet_document(result: "WorksheetResult | AnswersResult") -> dict[str, Any]:
    """The document of the trace: a key to the worksheet, with every number."""
    return trace_document(result.traced)


def seq2seq_trace_document(result: "Seq2SeqTraceResult") -> dict[str, Any]:
    """The document of the network that reads, the context that it hands over, and the one that writes."""
    return _seq2seq(result.decoded)


def _network(model: Model, sequence: Sequence, trace: Trace, reason: "Reason | None") -> dict[str, Any]:
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


def _seq2seq(decoded: "Decoded", chosen: Trace | None = None, reason: "Reason | None" = None) -> dict[str, Any]:
    """`reason` unfolds a number of the `chosen` network's trace. One-to-many has only one network."""
    from rnn_cli.documents.seq2seq import context_document, written_document

    networks = [one for one in (decoded.encoder, decoded.decoder) if one is not None]
    documents = [
        _network(one.model, one.sequence, one.trace, reason if one.trace is chosen else None) for one in networks
    ]
    document = {**documents[0], "text": decoded.given.text, "context": context_document(decoded)}
    if len(networks) == 1:
        return {**document, **written_document(decoded)}
    own = {key: value for key, value in documents[1].items() if key not in ("schema", "text")}
    return {**document, "decoder": {**own, **written_document(decoded)}}


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
