"""The arrays of a file with what their names say; what stands in several arrays, one a step, is put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError
from rnn_cli.study.check.called import Called, take_apart
from rnn_cli.study.check.layouts import Frame, readings
from rnn_cli.study.check.names import OF_EMBEDDING, STEPS, Table, compact

NOTHING = ("", "none", "null", "-")
"""What a map says of an array that is not to be compared."""


@dataclass(frozen=True, eq=False)
class Item:
    """An array of the person's, or several that are one."""

    name: str
    array: Array
    called: Called


def items_of(
    source: str, arrays: Mapping[str, Array], mapping: Mapping[str, str], table: Table, frame: Frame
) -> tuple[list[Item], list[tuple[str, str]]]:
    """The arrays whose names are understood, and the others with why they are not."""
    _check_map(source, arrays, mapping)
    items: list[Item] = []
    left_out: list[tuple[str, str]] = []
    numbered: dict[tuple[str, int | None, str | None], list[Item]] = {}
    for name, array in arrays.items():
        if mapping.get(name, "x").strip().lower() in NOTHING:
            left_out.append((name, "the map leaves it out"))
            continue
        if array.dtype.kind not in "iufb":
            left_out.append((name, f"it holds {array.dtype} values, no real numbers"))
            continue
        called = take_apart(mapping.get(name, name), table, frame.architecture.cell, frame.architecture.bidirectional)
        item = Item(name, array, called)
        if not called.meanings:
            if name in mapping:
                raise InputError(f"--map: {name} = {mapping[name]}: no such name here{_nearest(mapping[name], table)}")
            left_out.append((name, f"its name is not understood{_nearest(name, table)}: --map FILE says what it is"))
        elif called.meanings[0].names == OF_EMBEDDING and not frame.words:
            left_out.append((name, "what the network reads is no rows of an embedding: dx, its errors, is compared"))
        elif (called.layer or 0) >= frame.architecture.num_layers:
            left_out.append((name, f"there is no layer {called.layer}: layers count from 0"))
        elif called.number is not None:
            numbered.setdefault((called.stem, called.layer, called.direction), []).append(item)
        else:
            items.append(item)
    for group in numbered.values():
        own, without = _together(group, frame, table)
        items += own
        left_out += without
    return items, left_out


def _check_map(source: str, arrays: Mapping[str, Array], mapping: Mapping[str, str]) -> None:
    for name in mapping:
        if name not in arrays:
            near = get_close_matches(name, arrays, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; it holds {', '.join(list(arrays)[:8])}"
            raise InputError(f"--map: {source} has no array {name}{hint}")


def _nearest(name: str, table: Table) -> str:
    near = get_close_matches(compact(name), table.meanings, 1, 0.5)
    return f", the nearest is {table.shown[near[0]]}" if near else ""


def _together(group: list[Item], frame: Frame, table: Table) -> tuple[list[Item], list[tuple[str, str]]]:
    """Arrays that differ by a number: one a step, or one a layer."""
    group = sorted(group, key=lambda item: item.called.number or 0)
    first, numbers = group[0], [item.called.number or 0 for item in group]
    called, layers = first.called, frame.architecture.num_layers
    if numbers == [0] and (whole := table.get(compact(f"{called.stem}0"))):
        # Before the first step, of step 0, or of layer 0: shape and numbers tell.
        every = (*whole, *called.meanings)
        return [Item(first.name, first.array, Called(every, 0 if layers == 1 else called.layer, called.direction))], []
    in_order = numbers == list(range(numbers[0], numbers[0] + len(group))) and numbers[0] in (-1, 0, 1)
    if in_order and len(group) in (frame.T, frame.T + 1) and len({item.array.shape for item in group}) == 1:
        stacked = np.stack([item.array for item in group])
        steps = [meaning for meaning in called.meanings if meaning.kind == STEPS]
        if any(True for one in steps for _ in readings(one, stacked, called.layer, called.direction, frame)):
            name = first.name if len(group) == 1 else f"{first.name} … {group[-1].name}"
            return [Item(name, stacked, Called(tuple(steps), called.layer, called.direction))], []
    if (
        called.layer is None
        and in_order
        and numbers[0] >= 0
        and numbers[-1] - numbers[0] < layers
        and (layers > 1 or len(group) == 1)
    ):
        return [
            Item(
                item.name,
                item.array,
                Called(called.meanings, k - numbers[0] if len(group) == layers else k, called.direction),
            )
            for item, k in zip(group, numbers, strict=True)
        ], []
    many = "1 array of that name is" if len(group) == 1 else f"{len(group)} arrays of that name are"
    why = f"{many} neither one for each of {frame.T} steps nor for each layer"
    return [], [(item.name, why) for item in group]
