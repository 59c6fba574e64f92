"""The names that a process gives to files in a folder, however short they live. Linux alone tells them."""

import ctypes
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CREATED, MOVED_AWAY = 0x100, 0x40
EVENT = struct.Struct("iIII")


@contextmanager
def names_made_in(folder: Path) -> Iterator[set[str]]:
    """The set has them once the block is left; it stays empty where the system has no inotify."""
    names: set[str] = set()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        yield names
        return
    watch = libc.inotify_init1(os.O_NONBLOCK)
    try:
        if libc.inotify_add_watch(watch, os.fsencode(folder), CREATED | MOVED_AWAY) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
        yield names
        while True:
            try:
                data = os.read(watch, 1 << 16)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                *_, length = EVENT.unpack_from(data, at)
                at += EVENT.size + length
                names.add(os.fsdecode(data[at - length : at].rstrip(b"\0")))
    finally:
        os.close(watch)
