"""Opening an ONNX file: the graph, and the numbers of its tensors, which stand in the file or in files beside it.

A tensor's declared size is held against the bytes that are there before any memory is taken for it.
"""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.checks import MAX_TRAINED
from rnn_cli.reading import FILE, open_file, parsing, shown, stands_at, whole_number

EXTERNAL = 1
"""TensorProto.EXTERNAL: the numbers stand in another file."""

TYPES: dict[int, tuple[str, str]] = {
    1: ("<f4", "float_data"), 2: ("|u1", "int32_data"), 3: ("|i1", "int32_data"), 4: ("<u2", "int32_data"),
    5: ("<i2", "int32_data"), 6: ("<i4", "int32_data"), 7: ("<i8", "int64_data"), 9: ("|b1", "int32_data"),
    10: ("<f2", "int32_data"), 11: ("<f8", "double_data"), 12: ("<u4", "uint64_data"), 13: ("<u8", "uint64_data"),
    16: ("<u2", "int32_data"),
}  # fmt: skip
"""TensorProto.DataType -> how a number lies in raw bytes, and the field that holds such numbers otherwise."""

HALVES = {10, 16}
"""FLOAT16 and BFLOAT16, whose bits stand in int32_data."""
BFLOAT16 = 16
"""The upper half of a float32."""


def read_graph(path: Path) -> Any:
    """The file as the ModelProto of the onnx library. ModelFileError where it is no ONNX file, or a damaged one."""
    try:
        from onnx import ModelProto
    except ImportError as error:
        raise InputError(f"{path}: an ONNX file needs onnx: pip install 'rnn-cli[onnx]'") from error
    source = str(path)
    with open_file(source) as file:
        data = file.read()
    if data.startswith(b"version https://git-lfs"):
        raise ModelFileError(f"{source}: a pointer of Git LFS, not the file itself: git lfs pull brings it")
    with parsing(source, "not an ONNX file, or a damaged one", ModelFileError, why=False):
        model = ModelProto.FromString(data)
    if not model.graph.node:
        raise ModelFileError(f"{source}: not an ONNX file, or a damaged one: it holds no graph")
    return model


def numbers_of(path: Path, tensor: Any, name: str) -> Array:
    """The array of a TensorProto. ModelFileError where its size is not that of its numbers, or its type is none we read.

    `name` is what a message calls it.
    """
    source, name, dims = str(path), shown(name), tuple(tensor.dims)
    if tensor.data_type not in TYPES:
        raise ModelFileError(f"{source}: {name} holds numbers of the ONNX type {tensor.data_type}, which are not read")
    count = prod(dims)
    if min(dims, default=0) < 0 or count > MAX_TRAINED:
        raise ModelFileError(f"{source}: {name} says that its shape is {'×'.join(map(str, dims))}")
    layout, field = TYPES[tensor.data_type]
    size = count * np.dtype(layout).itemsize
    if tensor.data_location == EXTERNAL:
        return _as_numbers(_beside(path, tensor, name, size), tensor.data_type, dims)
    if tensor.HasField("raw_data"):
        raw = tensor.raw_data  # each access of the field is a copy
        if len(raw) != size:
            raise ModelFileError(f"{source}: {name} should have {size} bytes, and has {len(raw)}")
        return _as_numbers(raw, tensor.data_type, dims)
    held = getattr(tensor, field)
    if len(held) != count:
        raise ModelFileError(f"{source}: {name} should have {count} numbers, and has {len(held)}")
    wide = np.asarray(held, dtype=np.int64 if tensor.data_type in HALVES else None)
    kept = wide.astype("<u2").tobytes() if tensor.data_type in HALVES else wide.astype(layout).tobytes()
    return _as_numbers(kept, tensor.data_type, dims)


def _as_numbers(data: bytes, data_type: int, dims: tuple[int, ...]) -> Array:
    array = np.frombuffer(data, dtype=TYPES[data_type][0])
    if data_type == BFLOAT16:
        array = (array.astype("<u4") << 16).view("<f4")
    return array.astype(array.dtype.newbyteorder("="), copy=False).reshape(dims)


def _beside(path: Path, tensor: Any, name: str, size: int) -> bytes:
    """The bytes of a tensor that stand in a file of the model's folder, or below it."""
    said = {entry.key: entry.value for entry in tensor.external_data}
    place, folder = said.get("location", ""), path.resolve().parent
    found = (folder / place).resolve()
    if not place or Path(place).is_absolute() or ".." in Path(place).parts or not found.is_relative_to(folder):
        raise ModelFileError(
            f"{path}: {name} names {shown(place) or 'no file'}, and only files of the model's own folder are read"
        )
    if stands_at(str(found)) != FILE:
        raise ModelFileError(f"{path}: the numbers of {name} should stand in {shown(place)}, which is not there")
    start = whole_number(said.get("offset", "0"))
    if start is None or whole_number(said.get("length", str(size))) != size:
        raise ModelFileError(f"{path}: {name} needs {size} bytes of {shown(place)}, which is not what the file says")
    with open_file(str(found)) as file:
        file.seek(start)
        data = file.read(size)
    if len(data) != size:
        raise ModelFileError(
            f"{path}: {name} should have {size} bytes from {start} on in {shown(place)}: it is too short"
        )
    return data
