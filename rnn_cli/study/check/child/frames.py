"""Records of arrays in a file, one after the other: how a program's numbers come back from the process that ran it.

    8 bytes    the length of the head
    head       JSON: {"said": anything, "arrays": [[name, type, shape], …]}
    arrays     their bytes, one after the other

A file that ends within a record ends before it. Nothing is ever unpickled.
"""

import json
from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, BinaryIO

import numpy as np

TYPES = "?bhilqBHILQefd"
"""The type codes that an array may have: truth values, integers, and floats of up to eight bytes."""


def write(file: BinaryIO, said: Any, arrays: Mapping[str, Any]) -> None:
    """Append a record."""
    flat = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    listed = [[name, array.dtype.char, list(np.shape(arrays[name]))] for name, array in flat.items()]
    head = json.dumps({"said": said, "arrays": listed}).encode()
    file.write(b"".join([len(head).to_bytes(8, "little"), head, *(array.tobytes() for array in flat.values())]))
    file.flush()


def read(data: bytes) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The records that are whole: (said, arrays)."""
    at = 0
    while at + 8 <= len(data):
        start = at + 8 + int.from_bytes(data[at : at + 8], "little")
        if start > len(data):
            return
        head = json.loads(data[at + 8 : start])
        arrays = {}
        for name, kind, shape in head["arrays"]:
            if kind not in TYPES:
                raise ValueError(f"{name}: no type for numbers")
            end = start + np.dtype(kind).itemsize * prod(shape)
            if end > len(data):
                return
            arrays[name] = np.frombuffer(data[start:end], kind).reshape(shape)
            start = end
        yield head["said"], arrays
        at = start
