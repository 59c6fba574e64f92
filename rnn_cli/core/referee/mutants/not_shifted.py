"""not-shifted: the target of a step is its own input, not the one after it."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Where the inputs are rows of the embedding or have a single 1, and the classes are as many."""
    a, targets = plan.network.architecture, plan.targets
    if targets is None or targets.ndim < 2:
        return
    ids = _ids(plan)
    if ids is None or ids.max(initial=0) >= a.output_size or (ids == targets).all():
        return
    yield Mutant(
        "takes the input of a step for its target: the targets are not shifted",
        "the target of step t is the input of step t+1",
        Change(targets=ids),
        "loss",
    )


def _ids(plan: Plan) -> Array | None:
    """Which row of the embedding each input is, or where its 1 stands. (T, B)"""
    x, inside = plan.x, np.arange(len(plan.x))[:, None] < plan.lengths
    rows = plan.network.parameters["embedding"] if plan.network.architecture.embedding_rows else np.eye(x.shape[-1])
    if len(rows) != plan.network.architecture.output_size:
        return None
    same = (x[:, :, None, :] == rows).all(axis=-1)
    if not (same.sum(axis=-1)[inside] == 1).all():
        return None
    ids: Array = np.where(inside, same.argmax(axis=-1), 0)
    return ids
