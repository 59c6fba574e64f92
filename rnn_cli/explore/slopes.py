"""The gradient of a given number as the explorer opens it: what each step gives to it.

dW_hh[1][2]  db_h[1]  dW_hy[2][1]     of a parameter, summed over the steps
dvector[2][1]                         of the vector of the word at step 2, summed over the steps that read it
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rnn_cli.core.why import Factor, Product
from rnn_cli.explore.leaves import READOUT, Leaf, alike, find_leaf, slope_of
from rnn_cli.study.rows import Row

if TYPE_CHECKING:
    from rnn_cli.explore.numbers import Numbers
    from rnn_cli.explore.world import World

VECTOR = "vector"
READ = re.compile(r"x_t\[(\d+)\]")
MEAN = re.compile(r"h\[(\d+)\]")


def slope_key(world: "World", key: str) -> str:
    """The key of the gradient of a given number; "" where nothing learns it, or the number is computed."""
    leaf = find_leaf(world, key)
    if leaf is None or leaf.kind == "start":
        return ""
    return f"d{key}" if leaf.kind == "weight" else f"d{VECTOR}{key.removeprefix('x')}"


def given_of(world: "World", key: str) -> Leaf | None:
    """The given number that a key is the gradient of; None of any other key."""
    name = key[1:]
    if not key.startswith("d"):
        return None
    leaf = find_leaf(world, name.replace(VECTOR, "x", 1) if name.startswith(VECTOR) else name)
    return leaf if leaf is not None and leaf.kind == ("input" if name.startswith(VECTOR) else "weight") else None


def slope_row(numbers: "Numbers", key: str) -> Row | None:
    """The gradient with what each step gives to it; None of any other key."""
    world, leaf = numbers.world, given_of(numbers.world, key)
    if leaf is None:
        return None
    if leaf.kind == "input":
        value = slope_of(world, leaf)
        return Row("", key, (), tuple(_of_steps(numbers, leaf)), float(value or 0.0), key)
    if leaf.name in READOUT:
        row = world.back_rows.readout_row(leaf.name, leaf.index)
        return replace(row, products=tuple(_unpooled(numbers, row, leaf)))
    row = world.back_rows.gradient_row(leaf.layer, leaf.direction, leaf.name, leaf.index)
    each = len(row.products) // world.length
    products = [
        replace(one, factors=tuple(_read(numbers, factor, leaf, 1 + k // each) for factor in one.factors))
        for k, one in enumerate(row.products)
    ]
    return replace(row, products=tuple(products))


def equation_of_slope(numbers: "Numbers", leaf: Leaf) -> str:
    """What makes the gradient of a given number."""
    if leaf.kind == "input":
        steps = len(alike(numbers.world, leaf.t))
        return f"dL/d of it = dx of the {steps} steps that read it" if steps > 1 else f"dL/d of it = dx_{leaf.t}"
    if leaf.name in READOUT:
        return f"dL/d{leaf.name} = the sum of dL/dlogits{' · what was read' * (len(leaf.index) > 1)} over all losses"
    return f"dL/d{leaf.name} = the sum of what each step gives"


def _of_steps(numbers: "Numbers", leaf: Leaf) -> Iterator[Product]:
    """The errors of the input at the steps that read the vector, in every direction of the lowest layer."""
    for k in alike(numbers.world, leaf.t):
        for direction in numbers.a.directions:
            value = float(numbers.column("dx", 0, direction, k + 1)[leaf.index])
            key = numbers.key("dx", 0, direction, k + 1, leaf.index[0] + 1)
            yield Product((Factor(key, value, key),), value)


def _read(numbers: "Numbers", one: Factor, leaf: Leaf, t: int) -> Factor:
    """An operand by its key, where the page of the backward pass says x_t: of the input, or of the layer below."""
    found = READ.fullmatch(one.name)
    if found is None:
        return one
    j = int(found[1])
    if not leaf.layer:
        return replace(one, name=f"x[{t}][{j}]")
    size = numbers.a.size_of(leaf.layer - 1)
    key = numbers.key("h", leaf.layer - 1, numbers.a.directions[(j - 1) // size], t, (j - 1) % size + 1)
    return replace(one, name=key, source=key)


def _unpooled(numbers: "Numbers", row: Row, leaf: Leaf) -> Iterator[Product]:
    """The products, where a mean of h was read with each step's share of it."""
    shares, a = numbers.world.trace.shares, numbers.a
    for one in row.products:
        *slope, read = one.factors
        if shares is None or not MEAN.fullmatch(read.name):
            yield one
            continue
        layer, column = a.num_layers - 1, leaf.index[1]
        size = a.size_of(layer)
        for t, share in enumerate(shares[:, column].tolist(), start=1):
            if share:
                where = layer, a.directions[column // size], t
                h = float(numbers.column("h", *where)[column % size])
                key = numbers.key("h", *where, column % size + 1)
                scale = [] if share == 1 else [Factor("1/T", share)]
                value = slope[0].value * share * h
                yield Product((*slope, *scale, Factor(key, h, key)), value)
