"""The arrays of a document under flat names, as --save FILE.npz holds them.

A name is the keys that lead to an array, and then the layer and direction that it is of: `h.layer0.forward`,
`gates.i.layer0.forward`, `itemised.norms`. Three things make it shorter:

    layers, readout, value    have no part in a name
    gradients                 is the d before the name of what the gradient is of: `dW_xh.layer0.forward`, `dinputs`
    steps                     are the first axis: of what every step has, `dL_dh.layer0.forward` is (T, H)

Several sequences stand under `sequence0.`, `sequence1.`, …; several series under `series0.`, …
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import chain, groupby, islice
from typing import Any, TypeAlias

import numpy as np

from rnn_cli.core.arrays import Array

Found: TypeAlias = Generator[tuple[str, Array], None, Any]
"""Arrays by name; what remains of the value is returned at the end, NOTHING where nothing does."""

NOTHING = object()
SILENT = ("layers", "readout", "value")
GRADIENTS, EMBEDDING = "gradients", "embedding"
NUMBERED = {"sequences": "sequence", "series": "series"}
COLUMNS = ("steps", "jacobians")
"""Lists whose items are alike: each of their numbers becomes an array over all of them."""

AT_ONCE = 1 << 12


def arrays_of(document: Mapping[str, Any]) -> Found:
    """Every array of a document by its name; what remains, the document without them, is returned at the end."""
    remains = yield from _of_mapping(document, (), "")
    return {} if remains is NOTHING else remains


def _of(value: Any, path: tuple[str, ...], place: str) -> Found:
    """The arrays of what stands at a path, in a layer and direction."""
    if isinstance(value, np.ndarray) and value.ndim:
        yield _name(path) + place, value
        return NOTHING
    if isinstance(value, Mapping):
        return (yield from _of_mapping(value, path, place))
    if isinstance(value, list | tuple | Iterator):
        return (yield from _of_list(value, path, place))
    return value


def _of_mapping(value: Mapping[str, Any], path: tuple[str, ...], place: str) -> Found:
    remains = {}
    for key, item in value.items():
        if key == EMBEDDING and item:  # its keys are words, which are no names
            yield _name((*path, key)) + place, np.stack(list(item.values()))
            remains[key] = list(item)
            continue
        left = yield from _of(item, (*path, key), place)
        if left is not NOTHING:
            remains[key] = left
    return remains if remains or not value else NOTHING


def _of_list(value: Iterable[Any], path: tuple[str, ...], place: str) -> Found:
    """The arrays of a list's items: under the place or the name that an item has, or else under its number."""
    items = iter(value)
    first = list(islice(items, 2))
    every = chain(first, items)
    if not first or not isinstance(first[0], Mapping):
        return list(every)
    if path[-1] in COLUMNS:
        yield from _columns(every, path[:-1] if "layer" in first[0] else path)
        return NOTHING
    if not _has_arrays(first[0]):
        return list(every)
    remains = []
    for k, item in enumerate(every):
        identity = {key: item[key] for key in ("layer", "direction") if key in item}
        own = path
        if path[-1] in NUMBERED:
            own = (*path[:-1], *([f"{NUMBERED[path[-1]]}{k}"] if len(first) > 1 else []))
            identity = {}
        elif path[-1] == "layers" and "layer" not in item:  # of weights, whose entries are in order
            ways = len({one.get("direction") for one in first})
            identity = {"layer": k // ways, "direction": "forward"} | identity
        elif "layer" not in item:
            own = (*path[:-1], f"{path[-1]}{k}")
        rest = {key: one for key, one in item.items() if key not in identity}
        left = yield from _of_mapping(rest, own, _place(identity) or place)
        remains.append({**identity, **({} if left is NOTHING else left)})
    return NOTHING if all(len(one) <= 2 and one.keys() <= {"layer", "direction"} for one in remains) else remains


def _has_arrays(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(key in COLUMNS or _has_arrays(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(map(_has_arrays, value))
    return isinstance(value, np.ndarray) and value.ndim > 0


def _columns(items: Iterable[Mapping[str, Any]], path: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    """What all items have, one array for each number; items of one layer and direction stand one after the other."""
    for place, own in groupby(items, _place):
        parts: list[dict[str, Array]] = []
        while some := list(islice(own, AT_ONCE)):
            rows = [dict(_numbers(item, path)) for item in some]
            names = dict.fromkeys(name for row in rows for name in row)
            columns = {name: _column([row.get(name) for row in rows]) for name in names}
            parts.append({name: column for name, column in columns.items() if column is not None})
        for name in parts[0]:
            yield name + place, np.concatenate([part[name] for part in parts])


def _numbers(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The numbers and vectors of one item by their names."""
    for key, item in value.items():
        own = (*path, key)
        if isinstance(item, Mapping):
            yield from _numbers(item, own)
        elif isinstance(item, list | tuple):
            for one in item:
                if isinstance(one, Mapping) and "name" in one:
                    yield from _numbers(one, (*own, one["name"]))
        elif key != "layer" and not isinstance(item, str):
            yield _name(own), item


def _column(values: list[Any]) -> Array | None:
    """The values as one array: NaN is what an item does not have, and what makes short vectors as long as the longest.

    None where no item has any.
    """
    known = [np.asarray(value) for value in values if value is not None]
    if not known:
        return None
    if len(known) == len(values) and len({value.shape for value in known}) == 1:
        return np.stack(known)
    column = np.full((len(values), *np.max([value.shape for value in known], axis=0).astype(int)), np.nan)
    for k, value in enumerate(values):
        if value is not None:
            place: tuple[Any, ...] = (k, *(slice(n) for n in np.shape(value)))
            column[place] = value
    return column


def _place(item: Mapping[str, Any]) -> str:
    if "layer" not in item:
        return ""
    return f".layer{item['layer']}" + (f".{item['direction']}" if "direction" in item else "")


def _name(path: tuple[str, ...]) -> str:
    """The parts of a path as a name."""
    said = [part for part in path if part not in SILENT]
    joined = "".join(part + ("." if part != GRADIENTS else "") for part in said).removesuffix(".")
    return joined if GRADIENTS not in said else joined.replace(GRADIENTS, "d", 1)
