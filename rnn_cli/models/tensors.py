"""Reading and writing safetensors files: the only binary model format, because it cannot run code when it is read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError
from rnn_cli.files import write_atomically
from rnn_cli.reading import open_file, parsing, read_json

METADATA_KEY = "rnn"
"""The one metadata key. safetensors orders several keys at random; with one, two saves are byte-equal."""


def read_tensors(path: Path) -> tuple[dict[str, Array], Any]:
    """The arrays of a safetensors file and its parsed metadata (None where it has no metadata of ours).

    ModelFileError where the file is damaged or holds a type that NumPy lacks.
    """
    from safetensors import safe_open

    source = str(path)
    open_file(source).close()  # whether the system lets us: the library's own message names no file
    damaged = parsing(source, "not a safetensors file, or a damaged one", ModelFileError)
    unknown = parsing(source, "holds a number type that NumPy lacks (bfloat16?): save it as float32", ModelFileError)
    with damaged, safe_open(path, framework="numpy") as file:
        said = (file.metadata() or {}).get(METADATA_KEY)
        names = sorted(file.keys())
        with unknown:
            arrays = {name: file.get_tensor(name) for name in names}
    return arrays, None if said is None else read_json(f"{source}, its metadata", said, ModelFileError)


def write_tensors(path: Path, arrays: Mapping[str, Array], metadata: Any) -> None:
    """Write a safetensors file atomically and durably: after a crash, either the old or the new file is whole."""
    from safetensors.numpy import save

    # safetensors writes garbage for arrays that are not contiguous.
    contiguous = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    data = save(contiguous, {METADATA_KEY: json.dumps(metadata, sort_keys=True, allow_nan=False)})
    write_atomically(path, data)
