"""The pager: long pages on a terminal go through it, nothing else does, and whoever leaves it early does no wrong."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rnn_cli.output.pager import paged
from tests.conftest import Command
from tests.support.command import Result, call_on_terminal

LONG, SHORT = ("trace", "a b c d e"), ("trace", "a b", "--only", "readout")
LINES = 40
"""The height of the tests' terminal."""


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """A pager that says what it was told, and shows what it is given."""
    path = tmp_path / "my pager"
    path.write_text('#!/bin/sh\necho "PAGED $LESS $*"\nexec cat\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def tty(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    """The command on a terminal of 100 columns, within this process."""
    return call_on_terminal(arguments, 100, env)


def test_a_long_page_goes_through_the_pager(pager: Path) -> None:
    plain = tty(*LONG)
    assert plain.stdout.count("\n") > LINES
    assert "PAGED" not in plain.stdout  # PAGER=cat, as all tests have it
    shown = tty(*LONG, env={"PAGER": f"'{pager}' -x"})
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.stdout == f"PAGED FRX -x\n{plain.stdout}"
    assert tty(*LONG, env={"PAGER": f"LESS=-R '{pager}'"}).stdout == f"PAGED -R \n{plain.stdout}"
    assert tty(*SHORT, env={"PAGER": f"'{pager}'"}).stdout == tty(*SHORT).stdout


@pytest.mark.parametrize(
    ("before", "after", "env"),
    [
        ((), ("--no-pager",), {}),
        (("--no-pager",), (), {}),
        ((), ("--json",), {}),
        ((), (), {"RNN_PAGER": ""}),
        ((), (), {"RNN_PAGER": "cat"}),
        ((), (), {"RNN_PAGER": "no-such-pager -R"}),
        ((), (), {"RNN_PAGER": "'"}),
        ((), (), {"TERM": "dumb"}),
    ],
    ids=str,
)
def test_where_there_is_none(before: tuple[str, ...], after: tuple[str, ...], env: dict[str, str], pager: Path) -> None:
    words = (*before, *LONG, *after)
    shown = tty(*words, env={"PAGER": f"'{pager}'", **env})
    assert shown.code == 0
    assert "PAGED" not in shown.stdout
    assert shown.stdout.count("\n") > LINES or "--json" in after


def test_a_pipe_has_no_pager(rnn: Command, pager: Path) -> None:
    assert "PAGED" not in rnn(*LONG, env={"RNN_PAGER": f"'{pager}'"}).stdout


def test_leaving_early_and_interrupts_are_no_fault(rnn_tty: Callable[[int], Command], tmp_path: Path) -> None:
    words = ("trace", " ".join("abcdefgh" * 40), "--steps", "all")
    left = tty(*words, env={"PAGER": "head -n 3"})
    assert (left.code, left.stderr, left.stdout.count("\n")) == (0, "", 3)
    script = tmp_path / "interrupted.py"
    script.write_text(
        "import os, signal, sys\nos.kill(os.getppid(), signal.SIGINT)\nsys.stdout.write(sys.stdin.read())\n"
    )
    held = rnn_tty(100)(*LONG, "--save", "page.html", env={"PAGER": f"exec {sys.executable} {script}"})
    assert (held.code, held.stderr) == (0, "")
    assert held.stdout == rnn_tty(100)(*LONG).stdout
    assert "\x1b[38;5;" in held.stdout, "a page that is saved leaves the terminal the colours that it has"
    assert "\x1b[38;2;" not in held.stdout


@pytest.mark.parametrize("command", ["exec cat", "FIRST=1 OTHER='a b' cat", "cat | cat"])
def test_a_pager_is_a_command_of_the_shell(
    command: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the interrupts of the terminal until it is left."""
    before, text = signal.getsignal(signal.SIGINT), "a line\n" * 2 * LINES
    monkeypatch.setenv("RNN_PAGER", command)
    monkeypatch.setenv("LINES", str(LINES))
    with paged():
        sys.stdout.write(text)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    assert signal.getsignal(signal.SIGINT) is before
    assert capfd.readouterr().out == text


def test_no_pager_leaves_the_environment_as_it_is(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("rnn_cli.front.presenting.emit_page_or_document", lambda *_, pager, **__: asked.append(pager))
    before = dict(os.environ)
    for words in (("--no-pager", *SHORT), (*SHORT, "--no-pager"), SHORT):
        assert call(*words).code == 0
    assert asked == [False, False, True]
    assert dict(os.environ) == before
