"""rnn.forward/1."""

from collections.abc import Iterable
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.fast.batches import SequenceRun
from rnn_cli.core.forward import LayerStates
from rnn_cli.documents.attention import shares_document
from rnn_cli.documents.model import model_document
from rnn_cli.documents.readout import readout_document
from rnn_cli.documents.seq2seq import context_document, written_document
from rnn_cli.documents.shown import shown_document
from rnn_cli.documents.word_parts import parts_document
from rnn_cli.inputs.sequence import Sequence
from rnn_cli.models.model import Model
from rnn_cli.study.forward import ForwardResult, ManyDecodedResult, ManyForwardResult, Seq2SeqForwardResult
from rnn_cli.study.part import WHOLE, Part
from rnn_cli.study.seq2seq import Decoded, computed


def forward_document(result: ForwardResult) -> dict[str, Any]:
    """The document of one sequence; for two networks, the document of both."""
    part = result.part
    if result.decoded is not None:
        return _document(result.decoded.model, [seq2seq_document(result.decoded, part, result.model)], part)
    return _document(result.model, [sequence_document(result.model, result.sequence, result.run, part)], part)


def many_forward_document(result: ManyForwardResult) -> dict[str, Any]:
    """The document of many sequences, which are drawn from `runs` as they are written."""
    part = result.part
    return _document(result.model, (sequence_document(result.model, *one, part) for one in result.runs), part)


def seq2seq_forward_document(result: Seq2SeqForwardResult) -> dict[str, Any]:
    """The document of a text that a model writes, with what was read for it."""
    return _document(result.decoded.model, [seq2seq_document(result.decoded)])


def many_decoded_document(result: ManyDecodedResult) -> dict[str, Any]:
    """The document of many such texts, which are drawn from `texts` as they are written."""
    return _document(result.model, (seq2seq_document(decoded) for decoded in result.texts))


def _document(model: Model, sequences: Iterable[dict[str, Any]], part: Part = WHOLE) -> dict[str, Any]:
    head = {"schema": "rnn.forward/1", "model": model_document(model), **shown_document(part)}
    return {**head, "sequences": sequences}


def seq2seq_document(decoded: Decoded, part: Part = WHOLE, shown: Model | None = None) -> dict[str, Any]:
    """One text: the network that reads, the context that it hands over, the one that writes; `part` is of the one shown."""
    networks = [one for one in (decoded.encoder, decoded.decoder) if one is not None]
    documents = [
        sequence_document(one.model, one.sequence, computed(one), part if one.model is shown else WHOLE)
        for one in networks
    ]
    document = {**documents[0], "text": decoded.given.text, "context": context_document(decoded)}
    if len(networks) == 1:
        return {**document, **written_document(decoded)}
    own = {"model": model_document(decoded.decoder.model), **documents[1]}
    del own["text"]
    looks = shares_document(decoded, part if decoded.decoder.model is shown else WHOLE)
    return {**document, "decoder": {**own, **looks, **written_document(decoded)}}


def remarks_document(model: Model, states: LayerStates) -> dict[str, Any]:
    """What the cell has to say of a run; no key where it has nothing to say."""
    said = [{"about": one.about, "says": one.says} for one in states.remarks(model.network.cell)]
    return {"remarks": said} if said else {}


def sequence_document(model: Model, sequence: Sequence, run: SequenceRun, part: Part = WHOLE) -> dict[str, Any]:
    """Everything that was computed on one sequence, or a part of it, in time order in both directions."""

    def of(one: LayerStates, numbers: Array) -> Array:
        return part.of_units(one.layer, one.direction, part.of_steps(numbers) if numbers.ndim > 1 else numbers)

    return {
        "text": sequence.text,
        "tokens": part.of_steps(sequence.tokens),
        "ids": part.of_steps(sequence.ids),
        "known": part.of_steps(sequence.known),
        **parts_document(model, sequence, part),
        "inputs": part.of_steps(run.inputs),
        **({} if sequence.raw is None else {"raw_inputs": part.of_steps(sequence.raw)}),
        "layers": [
            {
                "layer": one.layer,
                "direction": one.direction,
                **{
                    key: value
                    for name in one.states
                    for key, value in ((f"{name}0", of(one, one.initial[name])), (name, of(one, one.states[name])))
                },
                "gates": {gate: of(one, numbers) for gate, numbers in one.gates.items()},
                **remarks_document(model, one),
            }
            for one in run.states
            if part.has(one.layer, one.direction)
        ],
        "output": part.of_output(run.output, model.network.architecture),
        **readout_document(model.after(sequence.raw), run.logits, run.probabilities, part),
    }
