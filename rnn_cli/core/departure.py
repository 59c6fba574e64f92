"""Where numbers leave the finite range: the first number that is not finite, in the order of computation.

A record of a computation gives its numbers one array after the other, each with its place. The first that holds an inf or
a NaN is where it began: all others follow from it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.records import Step
from rnn_cli.core.forward import LayerStates
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.quantities import Gate, Update

UNIT, OUTPUT, COMPONENT = "unit", "output", "component"
"""What the last axis of an array counts."""


@dataclass(frozen=True)
class Departure:
    """A quantity that left the finite range: at time t, in which layer and direction; None where it has none.

    number   which number of the vector, from 1, and `part`, what it is: a unit, an output, a component
    """

    quantity: str
    t: int | None = None
    layer: int | None = None
    direction: str | None = None
    part: str = UNIT
    number: int | None = None


class LeftRange(Exception):
    """A number that all that follows hangs on left the finite range."""

    def __init__(self, departure: Departure) -> None:
        super().__init__(departure)
        self.departure = departure


Place = tuple[Any, ...]
"""The first fields of a Departure: quantity, t, layer, direction, part."""

Numbers = Iterator[tuple[Place, Array | float]]
"""Arrays in the order of computation, each with its place."""

AT_ONCE = 10_000

SAFE = 1e70
"""Products of two numbers no larger than this, and norms of any number of such products, are finite."""


def all_safe(numbers: Numbers) -> bool:
    """Whether no number is larger than SAFE, or not finite."""
    while some := list(islice(numbers, AT_ONCE)):
        if not np.abs(np.concatenate([np.ravel(values) for _, values in some])).max(initial=0.0) < SAFE:
            return False
    return True


def first_departure(numbers: Iterable[tuple[Place, Array | float]]) -> Departure | None:
    """The first place whose numbers are not all finite; None where all are."""
    numbers = iter(numbers)
    while some := list(islice(numbers, AT_ONCE)):
        if np.isfinite(np.concatenate([np.ravel(values) for _, values in some])).all():
            continue
        for place, values in some:
            finite = np.isfinite(values)
            if not finite.all():
                number = int(np.argmin(finite)) + 1 if np.ndim(values) == 1 else None
                return replace(Departure(*place), number=number)
    return None


def numbers_of_step(step: Step, t: int, layer: int, direction: str) -> Numbers:
    """Every number of a traced step: for each gate its terms, its pre-activation and its value, then what is made of them."""
    where, alone = (t, layer, direction), len(step.gates) == 1
    for name, one in step.numbers.items():
        if isinstance(one, Gate):
            for term in one.terms:
                yield (term.symbol, *where), term.value
            yield ("a" if alone else f"a_{name}", *where), one.pre_activation
        yield from numbers_of_update(one, where)
        yield (name, *where), step.value(name)


def numbers_of_update(one: Any, where: Place) -> Numbers:
    """The factors that an update is made of."""
    if isinstance(one, Update):
        for factors in one.products:
            yield from (((factor.symbol, *where), factor.value) for factor in factors)


def numbers_of_rows(quantity: str, rows: Array, part: str) -> Numbers:
    """A vector at each step, (T, n)."""
    yield from (((quantity, t, None, None, part), row) for t, row in enumerate(rows, start=1))


def numbers_of_layer(states: LayerStates) -> Numbers:
    """The gates and states of a layer in one direction, step by step as it ran."""
    named = {**states.gates, **states.states}
    if all(np.isfinite(array).all() for array in named.values()):
        return
    steps = range(len(states.h))
    for t in reversed(steps) if states.direction == BACKWARD else steps:
        for name, array in named.items():
            yield (name, t + 1, states.layer, states.direction), array[t]


def numbers_of_readout(logits: Array | None, probabilities: Array | None, length: int) -> Numbers:
    """The logits and probabilities: (C,) at the end of `length` steps, or (T, C)."""
    for name, values in (("the logits", logits), ("the probabilities", probabilities)):
        if values is not None and values.ndim == 2:
            yield from numbers_of_rows(name, values, OUTPUT)
        elif values is not None:
            yield (name, length, None, None, OUTPUT), values
