"""Lines of a data file: only a line feed ends a line."""

from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.left_out import KEPT, Report
from rnn_cli.inputs.rows import Lines


def lines(path: Path, data: bytes, report: Report | None = None) -> list[tuple[int, str]]:
    path.write_bytes(data)
    return list(Lines(str(path), report or Report()))


def test_byte_order_mark_and_carriage_returns_are_dropped(tmp_path: Path) -> None:
    assert lines(tmp_path / "a", b"\xef\xbb\xbfone\r\ntwo\n\r\nlast") == [(1, "one"), (2, "two"), (3, ""), (4, "last")]


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\r"])
def test_other_line_breaks_stay_in_the_line(tmp_path: Path, odd: str) -> None:
    assert lines(tmp_path / "a", f"a{odd}b\tc\nd\te\n".encode()) == [(1, f"a{odd}b\tc"), (2, "d\te")]


def test_a_byte_order_mark_later_on_is_a_character(tmp_path: Path) -> None:
    assert lines(tmp_path / "a", b"a\n\xef\xbb\xbfb\n") == [(1, "a"), (2, "\ufeffb")]


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    assert lines(tmp_path / "a", b"") == []


def test_a_line_that_is_not_utf8_is_counted_and_the_others_read(tmp_path: Path) -> None:
    report = Report()
    assert lines(tmp_path / "a", b"one\ntw\xffo\nthree\n", report) == [(1, "one"), (3, "three")]
    assert (report.bad_count, report.bad[0].line, report.bad[0].reason) == (1, 2, "not UTF-8 text")


def test_strict_names_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a:2:3: not UTF-8 text"):
        lines(tmp_path / "a", b"one\ntw\xffo\n", Report(strict=True))


def test_many_bad_rows_are_counted_but_not_all_kept(tmp_path: Path) -> None:
    report = Report()
    lines(tmp_path / "a", b"\xff\n" * (KEPT + 5), report)
    assert (report.bad_count, len(report.bad)) == (KEPT + 5, KEPT)
