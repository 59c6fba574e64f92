"""wrong-logarithm: the loss is taken in log2 or log10, and its gradient is that of the natural logarithm."""

from collections.abc import Iterator
from math import log

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.mean_for_sum import counts
from rnn_cli.core.referee.plan import SUM, Change, Numbers, Plan

BASES = (2, 10)
LINE = "loss = -ln p of the target: np.log"


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each base."""
    for base, said, scale in scales(plan):
        change = Change(loop={"loss_scale": scale}, back={"error_scale": log(base)})
        yield Mutant(f"takes the loss in log{base}{said}, and its gradient as of ln", LINE, change, "loss")


def scales(plan: Plan) -> Iterator[tuple[int, str, float]]:
    """Each base, and what the loss is times that in ln: of a sum, and of each mean."""
    means = counts(plan) if plan.reduction == SUM else {}
    for base in BASES if plan.targets is not None else ():
        for what, count in {"": 1, **means}.items():
            yield base, f", divided by the number of {what}" if what else "", 1 / (log(base) * count)
