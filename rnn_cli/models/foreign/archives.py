"""Zip archives from outside: their members are read one by one, within limits that hold for what they declare."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

from rnn_cli.errors import ModelFileError
from rnn_cli.models.checks import MAX_TRAINED
from rnn_cli.reading import open_file, parsing, shown

LARGEST = 8 * MAX_TRAINED + (1 << 26)
"""The most bytes of a member: the largest network in double precision, and some for what stands beside it."""

SMALL, RATIO = 1 << 24, 200
"""What is larger than SMALL and shrinks to less than 1 in RATIO holds no weights: numbers that were learnt hardly shrink."""


@contextmanager
def opened_archive(path: Path, what: str) -> Iterator[ZipFile]:
    """An archive to read members of. ModelFileError where it is none, or is damaged, or grows too large when unpacked."""
    source = str(path)
    damaged = parsing(source, f"not {what}, or a damaged one", ModelFileError)
    with open_file(source) as file, damaged, ZipFile(file) as archive:
        seen: set[str] = set()
        for name in archive.namelist():
            if name in seen:
                raise ModelFileError(f"{source}: {shown(name)} stands twice in it, and readers take different ones")
            seen.add(name)
        yield archive


def member(source: str, archive: ZipFile, name: str) -> bytes:
    """The bytes of one member. ModelFileError where they would be more than a model can have, or too many for their size."""
    info = archive.getinfo(name)
    if info.file_size > LARGEST or (info.file_size > SMALL and info.file_size > RATIO * max(info.compress_size, 1)):
        raise ModelFileError(
            f"{source}: {name} would grow from {info.compress_size:,} to {info.file_size:,} bytes: no model does"
        )
    return archive.read(info)
