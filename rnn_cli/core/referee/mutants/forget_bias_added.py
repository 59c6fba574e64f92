"""forget-bias-added: 1 is added to the forget gate's bias in code."""

from collections.abc import Iterator
from functools import partial

from rnn_cli.core.referee.mutants import Arrays, Mutant, changed, line_of
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Plus 1, and minus 1, of a gate f."""
    cell = plan.network.cell
    if "b_f" not in cell.parameters:
        return
    for by, words in ((1.0, "adds 1 to"), (-1.0, "takes 1 from")):
        yield Mutant(
            f"{words} the forget gate's bias, which the weights hold whole",
            line_of(cell, "f_t"),
            Change(network=partial(changed, change=partial(_add, by=by))),
            "f",
        )


def _add(arrays: Arrays, by: float) -> None:
    arrays["b_f"] += by
