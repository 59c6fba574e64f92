"""Help in groups, names whatever their case, and what a person will have meant."""

import re
from importlib import import_module

import pytest

from rnn_cli.app import COMMANDS, GROUPS
from rnn_cli.choices import CHOICES, choices_of
from rnn_cli.core.cells import CELLS
from tests.conftest import Command

MANY = 12
"""A help of more options says which are for every day."""


@pytest.mark.parametrize("command", COMMANDS)
def test_options_stand_in_groups(command: str, call: Command) -> None:
    text = call(command, "-h").stdout
    assert call("help", command).stdout == text
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", text[text.index("ptions:\n") :], re.MULTILINE)
    titles = re.findall(r"^([A-Z].*):$", text, re.MULTILINE)
    assert len(set(options)) == len(options)
    interactive = getattr(import_module(f"rnn_cli.commands.{command}"), "INTERACTIVE", False)
    assert {"--help", *["--json"] * (not interactive)} <= set(options)
    assert len(set(titles)) == len(titles)
    if len(options) > MANY:
        assert next(title for title in titles if title != "Arguments") == "Everyday options"
        assert titles[-1] == "Output"
    assert not re.search(r"--[\w-]+ <|x[<>]=", text)  # a value has a word that a person reads


def test_commands_stand_in_groups(call: Command) -> None:
    text = call("-h").stdout
    assert call("help").stdout == text
    places = [text.index(f"\n  {name} ") for names in GROUPS.values() for name in names]
    assert places == sorted(places)
    assert len(places) == len(COMMANDS)
    assert call("-V").stdout == call("--version").stdout
    assert call("help", "tracee").code == call("--no-pager", "help", "tracee").code == 2
    for words in (("help", "trace"), ("--no-pager", "help", "trace"), ("help", "--no-pager", "trace", "more")):
        assert call(*words).stdout == call("trace", "-h").stdout


def test_every_parameter_with_names_has_some() -> None:
    for known in CHOICES:
        command, _, parameter = known.rpartition(" ")
        assert choices_of(command, parameter), known


@pytest.mark.parametrize(
    "words",
    [
        *(("trace", "a b", "--cell", cell.upper()) for cell in CELLS),
        ("trace", "a b", "--cell", "Gru", "--reset", "BEFORE"),
        ("forward", "a b", "--cell", "RNN", "--activation", "ReLU", "--dtype", "Float32"),
        ("bptt", "a b", "--target", "1,2", "--loss", "MSE"),
        ("trace", "a b", "--unit", "Moved", "--theme", "Light"),
        ("trace", "a b", "--unit", "READOUT:2"),
        ("gradients", "a b", "--compare", "RNN,LSTM", "--bidirectional", "--direction", "Backward"),
        ("gradients", "--spectral-radius", "0.9", "--init", "Orthogonal", "--drive", "ZEROS"),
        ("inspect", "IMDB"),
        ("predict", "NLP", "a b"),
        ("schema", "Trace"),
        ("train", "--task", "RECALL:length=3", "--max-steps", "1", "--cell", "LSTM", "--optimizer", "SGD"),
    ],
    ids=" ".join,
)
def test_names_in_any_case(words: tuple[str, ...], call: Command) -> None:
    texts = ("a b", "1,2", "RECALL:length=3")
    plain = tuple(word if word in texts else word.lower() for word in words)
    plain = tuple(word.replace("RECALL", "recall") for word in plain)
    given, same = call(*words, "--json"), call(*plain, "--json")
    assert given.code == 0, given.stderr
    volatile = re.compile(r'"(tokens_per_second|seconds)": [^,}]+')
    assert volatile.sub("", given.stdout) == volatile.sub("", same.stdout)


@pytest.mark.parametrize(
    "way", ["h_2[1]", "h2[1]", "H[2][1]", "h[2,1]", "h_2,1", "h_{2}[1]", "h₂[1]", "h(2)(1)", "h_2_1"]
)
def test_ways_to_write_a_number(way: str, call: Command) -> None:
    assert (
        call("trace", "a b", "--cell", "lstm", "--why", way).stdout
        == call("trace", "a b", "--cell", "lstm", "--why", "h[2][1]").stdout
    )


def test_other_quantities_and_what_is_none(call: Command) -> None:
    network = ("a b c", "--cell", "lstm", "--num-layers", "2", "--bidirectional")
    for way, plain in {
        "c_3[2]@0.Backward": "c[3][2]@0.backward",
        "a_i_3[2]": "a_i[3][2]",
        "Logits1": "logits[1]",
    }.items():
        assert call("trace", *network, "--why", way).stdout == call("trace", *network, "--why", plain).stdout
    for wrong in ("h", "h[21]", "2[1]", "h[2][1][1]", "h[2 1", "h[2", "h-2-1"):
        refused = call("trace", "a b", "--why", wrong)
        assert (refused.code, refused.stdout) == (2, ""), wrong


def test_numbers_are_not_a_sentence(call: Command) -> None:
    for words in (("0.5",), ("-1.5",), ("0.5", "0.9"), ("1e-3",)):
        refused = call("gradients", *words)
        assert refused.code == 2
        command = re.search(r"rnn (gradients(?: --factor \S+)+)", refused.stderr)
        assert command is not None, refused.stderr
        assert call(*command[1].split(), "--json").code == 0
    assert call("gradients", "0.5 is half").code == 0
