"""rnn --version, alone and with --verbose."""

import platform
import subprocess
import sys
from pathlib import Path

import numpy as np

from rnn_cli.version import __version__
from tests.conftest import Command
from tests.support.command import environment


def test_version_alone_is_one_line_and_loads_neither_numpy_nor_rich(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rnn_cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment(None),
    )
    assert done.stdout == f"rnn {__version__}\n"
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "rnn_cli" in loaded
    assert not loaded & {"numpy", "rich", "matplotlib", "safetensors"}


def test_verbose_says_what_a_number_may_depend_on(rnn: Command) -> None:
    result = rnn("--version", "--verbose")
    assert (result.code, result.stderr) == (0, "")
    lines = dict(line.split(None, 1) for line in result.stdout.splitlines())
    assert list(lines) == ["rnn", "Python", "NumPy", "BLAS", "platform"]
    assert lines["rnn"] == __version__
    assert platform.python_version() in lines["Python"]
    assert lines["NumPy"] == np.__version__
    assert platform.system() in lines["platform"]


def test_verbose_alone_is_refused(call: Command) -> None:
    result = call("--verbose")
    assert (result.code, result.stdout) == (2, "")
    assert "rnn --version --verbose" in result.stderr
