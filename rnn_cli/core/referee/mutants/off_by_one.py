"""off-by-one: the gradient of the recurrent weights takes h_t where h_{t-1} belongs."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates."""
    if plan.network.cell.recurrent:
        yield Mutant(
            "takes h_t for h_{t-1} in the gradient of the recurrent weights",
            "dW_h += da_t ⊗ h_{t-1}",
            Change(back={"same_step": True}),
            "h",
        )
