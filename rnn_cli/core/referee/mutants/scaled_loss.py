"""The loss is another one, the right one times a constant, and its gradient fits: a convention, and no mistake."""

from collections.abc import Iterator

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.mutants.scaled import factor, said
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """By the factor that all gradients have: the loss has it too, or this explains nothing."""
    by = factor(plan, seen)
    if by is not None and by > 0:
        says = f"has a loss that is {said(by, plan)} the one that was asked for, and its gradient"
        yield Mutant(says, "leave the factor out", Change(loop={"loss_scale": by}), "loss")
