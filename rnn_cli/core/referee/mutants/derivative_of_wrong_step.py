"""derivative-of-wrong-step: the slope is taken at another step, as where all steps share one activation object."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, all_and_each, gate_line, said_of_gates
from rnn_cli.core.referee.plan import OF_LAST, OF_NEXT, OF_PREVIOUS, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates, and of each; at the last step for all, or at the step after or before.

    The state before the first step has a value too, where the gate is a state.
    """
    cell = plan.network.cell
    for name in cell.states:
        if name in cell.gates:
            yield Mutant(
                f"takes the slope of {name}_t at {name}_{{t-1}}",
                gate_line(cell, [name], back=True),
                Change(back={"reads": {name: f"{name}_prev"}}),
                name,
            )
    if len(plan.x) < 2:
        return
    gates = [gate for gate, activation in plan.network.cell.gates.items() if activation != "identity"]
    steps = {
        OF_LAST: "at the last step, for all steps",
        OF_NEXT: "at step t+1 for step t",
        OF_PREVIOUS: "at step t-1 for step t",
    }
    for where, words in steps.items():
        for some in all_and_each(gates):
            said = said_of_gates(some)
            yield Mutant(
                f"takes the slope of {said} {words}",
                f"{gate_line(plan.network.cell, some, back=True)}, with the numbers of step t: an object that remembers its value "
                "remembers that of one step",
                Change(back={"slopes": dict.fromkeys(some, where)}),
                some[0] if len(some) == 1 else "",
            )
