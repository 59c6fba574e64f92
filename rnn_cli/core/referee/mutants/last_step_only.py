"""last-step-only: the loss, its gradient, or both are those of the last step, where every step has an answer that is scored."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import LAST, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a loss at every step."""
    if plan.targets is None or plan.targets.ndim < 2 or len(plan.x) < 2:
        return
    for says, loop in (
        ("takes the loss of the last step alone, and its gradient", {"loss_of": LAST, "error_of": LAST}),
        ("takes the loss of the last step alone, and the gradient of all", {"loss_of": LAST}),
        ("takes dL/dlogits of the last step alone, and the loss of all", {"error_of": LAST}),
    ):
        yield Mutant(says, "L = the sum over t of -log p_t[target_t]: every step has a loss", Change(loop=loop), "loss")
