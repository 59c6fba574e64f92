"""A page that is longer than the terminal goes through a pager, as git's does."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, TextIO, cast

DEFAULTS = {"LESS": "FRX", "LV": "-c"}
"""What git tells pagers too, where the person has said nothing: leave at the end of a short text, show colour, clear nothing."""

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
"""What may stand before a command in a shell: LESS=-R less."""


def pager_command() -> str | None:
    """The person's pager, less by default; None where none is wanted or it is not there."""
    chosen = next((os.environ[name] for name in ("RNN_PAGER", "PAGER") if name in os.environ), "less")
    try:
        words = shlex.split(chosen)
    except ValueError:
        return None
    program = next((word for word in words if not ASSIGNMENT.match(word)), None)
    if program is None or words == ["cat"] or os.environ.get("TERM") == "dumb":
        return None
    return chosen if _shell_finds(program) else None


def _shell_finds(program: str) -> bool:
    """Whether a shell, which starts the pager, knows the command: a program or a word of its own."""
    if shutil.which(program):
        return True
    try:
        asked = ["/bin/sh", "-c", 'command -v "$1"', "sh", program]
        return subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def paged() -> Iterator[None]:
    """What is written to stdout, a terminal, in the block goes through the pager, where it is longer than the terminal is high."""
    stream = sys.stdout
    command = pager_command()
    if command is None:
        yield
        return
    held = PagedStream(stream, command)
    sys.stdout = cast(TextIO, held)
    try:
        with suppress(PagerLeft):
            yield
    finally:
        sys.stdout = stream
        held.end()


class PagerLeft(Exception):  # nothing is wrong: a person has read enough
    """The pager was left before the page was whole."""


class PagedStream:
    """A terminal whose text waits until it is longer than the screen, and then goes to a pager."""

    def __init__(self, terminal: TextIO, command: str) -> None:
        self.encoding, self.errors = terminal.encoding, terminal.errors
        self._terminal, self._command = terminal, command
        self._columns, self._lines = shutil.get_terminal_size()
        self._held: list[str] = []
        self._height = 0
        self._pager: subprocess.Popen[str] | None = None
        self._before: object = None

    def write(self, text: str) -> int:
        """Hold the text, or hand it to the pager."""
        if self._pager is not None:
            self._hand_over(text)
            return len(text)
        self._held.append(text)
        self._height += text.count("\n")
        if self._height >= self._lines - 1:
            self._start()
        return len(text)

    def flush(self) -> None:
        """What waits goes on waiting."""

    def isatty(self) -> bool:
        """It is a terminal to all that writes to it."""
        return True

    def fileno(self) -> int:
        """The terminal's, which knows how wide it is."""
        return self._terminal.fileno()

    def end(self) -> None:
        """Nothing more comes: write a short page, and wait until the person has left the pager of a long one."""
        if self._pager is None:
            self._terminal.write("".join(self._held))
            self._terminal.flush()
            return
        with suppress(BrokenPipeError):
            cast(IO[str], self._pager.stdin).close()
        self._pager.wait()
        signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]

    def _start(self) -> None:
        self._terminal.flush()
        sys.stderr.flush()
        self._pager = subprocess.Popen(
            self._command,
            shell=True,  # as git does: a pager may have options and pipes
            stdin=subprocess.PIPE,
            encoding=self.encoding,
            errors=self.errors,
            env={**DEFAULTS, **os.environ},
        )
        self._before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        text = "".join(self._held)
        self._held = []
        self._hand_over(text)

    def _hand_over(self, text: str) -> None:
        assert self._pager is not None
        assert self._pager.stdin is not None
        try:
            self._pager.stdin.write(text)
            self._pager.stdin.flush()
        except BrokenPipeError as error:
            raise PagerLeft from error
