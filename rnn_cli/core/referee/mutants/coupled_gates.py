"""wrong-gate, of the cell state: 1 - f_t stands where i_t belongs, as in a cell whose two gates are one."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells.base import Place
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a cell whose c_t has i_t * g_t; with the way back that fits, that of the right equations, and what lies between."""
    cell = plan.network.cell
    if not any("c_t = f_t * c_{t-1} + i_t * g_t" in line for line in cell.equations):
        return
    kept: dict[str, Array] = {}

    def keeping(gate: str) -> Place:
        function = plan.places.get(gate) or ACTIVATIONS[cell.gates[gate]].function
        return partial(_kept, kept=kept, gate=gate, function=function)

    def coupled(c: Array) -> Array:
        value: Array = c + (1 - kept["f"] - kept["i"]) * kept["g"]
        return plan.places["c"](value) if "c" in plan.places else value

    taken = {"a_g": _of_g}
    fits = {**taken, "a_i": lambda s, error: 0 * error, "a_f": lambda s, error: error - s.dc * s.g * s.f * (1 - s.f)}
    yield Mutant(
        "takes 1 - f_t where c_t needs i_t",
        line_of(cell, "c_t"),
        Change(places={**{gate: keeping(gate) for gate in "ifg"}, "c": coupled}),
        "i",
        (Change(back={"errors": fits}), Change(), Change(back={"errors": taken})),
    )


def _kept(a: Array, kept: dict[str, Array], gate: str, function: Place) -> Array:
    kept[gate] = value = function(a)
    found: Array = value
    return found


def _of_g(numbers: SimpleNamespace, error: Array) -> Any:
    return error * (1 - numbers.f) / numbers.i
