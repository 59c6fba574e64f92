"""Tables and the columns that a task reads from them."""

from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.columns import read_columns
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.roles import LABEL_NAMES, TEXT_NAMES, Role

ROLES = (Role("text", TEXT_NAMES, 0), Role("label", LABEL_NAMES, -1, repeats=True))


def read(
    path: Path,
    text: str,
    chosen: tuple[str | None, str | None] = (None, None),
    header: bool | None = None,
    separator: str | None = None,
    report: ReadingReport | None = None,
    labels: tuple[str, ...] = (),
) -> list[tuple[int, tuple[str, ...]]]:
    path.write_bytes(text.encode())
    return read_columns(str(path), ROLES, chosen, header, separator, report or ReadingReport(), labels=labels)


def test_tabs_without_a_header_and_quotes_are_literal(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", 'He said "no\t0\n"Yes" \t1\n') == [(1, ('He said "no', "0")), (2, ('"Yes"', "1"))]


def test_csv_has_quotes_and_a_cell_may_hold_line_breaks(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", 'text,label\r\n"a, ""b""\r\nc",pos\r\nd,neg\r\n')
    assert found == [(2, ('a, "b"\nc', "pos")), (4, ("d", "neg"))]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_finds_its_separator(tmp_path: Path, separator: str) -> None:
    assert read(tmp_path / "a.csv", f"good{separator}1\nbad{separator}0\n") == [(1, ("good", "1")), (2, ("bad", "0"))]


def test_json_lines(tmp_path: Path) -> None:
    text = '{"label": 1, "text": "good"}\n{"text": "bad", "label": false}\n{"text": ["x"], "label": 2}\n[1]\n{"a\n'
    report = ReadingReport()
    assert read(tmp_path / "a.jsonl", text, report=report) == [(1, ("good", "1")), (2, ("bad", "false"))]
    assert sorted((one.line, one.reason.split(":")[0]) for one in report.bad) == [
        (3, "no text under 'text'"),
        (4, "not a JSON object"),
        (5, "not JSON"),
    ]


def test_an_unknown_ending_is_recognised_by_its_first_line(tmp_path: Path) -> None:
    assert read(tmp_path / "a", '{"text": "a", "label": "x"}\n') == [(1, ("a", "x"))]
    assert read(tmp_path / "b", "a,x\nb,y\n") == [(1, ("a", "x")), (2, ("b", "y"))]
    with pytest.raises(InputError, match="neither tabs nor commas"):
        read(tmp_path / "c", "just words\n")


def test_columns_by_name_and_number(tmp_path: Path) -> None:
    table = "id\tstars\tReview\n7\t5\tfine\n8\t1\tpoor\n"
    wanted = [(2, ("fine", "5")), (3, ("poor", "1"))]
    assert read(tmp_path / "a.tsv", table, ("review", "stars")) == wanted
    assert read(tmp_path / "a.tsv", table, ("3", "2"), header=True) == wanted
    assert len(read(tmp_path / "a.tsv", table, ("3", "2"), header=False)) == 3


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (("body", None), "--text body: line 1 of .* has id, stars, Review"),
        (("4", "1"), "--text 4: .* has columns 1 to 3"),
        (("1", "1"), "--text and --label are the same column"),
        (("0", "1"), "--text 0"),
        ((None, None), "3 columns, and it does not show which are meant: choose with --text and --label"),
    ],
)
def test_a_column_that_cannot_be(tmp_path: Path, chosen: tuple[str | None, str | None], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.tsv", "id\tstars\tReview\n7\t5\tfine\n8\tso\tso\n", chosen, header=chosen[0] == "body")


def test_a_header_is_found_by_its_names(tmp_path: Path) -> None:
    report = ReadingReport()
    assert read(tmp_path / "a.tsv", "Label\tText\n1\tgood\n", report=report) == [(2, ("good", "1"))]
    decided = report.read[str(tmp_path / "a.tsv")]
    assert [decided[key] for key in ("delimiter", "header", "text", "label")] == ["\t", True, "Text", "Label"]


def test_a_header_is_found_by_a_label_that_never_comes_again(tmp_path: Path) -> None:
    rows = "".join(f"text {k}\t{k % 2}\n" for k in range(12))
    assert read(tmp_path / "a.tsv", "words\tstars\n" + rows)[0] == (2, ("text 0", "0"))
    assert read(tmp_path / "a.tsv", "words\tstars\n" + rows, header=False)[0] == (1, ("words", "stars"))
    assert read(tmp_path / "a.tsv", rows)[0] == (1, ("text 0", "0"))


def test_bad_rows_say_line_and_reason(tmp_path: Path) -> None:
    report = ReadingReport()
    found = read(tmp_path / "a.tsv", "good\t1\n\nonly text\n\t0\nfine\t \na\tb\t1\nbad\t0\n", report=report)
    assert found == [(1, ("good", "1")), (7, ("bad", "0"))]
    assert [(one.line, one.reason) for one in report.bad] == [
        (3, "1 column, expected 2"),
        (4, "no text"),
        (5, "no label"),
        (6, "3 columns, expected 2"),
    ]


def test_a_quote_that_never_closes_costs_its_own_line_alone(tmp_path: Path) -> None:
    report = ReadingReport()
    found = read(tmp_path / "a.csv", '"good, so",1\n"bad,0\nfine,1\n"a, b",0\n', report=report)
    assert found == [(1, ("good, so", "1")), (3, ("fine", "1")), (4, ("a, b", "0"))]
    assert [(one.line, one.reason) for one in report.bad] == [
        (2, "the quote that opens here is not closed where a cell ends; it would swallow 2 more lines")
    ]


def test_strict_makes_the_first_bad_row_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.tsv:2: 1 column, expected 2"):
        read(tmp_path / "a.tsv", "good\t1\nbad\n", report=ReadingReport(strict=True))


def test_a_separator_of_the_file_s_own(tmp_path: Path) -> None:
    report = ReadingReport()
    found = read(tmp_path / "a.txt", 'may 1  _1994\n2_3_4\n"q" _5\n', separator="_", report=report)
    assert found == [(1, ("may 1", "1994")), (3, ('"q"', "5"))]
    assert report.bad[0].reason == "3 columns, expected 2"


def test_a_file_of_empty_lines_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path / "a.tsv", "\n\n") == []


def test_a_row_without_cells_is_a_bad_one(tmp_path: Path) -> None:
    report = ReadingReport()
    found = read(tmp_path / "a.json", '[[], ["good", "1"], ["bad", "0"], ["fine", "1"]]', report=report)
    assert [cells for _, cells in found] == [("good", "1"), ("bad", "0"), ("fine", "1")]
    assert [one.reason for one in report.bad] == ["a row without cells"]


@pytest.mark.parametrize(
    ("rows", "labels", "text"),
    [
        (("good\tx", "good\tx", "bad\ty", "bad\ty"), (), 1),  # both come again
        (("x\ta", "x\tb", "y\tc", "y\td"), (), 2),
        (("x\ta", "z\tb", "y\tc", "y\td"), (), 1),  # three different ones in four rows
        (("x\ta", "x\tb"), (), 1),
        (("x\ty", "y\tx"), ("x", "y"), 1),  # both are known
        (("x\ta", "y\tx"), ("x", "y"), 2),
        (("a\tx", "x\ty"), ("x", "y"), 1),
    ],
)
def test_in_a_few_rows_the_label_is_last_unless_the_first_column_must_be(
    tmp_path: Path, rows: tuple[str, ...], labels: tuple[str, ...], text: int
) -> None:
    found = read(tmp_path / "a.tsv", "\n".join(rows), header=False, labels=labels)
    cells = [tuple(row.split("\t")) for row in rows]
    assert [row for _, row in found] == [one if text == 1 else one[::-1] for one in cells]


def test_the_keys_of_objects_are_counted_from_1(tmp_path: Path) -> None:
    objects = '{"stars": "1", "said": "good"}\n{"stars": "0", "said": "bad"}\n'
    assert read(tmp_path / "a.jsonl", objects, ("2", "1")) == [(1, ("good", "1")), (2, ("bad", "0"))]
    for wrong in ("0", "3", "no"):
        with pytest.raises(InputError, match=rf"--text {wrong}: .*a\.jsonl has stars, said"):
            read(tmp_path / "a.jsonl", objects, (wrong, "1"))


def test_a_line_of_json_that_python_cannot_hold_is_a_bad_row(tmp_path: Path) -> None:
    good, many = '{"label": 1, "text": "good"}', '{"label": ' + "9" * 5000 + ', "text": "x"}'
    report = ReadingReport()
    found = read(tmp_path / "a.jsonl", "\n".join([good, many, "[" * 100_000, good]), report=report)
    assert [line for line, _ in found] == [1, 4]
    assert [one.line for one in report.bad] == [2, 3]
    assert report.left_out["not JSON"].count == 2


def test_what_is_asked_shows_the_first_row_below_the_names(tmp_path: Path) -> None:
    rows = "cat\tdog\nhen\tcow\ncat\tcow\nhen\tdog\n" * 3
    with pytest.raises(InputError, match=r"a\.tsv:2: each of two .*\nv1: 'cat', v2: 'dog'$"):
        read(tmp_path / "a.tsv", "v1\tv2\n" + rows, header=True)
    assert read(tmp_path / "b.tsv", "text\tlabel\n", header=True) == []  # names alone
