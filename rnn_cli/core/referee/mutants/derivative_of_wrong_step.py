"""derivative-of-wrong-step: one activation object remembers its last value, and all steps share it."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, gate_line
from rnn_cli.core.referee.plan import OF_LAST, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates, and of each."""
    if len(plan.x) < 2:
        return
    cell = plan.network.cell
    gates = [gate for gate, activation in cell.gates.items() if activation != "identity"]
    for some in ([gates] if len(gates) > 1 else []) + [[gate] for gate in gates]:
        said = "every gate" if len(some) > 1 else f"{some[0]}_t"
        yield Mutant(
            f"takes the slope of {said} at the last step, for all steps",
            f"{gate_line(cell, some, back=True)}, with the numbers of step t",
            Change(back={"slopes": dict.fromkeys(some, OF_LAST)}),
            some[0] if len(some) == 1 else "",
        )
