"""A talk with a person at the terminal, or with a pipe that answers: parts are shown, and lines are read."""

import sys
from collections.abc import Iterable
from typing import IO, cast

from rich.console import Console, RenderableType

from rnn_cli.output.console import AsciiStream, ascii_only, environment, stdout_console


class Dialog:
    """Shows on stdout, or on stderr where stdout is kept for a document, and reads from stdin."""

    def __init__(self, no_color: bool, on_stderr: bool) -> None:
        self._stream = sys.stderr if on_stderr else sys.stdout
        self._console = _stderr_console(no_color) if on_stderr else stdout_console(no_color)

    def show(self, parts: Iterable[RenderableType]) -> None:
        """Draw the parts."""
        for part in parts:
            self._console.print(part, crop=False, no_wrap=True, overflow="ignore")

    def ask(self, prompt: str) -> str | None:
        """One line of an answer; None at the end of input."""
        self._stream.write(prompt)
        self._stream.flush()
        line = sys.stdin.readline()
        if not sys.stdin.isatty() or not line:
            self._stream.write("\n")  # nobody has typed the end of the line
        return line if line else None


def _stderr_console(no_color: bool) -> Console:
    file = cast(IO[str], AsciiStream(sys.stderr)) if ascii_only(sys.stderr) else sys.stderr
    return Console(
        file=file,
        markup=False,
        highlight=False,
        emoji=False,
        no_color=True if no_color else None,
        _environ=environment(),
    )
