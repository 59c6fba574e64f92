"""Documents as strict JSON: floats at full precision, a non-finite number as null with its path in `non_finite`."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any


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
                yield ", " * (k > 0) + _written(item, f"{key}[{k}]", non_finite)
            yield "]"
        else:
            yield _written(value, str(key), non_finite)
    if non_finite:
        yield f'{before}"non_finite": {json.dumps(non_finite)}'
    yield "}" if document else "{}"


def as_json_reads(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as one reads it back from its JSON: lists for arrays and tuples, None for a number that is not finite."""
    read: dict[str, Any] = json.loads(to_json(document))
    return read


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
