"""Numeric columns of a table."""

import time
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.series import Asked, Series, read_latest_rows, read_series

TABLE = "date,a,b,kind\n2020-01-01,1,10,x\n2020-01-02,2,20,y\n2020-01-03,3,30,x\n"


def read(
    path: Path,
    text: str,
    columns: tuple[str, ...] | None = None,
    targets: tuple[str, ...] | None = None,
    header: bool | None = None,
    report: ReadingReport | None = None,
) -> Series:
    path.write_bytes(text.encode())
    return read_series([str(path)], Asked(columns, targets, header), report or ReadingReport(allow=1))


def test_all_numeric_columns_and_the_others_are_named(tmp_path: Path) -> None:
    report = ReadingReport()
    series = read(tmp_path / "a.csv", TABLE, report=report)
    assert (series.names, series.target_names, series.starts) == (("a", "b"), ("a", "b"), (0,))
    np.testing.assert_array_equal(series.inputs, [[1, 10], [2, 20], [3, 30]])
    assert report.read[str(tmp_path / "a.csv")]["columns_left_out"] == {
        "date": "the time",
        "kind": "not numbers, as 'x'",
    }


def test_columns_by_name_and_number(tmp_path: Path) -> None:
    series = read(tmp_path / "a.csv", TABLE, ("3",), ("a", "b"))
    np.testing.assert_array_equal(series.inputs, [[10], [20], [30]])
    np.testing.assert_array_equal(series.targets, [[1, 10], [2, 20], [3, 30]])


def test_without_a_header(tmp_path: Path) -> None:
    series = read(tmp_path / "a.tsv", "1\t2\n3\t4\n")
    assert series.names == ("column 1", "column 2")
    np.testing.assert_array_equal(series.inputs, [[1, 2], [3, 4]])
    assert len(read(tmp_path / "a.tsv", "1\t2\n3\t4\n", header=True).inputs) == 1


@pytest.mark.parametrize("cell", ["", "x", "nan", "inf", "-inf", "1_0", "1e999"])
def test_a_row_without_a_number_is_bad_and_leaves_a_gap(tmp_path: Path, cell: str) -> None:
    report = ReadingReport(allow=1)
    series = read(tmp_path / "a.csv", f"t,a\n1,1\n2,2\n3,{cell}\n4\n5,5\n6,6\n", report=report)
    np.testing.assert_array_equal(series.inputs[:, 0], [1, 2, 5, 6])
    assert series.starts == (0, 2)
    assert [one.line for one in report.bad] == [4, 5]
    assert report.bad[0].reason == f"a is {cell!r}, not a finite number"


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("", None, "the file is empty"),
        ('{"a": "x"}\n', None, "no column of numbers"),
        ('{"a": [1]}\n{"a": [2]}\n', None, "its rows hold no cell"),
        (",,\n" * 4, None, "its rows hold no cell"),
        ("a,b\nx,y\n", None, "no column of numbers"),
        (TABLE, ("c",), "no column 'c'; it has date, a, b, kind"),
        (TABLE, ("5",), "no column '5'"),
        (TABLE, ("kind",), r"no row of numbers; the first problem is at .*:2: kind is 'x'"),
        (TABLE, ("date",), r"no row of numbers; the first problem is at .*:2: date is '2020-01-01'"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, text: str, columns: tuple[str, ...] | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / ("a.jsonl" if text.startswith("{") else "a.csv"), text, columns)


def latest(path: Path, *columns: str) -> dict[str, list[list[float]]]:
    found = read_latest_rows(str(path), Asked(columns), ReadingReport(allow=1))
    return {name: rows.tolist() for name, rows in found}


def test_a_forecast_goes_on_from_the_rows_after_the_last_gap(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("day,wind,rain\n1,5,0\n2,,1\n3,6,2\n4,7,3\n")
    assert latest(path, "rain", "wind") == {"": [[2, 6], [3, 7]]}
    path.write_text("day,wind,rain\n1,5,0\n2,,1\n")
    with pytest.raises(InputError, match=r"t\.csv:3: wind is ''"):
        latest(path, "wind")
    matrix = tmp_path / "t.json"
    matrix.write_text("[[1, 2], [3, 4]]")
    assert latest(matrix, "rain", "wind") == {"": [[1, 2], [3, 4]]}


def test_the_last_rows_are_the_last_in_time_of_each_series(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("date,wind\n2021-03-03,7\n2021-03-02,6\n2021-03-01,5\n")
    assert latest(path, "wind") == {"": [[5], [6], [7]]}
    path.write_text("date,wind\n2021-03-03,?\n2021-03-02,6\n2021-03-01,5\n")
    with pytest.raises(InputError, match=r"t\.csv:2: wind is '\?'"):
        latest(path, "wind")
    days = (1, 2, 4, 5, 6, 7)
    path.write_text(
        "date,town,wind\n" + "".join(f"2021-03-0{k},{t},{k + n}\n" for k in days for n, t in enumerate("AB"))
    )
    assert latest(path, "wind") == {"A": [[4], [5], [6], [7]], "B": [[5], [6], [7], [8]]}


@pytest.mark.parametrize("sign", "[(")
def test_a_name_of_brackets_alone_is_gone_through_once(tmp_path: Path, sign: str) -> None:
    began = time.process_time()
    with pytest.raises(InputError, match="no column of numbers"):
        read(tmp_path / "a.csv", sign * 100_000 + ",b\nx,y\nz,y\n")
    assert time.process_time() - began < 5  # it took minutes


def test_a_list_among_objects_is_a_row_without_numbers(tmp_path: Path) -> None:
    report = ReadingReport(allow=1)
    read(tmp_path / "a.json", '[{"a": 1}, [[5]], [2], {"a": 3}, {"a": 4}]', report=report)
    assert len(report.bad) == 2


def test_rows_of_another_width_are_counted_one_by_one_where_a_line_holds_several(tmp_path: Path) -> None:
    for between, lines in (("", [1, 1]), ("\n", [3, 4])):
        report = ReadingReport(allow=1)
        text = f",{between}".join(("[[1.5, 2]", "[3, 4.5]", "[5]", "[6]", "[7, 8]]"))
        series = read(tmp_path / "a.json", text, report=report)
        assert (series.inputs.tolist(), series.starts) == ([[1.5, 2], [3, 4.5], [7, 8]], (0, 2))
        assert [(one.line, one.reason) for one in report.bad] == [(line, "1 column, expected 2") for line in lines]


@pytest.mark.parametrize("count", [1, 6, 7])
def test_six_columns_are_named_and_more_are_hinted_at(tmp_path: Path, count: int) -> None:
    report = ReadingReport()
    rows = [[str((k * j * j + k) % 7 + 0.5) for j in range(1, count + 1)] for k in range(4)]
    read(tmp_path / "a.csv", "\n".join(map(",".join, ["abcdefg"[:count], *rows])), report=report)
    words = {1: "1 column: a", 6: "6 columns: a, b, c, d, e, f", 7: "7 columns: a, b, c, d, e, f, …"}
    assert report.said[str(tmp_path / "a.csv")][-1] == words[count]


def test_steps_can_only_be_uneven_where_there_are_two(tmp_path: Path) -> None:
    rows = ["date,x", "2021-01-01,1", "2021-01-02,3", "2021-01-09,2"]
    for count, uneven in ((3, False), (4, True)):
        report = ReadingReport()
        read(tmp_path / "a.csv", "\n".join(rows[:count]), report=report)
        assert ("uneven steps: each row is one" in "; ".join(report.said[str(tmp_path / "a.csv")])) == uneven


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n1\n\n3\n4\n \n5\n", [":3: empty lines between rows are left out (2 in all)"]),
        ("\na\n1\n2\n3\n\n\n", []),
    ],
)
def test_an_empty_line_of_one_column_may_be_a_number_that_is_missing(
    text: str, said: list[str], tmp_path: Path
) -> None:
    report = ReadingReport()
    series = read(tmp_path / "a.csv", text, report=report)
    assert report.notes == [f"{tmp_path / 'a.csv'}{one}" for one in said]
    assert series.inputs[:, 0].tolist() == [1.0, *([] if said else [2.0]), 3.0, *([4.0, 5.0] if said else [])]
