"""sum-for-mean: the loss is a sum where it is a mean."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import MEAN, SUM, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a plan whose loss is a mean."""
    if plan.reduction == MEAN and plan.targets is not None and plan.targets.size > 1:
        yield Mutant(
            "adds the losses up, where their mean is meant",
            "divide by the number of scored steps",
            Change(reduction=SUM),
            "loss",
        )
