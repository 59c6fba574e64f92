"""Reading and writing safetensors files: the only binary model format, because it cannot run code when it is read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import ModelFileError
from rnn_cli.files import write_atomically

METADATA_KEY = "rnn"
"""The one metadata key. safetensors orders several keys at random; with one, two saves are byte-equal."""


def read_tensors(path: Path) -> tuple[dict[str, Array], Any]:
    """The arrays of a safetensors file and its parsed metadata (None where it has no metadata of ours).

    ModelFileError where the file is damaged or holds a type that NumPy lacks.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = (file.metadata() or {}).get(METADATA_KEY)
            arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
    except SafetensorError as error:
        raise ModelFileError(f"{path}: not a safetensors file, or a damaged one ({error})") from error
    except (TypeError, AttributeError, KeyError) as error:
        raise ModelFileError(f"{path}: holds a number type that NumPy lacks (bfloat16?): save it as float32") from error
    try:
        return arrays, None if metadata is None else json.loads(metadata)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: its metadata are not JSON") from error


def write_tensors(path: Path, arrays: Mapping[str, Array], metadata: Any) -> None:
    """Write a safetensors file atomically and durably: after a crash, either the old or the new file is whole."""
    from safetensors.numpy import save

    # safetensors writes garbage for arrays that are not contiguous.
    contiguous = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    data = save(contiguous, {METADATA_KEY: json.dumps(metadata, sort_keys=True, allow_nan=False)})
    write_atomically(path, data)
