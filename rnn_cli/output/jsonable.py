"""Documents as strict JSON: floats at full precision, a non-finite number as null with its path in `non_finite`."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np


def to_json(document: Mapping[str, Any]) -> str:
    """One line of strict JSON in ASCII, so that no text in it can act on a terminal."""
    return "".join(json_pieces(document))


def json_pieces(document: Mapping[str, Any]) -> Iterator[str]:
    """The same line in pieces. A value that is an iterator becomes a list, written item by item as they come."""
    non_finite: list[str] = []
    before = "{"
    for key, value in document.items():
        yield f"{before}{json.dumps(str(key))}: "
        before = ", "
        if isinstance(value, Iterator):
            yield "["
            for k, item in enumerate(value):
                yield ", " * (k > 0) + json.dumps(_plain(item, f"{key}[{k}]", non_finite), allow_nan=False)
            yield "]"
        else:
            yield json.dumps(_plain(value, str(key), non_finite), allow_nan=False)
    if non_finite:
        yield f'{before}"non_finite": {json.dumps(non_finite)}'
    yield "}" if document else "{}"


def _plain(value: Any, path: str, non_finite: list[str]) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            return _plain(value.tolist(), path, non_finite)
        return value.tolist()
    if isinstance(value, np.generic):
        return _plain(value.item(), path, non_finite)
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
