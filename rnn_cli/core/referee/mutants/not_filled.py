"""not-filled: a gradient is handed out as zeros, as it was made."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import Mutant, line_of
from rnn_cli.core.referee.plan import GRADIENTS, Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """All that are zeros, together; without those that should be, or nearly so, as where gates are saturated."""
    found = [key for key, array in seen.items() if key.name.startswith(GRADIENTS) and not array.any()]
    if not found:
        return
    sizes = {
        key: float(np.abs(array).max(initial=0))
        for key, array in compute(plan).items()
        if key.name.startswith(GRADIENTS)
    }
    least = NEARLY * max(sizes.values(), default=0.0)
    zeros = list(dict.fromkeys(key.name for key in found if sizes.get(key, 0.0) > least))
    if zeros:
        few = ", ".join(zeros[:4]) + (f" and {len(zeros) - 4} more" if len(zeros) > 4 else "")
        fix = line_of(plan.network.cell, zeros[0], zeros[0][:4])
        yield Mutant(
            f"hands out zeros for {few}", fix, Change(back={"scales": dict.fromkeys(zeros, 0.0)}), zeros[0][1:]
        )


NEARLY = 1e-9
"""A gradient that is so much smaller than the largest may come out as zeros."""
