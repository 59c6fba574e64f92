"""A long text, piece by piece."""

import io
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.errors import InputError
from rnn_cli.inputs import text_stream
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_stream import TextStream, words_of
from rnn_cli.inputs.tokens import WORD, tokenize

TEXTS = st.text(st.sampled_from("ab é漢😀\r\n \u2028\u0301"), max_size=60)


@given(TEXTS.filter(bool), st.integers(1, 7), st.floats(0, 0.9), st.booleans())
def test_any_piece_size_and_any_cut_give_the_text(text: str, size: int, fraction: float, at_space: bool) -> None:
    folder = pytest.MonkeyPatch()
    folder.setattr(text_stream, "PIECE", size)
    folder.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    report = ReadingReport()
    with TextStream("-", report=ReadingReport()) as stream:
        at = stream.cut(fraction, at_space)
        first = "".join(stream.pieces(0, at, report))
        second = "".join(stream.pieces(at, stream.size, report))
        again = "".join(stream.pieces(0, stream.size, report))
    folder.undo()
    assert first + second == again == re.sub("\r+\n|\r", "\n", text)
    assert not report.replaced
    assert not at_space or not second or second[0] in " \n"


def test_the_cut_is_where_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    with TextStream(str(tmp_path / "a"), report=ReadingReport()) as stream:
        assert [stream.cut(f, False) for f in (0, 0.1, 0.25, 0.9)] == [10, 9, 7, 1]


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfab")
    with TextStream(str(tmp_path / "a"), report=ReadingReport()) as stream:
        assert list(stream.pieces(0, stream.size, ReadingReport())) == ["ab"]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_bytes_that_are_not_utf8_are_replaced_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(text_stream, "PIECE", size)
    (tmp_path / "a").write_bytes("é\nb".encode() + b"\xff\ncd\n\xe6\xbc")
    report = ReadingReport()
    with TextStream(str(tmp_path / "a"), report=ReadingReport()) as stream:
        assert "".join(stream.pieces(0, 4, report)) == "é\nb"
        assert "".join(stream.pieces(4, stream.size, report)) == "\ufffd\ncd\n\ufffd"
    assert [one.line for one in report.replaced] == [2, 4]


def test_strict_and_binary_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\nb\xff\n")
    with (
        TextStream(str(tmp_path / "a"), report=ReadingReport()) as stream,
        pytest.raises(InputError, match=r"a:2: not UTF-8 text"),
    ):
        list(stream.pieces(0, stream.size, ReadingReport(strict=True)))
    (tmp_path / "a").write_bytes(bytes(range(128, 256)) * 100)
    with pytest.raises(InputError, match="a:1:1: not UTF-8"):
        TextStream(str(tmp_path / "a"), report=ReadingReport())


@given(st.lists(st.text(st.sampled_from("ab Σ'.\n\x85e\u0301"), max_size=8), max_size=8), st.booleans())
def test_words_do_not_depend_on_the_pieces(pieces: list[str], lowercase: bool) -> None:
    text = "".join(pieces)
    found = [word for words in words_of(iter(pieces), lowercase) for word in words]
    wanted: list[str] = []
    for k, line in enumerate(text.split("\n")):
        wanted += ["\n"] * bool(k) + tokenize(line, WORD, lowercase)
    assert found == wanted


def test_a_run_without_white_space_is_cut_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_stream, "LONGEST_WORD", 10)
    assert [len("".join(words)) for words in words_of(iter(["a" * 4] * 8), False)] == [12, 12, 8]
