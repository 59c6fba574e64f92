"""Which columns of a table say when its rows were: by what they hold, and by their names where numbers could be anything.

One column of dates; a date beside a time of day; year, month, day and hour in columns of their own; counts of seconds;
years; a column that counts the rows.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.number_cells import is_missing, parse
from rnn_cli.inputs.time_cells import (
    COMPACT,
    DAY,
    DAY_FIRST,
    FITS,
    MONTH_FIRST,
    MONTHS,
    PLAIN,
    WRITTEN,
    YEAR,
    Form,
    days,
    epoch,
    share,
    written_forms,
)
from rnn_cli.reading import whole_number

NONE = "none"
"""What --time and --series take to say that there is no such column."""

_TIME = frozenset(
    ["time", "date", "datetime", "timestamp", "ts", "epoch", "unix", "utc", "gmt", "local", "ds", "t", "step", "period",
     "datum", "zeit", "fecha", "tiempo", "when", "year", "yr", "years", "jahr", "month", "months", "monat", "day",
     "days", "week", "weeks", "quarter", "hour", "hours", "minute", "minutes", "second", "seconds", "s", "sec", "ms",
     "us", "ns", "elapsed"]
)  # fmt: skip
_INDEX = frozenset(["", "index", "idx", "id", "no", "nr", "row", "obs", "instant", "unnamed", "n", "i", "record"])
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
_REGULAR = 0.9
_ENOUGH = 5
"""A column without a name that speaks of time must count so many rows before it is taken for a count of them."""


@dataclass(frozen=True, eq=False)
class Time:
    """When each row was.

    places   the columns that say it; `name` and `form` in words
    values   (N,) seconds or counts, nan where a cell is no time; `dated` whether they are seconds of the calendar
    counts   whether it only counts the rows
    """

    places: tuple[int, ...]
    name: str
    form: str
    values: Array
    dated: bool = True
    counts: bool = False


@dataclass(eq=False)
class Columns:
    """The cells of a table by column, with their names; `signs` are the decimal signs of those that hold numbers."""

    where: str
    names: Sequence[str]
    cells: Sequence[Sequence[str]]
    signs: dict[int, str]
    _numbers: dict[int, Array] = field(default_factory=dict)
    _forms: dict[int, list[Form]] = field(default_factory=dict)
    _times: dict[tuple[int, str], Array] = field(default_factory=dict)

    def numbers(self, place: int) -> Array:
        """(N,) the numbers of a column, nan where there is none."""
        if place not in self._numbers:
            sign = self.signs.get(place, ".")
            read = (parse(cell, sign) for cell in self.cells[place])
            self._numbers[place] = np.array([np.nan if number is None else number for number in read])
        return self._numbers[place]

    def forms(self, place: int) -> list[Form]:
        """How a column that holds no numbers can be read as times."""
        if place not in self._forms:
            self._forms[place] = written_forms(self.cells[place])
        return self._forms[place]

    def times(self, place: int, form: Form) -> Array:
        """(N,) the times of a column, nan where a cell is none."""
        if (place, form.name) not in self._times:
            read = map(form.read, self.cells[place])
            self._times[place, form.name] = np.array([np.nan if value is None else value for value in read])
        return self._times[place, form.name]

    def words(self, place: int) -> list[str]:
        """The words of a column's name: ["date", "time"] of "DateTime (UTC)" without what stands in brackets."""
        name = re.sub(r"\(.*?\)|\[.*?\]", "", self.names[place])
        return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())

    def speaks_of_time(self, place: int) -> bool:
        """Whether all words of a column's name are words for time."""
        words = self.words(place)
        return bool(words) and set(words) <= _TIME

    def is_an_index(self, place: int) -> bool:
        """Whether a column's name is one of those that programs give to a count of rows."""
        return set(self.words(place)) <= _INDEX and not self.names[place].startswith("column ")


def find_time(table: Columns, asked: str | None) -> Time | None:
    """The time of the rows; `asked` names its columns, or "none". InputError where it cannot be told."""
    if asked is not None:
        return None if asked == NONE and NONE not in table.names else _asked_time(table, asked)
    ways: Iterable[Callable[[Columns], Time | None]] = (
        _dates, _parts, _unnamed_parts, _clock, _years, _named_numbers, _count
    )  # fmt: skip
    return next((time for way in ways if (time := way(table)) is not None), None)


def of_the_calendar(table: Columns, time: Time | None) -> dict[int, str]:
    """The columns of numbers that are no features, because they too only tell when a row was; each with the reason."""
    found: dict[int, str] = {}
    for place in table.signs:
        if time is not None and place in time.places:
            found[place] = "counts the rows" if time.counts else "the time"
        elif _compact(table, place) is not None or (table.speaks_of_time(place) and _epoch(table, place) is not None):
            found[place] = "a time"
        elif _is_part(table, place):
            found[place] = "a part of the calendar"
        elif table.is_an_index(place) and _unique_whole(table.numbers(place)):
            found[place] = "an index"
        elif time is not None and time.dated and _is_year_with_fraction(table.numbers(place), time):
            found[place] = "the time in years"
    return found


def place_of(where: str, choice: str, names: Sequence[str]) -> int:
    """The column that is named, or numbered from 1. InputError where there is none, or the name is another's too."""
    if names.count(choice) > 1:
        raise InputError(f"{where}: two columns are named {choice!r}: choose by number, from 1")
    if choice in names:
        return names.index(choice)
    number = whole_number(choice) or 0
    if 1 <= number <= len(names):
        return number - 1
    raise InputError(f"{where}: no column {choice!r}; it has {', '.join(names)}")


def places_of(where: str, choices: str, names: Sequence[str]) -> list[int]:
    """The columns that an option names, with commas between them."""
    if choices in names:
        return [place_of(where, choices, names)]
    return [place_of(where, one.strip(), names) for one in choices.split(",")]


def _asked_time(table: Columns, asked: str) -> Time:
    order = None
    for form in (DAY_FIRST, MONTH_FIRST):
        suffix = ":" + _short(form)
        if asked not in table.names and asked.upper().endswith(suffix):
            order, asked = form, asked[: -len(suffix)]
    places = places_of(table.where, asked, table.names)
    if len(places) == 1:
        return _single(table, places[0], order)
    parts = {part: place for place in places for part in _parts_named(table, place)}
    if parts.keys() >= {"year"} and len(parts) == len(places):
        return _from_parts(table, parts)
    first, *others = (_single(table, place, order) for place in places)
    return _added(first, others)


def _short(form: Form) -> str:
    return "D/M/Y" if form is DAY_FIRST else "M/D/Y"


def _single(table: Columns, place: int, order: Form | None) -> Time:
    """One column that was asked for. InputError where its cells are no times."""
    form = order or _form(table, place) or _epoch(table, place) or (YEAR if _are_years(table, place) else None)
    if form is None and place in table.signs:
        form = PLAIN
    present = [cell for cell in table.cells[place] if not is_missing(cell)]
    if form is None or share(form, present) < FITS:
        cell = next((cell for cell in table.cells[place] if form is None or form.read(cell) is None), "")
        raise InputError(f"{table.where}: --time {table.names[place]}: it holds {cell!r}, and no time that is known: "
                         "write times as 2024-01-31 or 2024-01-31 10:15")  # fmt: skip
    return _time(table, place, form)


def _form(table: Columns, place: int) -> Form | None:
    """The form of a column's dates. InputError where day and month cannot be told apart."""
    if place in table.signs:
        return _compact(table, place)
    forms = table.forms(place)
    if forms and forms[0].named and not table.speaks_of_time(place):
        return None
    if len(forms) < 2:
        return forms[0] if forms else None
    rising = [form for form in forms if _is_monotone(table.times(place, form))]
    if len(rising) == 1:
        return rising[0]
    even = [form for form in forms if _is_even(table.times(place, form))]
    if len(even) == 1:
        return even[0]
    name, cell = table.names[place], next(cell for cell in table.cells[place] if not is_missing(cell))
    raise InputError(
        f"{table.where}: {name} holds {cell!r}, which may be day/month or month/day: "
        f"say --time {name}:D/M/Y or --time {name}:M/D/Y"
    )


def _time(table: Columns, place: int, form: Form) -> Time:
    name = form.name
    if form in WRITTEN:
        name += f", as {next(cell for cell in table.cells[place] if not is_missing(cell))}"
    return Time((place,), table.names[place], name, table.times(place, form), form is not PLAIN)


def _added(first: Time, others: Sequence[Time]) -> Time:
    """A date and times of the day, in one."""
    every = [first, *others]
    return Time(
        tuple(place for one in every for place in one.places),
        " and ".join(one.name for one in every),
        " and ".join(one.form for one in every),
        np.sum([one.values for one in every], axis=0),
    )


def _dates(table: Columns) -> Time | None:
    """The column of dates, with the time of day beside it where the dates repeat."""
    found: list[Time] = []
    for place in range(len(table.names)):
        form = _form(table, place)
        if form is None and table.speaks_of_time(place):
            form = _epoch(table, place)
        if form is not None and not form.clock:
            found.append(_time(table, place, form))
    if not found:
        return None
    named = [one for one in found if table.speaks_of_time(one.places[0])]
    rising = [one for one in found if _is_monotone(one.values)]
    best = next((one for one in named if one in rising), None) or next(iter(named or rising or found))
    whole_days = not (best.values[~np.isnan(best.values)] % DAY).any()
    if whole_days and len(np.unique(best.values)) < len(best.values):
        parts = {part: place for part, place in _all_parts(table).items() if part in ("hour", "minute", "second")}
        if (clock := _clock_column(table)) is not None:
            return _added(best, [clock])
        if "hour" in parts:
            seconds = _seconds(table, parts)
            names = ", ".join(table.names[place] for place in parts.values())
            return Time((*best.places, *parts.values()), f"{best.name} and {names}", best.form, best.values + seconds)
    return best


def _clock_column(table: Columns) -> Time | None:
    for place in range(len(table.names)):
        form = None if place in table.signs else _form(table, place)
        if form is not None and form.clock:
            return _time(table, place, form)
    return None


def _clock(table: Columns) -> Time | None:
    clock = _clock_column(table)
    return clock if clock is not None and _is_monotone(clock.values) else None


def _parts_named(table: Columns, place: int) -> list[str]:
    name = "".join(table.words(place))
    return [part for part, names in _PARTS.items() if name in names]


def _all_parts(table: Columns) -> dict[str, int]:
    """The parts of the calendar that have a column of their own, by their names and what they hold."""
    found: dict[str, int] = {}
    for place in range(len(table.names)):
        for part in _parts_named(table, place):
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


def _is_part(table: Columns, place: int) -> bool:
    joined = "".join(table.words(place))
    names = {alias: part for part, aliases in _PARTS.items() for alias in aliases} | {part: part for part in _RANGES}
    part = names.get(joined)
    if part is None or (joined in ("min", "sec", "mo", "mon", "no") and "hour" not in _all_parts(table)):
        return False
    return _in_range(table.numbers(place), part)


def _parts(table: Columns) -> Time | None:
    """Year, month, day and hour in columns of their own."""
    parts = _all_parts(table)
    if len(parts) < 2 or "year" not in parts or not _are_years(table, parts["year"]):
        return None
    within = next((one for one in ("month", "quarter", "week", "dayofyear") if one in parts), None)
    if within is None:
        return None
    wanted = {"year", within, "hour", "minute", "second", *(["day"] if within == "month" else [])}
    return _from_parts(table, {part: place for part, place in parts.items() if part in wanted})


def _from_parts(table: Columns, parts: dict[str, int]) -> Time:
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
    values = np.array(dates) + weeks + _seconds(table, parts)
    return Time(tuple(parts.values()), names, ", ".join(parts), values)


def _seconds(table: Columns, parts: dict[str, int]) -> Array:
    lengths = {"hour": 3600.0, "minute": 60.0, "second": 1.0}
    zero = np.zeros(len(table.cells[0]))
    seconds: Array = np.sum(
        [zero, *(table.numbers(parts[one]) * lengths[one] for one in lengths if one in parts)], axis=0
    )
    return seconds


def _unnamed_parts(table: Columns) -> Time | None:
    """Year, month and day side by side in a table without names."""
    names = table.names
    if not all(name.startswith("column ") for name in names):
        return None
    for first in range(len(names) - 2):
        parts = dict(zip(("year", "month", "day"), range(first, first + 3), strict=True))
        numbers = set(parts.values()) <= table.signs.keys() and _are_years(table, first)
        if numbers and all(_in_range(table.numbers(place), part) for part, place in parts.items()):
            time = _from_parts(table, parts)
            if _is_monotone(time.values):
                return time
    return None


def _are_years(table: Columns, place: int) -> bool:
    known = table.numbers(place)[~np.isnan(table.numbers(place))]
    low, high = _YEARS
    return place in table.signs and len(known) > 0 and bool(((known >= low) & (known <= high) & (known % 1 == 0)).all())


def _years(table: Columns) -> Time | None:
    """Years, by the column's name, or because they go on one by one from the first column on."""
    for place in table.signs:
        if _are_years(table, place):
            steps = np.abs(np.diff(table.numbers(place)))
            one_by_one = place == 0 and len(steps) >= _ENOUGH and bool((steps == 1).mean() >= _REGULAR)
            if table.speaks_of_time(place) or one_by_one:
                return _time(table, place, YEAR)
    return None


def _named_numbers(table: Columns) -> Time | None:
    """A column of numbers whose name speaks of time: it counts seconds, days or steps."""
    for place in table.signs:
        if table.speaks_of_time(place) and not _is_part_alone(table, place):
            return _time(table, place, PLAIN)
    return None


def _is_part_alone(table: Columns, place: int) -> bool:
    """An hour or a month without a date comes again and again."""
    return _is_part(table, place) and not _is_monotone(table.numbers(place))


def _count(table: Columns) -> Time | None:
    """The first column, or one with an index's name, where it counts the rows; or one that counts those of each series."""
    for place in table.signs:
        values = table.numbers(place)
        named = table.is_an_index(place)
        enough = len(values) >= (2 if named else _ENOUGH)
        believed = place == 0 or named or _begins_again_with_another(table, place)
        if enough and believed and _counts(values) and len(table.signs) > 1:
            return Time((place,), table.names[place], "a count of the rows", values, dated=False, counts=True)
    return None


def _begins_again_with_another(table: Columns, place: int) -> bool:
    """Whether a column falls just where one before it changes, as the hours of each machine do."""
    falls = np.diff(table.numbers(place)) < 0
    cells = (np.array(table.cells[before]) for before in range(place))
    return bool(falls.any()) and any(((one[1:] != one[:-1]) == falls).all() for one in cells)


def _counts(values: Array) -> bool:
    """Whether the numbers go on by the same step, but for a few gaps, or begin again where another series begins."""
    if np.isnan(values).any():
        return False
    steps = np.diff(values)
    usual = float(np.median(steps))
    if usual == 0 or (np.abs(steps - usual) <= 1e-6 * abs(usual)).mean() < _REGULAR:
        return False
    again = steps * np.sign(usual) < 0
    return bool((steps != 0).all() and (values[1:][again] == values[0]).all())


def _is_year_with_fraction(values: Array, time: Time) -> bool:
    """Whether the numbers are the years of the time, such as 1818.001."""
    away = np.abs(values - 1 - (time.values / DAY - 1) / 365.2425)
    known = away[~np.isnan(away)]
    return len(known) > 1 and bool((known < 1.5).all())


def _is_monotone(values: Array) -> bool:
    """Whether the numbers that are there only rise, or only fall, and are more than one."""
    steps = np.diff(values[~np.isnan(values)])
    return len(steps) > 0 and bool((steps > 0).all() or (steps < 0).all())


def _is_even(values: Array) -> bool:
    """Whether all steps are about the same, as those of days or of months are."""
    steps = np.diff(np.unique(values[~np.isnan(values)]))
    return len(steps) > 1 and bool((np.abs(steps - np.median(steps)) < 0.5 * np.median(steps)).all())


def _unique_whole(values: Array) -> bool:
    known = values[~np.isnan(values)]
    return len(known) == len(np.unique(known)) and bool((known % 1 == 0).all())


def _compact(table: Columns, place: int) -> Form | None:
    """Dates in digits alone: all of the column, and the name speaks of time or the dates are in order."""
    first = next((cell for cell in table.cells[place] if not is_missing(cell)), "")
    for form in COMPACT:
        if form.read(first) is None:
            continue
        if not (np.isnan(table.times(place, form)) & ~np.isnan(table.numbers(place))).any():
            return form if table.speaks_of_time(place) or _in_order(table.times(place, form)) else None
    return None


def _in_order(values: Array) -> bool:
    known = values[~np.isnan(values)]
    return len(known) >= _ENOUGH and not any(np.diff(known) < 0)


def _epoch(table: Columns, place: int) -> Form | None:
    known = table.numbers(place)[~np.isnan(table.numbers(place))] if place in table.signs else np.array([])
    smallest, largest = (
        epoch(float(edge)) if len(known) else None for edge in (known.min(initial=np.inf), known.max(initial=0))
    )
    return largest if smallest is not None and largest is not None and smallest.name == largest.name else None
