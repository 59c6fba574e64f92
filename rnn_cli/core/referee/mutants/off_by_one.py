"""off-by-one: the gradient of the recurrent weights takes h_t where h_{t-1} belongs."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of all gates."""
    if plan.network.cell.recurrent:
        yield Mutant(
            "takes h_t for h_{t-1} in the gradient of the recurrent weights",
            line_of(plan.network.cell, "dW_hh", "dW_h"),
            Change(back={"same_step": True}),
            "h",
        )
