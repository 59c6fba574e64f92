"""Numeric columns of a table."""

from pathlib import Path

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.series import Series, read_latest_rows, read_series

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
    return read_series(str(path), columns, targets, header, report or ReadingReport())


def test_all_numeric_columns_and_the_others_are_named(tmp_path: Path) -> None:
    report = ReadingReport()
    series = read(tmp_path / "a.csv", TABLE, report=report)
    assert (series.names, series.target_names, series.starts) == (("a", "b"), ("a", "b"), (0,))
    np.testing.assert_array_equal(series.inputs, [[1, 10], [2, 20], [3, 30]])
    assert report.notes == [f"{tmp_path / 'a.csv'}: left out date, kind: not numbers"]


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
    report = ReadingReport()
    series = read(tmp_path / "a.csv", f"t,a\n1,1\n2,2\n3,{cell}\n4\n5,5\n6,6\n", report=report)
    np.testing.assert_array_equal(series.inputs[:, 0], [1, 2, 5, 6])
    assert series.starts == (0, 2)
    assert [one.line for one in report.bad] == [4, 5]
    assert report.bad[0].reason == f"a is {cell!r}, not a finite number"


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("", None, "the file is empty"),
        ('{"a": 1}\n', None, "expected a table of numbers"),
        ("a,b\nx,y\n", None, "no column of numbers"),
        (TABLE, ("c",), "no column 'c'; it has date, a, b, kind"),
        (TABLE, ("5",), "no column '5'"),
        (TABLE, ("kind",), r"no row of numbers; the first problem is at .*:2: kind is 'x'"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, text: str, columns: tuple[str, ...] | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / ("a.jsonl" if text.startswith("{") else "a.csv"), text, columns)


def test_a_forecast_goes_on_from_the_rows_after_the_last_gap(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("day,wind,rain\n1,5,0\n2,,1\n3,6,2\n4,7,3\n")
    (rows,) = read_latest_rows(str(path), ["rain", "wind"])
    assert rows.tolist() == [[2, 6], [3, 7]]
    path.write_text("day,wind,rain\n1,5,0\n2,,1\n")
    with pytest.raises(InputError, match=r"t\.csv:3: wind is ''"):
        read_latest_rows(str(path), ["wind"])
    matrix = tmp_path / "t.json"
    matrix.write_text("[[1, 2], [3, 4]]")
    (rows,) = read_latest_rows(str(matrix), ["rain", "wind"])
    assert rows.tolist() == [[1, 2], [3, 4]]
