"""The loss is in bits, or in digits, and its gradient fits: a convention, and no mistake."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.wrong_logarithm import LINE, scales
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of each base."""
    for base, said, scale in scales(plan):
        says = f"takes the loss in log{base}{said}, and its gradient, where they are of ln"
        yield Mutant(says, LINE, Change(loop={"loss_scale": scale}), "loss")
