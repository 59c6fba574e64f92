"""Series as people have them: what is read of each form, in which order, and what is said or asked."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.series import Asked, Series, read_series

N = 12
X = [3.5, 1.25, 4.75, 1.5, 9.25, 2.5, 6.25, 5.5, 3.25, 5.75, 8.5, 9.75]


def day(k: int, form: str = "%Y-%m-%d", first: date = date(2021, 1, 28)) -> str:
    return (first + timedelta(days=k)).strftime(form)


def table(*lines: str, sign: str = ",") -> str:
    return "\n".join(line.replace("|", sign) for line in lines) + "\n"


def rows(form: str, values: Sequence[Any] = X, header: str = "date|x", **names: Any) -> str:
    """A header, and a line for each value: {day} and {k} count on."""
    lines = (
        form.format(k=k, day=day(k), x=value, comma=str(value).replace(".", ",")) for k, value in enumerate(values)
    )
    return table(*([header] if header else []), *lines, **names)


def dates(form: str, first: date = date(2021, 1, 28), values: Sequence[Any] = X) -> str:
    return table("date|x", *(f"{day(k, form, first)}|{x}" for k, x in enumerate(values)), sign=";")


def months(form: str, count: int = N) -> str:
    first = [date(2020 + k // 12, k % 12 + 1, 1) for k in range(count)]
    return table("period|x", *(f"{one.strftime(form)}|{X[k % N]}" for k, one in enumerate(first)))


def read(
    folder: Path, text: str, suffix: str = ".csv", **asked: Any
) -> tuple[Series, str, dict[str, Any], ReadingReport]:
    path = folder / f"s{suffix}"
    path.write_text(text, encoding="utf-8")
    report = ReadingReport(allow=asked.pop("allow", 0.05))
    series = read_series([str(path)], Asked(**asked), report)
    report.check_share(str(path))
    return series, "; ".join(report.said.get(str(path), [])), report.read[str(path)], report


ONE_BY_ONE = {
    "ISO dates, newest first": (table("date|x", *(f"{day(-k)}|{x}" for k, x in enumerate(X))), "newest first", X[::-1]),
    "ISO dates, shuffled": (table("date|x", *(f"{day(5 * k % N)}|{X[5 * k % N]}" for k in range(N))), "line 5 is the first", X),
    "ISO dates with a clock and a zone": (table("ts|x", *(f"2021-01-01T{k:02}:30:00+01:00|{x}" for k, x in enumerate(X))), "a row is 1 hour", X),
    "day.month.year": (dates("%d.%m.%Y"), "day/month/year, as 28.01.2021), a row is 1 day", X),
    "day.month.year, all before the 12th": (dates("%d.%m.%Y", date(2021, 3, 1), X[:8]), "as 01.03.2021), a row is 1 day", X[:8]),
    "day/month/year": (dates("%d/%m/%Y"), "day/month/year, as 28/01/2021", X),
    "month/day/year": (dates("%m/%d/%Y"), "month/day/year, as 01/28/2021", X),
    "years of two digits": (dates("%m/%d/%y"), "month/day/year, as 01/28/21", X),
    "names of months": (dates("%d-%b-%Y"), "day month year, as 28-Jan-2021", X),
    "names of months first": (table("date|x", *(f'"{day(k, "%B %d, %Y")}"|{x}' for k, x in enumerate(X))), "month day, year", X),
    "month and year": (months("%b %Y"), "month year, as Jan 2020), a row is 1 month", X),
    "year-month": (months("%Y-%m"), "year-month, as 2020-01), a row is 1 month", X),
    "months as days, day first": (months("%d/%m/%Y", 24), "day/month/year, as 01/01/2020), a row is 1 month", X * 2),
    "months of a series": (table("Month|x", *(f"{1 + k // 12}-{k % 12 + 1:02}|{x}" for k, x in enumerate(X * 2))), "year-month, as 1-01), a row is 1 month", X * 2),
    "quarters": (table("q|x", *(f"{2000 + k // 4}Q{k % 4 + 1}|{x}" for k, x in enumerate(X))), "a row is 1 quarter", X),
    "ISO weeks": (table("week|x", *(f"2021-W{k + 1:02}|{x}" for k, x in enumerate(X))), "a row is 1 week", X),
    "dates in digits": (dates("%Y%m%d").replace("date", "DATUM"), "time in DATUM (yyyymmdd), a row is 1 day", X),
    "seconds since 1970": (table("Timestamp|x", *(f"{1325317920 + 3600 * k}.0|{x}" for k, x in enumerate(X))), "seconds since 1970), a row is 1 hour", X),
    "milliseconds since 1970": (table("ts|x", *(f"{1325317920000 + 60000 * k}|{x}" for k, x in enumerate(X))), "ms since 1970), a row is 1 minute", X),
    "years": (table("YEAR|x", *(f"{1900 + k}|{x}" for k, x in enumerate(X))), "time in YEAR (years), a row is 1 year", X),
    "years without a header": (table(*(f"{1900 + k}|{x}" for k, x in enumerate(X))), "time in column 1 (years)", X),
    "an index of pandas": (rows("{k}|{x}", header="|x"), "without column 1 (counts the rows)", X),
    "year, month, day and hour in columns": (rows("{k}|2010|1|1|{k}|{x}", header="No|year|month|day|hour|x"), "time in year, month, day, hour", X),
    "year, month, day without a header": (table(*(f"{day(k, '%Y;%m;%d')};{2021 + (k + 27.5) / 365:.3f};{x}" for k, x in enumerate(X))), "time in column 1, column 2, column 3", None),
    "years and quarters in columns": (table("Year|Qtr|x", *(f"{2000 + k // 4}|Q{k % 4 + 1}|{x}" for k, x in enumerate(X))), "time in Year, Qtr (year, quarter), a row is 1 quarter", X),
    "years and days of the year": (table("YEAR|DOY|x", *(f"2020|{k + 55}|{x}" for k, x in enumerate(X))), "time in YEAR, DOY (year, dayofyear), a row is 1 day", X),
    "years and names of months": (table("Year|Month|x", *(f"{2020 + k // 12}|{day(31 * k, '%B', date(2020, 1, 1))}|{x}" for k, x in enumerate(X))), "time in Year, Month (year, month), a row is 1 month", X),
    "an hour without a date": (rows("{k}|{x}", header="hour|x"), "x", X),
    "a date and an hour": (rows("2021-01-05|{k}|{x}", header="dteday|hr|x"), "time in dteday and hr", X),
    "a date, a clock with dots, commas, empty columns": (rows("16/03/2004;{k:02}.00.00;{comma};;", header="Date;Time;x;;"), "decimal comma in x, as '3,5'", X),
    "a count of seconds": (table("time (s)|x", *(f"{k * 0.5}|{x}" for k, x in enumerate(X))), "time in time (s) (numbers)", X),
    "a number a line": (table("Water level", *map(str, X)), "no column of time", None),
    "a number a line in quotes, without a header": (table(*(f'"{x}"' for x in X)), "no column of time", None),
    "no time": (rows("{x}", header="x"), "no column of time: the rows in their order", X),
    "no time, but a feature called like one": (table("response_time|x", *(f"{X[5 * k % N]}|{x}" for k, x in enumerate(X))), "no column of time", None),
    "decimal commas": (rows("{day};{comma}", header="date;x"), "decimal comma in x, as '3,5'", X),
    "decimal commas in quotes": (rows('{day},"{comma}"', header="date,x"), "decimal comma in x", X),
    "points and commas in turn by column": (rows("{comma}|{day}|7.{k}", header="x|date|y", sign=";"), "decimal comma in x", None),
    "points between thousands": (table("date;x", *(f"{day(k)};1.{200 + k * k}.000,5" for k in range(N))), "decimal comma in x", [1200000.5 + 1000 * k * k for k in range(N)]),
    "commas between thousands": (table("date;x", *(f"{day(k)};{990 + k * k:,}" for k in range(N))), "commas between thousands", [990 + k * k for k in range(N)]),
    "currency": (table("date;x", *(f"{day(k)};$1,{200 + k * k}.50" for k in range(N))), "$ left away in x", [1200.5 + k * k for k in range(N)]),
    "percent": (rows("{day}|{x} %"), "% left away in x", X),
    "a line of totals": (rows("{day}|{x}", X * 2) + "Total,99\n", "time in date", X * 2),
    "a column that never changes": (rows("{day}|{x}|7", header="date|x|unit"), "unit (always 7)", X),
    "words": (rows("{day}|{x}|1.2M|dry", header="date|x|volume|sky"), "volume (not numbers, as '1.2M'), sky (not numbers, as 'dry')", X),
    "JSON lines": (table(*(f'{{"date": "{day(k)}", "x": {x}}}' for k, x in enumerate(X))), "time in date", X),
    "a header that counts, as pandas writes it": (table("0|1|2", *(f"{x}|{X[k - 1]}|{X[k - 2]}" for k, x in enumerate(X))), "line 1 names the columns (--no-header)", None),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_one_series_in_the_order_of_time_without_the_time_among_the_features(name: str, tmp_path: Path) -> None:
    text, says, values = ONE_BY_ONE[name]
    series, said, decided, report = read(tmp_path, text, ".jsonl" if name == "JSON lines" else ".csv")
    assert says in said
    if values is not None:
        assert series.names == ("x",) if "header" not in name else series.names == ("column 2",)
        np.testing.assert_allclose(series.inputs[:, 0], values)
    assert series.starts == (0,)
    assert len(series.groups) == 1
    assert {"time", "order", "columns", "targets", "columns_left_out"} <= decided.keys()
    assert report.bad_count == (name == "a line of totals")


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("a number a line", {"Water level": X}),
        ("a number a line in quotes, without a header", {"column 1": X}),
        ("year, month, day without a header", {"column 5": X}),
        ("no time, but a feature called like one", {"response_time": [X[5 * k % N] for k in range(N)], "x": X}),
        (
            "points and commas in turn by column",
            {"x": X, "y": [7 + k / 10 if k < 10 else 7 + k / 100 for k in range(N)]},
        ),
        ("a header that counts, as pandas writes it", {"0": X, "1": X[-1:] + X[:-1], "2": X[-2:] + X[:-2]}),
    ],
)
def test_several_columns(name: str, columns: dict[str, list[float]], tmp_path: Path) -> None:
    series, _, _, _ = read(tmp_path, ONE_BY_ONE[name][0])
    assert series.names == tuple(columns)
    np.testing.assert_allclose(series.inputs.T, list(columns.values()))


def stacked(*names: str, keys: Sequence[str] = "AB", by_time: bool = False, more: str = "") -> str:
    """Two series below each other, or in turn, with a hundred between them."""
    lines = [(k, i, f"{day(k)}|{key}{more}|{X[k] + 100 * i}") for i, key in enumerate(keys) for k in range(N)]
    lines = sorted(lines) if by_time else lines
    return table("|".join(["date", *names, "x"]), *(line for _, _, line in lines))


AB = X + [100 + x for x in X]

SEVERAL = {
    "below each other": (stacked("shop"), {}, ("A", "B"), "2 series, by shop, because date repeats"),
    "in turn": (stacked("shop", keys="12", by_time=True), {}, ("1", "2"), "2 series, by shop"),
    "a name and a number": (stacked("shop", "town", more="|T").replace("B|T", "B|U"), {}, ("A", "B"), "2 series, by shop"),
    "newest first": ("date,shop,x\n" + "\n".join(reversed(stacked("shop", by_time=True).splitlines()[1:])), {}, ("B", "A"), "newest first"),
    "by two columns": (stacked("shop", "item", keys=("A|1", "A|2", "B|1", "B|2")), {}, ("A, 1", "A, 2", "B, 1", "B, 2"), "4 series, by shop, item"),
    "where the time begins again": (table("t|x", *(f"{k}|{X[k] + 100 * i}" for i in (0, 1) for k in range(N))), {}, ("series 1", "series 2"), "a new one where t begins again"),
    "machines with their cycles": (table("unit|cycle|x", *(f"{i + 1}|{k + 1}|{X[k] + 100 * i}" for i in (0, 1) for k in range(N))), {}, ("1", "2"), "2 series, by unit, because cycle repeats"),
    "asked for, without a time": (table("shop|x", *(f"{'AB'[k % 2]}|{X[k // 2] + 100 * (k % 2)}" for k in range(2 * N))), {"series": "shop"}, ("A", "B"), "2 series by shop"),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_several_series_never_run_into_each_other(name: str, tmp_path: Path) -> None:
    text, asked, labels, says = SEVERAL[name]
    series, said, decided, _ = read(tmp_path, text, **asked)
    assert says in said
    assert "scaled over all series" in said
    assert tuple(one.name for one in series.groups) == labels
    assert series.names == ("x",)
    expected = [X[k] + 100 * i for i in range(len(labels)) for k in range(N)]
    read_in_order = np.concatenate(
        [series.inputs[one.first : one.last, 0] for one in sorted(series.groups, key=lambda one: one.name)]
    )
    np.testing.assert_allclose(read_in_order, expected)
    assert series.starts == tuple(range(0, len(labels) * N, N))
    assert decided["series"]["count"] == len(labels)


def test_several_files_are_several_series(tmp_path: Path) -> None:
    for name, add in (("a", 0), ("b", 100)):
        (tmp_path / f"{name}.csv").write_text(rows("{day}|{x}", [x + add for x in X]))
    report = ReadingReport()
    series = read_series([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], Asked(), report)
    np.testing.assert_allclose(series.inputs[:, 0], AB)
    assert [(one.name, one.first, one.last) for one in series.groups] == [("a.csv", 0, N), ("b.csv", N, 2 * N)]
    assert series.starts == (0, N)
    assert "a series of its own" in report.said[str(tmp_path / "b.csv")][-1]


ASKS = {
    "times that nothing explains": (rows("2021-01-0{k}|{x}").replace("-01-010", "-01-01").replace("-01-011", "-01-01").replace("-01-00", "-01-02"), "--series COLUMN.*\n--series none.*--time none"),
    "two columns that could be series": (table("date|shop|kind|x", *(f"{day(k)}|{s}|{'PQ'[(i + k) % 2]}|{X[k]}" for k in range(N) for i, s in enumerate("AB"))), "--series shop or --series kind"),
    "words in blocks and no time": (table("shop|x", *(f"{s}|{x}" for s in "AB" for x in X)), "--series shop reads a series for each of its values, --series none one"),
    "day and month alike": (table("date|x", *(f"{k + 1}/1/2021|{x}" for k, x in enumerate(X))), r"--time date:D/M/Y or --time date:M/D/Y"),
    "one comma with three digits": (table("date;x", *(f"{day(k)};1,{200 + k}" for k in range(N))), r"x holds '1,200', which may be 1200 or 1\.2: say --decimal"),
    "two decimal signs": (table("date;x", *(f"{day(k)};1{',.'[k % 2]}5" for k in range(N))), "with two decimal signs: --decimal"),
    "two currencies": (table("date;x", *(f"{day(k)};{'€$'[k % 2]}5" for k in range(N))), r"x holds \$ and €"),
    "time along the columns": (table("land|2000|2001|2002|2003", *(f"L{k}|1|2|5|{x}" for k, x in enumerate(X))), "time runs along the columns;\nturn the table round"),
    "too many rows without a number": (rows("{day}|{x}", ["NA", *X[1:]]), r"1 of 12 rows cannot be read.*x is missing \(.*s\.csv:2\);\n.*--allow-left-out 0\.09"),
    "no such time": (rows("{day}|{x}|rain", header="date|x|sky"), "--time sky: it holds 'rain', and no time"),
    "no such column": (rows("{day}|{x}"), "no column 'when'; it has date, x"),
    "two columns of one name": (rows("{day}|{x}|{x}", header="date|x|x"), "two columns are named 'x'"),
    "no numbers": (rows("{day}|dry"), r"no column of numbers \(date: the time; x: not numbers, as 'dry'\)"),
}  # fmt: skip
ASKED: dict[str, dict[str, Any]] = {
    "no such time": {"time": "sky"},
    "no such column": {"time": "when"},
    "two columns of one name": {"columns": ("x",)},
}


@pytest.mark.parametrize("name", ASKS)
def test_what_may_mean_two_things_is_asked(name: str, tmp_path: Path) -> None:
    text, says = ASKS[name]
    with pytest.raises(InputError, match=f"(?s){says}") as caught:
        read(tmp_path, text, **ASKED.get(name, {}))
    assert len(str(caught.value).splitlines()) <= 2


@pytest.mark.parametrize(
    ("name", "asked", "values"),
    [
        ("day and month alike", {"time": "date:D/M/Y"}, X),
        ("day and month alike", {"time": "date:M/D/Y"}, X),
        ("words in blocks and no time", {"series": "shop"}, X + X),
        ("words in blocks and no time", {"series": "none"}, X + X),
        ("one comma with three digits", {"decimal": "."}, [1200 + k for k in range(N)]),
        ("one comma with three digits", {"decimal": ","}, [1.2 + k / 1000 for k in range(N)]),
        ("two columns that could be series", {"series": "shop"}, X + X),
        ("times that nothing explains", {"time": "none"}, X),
        ("times that nothing explains", {"series": "none", "allow": 0.5}, None),
        ("too many rows without a number", {"allow": 0.1}, X[1:]),
    ],
)
def test_an_option_settles_it(name: str, asked: dict[str, Any], values: list[float] | None, tmp_path: Path) -> None:
    series, _, _, report = read(tmp_path, ASKS[name][0], **asked)
    if values is None:
        assert {one.reason for one in report.left_out.values()} == {"date repeats"}
        return
    np.testing.assert_allclose(series.inputs[:, 0], values)


def test_the_time_is_a_feature_where_it_is_asked_for(tmp_path: Path) -> None:
    series, said, _, _ = read(tmp_path, ONE_BY_ONE["years"][0], columns=("YEAR", "x"), targets=("YEAR",))
    np.testing.assert_allclose(series.inputs, [[1900 + k, x] for k, x in enumerate(X)])
    assert "YEAR is forecast too, and is only the time" in said


@pytest.mark.parametrize(
    ("text", "starts", "says"),
    [
        (table("date|x", *(f"{day(k + 5 * (k > 6))}|{x}" for k, x in enumerate(X))), (0, 7), "1 gap in time, the first before line 9"),
        (table("date|x", *(f"{day(k)}|{X[k % N]}" for k in range(50) if (date(2021, 1, 28) + timedelta(k)).weekday() < 5)), (0,), "on working days"),
        (table("date|x", *(f"{day(k * k)}|{x}" for k, x in enumerate(X))), (0,), "uneven steps: each row is one"),
        (rows("{day}|{x}", [*X[:5], "NA", *X[5:], *X]), (0, 5), "time in date"),
        (rows("{day}|{x}", [*X[:5], -999, *X[5:9], -999, *X[5:], *X, *X, *X]), (0, 5, 9), "-999 is a missing number (2 times, as in x; --missing)"),
        (rows("{k}|{x}", X * 2, "|x").replace("\n7,5.5\n", "\n"), (0, 7), "1 gap in time, the first before line 9"),
    ],
)  # fmt: skip
def test_gaps_are_said_and_end_a_stretch(text: str, starts: tuple[int, ...], says: str, tmp_path: Path) -> None:
    series, said, _, _ = read(tmp_path, text)
    assert (series.starts, says in said) == (starts, True)
    across, _, _, _ = read(tmp_path, text, across_gaps=True)
    assert across.starts == (0,)


def test_missing_numbers_by_the_option(tmp_path: Path) -> None:
    text = rows("{day}|{x}", [*X[:5], -999, *X, *X, -999, *X])
    assert -999 in read(tmp_path, text, missing="none")[0].inputs
    series, _, _, report = read(tmp_path, text, missing="-999,9.75", allow=1)
    assert not {-999, 9.75} & set(series.inputs[:, 0])
    assert [(one.reason, one.count) for one in report.left_out.values()] == [("x is missing", 5)]


def test_a_few_times_that_stand_twice_are_left_out(tmp_path: Path) -> None:
    """The hour that comes twice when clocks are set back."""
    hours = [f"2021-10-{30 + k // 24} {k % 24:02}:00" for k in range(40)]
    text = table("time|x", *(f"{one}|{k}.5" for k, one in enumerate([*hours[:26], hours[25], *hours[26:]])))
    series, _, _, report = read(tmp_path, text)
    assert series.inputs[24:29, 0].tolist() == [24.5, 25.5, 27.5, 28.5, 29.5]
    assert series.starts == (0,)
    assert [(one.reason, one.count, one.lines) for one in report.left_out.values()] == [
        ("time repeats", 1, [f"{tmp_path / 's.csv'}:28"])
    ]
