"""Numeric sequences: what is read, and what a message says of a file that cannot be."""

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.layout import LAYOUTS
from rnn_cli.inputs.number_table import NumberOptions
from rnn_cli.inputs.numbers import read_numbers
from rnn_cli.inputs.reading_report import ReadingReport


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
    "pandas.csv": (",0,1\n0,0.5,1\n1,2,3\n", [[[0.5, 1], [2, 3]]]),
    "dated.csv": (",a,b\n2020-01-01,1,2\n2020-01-02,3,4\n", [[[1, 2], [3, 4]]]),
    "numbered.csv": ("0,1,2\n0.5,1,2\n3,4,5\n", [[[0.5, 1, 2], [3, 4, 5]]]),
    "counting.csv": ("0,1,2\n3,4,5\n", [[[0, 1, 2], [3, 4, 5]]]),
    "from-r.csv": ('"","V1"\n"1",0.5\n"2",1.5\n', [[[0.5], [1.5]]]),
    "from-r.txt": ('"V1" "V2"\n"1" 0.5 2\n"2"  1.5 3\n', [[[0.5, 2], [1.5, 3]]]),
    "saved.txt": ("# two columns\n1.0e+00 -2.5e-01\n3 4\n", [[[1, -0.25], [3, 4]]]),
    "saved.dat": ("  1   2\n 30  40\n", [[[1, 2], [30, 40]]]),
    "tabs.tsv": ("1\t2\n3\t4\n", [[[1, 2], [3, 4]]]),
    "bars.csv": ("1|2\n3|4\n", [[[1, 2], [3, 4]]]),
    "german.csv": ("a;b\n1,5;2,25\n3,5;4\n", [[[1.5, 2.25], [3.5, 4]]]),
    "german.txt": ("1,5 2,25\n3,5 4\n", [[[1.5, 2.25], [3.5, 4]]]),
    "quoted.csv": ('"1","2"\n"3","4"\n', [[[1, 2], [3, 4]]]),
    "thousands.csv": ('"1,234.5",2\n"2,000.25",3\n', [[[1234.5, 2], [2000.25, 3]]]),
    "mac.csv": ("1,2\r3,4\r", [[[1, 2], [3, 4]]]),
    "wide.csv": ("a;b\r\n1,5;2,25\r\n".encode("utf-16"), [[[1.5, 2.25]]]),
    "packed.csv.gz": (gzip.compress(b"1,2\n3,4\n"), [[[1, 2], [3, 4]]]),
    "packed.json": (gzip.compress(b"[[1, 2]]"), [[[1, 2]]]),
    "named.csv": ("[[1, 2]]", [[[1, 2]]]),
    "what.txt": ("1 2", [[[1, 2]]]),
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
    "empty.json": ("", "the file is empty"),
    "nothing.json": ("[]", "at least one step"),
    "hollow.json": ("[[]]", "one row of numbers"),
    "ragged.json": ("[[1, 2], [3]]", "step 2 has 1, step 1 has 2"),
    "mixed.json": ("[[1, 2], 3]", "step 2 is a number, step 1 is a list"),
    "words.json": ('[["a", "b"]]', 'step 1 holds "a", which is no number'),
    "object.json": ('{"x": 1}', "it is an object"),
    "records.json": ('[{"x": 1}]', "step 1 holds an object"),
    "null.json": ("[[1, 2], [1, null]]", "step 2 holds null"),
    "true.json": ("[[1, true]]", "step 1 holds true"),
    "quoted.json": ('[["1", "2"]]', 'step 1 holds "1"'),
    "digits.json": (f"[[{'9' * 5000}]]", "digits.json"),
    "nan.json": ("[[1, 2], [NaN, 1]]", "not"),
    "inf.json": ("[[1, 2], [3, 1e999]]", "step 2 holds a number that is not finite"),
    "huge.json": (f"[[{'9' * 400}]]", "not"),
    "deep.json": ("[" * 100_000, "nested too deeply"),
    "deeper.json": ("[[[[1]]]]", "one row of numbers"),
    "second.json": ("[[[1, 2]], [[3, 4], [5]]]", "sequence 2"),
    "hollow2.json": ("[[[1, 2]], []]", "sequence 2"),
    "latin.json": (b"[[1, \xe9]]", "latin.json:1:6: not JSON"),
    "word.csv": ("1,2\n3,x\n", ":2:2: 'x' is not a number"),
    "gap.csv": ("1,2\n3,\n", ":2:2: '' is not a number"),
    "ragged.csv": ("1,2\n3\n", ":2"),
    "none.csv": ("", "the file is empty"),
    "blank.csv": ("\n\n", "at least one step"),
    "headeronly.csv": ("a,b\n", "no row of numbers: its only line is 'a b'"),
    "pandasor.csv": ("0,1\n0.1,0.99\n", "say --header or --no-header"),
    "unit.csv": ("1 kg,2\n3 kg,4\n", ":1:1: '1 kg' is not a number: write it without its unit"),
    "either.csv": ('"1,234","5"\n"2,345","6"\n', "say --decimal . or --decimal ,"),
    "open.csv": ('1,2\n"3,4\n', ":2: a quote that is not closed"),
    "short.csv": ("a,b\n1,2,3\n4,5,6\n", ":2: 3 columns, but line 1 names 2"),
    "excel.csv": (b"PK\x03\x04", "zip archive"),
    "page.csv": ("<!doctype html>\n", "an HTML page"),
    "twoheaders.csv": ("a,b\nc,d\n1,2\n", ":2:1: 'c' is not a number"),
    "nan.csv": ("1,2\nnan,3\n", ":2:1: 'nan' is not a finite number"),
    "inf.csv": ("1,2\n3,inf\n", ":2:2: 'inf' is not a finite number"),
    "long.csv": ("1" * 140_000 + ",2\n", "not a table that can be read (field larger"),
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
        "an array of type datetime64[s], not of real numbers",
    ),
    "empty.npy": (b"", "not a .npy file"),
    "cut.npy": (b"\x93NUMPY\x01\x00v\x00{'descr'", "not a .npy file"),
    "zip.npy": (b"PK\x03\x04", "damaged zip archive"),
    "pickle.npy": (b"\x80\x04.", "not a .npy file"),
    "words.txt": ("I love NLP\n", "no row of numbers"),
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
    with pytest.raises(InputError, match="<stdin>:1: not UTF-8"):
        read_numbers("-")


def test_columns_that_a_model_reads_are_taken_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "day,wind,rain\nMonday,1,2\nTuesday,3,4\n")
    assert [part.tolist() for part in read_numbers(path, None, NumberOptions(("rain", "wind")))] == [[[2, 1], [4, 3]]]
    assert read_numbers(path, None, NumberOptions(("wind",)))[0].tolist() == [[1], [3]]
    with pytest.raises(InputError, match=r"s\.csv:1: no column 'sun', which the model reads; it has day, wind, rain"):
        read_numbers(path, None, NumberOptions(("wind", "sun")))


def test_a_cell_that_is_no_number_is_named_only_where_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "day,wind\nMonday,1\nTuesday,none\n")
    with pytest.raises(InputError, match=r"s\.csv:3:2: 'none' is not a finite number"):
        read_numbers(path, None, NumberOptions(("wind",)))


def test_a_table_without_names_is_read_as_it_stands(tmp_path: Path) -> None:
    path = written(tmp_path, "s.csv", "1,2\n3,4\n")
    assert read_numbers(path, None, NumberOptions(("wind", "rain")))[0].tolist() == [[1, 2], [3, 4]]
    other = written(tmp_path, "t.csv", "a,b\n1,2\n")
    assert read_numbers(other, None, NumberOptions(("wind", "rain")))[0].tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("shape", "layout", "expected"),
    [
        ((5, 3, 2), "T,B,I", [(5, 2)] * 3),
        ((5, 3, 2), "b, t, i", [(3, 2)] * 5),
        ((1, 5, 2), None, [(5, 2)]),
        ((5, 1, 2), None, [(5, 2)]),
        ((5, 2), "T,I", [(5, 2)]),
    ],
)
def test_axes_are_read_as_they_are_said_or_as_only_they_can_be(
    tmp_path: Path, shape: tuple[int, ...], layout: str | None, expected: list[tuple[int, int]]
) -> None:
    array = np.arange(np.prod(shape)).reshape(shape)
    report = ReadingReport()
    read = read_numbers(saved(tmp_path, array), report, NumberOptions(layout=layout))
    assert [one.shape for one in read] == expected
    steps = array if array.ndim == 2 or read[0].shape[0] == shape[0] else array.swapaxes(0, 1)
    np.testing.assert_array_equal(read[0], steps if array.ndim == 2 else steps[:, 0])
    (said,) = report.read.values()
    assert LAYOUTS[said["layout"]] == array.ndim
    assert bool(report.said) == (array.ndim == 3)


def test_axes_that_may_be_either_are_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path, np.zeros((5, 3, 2)))
    with pytest.raises(InputError, match="5×3×2") as raised:
        read_numbers(path)
    assert "--layout T,B,I takes it as 3 sequences of 5 steps" in str(raised.value)
    assert "--layout B,T,I takes it as 5 sequences of 3 steps" in str(raised.value)
    for layout, message in (("T,I", "3 axes"), ("I,T,B", "it can be T,I, B,T,I, T,B,I")):
        with pytest.raises(InputError, match=message):
            read_numbers(path, None, NumberOptions(layout=layout))


def test_a_list_of_sequences_may_be_an_array(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", "[[[1], [2]], [[3], [4]], [[5], [6]]]")
    read = read_numbers(path, None, NumberOptions(layout="T,B,I"))
    assert [one.tolist() for one in read] == [[[1], [3], [5]], [[2], [4], [6]]]
    with pytest.raises(InputError, match="different lengths"):
        read_numbers(written(tmp_path, "b.json", "[[[1]], [[3], [4]]]"), None, NumberOptions(layout="T,B,I"))


def test_an_archive_whose_members_begin_before_it_is_damaged(tmp_path: Path) -> None:
    """The system refuses to go there, and that says nothing of the system."""
    np.savez(tmp_path / "x.npz", np.ones((3, 2)))
    data = bytearray((tmp_path / "x.npz").read_bytes())
    data[-6:-2] = (int.from_bytes(data[-6:-2], "little") + 1000).to_bytes(4, "little")  # where its table begins
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(InputError, match=r"x\.npz: a damaged zip archive"):
        read_numbers(str(tmp_path / "x.npz"))


def test_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", np.arange(6.0).reshape(3, 2))
    assert read_numbers(str(tmp_path / "one.npz"))[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    np.savez(tmp_path / "two.npz", a=np.ones(2), b=np.ones(3))
    with pytest.raises(InputError, match=r"holds a, b; save one as \.npy"):
        read_numbers(str(tmp_path / "two.npz"))
    (tmp_path / "x.npy.gz").write_bytes(gzip.compress(Path(saved(tmp_path, np.ones((2, 1)))).read_bytes()))
    assert read_numbers(str(tmp_path / "x.npy.gz"))[0].tolist() == [[1], [1]]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("0,1\n0.1,0.99\n", NumberOptions(header=True), [[0.1, 0.99]]),
        ("0,1\n0.1,0.99\n", NumberOptions(header=False), [[0, 1], [0.1, 0.99]]),
        ('"1,234","5"\n', NumberOptions(decimal=","), [[1.234, 5]]),
        ('"1,234","5"\n', NumberOptions(decimal="."), [[1234, 5]]),
        ("1:2\n3:4\n", NumberOptions(delimiter=":"), [[1, 2], [3, 4]]),
        ("1\t2\n", NumberOptions(delimiter="tab"), [[1, 2]]),
    ],
)
def test_the_person_settles_what_a_table_is(
    tmp_path: Path, content: str, options: NumberOptions, expected: list[list[float]]
) -> None:
    (read,) = read_numbers(written(tmp_path, "x.csv", content), None, options)
    assert read.tolist() == expected


def test_an_option_of_tables_has_no_meaning_for_an_array(tmp_path: Path) -> None:
    for options in (NumberOptions(header=True), NumberOptions(delimiter=","), NumberOptions(decimal=".")):
        for path in (saved(tmp_path, np.ones(3)), written(tmp_path, "x.json", "[1]")):
            with pytest.raises(InputError, match="is an array, not a table"):
                read_numbers(path, None, options)


def test_what_was_decided_is_in_the_report(tmp_path: Path) -> None:
    report = ReadingReport()
    path = written(tmp_path, "x.csv", ";a;b\n0;1,5;2\n\n1;3,5;4\n".encode("utf-16"))
    assert read_numbers(path, report)[0].tolist() == [[1.5, 2], [3.5, 4]]
    assert report.read[path] == {
        "encoding": "UTF-16-LE",
        "delimiter": ";",
        "left_out_columns": [""],
        "header": True,
        "decimal": {"a": ",", "b": "."},
        "layout": "T,I",
    }
    for words in ("UTF-16-LE", "semicolons", "row numbers", "line 1 names", "decimal comma in a"):
        assert any(words in said for said in report.said[path])
    assert report.notes == [f"{path}:3: empty lines between rows are left out (1 in all)"]
