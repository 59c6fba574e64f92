"""Arrays of numbers from .npy and .npz files. Nothing that could run code is opened."""

from math import prod
from typing import BinaryIO
from warnings import catch_warnings, simplefilter

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.compression import MOST, MOST_TIMES
from rnn_cli.inputs.file_kinds import no_text
from rnn_cli.reading import parsing

NPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"


def read_npy(stream: BinaryIO, where: str) -> Array:
    """The array of a .npy file. InputError where it holds anything but real numbers."""
    with parsing(where, "not a .npy file of numbers"), catch_warnings():
        simplefilter("ignore")  # NumPy says on stderr, with a path of its own, that a header is of Python 2
        array = _mapped(stream)
    if array.dtype.kind not in "iufb":
        raise InputError(f"{where}: an array of type {array.dtype}, not of real numbers")
    if array.size == 0:
        raise InputError(f"{where}: holds no number: its shape is {array.shape}")
    return array


def _mapped(file: BinaryIO) -> Array:
    """The array that a .npy file describes, or ValueError where the file is not as long as that: no memory is taken before."""
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:  # 3.0 has names of fields in Unicode, and numbers have none
        raise ValueError(f"version {version[0]}.{version[1]}")
    shape, fortran, dtype = read[version](file)
    data = file.read()
    if dtype.hasobject or len(data) != prod(shape) * dtype.itemsize:
        raise ValueError(f"{len(data)} bytes for {' × '.join(map(str, shape)) or 'one'} of {dtype}")
    array: Array = np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")
    return array


def read_npz(stream: BinaryIO, where: str) -> Array:
    """The only array of a .npz file. InputError where it holds several, or is another kind of zip file."""
    import zipfile  # every start would wait for it

    with parsing(where, "a damaged zip archive (.npz)"), zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        if not any(name.endswith(".npy") for name in names):
            stream.seek(0)
            raise InputError(f"{where}: {no_text(stream)}")
        arrays = [name for name in names if name.endswith(".npy")]
        if len(arrays) != 1 or len(names) != 1:
            held = ", ".join(name.removesuffix(".npy") for name in names[:10]) or "nothing"
            raise InputError(f"{where}: a file of one array is read, and this one holds {held}; save one as .npy")
        (member,) = archive.infolist()
        if member.file_size > max(MOST, MOST_TIMES * member.compress_size):
            raise InputError(f"{where}: {arrays[0]} unpacks to {member.file_size:,} bytes: save it as .npy")
        with archive.open(member) as content:
            return read_npy(content, where)  # type: ignore[arg-type]
