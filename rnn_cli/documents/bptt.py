"""rnn.bptt/1."""

from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import BackStep, Bptt
from rnn_cli.core.learning.clipping import Clipped
from rnn_cli.core.learning.losses import CROSS_ENTROPY
from rnn_cli.core.learning.losses import SUM as SUM_OF_STATES
from rnn_cli.core.left_out import LeftOut
from rnn_cli.core.network import FORWARD, MANY_TO_ONE
from rnn_cli.core.truncation import TruncationReport
from rnn_cli.core.verification import SUM, Check, Residual
from rnn_cli.documents.attention import attention_errors_document
from rnn_cli.documents.model import model_document
from rnn_cli.documents.seq2seq import context_document, written_document
from rnn_cli.documents.shown import shown_document
from rnn_cli.documents.word_parts import gradients_of_parts
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.bptt import BackSheetResult, BpttResult, Seq2SeqBpttResult
from rnn_cli.study.bptt_report import BackwardReport, Descent
from rnn_cli.study.part import WHOLE, Part
from rnn_cli.study.roles import DECODER, ENCODER
from rnn_cli.study.seq2seq import Decoded

MOST_NUMBERS = 5_000_000


def bptt_document(of: BpttResult) -> dict[str, Any]:
    """The document of a backward pass. Contributions of more than five million numbers are left out, and `omitted` says so.

    A network that writes for a condition has the gradient of what it learnt for that too.
    """
    document = _document(of.model, of.sequence, of.report, of.part)
    if of.explained is not None:
        from rnn_cli.documents.attribution import explained_document

        document["explanation"] = explained_document(of.explained)
    if of.decoded is None:
        return document
    context = _context(of.decoded, of.report.result)
    return {**document, "text": of.decoded.given.text, "context": context, **written_document(of.decoded)}


def _document(model: Model, sequence: Sequence, report: BackwardReport, part: Part) -> dict[str, Any]:
    result = report.result
    document: dict[str, Any] = {
        "schema": "rnn.bptt/1",
        "model": model_document(model),
        **shown_document(part),
        "text": sequence.text,
        "tokens": part.of_steps(sequence.tokens),
        "target": _target(model, result, part),
        "loss": _loss(result),
        **_network(model, sequence, result, part),
        "truncation": None if report.truncation is None else _truncation(report.truncation, result),
        "clipping": None if report.clipped is None else clipping_document(report.clipped),
        "descent": _descent(report.descent),
        "check": _check(report.check),
        "left_out": None if report.left_out is None else _left_out(sequence, report.left_out, part),
    }
    if report.sweep is not None:
        document["truncation_sweep"] = [_truncation(one) for one in report.sweep]
    return document


def seq2seq_bptt_document(of: Seq2SeqBpttResult) -> dict[str, Any]:
    """The document of an encoder-decoder: the loss is the decoder's, the other keys are the encoder's.

    Row k of the encoder's `itemised` is the loss at the decoder's step k.
    """
    decoded, report = of.decoded, of.report
    assert decoded.encoder is not None
    assert report.encoder is not None
    encoder, decoder = decoded.encoder, decoded.decoder
    reads, writes = of.part(ENCODER), of.part(DECODER)
    return {
        "schema": "rnn.bptt/1",
        "model": model_document(encoder.model),
        **shown_document(of.part(of.network or ENCODER)),
        "text": decoded.given.text,
        "tokens": reads.of_steps(encoder.sequence.tokens),
        "target": decoded.text,
        "loss": _loss(report.decoder),
        **_network(encoder.model, encoder.sequence, report.encoder, reads),
        "truncation": None,
        "clipping": None if report.clipped is None else clipping_document(report.clipped),
        "descent": _descent(report.descent),
        "check": _check(report.check),
        "context": _context(decoded, report.decoder),
        "decoder": {
            "model": model_document(decoder.model),
            "tokens": writes.of_steps(decoder.sequence.tokens),
            **_network(decoder.model, decoder.sequence, report.decoder, writes),
            **attention_errors_document(decoded, report.decoder.looked),
            **written_document(decoded),
        },
    }


def back_sheet_document(of: BackSheetResult) -> dict[str, Any]:
    """The document of the backward pass: a key to the worksheet, with every number."""
    return bptt_document(of.whole) if isinstance(of.whole, BpttResult) else seq2seq_bptt_document(of.whole)


def _context(decoded: Decoded, back: Bptt) -> list[dict[str, Any]]:
    """What was handed over, with its gradient."""
    layers = context_document(decoded)
    for entry in layers:
        entry |= {f"dL_d{name}": error for name, error in back.initial[entry["layer"], FORWARD].items()}
    return layers


def _loss(result: Bptt) -> dict[str, Any]:
    return {
        "kind": result.loss.kind,
        "reduction": result.target.reduction,
        "total": result.loss.total,
        "steps": [
            {"t": t, "loss": loss, "weight": weight}
            for t, loss, weight in zip(result.loss_steps, result.loss.each, result.target.weights, strict=True)
        ],
    }


def _network(model: Model, sequence: Sequence, result: Bptt, part: Part = WHOLE) -> dict[str, Any]:
    """The gradients, steps and items of one network, or of a part of it."""
    cells = sum(array.size for name, array in result.gradients.items() if name.startswith("layers."))
    times = part.times(len(sequence.inputs))
    itemise = cells * len(times) <= MOST_NUMBERS
    readout = result.gradients.group("readout")
    document: dict[str, Any] = {
        "gradients": {
            "layers": [
                {
                    "layer": layer,
                    "direction": direction,
                    **{
                        name: part.of_units(layer, direction, gradient, axis=0)
                        for name, gradient in model.network.gradients_by_name(
                            result.gradients, layer, direction
                        ).items()
                    },
                    **{f"{name}0": part.of_units(layer, direction, error) for name, error in errors.items()},
                }
                for (layer, direction), errors in sorted(
                    result.initial.items(), key=lambda item: (item[0][0], item[0][1] != "forward")
                )
                if part.has(layer, direction)
            ],
            **({"readout": readout} if readout else {}),
            "inputs": part.of_steps(result.inputs),
            "embedding": _embedding(model, sequence, result),
            **gradients_of_parts(model, sequence, result.inputs),
        },
        "steps": [
            _step(sequence, step, part, itemise)
            for step in result.steps
            if part.has(step.layer, step.direction) and step.t in times
        ],
        "itemised": None
        if result.items is None
        else {
            "loss_steps": result.entries,
            "steps": list(times),
            "norms": part.of_steps(result.items.norms.T).T,
            "cell_norms": part.of_steps(result.items.cell_norms.T).T,
            "totals": result.items.totals,
            "immediate": result.items.immediate,
            "of": model.network.cell.weights_of_memory,
        },
    }
    if not itemise:
        document["omitted"] = ["steps[].contribution"]
    return document


def _step(sequence: Sequence, step: BackStep, part: Part, itemise: bool) -> dict[str, Any]:
    def of(numbers: Array, axis: int = -1) -> Array:
        return part.of_units(step.layer, step.direction, numbers, axis)

    document = {
        "t": step.t,
        "token": None if sequence.tokens is None else sequence.tokens[step.t - 1],
        "layer": step.layer,
        "direction": step.direction,
        "from_output": of(step.from_output.sum(axis=0)),
        "from_future": of(step.from_future.h.sum(axis=0)),
        **{f"dL_d{name}": of(error) for name, error in step.gradient.error.items()},
        "dL_da": {gate: of(error) for gate, error in step.gradient.da.items()},
        "dL_dx": step.gradient.dx,
    }
    if itemise:
        document["contribution"] = {one.name: of(one.value, axis=0) for one in step.gradient.contributions}
    return document


def _left_out(sequence: Sequence, found: LeftOut, part: Part) -> dict[str, Any]:
    return {
        "how": "removed" if found.removed else "zeroed",
        "steps": [
            {
                "t": t,
                "token": None if sequence.tokens is None else sequence.tokens[t - 1],
                "loss": found.losses[t - 1],
                "slope": found.slopes[t - 1],
            }
            for t in part.times(len(sequence.inputs))
        ],
    }


def _descent(descent: Descent) -> dict[str, Any]:
    return {
        "lr": descent.lr,
        "loss_before": descent.loss_before,
        "loss_promised": descent.loss_promised,
        "loss_after": descent.loss_after,
    }


def _target(model: Model, result: Bptt, part: Part) -> Any:
    one = model.network.architecture.task == MANY_TO_ONE
    targets, weights = result.target.targets, result.target.weights
    if result.target.kind == SUM_OF_STATES:
        return None
    if not one and len(targets) == len(result.trace.inputs):
        targets, weights = part.of_steps(targets), part.of_steps(weights)
    if result.target.kind != CROSS_ENTROPY:
        targets = model.encoding.in_units(targets) if model.numeric and model.encoding else targets
        return targets[0] if one else targets
    names = [model.label(int(k)) if weight else None for k, weight in zip(targets, weights, strict=True)]
    return names[0] if one else names


def _embedding(model: Model, sequence: Sequence, result: Bptt) -> dict[str, Any]:
    """The gradient of each row that was read, under its word (<unk> for all that it stands for) or else its id: the sum over
    the steps.
    """
    gradients: dict[str, Any] = {}
    names = model.names_of_rows
    for read, gradient in zip(sequence.rows or (), result.inputs, strict=False):
        if read is not None:
            name = names.get(read, str(read))
            gradients[name] = gradients[name] + gradient if name in gradients else gradient
    return gradients


def _truncation(report: TruncationReport, cut: Bptt | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "k1": report.truncation.k1,
        "k2": report.truncation.k2,
        "norm_share": report.norm_share,
        "cosine": report.cosine,
        "sign_disagreements": report.sign_disagreements,
        "compared": report.compared,
    }
    if cut is not None:
        document["cut"] = [
            {"loss_step": one.loss_step, "step": one.step, "direction": one.direction, "norm": one.norm}
            for one in report.lost
        ]
    return document


def clipping_document(clipped: Clipped) -> dict[str, Any]:
    """What clipping did."""
    return {
        "kind": clipped.kind,
        "limit": clipped.limit,
        "norm_before": clipped.norm_before,
        "norm_after": clipped.norm_after,
        "scale": clipped.scale,
        "cosine": clipped.cosine,
        "changed": clipped.changed,
    }


def _error(check: Check, one: Residual) -> float | None:
    """A residual; None where a method has no answer though the gradient is finite."""
    return None if one.unknown and check.finite else one.error


def _check(check: Check) -> dict[str, Any]:
    others = [_error(check, one) for one in check.residuals if one.method != SUM]
    where = check.blame
    return {
        "methods": check.methods,
        "max_relative_error": None if None in others else max(others, default=None),  # type: ignore[type-var]
        "sum_residual": _error(check, check.worst(SUM)),
        "worst": {
            method: {"quantity": check.worst(method).quantity, "error": _error(check, check.worst(method))}
            for method in check.methods
        },
        "first_wrong": check.wrong_quantity,
        "wrong_at": None if where is None else {"t": where.t, "layer": where.layer, "direction": where.direction},
        "finite": check.finite,
        "passed": check.passed,
    }
