"""direction-not-reversed, on the way back: the loop goes from the first step to the last."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of several steps."""
    if len(plan.x) > 1:
        yield Mutant(
            "goes from the first step to the last on the way back, and adds to dh_t what comes from step t-1",
            "for t in reversed(range(T)): dh_t = the error of its own output + what step t+1 passes back",
            Change(back={"onward": True}),
            "dh",
        )
