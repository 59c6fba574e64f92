"""Which columns of a table say when its rows were: by what they hold, and by their names where numbers could be anything.

One column of dates; a date beside a time of day; year, month, day and hour in columns of their own; counts of seconds;
years; a column that counts the rows.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.calendar_parts import (
    all_parts,
    are_years,
    from_named_parts,
    from_parts,
    from_unnamed_parts,
    is_part,
    parts_named,
    seconds_of,
)
from rnn_cli.inputs.named_cells import NONE, Columns, Time, places_of
from rnn_cli.inputs.number_cells import is_missing
from rnn_cli.inputs.runs import REGULAR, counts_on, is_even, is_monotone, unique_whole
from rnn_cli.inputs.time_cells import (
    COMPACT,
    DAY,
    DAY_FIRST,
    FITS,
    MONTH_FIRST,
    PLAIN,
    WRITTEN,
    YEAR,
    Form,
    epoch,
    share,
)

_ENOUGH = 5
"""A column without a name that speaks of time must count so many rows before it is taken for a count of them."""


def find_time(table: Columns, asked: str | None) -> Time | None:
    """The time of the rows; `asked` names its columns, or "none". InputError where it cannot be told."""
    if asked is not None:
        return None if asked == NONE and NONE not in table.names else _asked_time(table, asked)
    ways: Iterable[Callable[[Columns], Time | None]] = (
        _dates, from_named_parts, from_unnamed_parts, _clock, _years, _named_numbers, _count
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
        elif is_part(table, place):
            found[place] = "a part of the calendar"
        elif table.is_an_index(place) and unique_whole(table.numbers(place)):
            found[place] = "an index"
        elif time is not None and time.dated and _is_year_with_fraction(table.numbers(place), time):
            found[place] = "the time in years"
    return found


def _asked_time(table: Columns, asked: str) -> Time:
    order = None
    for form in (DAY_FIRST, MONTH_FIRST):
        suffix = ":" + _short(form)
        if asked not in table.names and asked.upper().endswith(suffix):
            order, asked = form, asked[: -len(suffix)]
    places = places_of(table.where, asked, table.names)
    if len(places) == 1:
        return _single(table, places[0], order)
    parts = {part: place for place in places for part in parts_named(table, place)}
    if parts.keys() >= {"year"} and len(parts) == len(places):
        return from_parts(table, parts)
    first, *others = (_single(table, place, order) for place in places)
    return _added(first, others)


def _short(form: Form) -> str:
    return "D/M/Y" if form is DAY_FIRST else "M/D/Y"


def _single(table: Columns, place: int, order: Form | None) -> Time:
    """One column that was asked for. InputError where its cells are no times."""
    form = order or _form(table, place) or _epoch(table, place) or (YEAR if are_years(table, place) else None)
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
    rising = [form for form in forms if is_monotone(table.times(place, form))]
    if len(rising) == 1:
        return rising[0]
    even = [form for form in forms if is_even(table.times(place, form))]
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
    rising = [one for one in found if is_monotone(one.values)]
    best = next((one for one in named if one in rising), None) or next(iter(named or rising or found))
    whole_days = not (best.values[~np.isnan(best.values)] % DAY).any()
    if whole_days and len(np.unique(best.values)) < len(best.values):
        parts = {part: place for part, place in all_parts(table).items() if part in ("hour", "minute", "second")}
        if (clock := _clock_column(table)) is not None:
            return _added(best, [clock])
        if "hour" in parts:
            seconds = seconds_of(table, parts)
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
    return clock if clock is not None and is_monotone(clock.values) else None


def _years(table: Columns) -> Time | None:
    """Years, by the column's name, or because they go on one by one from the first column on."""
    for place in table.signs:
        if are_years(table, place):
            steps = np.abs(np.diff(table.numbers(place)))
            one_by_one = place == 0 and len(steps) >= _ENOUGH and bool((steps == 1).mean() >= REGULAR)
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
    return is_part(table, place) and not is_monotone(table.numbers(place))


def _count(table: Columns) -> Time | None:
    """The first column, or one with an index's name, where it counts the rows; or one that counts those of each series."""
    for place in table.signs:
        values = table.numbers(place)
        named = table.is_an_index(place)
        enough = len(values) >= (2 if named else _ENOUGH)
        believed = place == 0 or named or _begins_again_with_another(table, place)
        if enough and believed and counts_on(values) and len(table.signs) > 1:
            return Time((place,), table.names[place], "a count of the rows", values, dated=False, counts=True)
    return None


def _begins_again_with_another(table: Columns, place: int) -> bool:
    """Whether a column falls just where one before it changes, as the hours of each machine do."""
    falls = np.diff(table.numbers(place)) < 0
    cells = (np.array(table.cells[before]) for before in range(place))
    return bool(falls.any()) and any(((one[1:] != one[:-1]) == falls).all() for one in cells)


def _is_year_with_fraction(values: Array, time: Time) -> bool:
    """Whether the numbers are the years of the time, such as 1818.001."""
    away = np.abs(values - 1 - (time.values / DAY - 1) / 365.2425)
    known = away[~np.isnan(away)]
    return len(known) > 1 and bool((known < 1.5).all())


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
