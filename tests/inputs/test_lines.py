"""Sentences from files, lazily, with their line numbers."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.lines import read_lines


def written(tmp_path: Path, content: bytes) -> str:
    """The path of a file with this content."""
    path = tmp_path / "s.txt"
    path.write_bytes(content)
    return str(path)


def test_empty_lines_are_left_out_and_numbers_kept(tmp_path: Path) -> None:
    path = written(tmp_path, b"one\n\n  two \r\n\t\nthree")
    assert list(read_lines(path)) == [(1, "one"), (3, "two"), (5, "three")]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert list(read_lines(written(tmp_path, "\ufeffété\n".encode()))) == [(1, "été")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" \t \n", b"\xef\xbb\xbf\n"])
def test_a_file_without_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match="no line holds text"):
        list(read_lines(written(tmp_path, content)))


def test_bytes_that_are_not_utf8_are_named_by_line_and_column(tmp_path: Path) -> None:
    lines = read_lines(written(tmp_path, b"good\nab\xff\nmore\n"))
    assert next(lines) == (1, "good")
    with pytest.raises(InputError, match=r"s\.txt:2:3: not UTF-8"):
        next(lines)


def test_lines_are_read_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(b"first\nsecond\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))
    lines = read_lines("-")
    assert stream.tell() == 0
    assert next(lines) == (1, "first")
    assert stream.tell() == len(b"first\n")
    assert next(lines) == (2, "second")


def test_a_missing_file_is_the_systems_word(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_lines(str(tmp_path / "none.txt")))
