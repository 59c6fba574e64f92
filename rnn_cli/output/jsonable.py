"""Documents as strict JSON: floats at full precision, a non-finite number as null with its path in `non_finite`."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np


def to_json(document: Mapping[str, Any]) -> str:
    """One line of strict JSON in ASCII, so that no text in it can act on a terminal."""
    non_finite: list[str] = []
    plain = _plain(document, "", non_finite)
    if non_finite:
        plain["non_finite"] = non_finite
    return json.dumps(plain, allow_nan=False)


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
