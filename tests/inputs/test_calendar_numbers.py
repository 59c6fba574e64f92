"""Numbers that are times: the parts of a calendar at their ends, counts of seconds since 1970, and steps that are even."""

from datetime import UTC, datetime

import numpy as np
import pytest

from rnn_cli.inputs.calendar_parts import _in_range, from_named_parts
from rnn_cli.inputs.named_cells import Columns
from rnn_cli.inputs.runs import counts_on, is_even, is_monotone, unique_whole
from rnn_cli.inputs.time_cells import DAY, EPOCH, epoch

ENDS = {
    "year": (0, 2200), "quarter": (1, 4), "month": (1, 12), "week": (1, 53), "dayofyear": (1, 366), "day": (1, 31),
    "weekday": (0, 7), "dayofweek": (0, 7), "dow": (0, 7), "hour": (0, 24), "minute": (0, 59), "second": (0, 60),
}  # fmt: skip


@pytest.mark.parametrize("part", ENDS)
def test_a_part_of_the_calendar_has_whole_numbers_between_its_ends(part: str) -> None:
    low, high = ENDS[part]
    assert _in_range(np.array([low, high, low + 1.0, np.nan]), part)
    for wrong in (low - 1, high + 1, low + 0.5):
        assert not _in_range(np.array([low, high, wrong]), part)
    assert not _in_range(np.array([low, np.nan]), part)  # as many unknown as known


@pytest.mark.parametrize(
    ("cells", "moment"),
    [
        ({"Year": "2020", "DOY": "55"}, datetime(2020, 2, 24)),  # 31 + 24
        ({"Year": "2020", "Qtr": "Q3"}, datetime(2020, 7, 1)),
        ({"Year": "2020", "Week": "3"}, datetime(2020, 1, 15)),  # two weeks after the first of January
        ({"Year": "2020", "Month": "May"}, datetime(2020, 5, 1)),
        ({"Year": "2020", "Month": "5", "Day": "6", "Hour": "7"}, datetime(2020, 5, 6, 7)),
        ({"yr": "2020", "mo": "5", "dy": "6", "hr": "7", "min": "8", "sec": "9"}, datetime(2020, 5, 6, 7, 8, 9)),
    ],
)
def test_parts_in_columns_of_their_own_are_one_moment(cells: dict[str, str], moment: datetime) -> None:
    signs = {k: "." for k, cell in enumerate(cells.values()) if cell.isdigit()}
    time = from_named_parts(Columns("a.csv", list(cells), [[cell] for cell in cells.values()], signs))
    assert time is not None
    assert time.values.tolist() == [moment.toordinal() * DAY + 3600 * moment.hour + 60 * moment.minute + moment.second]


def test_counts_since_1970_are_read_by_their_size() -> None:
    moment = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
    seconds = moment.timestamp()
    for name, parts in {"seconds": 1, "ms": 10**3, "µs": 10**6, "ns": 10**9}.items():
        form = epoch(seconds * parts)
        assert form is not None
        assert form.name == f"{name} since 1970"
        assert form.read(str(int(seconds) * parts)) == EPOCH + seconds
    assert [epoch(x) is None for x in (1e8 - 1, 1e8, 1e19 - 1e4, 1e19)] == [True, False, False, True]


def test_steps_are_even_that_differ_by_less_than_half() -> None:
    months = np.cumsum([0, 31, 28, 31, 30, 31])
    for values, even in {
        tuple(months[::-1]): True, (0, 2, 4, 6.9): True, (0, 2, 4, 7): False, (0, 2, 4, 5): False,
        (0, 2, 4, np.nan, 4): True, (0, 2, 2): False, (): False,
    }.items():  # fmt: skip
        assert is_even(np.array(values, dtype=float)) == even, values


def test_how_numbers_follow_each_other() -> None:
    for values, rising, unique, counting in [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], True, True, True),
        ([5, 4, 3, 2, 1], True, True, True),
        ([1, 2, 3, 1, 2, 3], False, False, False),
        ([*range(12), *range(12)], False, False, True),
        ([*range(12), *range(1, 12)], False, False, False),  # it begins again elsewhere
        ([*range(11), 12], True, True, True),
        ([1, 2, 4, 8], True, True, False),
        ([1, 1], False, False, False),
        ([1.5, 2.5, 3.5], True, False, True),
        ([1, np.nan, 2], True, True, False),
    ]:
        array = np.array(values, dtype=float)
        assert (is_monotone(array), unique_whole(array), counts_on(array)) == (rising, unique, counting), values
    assert not is_monotone(np.array([1.0]))
