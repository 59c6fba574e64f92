"""Texts from a file: lines, or a column of a table, and never a label as a word."""

from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_files import TABLES, read_texts


def texts(path: Path, content: str, column: str | None = None, **options: object) -> list[tuple[int, str]]:
    """The texts of a file with this content, with their lines."""
    path.write_text(content, encoding="utf-8")
    return list(read_texts(str(path), ReadingReport(), column, **options))  # type: ignore[arg-type]


def test_lines_are_texts_and_keep_their_numbers(tmp_path: Path) -> None:
    assert texts(tmp_path / "a.txt", "\none\n\ntwo, three\n") == [(2, "one"), (4, "two, three")]
    some = "good film\tby one\nbad film\n"  # a tab in one line makes no table
    assert texts(tmp_path / "a.txt", some) == [(1, "good film\tby one"), (2, "bad film")]


@pytest.mark.parametrize("ending", [*TABLES, ".TSV", ".csv.gz", ".txt"])
def test_a_table_is_not_read_as_lines(tmp_path: Path, ending: str) -> None:
    content = "good film\tpos\nbad film\tneg\n" if ending == ".txt" else "good film,pos\n"
    with pytest.raises(InputError, match="looks like a table") as raised:
        texts(tmp_path / f"a{ending}", content)
    assert "--text COLUMN" in str(raised.value)
    assert "rnn evaluate" in str(raised.value)
    assert texts(tmp_path / f"a{ending}", content, "none")[0] == (1, content.split("\n")[0])


@pytest.mark.parametrize(
    ("name", "content", "column", "expected"),
    [
        ("a.tsv", "good film\tpos\n\nbad film\tneg\n", "1", [(1, "good film"), (3, "bad film")]),
        ("a.csv", 'label,text\npos,"good, film"\nneg,bad\n', "text", [(2, "good, film"), (3, "bad")]),
        ("a.jsonl", '{"y": 1, "text": "good"}\n{"text": "bad", "y": 0}\n', "text", [(1, "good"), (2, "bad")]),
        ("a.txt", "1\tgood\n2\t\n3\tbad\n", "2", [(1, "good"), (3, "bad")]),
    ],
)
def test_a_column_is_read_alone(
    tmp_path: Path, name: str, content: str, column: str, expected: list[tuple[int, str]]
) -> None:
    assert texts(tmp_path / name, content, column) == expected


@pytest.mark.parametrize(
    ("name", "content", "column"),
    [
        ("a.txt", "{}\nb\n", None),
        ("a.csv", 'y,text\n 1 ,"{}"\n2,b\n', "text"),
        ("a.tsv", "text\ty\n{}\t 1\nb\t2\n", "text"),
        ("a.jsonl", '{{"text": "{}", "y": " 1"}}\n{{"text": "b", "y": "2"}}\n', "text"),
    ],
)
def test_white_space_around_a_text_is_left_out_and_that_is_said(
    tmp_path: Path, name: str, content: str, column: str | None
) -> None:
    """That of another cell, or of the end of a line, is nobody's text."""
    path = tmp_path / name
    for text, said in ((" a ", True), ("a", False)):
        for ending in ("\n", "\r\n"):
            path.write_bytes(content.format(text).replace("\n", ending).encode())
            report = ReadingReport()
            assert [found for _, found in read_texts(str(path), report, column)] == ["a", "b"]
            assert report.read.get(str(path), {}).get("stripped", False) == said
            assert ("white space around a text is no part of it" in " ".join(report.said.get(str(path), []))) == said


def test_the_person_says_what_line_1_is(tmp_path: Path) -> None:
    content = "text\tlabel\ngood\tpos\n"
    assert texts(tmp_path / "a.tsv", content, "1") == [(1, "text"), (2, "good")]
    assert texts(tmp_path / "a.tsv", content, "1", header=True) == [(2, "good")]
    assert texts(tmp_path / "a.csv", "good:pos\nbad:neg\n", "1", delimiter=":") == [(1, "good"), (2, "bad")]


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        ("text,label\ngood,pos\n", "texts", r"a\.csv:1: no column 'texts'; it has text, label"),
        ("text,label\ngood,pos\n", "3", r"a\.csv:1: no column '3'"),
        ("label,text\npos,good\nneg\n", "text", r"a\.csv:3: no column 2: the row has 1"),
        ("text,label\n", "text", "no row holds text"),
    ],
)
def test_a_column_that_is_not_there(tmp_path: Path, content: str, column: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        texts(tmp_path / "a.csv", content, column)


def test_options_of_tables_need_a_column(tmp_path: Path) -> None:
    for options in ({"header": True}, {"delimiter": "tab"}):
        with pytest.raises(InputError, match="name the column of its texts with --text"):
            texts(tmp_path / "a.txt", "one\n", None, **options)
