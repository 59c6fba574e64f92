"""The real command as a process of its own, piped or on a terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import Any
from unittest.mock import patch

TIMEOUT = 120


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str
    raw: bytes

    def document(self) -> Any:
        """stdout as strict JSON."""
        return strict_json(self.stdout)


def strict_json(text: str) -> Any:
    """Parse JSON as the standard has it: NaN and Infinity are refused."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    """The pinned environment of the tests (conftest.py), and `changes`."""
    return {**os.environ, **(changes or {})}


def run_command(arguments: Sequence[str], env: Mapping[str, str] | None, stdin: str | bytes, cwd: Path) -> Result:
    """Run `rnn` with these arguments; its output is decoded as UTF-8, with escapes where it is not."""
    done = subprocess.run(
        [sys.executable, "-m", "rnn_cli", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(env),
        timeout=TIMEOUT,
        check=False,
    )
    return Result(done.returncode, _text(done.stdout), _text(done.stderr), done.stdout)


def run_on_terminal(arguments: Sequence[str], columns: int, env: Mapping[str, str] | None, cwd: Path) -> Result:
    """Run `rnn` with stdout on a pseudo-terminal of so many columns."""
    outer, inner = _terminal(columns)
    process = subprocess.Popen(
        [sys.executable, "-m", "rnn_cli", *arguments],
        stdin=inner,
        stdout=inner,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment(env),
    )
    os.close(inner)
    parts = [*_read_to_the_end(outer)]
    os.close(outer)
    _, errors = process.communicate(timeout=TIMEOUT)
    raw = b"".join(parts).replace(b"\r\n", b"\n")
    return Result(process.returncode, _text(raw), _text(errors), raw)


def call_on_terminal(
    arguments: Sequence[str],
    columns: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    *,
    errors_too: bool = False,
) -> Result:
    """What `run_on_terminal` gives, within the test's process, whose streams are a terminal while the command runs.

    For tests of what is written there: a process of its own would load all modules again. errors_too: stderr is the
    terminal as well.
    """
    outer, inner = _terminal(columns)
    came: list[bytes] = []
    reader = Thread(target=lambda: came.extend(_read_to_the_end(outer)), daemon=True)
    reader.start()
    with TemporaryFile() as errors, ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, environment(env)))
        stack.enter_context(chdir(cwd or Path.cwd()))
        for number, descriptor in enumerate((inner, inner, inner if errors_too else errors.fileno())):
            saved = os.dup(number)
            stack.callback(os.close, saved)
            stack.callback(os.dup2, saved, number)
            os.dup2(descriptor, number)
        os.close(inner)
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            stream = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115  # the stack closes it
            stack.callback(stream.close)
            stack.enter_context(patch.object(sys, name, stream))
        code = _code_of(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        errors.seek(0)
        said = errors.read()
    reader.join(TIMEOUT)
    assert not reader.is_alive(), "the command has ended, and something still holds its terminal"
    os.close(outer)
    raw = b"".join(came).replace(b"\r\n", b"\n")
    return Result(code, _text(raw), _text(said), raw)


def _code_of(arguments: Sequence[str]) -> int:
    from rnn_cli.__main__ import main

    try:
        main(arguments)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    raise AssertionError("main did not leave")


def _terminal(columns: int) -> tuple[int, int]:
    """A pseudo-terminal: our end of it, and that of a command."""
    import fcntl
    import struct
    import termios

    outer, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    return outer, inner


def _read_to_the_end(outer: int) -> Iterator[bytes]:
    """What is written to a terminal, until its other end is closed."""
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:
            return
        if not part:
            return
        yield part


def is_alive(process: int) -> bool:
    """Whether a process computes; one that has ended and that nobody asks for stays in the list."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return not (state.exists() and ") Z " in state.read_text())
    except (ProcessLookupError, FileNotFoundError):
        return False


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
