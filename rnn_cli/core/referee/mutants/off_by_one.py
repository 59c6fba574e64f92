"""off-by-one: the gradient of the recurrent weights takes h_t where h_{t-1} belongs."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import OF_READOUT, Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates; in the whole step backwards, for each state that the cell reads there, or in the error of one gate alone."""
    if plan.network.cell.recurrent:
        yield Mutant(
            "takes h_t for h_{t-1} in the gradient of the recurrent weights",
            line_of(plan.network.cell, "dW_hh", "dW_h"),
            Change(back={"same_step": True}),
            "h",
        )
    if plan.targets is not None and plan.targets.ndim > 1:
        for start, how in (("the initial state", False), ("the last output", True)):
            yield Mutant(
                f"takes h_{{t-1}} for h_t in dW_hy, at the first step {start}",
                OF_READOUT["dW_hy"],
                Change(back={"late_readout": True, "round": how}),
                "h",
            )
    for state in plan.network.cell.states:
        yield Mutant(
            f"takes {state}_t for {state}_{{t-1}} in the step backwards",
            f"keep {state}_{{t-1}} of every step for its way back",
            Change(back={"reads": {f"{state}_prev": state}}),
            state,
        )
        for gate in plan.network.cell.gates:
            line = line_of(plan.network.cell, f"da_{gate}")
            if f"{state}_{{t-1}}" in line:
                yield Mutant(
                    f"takes {state}_t for {state}_{{t-1}} in da_{gate}",
                    line,
                    Change(back={"reads_of": {gate: {f"{state}_prev": state}}}),
                    gate,
                )
