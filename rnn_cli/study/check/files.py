"""Arrays by their names from .npz, .safetensors and .json files, in the precision in which they were saved."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array, from_lists
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.foreign.archives import member, opened_archive
from rnn_cli.models.tensors import read_tensors
from rnn_cli.reading import open_file, parsing, read_json

SUFFIXES = (".npz", ".safetensors", ".json")
MOST_BYTES = 1 << 28
"""The most bytes of all arrays together: what a program computed for a check is far smaller."""


def read_arrays(name: str) -> dict[str, Array]:
    """The arrays of a file. InputError where it is of another kind, is damaged, or holds what would have to be unpickled."""
    path = Path(name)
    readers = {".npz": _npz, ".safetensors": _safetensors, ".json": _json}
    if path.suffix.lower() not in readers:
        raise InputError(
            f"{name}: arrays are read from {', '.join(SUFFIXES)}: numpy.savez('mine.npz', h=h, dW_hh=dW_hh)"
        )
    try:
        found = readers[path.suffix.lower()](path)
    except ModelFileError as error:  # numbers to compare are no model
        raise InputError(str(error)) from error
    if not found:
        raise InputError(f"{name}: holds no array")
    return found


def read_map(name: str) -> dict[str, str]:
    """Their name -> ours, from a JSON object or from lines "their = ours". InputError where a line is neither."""
    with open_file(name) as file, parsing(name, "not UTF-8 text"):
        text = file.read(MOST_BYTES).decode()
    if text.lstrip().startswith("{"):
        data = read_json(name, text)
        for key, value in data.items():
            if value is not None and not isinstance(value, str):
                raise InputError(
                    f'{name}: {key}: a name stands for a name, as in {{"{key}": "dW_hh"}}; null leaves it out'
                )
        return {key: value or "none" for key, value in data.items()}
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.partition("#")[0].strip()
        theirs, sign, ours = (part.strip() for part in plain.partition("="))
        if not plain:
            continue
        if not (theirs and sign and ours):
            raise InputError(f"{name}:{number}: write their name = a name understood here, as in: my_grad = dW_hh")
        if theirs in found:
            raise InputError(f"{name}:{number}: {theirs} is named twice")
        found[theirs] = ours
    return found


def _npz(path: Path) -> dict[str, Array]:
    """Each array is measured before it is unpacked; nothing is unpickled."""
    source, found, total = str(path), {}, 0
    with opened_archive(path, "a .npz file") as archive:
        for name in archive.namelist():
            total += archive.getinfo(name).file_size
            if total > MOST_BYTES:
                raise ModelFileError(
                    f"{source}: holds more than {MOST_BYTES:,} bytes: save the arrays of a smaller run"
                )
            plain = name.removesuffix(".npy")
            data = BytesIO(member(source, archive, name))
            if not name.endswith(".npy"):
                raise ModelFileError(f"{source}: {name} is no array: numpy.savez('mine.npz', h=h) writes such a file")
            version = np.lib.format.read_magic(data)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(data)
            if dtype.hasobject:
                raise ModelFileError(
                    f"{source}: {plain} is an array of Python objects, which can run code when they are read\n"
                    "save plain arrays of numbers: np.savez('mine.npz', h=h) of an h of one shape; pad rows of unequal length, "
                    "or save each under a name of its own"
                )
            if dtype.itemsize * int(np.prod([int(size) for size in shape], dtype=object)) > MOST_BYTES:
                raise ModelFileError(f"{source}: {plain} says that it is larger than the file: it is damaged")
            data.seek(0)
            found[plain] = np.asarray(np.lib.format.read_array(data, allow_pickle=False))
    return found


def _safetensors(path: Path) -> dict[str, Array]:
    with open_file(str(path)) as file:
        if file.seek(0, 2) > MOST_BYTES:
            raise InputError(f"{path}: holds more than {MOST_BYTES:,} bytes: save the arrays of a smaller run")
    return read_tensors(path)[0]


def _json(path: Path) -> dict[str, Array]:
    source = str(path)
    with open_file(source) as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise InputError(f"{source}: holds more than {MOST_BYTES:,} bytes: save the arrays of a smaller run")
    data = read_json(source, text)
    if not isinstance(data, dict):
        raise InputError(f'{source}: an object with a name for each array is expected, as in {{"h": [[0.1, 0.2]]}}')
    with parsing(source, "not arrays that can be read"):
        return dict(_named(source, data, ""))


def _named(source: str, data: Mapping[str, Any], before: str) -> Iterator[tuple[str, Array]]:
    """The arrays of nested objects, their names with dots between them. Texts and settings are left alone."""
    for key, value in data.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            yield from _named(source, value, f"{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for k, one in enumerate(value):
                if isinstance(one, dict):
                    yield from _named(source, one, f"{name}.{k}.")
        elif isinstance(value, list) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield name, _array(source, name, value)


def _array(source: str, name: str, value: Any) -> Array:
    """Numbers in nested lists; sequences of unequal length are padded with NaN at the end. Texts stay texts."""
    try:
        return from_lists(value)
    except (ValueError, TypeError):
        pass
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return np.array(value)
    if isinstance(value, list) and all(isinstance(one, list) for one in value):
        with parsing(source, f"{name} is no array: rows differ in length, or hold what is no number", why=False):
            parts = [from_lists(one) for one in value]
            if len({part.shape[1:] for part in parts}) > 1 or not all(part.ndim for part in parts):
                raise ValueError
            whole = np.full((len(parts), max(map(len, parts)), *parts[0].shape[1:]), np.nan)
            for row, part in zip(whole, parts, strict=True):
                row[: len(part)] = part
        return whole
    raise InputError(f"{source}: {name} is no array: it holds what is no number")
