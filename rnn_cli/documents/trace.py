"""rnn.trace/1."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.records import Step
from rnn_cli.core.trace import Trace
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.documents.shown import shown_document
from rnn_cli.documents.word_parts import input_terms_document
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.part import WHOLE, Part

if TYPE_CHECKING:
    from rnn_cli.core.why import Reason
    from rnn_cli.study.seq2seq import Decoded
    from rnn_cli.study.trace import AnswersResult, Seq2SeqTraceResult, TraceResult, WhyResult, WorksheetResult


def trace_document(result: "TraceResult", reason: "Reason | None" = None) -> dict[str, Any]:
    """The document of a trace, or of both where two networks ran. With `reason`, also the number that was unfolded."""
    if result.decoded is not None:
        document = _seq2seq(result.decoded, result.trace, reason, result.part)
        whole = result.decoded.encoder is None and not result.choice.is_part and reason is None
        return {**document, **_rests_on(result.decoded)} if whole else document
    document = _network(result.model, result.sequence, result.trace, reason, result.part)
    if reason is None and result.explained is not None:
        from rnn_cli.documents.attribution import explained_document

        document["explanation"] = explained_document(result.explained)
    return document


def why_document(result: "WhyResult") -> dict[str, Any]:
    """The document of the trace, with the number that was unfolded."""
    return trace_document(result.traced, result.reason)


def worksheet_document(result: "WorksheetResult | AnswersResult") -> dict[str, Any]:
    """The document of the trace: a key to the worksheet, with every number."""
    return trace_document(result.traced)


def seq2seq_trace_document(result: "Seq2SeqTraceResult") -> dict[str, Any]:
    """The document of the network that reads, the context that it hands over, and the one that writes."""
    return {**_seq2seq(result.decoded), **_rests_on(result.decoded)}


def _network(
    model: Model, sequence: Sequence, trace: Trace, reason: "Reason | None" = None, part: Part = WHOLE
) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schema": "rnn.trace/1",
        "model": model_document(model),
        **shown_document(part),
        "text": sequence.text,
        "tokens": part.of_steps(sequence.tokens),
        "ids": part.of_steps(sequence.ids),
        "known": part.of_steps(sequence.known),
        "inputs": part.of_steps(sequence.inputs),
        **input_terms_document(model, sequence, part),
        **({} if sequence.raw is None else {"raw_inputs": part.of_steps(sequence.raw)}),
        "steps": list(_steps(sequence, trace, part)) if trace.runs is None else _steps(sequence, trace, part),
        **readout_document(model, trace.logits, trace.probabilities, part),
    }
    if reason is not None:
        document["why"] = _why(reason)
    return document


AT_ONCE = 512
"""So many steps of a long sequence are made at once."""


class _Rows(list[Any]):
    """What several steps have under one key, an item each."""


def _steps(sequence: Sequence, trace: Trace, part: Part) -> Iterator[dict[str, Any]]:
    """The steps of the part; those of a long sequence are made while they are written."""
    tokens, a = sequence.tokens, trace.network.architecture
    for where in ((layer, direction) for layer in range(a.num_layers) for direction in a.directions):
        if not part.has(*where):
            continue
        times = part.times(len(trace.inputs))
        if trace.runs is None:
            for t in times:
                yield _step(trace.at(*where, t), t, None if tokens is None else tokens[t - 1], *where, part)
            continue
        for first in range(0, len(times), AT_ONCE):
            some = times[first : first + AT_ONCE]
            words = None if tokens is None else _Rows(tokens[t - 1] for t in some)
            together = _in_rows(_step(trace.runs[where].steps(some), _Rows(some), words, *where, part))
            yield from (_row(together, k) for k in range(len(some)))


def _in_rows(value: Any) -> Any:
    """The arrays of several steps as rows; a vector is the same for all of them, as a bias is."""
    if isinstance(value, dict):
        return {key: _in_rows(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return _Rows(value.tolist()) if value.ndim > 1 else value.tolist()
    return [_in_rows(item) for item in value] if type(value) is list else value


def _row(value: Any, k: int) -> Any:
    if isinstance(value, _Rows):
        return value[k]
    if isinstance(value, dict):
        return {key: _row(item, k) for key, item in value.items()}
    return [_row(item, k) for item in value] if type(value) is list and value and isinstance(value[0], dict) else value


def _step(step: Step, t: Any, token: Any, layer: int, direction: str, part: Part) -> dict[str, Any]:
    """One step, or several as one."""
    own = [name for name in step.state if name not in ("h", "c")]

    def of(numbers: Array | None) -> Array | None:
        return None if numbers is None else part.of_units(layer, direction, numbers)

    return {
        "t": t,
        "token": token,
        "layer": layer,
        "direction": direction,
        "x": step.x,
        "h_prev": of(step.before.h),
        "c_prev": of(step.before.get("c")),
        **{f"{name}_prev": of(step.before[name]) for name in own},
        "gates": [
            {
                "name": gate.name,
                "terms": {term.name: of(term.value) for term in gate.terms},
                "symbols": {term.name: term.symbol for term in gate.terms},
                "pre_activation": of(gate.pre_activation),
                "activation": gate.activation,
                "value": of(gate.value),
            }
            for gate in step.gates
        ],
        **{
            update.name: of(step.value(update.name))
            for update in step.updates
            if update.name in step.numbers and update.name not in step.state
        },
        **{name: of(step.state[name]) for name in own},
        "c": of(step.state.get("c")),
        "h": of(step.state.h),
    }


def _seq2seq(
    decoded: "Decoded", chosen: Trace | None = None, reason: "Reason | None" = None, part: Part = WHOLE
) -> dict[str, Any]:
    """`reason` unfolds a number of the `chosen` network's trace, `part` is of it too. One-to-many has only one network."""
    from rnn_cli.documents.attention import attention_document
    from rnn_cli.documents.seq2seq import context_document, written_document

    networks = [one for one in (decoded.encoder, decoded.decoder) if one is not None]
    documents = [
        _network(one.model, one.sequence, one.trace, *((reason, part) if one.trace is chosen else ()))
        for one in networks
    ]
    document = {
        **documents[0],
        **shown_document(part),
        "text": decoded.given.text,
        "context": context_document(decoded),
    }
    if len(networks) == 1:
        return {**document, **written_document(decoded)}
    own = {key: value for key, value in documents[1].items() if key not in ("schema", "text", "shown")}
    looks = attention_document(decoded, part if decoded.decoder.trace is chosen else WHOLE)
    return {**document, "decoder": {**own, **looks, **written_document(decoded)}}


def _rests_on(decoded: "Decoded") -> dict[str, Any]:
    """Which read tokens the written ones used, or what the condition gave, where that is known."""
    if decoded.rests_on is None:
        return {}
    from rnn_cli.documents.attribution import why_document

    return why_document(decoded.rests_on)


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
