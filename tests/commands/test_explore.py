"""rnn explore as a command: what it prints off a terminal, what it refuses, and what it does not load."""

import shlex
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.support.trained import TrainedModels


def test_off_a_terminal_the_first_screen_is_printed_with_the_command_of_its_page(call: Command) -> None:
    result = call("explore", "I love NLP", "--target", "positive")
    assert (result.code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[-1] == "rnn trace \"I love NLP\" --why 'h[1][1]'"
    document = call(*shlex.split(lines[-1])[1:], "--json").document()
    assert f"h[1][1] = tanh(…) = {document['why']['value']:+.4f}" in result.stdout
    assert f"{document['probabilities'][1]:.4f}" in result.stdout


def test_numbers_and_ids_are_read_again_by_the_command_that_is_left(call: Command, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("0.5,1\n0,-1\n", encoding="utf-8")
    for line in (
        f"--input {file} --cell lstm --seed 3",
        "--ids 1,0 --model imdb",
        "'I love NLP' --cell gru --num-layers 2",
    ):
        shown = call("explore", *shlex.split(line)).stdout
        why = call(*shlex.split(shown.splitlines()[-1])[1:], "--json").document()["why"]
        assert why["of"].partition("@")[0] in shown
        assert f" = {why['value']:+.4f}" in shown


def test_a_target_that_the_model_lacks_is_refused_at_once(call: Command) -> None:
    result = call("explore", "I love NLP", "--target", "sad")
    assert (result.code, "no class 'sad'" in result.stderr) == (2, True)


def test_a_model_that_writes_is_refused(call: Command, trained: TrainedModels) -> None:
    result = call("explore", "a b", "--model", str(trained.path("translate")))
    assert result.code == 2
    assert "writes a text with a decoder" in result.stderr


def test_without_the_extra_it_says_how_to_install_it(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_cli.commands.explore.find_spec", lambda name: None)
    result = call("explore", "I love NLP")
    assert result.code == 2
    assert "pip install 'rnn-cli[explore]'" in result.stderr
    assert util.find_spec("textual") is not None


def test_help_loads_neither_the_frameworks_nor_numpy() -> None:
    program = "import sys; from rnn_cli.__main__ import main\ntry: main(['explore', '-h'])\nexcept SystemExit: pass\n"
    done = subprocess.run(
        [sys.executable, "-c", program + "assert not {'textual', 'aiohttp', 'numpy'} & {*sys.modules}"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
