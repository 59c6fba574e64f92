"""wrong-logarithm: the loss is taken in log2 or log10, and its gradient is that of the natural logarithm."""

from collections.abc import Iterator
from math import log

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan

BASES = (2, 10)
LINE = "loss = -ln p of the target: np.log"


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each base."""
    for base in BASES if plan.targets is not None else ():
        yield Mutant(
            f"takes the loss in log{base}, and its gradient as of ln",
            LINE,
            Change(loop={"loss_scale": 1 / log(base)}, back={"error_scale": log(base)}),
            "loss",
        )
