"""Sentences with tags: CoNLL-U, columns, JSON lines."""

from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tagged import Tagged, read_tagged


def word(number: str, form: str, upos: str, xpos: str = "_") -> str:
    return "\t".join([number, form, form.lower(), upos, xpos, "_", "0", "root", "_", "_"])


def read(
    path: Path, text: str, column: str | None = None, report: ReadingReport | None = None
) -> list[tuple[int, Tagged]]:
    path.write_bytes(text.encode())
    return list(read_tagged(str(path), column, report or ReadingReport()))


SENTENCE = "\n".join(
    [
        "# text = She can't",
        word("1", "She", "PRON", "PRP"),
        word("2-3", "can't", "_"),
        word("2", "ca", "AUX", "MD"),
        word("3", "n't", "PART", "RB"),
        word("3.1", "go", "VERB", "VB"),
        word("4", "go", "VERB", "VB"),
    ]
)


def test_multiword_tokens_and_empty_nodes_are_left_out(tmp_path: Path) -> None:
    text = f"{SENTENCE}\n\n\n# only a comment\n\n{word('1', 'Go', 'VERB')}\n"
    wanted = [(1, (("She", "ca", "n't", "go"), ("PRON", "AUX", "PART", "VERB"))), (12, (("Go",), ("VERB",)))]
    assert read(tmp_path / "a.conllu", text) == wanted
    assert read(tmp_path / "a.txt", text) == wanted
    assert read(tmp_path / "a.conllu", "\ufeff" + text.replace("\n", "\r\n")) == wanted


def test_another_column(tmp_path: Path) -> None:
    assert read(tmp_path / "a.conllu", SENTENCE, "xpos")[0][1][1] == ("PRP", "MD", "RB", "VB")
    with pytest.raises(InputError, match="--column pos: CoNLL-U has lemma, upos"):
        read(tmp_path / "a.conllu", SENTENCE, "pos")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2\tcut", "2 columns, expected 10"),
        (word("3", "x", "X"), "the ID is '3', expected 2"),
        (word("two", "x", "X"), "the ID is 'two', expected 2"),
        (word("2", "", "X"), "no form"),
        (word("2", "x", "_"), "no upos"),
    ],
)
def test_a_sentence_with_a_bad_line_is_left_out_as_a_whole(tmp_path: Path, line: str, reason: str) -> None:
    text = f"{word('1', 'a', 'X')}\n{line}\n{word('3', 'c', 'X')}\n\n{word('1', 'd', 'Y')}\n"
    report = ReadingReport()
    assert read(tmp_path / "a.conllu", text, report=report) == [(5, (("d",), ("Y",)))]
    assert [(one.line, one.reason.startswith(reason)) for one in report.bad] == [(2, True)]
    with pytest.raises(InputError, match=r"a\.conllu:2: "):
        read(tmp_path / "a.conllu", text, report=ReadingReport(strict=True))


def test_a_sentence_with_a_line_that_is_not_utf8_is_left_out(tmp_path: Path) -> None:
    report = ReadingReport()
    (tmp_path / "a.tsv").write_bytes(b"a\tX\nb\xff\tY\n\nc\tZ\n")
    assert list(read_tagged(str(tmp_path / "a.tsv"), None, report)) == [(4, (("c",), ("Z",)))]
    assert report.bad_count == 1


def test_columns_with_tabs_or_spaces(tmp_path: Path) -> None:
    wanted = [(1, (("#", "Go"), ("SYM", "VERB"))), (4, (("New York",), ("PROPN",)))]
    assert read(tmp_path / "a.tsv", "#\tSYM\nGo\tVERB\n\nNew York\tPROPN\n") == wanted
    conll = "EU NNP B-NP B-ORG\nrejects VBZ B-VP O\n"
    assert read(tmp_path / "b.txt", conll) == [(1, (("EU", "rejects"), ("B-ORG", "O")))]
    assert read(tmp_path / "b.txt", conll, "2") == [(1, (("EU", "rejects"), ("NNP", "VBZ")))]
    with pytest.raises(InputError, match="give the number"):
        read(tmp_path / "b.txt", conll, "upos")


def test_a_word_without_a_tag(tmp_path: Path) -> None:
    report = ReadingReport()
    assert read(tmp_path / "a.txt", "a X\nb\n\nc Z\n", report=report) == [(4, (("c",), ("Z",)))]
    assert report.bad[0].reason == "1 column, expected 2: a word and its tag"


def test_json_lines(tmp_path: Path) -> None:
    report = ReadingReport()
    lines = [
        '{"tokens": ["a", "b"], "tags": ["X", "Y"]}',
        '{"tokens": ["a"], "tags": ["X", "Y"]}',
        '{"tokens": "a"}',
        "no",
    ]
    assert read(tmp_path / "a.jsonl", "\n".join(lines), report=report) == [(1, (("a", "b"), ("X", "Y")))]
    assert [one.line for one in report.bad] == [2, 3, 4]
    assert report.bad[0].reason == "1 tokens, but 2 tags"


def test_a_file_of_empty_lines_has_no_sentences(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", "\n \n") == []
