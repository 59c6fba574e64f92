"""A file is written whole or not at all, and a link goes on leading to where it leads.

What is being written lies beside its target under a random name that must be new: nothing that somebody else put there
is followed or written over.
"""

import os
import stat
from collections.abc import Callable
from errno import EINVAL
from pathlib import Path
from time import time
from typing import BinaryIO
from zlib import crc32

LONGEST_NAME = 200
"""Bytes of a name that still leave room for what is added to it; file systems allow 255."""

ENDING = ".tmp"
HOUR = 3600
"""Seconds. No write takes as long: what is older was left by a process that was killed."""


def followed(path: Path) -> Path:
    """Where the links of a path lead; the file there need not exist. OSError where they lead in a circle."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        target.stat()  # raises: too many levels of symbolic links
    return target


def beside(target: Path, ending: str) -> Path:
    """A hidden name beside a file, made of the file's own name where the file system has room for that."""
    name = target.name
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f"{crc32(os.fsencode(name)):08x}"
    return target.with_name(f".{name}{ending}")


def write_atomically(path: Path, data: bytes) -> None:
    """Write a whole file; see `write_piece_by_piece`."""
    write_piece_by_piece(path, lambda file: file.write(data))


def write_piece_by_piece(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write beside the file that `path` leads to, flush to the disk, then rename over it. OSError where the system refuses.

    `write` is given the open file, so that what is long need not be in memory at once.
    """
    target = followed(path)
    mode = _mode(target)
    temporary = beside(target, f".{os.urandom(8).hex()}{ENDING}")
    try:
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except FileExistsError:
        raise
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _bring_to_disk(target.parent)


def _mode(target: Path) -> int | None:
    """The permissions of the file that is replaced. OSError where it is a pipe or a device: a rename would end that."""
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found) and not stat.S_ISDIR(found):
        raise OSError(EINVAL, "is a pipe or a device, not a file", str(target))
    return stat.S_IMODE(found)


def _bring_to_disk(folder: Path) -> None:
    """The rename outlives a power cut only when its folder is on the disk too. Only POSIX lets a folder be opened."""
    if os.name != "posix":
        return
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def remove_leftovers(path: Path, older_than: float = HOUR) -> None:
    """Remove what processes that were killed while they wrote `path` left beside it, where it is older than so many seconds."""
    target = followed(path)
    start, now = beside(target, ".").name, time()
    with os.scandir(target.parent) as entries:
        found = [one for one in entries if one.name.startswith(start) and one.name.endswith(ENDING)]
    for one in found:
        middle = one.name.removeprefix(start).removesuffix(ENDING)
        status = one.stat(follow_symlinks=False)
        if len(middle) == 16 and stat.S_ISREG(status.st_mode) and now - status.st_mtime >= older_than:
            Path(one.path).unlink(missing_ok=True)
