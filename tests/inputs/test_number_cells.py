"""Numbers as people write them, and the decimal sign of a column."""

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.number_cells import decimals_of, is_missing, mark_of, parse


@pytest.mark.parametrize(
    ("cell", "point", "comma"),
    [
        ("12", 12, 12),
        ("-1e3", -1000, -1000),
        ("+.5", 0.5, None),
        ("1.5", 1.5, None),
        ("1,5", None, 1.5),
        ("1,234", 1234, 1.234),
        ("1.234", 1.234, 1234),
        ("0.123", 0.123, None),
        ("0,123", None, 0.123),
        ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5),
        ("1.234.567", None, 1234567),
        ("1 234,5", None, 1234.5),
        ("1\u202f234,5", None, 1234.5),
        ("1'234.50", 1234.5, None),
        ("1,00,000", 100000, None),
        ("\u22123", -3, -3),
        ("(3.5)", -3.5, None),
        ("12 %", 12, 12),
        ("$1,234.50", 1234.5, None),
        ("-$5", -5, -5),
        ("$-5", -5, -5),
        ("3,50 €", None, 3.5),
        *((cell, None, None) for cell in ("", "-", ".", "x", "nan", "inf", "1e999", "1_0", "1 2", "1,2,3", "1.2M", "5 kg")),
    ],
)  # fmt: skip
def test_a_cell_by_each_decimal_sign(cell: str, point: float | None, comma: float | None) -> None:
    assert (parse(cell), parse(cell, ",")) == (point, comma)


@pytest.mark.parametrize(
    ("columns", "signs"),
    [
        ([["20,19", "21"]], ","),
        ([["20.19", "21"]], "."),
        ([["20,19"], ["60.0"]], ",."),
        ([["1.234"], ["0,5"]], ",,"),
        ([["1,234"], ["0.5"]], ".."),
        ([["999", "1,234"]], "."),
        ([["1.234", "2.500"]], "."),
        ([["12", "13"]], "."),
        ([["1,5"] * 40 + ["1.5"]], ","),
    ],
)
def test_the_decimal_sign_of_each_column(columns: list[list[str]], signs: str) -> None:
    names = ["a", "b"][: len(columns)]
    assert "".join(one.sign for one in decimals_of(columns, names, "f.csv")) == signs


@pytest.mark.parametrize("cells", [["1,234"], ["1,234", "2000"], ["1.234", "999"], ["1,5", "1.5"]])
def test_two_readings_are_asked_about_and_the_option_settles_them(cells: list[str]) -> None:
    with pytest.raises(InputError, match=r"f\.csv: a holds .*--decimal"):
        decimals_of([cells], ["a"], "f.csv")
    assert [decimals_of([cells], ["a"], "f.csv", sign)[0].sign for sign in ".,"] == [".", ","]
    with pytest.raises(InputError, match=r"it can be \. or ,"):
        decimals_of([cells], ["a"], "f.csv", ";")


def test_marks_and_missing_numbers() -> None:
    assert [mark_of(cell) for cell in ("5 %", "$5", "5 €", "5")] == ["%", "$", "€", ""]
    assert all(map(is_missing, ("", "NA", "n/a", "NaN", "-", "?", "NULL")))
    assert not any(map(is_missing, ("0", "x", "-1")))
