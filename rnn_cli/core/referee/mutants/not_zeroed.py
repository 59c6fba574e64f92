"""not-zeroed: the gradients of two passes are added up."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of the same data twice: every gradient is twice what it should be. Or what a step passes back is added to what arrived."""
    yield Mutant(
        "hands out twice the gradients, as where they are not set to zero before a second pass",
        "set every gradient to zero before the way back",
        Change(back={"scale": 2.0}),
    )
    for state in plan.network.cell.states:
        yield Mutant(
            f"adds what goes back to {state}_{{t-1}} to what came from step t+1, which it should take the place of",
            line_of(plan.network.cell, f"d{state}_{{t-1}}"),
            Change(back={"piles": frozenset({state})}),
            state,
        )
        yield Mutant(
            f"adds what goes back to {state}_{{t-1}} to d{state}_t, which it should take the place of",
            line_of(plan.network.cell, f"d{state}_{{t-1}}"),
            Change(back={"errors": {f"{state}_prev": partial(_with, name=f"d{state}")}}),
            state,
        )


def _with(numbers: SimpleNamespace, error: Array, name: str) -> Array:
    whole: Array = error + getattr(numbers, name)
    return whole
