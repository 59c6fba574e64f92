"""The program's own model files: safetensors with one metadata key that holds sorted JSON."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import filled_network
from rnn_cli.models.model import Model
from rnn_cli.models.options import architecture_from_json, architecture_to_json
from rnn_cli.models.tensors import write_tensors

FORMAT = "rnn.safetensors/1"


def save_model(path: Path, model: Model) -> None:
    """Write a model. The same model gives the same bytes."""
    vocabulary = None if model.vocabulary is None else [[token, i] for token, i in model.vocabulary.items()]
    metadata = {
        "format": FORMAT,
        "name": model.name,
        "architecture": architecture_to_json(model.network.architecture),
        "vocabulary": vocabulary,
        "rows": [[token, row] for token, row in model.rows.items()],
        "one_hot": model.one_hot,
        "labels": list(model.labels),
    }
    arrays = {name: array.astype(model.stored_dtype) for name, array in model.network.parameters.items()}
    write_tensors(path, arrays, metadata)


def model_from_native(source: str, arrays: Mapping[str, Array], metadata: Any) -> Model:
    """Build a model from the arrays and metadata of a file. ModelFileError where they do not fit."""
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise ModelFileError(f"{source}: not a model of this program (format {FORMAT} expected)")
    try:
        known = {field.name for field in fields(Architecture)}
        if set(metadata["architecture"]) != known:
            raise ModelFileError(f"{source}: its architecture does not have the keys {', '.join(sorted(known))}")
        architecture = architecture_from_json(metadata["architecture"])
        if architecture.cell not in CELLS or architecture.task not in (MANY_TO_ONE, MANY_TO_MANY):
            raise ModelFileError(f"{source}: unknown cell {architecture.cell!r} or task {architecture.task!r}")
        vocabulary = None if metadata["vocabulary"] is None else _numbered(metadata["vocabulary"])
        rows, one_hot = _numbered(metadata["rows"]), bool(metadata["one_hot"])
        labels = tuple(str(label) for label in metadata["labels"])
        network = filled_network(source, architecture, arrays)
        if max(rows.values(), default=-1) >= architecture.embedding_rows:
            raise ValueError("a word's row lies outside the embedding")
        if vocabulary is not None and len(set(vocabulary.values())) != len(vocabulary):
            raise ValueError("two words have the same id")
        if one_hot and max((vocabulary or {}).values(), default=-1) >= architecture.input_size:
            raise ValueError("a word's id lies outside the one-hot vectors")
        if len(labels) > architecture.output_size:
            raise ValueError(f"{len(labels)} labels for a readout of {architecture.output_size} units")
        return Model(
            str(metadata["name"]),
            network,
            "file",
            vocabulary,
            rows,
            one_hot,
            labels,
            str(next(iter(arrays.values())).dtype),
            format=FORMAT,
        )
    except (KeyError, TypeError, ValueError, OverflowError, StopIteration) as error:
        raise ModelFileError(f"{source}: its metadata are damaged ({error})") from error


def _numbered(pairs: Any) -> dict[str, int]:
    """Tokens with the ids or rows that stand beside them."""
    for token, index in pairs:
        if not isinstance(token, str) or isinstance(index, bool) or not isinstance(index, int) or index < 0:
            raise ValueError("a word does not have a whole number beside it")
    return dict(pairs)
