"""Copies of bundled files, written out for editing."""

from collections.abc import Mapping
from pathlib import Path

from rnn_cli.errors import InputError
from rnn_cli.files import remove_leftovers, write_atomically


def copy_files(files: Mapping[Path, Path], overwrite: bool) -> None:
    """Write each target, a key, as a copy of its source.

    InputError, with nothing written, where a target already exists and may not be replaced, or where it cannot be a
    file; OSError where the system refuses.
    """
    for target in files:
        blocked = next((parent for parent in target.parents if parent.exists() and not parent.is_dir()), None)
        if blocked is not None:
            raise InputError(f"{blocked}: is a file, not a folder")
        if target.is_dir():
            raise InputError(f"{target}: is a folder, where a file would be written")
    there = [target for target in files if target.exists()]
    if there and not overwrite:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InputError(f"{there[0]}{more}: exists already; nothing was written (--overwrite replaces)")
    for target, source in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target)
        write_atomically(target, source.read_bytes())
