"""future-dropped: the error from the step after is not added to that of the step's own output."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all states, and of h alone."""
    states = frozenset(plan.network.cell.states)
    yield Mutant(
        "does not add the error that comes from the step after",
        "dh_t = the error of its own output + what step t+1 passes back",
        Change(back={"future": frozenset()}),
        "dh",
    )
    if len(states) > 1:
        yield Mutant(
            "does not add the dh that comes from the step after",
            "dh_t = the error of its own output + what step t+1 passes back",
            Change(back={"future": states - {"h"}}),
            "dh",
        )
