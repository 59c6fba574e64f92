"""rnn.inspect/1."""

from typing import Any

from rnn_cli.core.array_statistics import ArrayStatistics
from rnn_cli.documents.model import model_document
from rnn_cli.documents.train import kept_document
from rnn_cli.study.code import CodeResult
from rnn_cli.study.inspect import InspectResult
from rnn_cli.training.keeping import kept_in


def inspect_document(result: InspectResult) -> dict[str, Any]:
    """Sizes, parameters and conventions of a model; of an encoder-decoder those of the encoder, and the decoder's."""
    model, decoder = result.model, result.decoder
    architecture, cell = model.network.architecture, model.network.cell
    options = {name: str(getattr(cell, name)) for name in cell.options}
    document: dict[str, Any] = {
        "schema": "rnn.inspect/1",
        "model": model_document(model),
        "format": model.format,
        "about": model.about,
        "equations": list(cell.equations),
        "output_size": architecture.output_size,
        "vocabulary_size": None if model.vocabulary is None else len(model.vocabulary),
        **({"parts": list(model.parts)} if model.parts else {}),
        "parameters": [_entry_document(entry) for entry in result.entries],
        "conventions": {
            "gate_order": list(cell.gates),
            "activations": list(cell.gates.values()),
            "biases_per_gate": {
                gate: sum(one in cell.parameters for one in (f"b_{gate}", f"b_h{gate}")) for gate in cell.gates
            },
            "biases_summed_on_import": model.biases_summed,
            "reset_after": options["reset"] == "after" if "reset" in options else None,
            "inputs": model.input_kind,
            "lowercase": model.lowercase,
            "unknown_words": model.unknown_words,
            "stored_dtype": model.stored_dtype,
        },
    }
    if model.trained_for:
        document["trained_for"] = model.trained_for
    if (kept := kept_in(model.run)) is not None:
        document["kept"] = {**kept_document(kept), "of_steps": kept.reached}
    if result.conditions:
        document["conditions"] = list(result.conditions)
    if result.attention is not None:
        document["attention"] = {
            "score": result.attention.score.name,
            "equation": result.attention.score.equation,
            "parameters": [_entry_document(entry) for entry in result.attention_entries],
        }
    if decoder is not None:
        document["decoder"] = {
            "model": model_document(decoder),
            "output_size": decoder.network.architecture.output_size,
            "vocabulary_size": len(decoder.vocabulary or {}),
            "parameters": [_entry_document(entry) for entry in result.decoder_entries],
        }
    return document


def code_document(result: CodeResult) -> dict[str, Any]:
    """The same with the program that builds the model, and what that reads as its sample."""
    sample = result.sample
    return {
        **inspect_document(result.inspected),
        "code": {
            "framework": result.framework,
            "program": "\n".join(result.lines) + "\n",
            "tokens": list(sample.tokens) or None,
            "rows": list(sample.rows) or None,
            "inputs": sample.numbers,
        },
    }


def _entry_document(entry: ArrayStatistics) -> dict[str, Any]:
    spectrum = {"spectral_radius": entry.spectral_radius, "spectral_norm": entry.spectral_norm}
    return {
        "name": entry.name,
        "layer": entry.layer,
        "direction": entry.direction,
        "shape": list(entry.shape),
        "count": entry.count,
        "min": entry.minimum,
        "max": entry.maximum,
        "norm": entry.norm,
        **{key: value for key, value in spectrum.items() if value is not None},
    }
