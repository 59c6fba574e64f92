"""The arithmetic of a network as rows: what is multiplied, what is added up, and what comes out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rnn_cli.core.network import BACKWARD
from rnn_cli.core.quantities import Update
from rnn_cli.core.trace import Trace
from rnn_cli.core.why import Factor, Product, Quantity, Unfolder

BACK_KEY = re.compile(r"(d[a-zA-Z]\w*?)(\.future)?\[(\d+)\](?:\[(\d+)\])?(?:@(\d+)\.(forward|backward))?")
"""dh.future[2][1]@0.forward: the number, its step and unit, its layer and direction; dlogits[1] has no step where there is
one answer."""


@dataclass(frozen=True)
class Row:
    """name = function(before · (sum of products)) = value. `key` names the result, for a worksheet's numbering.

    A max takes the largest of its products, not their sum.
    """

    lead: str
    name: str
    before: tuple[Factor, ...]
    products: tuple[Product, ...]
    value: float
    key: str
    function: str = ""


def gate_rows(trace: Trace, layer: int, direction: str, t: int, gate: str, units: Sequence[int]) -> Iterator[Row]:
    """The rows of one gate at one step: its terms, their sum, the activation, for each unit (from 1)."""
    unfolder = Unfolder(trace)
    step = trace.at(layer, direction, t)
    record = step.gate(gate)
    for unit in units:
        lead = f"unit {unit}"
        a = Quantity(f"a_{gate}", layer, direction, t, unit)
        number, _ = unfolder.number(a)
        sums: list[Product] = []
        for name, group in groupby(number.terms, key=lambda product: product.term):
            products = tuple(group)
            term = next(term for term in record.terms if term.name == name)
            value = float(term.value[unit - 1])
            if name == "bias":
                sums.append(Product((Factor(term.symbol, value),), value, name))
                continue
            key = f"{number.name}.{name}"
            before: tuple[Factor, ...] = ()
            if term.scale and term.W is not None:
                before = products[0].factors[: len(term.scale)]
                products = tuple(Product(p.factors[len(before) :], p.value, p.term) for p in products)
            yield Row(lead, timed(term.symbol, t, direction, len(trace.inputs)), before, products, value, key)
            lead = ""
            sums.append(Product((Factor(key, value, key),), value, name))
        yield Row(
            lead,
            timed(f"a_{gate}" if len(trace.network.cell.gates) > 1 else "a_t", t, direction, len(trace.inputs)),
            (),
            tuple(sums),
            number.value,
            number.name,
        )
        out = Quantity(gate, layer, direction, t, unit)
        result, _ = unfolder.number(out)
        yield Row("", f"{gate}_{t}", (), result.terms, result.value, result.name, result.formula)


def update_rows(
    trace: Trace, layer: int, direction: str, t: int, update: Update, units: Sequence[int]
) -> Iterator[Row]:
    """The rows of a number that is made of gates and states, for each unit (from 1)."""
    unfolder, name = Unfolder(trace), timed(update.symbol, t, direction, len(trace.inputs))
    for k, unit in enumerate(units):
        number, _ = unfolder.number(Quantity(update.name, layer, direction, t, unit))
        lead = name if k == 0 else ""
        yield Row(lead, f"unit {unit}", (), number.terms, number.value, number.name, number.formula)


def timed(symbol: str, t: int, direction: str, length: int) -> str:
    """A symbol with its step filled in: W_hh h_{t-1} at step 2 is W_hh h_1. Backwards, the state before is h_3."""
    return symbol.replace("{t-1}", str(step_before(t, direction, length))).replace("_t", f"_{t}")


def step_before(t: int, direction: str, length: int) -> int:
    """The step whose state a step reads, 0 for the initial one."""
    before = t + 1 if direction == BACKWARD else t - 1
    return 0 if before > length else before
