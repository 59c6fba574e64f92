"""mean-for-sum: the loss or its gradients are divided by a number of steps, sequences or classes, and the other is not.

Where both are divided the loss is another one, and its gradient fits: mean_loss.py.
"""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import MEAN, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """By each of the counts: of the loss, of the gradients, of those of the biases, which are averaged over the batch."""
    if plan.targets is None:
        return
    if plan.reduction == MEAN:
        whole = int(plan.lengths.sum() if plan.targets.ndim > 1 else len(plan.lengths))
        for what, count in counts(plan).items():
            if count != whole:
                yield Mutant(
                    f"divides the gradients by the number of {what}, and the loss by all that is scored",
                    "divide the loss and its gradient by one number",
                    Change(back={"error_scale": whole / count}),
                    "gradients",
                )
        return
    every = counts(plan)
    for what, count in every.items():
        by = f"by the number of {what}"
        for other, much in every.items():
            if other != what:
                yield Mutant(
                    f"divides the loss {by}, and its gradient by the number of {other}",
                    "divide the loss and its gradient by one number",
                    Change(loop={"loss_scale": 1 / count}, back={"error_scale": count / much}),
                    "loss",
                )
        yield Mutant(
            f"divides the loss {by}, and not its gradient",
            "add the losses up, or divide the gradient as well",
            Change(loop={"loss_scale": 1 / count}, back={"error_scale": float(count)}),
            "loss",
        )
        says, fix = (
            f"divides the gradients {by}, and not the loss",
            "dL/dlogits = softmax(logits) - onehot, of every step in full",
        )
        yield Mutant(says, fix, Change(back={"error_scale": 1 / count}), "gradients")
        yield Mutant(says, fix, Change(back={"scale": 1 / count}), "gradients")
        yield Mutant(
            f"divides the gradients of the biases {by}: a mean where the sum is meant",
            "db = the sum of da over steps and sequences",
            Change(back={"scales": {"db_": 1 / count}}),
            "b",
        )


def counts(plan: Plan) -> dict[str, int]:
    """What people divide by: the counts that differ from each other and from 1, by name.

    One that nobody divides by as a rule is named where it is no other.
    """
    if plan.targets is None:
        return {}
    T, B = plan.x.shape[:2]
    steps = T if plan.targets.ndim > 1 else 1
    scored = int(plan.lengths.sum()) if steps > 1 else 1
    found = {
        "steps": steps,
        "sequences": B,
        "steps and sequences": steps * B if min(steps, B) > 1 else 1,
        "scored steps": scored if scored < steps * B else 1,
        "classes": plan.network.architecture.output_size,
    }
    C, sizes = found["classes"], plan.network.architecture.sizes
    rarer = {
        "steps and classes": steps * C,
        "sequences and classes": B * C,
        "steps, sequences and classes": steps * B * C,
        "hidden units": sizes[0] if len(set(sizes)) == 1 else 1,
        "inputs": plan.network.architecture.input_size,
    }
    usual = _by_count(found)
    rare = {count: same for count, same in _by_count(rarer).items() if count not in usual}
    return {" or ".join(same): count for count, same in (usual | rare).items()}


def _by_count(found: dict[str, int]) -> dict[int, list[str]]:
    """The names of each count; 1 is none."""
    names: dict[int, list[str]] = {}
    for what, count in found.items():
        if count > 1:
            names.setdefault(count, []).append(what)
    return names
