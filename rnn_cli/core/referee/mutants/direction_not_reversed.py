"""direction-not-reversed: the backward direction runs forward, is not put back, or is read at the wrong end."""

from collections.abc import Iterator

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Each of the three."""
    a = plan.network.architecture
    if a.forward_only:
        return
    yield Mutant(
        "runs the backward direction from the first step to the last",
        "read the sequence from its last step to its first",
        Change(loop={"reversed": False}),
        "backward",
    )
    yield Mutant(
        "leaves the outputs of the backward direction in the order of its run",
        "turn its outputs round again, so that step t stands at t",
        Change(loop={"put_back": False}),
        "backward",
        (Change(), Change(back={"puts_back": True})),
    )
    if a.task == MANY_TO_ONE:
        yield Mutant(
            "reads output[-1] for the backward direction, which has seen one step there",
            "take its state at t = 1, after the whole sequence",
            Change(loop={"last_output": True}),
            "backward",
        )
