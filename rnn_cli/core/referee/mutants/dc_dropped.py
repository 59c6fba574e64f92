"""dc-dropped: a part of the error of c is lost."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """What comes from the step after, of each state but h; or what comes through h_t of the same step."""
    states = frozenset(plan.network.cell.states)
    for state in sorted(states - {"h"}):
        yield Mutant(
            f"does not add the d{state} that comes from the step after",
            line_of(plan.network.cell, f"d{state}_t"),
            Change(back={"future": states - {state}}),
            f"d{state}",
        )
    if any("dh_t * o_t * (1 - tanh(c_t)^2)" in line for line in plan.network.cell.backward_equations):
        yield Mutant(
            "sets dc_t to what comes from the step after, without what comes through h_t",
            line_of(plan.network.cell, "dc_t"),
            Change(back_places={"slope_tanh_c": lambda c: 0 * c}),
            "dc",
        )
