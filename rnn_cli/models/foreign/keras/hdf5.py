"""HDF5 files from outside, read with guards: what stands in the file itself, and nothing that leads out of it.

A file of HDF5 can point at other files (external and soft links, virtual and external datasets), name filters whose code
would be loaded, and declare arrays of any size. All of these are refused before a number is read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.checks import MAX_TRAINED
from rnn_cli.models.foreign.keras.heaps import broken_heap
from rnn_cli.reading import parsing, shown

SIGNATURE = b"\x89HDF\r\n\x1a\n"
BUILT_IN = {1: "gzip", 2: "shuffle", 3: "fletcher32"}
"""The filters of HDF5 itself; the code of any other would be looked for on this machine."""

MOST_OBJECTS, DEEPEST, MOST_TEXTS = 100_000, 32, 100_000
LEFT_OUT = ("optimizer", "optimizer_weights")
"""What trained the model: its moments are twice as large as the weights, and play no part."""

ATTRIBUTES = ("model_config", "layer_names", "weight_names")
"""All that is read of what stands beside the arrays."""

BFLOAT16 = "|V2"
"""How HDF5 holds a number of bfloat16: as two bytes without a meaning."""


@dataclass(eq=False)
class Store:
    """What a file holds.

    arrays   path -> numbers
    texts    (path of a group, name of an attribute) -> its texts
    """

    arrays: dict[str, Array] = field(default_factory=dict)
    texts: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """An attribute of the file itself; None where it has none."""
        found = self.texts.get(("", name))
        return found[0] if found else None


def read_hdf5(source: str, file: "str | bytes") -> Store:
    """All arrays and texts of a file, given its path or its bytes. ModelFileError where it is damaged, or leads out of itself."""
    try:
        import h5py
    except ImportError as error:
        raise InputError(f"{source}: a file of HDF5 needs h5py: pip install 'rnn-cli[keras]'") from error
    at = broken_heap(file)
    if at is not None:
        raise ModelFileError(f"{source}: a damaged HDF5 file (its heap of texts at byte {at:,} is broken)")
    with _damaged(source), h5py.File(BytesIO(file) if isinstance(file, bytes) else file, "r") as opened:
        return _Walk(source, h5py).read(opened)


@contextmanager
def _damaged(source: str) -> Iterator[None]:
    """What h5py raises, as one message. It says OSError of a damaged file, as if the system had refused."""
    with parsing(source, "a damaged HDF5 file", ModelFileError):
        try:
            yield
        except OSError as error:
            raise ValueError(str(error)) from error


class _Walk:
    """One way through a file: every group once, every array measured before it is read."""

    def __init__(self, source: str, h5py: ModuleType) -> None:
        self.source, self.h5py = source, h5py
        self.store = Store()
        self.groups: set[int] = set()
        self.objects = self.numbers = 0

    def fail(self, path: str, what: str) -> ModelFileError:
        return ModelFileError(f"{self.source}: {shown(path) or 'the file itself'} {what}")

    def read(self, group: Any, path: str = "") -> Store:
        """Everything below a group."""
        h5py = self.h5py
        address = h5py.h5o.get_info(group.id).addr
        if address in self.groups or path.count("/") > DEEPEST:
            raise self.fail(path, "is a group within itself, or lies too deep")
        self.groups.add(address)
        for name in group.attrs:
            if name in ATTRIBUTES:
                self.texts_of(group, path, name)
        for name in group:
            here = f"{path}/{name}" if path else name
            self.objects += 1
            if self.objects > MOST_OBJECTS:
                raise self.fail(here, f"is one of more than {MOST_OBJECTS:,} objects: no model has as many")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise self.fail(here, "is a link to another place or file, which is not followed: save the model whole")
            if name in LEFT_OUT:
                continue
            kind = group.get(name, getclass=True)
            if kind is h5py.Group:
                self.read(group[name], here)
            elif kind is h5py.Dataset:
                self.array_of(group[name], here)
        return self.store

    def texts_of(self, group: Any, path: str, name: str) -> None:
        """Keep an attribute that holds texts; numbers and references are left alone."""
        about = group.attrs.get_id(name)
        if prod(about.shape) > MOST_TEXTS:
            raise self.fail(path, f"has an attribute {shown(name)} of {prod(about.shape):,} values")
        is_text = self.h5py.check_string_dtype(about.dtype) is not None or about.dtype.kind in "SU"
        if is_text:
            values = np.asarray(group.attrs[name], dtype=object).ravel()
            self.store.texts[path, name] = [one.decode() if isinstance(one, bytes) else str(one) for one in values]

    def array_of(self, dataset: Any, path: str) -> None:
        """Keep an array of numbers that fits into the memory; other types are none of a network's."""
        if dataset.is_virtual or dataset.external:
            raise self.fail(path, "is made of other files, which are not opened: save the model whole")
        filters = dataset.id.get_create_plist()
        unknown = [k for k in (filters.get_filter(i)[0] for i in range(filters.get_nfilters())) if k not in BUILT_IN]
        if unknown:
            raise self.fail(path, f"needs the filter {unknown[0]} of HDF5, whose code would be loaded")
        if dataset.shape is None or dataset.dtype.kind not in "fiubV":
            return
        self.numbers += max(dataset.size, prod(dataset.chunks or ()))  # a chunk is unpacked whole
        if self.numbers > MAX_TRAINED:
            raise self.fail(path, f"brings the file to {self.numbers:,} numbers; at most {MAX_TRAINED:,} are possible")
        if dataset.size and not dataset.id.get_storage_size():
            raise self.fail(path, "holds no numbers: it was declared and never written")
        array: Array = dataset[()]
        if array.dtype.str == BFLOAT16:
            array = (array.view("<u2").astype("<u4") << 16).view("<f4")
        self.store.arrays[path] = np.asarray(array)
