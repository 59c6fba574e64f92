"""padding-read: the steps behind the end of a sequence are read as data."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of sequences of different lengths."""
    if (plan.lengths < len(plan.x)).any():
        yield Mutant(
            "reads the padding as data: the last padded step is taken for the last real one",
            "stop each sequence at its own length",
            Change(loop={"padding": True}),
        )
