"""wrong-activation, on the way back: a gate's slope is that of another activation."""

from collections.abc import Iterator

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.referee.mutants import Mutant, gate_line
from rnn_cli.core.referee.plan import Change, Numbers, Plan

KNOWN = ("sigmoid", "tanh", "relu")


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each gate, with each other activation. The slope of relu at a positive value is 1, as if it were missing."""
    for gate, own in plan.network.cell.gates.items():
        for name in KNOWN:
            if name != own and (name != "relu" or own == "tanh"):
                yield Mutant(
                    f"takes the slope of {name} in da_{gate}, where {gate}_t has {own}",
                    gate_line(plan.network.cell, [gate], back=True),
                    Change(back_places={f"slope_{gate}": ACTIVATIONS[name].derivative}),
                    gate,
                )
