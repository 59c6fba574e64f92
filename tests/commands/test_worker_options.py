"""Who computes the runs of a command: options that contradict each other are refused before anything is made."""

from pathlib import Path

import pytest
import typer

from rnn_cli.app import COMMANDS, app
from tests.conftest import Command

ENOUGH = {
    "race": ("parity", "--lengths", "1", "--max-steps", "1", "--out", "new"),
    "sweep": ("--task", "parity:length=2", "--grid", "cell=rnn", "--max-steps", "1", "--out", "new"),
}
"""The rest of a command line, by command."""


def with_workers() -> list[str]:
    """The commands that hand runs to workers."""
    group = typer.main.get_command(app)
    context = typer.Context(group)
    return [
        name
        for name in COMMANDS
        if any(one.name == "scheduler" for one in group.get_command(context, name).params)  # type: ignore[attr-defined]
    ]


@pytest.mark.parametrize("command", with_workers())
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "--workers is for processes of this machine"),
        (["--tls-ca", "README.md"], "--tls-ca is for an encrypted connection: --scheduler tls://HOST:PORT"),
        (["--scheduler", "nowhere"], "--scheduler nowhere: not an address; give it as the scheduler prints it"),
    ],
)
def test_options_that_contradict_each_other(
    command: str, arguments: list[str], said: str, call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(command, *ENOUGH[command], *arguments)
    assert (result.code, said in result.stderr) == (2, True)
    assert not (tmp_path / "new").exists()
