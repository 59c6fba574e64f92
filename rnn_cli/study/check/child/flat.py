"""What a program returned, as arrays by name: dicts, lists and tuples of any depth taken apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

LARGEST = 2_000_000
"""More numbers than this are in no result of a small network."""

WITHIN = " > "
"""Stands between the name of a dict and a name in it; no name of an array holds it, as weight_hh_l0.grad holds a dot."""


class NotNumbers(Exception):
    """A result that holds something else; the text says what."""


def flat(value: Any, names: Sequence[str] | None = None) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays of a result, and why others are left out, by name.

    `names` are those of the variables that a `return` lists. NotNumbers where the result has no names.
    """
    if isinstance(value, tuple | list) and names is not None and len(names) == len(value):
        value = dict(zip(names, value, strict=True))
    elif isinstance(value, np.ndarray) and names is not None and len(names) == 1:
        value = {names[0]: value}
    if not isinstance(value, Mapping) or not value:
        raise NotNumbers(_described(value))
    found: dict[str, Any] = {}
    left: dict[str, str] = {}
    _take(value, "", found, left)
    return found, left


def _take(value: Any, name: str, found: dict[str, Any], left: dict[str, str]) -> None:
    if isinstance(value, Mapping) and value and all(isinstance(key, int | np.integer) for key in value):
        value = [value[key] for key in sorted(value)]  # hs[-1], hs[0], … as in many a loop over t
    if isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value):
        value = {key: [one.get(key) for one in value] for key in value[0]}
    if isinstance(value, Mapping):
        for key, one in value.items():
            _take(one, f"{name}{WITHIN}{key}" if name else str(key), found, left)
        return
    try:
        array = np.asarray(value.detach() if hasattr(value, "detach") else value)
        if array.dtype == object:
            array = np.array(array.tolist())
    except (ValueError, TypeError):  # rows of several lengths
        left[name] = "its parts have several shapes"
        return
    if array.dtype.kind not in "?biuf" or array.dtype.itemsize > 8:
        left[name] = f"it holds {_described(value)}"
    elif array.size > LARGEST:
        left[name] = f"it holds {array.size} numbers"
    else:
        found[name] = array.copy()


def _described(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}" if value.dtype.kind not in "?biuf" else "an array without a name"
    if isinstance(value, Mapping) and not value:
        return "an empty dict"
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def buffers(value: Any, depth: int = 0) -> list[Any]:
    """The very arrays of numbers that a result is made of."""
    if isinstance(value, np.ndarray):
        return [value] if value.dtype.kind in "?biuf" and value.size <= LARGEST else []
    if depth > 4 or not isinstance(value, Mapping | list | tuple):
        return []
    items = value.values() if isinstance(value, Mapping) else value
    return [one for item in items for one in buffers(item, depth + 1)]


def repeated(value: Mapping[str, Any]) -> list[str]:
    """The names of lists whose first and last entry are the same memory."""
    lists = {name: one for name, one in value.items() if isinstance(one, list | tuple) and len(one) > 1}
    return [
        name
        for name, one in lists.items()
        if isinstance(one[0], np.ndarray) and isinstance(one[-1], np.ndarray) and np.shares_memory(one[0], one[-1])
    ]
