"""overwritten, in an embedding: of a word that is read more than once, one step alone counts."""

from collections.abc import Iterator

from rnn_cli.core.referee.embedding import BACKWARD, BY_SEQUENCE, BY_STEP, FORWARD, MEAN
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan

WAYS = {
    FORWARD: "of a word that comes again the last step alone counts",
    BACKWARD: "of a word that comes again the first step alone counts",
    BY_SEQUENCE: "of a word that comes again the last step of the last sequence alone counts",
    BY_STEP: "of a word that several sequences have at one step the last sequence alone counts",
}


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of words that are read more than once, in each order of assigning."""
    if plan.words is None or not plan.words.repeated:
        return
    several = plan.x.shape[1] > 1
    for how, says in WAYS.items():
        if several or how in (FORWARD, BACKWARD):
            yield Mutant(
                f"assigns to the rows of dE, and does not add to them: {says}",
                "np.add.at(dE, ids, dx): dE[ids] += dx adds one step of each word alone",
                Change(back={"words": how}),
                "E",
            )
    yield Mutant(
        "divides each row of dE by how often its word is read",
        "np.add.at(dE, ids, dx): a row of dE is the sum over the steps that read it",
        Change(back={"words": MEAN}),
        "E",
    )
