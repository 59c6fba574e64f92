"""The real command as a process of its own, piped or on a terminal."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    import fcntl
    import struct
    import termios

    outer, inner = os.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "rnn_cli", *arguments],
        stdin=inner,
        stdout=inner,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=environment(env),
    )
    os.close(inner)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:  # the other side has closed
            break
        if not part:
            break
        parts.append(part)
    os.close(outer)
    _, errors = process.communicate(timeout=TIMEOUT)
    raw = b"".join(parts).replace(b"\r\n", b"\n")
    return Result(process.returncode, _text(raw), _text(errors), raw)


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
