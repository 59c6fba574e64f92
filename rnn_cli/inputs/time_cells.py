"""Dates and times as people write them in the cells of a table, as seconds since the year 1 or as plain numbers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from rnn_cli.inputs.number_cells import is_missing, parse, sample
from rnn_cli.reading import whole_number

DAY = 86400.0
FITS = 0.9
"""The share of a column's cells that must be times: a line of totals or of units makes no other column of it."""

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip

Read = Callable[[str], float | None]


@dataclass(frozen=True)
class Form:
    """A way to write a time: its name for people and how a cell is read.

    clock   it is a time of day alone
    named   it is only believed of a column whose name speaks of time
    """

    name: str
    read: Read
    clock: bool = False
    named: bool = False


_CLOCK = re.compile(
    r"(\d{1,2})(?::(\d{2})(?::(\d{2}(?:[.,]\d+)?))?|\.(\d{2})\.(\d{2}))\s*([ap]\.?m\.?)?", re.IGNORECASE | re.ASCII
)
_WITH_CLOCK = re.compile(
    r"(.*?\d)(?:T|,?\s+|(?<=\d):)(\d{1,2}(?::\d{2}(?::\d{2}(?:[.,]\d+)?)?|\.\d{2}\.\d{2})\s*(?:[ap]\.?m\.?)?)"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?",
    re.IGNORECASE | re.ASCII,
)
_PLAIN = re.ASCII | re.IGNORECASE
_MONTH = r"([a-z]{3,9})\.?"


def clock_of(text: str) -> float | None:
    """Seconds since midnight; 24:00 is the end of the day."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour = int(match[1])
    minute = int(match[2] or match[4] or 0)
    second = float((match[3] or match[5] or "0").replace(",", "."))
    if match[6]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[6][0] in "pP" else 0)
    seconds = 3600 * hour + 60 * minute + second
    return seconds if minute < 60 and second < 61 and seconds <= DAY else None


def _zone(text: str | None) -> float:
    if not text or text[0] not in "+-":
        return 0.0
    digits = text[1:].replace(":", "").ljust(4, "0")
    seconds = 3600 * int(digits[:2]) + 60 * int(digits[2:])
    return -seconds if text[0] == "-" else seconds


def days(year: int, month: int, day: int) -> float | None:
    """The seconds of a day of the calendar; None where there is no such day."""
    try:
        return date(year, month, day).toordinal() * DAY
    except ValueError:
        return None


def _dated(pattern: str, order: str) -> Read:
    """How a date is read: the groups of the pattern are year, month and day in this order; a time of day may follow.

    A year that is written with one digit or two is one of 1970 to 2069.
    """
    regex = re.compile(pattern, _PLAIN)

    def read(cell: str) -> float | None:
        match, seconds = regex.fullmatch(cell), 0.0
        if match is None:
            whole = _WITH_CLOCK.fullmatch(cell)
            match = whole and regex.fullmatch(whole[1])
            clock = clock_of(whole[2]) if whole else None
            if whole is None or match is None or clock is None:
                return None
            seconds = clock - _zone(whole[3])
        parts = {"Y": 0, "M": 1, "D": 1, "Q": 0}
        for name, text in zip(order, match.groups(), strict=True):
            number = MONTHS.get(text[:3].lower(), 0) if (found := whole_number(text)) is None else found
            parts[name] = number + (1900 if number >= 70 else 2000) if name == "Y" and len(text) <= 2 else number
        month = 3 * parts["Q"] - 2 if parts["Q"] else parts["M"]
        day = days(parts["Y"], month, parts["D"])
        return None if day is None else day + seconds

    return read


def _week(cell: str) -> float | None:
    match = re.fullmatch(r"(\d{4})[- ]?w(\d{1,2})(?:-?([1-7]))?", cell, _PLAIN)
    if match is None:
        return None
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1)).toordinal() * DAY
    except ValueError:
        return None


_SLOW_ISO = _dated(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", "YMD")


def _iso(cell: str) -> float | None:
    """Most dates are written as ISO 8601 has it, which Python reads fast, with any sign before the clock."""
    if cell[4:5] != "-" or cell[7:8] != "-" or cell[10:11] not in ("", " ", "T"):
        return _SLOW_ISO(cell)
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return _SLOW_ISO(cell)
    offset = moment.utcoffset()
    clock = 3600 * moment.hour + 60 * moment.minute + moment.second + moment.microsecond / 1e6
    return moment.toordinal() * DAY + clock - (offset.total_seconds() if offset else 0.0)


DAY_FIRST = Form("day/month/year", _dated(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", "DMY"))
MONTH_FIRST = Form("month/day/year", _dated(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", "MDY"))

WRITTEN = (
    Form("year-month-day", _iso),
    DAY_FIRST,
    MONTH_FIRST,
    Form("day month year", _dated(rf"(?:[a-z]+,? +)?(\d{{1,2}})[-/. ]*{_MONTH}[-/., ]*(\d{{4}}|\d{{2}})", "DMY")),
    Form("month day, year", _dated(rf"(?:[a-z]+,? +)?{_MONTH} *(\d{{1,2}}),? +(\d{{4}})", "MDY")),
    Form("month year", _dated(rf"{_MONTH}[-/., ']*(\d{{4}}|\d{{2}})", "MY")),
    Form("year month", _dated(rf"(\d{{4}})[-/., ]*{_MONTH}", "YM")),
    Form("year month day", _dated(rf"(\d{{4}})[-/., ]*{_MONTH}[-/., ]*(\d{{1,2}})", "YMD")),
    Form("year-month", _dated(r"(\d{4})(?:[-/]|-?m)(\d{1,2})", "YM")),
    Form("month/year", _dated(r"(\d{1,2})[-/](\d{4})", "MY")),
    Form("year and quarter", _dated(r"(\d{4})[-/ ]*q([1-4])", "YQ")),
    Form("quarter and year", _dated(r"q([1-4])[-/ ]*(\d{4})", "QY")),
    Form("year and week", _week),
    Form("time of day", clock_of, clock=True),
    Form("yyyymmddThhmmss", lambda cell: _digits(14)(cell.replace("T", "", 1)) if cell[8:9] == "T" else None),
    Form("year-month", _dated(r"(\d{1,2})-(\d{1,2})", "YM"), named=True),
)
"""The forms of times that are no numbers."""


def _digits(length: int) -> Read:
    def read(cell: str) -> float | None:
        if len(cell) != length or whole_number(cell) is None:
            return None
        year, month, day = int(cell[:4]), int(cell[4:6]), int(cell[6:8] or 1)
        if not 1800 <= year <= 2200:
            return None
        seconds, rest = days(year, month, day), cell[8:].ljust(6, "0")
        clock = clock_of(f"{rest[:2]}:{rest[2:4]}:{rest[4:]}")
        return None if seconds is None or clock is None else seconds + clock

    return read


COMPACT = tuple(
    Form(name, _digits(len(name)))
    for name in ("yyyymmdd", "yyyymm", "yyyymmddhh", "yyyymmddhhmm", "yyyymmddhhmmss")
)  # fmt: skip
"""Dates in digits alone."""

EPOCH = date(1970, 1, 1).toordinal() * DAY


def epoch(largest: float) -> Form | None:
    """How counts of seconds (or parts of them) since 1970 are read; None where the largest lies outside 1973…2286."""
    for name, parts in (("seconds", 1.0), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)):
        if 1e8 <= largest / parts < 1e10:
            return Form(f"{name} since 1970", partial(_scaled, parts))
    return None


def _scaled(parts: float, cell: str) -> float | None:
    number = parse(cell)
    return None if number is None else EPOCH + number / parts


def _year(cell: str) -> float | None:
    number = parse(cell)
    return days(int(number), 1, 1) if number is not None and number.is_integer() and 1 <= number <= 9999 else None


YEAR = Form("years", _year)
PLAIN = Form("numbers", parse)


def share(form: Form, cells: Sequence[str]) -> float:
    """The share of the cells that a form reads; of cells where nothing is missing."""
    return sum(form.read(cell) is not None for cell in cells) / max(len(cells), 1)


def written_forms(cells: Sequence[str]) -> list[Form]:
    """The forms that read the cells of a column that holds no numbers; two where day and month can be either."""
    present = [cell for cell in cells if not is_missing(cell)]
    some = sample(present)  # most columns are no times, and no time has most of the forms: do not read them all
    fitting = [form for form in WRITTEN if some and share(form, some) >= FITS / 2]
    shares = {form.name: share(form, present) for form in fitting}
    fitting = [form for form in fitting if shares[form.name] >= FITS]
    if DAY_FIRST in fitting and MONTH_FIRST in fitting:
        if shares[DAY_FIRST.name] == shares[MONTH_FIRST.name]:
            return [DAY_FIRST] if present[0].count(".") >= 2 and "/" not in present[0] else [DAY_FIRST, MONTH_FIRST]
        return [DAY_FIRST if shares[DAY_FIRST.name] > shares[MONTH_FIRST.name] else MONTH_FIRST]
    return fitting[:1]
