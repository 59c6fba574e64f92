"""The loss is in bits, or in digits, and its gradient fits: a convention, and no mistake."""

from collections.abc import Iterator
from math import log

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.wrong_logarithm import BASES, LINE
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each base."""
    for base in BASES if plan.targets is not None else ():
        says = f"takes the loss in log{base}, and its gradient, where they are of ln"
        yield Mutant(says, LINE, Change(loop={"loss_scale": 1 / log(base)}), "loss")
