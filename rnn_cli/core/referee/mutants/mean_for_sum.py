"""mean-for-sum: the loss is divided by the number of steps, sequences or classes, where it is a sum."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import SUM, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """By each of the counts; of the loss with its gradient, and of the one without the other."""
    if plan.reduction != SUM or plan.targets is None:
        return
    T, B = plan.x.shape[:2]
    steps = T if plan.targets.ndim > 1 else 1
    counts = {
        "steps": steps,
        "sequences": B,
        "steps and sequences": steps * B,
        "classes": plan.network.architecture.output_size,
    }
    for what, count in counts.items():
        if count > 1 and (what != "steps and sequences" or (steps > 1 and B > 1)):
            says, fix = f"divides the loss by the number of {what}, where it is a sum", "add the losses up"
            yield Mutant(says, fix, Change(loop={"loss_scale": 1 / count}), "loss")
            yield Mutant(
                f"{says}, and leaves the gradient that of the sum",
                fix,
                Change(loop={"loss_scale": 1 / count}, back={"scale": float(count)}),
                "loss",
            )
            yield Mutant(
                f"divides the gradients by the number of {what}, where the loss is a sum",
                "dL/dlogits = softmax(y) - onehot, of every step in full",
                Change(back={"scale": 1 / count}),
                "gradients",
            )
