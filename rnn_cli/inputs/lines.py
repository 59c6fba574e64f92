"""Sentences from a file or stdin, one a line, read as they are needed."""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from rnn_cli.errors import InputError


def read_stdin() -> str:
    """All of stdin as UTF-8 text, whatever the locale. InputError where it is not."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"<stdin>: not UTF-8 text (byte {error.start})") from error


def read_lines(name: str) -> Iterator[tuple[int, str]]:
    """The non-empty lines of a UTF-8 file (`-`: stdin) with their numbers, lazily.

    InputError where a line is not UTF-8, or none holds text; OSError where the system refuses.
    """
    number = found = 0
    with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise InputError(f"{name}:{number}:{error.start + 1}: not UTF-8 text") from error
            if line:
                found += 1
                yield number, line
    if not found:
        raise InputError(f"{name}: no line holds text")
