"""state-kept: a sequence starts from where the one before it ended."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a batch of several sequences."""
    if plan.x.shape[1] > 1:
        yield Mutant(
            "keeps the state of one sequence for the next",
            "set the state to its initial value before each sequence",
            Change(loop={"kept": True}),
        )
