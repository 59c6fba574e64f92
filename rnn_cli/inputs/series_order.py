"""The order of a table's rows in time, which of them belong to one series, and where a stretch of even steps ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.inputs.named_cells import NONE, Columns, Time, places_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.time_cells import DAY

FEW = 0.05
"""Where no more of the rows repeat a time, they are slips, such as the hour that is set back in autumn."""

EVEN = 0.75
WORKING_WEEK = 7 * DAY
SHORTEST = 3
"""The rows that a series has on average, at least, before a column is believed to tell series apart."""


@dataclass(frozen=True, eq=False)
class Split:
    """Which series each row belongs to: `of` (N,) counts the `labels`, in the order of the file."""

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    of: Array


@dataclass(frozen=True, eq=False)
class Order:
    """`rows` (N,) as they follow each other: series by series, and in each by time; `repeats` are rows to leave out.

    how    what was done to the order of the file: "kept", "reversed" or "sorted"
    moved  the first row of the file that stood before an earlier one; None where none did
    """

    rows: Array
    repeats: Array
    how: str
    moved: int | None = None

    @property
    def unique(self) -> Array:
        """The rows without those to leave out."""
        rows: Array = self.rows[~np.isin(self.rows, self.repeats)]
        return rows


def split_rows(table: Columns, time: Time | None, asked: str | None, report: ReadingReport) -> Split:
    """The series of each row: by the columns that are asked for, or by those that explain why times repeat.

    InputError where times repeat and nothing tells why, or several columns could.
    """
    count = len(table.cells[0])
    one = Split((), ("",), np.zeros(count, dtype=np.int64))
    if asked is not None and not (asked == NONE and NONE not in table.names):
        return _by(table, places_of(table.where, asked, table.names))
    if time is None and asked is None:
        _ask_about_blocks(table)
    repeated = 0 if time is None else _repeats(time.values, one.of)
    if time is None or not repeated or asked == NONE:
        return one
    found = _explaining(table, time)
    few = repeated <= FEW * count
    if len(found) == 1 and not few:
        names = ", ".join(found[0].columns)
        how = f"by {names}, because {time.name} repeats" if names else f"a new one where {time.name} begins again"
        report.decide(table.where, "series_found", True, f"{len(found[0].labels)} series, {how} (--series)")
        return found[0]
    if few and not found:
        return one
    known = np.flatnonzero(~np.isnan(time.values))
    first = int(known[_first_repeat(time.values[known])])
    times = int((time.values == time.values[first]).sum())
    said = " or ".join(f"--series {','.join(split.columns)}" for split in found if split.columns)
    cell = " ".join(table.cells[place][first] for place in time.places)
    raise InputError(
        f"{table.where}: {time.name} {cell!r} stands in {times} rows: "
        f"{said or '--series COLUMN'} reads a series for each of its values;\n"
        "--series none leaves the repeats out, --time none keeps the rows in their order"
    )


def _ask_about_blocks(table: Columns) -> None:
    """InputError where words stand in blocks and nothing tells the time: they may be series below each other."""
    for place, name in enumerate(table.names):
        if place not in table.signs and _tells_apart(table, place) and _in_blocks(table.cells[place]):
            raise InputError(
                f"{table.where}: {name} changes from {table.cells[place][0]!r} to another word further down, and no "
                f"column tells the time:\n--series {name} reads a series for each of its values, --series none one series"
            )


def _in_blocks(cells: Sequence[str]) -> bool:
    """Whether equal cells all stand together."""
    return sum(one != two for one, two in pairwise(cells)) + 1 == len(set(cells))


def _by(table: Columns, places: Sequence[int]) -> Split:
    seen: dict[tuple[str, ...], int] = {}
    of = [seen.setdefault(key, len(seen)) for key in zip(*(table.cells[place] for place in places), strict=True)]
    return Split(tuple(table.names[place] for place in places), tuple(map(", ".join, seen)), np.array(of))


def _repeats(values: Array, of: Array) -> int:
    """How many rows have the series and the time of another."""
    known = ~np.isnan(values)
    pairs = np.stack([of[known], values[known]], axis=1)
    return len(pairs) - len(np.unique(pairs, axis=0))


def _first_repeat(values: Array) -> int:
    _, first = np.unique(values, return_index=True)
    return int(np.setdiff1d(np.arange(len(values)), first)[0])


def _explaining(table: Columns, time: Time) -> list[Split]:
    """The splits by which no time repeats within a series: of one column, else of two, else where the time begins again."""
    known = time.values[~np.isnan(time.values)]
    together = int(np.unique(known, return_counts=True)[1].max())
    columns = [place for place in range(len(table.names)) if place not in time.places and _tells_apart(table, place)]
    for size in (1, 2):
        found: list[Split] = []
        for places in combinations(columns, size):
            split = _by(table, places)
            enough = together <= len(split.labels) <= len(split.of) / SHORTEST
            if enough and not _repeats(time.values, split.of) and not any(_same(split, other) for other in found):
                found.append(split)
        exact = [split for split in found if len(split.labels) == together]
        if found:
            return exact or found
    again = np.concatenate([[False], np.diff(time.values) < 0])
    blocks = np.cumsum(again)
    starts = time.values[np.concatenate([[0], np.flatnonzero(again)])]
    if len(starts) == together and len(np.unique(starts)) == 1 and not _repeats(time.values, blocks):
        return [Split((), tuple(f"series {k + 1}" for k in range(len(starts))), blocks)]
    return []


def _tells_apart(table: Columns, place: int) -> bool:
    """Whether a column could name series: words or whole numbers, with values that come again."""
    values = set(table.cells[place])
    if not 2 <= len(values) <= len(table.cells[place]) / SHORTEST:
        return False
    numbers = table.numbers(place) if place in table.signs else np.zeros(1)
    if np.isnan(numbers).any() or (numbers % 1).any():
        return False
    _, counts = np.unique(np.array(table.cells[place]), return_counts=True)
    return place not in table.signs or 2 * counts.min() >= counts.max() or _in_blocks(table.cells[place])


def _same(one: Split, other: Split) -> bool:
    """Whether two splits part the rows alike, as a name and a number of the same shop do."""
    return bool((one.of == other.of).all())


def order_rows(time: Time | None, split: Split) -> Order:
    """The rows series by series, and in each by time; a row without a time stays behind the one before it."""
    count = len(split.of)
    if time is None:
        return Order(np.argsort(split.of, kind="stable"), np.array([], dtype=np.int64), "kept")
    values = _filled(time.values)
    rows = np.lexsort((np.arange(count), values, split.of))
    known = ~np.isnan(time.values)
    before = _steps(values, split.of, np.arange(count))
    how, moved = "kept", None
    if any((part < 0).any() for part in before):
        falls = all((part <= 0).all() for part in before)
        how = "reversed" if falls else "sorted"
        moved = _first_fall(values, split.of)
        if falls:  # rows without a time and equal times keep their place too
            rows = np.lexsort((-np.arange(count), values, split.of))
    ordered = rows[known[rows]]
    same = (np.diff(values[ordered]) == 0) & (np.diff(split.of[ordered]) == 0)
    return Order(rows, ordered[1:][same], how, moved)


def _filled(values: Array) -> Array:
    """The values; in place of nan stands the last number before it, or the first one after it."""
    known = np.flatnonzero(~np.isnan(values))
    last = np.searchsorted(known, np.arange(len(values)), side="right") - 1
    filled: Array = values[known[np.maximum(last, 0)]]
    return filled


def _steps(values: Array, of: Array, rows: Array) -> list[Array]:
    """The steps in time between the rows of each series."""
    return [np.diff(values[rows[of[rows] == k]]) for k in range(int(of.max(initial=0)) + 1)]


def _first_fall(values: Array, of: Array) -> int:
    last: dict[int, float] = {}
    for row, (value, series) in enumerate(zip(values.tolist(), of.tolist(), strict=True)):
        if value < last.get(series, -np.inf):
            return row
        last[series] = value
    return 0


@dataclass(frozen=True, eq=False)
class Steps:
    """How the rows follow in time: `usual` in seconds or counts, None where they are uneven; `ends` (M,) whether a gap
    comes before a row of the order; `working` whether there are working days alone."""

    usual: float | None
    ends: Array
    working: bool = False


def find_gaps(time: Time | None, split: Split, rows: Array) -> Steps:
    """Where a step between two rows of a series is longer than the usual one; nowhere where there is no usual one."""
    ends = np.zeros(len(rows), dtype=bool)
    if time is None or len(rows) < 3:
        return Steps(None, ends)
    values = time.values[rows]
    steps = np.concatenate([[np.nan], np.diff(values)])
    steps[1:][np.diff(split.of[rows]) != 0] = np.nan
    known = steps[~np.isnan(steps)]
    usual = float(np.median(known)) if len(known) else 0.0
    if usual <= 0:
        return Steps(None, ends)
    weekdays = (values // DAY - 1) % 7  # day 1 of the calendar was a Monday
    if time.dated and usual == DAY and len(rows) > 10 and (weekdays < 5).all():
        return Steps(usual, steps > WORKING_WEEK, working=True)
    if (np.abs(known - usual) <= 0.5 * usual).mean() < EVEN:
        return Steps(None, ends)
    return Steps(usual, steps > 1.5 * usual)


_LENGTHS = (("year", 365, 366), ("quarter", 89, 92), ("month", 28, 31), ("week", 7, 7), ("day", 1, 1))


def span(seconds: float) -> str:
    """A length of time in words: "1 day", "15 minutes"."""
    for name, low, high in _LENGTHS:
        if low * DAY <= seconds <= high * DAY:
            return f"1 {name}"
    for name, length in (("day", DAY), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {name}{'' if seconds == length else 's'}"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"
