"""The heaps of texts in an HDF5 file, walked before the library does: it never returns from one that leads round in a circle.

    GCOL, version 1, 3 zeros, size of the whole (8 bytes), then objects one after the other:
    index (2 bytes), count of references (2), zeros (4), size (8), the object, padded to a multiple of 8

The object of index 0 is what is free; its size counts its own header. One of size 0 is what the library steps on for ever.
"""

from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import unpack_from

START = b"GCOL\x01\x00\x00\x00"
HEADER = 16


def broken_heap(file: "str | bytes") -> int | None:
    """Where a heap stands whose objects do not lie one after the other in it; None where all do."""
    if isinstance(file, bytes):
        return _broken(file)
    with Path(file).open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
        return _broken(data)


def _broken(data: "bytes | mmap") -> int | None:
    at = data.find(START)
    while at >= 0:
        if not _whole(data, at):
            return at
        at = data.find(START, at + len(START))
    return None


def _whole(data: "bytes | mmap", at: int) -> bool:
    """Whether the objects of the heap at this place end where it ends."""
    if at + HEADER > len(data):
        return False
    end = at + unpack_from("<Q", data, at + 8)[0]
    if end > len(data):
        return False
    here = at + HEADER
    while here + HEADER <= end:
        index, size = unpack_from("<H6xQ", data, here)
        step = size if index == 0 else HEADER + (size + 7) // 8 * 8
        if step < HEADER or here + step > end:
            return False
        here += step
    return True
