"""pre-activation, on the way back: a slope by the value f(a) is taken at a itself, which the forward pass kept."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, said_of_gates
from rnn_cli.core.referee.plan import OF_A, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates, and of each."""
    cell = plan.network.cell
    gates = [gate for gate, activation in cell.gates.items() if activation in ("tanh", "sigmoid", "log_sigmoid")]
    for some in all_and_each(gates):
        said = said_of_gates(some)
        yield Mutant(
            f"takes the slope of {said} by its formula for f(a), and puts a in its place",
            gate_line(cell, some, back=True),
            Change(back={"slopes": dict.fromkeys(some, OF_A)}),
            some[0] if len(some) == 1 else "",
        )
