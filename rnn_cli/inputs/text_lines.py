"""The lines of text files and of stdin, with their numbers, read as they are needed.

A byte order mark at the start of a file is dropped. Only a line feed ends a line: other characters that some programs
take for line breaks (U+0085, U+2028, …) stay in the text, where real data have them.
"""

import sys
from collections.abc import Iterator
from contextlib import nullcontext

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.reading import open_file


def read_stdin() -> str:
    """All of stdin as UTF-8 text, whatever the locale. InputError where it is not."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"<stdin>: not UTF-8 text (byte {error.start})") from error


def read_lines(name: str) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file (`-`: stdin) that hold text, each without white space around it.

    InputError where a line is not UTF-8, or no line holds text; OSError where the system refuses.
    """
    found = 0
    for number, raw in _raw_lines(name):
        try:
            line = _decoded(number, raw).strip()
        except UnicodeDecodeError as error:
            raise InputError(f"{name}:{number}:{error.start + 1}: not UTF-8 text") from error
        if line:
            found += 1
            yield number, line
    if not found:
        raise InputError(f"{name}: no line holds text")


def read_data_lines(name: str, report: ReadingReport) -> Iterator[tuple[int, str]]:
    """All lines of a UTF-8 file of data (`-`: stdin), empty ones too, without their ends: a line feed or CR LF.

    A line that is not UTF-8 is a bad row. OSError where the system refuses.
    """
    for number, raw in _raw_lines(name):
        try:
            line = _decoded(number, raw)
        except UnicodeDecodeError as error:
            report.refuse(name, number, "not UTF-8 text", error.start + 1)
            continue
        yield number, line.removesuffix("\n").removesuffix("\r")


def _raw_lines(name: str) -> Iterator[tuple[int, bytes]]:
    with nullcontext(sys.stdin.buffer) if name == "-" else open_file(name) as stream:
        yield from enumerate(stream, start=1)


def _decoded(number: int, raw: bytes) -> str:
    return raw.decode("utf-8-sig" if number == 1 else "utf-8")
