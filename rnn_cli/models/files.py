"""What stands in a model file that has been read before: names, types and shapes, without the numbers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from rnn_cli.models.formats import format_of
from rnn_cli.models.shards import INDEX
from rnn_cli.models.tensors import BFLOAT16, tied_names

SAFETENSORS, SHARDS, NPZ, HDF5, ARCHIVE = "safetensors", "shards", "npz", "hdf5", "archive"
"""The kinds of files that hold arrays by their names; an archive has HDF5 in it."""


@dataclass(frozen=True)
class Held:
    """The arrays of a file, or of all files of an index; none where they have no names, or a graph has them.

    kind     of those above, "" for any other
    arrays   name -> the type there, BFLOAT16 where it is that, and the shape
    tied     the arrays that are left out as equal to another: name -> the one stored
    """

    kind: str = ""
    arrays: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    tied: dict[str, str] = field(default_factory=dict)

    def stored(self, name: str) -> str | None:
        """The name under which an array stands in the file; None where it is made of others."""
        return name if name in self.arrays else self.tied.get(name)

    def norms(self, name: str) -> tuple[str, str] | None:
        """Of a matrix of weight_norm, "X_g and X_v", the two; None of any other."""
        parts = name.split(" and ")
        pairs = [(" and ".join(parts[:k]), " and ".join(parts[k:])) for k in range(1, len(parts))]
        return next((pair for pair in pairs if set(pair) <= set(self.arrays)), None)


def held_in(name: str) -> Held:
    """What stands in a file that was read without an error."""
    path, form = Path(name), format_of(Path(name).name)
    if path.name.endswith(INDEX):
        parts = sorted(set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()))
        return _in_parts(SHARDS, [path.parent / part for part in parts])
    if form is None:
        return _in_parts(SAFETENSORS, [path]) if path.suffix == ".safetensors" else Held()
    return {"npz": _in_npz, "keras": _in_hdf5}.get(form.name, lambda _: Held())(path)


def _in_parts(kind: str, parts: list[Path]) -> Held:
    from safetensors import safe_open

    held = Held(kind)
    for part in parts:
        with safe_open(part, framework="numpy") as file:
            slices = {array: file.get_slice(array) for array in sorted(file.keys())}
            held.arrays.update({array: (one.get_dtype(), tuple(one.get_shape())) for array, one in slices.items()})
        held.tied.update(tied_names(part))
    return held


def _in_npz(path: Path) -> Held:
    import numpy as np

    with np.load(path) as file:
        return Held(NPZ, {name: (str(array.dtype), array.shape) for name, array in file.items()})


def _in_hdf5(path: Path) -> Held:
    from rnn_cli.models.foreign.keras.hdf5 import BFLOAT16 as TWO_BYTES

    held = Held(ARCHIVE if is_zipfile(path) else HDF5)

    def found(name: str, one: Any) -> None:
        if hasattr(one, "shape"):
            held.arrays[name] = (BFLOAT16 if one.dtype.str == TWO_BYTES else str(one.dtype), one.shape or ())

    with _hdf5(path, held.kind) as file:
        file.visititems(found)
    return held


@contextmanager
def _hdf5(path: Path, kind: str) -> Iterator[Any]:
    import h5py

    from rnn_cli.models.foreign.keras.reader import WEIGHTS

    if kind == HDF5:
        with h5py.File(path, "r") as file:
            yield file
        return
    with ZipFile(path) as archive, h5py.File(BytesIO(archive.read(WEIGHTS)), "r") as file:
        yield file
