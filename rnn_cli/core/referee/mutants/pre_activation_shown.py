"""pre-activation, forward: what a gate's activation is applied to is handed out for the gate."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, renamed, said_of_gates
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates, and of each that is no state as well."""
    cell = plan.network.cell
    gates = [gate for gate, activation in cell.gates.items() if activation != "identity"]
    for some in all_and_each(gates):
        said = said_of_gates(some)
        yield Mutant(
            f"keeps the sum a before the activation where {said} belongs",
            gate_line(cell, some),
            Change(afterwards=partial(renamed, names={gate: f"a_{gate}" for gate in some})),
            some[0] if len(some) == 1 else "",
            (Change(), Change(back={"slopes": dict.fromkeys(some, "of-a")})),
        )
