"""The files that a command names, held against each other before it does anything.

No result is written over what the command reads, or over another of its results, whatever the names look like: relative
or absolute, through links, or as a second name of the same file. And a result that cannot be written is refused before
the work, not after it.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from errno import ENAMETOOLONG
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import followed

INPUTS = (
    "data",
    "model",
    "input",
    "file",
    "validation",
    "resume",
    "init",
    "source",
    "target",
    "vocab",
    "labels",
    "target_vocab",
    "vectors",
    "first",
    "second",
    "checked",
    "map",
    "numbers",
    "upstream",
    "h0",
    "c0",
    "state",
    "against",
    "tls_ca",
    "tls_cert",
    "tls_key",
)
"""Parameters that may name a file that is read. Where one holds something else, like a model's name, no harm is done."""

PAIRS = ("state",)
"""Parameters that name a file behind a name and =."""

TEXTS = ("text", "texts")
"""Parameters that name no file but may be "-"."""

OUTPUTS = ("out", "log", "save", "plot", "save_predictions", "save_model", "converted", "vocab_out")
"""Parameters that name files that are written."""

STDIN = Path("/dev/stdin")
"""What "-" reads: it may be a file that a result would be written over (rnn … - < FILE)."""

APPENDED = ("log",)
"""What may be a pipe or a device: it is written line by line, and nothing is renamed over it."""


def check_paths(given: Mapping[str, Any], names: Mapping[str, str] | None = None) -> None:
    """InputError where two of a command's files are the same, or a result can have no such place.

    `given` has the parameters of a command by name, a path or several each; `names` has what the person calls them,
    where that is not --NAME. SystemRefused where the system does not let a result be written.
    """
    names = names or {}
    written = list(_named(given, OUTPUTS, names))
    for option, path in written:
        _check_place(option, path)
    read = list(_named(given, (*INPUTS, *TEXTS), names))
    for k, (option, path) in enumerate(written):
        for other, source in read:
            if _same(path, source):
                raise InputError(
                    f"{option} {path}: is what the command reads ({_shown(other, source)}); name another file"
                )
            if _is_within(path, source, option[2:] in APPENDED):
                raise InputError(f"{option} {path}: lies in the folder that the command reads; name another place")
        for other, earlier in written[:k]:
            if _same(path, earlier):
                raise InputError(f"{option} {path}: is also written by {_shown(other, earlier)}; name two files")


def _named(given: Mapping[str, Any], which: Iterable[str], names: Mapping[str, str]) -> Iterable[tuple[str, Path]]:
    for name in which:
        value = given.get(name)
        values: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
        option = names.get(name, f"--{name.replace('_', '-')}").rstrip("…")
        for one in values:
            if one == "-" and which is not OUTPUTS:
                yield option, STDIN
            elif isinstance(one, str) and one and name not in TEXTS:
                yield option, Path(one.partition("=")[2] if name in PAIRS and "=" in one else one)


def _shown(option: str, path: Path) -> str:
    return f"{option} {'-' if path == STDIN else path}"


def _check_place(option: str, path: Path) -> None:
    """InputError where a file cannot be at this place; SystemRefused where the system forbids it."""
    try:
        target = followed(path)
        found = target.stat().st_mode if target.exists() else None
        folder_is_there = target.parent.is_dir()
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise InputError(f"{option} {path}: {getattr(error, 'strerror', None) or error}") from error
    if found is not None and S_ISDIR(found):
        raise InputError(f"{option} {path}: is a folder, where a file would be written")
    if found is not None and not S_ISREG(found) and option[2:] not in APPENDED:
        raise InputError(f"{option} {path}: is a pipe or a device, not a file")
    if not folder_is_there:
        raise InputError(f"{option} {path}: there is no folder {target.parent if path.is_symlink() else path.parent}")
    if found is None and not _fits(target):
        raise InputError(f"{option} {path}: {os.strerror(ENAMETOOLONG)}")
    if (found is None or option[2:] not in APPENDED) and not os.access(target.parent, os.W_OK):
        raise SystemRefused(f"{option} {path}: the folder may not be written to")
    if found is not None and not os.access(target, os.W_OK):
        raise SystemRefused(f"{option} {path}: the file may not be written to")


def _fits(target: Path) -> bool:
    if not hasattr(os, "pathconf"):
        return True
    try:
        longest: int = os.pathconf(target.parent, "PC_NAME_MAX")
    except (OSError, ValueError):
        return True
    return len(os.fsencode(target.name)) <= longest


def _same(one: Path, other: Path) -> bool:
    try:
        if one.exists() and other.exists():
            return one.samefile(other)
        return os.path.realpath(one) == os.path.realpath(other)
    except (OSError, ValueError):
        return False


def _is_within(path: Path, folder: Path, appended: bool) -> bool:
    """Whether a path leads to data in a folder that is read, or is a text that would be data next time.

    A model in the folder is no data; what is appended to is looked at when it is opened.
    """
    try:
        if not folder.is_dir():
            return False
        if path.exists() and not path.is_dir():
            files = (one for one in folder.rglob("*") if one.suffix != ".safetensors" and one.is_file())
            return not appended and any(path.samefile(one) for one in files)
        return path.suffix == ".txt" and followed(path).is_relative_to(followed(folder))
    except (OSError, ValueError):
        return False
