"""The loss is another one, a mean or a sum, and its gradient fits: a convention, and no mistake where both agree."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.mean_for_sum import counts
from rnn_cli.core.referee.plan import MEAN, SUM, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """The sum for a mean; for a sum, what is divided by each of the counts."""
    if plan.targets is None:
        return
    if plan.reduction == MEAN:
        yield Mutant(
            "adds the losses up, where their mean is meant",
            "divide by the number of scored steps",
            Change(reduction=SUM),
            "loss",
        )
        return
    for what, count in counts(plan).items():
        yield Mutant(
            f"divides the loss and its gradient by the number of {what}, where it is a sum",
            "add the losses up",
            Change(loop={"loss_scale": 1 / count}),
            "loss",
        )
