"""Numeric columns of a table, a row a time step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.numbers import read_numbers
from rnn_cli.inputs.reading_report import ReadingReport, columns_of
from rnn_cli.inputs.table import Row, read_table
from rnn_cli.reading import whole_number

TABLES = (".csv", ".tsv", ".tab")


@dataclass(frozen=True, eq=False)
class Series:
    """inputs (N, I) of the columns `names`, targets (N, K) of the columns `target_names`.

    `starts` are the rows at which a stretch without a gap begins.
    """

    names: tuple[str, ...]
    target_names: tuple[str, ...]
    inputs: Array
    targets: Array
    starts: tuple[int, ...]


def read_series(
    name: str, columns: Sequence[str] | None, targets: Sequence[str] | None, header: bool | None, report: ReadingReport
) -> Series:
    """The columns to read (None: all that hold numbers) and the columns to predict (None: those that are read).

    A column is named, or numbered from 1. A row in which one of them is not a finite number is bad, and leaves a gap:
    steps on either side of it are not neighbours. InputError where there is no such column.
    """
    rows = list(read_table(name, report))
    if not rows or rows[0].names is not None:
        raise InputError(f"{name}: expected a table of numbers, .csv or .tsv")
    width = len(rows[0].cells)
    numeric = _numeric(rows, width)
    named = any(_number(rows[0].cells[k]) is None for k in numeric) if header is None else header
    names = rows[0].cells if named else tuple(f"column {k + 1}" for k in range(width))
    read = numeric if columns is None else [_place(name, choice, names) for choice in columns]
    predicted = read if targets is None else [_place(name, choice, names) for choice in targets]
    if not read or not predicted:
        raise InputError(f"{name}: no column of numbers")
    if columns is None and len(numeric) < width:
        others = ", ".join(names[k] for k in range(width) if k not in numeric)
        report.note(f"{name}: left out {others}: not numbers")
    values: list[list[float]] = []
    starts: list[int] = []
    gap = True
    for row in rows[1:] if named else rows:
        numbers = _numbers(name, row, [*read, *predicted], names, report)
        if numbers is not None:
            if gap:
                starts.append(len(values))
            values.append(numbers)
        gap = numbers is None
    report.rows = len(values)
    report.require(name, "row of numbers")
    table = np.array(values)
    return Series(
        tuple(names[k] for k in read),
        tuple(names[k] for k in predicted),
        table[:, : len(read)],
        table[:, len(read) :],
        tuple(starts),
    )


def read_latest_rows(name: str, columns: Sequence[str]) -> list[Array]:
    """The rows that a forecast goes on from: those of `columns`, (T, I), in the units of the file.

    In a table, they are the rows after its last gap; a file of plain matrices (.npy, .json) is read whole.

    A table's columns are found by name, or by number where it has no header; a matrix has the columns in their order.
    InputError where a column is missing, or the last row cannot be read, because the forecast would then start from an earlier row.
    """
    if not name.lower().endswith(TABLES):
        return read_numbers(name)
    report = ReadingReport()
    series = read_series(name, columns, columns, None, report)
    if report.bad and report.bad[-1].line == max(row.line for row in read_table(name, ReadingReport())):
        raise InputError(f"{report.bad[-1]}")
    return [series.inputs[series.starts[-1] :]]


def _numeric(rows: Sequence[Row], width: int) -> list[int]:
    """The columns in which at least half of the rows after the first hold a number."""
    body = [row for row in rows[1:] or rows if len(row.cells) == width]
    return [k for k in range(width) if 2 * sum(_number(row.cells[k]) is not None for row in body) >= len(body) > 0]


def _place(name: str, choice: str, names: Sequence[str]) -> int:
    if choice in names:
        return names.index(choice)
    number = whole_number(choice) or 0
    if 1 <= number <= len(names):
        return number - 1
    raise InputError(f"{name}: no column {choice!r}; it has {', '.join(names)}")


def _numbers(
    name: str, row: Row, places: Sequence[int], names: Sequence[str], report: ReadingReport
) -> list[float] | None:
    if len(row.cells) != len(names):
        report.refuse(name, row.line, f"{columns_of(row.cells)}, expected {len(names)}")
        return None
    numbers: list[float] = []
    for place in places:
        number = _number(row.cells[place])
        if number is None:
            report.refuse(name, row.line, f"{names[place]} is {row.cells[place]!r}, not a finite number")
            return None
        numbers.append(number)
    return numbers


def _number(cell: str) -> float | None:
    """The number that a cell holds; None for anything else, and for nan and inf, which no network can learn from."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in cell else None
