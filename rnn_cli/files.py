"""A file is written whole or not at all, and a link goes on leading to where it leads.

What is being written lies beside its target under a random name that must be new: nothing that somebody else put there
is followed or written over.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
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
    _write_all({path: write})


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write several files: all of them, or none where the system refuses one, which the OSError names.

    Only a kill can come between two renames.
    """
    _write_all({path: lambda file, data=data: file.write(data) for path, data in files.items()})  # type: ignore[misc]


def _write_all(files: Mapping[Path, Callable[[BinaryIO], object]]) -> None:
    with ExitStack() as tidying:
        staged = [_stage(path, write, tidying) for path, write in files.items()]
        _put_in_place(staged)
    for folder in {target.parent for _, target in staged}:
        _bring_to_disk(folder)


def _stage(path: Path, write: Callable[[BinaryIO], object], tidying: ExitStack) -> tuple[Path, Path]:
    """What a file will hold, on the disk beside it, and the file. It is removed at the end, where it still lies there."""
    with _named(path):
        target = followed(path)
        mode = _mode(target)
        temporary = beside(target, f".{os.urandom(8).hex()}{ENDING}")
        with temporary.open("xb") as file:
            tidying.callback(_remove, temporary)
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        return temporary, target


def _put_in_place(staged: Sequence[tuple[Path, Path]]) -> None:
    """Rename each over its file. Where one is refused, those before it get back what they held."""
    held = [target.read_bytes() if target.exists() else None for _, target in staged[:-1]]
    for k, (temporary, target) in enumerate(staged):
        try:
            with _named(target):
                temporary.replace(target)
        except OSError:
            for (_, earlier), data in zip(staged[:k], held, strict=False):
                with suppress(OSError):  # what is said is why it came to this
                    earlier.unlink() if data is None else write_atomically(earlier, data)
            raise


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An OSError of the block names this file, and not what lies beside it for a moment."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _remove(temporary: Path) -> None:
    """What cannot be removed is found by `remove_leftovers` one day; the file itself is in its place or not."""
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


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
    if not hasattr(os, "O_DIRECTORY"):
        return
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def remove_leftovers(path: Path, older_than: float = HOUR) -> None:
    """Remove what processes that were killed while they wrote `path` left beside it, where it is older than so many seconds.

    Where the system refuses that, or another process is quicker, it stays: to write the file is what was asked for.
    """
    with suppress(OSError):
        target, now = followed(path), time()
        with os.scandir(target.parent) as entries:
            found = [one for one in entries if is_leftover(one.name, target)]
        for one in found:
            with suppress(OSError):
                status = one.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode) and now - status.st_mtime >= older_than:
                    Path(one.path).unlink()


def is_leftover(name: str, target: Path) -> bool:
    """Whether what is being written to a file, or was when its process died, has this name."""
    start = beside(target, ".").name
    return name.startswith(start) and name.endswith(ENDING) and len(name) == len(start) + 16 + len(ENDING)
