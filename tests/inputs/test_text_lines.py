"""Lines of files, lazily, with their numbers: sentences, of which one bad line is an error, and rows of data."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import KEPT, ReadingReport
from rnn_cli.inputs.text_lines import read_data_lines, read_lines


def written(tmp_path: Path, content: bytes) -> str:
    """The path of a file with this content."""
    path = tmp_path / "s.txt"
    path.write_bytes(content)
    return str(path)


def test_empty_lines_are_left_out_and_numbers_kept(tmp_path: Path) -> None:
    path = written(tmp_path, b"one\n\n  two \r\n\t\nthree")
    assert list(read_lines(path, ReadingReport())) == [(1, "one"), (3, "two"), (5, "three")]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert list(read_lines(written(tmp_path, "\ufeffété\n".encode()), ReadingReport())) == [(1, "été")]


@pytest.mark.parametrize("content", [b"\n\n", b" \t \n", b"\xef\xbb\xbf\n"])
def test_a_file_without_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="no line holds text"):
        list(read_lines(written(tmp_path, content), ReadingReport()))


def test_bytes_that_are_not_utf8_are_named_by_line_and_column(tmp_path: Path) -> None:
    lines = read_lines(written(tmp_path, b"good\nab\xff\nmore\n"), ReadingReport())
    assert next(lines) == (1, "good")
    with pytest.raises(InputError, match=r"s\.txt:2:3: not UTF-8"):
        next(lines)


def test_lines_are_read_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(b"first\nsecond\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
    lines = read_lines("-", ReadingReport())
    assert stream.tell() == 0
    assert next(lines) == (1, "first")
    assert stream.tell() == len(b"first\n")
    assert next(lines) == (2, "second")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_lines(str(tmp_path / "none.txt"), ReadingReport()))


def data_lines(path: Path, data: bytes, report: ReadingReport | None = None) -> list[tuple[int, str]]:
    """The lines of a file of data with this content."""
    path.write_bytes(data)
    return list(read_data_lines(str(path), report or ReadingReport()))


def test_byte_order_mark_and_carriage_returns_are_dropped(tmp_path: Path) -> None:
    assert data_lines(tmp_path / "a", b"\xef\xbb\xbfone\r\ntwo\n\r\nlast") == [
        (1, "one"),
        (2, "two"),
        (3, ""),
        (4, "last"),
    ]


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r"])
def test_other_line_breaks_stay_in_the_line(tmp_path: Path, odd: str) -> None:
    assert data_lines(tmp_path / "a", f"a{odd}b\tc\nd\te\n".encode()) == [(1, f"a{odd}b\tc"), (2, "d\te")]


def test_a_byte_order_mark_is_dropped_where_files_were_put_together(tmp_path: Path) -> None:
    assert data_lines(tmp_path / "a", b"a\n\xef\xbb\xbfb\nc\xef\xbb\xbfd\n") == [(1, "a"), (2, "b"), (3, "c\ufeffd")]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=r"a: the file is empty"):
        data_lines(tmp_path / "a", content)


def test_a_line_that_is_not_utf8_is_counted_and_the_others_read(tmp_path: Path) -> None:
    report = ReadingReport()
    assert data_lines(tmp_path / "a", b"one\ntw\xffo\nthree\n", report) == [(1, "one"), (3, "three")]
    assert (report.bad_count, report.bad[0].line, report.bad[0].reason) == (1, 2, "not UTF-8 text")


def test_strict_names_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a:2:3: not UTF-8 text"):
        data_lines(tmp_path / "a", b"one\ntw\xffo\n", ReadingReport(strict=True))


def test_many_bad_rows_are_counted_but_not_all_kept(tmp_path: Path) -> None:
    report = ReadingReport()
    data_lines(tmp_path / "a", (b"x" * 1000 + b"\xff\n") * (KEPT + 5), report)
    assert (report.bad_count, len(report.bad)) == (KEPT + 5, KEPT)
