"""sum-for-mean: the loss is a mean and its gradients are those of the sum, or the other way round."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import MEAN, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a plan whose loss is a mean."""
    if plan.reduction != MEAN or plan.targets is None or plan.targets.size < 2:
        return
    count = float(plan.lengths.sum() if plan.targets.ndim > 1 else len(plan.lengths))
    yield Mutant(
        "adds the losses up, and divides their gradient",
        "divide the loss by the number of scored steps",
        Change(loop={"loss_scale": count}, back={"error_scale": 1 / count}),
        "loss",
    )
    yield Mutant(
        "has the gradient of the sum, where the loss is a mean",
        "divide dL/dlogits by the number of scored steps",
        Change(back={"error_scale": count}),
        "gradients",
    )
