"""What a name says beside what the array is: the layer, the direction, the step, and that it is a gradient."""

import re
from dataclasses import dataclass

from rnn_cli.core.network import BACKWARD, FORWARD
from rnn_cli.study.check.names import GREEK, Meaning, Table, compact

LAYER = re.compile(r"(?:^|_)l_?(\d{1,3})(?=_|$)|layers?_?(\d{1,3})(?!\d)")
WAYS = {
    BACKWARD: re.compile(r"(?:^|_)(?:reversed?|backwards?|bwd|bw)(?=_|$)"),
    FORWARD: re.compile(r"(?:^|_)(?:forwards?|fwd|fw)(?=_|$)"),
}
NUMBERED = re.compile(r"(.*?[a-z_])_?(\d{1,6})$")
GRADIENTS = {"grad", "grads", "gradient", "gradients"}
WRAPPERS = {"module", "model", "net", "network", "self", "orig", "mod", "cell", "cells", "params", "parameters", "param",
            "rnn", "states", "gates", "weights", "my", "all", "results", "values", "cache", "errors"}  # fmt: skip
ENDINGS = {"t", "all", "list", "seq", "sequence", "array", "arr", "np", "numpy", "values", "value", "data", "mine"}


@dataclass(frozen=True)
class Called:
    """A name taken apart.

    meanings   what it may be; () where that is not known
    number     the number at its end, where what stands before is a known name: of a step, or a layer
    stem       the name without that number
    """

    meanings: tuple[Meaning, ...]
    layer: int | None = None
    direction: str | None = None
    number: int | None = None
    stem: str = ""


def take_apart(name: str, table: Table, cell: str, both_ways: bool) -> Called:
    """What a name says. `both_ways`: whether the network has two directions, so that a name may say which."""
    plain = name.translate(GREEK).casefold()
    plain = re.sub(r"[^0-9a-z]+", "_", re.sub(r"-1\W*$", "_minus", plain)).strip("_")
    layer, direction = None, None
    found = LAYER.search(plain)
    if found is not None:
        layer = int(found[1] or found[2])
        plain = f"{plain[: found.start()]}_{plain[found.end() :]}".strip("_")
    for way, pattern in WAYS.items():
        found = pattern.search(plain)
        if found is not None:
            direction = way if both_ways else None
            plain = f"{plain[: found.start()]}_{plain[found.end() :]}".strip("_")
    meanings = _meanings(plain, table, cell)
    if meanings and not plain.endswith(tuple("0123456789")):
        return Called(meanings, layer, direction)
    if plain.endswith("_minus"):
        stem = plain.removesuffix("_minus").strip("_")
        return Called(_meanings(stem, table, cell), layer, direction, -1, stem)
    numbered = NUMBERED.fullmatch(plain)
    if numbered is not None:
        stem = numbered[1].strip("_")
        of_stem = _meanings(stem, table, cell)
        if of_stem:
            return Called(of_stem, layer, direction, int(numbered[2]), stem)
    return Called(meanings, layer, direction)


def _meanings(plain: str, table: Table, cell: str) -> tuple[Meaning, ...]:
    """Look a name up, whole and without the words around it."""
    parts = [part for part in plain.split("_") if part]
    gradient = False
    for begin in range(len(parts)):
        found = _ended(parts[begin:], table, gradient)
        if found:
            return found
        if parts[begin] in GRADIENTS:
            gradient = True
        elif parts[begin] not in WRAPPERS and parts[begin] != cell:
            break
    return ()


def _ended(parts: list[str], table: Table, gradient: bool) -> tuple[Meaning, ...]:
    while parts:
        name = compact("".join(parts))
        found = (table.get(f"d{name}") or table.get(name)) if gradient else table.get(name)
        if found:
            return tuple(found)
        if parts[-1] not in ENDINGS:
            return ()
        parts = parts[:-1]
    return ()
