"""Numeric sequences from files: .json (one T×I matrix, or a list of them), .csv, .npy, or JSON from stdin."""

import csv
import io
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, BinaryIO
from warnings import catch_warnings, simplefilter

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_lines import read_stdin
from rnn_cli.reading import open_file, parsing, read_json, shown

SUFFIXES = (".json", ".csv", ".npy")
"""The files of numbers that there are readers for."""


def read_numbers(name: str, columns: Sequence[str] = ()) -> list[Array]:
    """The sequences of a file, each (T, I); time runs down the rows. InputError says what does not fit and where.

    `columns` are those that a model reads: of a .csv whose line 1 names its columns, these are taken, in this order.
    """
    if name == "-":
        return _from_json(read_stdin(ReadingReport()), "<stdin>")
    suffix = Path(name).suffix
    if suffix not in SUFFIXES:
        raise InputError(f"--input {shown(name)}: expected {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    with open_file(name) as file:
        if suffix == ".npy":
            return _from_npy(file, name)
        data = file.read()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text (byte {error.start})") from error
    if suffix == ".json":
        return _from_json(text, name)
    with parsing(name, "not CSV that can be read"):
        return _from_csv(text, name, columns)


def _from_npy(file: BinaryIO, name: str) -> list[Array]:
    """NumPy's array. Its header is code that NumPy reads with Python's own parser, which raises whatever it likes."""
    with parsing(name, "not a .npy file of numbers"), catch_warnings():
        simplefilter("ignore")  # NumPy says on stderr, with a path of its own, that a header is of Python 2
        array = _mapped(file)
        if array.dtype.kind not in "iufb":
            raise InputError(f"{name}: not an array of real numbers")
        if array.size == 0:
            raise InputError(f"{name}: holds no number")
        return [checked_numbers(part, name) for part in (array if array.ndim == 3 else [array])]


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


def _from_csv(text: str, name: str, columns: Sequence[str]) -> list[Array]:
    rows: list[list[float]] = []
    places: list[int] | None = None
    width = 0
    for line, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not any(cell.strip() for cell in row):
            continue
        if line == 1 and not any(map(_is_number, row)):
            places = _named_places([cell.strip() for cell in row], columns, name)
            continue
        width = width or len(row)
        if len(row) != width:
            raise InputError(f"{name}:{line}: {len(row)} numbers, but the rows above have {width}")
        rows.append([])
        for place in range(width) if places is None else places:
            if place >= width or not _is_number(row[place]):
                cell = row[place] if place < width else ""
                raise InputError(f"{name}:{line}:{place + 1}: {cell!r} is not a number")
            rows[-1].append(float(row[place]))
    return [checked_numbers(rows, name)]


def _named_places(header: Sequence[str], columns: Sequence[str], name: str) -> list[int] | None:
    """Where the columns that a model reads stand; None where all columns of the file are read as they stand."""
    missing = [column for column in columns if column not in header]
    if not columns or (len(missing) == len(columns) == len(header)):
        return None
    if missing:
        raise InputError(f"{name}:1: no column {missing[0]!r}, which the model reads; it has {', '.join(header)}")
    return [header.index(column) for column in columns]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _from_json(text: str, name: str) -> list[Array]:
    data = read_json(name, text)
    if isinstance(data, list) and data and isinstance(data[0], list) and data[0] and isinstance(data[0][0], list):
        return [checked_numbers(part, f"{name}, sequence {k}") for k, part in enumerate(data, start=1)]
    return [checked_numbers(data, name)]


def checked_numbers(data: Any, where: str) -> Array:
    """One sequence of finite numbers as an array (T, I); a flat list is one number a step. InputError for anything else."""
    with parsing(where, "not a matrix of numbers, one row per step, rows of equal length", why=False):
        array = from_lists(data)
    if array.ndim == 1 and array.size:
        array = array[:, None]
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"{where}: expected one row of numbers per step, and at least one step")
    if not np.isfinite(array).all():
        step = int(np.argwhere(~np.isfinite(array))[0][0]) + 1
        raise InputError(f"{where}: step {step} holds a number that is not finite")
    return array
