"""derivative-of-value: the slope is taken at what is squashed already."""

from collections.abc import Iterator

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, line_of, said_of_gates, squashes_c
from rnn_cli.core.referee.plan import OF_VALUE, Change, Numbers, Plan

SAME = ("relu", "identity")
"""Activations whose slope at their value is the one at a."""


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """f'(y) for f'(a), of all gates and of each; 1 / (1 - h^2) for 1 - h^2; 1 - c^2 for 1 - tanh(c)^2."""
    cell = plan.network.cell
    gates = [gate for gate, activation in cell.gates.items() if activation not in SAME]
    for some in all_and_each(gates):
        said = said_of_gates(some)
        yield Mutant(
            f"takes the slope of {said} at its value, which is squashed already",
            gate_line(cell, some, back=True),
            Change(back={"slopes": dict.fromkeys(some, OF_VALUE)}),
            some[0] if len(some) == 1 else "",
        )
    for gate in gates:
        if cell.gates[gate] == "tanh":
            yield Mutant(
                f"divides by 1 - {gate}_t^2 where it should multiply",
                gate_line(cell, [gate], back=True),
                Change(back_places={f"slope_{gate}": _inverse}),
                gate,
            )
    if squashes_c(cell):
        yield Mutant(
            "takes 1 - c_t^2 for the slope of tanh(c_t)",
            line_of(cell, "dc_t"),
            Change(back_places={"slope_tanh_c": lambda c: 1 - c * c}),
            "c",
        )


def _inverse(y: Array) -> Array:
    inverse: Array = 1 / (1 - y * y)
    return inverse
