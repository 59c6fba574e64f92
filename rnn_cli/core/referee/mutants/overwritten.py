"""overwritten: the gradient of one step stands for the sum over all."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import FIRST, LAST, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """That of the step which is computed last, t = 1, or of the one which is computed first; of all parameters, or of one."""
    if len(plan.x) < 2:
        return
    readout = ["W_hy", "b_y"] if plan.targets is not None and plan.targets.ndim > 1 else []
    cell = list(plan.network.cell.parameters)
    for kept, step in ((LAST, "the first step"), (FIRST, "the last step")):
        for some in ([*cell, *readout], cell, *([name] for name in [*cell, *readout])):
            said = f"of {some[0]} " if len(some) == 1 else "of the cell " if some == cell and readout else ""
            yield Mutant(
                f"keeps the gradient {said}of {step} alone: it is overwritten and not added up",
                line_of(plan.network.cell, "dW_hh", "dW_h", "dW_x")
                if len(some) > 1
                else f"d{some[0]} = the sum over all steps",
                Change(back={"summed": dict.fromkeys(some, kept)}),
                some[0] if len(some) == 1 else "",
            )
