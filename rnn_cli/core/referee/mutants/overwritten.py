"""overwritten: the gradient of one step stands for the sum over all."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import FIRST, LAST, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """That of the step which is computed last, t = 1, or of the one which is computed first."""
    if len(plan.x) > 1:
        for summed, step in ((LAST, "the first step"), (FIRST, "the last step")):
            yield Mutant(
                f"keeps the gradient of {step} alone: it is overwritten and not added up",
                "dW += da_t ⊗ h_{t-1} at every step",
                Change(back={"summed": summed}),
            )
