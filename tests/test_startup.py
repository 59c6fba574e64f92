"""What every command waits for: --version and -h must not load NumPy or Rich."""

import subprocess
import sys
from pathlib import Path

import pytest

from rnn_cli.app import COMMANDS
from tests.support.command import environment


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    """The top-level packages that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rnn_cli", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(None),
        check=True,
    )
    assert done.stdout
    return {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}


@pytest.mark.parametrize("arguments", [("--version",), ("-h",), ("trace", "-h")], ids=" ".join)
def test_what_needs_no_numbers_loads_no_numpy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    heavy = {"numpy", "rich", "safetensors", "matplotlib", "torch", "pydantic", "hypothesis"}
    assert loaded(tmp_path, *arguments) & heavy == set()


def test_the_help_names_every_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rnn_cli", "-h"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(None),
        check=True,
    )
    for name in COMMANDS:
        assert f"  {name} " in done.stdout
