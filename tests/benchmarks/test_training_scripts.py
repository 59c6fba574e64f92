"""The scripts that measure training run, and in their quick form say what the full one says."""

import subprocess
import sys
from pathlib import Path

import pytest

from rnn_cli.models.bundled import samples_directory
from tests.support.command import environment

FOLDER = Path(__file__).parent


def script(name: str, *arguments: str) -> list[str]:
    """The lines that a script prints; it must end well."""
    done = subprocess.run(
        [sys.executable, str(FOLDER / name), *arguments],
        env=environment({"PYTHONPATH": str(FOLDER.parents[1])}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_recall_is_beyond_the_vanilla_cell() -> None:
    lines = script("recall.py", "--quick")
    assert [line.split()[0] for line in lines[2:5]] == ["rnn", "lstm", "gru"]
    assert lines[-1] == "the vanilla RNN stays near chance, LSTM and GRU pass 95%"


def test_a_text_learnt_as_by_pytorch() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    text = str(samples_directory() / "data" / "verse.txt")
    lines = script("shakespeare.py", text, "--steps", "20", "--seeds", "0", "--hidden-size", "32")
    assert lines[-1].startswith("mean  rnn ")
    assert [line.split()[1] for line in lines[2:4]] == ["rnn", "PyTorch"]
