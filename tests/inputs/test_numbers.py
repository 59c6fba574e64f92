"""Numeric sequences: what is read, and what a message says of a file that cannot be."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.numbers import read_numbers


def written(tmp_path: Path, name: str, text: str | bytes) -> str:
    """The path of a file with this content."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


GOOD: dict[str, tuple[str | bytes, list[list[list[float]]]]] = {
    "matrix.json": ("[[1, 2.5], [3, -4e2]]", [[[1, 2.5], [3, -400]]]),
    "list.json": ("[[[1, 2]], [[3, 4], [5, 6]]]", [[[1, 2]], [[3, 4], [5, 6]]]),
    "vector.json": ("[1, 2, 3]", [[[1], [2], [3]]]),
    "bom.json": (b"\xef\xbb\xbf[[1]]", [[[1]]]),
    "plain.csv": ("1,2\n3,4\n", [[[1, 2], [3, 4]]]),
    "header.csv": ("open, close\n1, 2\n\n3, 4", [[[1, 2], [3, 4]]]),
    "windows.csv": (b"\xef\xbb\xbfa,b\r\n1,2\r\n", [[[1, 2]]]),
    "one.csv": ("5", [[[5]]]),
}


@pytest.mark.parametrize("name", list(GOOD))
def test_what_is_read(tmp_path: Path, name: str) -> None:
    content, expected = GOOD[name]
    sequences = read_numbers(written(tmp_path, name, content))
    assert [one.tolist() for one in sequences] == expected
    assert all(one.dtype == np.float64 for one in sequences)


def npy(header: str, size: int = 0) -> bytes:
    """A .npy file with this header, and so many bytes of zeros."""
    return b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header.encode() + b"\n" + b"\0" * size


BAD: dict[str, tuple[str | bytes, str]] = {
    "broken.json": ("[[1, 2],\n [3, oops]]", ":2:6: not JSON"),
    "cut.json": ("[[1, 2", ":1:"),
    "empty.json": ("", ":1:1: not JSON"),
    "nothing.json": ("[]", "at least one step"),
    "hollow.json": ("[[]]", "one row of numbers"),
    "ragged.json": ("[[1, 2], [3]]", "rows of equal length"),
    "words.json": ('[["a", "b"]]', "matrix of numbers"),
    "object.json": ('{"x": 1}', "matrix of numbers"),
    "null.json": ("[[1, null]]", "matrix of numbers"),
    "true.json": ("[[1, true]]", "matrix of numbers"),
    "quoted.json": ('[["1", "2"]]', "matrix of numbers"),
    "digits.json": (f"[[{'9' * 5000}]]", "digits.json"),
    "nan.json": ("[[1, 2], [NaN, 1]]", "not"),
    "inf.json": ("[[1, 2], [3, 1e999]]", "step 2 holds a number that is not finite"),
    "huge.json": (f"[[{'9' * 400}]]", "not"),
    "deep.json": ("[" * 100_000, "nested too deeply"),
    "deeper.json": ("[[[[1]]]]", "one row of numbers"),
    "second.json": ("[[[1, 2]], [[3, 4], [5]]]", "sequence 2"),
    "hollow2.json": ("[[[1, 2]], []]", "sequence 2"),
    "latin.json": (b"[[1, \xe9]]", "not UTF-8"),
    "word.csv": ("1,2\n3,x\n", ":2:2: 'x' is not a number"),
    "gap.csv": ("1,2\n3,\n", ":2:2: '' is not a number"),
    "ragged.csv": ("1,2\n3\n", ":2"),
    "none.csv": ("", "at least one step"),
    "headeronly.csv": ("a,b\n", "at least one step"),
    "twoheaders.csv": ("a,b\nc,d\n1,2\n", ":2:1: 'c' is not a number"),
    "nan.csv": ("1,2\nnan,3\n", "not finite"),
    "inf.csv": ("1,2\n3,inf\n", "not finite"),
    "return.csv": ("1,2\r3,4\n", "not CSV"),
    "long.csv": ("1" * 140_000 + ",2\n", "not CSV"),
    "text.npy": ("hello", "not a .npy file"),
    "token.npy": (npy("("), "not a .npy file"),
    "syntax.npy": (npy("{'descr': "), "not a .npy file"),
    "list.npy": (npy("[]"), "not a .npy file"),
    "type.npy": (npy("{'descr': 7, 'fortran_order': False, 'shape': (1,)}"), "not a .npy file"),
    "object.npy": (npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"), "not a .npy file"),
    "tera.npy": (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 100)}"), "not a .npy file"),
    "below.npy": (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1)}"), "not a .npy file"),
    "more.npy": (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}", 16), "not a .npy file"),
    "date.npy": (
        npy("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1, 1)}", 8),
        "not an array of real numbers",
    ),
    "empty.npy": (b"", "not a .npy file"),
    "cut.npy": (b"\x93NUMPY\x01\x00v\x00{'descr'", "not a .npy file"),
    "zip.npy": (b"PK\x03\x04", "not a .npy file"),
    "pickle.npy": (b"\x80\x04.", "not a .npy file"),
    "what.txt": ("1 2", "expected .json, .csv or .npy"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_refused(tmp_path: Path, name: str) -> None:
    content, message = BAD[name]
    path = written(tmp_path, name, content)
    with pytest.raises(InputError) as raised:
        read_numbers(path)
    text = str(raised.value)
    assert message in text
    assert path in text
    assert len(text.splitlines()) <= 2
    assert len(text) < len(path) + 200


def saved(tmp_path: Path, array: object) -> str:
    """The path of a .npy file that holds the array."""
    np.save(tmp_path / "x.npy", np.asarray(array))
    return str(tmp_path / "x.npy")


def test_npy(tmp_path: Path) -> None:
    assert read_numbers(saved(tmp_path, np.arange(6).reshape(3, 2)))[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert [one.shape for one in read_numbers(saved(tmp_path, np.zeros((2, 3, 4), np.float32)))] == [(3, 4), (3, 4)]
    assert read_numbers(saved(tmp_path, np.ones(3)))[0].shape == (3, 1)


@pytest.mark.parametrize(
    "array",
    [
        np.array([["a"]]),
        np.zeros((2, 2), complex),
        np.zeros((0, 3)),
        np.zeros((2, 0)),
        np.zeros((0, 2, 2)),
        np.array(3.0),
        np.zeros((1, 2, 2, 2)),
        np.array([[np.nan]]),
    ],
    ids=str,
)
def test_npy_that_is_refused(tmp_path: Path, array: object) -> None:
    with pytest.raises(InputError, match=r"x\.npy"):
        read_numbers(saved(tmp_path, array))


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"not a \.npy file"):
        read_numbers(str(tmp_path / "x.npy"))


def test_numpy_says_nothing_of_its_own(tmp_path: Path) -> None:
    """Warnings are errors here: NumPy would say that a header is of Python 2, with the path of a file of NumPy's."""
    header = "{'descr': '<f8', 'fortran_order': True, 'shape': (1L, 2L), }"
    (array,) = read_numbers(written(tmp_path, "old.npy", npy(header, 16)))
    assert array.tolist() == [[0.0, 0.0]]


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_numbers(str(tmp_path / "none.json"))


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

    typed(b"[[1, 2]]")
    assert read_numbers("-")[0].tolist() == [[1, 2]]
    typed(b"[[1, 2]")
    with pytest.raises(InputError, match="<stdin>:1:8: not JSON"):
        read_numbers("-")
    typed(b"[[1, \xff")
    with pytest.raises(InputError, match="<stdin>: not UTF-8"):
        read_numbers("-")


def test_columns_that_a_model_reads_are_taken_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "day,wind,rain\nMonday,1,2\nTuesday,3,4\n")
    assert [part.tolist() for part in read_numbers(path, ("rain", "wind"))] == [[[2, 1], [4, 3]]]
    assert read_numbers(path, ("wind",))[0].tolist() == [[1], [3]]
    with pytest.raises(InputError, match=r"s\.csv:1: no column 'sun', which the model reads; it has day, wind, rain"):
        read_numbers(path, ("wind", "sun"))


def test_a_cell_that_is_no_number_is_named_only_where_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "day,wind\nMonday,1\nTuesday,none\n")
    with pytest.raises(InputError, match=r"s\.csv:3:2: 'none' is not a number"):
        read_numbers(path, ("wind",))


def test_a_table_without_names_is_read_as_it_stands(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "1,2\n3,4\n")
    assert read_numbers(path, ("wind", "rain"))[0].tolist() == [[1, 2], [3, 4]]
    other = written(tmp_path, "t.csv", "a,b\n1,2\n")
    assert read_numbers(other, ("wind", "rain"))[0].tolist() == [[1, 2]]
