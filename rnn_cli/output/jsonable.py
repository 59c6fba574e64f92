"""Documents as strict JSON: floats at full precision, a non-finite number as null with its path in `non_finite`."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any


def to_json(document: Mapping[str, Any]) -> str:
    """One line of strict JSON in ASCII, so that no text in it can act on a terminal."""
    return "".join(json_pieces(document))


def json_pieces(document: Mapping[str, Any]) -> Iterator[str]:
    """The same line in pieces, none of them long. A value that is an iterator becomes a list, written as its items come."""
    non_finite: list[str] = []
    before = "{"
    for key, value in document.items():
        yield f"{before}{json.dumps(str(key))}: "
        before = ", "
        yield from _pieces(value, str(key), non_finite)
    if non_finite:
        yield f'{before}"non_finite": {json.dumps(non_finite)}'
    yield "}" if document else "{}"


def as_json_reads(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as one reads it back from its JSON: lists for arrays and tuples, None for a number that is not finite."""
    read: dict[str, Any] = json.loads(to_json(document))
    return read


AT_ONCE = 1 << 13
"""A value of so many numbers is written part by part: as Python floats and text it takes many times its memory."""


def _pieces(value: Any, path: str, non_finite: list[str]) -> Iterator[str]:
    if _size(value) < AT_ONCE:
        yield _written(value, path, non_finite)
    elif isinstance(value, Mapping):
        before = "{"
        for key, item in value.items():
            yield f"{before}{json.dumps(str(key))}: "
            before = ", "
            yield from _pieces(item, f"{path}.{key}", non_finite)
        yield "}"
    else:
        yield "["
        for first, part in _parts(value):
            yield ", " * (first > 0)
            if _size(part) < AT_ONCE or len(part) > 1:
                yield _listed(part, path, first, non_finite)
            else:
                yield from _pieces(part[0], f"{path}[{first}]", non_finite)
        yield "]"


def _parts(value: Any) -> Iterator[tuple[int, Any]]:
    """A long list or array in parts, each with the number of its first item: an item alone, or several that are short."""
    if hasattr(value, "tolist"):
        rows = max(1, AT_ONCE * len(value) // (value.size + 1))
        yield from ((k, value[k : k + rows]) for k in range(0, len(value), rows))
        return
    part: list[Any] = []
    numbers, first = 0, 0
    for item in value:
        size = _size(item)
        if part and numbers + size >= AT_ONCE:
            yield first, part
            first, part, numbers = first + len(part), [], 0
        part.append(item)
        numbers += size
    if part:
        yield first, part


SCALARS = {float, int, str, bool, type(None)}


def _size(value: Any, most: int = AT_ONCE) -> int:
    """How many numbers a value holds, counted up to `most`; of an iterator nobody knows, and a list whose first item is
    a number or a text has only such.
    """
    kind = type(value)  # a million steps are measured here: isinstance takes three times as long
    if kind in SCALARS:
        return 1
    if kind is list and value and type(value[0]) in SCALARS:
        return len(value)
    if hasattr(value, "tolist"):
        return int(value.size)
    if kind is not dict and kind is not list and not isinstance(value, Mapping | list | tuple):
        return most if isinstance(value, Iterator) else 1
    size = len(value)
    for item in value if kind is list or isinstance(value, list | tuple) else value.values():
        size += _size(item, most - size)
        if size >= most:
            break
    return size


def _listed(items: Any, path: str, first: int, non_finite: list[str]) -> str:
    """Items of a list, from the one of this number on, without the brackets."""
    try:
        return ENCODER.encode(items)[1:-1]
    except ValueError:
        plain = [_plain(item, f"{path}[{first + k}]", non_finite) for k, item in enumerate(items)]
        return json.dumps(plain, allow_nan=False)[1:-1]


def _written(value: Any, path: str, non_finite: list[str]) -> str:
    try:
        return ENCODER.encode(value)
    except ValueError:  # a number is not finite: the slow path finds all of them
        return json.dumps(_plain(value, path, non_finite), allow_nan=False)


def _simpler(value: Any) -> Any:
    """Turn a value that the encoder does not know into one that it knows."""
    if hasattr(value, "tolist"):  # a NumPy value; a document without arrays does not need to import NumPy
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in a document")


ENCODER = json.JSONEncoder(allow_nan=False, default=_simpler)


def _plain(value: Any, path: str, non_finite: list[str]) -> Any:
    if hasattr(value, "tolist"):
        import numpy as np

        whole = value.dtype.kind != "f" or np.isfinite(value).all()
        return value.tolist() if whole else _plain(value.tolist(), path, non_finite)
    if isinstance(value, float):
        if isfinite(value):
            return value
        non_finite.append(path)
        return None
    if isinstance(value, Mapping):
        return {
            str(key): _plain(item, f"{path}.{key}" if path else str(key), non_finite) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{k}]", non_finite) for k, item in enumerate(value)]
    return value
