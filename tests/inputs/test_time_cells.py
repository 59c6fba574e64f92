"""Times in the cells of a table: each form against Python's calendar."""

from datetime import datetime

import pytest

from rnn_cli.inputs.time_cells import COMPACT, DAY, WRITTEN, written_forms

READ = {form.name: form.read for form in (*COMPACT, *WRITTEN[::-1])}


def seconds(moment: datetime) -> float:
    return moment.toordinal() * DAY + 3600 * moment.hour + 60 * moment.minute + moment.second + moment.microsecond / 1e6


@pytest.mark.parametrize(
    ("form", "cell", "moment"),
    [
        ("month/day/year", "6/1/2021 12:05 AM", datetime(2021, 6, 1, 0, 5)),
        ("month/day/year", "6/1/2021 12:05 pm", datetime(2021, 6, 1, 12, 5)),
        ("month/day/year", "6/1/21 1:05:30 p.m.", datetime(2021, 6, 1, 13, 5, 30)),
        ("month/day/year", "6/1/2021 13:05 PM", None),
        ("month/day/year", "6/1/2021 0:05 AM", None),
        ("day/month/year", "1/6/2021 14:30 +02:00", datetime(2021, 6, 1, 12, 30)),
        ("day/month/year", "1/6/2021 14:30 +02", datetime(2021, 6, 1, 12, 30)),
        ("day/month/year", "1.6.2021 14:30:00 -0530", datetime(2021, 6, 1, 20, 0)),
        ("day/month/year", "1.6.2021 23:30 -01:00", datetime(2021, 6, 2, 0, 30)),
        ("day/month/year", "1/6/2021 14:30 UTC", datetime(2021, 6, 1, 14, 30)),
        ("day/month/year", "1/6/2021 14:60", None),
        ("day/month/year", "1/6/71", datetime(1971, 6, 1)),
        ("year-month-day", "2021-06-01T14:30:00.25-05:30", datetime(2021, 6, 1, 20, 0, 0, 250_000)),
        ("year-month-day", "2021-06-01T14", datetime(2021, 6, 1, 14)),
        ("year-month-day", "2021-06-01T1430", datetime(2021, 6, 1, 14, 30)),
        ("year-month-day", "2021-06-01 24:00", datetime(2021, 6, 2)),
        ("year-month-day", "2021-06-01 2:30 PM", datetime(2021, 6, 1, 14, 30)),
        ("day/month/year", "1/6/69 14:30", datetime(2069, 6, 1, 14, 30)),
        ("day/month/year", "1/6/0071", datetime(71, 6, 1)),
        ("year-month-day", "0001-01-01", datetime(1, 1, 1)),
        ("year-month-day", "0001/01/01", datetime(1, 1, 1)),
        ("year-month-day", "0099-12-31 2:30 PM", datetime(99, 12, 31, 14, 30)),
        ("year-month", "0099-12", datetime(99, 12, 1)),
        ("day/month/year", "1/6/00", datetime(2000, 6, 1)),
        ("year-month-day", "2021-02-29", None),
        ("year-month-day", "2021-06-01x14:30", None),
        ("year and week", "2021-W05-3", datetime(2021, 2, 3)),
        ("year and week", "2021 w05", datetime(2021, 2, 1)),
        ("year and week", "2021-W54", None),
        ("quarter and year", "Q3/2021", datetime(2021, 7, 1)),
        ("month day, year", "Tuesday, June 1, 2021", datetime(2021, 6, 1)),
        ("month day, year", "Foo 1, 2021", None),
        ("yyyymmddhhmm", "202106011430", datetime(2021, 6, 1, 14, 30)),
        ("yyyymmddThhmmss", "20210601T143005", datetime(2021, 6, 1, 14, 30, 5)),
        ("yyyymmdd", "17991231", None),
        ("yyyymm", "202113", None),
    ],
)
def test_a_cell_is_the_moment_that_it_says(form: str, cell: str, moment: datetime | None) -> None:
    assert READ[form](cell) == (None if moment is None else seconds(moment))


@pytest.mark.parametrize(("cell", "year"), [("0-01", 2000), ("8-01", 2008), ("09-01", 2009), ("95-01", 1995)])
def test_years_of_one_digit_go_on_from_those_of_two(cell: str, year: int) -> None:
    (form,) = written_forms([cell, "99-12", "98-11"])
    assert form.read(cell) == seconds(datetime(year, 1, 1))


@pytest.mark.parametrize(
    ("odd", "chosen"),
    [
        ("13/2/2021", ["day/month/year"]),
        ("2/13/2021", ["month/day/year"]),
        ("2/3/2021", ["day/month/year", "month/day/year"]),
    ],
)
def test_one_day_above_twelve_says_which_is_the_day(odd: str, chosen: list[str]) -> None:
    cells = [f"{k}/{k % 5 + 1}/2021" for k in range(1, 13)]
    assert [form.name for form in written_forms([*cells, odd])] == chosen
