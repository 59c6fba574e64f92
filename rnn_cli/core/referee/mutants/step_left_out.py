"""step-left-out: the first or the last step does not count in the loss, in its gradient, or in both."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import BUT_FIRST, BUT_LAST, Change, Numbers, Plan

WHERE = {BUT_FIRST: "first", BUT_LAST: "last"}


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a loss at every step."""
    if plan.targets is None or plan.targets.ndim < 2:
        return
    for some, which in WHERE.items():
        for says, loop in (
            (f"leaves the {which} step out of the loss and its gradient", {"loss_of": some, "error_of": some}),
            (f"leaves the {which} step out of the loss, and not of its gradient", {"loss_of": some}),
            (f"leaves the {which} step out of dL/dlogits, and not of the loss", {"error_of": some}),
        ):
            yield Mutant(says, "L = the sum over t = 1 … T of -log p_t[target_t]", Change(loop=loop), "loss")
