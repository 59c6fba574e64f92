"""Numeric sequences from files: .json (one T×I matrix, or a list of them), .csv, .npy, or JSON from stdin."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.errors import InputError
from rnn_cli.inputs.lines import read_stdin


def read_numbers(name: str) -> list[Array]:
    """The sequences of a file, each (T, I); time runs down the rows. InputError says what does not fit and where."""
    if name == "-":
        return _from_json(read_stdin(), "<stdin>")
    path = Path(name)
    readers = {".json": _from_json, ".csv": _from_csv}
    if path.suffix == ".npy":
        return _from_npy(path)
    if path.suffix not in readers:
        raise InputError(f"--input {name}: expected .json, .csv or .npy")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text (byte {error.start})") from error
    return readers[path.suffix](text, name)


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
    return [_checked(part, str(path)) for part in (array if array.ndim == 3 else [array])]


def _from_csv(text: str, name: str) -> list[Array]:
    rows: list[list[float]] = []
    for line, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not any(cell.strip() for cell in row):
            continue
        try:
            rows.append([float(cell) for cell in row])
        except ValueError as error:
            if not rows and line == 1:
                continue  # a header
            column = next(k for k, cell in enumerate(row, start=1) if not _is_number(cell))
            raise InputError(f"{name}:{line}:{column}: {row[column - 1]!r} is not a number") from error
        if len(rows[-1]) != len(rows[0]):
            raise InputError(f"{name}:{line}: {len(rows[-1])} numbers, but the rows above have {len(rows[0])}")
    return [_checked(rows, name)]


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
        return [_checked(part, f"{name}, sequence {k}") for k, part in enumerate(data, start=1)]
    return [_checked(data, name)]


def _checked(data: Any, where: str) -> Array:
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
