"""The log of a run: a file that gets every event as a line of JSON.

A checkpoint knows how long the log was when it was written and the digest of what stood there, so a resumed run cuts
its own log to that place and goes on, and no other file is ever cut or written into.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import followed
from rnn_cli.training.run import LogMark

PIECE = 1 << 20
"""Bytes that are read at a time."""

HEAD = b'{"schema": "rnn.train/1", "event": "start"'
"""What the first line of a log begins with."""

LONGEST_LINE = 1 << 20
"""Bytes of a log that are searched for its last event."""

NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Opens a pipe without waiting for its reader; 0 where the system has no such pipes."""


class Log:
    """Appends lines to a file. The text of a line comes from whoever writes it.

    `goes_on` says whether the file had the beginning of this very run.
    """

    def __init__(self, name: str | None, resumed_at: LogMark | None, step: int, overwrite: bool) -> None:
        """Open the log. `resumed_at` is where the checkpoint left it at `step`; None for a new run.

        InputError where the file holds anything but the log of this run; with `overwrite` a new run replaces the log of
        another. SystemRefused where it cannot be opened.
        """
        self.name = name
        self.file: IO[bytes] | None = None
        self.goes_on = False
        self.length, self.digest = 0, sha256()
        if name is None:
            return
        try:
            with self._refusals():
                self._open(followed(Path(name)), resumed_at, step, overwrite)
        except BaseException:
            self.close()
            raise

    def _open(self, path: Path, resumed_at: LogMark | None, step: int, overwrite: bool) -> None:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            self.file = _open_stream(path, self.name)
            return
        # A new file must be new: nothing that appears at this moment is written into.
        self.file = path.open("r+b" if path.exists() else "x+b")
        if os.fstat(self.file.fileno()).st_size == 0:
            return
        if resumed_at is None:
            if not _is_a_log(self.file):
                raise InputError(f"--log {self.name}: exists, and is no log of rnn train; name another file")
            if not overwrite:
                raise InputError(f"--log {self.name}: holds the log of another run; --overwrite replaces it")
            self.file.seek(0)
            self.file.truncate()
        elif self._is_its_own(resumed_at, step):
            self.file.seek(resumed_at.offset)
            self.file.truncate()
            self.length, self.goes_on = resumed_at.offset, True
        else:
            raise InputError(
                f"--log {self.name}: is not the log of this run, which would go on in it; name another file"
            )

    def _is_its_own(self, mark: LogMark, step: int) -> bool:
        """Whether the file begins as it did when the checkpoint was written. Takes up the digest of that part."""
        assert self.file is not None
        if not mark.offset:
            return False
        left = mark.offset
        self.file.seek(0)
        while left:
            piece = self.file.read(min(left, PIECE))
            if not piece:
                return False
            self.digest.update(piece)
            left -= len(piece)
        return self.digest.hexdigest() == mark.digest if mark.digest else _ends_with(self.file, mark.offset, step)

    def write(self, text: str) -> None:
        """Append a line. SystemRefused where the system refuses."""
        if self.file is None:
            return
        data = (text + "\n").encode()
        with self._refusals():
            self.file.write(data)
        self.length += len(data)
        self.digest.update(data)

    def bring_to_disk(self) -> None:
        """Flush to the disk. SystemRefused where the system refuses."""
        if self.file is None:
            return
        with self._refusals():
            self.file.flush()
            if stat.S_ISREG(os.fstat(self.file.fileno()).st_mode):  # a device has nothing to bring to a disk
                os.fsync(self.file.fileno())

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SystemRefused(f"--log {self.name}: {error.strerror or error}") from error

    def mark(self) -> LogMark:
        """The end of the log."""
        return LogMark(self.length, self.digest.hexdigest())

    def close(self) -> None:
        """Close the file. Failed writes have been reported by then."""
        if self.file is not None:
            with suppress(OSError):
                self.file.close()
            self.file = None


def _open_stream(path: Path, name: str | None) -> IO[bytes]:
    """A pipe or a device. InputError where nobody reads the pipe: to wait for a reader could take for ever."""
    try:
        descriptor = os.open(path, os.O_WRONLY | NO_WAIT)
    except OSError as error:
        if path.is_fifo():
            raise InputError(f"--log {name}: is a pipe that nobody reads") from error
        raise
    if NO_WAIT:
        os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb")


def is_event(line: bytes) -> dict[str, Any] | None:
    """The event that a line of a log holds; None where it is none."""
    try:
        event = json.loads(line)
        return event if event["schema"] == "rnn.train/1" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def has_after(path: Path, offset: int, line: str) -> bool:
    """Whether a file holds this one line behind the offset, and nothing else."""
    with path.open("rb") as file:
        file.seek(offset)
        wanted = (line + "\n").encode()
        return file.read(len(wanted) + 1) == wanted


def _is_a_log(file: IO[bytes]) -> bool:
    """Whether it begins with an event, or with a part of one: a kill or a full disk may have torn the only line."""
    file.seek(0)
    line = file.readline(LONGEST_LINE)
    torn = not line.endswith(b"\n") and (line.startswith(HEAD) or HEAD.startswith(line))
    return torn or is_event(line) is not None


def _ends_with(file: IO[bytes], offset: int, step: int) -> bool:
    """Whether a log holds, just before the offset, an event of the step: all that version 0.1.0 lets us know."""
    file.seek(max(offset - LONGEST_LINE, 0))
    before = file.read(min(offset, LONGEST_LINE))
    lines = before.splitlines(keepends=True)
    if not lines or not lines[-1].endswith(b"\n"):
        return False
    event = is_event(lines[-1])
    return event is not None and event.get("step") == step
