"""One process at a time writes a file. The lock lies beside the file, names its holder, and ends with its process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from socket import gethostname
from stat import S_ISREG
from time import sleep

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import beside, followed, remove_leftovers

ENDING = ".lock"
LONGEST = 500
"""Bytes that a holder's name may have."""
NAMED_WITHIN = 100
"""Hundredths of a second in which a holder has written its name."""


@contextmanager
def held(option: str, path: Path) -> Iterator[None]:
    """Hold `path`, the value of `option`, for this process alone while the block runs.

    InputError, at once, where another process holds it; the message names that one. SystemRefused where no lock can be
    laid beside the file. A file system without locks is used without.
    """
    target = followed(path)
    lock = beside(target, ENDING)
    try:
        descriptor = _take(lock)
    except _Held as held:
        raise InputError(
            f"{option} {path}: {held} is writing it; wait for its end, stop it, or name another file"
        ) from held
    except OSError as error:
        raise SystemRefused(f"{option} {path}: {lock.name}: {error.strerror or error}") from error
    try:
        remove_leftovers(target, older_than=0)  # only the holder writes this file, so nobody else is about to
        yield
    finally:
        # What was done is done, whether or not the lock can be removed: the next holder removes it.
        with suppress(OSError):
            lock.unlink()
        with suppress(OSError):
            os.close(descriptor)


def needs_lock(name: str) -> bool:
    """Whether a path names a file, or may: a pipe or a device needs no lock, and without its folder there is no file."""
    path = Path(name)
    return path.is_file() or (not path.exists() and path.parent.is_dir())


class _Held(Exception):
    """Another process has the lock; the text names it."""


def _take(lock: Path) -> int:
    """The open lock. _Held where another process has it."""
    while True:
        # A link would let whoever may write in the folder choose what is written over.
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            status = os.fstat(descriptor)
            if not S_ISREG(status.st_mode) or status.st_nlink > 1:
                raise OSError("is not a file of its own")
            if not _lock(descriptor):
                raise _Held(_holder(descriptor))
            if _is_still(lock, status):
                _sign(descriptor, lock)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder ended, and removed it, while we waited to look: begin again


def _sign(descriptor: int, lock: Path) -> None:
    """Write our name into the lock that we hold. Where the disk has no room for it, no lock is left there."""
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {gethostname()}, since {since},".encode()[:LONGEST])
    except OSError:
        with suppress(OSError):
            lock.unlink()
        raise


def _holder(descriptor: int) -> str:
    """Who has a lock. Its holder writes that at once, but not in the same moment."""
    for _ in range(NAMED_WITHIN):
        if named := os.read(descriptor, LONGEST):
            return named.decode(errors="replace")
        sleep(0.01)
    return "another process"


def _is_still(lock: Path, status: os.stat_result) -> bool:
    try:
        now = lock.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (now.st_dev, now.st_ino) == (status.st_dev, status.st_ino)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    BEHIND = 1 << 30
    """The byte that is locked: far behind the text, which others must be able to read."""

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, BEHIND, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl
    from errno import ENOLCK, ENOSYS, EOPNOTSUPP

    WITHOUT = (ENOLCK, ENOSYS, EOPNOTSUPP)
    """What a file system says that has no locks."""

    def _lock(descriptor: int) -> bool:
        """Whether the lock is ours now, or there are no locks here."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in WITHOUT:
                raise
        return True
