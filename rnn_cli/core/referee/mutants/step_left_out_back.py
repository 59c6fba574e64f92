"""step-left-out, on the way back: the loop ends before the first step, or begins behind the last, and sums lack what it gives."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import BUT_FIRST, BUT_LAST, Change, Numbers, Plan

WHERE = {BUT_LAST: "first", BUT_FIRST: "last"}
"""The step that is left out; it is the last or the first that is computed."""


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of the parameters of the cell, of the readout, and of all: of one step nothing is left."""
    cell = list(plan.network.cell.parameters)
    recurrent = list(plan.network.cell.recurrent)
    readout = ["W_hy", "b_y"] if plan.targets is not None and plan.targets.ndim > 1 else []
    groups = {"": [*cell, *readout], " of the cell": cell, " of the readout": readout, " of W_h": recurrent}
    for some, which in WHERE.items():
        for whose, names in groups.items():
            if names and (readout or whose != " of the cell"):
                yield Mutant(
                    f"leaves the {which} step out of the gradients{whose}",
                    "for t in reversed(range(T)): every step gives its part, t = 1 too",
                    Change(back={"summed": dict.fromkeys(names, some)}),
                )
