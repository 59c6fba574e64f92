"""Files of word vectors: every form that GloVe and word2vec write, and what is refused with its line."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.word_vectors import WordVectors, read_vectors, size_of_vectors

ROWS: dict[str, list[float]] = {
    "the": [0.5, -1.25, 3e-2],
    "at name@domain.com": [1.0, 2.0, 3.0],
    ". . .": [4.0, 5.0, 6.0],
    "é": [7, 8, 9],
    "7": [1, 1, 1],
}


def written(folder: Path, rows: dict[str, list[float]], header: bool = False, end: str = "\n") -> str:
    lines = [f"{token} {' '.join(map(repr, row))}{end}" for token, row in rows.items()]
    lines = [f"{len(rows)} 3\n", *lines] if header else lines
    path = folder / "v.txt"
    path.write_bytes("".join(lines).encode())
    return str(path)


def read(path: str, *words: str) -> WordVectors:
    return read_vectors(path, words, ReadingReport())


@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("end", ["\n", " \n", "\r\n"])
def test_the_rows_that_are_asked_for(header: bool, end: str, tmp_path: Path) -> None:
    path = written(tmp_path, ROWS, header, end)
    found = read(path, "The", "at name@domain.com", ". . .", "é", "absent")
    assert (found.rows, found.size, found.header) == (5, 3, header)
    assert size_of_vectors(path) == 3
    assert list(found.vectors) == ["The", "at name@domain.com", ". . .", "é"]
    assert found.lowered == {"The"}
    for word, row in found.vectors.items():
        np.testing.assert_array_equal(row, ROWS[word.lower()])


def test_a_word_as_it_stands_comes_before_its_lower_case(tmp_path: Path) -> None:
    path = written(tmp_path, {"us": [1, 1, 1], "US": [2, 2, 2]})
    found = read(path, "US", "us", "Us")
    assert [row[0] for row in found.vectors.values()] == [2, 1, 1]


def test_of_rows_that_stand_twice_the_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_text("a 1 2\nb 3 4\na 5 6\nb 7 8\n")
    found = read(str(path), "a")
    assert found.twice == 1
    np.testing.assert_array_equal(found.vectors["a"], [1, 2])


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "v.txt.gz"
    path.write_bytes(gzip.compress(b"a 1 2\nb 3 4\n"))
    np.testing.assert_array_equal(read(str(path), "b").vectors["b"], [3, 4])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a 1 2 3\nb 1 2\n", ":2: a row of 2 numbers, and the others have 3"),
        (b"a 1 2 3\n\nb 1 2 3 4\n", ":3: a row of 4 numbers, and the others have 3"),
        (b"2 3\na 1 2 3\nb 1 2\n", ":3: a row of 2 numbers"),
        (b"a 1 2 3\nb 1 two 3\n", ":2: 'two' is no number"),
        (b"3 3\na 1 2 3\nb 1 2 3\n", ":1: says that 3 vectors follow, and 2 do"),
        (b"a 1 2\nb nan 2\n", ":2: a number that is not finite"),
        (b"b one\n", ":1: not a token with its numbers"),
        (b"", "the file is empty"),
        (b"2 3\nthe \x00\x01\x02\xff\x3f\x80 ", "KeyedVectors.load_word2vec_format"),
        (b"PK\x03\x04 zip", "zip archive"),
    ],
)
def test_what_is_refused(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_bytes(data)
    with pytest.raises(InputError) as raised:
        read(str(tmp_path / "v.txt"), "b")
    assert words in str(raised.value)


def test_a_long_file_is_read_without_being_kept(tmp_path: Path) -> None:
    rows = " ".join(f"{k / 7:.5f}" for k in range(50))
    path = tmp_path / "v.txt"
    path.write_text("".join(f"w{k} {rows}\n" for k in range(20_000)))
    found = read(str(path), "w19999", "W3")
    assert (found.rows, len(found.vectors)) == (20_000, 2)
    assert found.vectors["w19999"][1] == round(1 / 7, 5)
