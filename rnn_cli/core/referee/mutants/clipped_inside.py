"""clipped-inside: the error is clipped at every step of the recursion."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.referee.mutants import Mutant
from rnn_cli.core.referee.plan import Change, Numbers, Plan

USUAL = (0.1, 0.5, 1.0, 5.0, 10.0)


def mutants(plan: Plan, seen: Numbers) -> Iterator[Mutant]:
    """At the usual limits, and at the largest error that is there: where the error arrives at a step, behind the slopes, and
    where it is passed back, of all states or of h alone."""
    errors = [float(np.abs(array).max()) for key, array in seen.items() if key.name == "dh" and array.size]
    gates, states = plan.network.cell.gates, plan.network.cell.states
    for limit in dict.fromkeys([*errors, *USUAL]):
        if limit <= 0:
            continue
        cut = partial(_cut, limit=limit)
        places: dict[str, Change] = {
            "the error": Change(back={"clip_inside": limit}),
            "the error behind the slopes": Change(back={"errors": {f"a_{gate}": cut for gate in gates}}),
            "the error that a step passes back": Change(back={"clip_passed": dict.fromkeys(states, limit)}),
        }
        if len(states) > 1:
            places["the dh that a step passes back"] = Change(back={"clip_passed": {"h": limit}})
        for what, change in places.items():
            yield Mutant(
                f"clips {what}, at {limit:.6g} and at every step, inside the recursion",
                "clip the gradients once, after the last step",
                change,
                "dh",
            )


def _cut(_: SimpleNamespace, error: Array, limit: float) -> Array:
    return np.clip(error, -limit, limit)
