"""The columns of a table by name and by number: their cells, their numbers, the times that they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.number_cells import parse
from rnn_cli.inputs.time_cells import (
    Form,
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

IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]")
"""No bracket in brackets: a name that has nothing else would be gone through once for each of them."""

_INDEX = frozenset(["", "index", "idx", "id", "no", "nr", "row", "obs", "instant", "unnamed", "n", "i", "record"])


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
        name = IN_BRACKETS.sub("", self.names[place])
        return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())

    def speaks_of_time(self, place: int) -> bool:
        """Whether all words of a column's name are words for time."""
        words = self.words(place)
        return bool(words) and set(words) <= _TIME

    def is_an_index(self, place: int) -> bool:
        """Whether a column's name is one of those that programs give to a count of rows."""
        return set(self.words(place)) <= _INDEX and not self.names[place].startswith("column ")


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
