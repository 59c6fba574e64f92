"""Numeric sequences from files: .json (one T×I matrix, or a list of them), tables, arrays; each of them packed with gzip.

What a file holds tells its kind: its ending only says what it was meant to be.
"""

import io
import json
from typing import Any, BinaryIO

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.errors import InputError
from rnn_cli.inputs.layout import BATCH_FIRST, check_layout, sequences_of
from rnn_cli.inputs.number_table import NumberOptions, read_number_table
from rnn_cli.inputs.numpy_files import NPY, ZIP, read_npy, read_npz
from rnn_cli.inputs.opening import as_text, called, open_bytes, suffix_of, unpack
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.reading import parsing, read_json

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".npy", ".npz")
"""The files of numbers that there are readers for."""


def read_numbers(name: str, report: ReadingReport | None = None, options: NumberOptions | None = None) -> list[Array]:
    """The sequences of a file (`-`: stdin), each (T, I). InputError says what does not fit and where."""
    report = ReadingReport() if report is None else report
    options = NumberOptions() if options is None else options
    layout = check_layout(options.layout)
    where = called(name)
    with unpack(open_bytes(name), where, report) as stream:
        head = stream.read(len(NPY))
        stream.seek(0)
        ending = suffix_of(name)
        if head == NPY or head.startswith(ZIP) or ending in (".npy", ".npz"):
            _only_text(where, options)
            array = read_npz(stream, where) if head.startswith(ZIP) else read_npy(stream, where)
            return [checked_numbers(part, where) for part in sequences_of(array, layout, where, report)]
        return _from_text(stream, name, options, layout, report)


def _only_text(where: str, options: NumberOptions) -> None:
    """InputError where an option about text is given for an array."""
    for option, value in (("header", options.header), ("delimiter", options.delimiter), ("decimal", options.decimal)):
        if value is not None:
            raise InputError(f"--{option}: {where} is an array, not a table")


def _from_text(
    stream: BinaryIO, name: str, options: NumberOptions, layout: str | None, report: ReadingReport
) -> list[Array]:
    where = called(name)
    with as_text(stream, name, report) as content:
        try:
            text = content.read().decode()
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise InputError(f"{where}:{line}: not UTF-8 text; --encoding says what it is") from error
    if suffix_of(name) == ".json" or text.lstrip()[:1] in ("[", "{"):
        _only_text(where, options)
        return _from_json(text, where, layout, report)
    lines = ((number, line.rstrip("\n")) for number, line in enumerate(io.StringIO(text, newline="\n"), start=1))
    with parsing(where, "not a table that can be read"):
        rows = read_number_table(lines, where, options, report)
    return [checked_numbers(part, where) for part in sequences_of(np.array(rows), layout, where, report)]


def _from_json(text: str, name: str, layout: str | None, report: ReadingReport) -> list[Array]:
    data = read_json(name, text)
    if isinstance(data, list) and data and isinstance(data[0], list) and data[0] and isinstance(data[0][0], list):
        parts = [checked_numbers(part, f"{name}, sequence {k}") for k, part in enumerate(data, start=1)]
        return _listed(parts, name, layout, report)
    return sequences_of(checked_numbers(data, name), layout, name, report)


def _listed(parts: list[Array], name: str, layout: str | None, report: ReadingReport) -> list[Array]:
    """A list of sequences is what .json is for, whatever their lengths; --layout may say that it is one array."""
    if len({part.shape for part in parts}) == 1:
        return sequences_of(np.stack(parts), layout or BATCH_FIRST, name, report)
    if layout not in (None, BATCH_FIRST):
        raise InputError(
            f"--layout {layout}: {name} is a list of sequences of different lengths, which is {BATCH_FIRST}"
        )
    report.decide(name, "layout", BATCH_FIRST)
    return parts


def checked_numbers(data: Any, where: str) -> Array:
    """One sequence of finite numbers as an array (T, I); a flat list is one number a step. InputError for anything else."""
    with parsing(
        where, f"not a matrix of numbers, one row per step, rows of equal length{_first_odd(data)}", why=False
    ):
        array = from_lists(data)
    if array.ndim == 1 and array.size:
        array = array[:, None]
    if array.ndim != 2 or array.size == 0:
        raise InputError(f"{where}: expected one row of numbers per step, and at least one step")
    if not np.isfinite(array).all():
        step, column = np.argwhere(~np.isfinite(array))[0] + 1
        raise InputError(f"{where}: step {step} holds a number that is not finite (number {column} of the step)")
    return array


def _first_odd(data: Any) -> str:
    """What is wrong with the first row that does not fit, in words."""
    if isinstance(data, dict):
        return ": it is an object, {…}, where lists of numbers are expected"
    rows = data if isinstance(data, list) else []
    for step, row in enumerate(rows, start=1):
        cells = row if isinstance(row, list) else [row]
        odd = next((one for one in cells if isinstance(one, bool) or not isinstance(one, int | float)), 0)
        if isinstance(odd, dict | list):
            return f": step {step} holds {'an object' if isinstance(odd, dict) else 'a list'} in place of a number"
        if odd != 0:
            return f": step {step} holds {json.dumps(odd)[:40]}, which is no number"
        if isinstance(row, list) != isinstance(rows[0], list):
            kinds = [
                f"step {k} is {'a list' if isinstance(one, list) else 'a number'}"
                for k, one in ((step, row), (1, rows[0]))
            ]
            return f": {kinds[0]}, {kinds[1]}"
        if isinstance(row, list) and len(row) != len(rows[0]):
            return f": step {step} has {len(row)}, step 1 has {len(rows[0])}"
    return ""
