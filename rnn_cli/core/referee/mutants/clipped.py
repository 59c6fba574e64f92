"""clipped: the gradients that were handed over are clipped already."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """At the largest value that is there, where several have it; and to the norm that all have together."""
    gradients = [array for key, array in seen.items() if key.name.startswith(("dW_", "db_", "dp_"))]
    if not gradients:
        return
    whole = np.concatenate([array.ravel() for array in gradients])
    limit = float(np.abs(whole).max())
    if limit > 0 and np.isclose(np.abs(whole), limit, rtol=1e-6, atol=0).sum() > 1:
        yield Mutant(
            f"clips every number of the gradients to {limit:.6g}",
            "compare the gradients before they are clipped",
            Change(back={"clip_value": limit}),
        )
    norm = float(np.sqrt((whole * whole).sum()))
    if norm > 0:
        yield Mutant(
            f"scales the gradients to the norm {norm:.6g}",
            "compare the gradients before they are clipped",
            Change(back={"clip_norm": norm}),
        )
