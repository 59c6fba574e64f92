"""future-dropped, between layers: the error that the layer above gives is not passed on."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a network of several layers."""
    if plan.network.architecture.num_layers > 1:
        yield Mutant(
            "does not pass the error of a layer on to the layer below",
            "dh_t of layer l-1 = dx_t of layer l + dh from step t+1",
            Change(back={"dropped_above": True}),
            "layer 0",
        )
