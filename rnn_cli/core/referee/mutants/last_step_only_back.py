"""last-step-only, on the way back: every step has its dL/dlogits, and the last one's alone goes into the layers."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a loss at every step."""
    if plan.targets is not None and plan.targets.ndim > 1 and len(plan.x) > 1:
        yield Mutant(
            "begins the way back with the error of the last step's output, and adds that of no other step's",
            "dh_t = W_hy^T dlogits_t + what step t+1 passes back, at every step",
            Change(back={"last_alone": True}),
            "dh",
        )
