"""Numeric columns of tables, a row a time step: the rows of each series in the order of time, and where they have gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.named_cells import Columns, Time, place_of
from rnn_cli.inputs.number_cells import is_missing
from rnn_cli.inputs.number_columns import constants, holes, why_not_numbers, written_numbers
from rnn_cli.inputs.number_table import NumberOptions
from rnn_cli.inputs.numbers import read_numbers
from rnn_cli.inputs.opening import suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.series_order import Order, Split, Steps, find_gaps, order_rows, span, split_rows
from rnn_cli.inputs.series_table import SeriesTable, read_series_table
from rnn_cli.inputs.time_cells import DAY_FIRST, MONTH_FIRST
from rnn_cli.inputs.time_columns import find_time, of_the_calendar

MATRICES = (".npy", ".npz", ".json")
"""Files of numbers without names, and without a time."""


@dataclass(frozen=True)
class Asked:
    """How a table of series is to be read, where a person says it; None finds out. See DataOptions."""

    columns: Sequence[str] | None = None
    targets: Sequence[str] | None = None
    header: bool | None = None
    delimiter: str | None = None
    time: str | None = None
    series: str | None = None
    decimal: str | None = None
    missing: str | None = None
    across_gaps: bool = False


@dataclass(frozen=True)
class Group:
    """The rows of one series, from `first` to before `last`; `bad_end` says why the last one cannot be read."""

    name: str
    first: int
    last: int
    bad_end: str = ""


@dataclass(frozen=True, eq=False)
class Series:
    """inputs (N, I) of the columns `names`, targets (N, K) of the columns `target_names`.

    starts   the rows at which a stretch without a gap begins: it ends where the next one begins
    groups   the series, in the order of the rows
    settled  --time and --series, where version 0.1.0 would have read the rows otherwise
    """

    names: tuple[str, ...]
    target_names: tuple[str, ...]
    inputs: Array
    targets: Array
    starts: tuple[int, ...]
    groups: tuple[Group, ...]
    settled: dict[str, Any]


def read_series(files: Sequence[str], asked: Asked, report: ReadingReport) -> Series:
    """The columns to read (None: all that hold numbers and do not tell the time) and to predict (None: those that are read).

    A column is named, or numbered from 1. A row in which one of them is not a finite number is bad, and leaves a gap:
    steps on either side of it are not neighbours. Several files are several series. InputError where there is no such
    column, or the order of the rows is in doubt.
    """
    parts: list[Series] = []
    for file in files:
        part = _read_file(file, asked, report)
        asked = replace(asked, columns=part.names, targets=part.target_names)
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    begins = np.cumsum([0, *(len(part.inputs) for part in parts)]).tolist()
    for file in files:
        report.decide(file, "series_of_its_own", True, "a series of its own; columns are scaled over all of them")
    return Series(
        parts[0].names,
        parts[0].target_names,
        np.concatenate([part.inputs for part in parts]),
        np.concatenate([part.targets for part in parts]),
        tuple(begin + start for begin, part in zip(begins, parts, strict=False) for start in part.starts),
        tuple(
            Group(f"{Path(file).name}{': ' * bool(one.name)}{one.name}", begin + one.first, begin + one.last, one.bad_end)
            for file, begin, part in zip(files, begins, parts, strict=False)
            for one in part.groups
        ),
        {},
    )  # fmt: skip


def _read_file(file: str, asked: Asked, report: ReadingReport) -> Series:
    table = read_series_table(file, asked.header, asked.delimiter, report)
    names = table.names
    explicit = None if asked.columns is None else [place_of(file, one, names) for one in asked.columns]
    targets = None if asked.targets is None else [place_of(file, one, names) for one in asked.targets]
    used = None if explicit is None else [*explicit, *(targets or ())]
    columns = Columns(file, names, table.cells, written_numbers(file, names, table.cells, used, asked.decimal, report))
    time = find_time(columns, asked.time)
    split = split_rows(columns, time, asked.series, report)
    order = order_rows(time, split)
    steps = find_gaps(time, split, order.unique)
    _say_order(table, time, split, order, steps, asked, report)
    read = _features(columns, time, split, explicit, report)
    predicted = read if targets is None else targets
    if time is not None and set(time.places) & set(predicted):
        report.decide(file, "time_is_forecast", True, f"{time.name} is forecast too, and is only the time (--targets)")
    missing = holes(columns, sorted({*read, *predicted}), asked.missing, report)
    bad = _bad_rows(table, columns, time, order, [*read, *predicted], missing, report)
    ordered = _series(table, columns, split, order, steps, read, predicted, bad, asked.across_gaps)
    report.decide(file, "columns", [names[place] for place in read])
    report.decide(file, "targets", [names[place] for place in predicted])
    report.rows += len(ordered.inputs)
    report.require(file, "row of numbers")
    changed = (
        order.how != "kept" or bool(steps.ends.any()) or bool(split.columns) or bool(missing) or len(order.repeats)
    )
    if changed or _newly_read(columns, [*read, *predicted]) or (time is not None and np.isnan(time.values).any()):
        return replace(ordered, settled=_settled(columns, time, split))
    return ordered


def _features(
    columns: Columns, time: Time | None, split: Split, explicit: list[int] | None, report: ReadingReport
) -> list[int]:
    """The columns that are read: those that are asked for, or all numbers that tell more than the time."""
    if explicit is not None:
        return explicit
    others = {k: why_not_numbers(cells) for k, cells in enumerate(columns.cells) if k not in columns.signs}
    others |= {place: "the time" for place in (() if time is None else time.places) if place in others}
    apart = {k: "tells the series apart" for k, name in enumerate(columns.names) if name in split.columns}
    calendar, still = of_the_calendar(columns, time), constants(columns, list(columns.signs))
    for without in ({**still, **calendar, **apart}, {**calendar, **apart}, apart):
        read = [place for place in columns.signs if place not in without]
        if read:
            break
    else:
        why = "; ".join(f"{columns.names[k]}: {reason}" for k, reason in list(others.items())[:4])
        raise InputError(f"{columns.where}: no column of numbers{f' ({why})' if why else ''}")
    reasons = {columns.names[k]: reason for k, reason in sorted({**others, **without}.items())}
    report.decide(columns.where, "columns_left_out", reasons)
    said = [columns.names[place] for place in read]
    words = f"{len(said)} column{'s' * (len(said) != 1)}: {', '.join(said[:6])}{', …' * (len(said) > 6)}"
    left = [f"{name} ({reason})" for name, reason in reasons.items()]
    more = f" and {len(left) - 6} more" if len(left) > 6 else ""
    words += f", without {', '.join(left[:6])}{more} (--columns)" if left else ""
    report.decide(columns.where, "columns", said, words)
    return read


def _bad_rows(
    table: SeriesTable,
    columns: Columns,
    time: Time | None,
    order: Order,
    places: list[int],
    missing: frozenset[float],
    report: ReadingReport,
) -> dict[int, str]:
    """The rows that cannot be used, with the reasons."""  # fmt: skip
    found: dict[int, tuple[str, str]] = {}
    for place in dict.fromkeys(places):
        name, values = columns.names[place], columns.numbers(place)
        for row in np.flatnonzero(np.isnan(values) | np.isin(values, list(missing))).tolist():
            cell = columns.cells[place][row]
            none = is_missing(cell) or not np.isnan(values[row])
            what = "a missing number" if not np.isnan(values[row]) else "not a finite number"
            kind = f"{name} is missing" if none else f"{name} is not a finite number"
            found.setdefault(row, (f"{name} is {cell!r}, {what}", kind))
    if time is not None:
        for row in np.flatnonzero(np.isnan(time.values)).tolist():
            cell = " ".join(columns.cells[place][row] for place in time.places)
            found[row] = f"{time.name} is {cell!r}, not a time", f"{time.name} is not a time"
        for row in order.repeats.tolist():
            cell = " ".join(columns.cells[place][row] for place in time.places)
            found.setdefault(row, (f"{time.name} {cell!r} is there before", f"{time.name} repeats"))
    refused = [(table.lines[row], *found[row]) for row in sorted(found)]
    refused += [(line, reason, f"not {len(table.names)} columns") for line, reason in table.short]
    for line, reason, kind in sorted(refused, key=lambda one: one[0]):
        report.refuse(table.file, line, reason, kind=kind)
    return {row: reason for row, (reason, _) in found.items()}


def _series(
    table: SeriesTable,
    columns: Columns,
    split: Split,
    order: Order,
    steps: Steps,
    read: list[int],
    predicted: list[int],
    bad: dict[int, str],
    across_gaps: bool,
) -> Series:
    """The good rows in their order, with the beginnings of stretches and the series."""  # fmt: skip
    gaps = set(order.unique[steps.ends].tolist())
    repeats = set(order.repeats.tolist())
    kept: list[int] = []
    starts: list[int] = []
    groups: list[Group] = []
    first, fresh = 0, True
    rows = order.rows.tolist()
    for k, row in enumerate(rows):
        before = rows[k - 1] if k else None
        another = before is None or split.of[before] != split.of[row]
        if another:
            first = len(kept)
        after_short = before is not None and abs(row - before) == 1 and max(row, before) in table.after_short
        fresh |= not across_gaps and (row in gaps or after_short)
        if row in bad:
            fresh |= row not in repeats and not across_gaps
        else:
            if fresh or another or len(kept) == first:
                starts.append(len(kept))
            kept.append(row)
            fresh = False
        if k + 1 == len(rows) or split.of[rows[k + 1]] != split.of[row]:
            end = f"{table.file}:{table.lines[row]}: {bad[row]}" if row in bad and row not in repeats else ""
            groups.append(Group(split.labels[split.of[row]], first, len(kept), end))
    numbers = [
        np.stack([columns.numbers(place)[kept] for place in places], axis=1) for places in (read, predicted)
    ]  # fmt: skip
    names = [tuple(columns.names[place] for place in places) for places in (read, predicted)]
    return Series(names[0], names[1], numbers[0], numbers[1], tuple(starts), tuple(groups), {})


def _say_order(
    table: SeriesTable, time: Time | None, split: Split, order: Order, steps: Steps, asked: Asked, report: ReadingReport
) -> None:
    file = table.file
    report.decide(file, "order", order.how)
    if split.columns or len(split.labels) > 1:
        columns = ", ".join(split.columns)
        told = f"{len(split.labels)} series by {columns}" if asked.series else ""
        report.decide(
            file, "series", {"columns": list(split.columns), "count": len(split.labels)},
            f"{told}{', ' * bool(told)}columns are scaled over all series",
        )  # fmt: skip
    if time is None:
        report.decide(
            file, "time", None, "no column of time: the rows in their order (--time)" if not asked.time else ""
        )
        return
    how = {
        "kept": "",
        "reversed": ", newest first: read backwards",
        "sorted": f", sorted: line {table.lines[order.moved or 0]} is the first that comes too late",
    }[order.how]
    even = f", a row is {span(steps.usual)}" if steps.usual is not None and time.dated else ""
    uneven = ", uneven steps: each row is one" if steps.usual is None and len(order.rows) > 2 else ""
    report.decide(
        file, "time", time.name,
        f"time in {time.name} ({time.form}){' on working days' if steps.working else even}{uneven}{how} (--time)",
    )  # fmt: skip
    report.decide(file, "dated", time.dated)
    count = int(steps.ends.sum())
    if count:
        first = table.lines[int(order.unique[np.flatnonzero(steps.ends)[0]])]
        cross = "windows cross them" if asked.across_gaps else "no window crosses one (--across-gaps)"
        words = f"{count} gap{'s' * (count != 1)} in time, the first before line {first}: {cross}"
        report.decide(file, "gaps", count, words)


def _newly_read(columns: Columns, places: Sequence[int]) -> bool:
    """Whether there are numbers that Python's float() does not read as they are meant."""
    return any(columns.signs.get(place) == "," for place in places) or any(
        not cell.isascii() or "," in cell or "%" in cell or "$" in cell or "'" in cell or cell[:1] == "("
        for place in places
        for cell in columns.cells[place]
    )


def _settled(columns: Columns, time: Time | None, split: Split) -> dict[str, Any]:
    suffix = {DAY_FIRST: ":D/M/Y", MONTH_FIRST: ":M/D/Y"}
    name = "none" if time is None else ",".join(columns.names[place] for place in time.places)
    form = next((text for form, text in suffix.items() if time is not None and time.form.startswith(form.name)), "")
    one = time is not None and len(time.places) == 1
    return {"time": name + form * one, **({"series": ",".join(split.columns)} if split.columns else {})}


def read_latest_rows(
    name: str, asked: Asked, report: ReadingReport, numbers: NumberOptions | None = None
) -> list[tuple[str, Array]]:
    """The rows that a forecast goes on from, of each series with its name: those of `asked.columns`, (T, I), in the units of the file.

    In a table, they are the last in time, after the last gap; a file of plain matrices (see MATRICES, and stdin) is read whole.

    A table's columns are found by name, or by number where it has no header; a matrix has the columns in their order.
    InputError where a column is missing, or a last row cannot be read, because the forecast would then start from an earlier row.
    """
    if name == "-" or suffix_of(name) in MATRICES:
        return [("", one) for one in read_numbers(name, report, numbers)]
    series = read_series([name], replace(asked, targets=asked.columns), report)
    for one in series.groups:
        if one.bad_end:
            raise InputError(one.bad_end)
    return [
        (one.name, series.inputs[max(start for start in series.starts if start < one.last) : one.last])
        for one in series.groups
        if one.first < one.last
    ]
