"""The consoles that pages are drawn on: the terminal, a pipe, or a file."""

import io
import os
import sys
from typing import IO, TextIO, cast

from rich.console import Console

from rnn_cli.output.ascii import to_ascii
from rnn_cli.reading import whole_number

PIPE_WIDTH = 100
"""The width of a page where no terminal gives one. Nothing is cut to this width."""

SAVED_WIDTH = 100

HEIGHT = 25
"""No page depends on it. Where it is not given, Rich asks the terminals for it again at each line."""


class StdoutConsole(Console):
    """A console that leaves a broken pipe to the program: Rich itself would exit with 1."""

    def on_broken_pipe(self) -> None:
        """Pass the error on, to the one place that knows what it means."""
        raise BrokenPipeError


def stdout_console(no_color: bool) -> Console:
    """The console on stdout: colour and width only where it is a terminal, or as the environment asks."""
    stream = sys.stdout
    file = cast(IO[str], AsciiStream(stream)) if ascii_only(stream) else stream
    width = None if stream.isatty() else _environment_width() or PIPE_WIDTH
    return StdoutConsole(
        file=file,
        width=width,
        height=HEIGHT if width else None,
        markup=False,
        highlight=False,
        emoji=False,
        no_color=True if no_color else None,
        color_system=None if no_color else "auto",
        legacy_windows=False,
        soft_wrap=False,
        _environ=environment(),
    )


def recording_console() -> Console:
    """A console that keeps what is drawn on it, for a file."""
    return Console(
        file=io.StringIO(),
        width=SAVED_WIDTH,
        height=HEIGHT,
        record=True,
        markup=False,
        highlight=False,
        emoji=False,
        force_terminal=True,
        force_jupyter=False,  # in a notebook Rich would show the page itself, and record nothing
        color_system=None,  # Rich keeps in a style what it wrote of it first, and a terminal may have fewer colours
        legacy_windows=False,
        _environ=environment(),
    )


def environment() -> dict[str, str]:
    """The environment for a console, without sizes that are none: Rich takes "²" for a number, and int() does not."""
    sizes = ("COLUMNS", "LINES", "JUPYTER_COLUMNS", "JUPYTER_LINES")
    return {name: value for name, value in os.environ.items() if name not in sizes or whole_number(value)}


def _environment_width() -> int | None:
    return whole_number(os.environ.get("COLUMNS", "")) or None


def ascii_only(stream: TextIO) -> bool:
    """Whether the stream cannot take Unicode, or the user's locale is C, whose terminals cannot show it."""
    if not (stream.encoding or "").lower().replace("-", "").startswith("utf"):
        return True
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    return chosen in ("C", "POSIX")


class AsciiStream:
    """A stream that writes ASCII stand-ins for other signs."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.encoding = "ascii"

    def write(self, text: str) -> int:
        """Write the stand-ins."""
        return self._stream.write(to_ascii(text))

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()

    def isatty(self) -> bool:
        """Whether the stream below is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The file descriptor of the stream below."""
        return self._stream.fileno()
