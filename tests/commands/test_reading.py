"""How commands read what they are given: quotes, stdin, encodings, layouts, and that they say what they decided."""

import io
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from rnn_cli.usage import shell_words, with_quotes
from tests.conftest import Command
from tests.support.schemas import validate

SOURCED = ("trace", "forward", "bptt", "gradients")
TARGET = {"bptt": ["--target", "positive"]}


@pytest.mark.parametrize("command", SOURCED)
def test_a_text_without_quotes_is_told_the_command_with_them(call: Command, command: str) -> None:
    done = call(command, *TARGET.get(command, []), "I", "love", "NLP", "--json")
    assert (done.code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    said = shlex.split(line.split("needs quotes: rnn ")[1].split(" (see ")[0])
    assert said == [command, *TARGET.get(command, []), "I love NLP", "--json"]
    assert call(*said).code == 0


def test_options_between_the_words_keep_their_values() -> None:
    args = ["--target", "love", "I", "--cell", "lstm", "love", "--json", "it"]
    assert with_quotes(args, ["I", "love", "it"], ["--target", "--cell"]) == [
        "--target", "love", "I love it", "--cell", "lstm", "--json",
    ]  # fmt: skip
    for words in (["a b", "$x y", 'say "it" !', "don't do"], ["plain"]):
        assert shlex.split(shell_words(words)) == words


def test_other_arguments_too_many_are_no_text(call: Command) -> None:
    assert "unexpected extra argument" in call("inspect", "nlp", "more").stderr


def test_single_words_are_texts_and_a_word_is_said_about_quotes(call: Command) -> None:
    done = call("predict", "nlp", "I", "love", "NLP", "--json")
    assert len(done.document()["predictions"]) == 3
    assert done.stderr.splitlines() == [
        '3 words are read as 3 texts; for one text put it in quotes: rnn predict nlp "I love NLP"'
    ]
    for texts in (["I love", "NLP"], ["I"]):
        assert call("predict", "nlp", *texts, "--json").stderr == ""


def typed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Put this content on stdin."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def test_each_line_of_stdin_is_a_text_to_predict(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in (["-"], ["--file", "-"]):
        typed(monkeypatch, b"I love NLP\n\nI hate NLP\n")
        document = validate(call("predict", "nlp", *source, "--json").document())
        assert [one["text"] for one in document["predictions"]] == ["I love NLP", "I hate NLP"]
    typed(monkeypatch, b"I love NLP\tpos\n")
    assert "looks like a table" in call("predict", "nlp", "-").stderr


def test_all_of_stdin_is_one_text_where_one_is_shown_and_that_is_said(
    call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, b"I love\nNLP\n")
    done = call("trace", "-", "--json")
    assert done.document()["tokens"] == ["I", "love", "NLP"]
    assert "2 lines of stdin are read as one text" in done.stderr
    typed(monkeypatch, b"I love NLP\n")
    assert call("trace", "-", "--json").stderr == ""


@pytest.mark.parametrize("command", [*SOURCED, "predict"])
def test_encodings_of_a_file_are_found_out_said_and_settled(call: Command, tmp_path: Path, command: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("un café\n".encode("windows-1252"))
    model = ["nlp"] if command == "predict" else []
    common = [command, *model, *TARGET.get(command, []), "--file", str(path), "--json"]
    done = call(*common)
    document = validate(done.document())
    assert document["read"] == {str(path): {"encoding": "Windows-1252"}}
    assert done.stderr == f'{path} read as: Windows-1252 text, as in "café"; --encoding says otherwise\n'
    said = validate(call(*common, "--encoding", "cp1251").document())
    assert said["read"] == {str(path): {"encoding": "cp1251"}}
    for name, message in (("utf-8", "a.txt:1:7: not UTF-8"), ("rot13", "no encoding of text files")):
        refused = call(*common, "--encoding", name)
        assert (refused.code, refused.stdout) == (2, "")
        assert message in refused.stderr
    plain = tmp_path / "plain.txt"
    plain.write_text("I love NLP\n")
    assert call(command, *model, *TARGET.get(command, []), "--file", str(plain), "--json").stderr == ""


@pytest.mark.parametrize("command", SOURCED)
def test_axes_are_asked_for_and_settled(call: Command, tmp_path: Path, command: str) -> None:
    path = str(tmp_path / "x.npy")
    np.save(path, np.random.default_rng(0).normal(size=(5, 3, 2)))
    asked = call(command, *TARGET.get(command, []), "--input", path, "--json")
    assert (asked.code, asked.stdout) == (2, "")
    assert "--layout T,B,I takes it as 3 sequences of 5 steps" in asked.stderr
    np.save(path, np.random.default_rng(0).normal(size=(5, 1, 2)))
    for options in ([], ["--layout", "T,B,I"]):
        done = call(command, *TARGET.get(command, []), "--input", path, *options, "--json")
        assert validate(done.document())["read"] == {path: {"layout": "T,B,I"}}
        assert "1 sequence of 5 steps" in done.stderr


def test_layouts_give_the_sequences_that_they_name(call: Command, tmp_path: Path) -> None:
    array = np.random.default_rng(1).normal(size=(5, 3, 2))
    np.save(tmp_path / "x.npy", array)
    for layout, sequences in (("T,B,I", array.swapaxes(0, 1)), ("B,T,I", array)):
        document = call("forward", "--input", str(tmp_path / "x.npy"), "--layout", layout, "--json").document()
        assert [one["inputs"] for one in document["sequences"]] == sequences.tolist()


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["I love NLP", "--encoding", "latin-1"], "--encoding"),
        (["I love NLP", "--layout", "T,I"], "--layout"),
        (["--file", "a", "--decimal", ","], "--decimal"),
        (["--input", "a.csv", "--text", "1"], "--text"),
        (["I love NLP", "--no-header"], "--header"),
    ],
)
def test_an_option_of_reading_needs_something_to_read(call: Command, arguments: list[str], option: str) -> None:
    done = call("forward", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert f"{option} says how " in done.stderr
    assert "is read, and there is none" in done.stderr


def test_numbers_to_predict_from_are_read_as_for_other_commands(call: Command, tmp_path: Path) -> None:
    array = np.random.default_rng(2).normal(size=(4, 3, 2))
    path = str(tmp_path / "x.npy")
    np.save(path, array)
    assert "--layout T,B,I takes it as 3 sequences of 4 steps" in call("predict", "nlp", "--input", path).stderr
    predicted = validate(call("predict", "nlp", "--input", path, "--layout", "T,B,I", "--json").document())
    assert predicted["read"] == {path: {"layout": "T,B,I"}}
    shown = call("forward", "--input", path, "--layout", "T,B,I", "--json").document()["sequences"]
    assert [one["probabilities"] for one in predicted["predictions"]] == [one["probabilities"] for one in shown]
