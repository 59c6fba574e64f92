"""The program's own model files: safetensors with one metadata key that holds sorted JSON."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Architecture
from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import filled_network
from rnn_cli.models.model import Model
from rnn_cli.models.tensors import write_tensors

FORMAT = "rnn.safetensors/1"


def save_model(path: Path, model: Model) -> None:
    """Write a model. The same model gives the same bytes."""
    vocabulary = None if model.vocabulary is None else [[token, i] for token, i in model.vocabulary.items()]
    metadata = {
        "format": FORMAT,
        "name": model.name,
        "architecture": asdict(model.network.architecture),
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
        architecture = Architecture(**metadata["architecture"])
        if architecture.cell not in CELLS or architecture.task not in (MANY_TO_ONE, MANY_TO_MANY):
            raise ModelFileError(f"{source}: unknown cell {architecture.cell!r} or task {architecture.task!r}")
        vocabulary = metadata["vocabulary"]
        return Model(
            str(metadata["name"]),
            filled_network(source, architecture, arrays),
            "file",
            None if vocabulary is None else {str(token): int(i) for token, i in vocabulary},
            {str(token): int(row) for token, row in metadata["rows"]},
            bool(metadata["one_hot"]),
            tuple(str(label) for label in metadata["labels"]),
            str(next(iter(arrays.values())).dtype),
            format=FORMAT,
        )
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise ModelFileError(f"{source}: its metadata are damaged ({error})") from error
