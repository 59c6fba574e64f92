"""Sentences with tags: CoNLL-U, columns, JSON lines."""

import json
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
    with pytest.raises(InputError, match="give the number of the tags' column"):
        read(tmp_path / "b.txt", conll, "upos")
    for line in ("the/DT song/NN ends/VB\n", "the song ends\tDT NN VB\n"):
        with pytest.raises(InputError, match=r"--column 2: .*c\.txt has a sentence a line, and no columns"):
            read(tmp_path / "c.txt", line * 3, "2")


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


SENTENCES = [
    (("the", "song", "ends", "."), ("DT", "NN", "VB", ".")),
    (("a", "dog", "-", "1/2"), ("DT", "NN", ":", "CD")),
]


def word_a_line(between: str, before: str = "", first: str = "", empty: str = "\n") -> str:
    """The sentences in columns: `before` each word, `first` at the top, `empty` after each sentence."""
    sentences = ["".join(f"{before}{w}{between}{t}\n" for w, t in zip(*one, strict=True)) for one in SENTENCES]
    return first + empty.join(sentences)


def sentence_a_line(join: str) -> str:
    return "".join(" ".join(f"{w}{join}{t}" for w, t in zip(*one, strict=True)) + "\n" for one in SENTENCES)


def with_ids(separator: str, name: str, every: bool, header: str = "") -> str:
    """The sentences in columns whose first names the sentence, on all of its words or on the first alone."""
    rows = [
        separator.join([name.format(k + 1) if every or not t else "", w, "x", tag])
        for k, one in enumerate(SENTENCES)
        for t, (w, tag) in enumerate(zip(*one, strict=True))
    ]
    return header + "\n".join(rows) + "\n"


def numbered(between: str, start: int) -> str:
    return "\n".join(
        "".join(f"{start + t}{between}{w}{between}{tag}\n" for t, (w, tag) in enumerate(zip(*one, strict=True)))
        for one in SENTENCES
    )


OBJECTS = [{"tokens": list(words), "ner_tags": list(tags), "id": str(k)} for k, (words, tags) in enumerate(SENTENCES)]

FORMS: dict[str, tuple[str, str]] = {
    "tabs": ("a.tsv", word_a_line("\t")),
    "blanks": ("a.conll", word_a_line(" ")),
    "several blanks": ("a.iob", word_a_line("   ")),
    "carriage returns": ("a.txt", word_a_line("\t").replace("\n", "\r")),
    "a sign after the word": ("a.txt", word_a_line(" \t ")),
    "commas": ("a.csv", word_a_line(",")),
    "bars": ("a.bio", word_a_line("|")),
    "between documents": ("a.conll", word_a_line(" ", first="-DOCSTART- -X-\n\n", empty="\n-DOCSTART- -X-\n\n")),
    "no empty line after the mark": ("a.txt", word_a_line("\t", empty="-DOCSTART-\tO\n")),
    "comments": ("a.conll", word_a_line(" ", first="# id 7 domain=en\n", empty="\n# id 8 domain=en\n")),
    "comments as wide as the columns": ("a.conll", "\n".join(
        f"# id {k}\n" + "".join(f"{w} _ {t}\n" for w, t in zip(*one, strict=True)) for k, one in enumerate(SENTENCES)
    )),
    "rows of empty cells": ("a.csv", word_a_line(";", first="Word;Tag\n", empty=";\n")),
    "a header": ("a.tsv", word_a_line("\t", first="word\ttag\n")),
    "a header of CSV": ("a.csv", word_a_line(",", first="Token,POS\n")),
    "CoNLL-U by another name": ("a.txt", "\n".join(
        "".join(word(str(t + 1), w, tag) + "\n" for t, (w, tag) in enumerate(zip(*one, strict=True))) for one in SENTENCES
    )),
    "columns by the name of CoNLL-U": ("a.conllu", word_a_line("\t")),
    "words counted from 1": ("a.txt", numbered(" ", 1)),
    "words counted from 0": ("a.tsv", numbered("\t", 0)),
    "word/tag": ("a.txt", sentence_a_line("/")),
    "word_tag": ("a.txt", sentence_a_line("_")),
    "word|tag": ("a.txt", sentence_a_line("|")),
    "phrases in brackets": ("a.pos", "[ the/DT song/NN ]\nends/VB ./.\n".replace("]\n", "] ") + "[ a/DT dog/NN ] -/: 1\\/2/CD\n"),
    "words, a tab, tags": ("a.txt", "".join(" ".join(w) + "\t" + " ".join(t) + "\n" for w, t in SENTENCES)),
    "words ||| tags": ("a.txt", "".join(" ".join(w) + " ||| " + " ".join(t) + "\n" for w, t in SENTENCES)),
    "sentence names on first words": (
        "a.csv", with_ids(",", "Sentence: {}", False, "Sentence #,Word,Lemma,Tag\n")
    ),
    "sentence names on all words": ("a.csv", with_ids(",", "{}", True, "sentence_id,word,lemma,label\n")),
    "sentence names without a header": ("a.csv", with_ids(",", "Sentence: {}", False)),
    "sentence numbers without a header": ("a.tsv", with_ids("\t", "{}", True)),
    "JSON lines of another key": ("a.jsonl", "\n".join(map(json.dumps, OBJECTS))),
    "a JSON list": ("a.json", json.dumps(OBJECTS)),
    "a JSON list over many lines": ("a.json", json.dumps(OBJECTS, indent=2)),
    "a JSON list within an object": ("a.json", json.dumps({"version": 1, "data": OBJECTS})),
}  # fmt: skip
"""The same two sentences in each form that tagged files come in, under the names that they have."""


@pytest.mark.parametrize("form", list(FORMS))
def test_every_form_of_a_tagged_file_gives_the_same_sentences(tmp_path: Path, form: str) -> None:
    name, text = FORMS[form]
    report = ReadingReport(strict=True)
    found = [sentence for _, sentence in read(tmp_path / name, text, report=report)]
    wanted = [
        (tuple(w.replace("1/2", "1\\/2") if "\\" in text else w for w in words), tags) for words, tags in SENTENCES
    ]
    assert found == wanted
    assert report.read[str(tmp_path / name)]["kind"]
    assert report.read[str(tmp_path / name)].get("document_marks", 0) == text.count("-DOCSTART-")


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    for form, lines in (("between documents", [3, 10]), ("sentence names on first words", [2, 6]),
                        ("word/tag", [1, 2]), ("a JSON list over many lines", [2, 17])):  # fmt: skip
        name, text = FORMS[form]
        assert [line for line, _ in read(tmp_path / name, text)] == lines


def test_numbers_are_tags_and_that_is_said(tmp_path: Path) -> None:
    report = ReadingReport()
    text = '{"tokens": ["a", "b"], "ner_tags": [0, 3]}\n{"tokens": ["c"], "ner_tags": [1]}\n'
    assert [tags for _, (_, tags) in read(tmp_path / "a.jsonl", text, report=report)] == [("0", "3"), ("1",)]
    assert "tags are numbers, whose names the file does not say" in report.said[str(tmp_path / "a.jsonl")]


def long_file(*columns: str, sentences: int = 12) -> str:
    """Sentences of five words in columns: `word` is new on each line, `few` is one of three, `lemma` nearly new."""
    values = {"word": "w{0}", "few": "T{1}", "lemma": "l{2}", "same": "_", "number": "{0}"}
    rows = [" ".join(values[one].format(k, k % 3, k // 2 * 2) for one in columns) for k in range(5 * sentences)]
    return "\n\n".join("\n".join(rows[k : k + 5]) for k in range(0, len(rows), 5)) + "\n"


@pytest.mark.parametrize(
    ("columns", "why", "candidates"),
    [
        (("word", "few", "lemma"), "column 3 has 30 different values, too many for tags", "2 (3: T0, T1, T2)"),
        (("word", "few", "same"), "column 3 holds '_' on every line", "2 (3: T0, T1, T2)"),
        (("word", "few", "number"), "column 3 has 60 different values, too many for tags", "2 (3: T0, T1, T2)"),
        (("few", "word"), "column 2 has 60 different values and column 1 only 3", "1 (3: T0, T1, T2)"),
    ],
)
def test_a_last_column_that_can_hardly_be_the_tags_is_asked_about(
    tmp_path: Path, columns: tuple[str, ...], why: str, candidates: str
) -> None:
    with pytest.raises(InputError) as stop:
        read(tmp_path / "a.txt", long_file(*columns))
    assert f"{why}:\n--column says where the tags are: {candidates}" in str(stop.value)
    chosen = read(tmp_path / "a.txt", long_file(*columns), str(columns.index("few") + 1))
    assert chosen[0][1] == (("w0", "w1", "w2", "w3", "w4"), ("T0", "T1", "T2", "T0", "T1"))


def test_several_lists_of_tags_in_json_are_asked_about(tmp_path: Path) -> None:
    text = '{"tokens": ["a", "b"], "pos": ["X", "Y"], "ner": ["O", "O"]}\n'
    with pytest.raises(InputError, match=r'--column says where the tags are: "pos" \(2: X, Y\); "ner" \(1: O\)'):
        read(tmp_path / "a.jsonl", text)
    assert read(tmp_path / "a.jsonl", text, "ner")[0][1][1] == ("O", "O")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", long_file("word", "few", sentences=30).replace("\n\n", "\n"), "so that all 150 words would be one"),
        ("a.txt", "The cat sat .\nA dog ran off at once .\nHe left .\n", "no tags found: its lines have 3 to 7 words"),
        ("a.txt", "cat\ndog\n", "no tags found: its lines have one word each"),
        ("a.tsv", "a good film\tgood\nnot my kind of film\tbad\n", "a label for each text is --task classify"),
        ("a.conllu", "\n".join(word(str(k), "a", "_", "XX") for k in (1, 2)), "--column says where the tags are: lemma"),
        ("a.txt", "(S (NP (DT the) (NN dog)) (VP (VB sees)))\n" * 3, "trees in brackets, not tags"),
        ("a.csv", "id,text,tags\n" + "1,\"the dog sees\",\"['DT', 'NN', 'VB']\"\n" * 3, "lists of tags as Python writes them"),
        ("a.json", '{"tokens": [["a"]], "tags": [["X"]]', "a.json:1:36: not JSON"),
    ],
)  # fmt: skip
def test_a_file_of_no_kind_is_refused_with_what_it_is(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(InputError) as stop:
        read(tmp_path / name, text)
    assert says in str(stop.value)
    assert len(str(stop.value).splitlines()) <= 2


def test_a_short_file_without_empty_lines_is_said_to_be_one_sentence(tmp_path: Path) -> None:
    report = ReadingReport()
    assert len(read(tmp_path / "a.txt", "a X\nb Y\n", report=report)) == 1
    assert "its 2 words are read as one sentence" in report.notes[0]


def test_a_very_long_sentence_among_others_is_pointed_out(tmp_path: Path) -> None:
    report = ReadingReport()
    assert len(read(tmp_path / "a.txt", "a X\n\n" + "b Y\n" * 501, report=report)) == 2
    assert report.notes == [
        f"{tmp_path / 'a.txt'}:3: a sentence of 501 words begins here: is an empty line missing in it?"
    ]


def test_lines_with_another_number_of_tags_are_left_out_for_one_reason(tmp_path: Path) -> None:
    report = ReadingReport()
    good = "".join("a b c\tX Y Z\n" for _ in range(18))
    assert len(read(tmp_path / "a.txt", good + "a b\tX\na\tX Y\n", report=report)) == 18
    (left_out,) = report.left_out.values()
    assert (left_out.reason, left_out.count) == ("not as many tags as words", 2)


def test_a_file_of_empty_lines_has_no_sentences(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", "\n \n") == []
