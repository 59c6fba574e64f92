"""axes-swapped: time and batch are exchanged by a reshape where a transpose is meant."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """Of a batch whose sequences have one length: (B, T, I) reshaped to (T, B, I)."""
    T, B, size = plan.x.shape
    if B > 1 and T > 1 and (plan.lengths == T).all():
        wrong = np.ascontiguousarray(plan.x.transpose(1, 0, 2)).reshape(T, B, size)
        yield Mutant(
            "reshapes (B, T, I) to (T, B, I), which mixes the sequences",
            "x.transpose(1, 0, 2) takes (B, T, I) to (T, B, I)",
            Change(x=wrong),
        )
