"""overwritten: the gradient of one step stands for the sum over all."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import FIRST, LAST, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """That of the step which is computed last, t = 1, or of the one which is computed first."""
    cell = plan.network.cell
    if len(plan.x) > 1:
        for summed, step in ((LAST, "the first step"), (FIRST, "the last step")):
            yield Mutant(
                f"keeps the gradient of {step} alone: it is overwritten and not added up",
                line_of(cell, "dW_hh", "dW_h", "dW_x"),
                Change(back={"summed": summed}),
            )
