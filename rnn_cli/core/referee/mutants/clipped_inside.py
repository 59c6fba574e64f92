"""clipped-inside: the error is clipped at every step of the recursion."""

from collections.abc import Iterator

import numpy as np

from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan

USUAL = (0.1, 0.5, 1.0, 5.0, 10.0)


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """At the usual limits, and at the largest error that is there."""
    errors = [float(np.abs(array).max()) for key, array in seen.items() if key.name == "dh" and array.size]
    for limit in dict.fromkeys([*errors, *USUAL]):
        if limit > 0:
            yield Mutant(
                f"clips the error at {limit:.6g} at every step, inside the recursion",
                "clip the gradients once, after the last step",
                Change(back={"clip_inside": limit}),
                "dh",
            )
