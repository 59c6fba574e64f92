"""clipped: the gradients that were handed over are clipped already."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """At the largest value that is there, where several have it; and to the norm of all together.

    Any factor at all would be clipping to some norm, so a norm counts where it has few digits, as a limit that somebody
    chose.
    """
    gradients = [array for key, array in seen.items() if key.name.startswith(("dW_", "db_", "dp_"))]
    if not gradients:
        return
    whole = np.concatenate([array.ravel() for array in gradients])
    if not np.isfinite(whole).all():
        return
    limit = float(np.abs(whole).max())
    if limit > 0 and np.isclose(np.abs(whole), limit, rtol=1e-6, atol=0).sum() > 1:
        yield Mutant(
            f"clips every number of the gradients at {limit:.6g}",
            "hand out the gradients as they are, and clip them where they are used",
            Change(back={"clip_value": limit}),
        )
    norm = float(np.sqrt((whole * whole).sum()))
    chosen = float(f"{norm:.2g}")
    if norm > 0 and abs(norm / chosen - 1) < 1e-5:
        yield Mutant(
            f"clips the gradients by their norm, at {chosen:g}",
            "hand out the gradients as they are, and clip them where they are used",
            Change(back={"clip_norm": chosen}),
        )
