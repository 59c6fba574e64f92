"""Whether there is a terminal to fill, and lines that are written where there is none, or once it is left."""

import os
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, redirect_stdout

from rich.text import Text

from rnn_cli.output.console import ascii_only, stdout_console


def on_a_terminal() -> bool:
    """Whether keys can be read and the screen can be filled."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def in_a_browser() -> bool:
    """Whether a server of ours shows the program in a browser, and keys and screen go through its pipes."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def shows_ascii_alone() -> bool:
    """Whether the terminal shows no other signs."""
    return ascii_only(sys.stdout)


def print_lines(lines: Iterable[Text | str], no_color: bool) -> None:
    """Write lines to stdout as they are."""
    console = stdout_console(no_color)
    for one in lines:
        text = one if isinstance(one, Text) else Text(one)
        text.rstrip()
        text.end = "\n"
        console.print(text, crop=False, no_wrap=True, overflow="ignore")


def print_aside(text: str) -> None:
    """Write a line beside what another program reads from stdout."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def prints_aside() -> AbstractContextManager[object]:
    """Where a library prints, to stderr."""
    return redirect_stdout(sys.stderr)
