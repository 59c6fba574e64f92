"""What every reader of files and texts shares: a path is looked up and opened, and what a parser raises becomes one message."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EINVAL, ELOOP, ENAMETOOLONG
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, BinaryIO

from rnn_cli.errors import InputError, RnnError, SystemRefused, Undecided

FILE, FOLDER, OTHER = "file", "folder", "other"
"""What stands at a path; OTHER is a pipe or a device."""

DIGITS = frozenset("0123456789")
"""Those that int() reads; str.isdigit takes "²" too."""

NOT_OF_THE_SYSTEM = (None, EINVAL)
"""The numbers of errors that are a parser's own, and of going to a place of a file that no file has."""

OF_RUST = "pyo3_runtime"
"""The module of the exception in which a library that is written in Rust ends where it has a fault: it is no Exception."""

MOST_DIGITS = 18
"""A whole number of more digits counts nothing that a program could hold."""


@contextmanager
def parsing(source: str, what: str, refusal: type[RnnError] = InputError, *, why: bool = True) -> Iterator[None]:
    """Turn whatever a parser raises in the block into a `refusal` that says what the source is not, and `why`.

    Refusals of this type go on as they are, and so does what is no fault of the source: the system's, a lack of memory, and
    a choice that an option must make.
    """
    try:
        yield
    except (refusal, SystemRefused, Undecided, MemoryError):
        raise
    except BaseException as error:  # a parser's own errors are no list that one could keep: NumPy's are of six types
        if not isinstance(error, Exception) and type(error).__module__ != OF_RUST:
            raise
        if isinstance(error, OSError) and error.errno not in NOT_OF_THE_SYSTEM:
            raise
        said = reason(error)
        raise refusal(f"{source}: {what}{f' ({said})' * (why and bool(said))}") from error


def reason(error: BaseException) -> str:
    """What a parser says, in a line, and without Python's words for what it has room for."""
    said = " ".join(str(error).split())[:200]
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "a whole number of too many digits" if "set_int_max_str_digits" in said else said


def matched(value: str, names: Iterable[str]) -> str:
    """The name that a value is, whatever the case of its letters; else the value itself."""
    every = list(names)
    return value if value in every else next((one for one in every if one.lower() == value.strip().lower()), value)


def read_json(source: str, text: str | bytes, refusal: type[RnnError] = InputError, **hooks: Any) -> Any:
    """JSON from a text. A `refusal` names the line and column of what is none; `hooks` are those of json.loads."""
    with parsing(source, "not JSON that can be read", refusal):
        try:
            return json.loads(text, **hooks)
        except UnicodeDecodeError as error:
            raise refusal(f"{source}: not UTF-8 text (byte {error.start})") from error
        except json.JSONDecodeError as error:
            raise refusal(f"{source}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error


def stands_at(name: str) -> str | None:
    """FILE, FOLDER or OTHER; None where nothing is. SystemRefused where the system does not let us look."""
    try:
        mode = os.stat(name).st_mode  # noqa: PTH116  # Path("") would be the folder at hand
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no path holds a NUL
        return None
    except OSError as error:
        if error.errno in (ELOOP, ENAMETOOLONG):
            return None
        raise SystemRefused(f"{name}: {error.strerror}") from error
    return FILE if S_ISREG(mode) else FOLDER if S_ISDIR(mode) else OTHER


def open_file(name: str) -> BinaryIO:
    """A file to read. InputError where nothing is there, or a folder; SystemRefused where the system refuses."""
    found = stands_at(name)
    if found is None:
        raise InputError(f"{shown(name)}: no such file")
    if found == FOLDER:
        raise InputError(f"{name}: is a folder, not a file")
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise SystemRefused(f"{name}: {error.strerror}") from error


def shown(name: str) -> str:
    """A name for a message of one line, whatever its length."""
    return name if len(name) <= 300 else f"{name[:100]}… ({len(name)} characters)"


def whole_number(text: str) -> int | None:
    """The number that ASCII digits write; None for anything else. str.isdigit takes "²", which int() does not."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None
