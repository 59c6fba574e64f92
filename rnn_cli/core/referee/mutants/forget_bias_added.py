"""forget-bias-added: 1 is added to the forget gate's bias in code."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant, changed, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Plus 1, and minus 1, of a gate f."""
    if "b_f" not in plan.network.cell.parameters:
        return
    for by, words in ((1.0, "adds 1 to"), (-1.0, "takes 1 from")):
        network = changed(plan.network, partial(_add, by=by))
        yield Mutant(
            f"{words} the forget gate's bias, which the weights hold whole",
            line_of(plan.network.cell, "f_t"),
            Change(network=network),
            "f",
        )


def _add(arrays: dict[str, Array], by: float) -> None:
    arrays["b_f"] += by
