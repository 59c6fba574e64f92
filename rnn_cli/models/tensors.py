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


BFLOAT16 = "BF16"
"""A type that NumPy lacks: the upper half of a float32."""


def read_tensors(path: Path) -> tuple[dict[str, Array], Any]:
    """The arrays of a safetensors file and its parsed metadata (None where it has none of ours).

    bfloat16 is read as float32, which holds every number of it. ModelFileError where the file is damaged or holds a type
    that NumPy lacks.
    """
    from safetensors import safe_open

    source = str(path)
    open_file(source).close()  # whether the system lets us: the library's own message names no file
    with open_file(source) as file:
        _refuse_archive(path, file.read(9))
    damaged = parsing(source, "not a safetensors file, or a damaged one", ModelFileError)
    unknown = parsing(source, "holds a number type that NumPy lacks: save it as float32", ModelFileError)
    with damaged, safe_open(path, framework="numpy") as file:
        said = (file.metadata() or {}).get(METADATA_KEY)
        names = sorted(file.keys())
        halves = [name for name in names if file.get_slice(name).get_dtype() == BFLOAT16]
        with unknown:
            arrays = {name: file.get_tensor(name) for name in names if name not in halves}
    if halves:
        arrays |= _bfloat16(path, halves)
    return arrays, None if said is None else read_json(f"{source}, its metadata", said, ModelFileError)


def tied_names(path: Path) -> dict[str, str]:
    """The arrays that a file leaves out as equal to another: name -> the one stored (safetensors.torch.save_model)."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return dict(file.metadata() or {})


def _refuse_archive(path: Path, start: bytes) -> None:
    """ModelFileError where the file is a torch.save file under another name: a zip, or a pickle, which is code."""
    if start[8:] == b"{":
        return  # the length of the header, whose first two bytes may be those of a pickle, and the header
    if start.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        from rnn_cli.models.pickled import how_to_save

        raise ModelFileError(f"{path}: a file of torch.save under another name: {how_to_save(path)}")
    if start.startswith(b"version "):
        raise ModelFileError(f"{path}: a pointer of Git LFS, not the file itself: git lfs pull brings it")


def _bfloat16(path: Path, names: list[str]) -> dict[str, Array]:
    """The bfloat16 arrays of a file that is whole, as float32."""
    from safetensors import deserialize

    held = dict(deserialize(path.read_bytes()))  # type: ignore[no-untyped-call]
    found = {}
    for name in names:
        upper = np.frombuffer(held[name]["data"], dtype="<u2").astype("<u4")
        found[name] = (upper << 16).view("<f4").reshape(held[name]["shape"])
    return found


def write_tensors(path: Path, arrays: Mapping[str, Array], metadata: Any) -> None:
    """Write a safetensors file atomically and durably: after a crash, either the old or the new file is whole."""
    from safetensors.numpy import save

    # safetensors writes garbage for arrays that are not contiguous.
    contiguous = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    data = save(contiguous, {METADATA_KEY: json.dumps(metadata, sort_keys=True, allow_nan=False)})
    write_atomically(path, data)
