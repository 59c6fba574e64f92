"""A command, a task or a format that is new fails here until it has what the others have. The guards are tried too."""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import ClassVar

import pytest

import rnn_cli.tasks as tasks
from rnn_cli.app import COMMANDS
from rnn_cli.core.cells import CELLS
from rnn_cli.inputs.numbers import SUFFIXES as NUMBERS
from rnn_cli.models.formats import FORMATS as MODELS
from rnn_cli.output.emit import FORMATS as SAVED
from rnn_cli.plots.draw import FORMATS as DRAWN
from rnn_cli.tasks import GENERATED, TASKS
from rnn_cli.tasks.defaults import Default
from rnn_cli.tasks.parity import Parity
from tests.conftest import Command
from tests.support.cells import cells_that_torch_has
from tests.support.guards import README, missing_of_command, missing_of_formats, missing_of_task, option_help
from tests.support.networks import KINDS
from tests.support.runs import RUNS as RESUMED
from tests.support.trained import RUNS as TRAINED


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_everything(command: str, call: Command) -> None:
    assert missing_of_command(command, call(command, "-h").stdout) == []


@pytest.mark.parametrize("task", [*TASKS, *GENERATED])
def test_a_task_has_everything(task: str, call: Command) -> None:
    assert missing_of_task(task, call("train", "-h").stdout) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_names_every_format(command: str, call: Command) -> None:
    text = call(command, "-h").stdout
    saved = [suffix for suffix in SAVED if command != "train" or suffix != ".json"]  # a run is no one document
    assert missing_of_formats(text, "--save", saved) == []
    assert missing_of_formats(text, "--plot", DRAWN) == []
    assert missing_of_formats(text, "--input", NUMBERS) == []


def test_the_networks_and_runs_of_the_tests_are_of_every_kind() -> None:
    assert {cell for cell, _ in KINDS.values()} == set(CELLS), "tests/support/networks.py: a line in KINDS"
    assert {run[0] for run in TRAINED.values()} >= set(TASKS), "tests/support/trained.py: a line in RUNS"
    resumed = {run[run.index("--task") + 1] for run in RESUMED.values()}
    assert resumed >= set(TASKS), "tests/support/runs.py: a line in RUNS"
    assert {*cells_that_torch_has()} >= {"rnn", "lstm", "gru"}


@pytest.mark.parametrize("name", MODELS)
def test_readme_says_what_opens(name: str) -> None:
    rows = [line.split("|")[1] for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    for suffix in MODELS[name].suffixes:
        assert any(f"`{suffix}`" in row for row in rows), f"README.md: a row in the table of files for {suffix}"


def test_every_kind_of_format_has_a_help_to_look_at(call: Command) -> None:
    for option in ("--save", "--plot", "--input"):
        assert option_help(call("trace", "-h").stdout, option)


def test_a_bare_command_lacks_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = ModuleType("rnn_cli.commands.bare")
    monkeypatch.setitem(sys.modules, "rnn_cli.commands.bare", bare)
    assert missing_of_command("bare", "Usage: rnn bare") == [
        *("an example in its help", "a schema", "--json", "a line in README", "tests"),
    ]
    monkeypatch.setattr(bare, "INTERACTIVE", True, raising=False)
    assert missing_of_command("bare", "Examples:\n  rnn bare\n") == ["a line in README", "tests"]


def test_an_interactive_command_has_no_schema(monkeypatch: pytest.MonkeyPatch, call: Command) -> None:
    import rnn_cli.commands.samples as samples

    monkeypatch.setattr(samples, "INTERACTIVE", True, raising=False)
    assert missing_of_command("samples", call("samples", "-h").stdout) == ["no schema, as it is interactive"]


def test_a_bare_task_lacks_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(Parity):
        """A task that somebody began."""

        run_defaults: ClassVar = {"learning": Default(1, "It learns.")}
        lengthened_by, scored = "size", "bleu"

    module = ModuleType("rnn_cli.tasks.bare")
    monkeypatch.setattr(module, "Bare", Bare, raising=False)
    monkeypatch.setitem(sys.modules, "rnn_cli.tasks.bare", module)
    monkeypatch.setitem(tasks.GENERATED, "bare", "Bare")
    assert missing_of_task("bare", "  --task <str>  classify or parity.\n") == [
        "its name in rnn train -h",
        "a row in README's table",
        "defaults that say how long a run goes",
        "a default size",
        "defaults that are settings of a run",
        "tests",
        "a setting that makes it longer (lengthened_by)",
        "the score that counts (scored) among those of a guess",
    ]


def test_a_format_without_a_word_is_missed(call: Command) -> None:
    text = call("trace", "-h").stdout
    known: dict[str, Iterable[str]] = {"--save": SAVED, "--plot": DRAWN, "--input": NUMBERS}
    for option, formats in known.items():
        assert missing_of_formats(text, option, [*formats, ".docx"]) == [".docx"]
        assert missing_of_formats(text, option, [".htm"]) == [".htm"]
