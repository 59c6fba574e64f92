"""The lines of text files and of stdin, with their numbers, read as they are needed.

Only a line feed ends a line: other characters that some programs take for line breaks (U+0085, U+2028, …) stay in the
text, where real data have them. A byte order mark that begins a line comes from files that were put together, and is
dropped.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import as_text, called, open_text
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.scratch import scratch_file

NOT_UTF8 = "not UTF-8 text"
MARK = "\ufeff"


def read_stdin(report: ReadingReport) -> str:
    """All of stdin as text, whatever the locale. InputError where it is none."""
    with open_text("-", report) as stream:
        try:
            return stream.read().decode()
        except UnicodeDecodeError as error:
            raise InputError(f"<stdin>: not UTF-8 text (byte {error.start}); --encoding says what it is") from error


def read_lines(name: str, report: ReadingReport) -> Iterator[tuple[int, str]]:
    """The lines of a file (`-`: stdin) that hold text, each without white space around it.

    InputError where a line cannot be read, or no line holds text; OSError where the system refuses.
    """
    found = 0
    for number, raw in _stdin_lines(report) if name == "-" else _lines(open_text(name, report, as_it_is=True)):
        try:
            whole = _decoded(raw).removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{called(name)}:{number}:{error.start + 1}: {NOT_UTF8}; --encoding says what it is"
            ) from error
        if line := whole.strip():
            found += 1
            if line != whole:
                say_bare(report, name)
            yield number, line
    if not found:
        raise InputError(f"{called(name)}: no line holds text")


def say_bare(report: ReadingReport, name: str) -> None:
    """Say that a text of a file lost white space around it: a model of characters would have read it."""
    report.decide(called(name), "stripped", True, "white space around a text is no part of it, as in training")


def read_data_lines(name: str, report: ReadingReport) -> Iterator[tuple[int, str]]:
    """All lines of a file of data (`-`: stdin), empty ones too, without their ends: a line feed or CR LF.

    A line that is not UTF-8 is a bad row. InputError where the file is no text; OSError where the system refuses.
    """
    for number, raw in _lines(open_text(name, report, as_it_is=True)):
        try:
            line = _decoded(raw)
        except UnicodeDecodeError as error:
            report.refuse(called(name), number, NOT_UTF8, error.start + 1)
            continue
        yield number, line.removesuffix("\n").removesuffix("\r")


def note_empty_lines(lines: Sequence[tuple[int, str]], where: str, report: ReadingReport) -> None:
    """Say which empty lines stand between rows of numbers: one may be there for a number that is missing."""
    filled = [number for number, line in lines if line.strip()]
    between = [number for number, line in lines if not line.strip() and filled and filled[0] < number < filled[-1]]
    if between:
        report.note(f"{where}:{between[0]}: empty lines between rows are left out ({len(between)} in all)")


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    with stream:
        yield from enumerate(stream, start=1)


def _stdin_lines(report: ReadingReport) -> Iterator[tuple[int, bytes]]:
    """The lines of stdin, each as it comes: another program may wait for the answer to one before it writes the next.

    Where the first line is no UTF-8, or the encoding is said, all of it is read before the first line is given.
    """
    stream = sys.stdin.buffer
    first = stream.readline()
    if report.encoding is None and _is_plain(first):
        yield from enumerate(chain([first], stream), start=1)
        return
    copy = scratch_file()
    copy.writelines(chain([first], stream))
    yield from _lines(as_text(copy, "-", report, as_it_is=True))


def _is_plain(line: bytes) -> bool:
    """Whether a line is text in UTF-8 that ends as lines do."""
    try:
        return not set(line.decode()) & {"\0", "\x1b"} and b"\r" not in line.removesuffix(b"\r\n")
    except UnicodeDecodeError:
        return False


def _decoded(raw: bytes) -> str:
    return raw.decode().removeprefix(MARK)
