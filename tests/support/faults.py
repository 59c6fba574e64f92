"""A file system that fails: the n-th call in a folder is refused, cut short, or the last that the process makes.

What Python's own `open` and `os` do below the folder passes through here, and is counted; files that a library opens by
itself are not seen.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from errno import EIO, ENOSPC
from pathlib import Path
from typing import Any
from unittest.mock import patch

ONCE, BROKEN, FULL, SHORT, DIES = "fails once", "broken from then on", "full from then on", "short writes", "dies"
KINDS = (ONCE, BROKEN, FULL, SHORT, DIES)

NAMED = ("open", "unlink", "replace", "rename", "link", "chmod", "mkdir", "rmdir", "scandir")
"""Functions of os whose first argument is a path."""
NUMBERED = ("write", "fsync", "ftruncate", "close")
"""Functions of os whose first argument is a descriptor."""


@dataclass(frozen=True)
class Fault:
    """What happens at which call, the first being 0."""

    kind: str
    at: int


class Killed(BaseException):
    """The process has died: no handler but the test's may go on from here."""


@dataclass(eq=False)
class Disk:
    """The calls of one command below a folder.

    calls   what was called, in order
    struck  the calls that went wrong
    """

    folder: str
    fault: Fault | None = None
    calls: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    dead: bool = False
    ours: set[int] = field(default_factory=set)

    def holds(self, path: Any) -> bool:
        """Whether a path lies below the folder."""
        if not isinstance(path, str | os.PathLike):
            return False
        whole = os.path.abspath(os.fspath(path))  # noqa: PTH100  # Path.resolve would follow a link
        return f"{whole}{os.sep}".startswith(f"{self.folder}{os.sep}")

    def call(self, what: str, done: Callable[[], Any], part: Callable[[], Any] | None = None) -> Any:
        """Make a call, or have it go wrong. `part` does a part of it, and `done` all."""
        if self.dead:
            raise Killed
        number = len(self.calls)
        self.calls.append(what)
        fault = self.fault
        if fault is None or number < fault.at:
            return done()
        if fault.kind == SHORT:
            return self._short(what, done, part)
        if fault.kind == FULL:
            if part is None:
                return done()
            self.struck.append(what)
            part()
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        if fault.kind == ONCE and number > fault.at:
            return done()
        self.struck.append(what)
        if fault.kind == DIES:
            self.dead = True
            if part is not None:
                part()
            raise Killed
        if what == "close":  # the descriptor is gone, and what was written may be
            done()
        raise OSError(EIO, os.strerror(EIO))

    def _short(self, what: str, done: Callable[[], Any], part: Callable[[], Any] | None) -> Any:
        if part is None:
            return done()
        self.struck.append(what)
        return part()


class _Raw(io.FileIO):
    """A file below the folder that is written."""

    disk: Disk

    def write(self, data: Any) -> Any:
        if self.disk.dead:
            return len(data)  # what a dead process has in its buffers is lost without a word
        part = bytes(data)
        half = part[: max(len(part) // 2, 1)]
        return self.disk.call("write", lambda: super(_Raw, self).write(part), lambda: super(_Raw, self).write(half))

    def truncate(self, size: int | None = None) -> int:
        return int(self.disk.call("truncate", lambda: super(_Raw, self).truncate(size)))

    def close(self) -> None:
        if self.closed:
            return
        self.disk.ours.discard(self.fileno())
        try:
            if not self.disk.dead:
                self.disk.call("close", lambda: None)
        finally:
            super().close()


@contextmanager
def failing(folder: Path, fault: Fault | None = None) -> Iterator[Disk]:
    """Within the block, what is called below the folder is counted, and goes wrong as the fault says."""
    disk = Disk(str(folder), fault)
    true = {name: getattr(os, name) for name in (*NAMED, *NUMBERED)}
    true_open = io.open

    def opened(path: Any, mode: str = "r", *more: Any, **named: Any) -> Any:
        if not disk.holds(path):
            return true_open(path, mode, *more, **named)
        letters = mode.replace("b", "").replace("t", "")
        if letters == "r":
            return disk.call("open to read", lambda: true_open(path, mode, *more, **named))
        raw = disk.call("open", lambda: _Raw(path, letters))
        raw.disk = disk
        disk.ours.add(raw.fileno())
        file: Any = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return file if "b" in mode else io.TextIOWrapper(file, *more[1:], **named)

    def by_name(name: str) -> Callable[..., Any]:
        def called(path: Any, *more: Any, **named: Any) -> Any:
            if not disk.holds(path):
                return true[name](path, *more, **named)
            found = disk.call(name, lambda: true[name](path, *more, **named))
            if name == "open":
                disk.ours.add(found)
            return found

        return called

    def by_number(name: str) -> Callable[..., Any]:
        def called(number: int, *more: Any) -> Any:
            if number not in disk.ours:
                return true[name](number, *more)
            if name == "close" and not disk.dead:
                disk.ours.discard(number)
            if name == "fsync":  # no power fails in a test, and to wait for the disk is slow
                return disk.call(name, lambda: None)
            half = (lambda: true[name](number, more[0][: len(more[0]) // 2])) if name == "write" else None
            return disk.call(name, lambda: true[name](number, *more), half)

        return called

    fakes: dict[str, Any] = {name: by_name(name) for name in NAMED} | {name: by_number(name) for name in NUMBERED}
    with patch.multiple(os, **fakes), patch.object(io, "open", opened):
        try:
            yield disk
        finally:
            disk.dead = True
    for number in disk.ours:  # the system closes what a dead process had open
        with suppress(OSError):
            os.close(number)
