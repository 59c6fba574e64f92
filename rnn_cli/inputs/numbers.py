"""Numeric sequences from files: .json (one T×I matrix, or a list of them), .csv, .npy, or JSON from stdin."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.errors import InputError
from rnn_cli.inputs.text_lines import read_stdin

SUFFIXES = (".json", ".csv", ".npy")
"""The files of numbers that there are readers for."""


def read_numbers(name: str, columns: Sequence[str] = ()) -> list[Array]:
    """The sequences of a file, each (T, I); time runs down the rows. InputError says what does not fit and where.

    `columns` are those that a model reads: of a .csv whose line 1 names its columns, these are taken, in this order.
    """
    if name == "-":
        return _from_json(read_stdin(), "<stdin>")
    path = Path(name)
    if path.suffix == ".npy":
        return _from_npy(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"--input {name}: expected {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text (byte {error.start})") from error
    return _from_json(text, name) if path.suffix == ".json" else _from_csv(text, name, columns)


def _from_npy(path: Path) -> list[Array]:
    try:
        with path.open("rb") as file:  # np.load would open zip files and pickles too
            array = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{path}: not a .npy file of numbers") from error
    if array.dtype.kind not in "iufb":
        raise InputError(f"{path}: not an array of real numbers")
    if array.size == 0:
        raise InputError(f"{path}: holds no number")
    return [checked_numbers(part, str(path)) for part in (array if array.ndim == 3 else [array])]


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
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{name}: nested too deeply") from error
    except ValueError as error:  # a whole number of more digits than Python reads
        raise InputError(f"{name}: holds a number that is too long") from error
    if isinstance(data, list) and data and isinstance(data[0], list) and data[0] and isinstance(data[0][0], list):
        return [checked_numbers(part, f"{name}, sequence {k}") for k, part in enumerate(data, start=1)]
    return [checked_numbers(data, name)]


def checked_numbers(data: Any, where: str) -> Array:
    """One sequence of finite numbers as an array (T, I); a flat list is one number a step. InputError for anything else."""
    try:
        array = from_lists(data)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InputError(f"{where}: not a matrix of numbers, one row per step, rows of equal length") from error
    if array.ndim == 1 and array.size:
        array = array[:, None]
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"{where}: expected one row of numbers per step, and at least one step")
    if not np.isfinite(array).all():
        step = int(np.argwhere(~np.isfinite(array))[0][0]) + 1
        raise InputError(f"{where}: step {step} holds a number that is not finite")
    return array
