"""Every number of a world by its key: what it is, what it is made of, and the others of its kind beside it.

    h[2][1]  a_i[2][1]  logits[1]               forwards, as --why has them
    dh[2][1]  da_i[2][1]  dh.future[1][1]       backwards, as BackRows has them
    dW_hh[1][2]  dvector[2][1]                  gradients of what is given
    p[1]  p[2][1]                               softmax of the logits, where errors begin
    W_hh[1][2]  x[2][1]  h_0[3]                 given

With several layers or directions @0.forward stands behind all of them but logits.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.kept import Kept
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.why import Factor, Product, Quantity, Unfolder, quantity_bounds
from rnn_cli.explore.leaves import Leaf, find_leaf, value_of
from rnn_cli.explore.meeting import DECIDED, met, probability, probability_row
from rnn_cli.explore.slopes import given_of, slope_row
from rnn_cli.explore.world import World
from rnn_cli.study.rows import BACK_KEY, Row
from rnn_cli.views.heat import largest

MOST_IN_ORDER = 12
"""A longer sum stands with its largest products first."""

FORWARD_KEY = re.compile(r"([A-Za-z]\w*?)\[(\d+)\](?:\[(\d+)\])?(?:@(\d+)\.(forward|backward))?")
INSIDE = re.compile(r"[A-Za-z][\w.]*?\[\d+\](?:\[\d+\])?(?:@\d+\.(?:forward|backward))?")
"""The number that a function is of, in the function's name."""

LOGITS = "logits"


@dataclass(frozen=True)
class Opened:
    """name = function(sum of products) = value; a max is of the products. A given number has no products, but its leaf."""

    key: str
    value: float
    function: str = ""
    products: tuple[Product, ...] = ()
    leaf: Leaf | None = None

    @cached_property
    def operands(self) -> list[list[Factor]]:
        """The factors of each product."""
        return [list(one.factors) for one in self.products]


def _multiplied_out(products: Iterable[Product]) -> Iterator[Product]:
    """The same sum without brackets, into which nobody could walk: a (b + c) is a b + a c."""
    for one in products:
        if not any(factor.inside for factor in one.factors):
            yield one
            continue
        for chosen in product(*map(_addends, one.factors)):
            factors = tuple(factor for part in chosen for factor in part.factors)
            yield Product(factors, prod(factor.value for factor in factors), one.term)


def _addends(factor: Factor) -> tuple[Product, ...]:
    """What is added up in a bracket; another factor as it is, and so is a function of a bracket."""
    whole = (Product((factor,), factor.value),)
    return whole if factor.function or not factor.inside else tuple(_multiplied_out(factor.inside))


class Numbers:
    """Opens the numbers of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.unfolder = Unfolder(world.trace)
        self.a, self.cell = world.model.network.architecture, world.model.network.cell
        self._opened: Kept[str, Opened | None] = Kept()
        self._scales: Kept[tuple[str, int, str], float] = Kept()

    @cached_property
    def whole(self) -> "Numbers":
        """The numbers without truncation."""
        return self if self.world.window is None else Numbers(self.world.whole)

    def kinds(self, back: bool) -> list[str]:
        """The quantities that a map can show, the states first."""
        if back:
            step = self.world.back.at(self.a.num_layers - 1, self.a.directions[0], 1)
            return list(dict.fromkeys(["dh", *(one.source for one in step.gradient.updates), "dx"]))
        numbers = self.world.trace.steps[0].step.numbers
        before = [f"a_{gate}" for gate in self.cell.gates]
        return list(dict.fromkeys([*self.cell.states, *numbers, *before, *[LOGITS] * bool(self.a.output_size)]))

    def size(self, kind: str, layer: int) -> int:
        """How many units a quantity has."""
        if kind == "dx":
            return self.a.layer_input_size(layer)
        return self.a.output_size if kind in (LOGITS, f"d{LOGITS}", "p") else self.a.size_of(layer)

    def has_steps(self, kind: str) -> bool:
        """Whether a quantity has a number for each step."""
        return kind != LOGITS or not self.world.one_answer

    def key(self, kind: str, layer: int, direction: str, t: int, unit: int) -> str:
        """The key of a number of a map."""
        if not kind.startswith("d"):
            return self.unfolder.name(Quantity(kind, layer, direction, t if self.has_steps(kind) else None, unit))
        where = f"@{layer}.{direction}" if self.world.many else ""
        return f"{'da' if kind == 'da_h' and len(self.cell.gates) == 1 else kind}[{t}][{unit}]{where}"

    def kind_of(self, key: str) -> str:
        """The quantity of a key, as a map calls it: with the gate's name, which keys leave out where there is one gate alone."""
        kind = key.partition("[")[0]
        return f"{kind}_{next(iter(self.cell.gates))}" if kind in ("a", "da") else kind

    def place(self, key: str) -> tuple[int, str, int]:
        """The layer, direction and step of a key; of one that has none the first layer and direction, and step 1."""
        where, step = re.search(r"@(\d+)\.(\w+)$", key), re.match(r"(?!d[A-Z])[\w.]+\[(\d+)\]\[", key)
        layer, direction = (int(where[1]), where[2]) if where else (0, self.a.directions[0])
        return layer, direction, int(step[1]) if step else 1

    def column(self, kind: str, layer: int, direction: str, t: int) -> Array:
        """The numbers of a quantity at one step, one for each unit."""
        world = self.world
        if kind == LOGITS:
            assert world.trace.logits is not None
            return world.trace.logits[t - 1] if self.has_steps(kind) else world.trace.logits
        if kind == "dh":
            return world.back.error(layer, direction, t).h
        if kind.startswith("d"):
            gradient = world.back.at(layer, direction, t).gradient
            if kind == "dx":
                return gradient.dx
            values: Array = next(one.value for one in gradient.updates if one.source == kind)
            return values
        if kind.startswith("a_"):
            return world.trace.at(layer, direction, t).gate(kind[2:]).pre_activation
        numbers: Array = world.trace.states(layer, direction, kind)[t - 1]
        return numbers

    def scale(self, kind: str, layer: int, direction: str, times: list[int]) -> float:
        """The size of a full sign: of the whole run where its numbers are kept, else of the steps that are shown."""
        runs = self.world.trace.runs or {}
        kept = runs[layer, direction].numbers.get(kind)
        if kept is None:
            return largest(np.stack([self.column(kind, layer, direction, t) for t in times]))
        return self._scales.get((kind, layer, direction), lambda: largest(kept))

    def open(self, key: str) -> Opened | None:
        """The number of a key; None where there is none. Those that were opened last are kept."""
        return self._opened.get(key, lambda: self._open(key))

    def _open(self, key: str) -> Opened | None:
        leaf = find_leaf(self.world, key)
        if leaf is not None:
            return Opened(key, value_of(self.world, leaf), leaf=leaf)
        found = self._back(key) if BACK_KEY.fullmatch(key) else self._forward(key) or self._probability(key)
        if found is None or len(found.products) <= MOST_IN_ORDER:
            return found
        ordered = sorted(found.products, key=lambda one: -abs(one.value))
        return Opened(found.key, found.value, found.function, tuple(ordered))

    def row(self, key: str) -> Row | None:
        """The number of a key as a row of a worksheet has it."""
        if BACK_KEY.fullmatch(key):
            return self._back_row(key)
        found = self._forward(key)
        if found is None:
            return probability_row(self, key)
        return Row("", key, (), found.products, found.value, key, found.function)

    def key_of(self, one: Factor, above: str) -> str:
        """The key of an operand of the number `above`: a weight is one of the same layer and direction, a constant of none."""
        found = INSIDE.search(one.source or one.name)
        name = met(one.name, above).removeprefix("-") if found is None else found[0]
        whole = "@" in name or name.startswith((LOGITS, f"d{LOGITS}", "p["))  # the readout has no layer
        where = "" if found is None or whole or "@" not in above else above[above.index("@") :]
        return name + where

    def _forward(self, key: str) -> Opened | None:
        found = FORWARD_KEY.fullmatch(key)
        if found is None:
            return None
        kind = self.kind_of(key) if len(self.cell.gates) == 1 else found[1]
        layer, direction = int(found[4] or 0), found[5] or self.a.directions[0]
        try:
            has_step, size = quantity_bounds(self.world.trace, kind, layer)
        except KeyError:
            return None
        t, unit = (int(found[2]), int(found[3] or 0)) if has_step else (None, int(found[2]))
        if not 1 <= unit <= size or (t is not None and not 1 <= t <= self.world.length):
            return None
        number, _ = self.unfolder.number(Quantity(kind, layer, direction, t, unit))
        return Opened(key, number.value, number.formula, number.terms)

    def _probability(self, key: str) -> Opened | None:
        found = probability(self, key)
        if found is None:
            return None
        value, logits, _ = found
        return Opened(key, value, "softmax", tuple(Product((one,), one.value) for one in logits))

    def _back(self, key: str) -> Opened | None:
        found = BACK_KEY.fullmatch(key)
        assert found is not None
        if given_of(self.world, key) is None and found[1] != "dlogits" and not 1 <= int(found[3]) <= self.world.length:
            return None
        row = self._back_row(key)
        return None if row is None else Opened(key, row.value, row.function, tuple(_multiplied_out(row.products)))

    def _back_row(self, key: str) -> Row | None:
        return slope_row(self, key) or self.world.back_rows.row(key)


def moved_by(key: str, steps: int) -> str:
    """The key of the same number so many steps later; that of a weight or a starting state stays."""
    found = re.fullmatch(r"([a-z][\w.]*)\[(\d+)\](\[\d+\].*)", key)
    if found is None or found[1].startswith("b_") or found[1].endswith("_0") or found[1][1:2].isupper():
        return key
    return f"{found[1]}[{int(found[2]) + steps}]{found[3]}"


def nothing_behind(key: str) -> str:
    """Why the number of a key cannot be opened."""
    found = BACK_KEY.fullmatch(key)
    if found is not None and found[2] is not None:
        return "is 0, as no step comes after this one"
    if any(said in key for said in DECIDED):
        return "is 1 or 0, as another number decides: Enter goes there"
    if "target" in key:
        return "is what the network should have said: nothing computes it"
    return "stands as it is, with nothing behind it"


def said_direction(direction: str) -> str:
    """An arrow in the direction of a run."""
    return "←" if direction == BACKWARD else "→"
