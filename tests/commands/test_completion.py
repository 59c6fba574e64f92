"""Completion: what is offered, and that bash, zsh and fish complete a line as it is typed."""

import os
import re
import select
import shutil
import sys
import time
from pathlib import Path

import pytest
from typer.main import get_command

from rnn_cli.app import COMMANDS, app
from rnn_cli.completion import SCRIPTS, candidates, install
from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.models.bundled import bundled_models
from rnn_cli.tasks import GENERATED, TASKS
from tests.conftest import Command


def offered(*words: str) -> list[str]:
    return [word for word, _ in candidates(list(words))[1]]


def test_what_is_offered() -> None:
    assert offered("") == offered() == [*COMMANDS, "help"]
    assert offered("help", "") == offered("--no-pager", "help", "") == [*COMMANDS]
    assert offered("help", "trace", "") == offered("help", "-") == []
    assert offered("--no-pager", "") == offered("--show-completion", "bash", "") == [*COMMANDS, "help"]
    assert offered("--version", "--show-completion", "") == [*SCRIPTS]
    root = [name for one in get_command(app).params for name in one.opts]
    assert {"-V", "--verbose", "--no-pager"} < {*root}
    assert offered("-") == offered("--version", "-") == [*root, "--help"]
    assert offered("--no-pager", "trace", "--cell", "ls") == ["lstm"]
    assert offered("trace", "--cell", "") == offered("trace", "--cell=") == offered("trace", "--cell", "=") == [*CELLS]
    assert offered("trace", "--cell=L") == offered("trace", "--cell", "=", "l") == ["lstm"]
    assert offered("train", "--task", "") == [*TASKS, *GENERATED]
    assert offered("gradients", "a b", "--compare", "rnn,ls") == ["rnn,lstm"]
    assert offered("gradients", "--init", "") != offered("train", "--init", "") == [*bundled_models()]
    assert offered("trace", "--reset", "") == ["after", "before"]
    assert "--why" in offered("trace", "a text", "--cell", "lstm", "--w")
    assert "--half" not in offered("trace", "--h")
    assert offered("trace", "--", "--ce") == offered("nosuch", "") == []
    assert candidates(["inspect", ""]) == ("files", [(name, "") for name in bundled_models()])
    assert [candidates(["trace", name, ""])[0] for name in ("--save", "--file", "--seed")] == [
        "files",
        "files",
        "words",
    ]
    assert candidates(["train", ""])[0] == candidates(["train", "a", "b", ""])[0] == "files"


def test_scripts_are_shown_and_installed(call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    (tmp_path / ".bashrc").write_text("alias a=b", encoding="utf-8")
    for shell, script in SCRIPTS.items():
        for words in (("--show-completion", shell), (f"--show-completion={shell}", "--no-pager")):
            assert call(*words).stdout == call("--no-pager", "--version", *words).stdout == script
        assert shell in call("--install-completion", shell).stdout
        assert str(tmp_path) in install(shell.upper())  # twice changes nothing more
    assert call("--install-completion").stdout.startswith(str(tmp_path / ".config/fish/completions/rnn.fish"))
    assert call("--no-pager", "--version", "--show-completion").stdout == SCRIPTS["fish"]
    lines = (tmp_path / ".bashrc").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert lines[0] == "alias a=b"
    with pytest.raises(InputError, match="bash, zsh, fish"):
        install("csh")
    refused = call("--show-completion", "csh")
    assert (refused.code, refused.stdout) == (2, "")


START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
TYPED = (
    ("rnn trac\tx --cell LST\t\n", "trace x --cell lstm"),
    ("rnn inspect im\t\n", "inspect imdb"),
    ("rnn inspect ./my\t\n", "inspect ./my own.json"),
    ("rnn trace x --cell=ls\t\n", "trace x --cell=lstm"),
)


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_shell_completes_what_is_typed(shell: str, tmp_path: Path) -> None:
    """A stand-in on the PATH completes as rnn does, and else prints its arguments."""
    where = shutil.which(shell)
    if where is None:
        pytest.skip(f"there is no {shell}")
    (tmp_path / "my own.json").write_text("{}", encoding="utf-8")
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell], encoding="utf-8")
    program = tmp_path / "bin" / "rnn"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n[ -n "$_RNN_COMPLETE" ] && exec {sys.executable} -m rnn_cli "$@"\necho "GOT<$*>"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": root, "HOME": str(tmp_path)}
    child, terminal = os.forkpty()
    if child == 0:
        os.chdir(tmp_path)
        os.execve(where, [where, *START[shell]], {**env, "TERM": "xterm", "PS1": "> "})
    try:
        _type(terminal, f". {script}; echo REA''DY\n", "READY")
        for keys, expected in TYPED:
            _type(terminal, keys, f"GOT<{expected}>")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def _type(terminal: int, keys: str, expected: str) -> None:
    """Type into a terminal, and wait until it shows what is expected."""
    os.write(terminal, keys.encode())
    seen, end = "", time.monotonic() + 20
    while expected not in seen:
        left = end - time.monotonic()
        assert left > 0, f"{keys!r}: no {expected!r} in {seen!r}"
        if select.select([terminal], [], [], left)[0]:
            seen += os.read(terminal, 65536).decode("utf-8", "replace")
            seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen)
