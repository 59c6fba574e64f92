"""wrong-activation: a gate has the activation of another."""

from collections.abc import Iterator

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan

KNOWN = ("sigmoid", "tanh", "relu", "identity")


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Each gate with each other activation, with a way back that fits and with the right one's."""
    for gate, own in plan.network.cell.gates.items():
        for name in KNOWN:
            if name == own:
                continue
            other = ACTIVATIONS[name]
            what = "no activation" if name == "identity" else name
            says, fix = (
                f"applies {what} in {gate}_t, where the equation has {own}",
                line_of(plan.network.cell, f"{gate}_t"),
            )
            place = {gate: other.function}
            back = {f"slope_{gate}": other.derivative}
            yield Mutant(says, fix, Change(places=place), gate, (Change(back_places=back), Change()))
