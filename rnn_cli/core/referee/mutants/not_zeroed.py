"""not-zeroed: the gradients of two passes are added up."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of the same data twice: every gradient is twice what it should be."""
    yield Mutant(
        "hands out twice the gradients, as where they are not set to zero before a second pass",
        "set every gradient to zero before the way back",
        Change(back={"scale": 2.0}),
    )
