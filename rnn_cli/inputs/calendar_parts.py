"""Year, quarter, month, week, day and hour in columns of their own, by their names and by what they hold."""

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.inputs.named_cells import Columns, Time
from rnn_cli.inputs.runs import is_monotone
from rnn_cli.inputs.time_cells import DAY, MONTHS, days

_PARTS = {
    "year": ("year", "yr", "jahr"),
    "month": ("month", "mnth", "mo", "mon", "monat"),
    "quarter": ("quarter", "qtr", "q"),
    "week": ("week",),
    "dayofyear": ("dayofyear", "doy", "yday"),
    "day": ("day", "dy", "dom", "tag"),
    "hour": ("hour", "hr", "stunde"),
    "minute": ("minute", "min"),
    "second": ("second", "sec"),
}
_RANGES = {
    "year": (0, 2200), "month": (1, 12), "week": (1, 53), "day": (1, 31), "hour": (0, 24), "minute": (0, 59),
    "second": (0, 60), "weekday": (0, 7), "dayofweek": (0, 7), "dow": (0, 7), "quarter": (1, 4), "dayofyear": (1, 366),
}  # fmt: skip
"""The parts of the calendar, with what they can be."""

_QUARTERS = ("Q1", "Q2", "Q3", "Q4", "q1", "q2", "q3", "q4")
_YEARS = 1600, 2200


def parts_named(table: Columns, place: int) -> list[str]:
    """The parts of the calendar that a column's name may mean."""
    name = "".join(table.words(place))
    return [part for part, names in _PARTS.items() if name in names]


def all_parts(table: Columns) -> dict[str, int]:
    """The parts of the calendar that have a column of their own, by their names and what they hold."""
    found: dict[str, int] = {}
    for place in range(len(table.names)):
        for part in parts_named(table, place):
            if part not in found and _in_range(_part(table, place, part), part):
                found[part] = place
    return {part: found[part] for part in _PARTS if part in found}


def _part(table: Columns, place: int, part: str) -> Array:
    """(N,) the numbers of a part; months may be words."""
    if part == "month" and place not in table.signs:
        return np.array([MONTHS.get(cell[:3].lower(), np.nan) for cell in table.cells[place]], dtype=np.float64)
    if part == "quarter" and place not in table.signs:
        return np.array([float(cell[1]) if cell in _QUARTERS else np.nan for cell in table.cells[place]])
    return table.numbers(place)


def _in_range(values: Array, part: str) -> bool:
    low, high = _RANGES[part]
    known = values[~np.isnan(values)]
    return 2 * len(known) > len(values) and bool(((known >= low) & (known <= high) & (known % 1 == 0)).all())


def is_part(table: Columns, place: int) -> bool:
    """Whether a column holds a part of the calendar: its numbers are in the range of the part that its name means."""
    joined = "".join(table.words(place))
    names = {alias: part for part, aliases in _PARTS.items() for alias in aliases} | {part: part for part in _RANGES}
    part = names.get(joined)
    if part is None or (joined in ("min", "sec", "mo", "mon", "no") and "hour" not in all_parts(table)):
        return False
    return _in_range(table.numbers(place), part)


def from_named_parts(table: Columns) -> Time | None:
    """Year, month, day and hour in columns of their own."""
    parts = all_parts(table)
    if len(parts) < 2 or "year" not in parts or not are_years(table, parts["year"]):
        return None
    within = next((one for one in ("month", "quarter", "week", "dayofyear") if one in parts), None)
    if within is None:
        return None
    wanted = {"year", within, "hour", "minute", "second", *(["day"] if within == "month" else [])}
    return from_parts(table, {part: place for part, place in parts.items() if part in wanted})


def from_parts(table: Columns, parts: dict[str, int]) -> Time:
    """The time that the columns of these parts give together; a part without a column is its first."""
    columns = {part: _part(table, place, part) for part, place in parts.items()}
    none = np.full(len(next(iter(columns.values()))), 1.0)
    columns.setdefault("month", 3 * columns["quarter"] - 2 if "quarter" in columns else none)
    dates = [
        np.nan if np.isnan([year, month, day]).any() else days(int(year), int(month), int(day)) or np.nan
        for year, month, day in zip(columns["year"], columns["month"], columns.get("day", none), strict=True)
    ]
    weeks = (columns["week"] - 1) * 7 * DAY if "week" in columns else 0.0
    weeks += (columns["dayofyear"] - 1) * DAY if "dayofyear" in columns else 0.0
    names = ", ".join(table.names[place] for place in parts.values())
    values = np.array(dates) + weeks + seconds_of(table, parts)
    return Time(tuple(parts.values()), names, ", ".join(parts), values)


def seconds_of(table: Columns, parts: dict[str, int]) -> Array:
    """The seconds since midnight that columns of hours, minutes and seconds give, (N,)."""
    lengths = {"hour": 3600.0, "minute": 60.0, "second": 1.0}
    zero = np.zeros(len(table.cells[0]))
    seconds: Array = np.sum(
        [zero, *(table.numbers(parts[one]) * lengths[one] for one in lengths if one in parts)], axis=0
    )
    return seconds


def from_unnamed_parts(table: Columns) -> Time | None:
    """Year, month and day side by side in a table without names."""
    names = table.names
    if not all(name.startswith("column ") for name in names):
        return None
    for first in range(len(names) - 2):
        parts = dict(zip(("year", "month", "day"), range(first, first + 3), strict=True))
        numbers = set(parts.values()) <= table.signs.keys() and are_years(table, first)
        if numbers and all(_in_range(table.numbers(place), part) for part, place in parts.items()):
            time = from_parts(table, parts)
            if is_monotone(time.values):
                return time
    return None


def are_years(table: Columns, place: int) -> bool:
    """Whether a column holds whole numbers that may be years."""
    known = table.numbers(place)[~np.isnan(table.numbers(place))]
    low, high = _YEARS
    return place in table.signs and len(known) > 0 and bool(((known >= low) & (known <= high) & (known % 1 == 0)).all())
